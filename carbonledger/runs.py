"""Sealed runs: a folder each, whole or not at all, and the hash chain that lists them.

A run's folder is written beside its place and renamed in. ``ledger.jsonl`` has one line an event
(sealed, published, superseded), each with the hash of the line before. Nothing sealed holds a
clock, a host or an absolute path.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from carbonledger.issues import Issue, Place
from carbonledger.ledger import MEASURES, Ledger, Total

Event = Literal["sealed", "published", "superseded"]

CHAIN = "ledger.jsonl"
LEDGERS = "totals"
ENTRIES = "entries"
_TEMPORARY = ".unfinished-"


def canonical(value: object) -> bytes:
    """JSON in one spelling: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(value: object) -> str:
    """The hash of a value in canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()


@dataclass(frozen=True)
class Run:
    """A sealed run on disk."""

    folder: Path

    @property
    def id(self) -> str:
        """The run's id: its period and the first digits of the hash of its inputs."""
        return self.folder.name

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Inputs, outputs and their hashes."""
        manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_bytes())
        return manifest

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The figures as ``run --json`` prints them."""
        summary: dict[str, Any] = json.loads((self.folder / "summary.json").read_bytes())
        return summary

    @property
    def period(self) -> int:
        """The year accounted for."""
        return int(self.manifest["period"])

    def ledger(self, standard: str) -> Ledger:
        """The totals of one standard."""
        return read_ledger(self.folder / LEDGERS / f"{standard}.parquet")

    def entries(self, standard: str) -> pa.Table:
        """The entries of one standard."""
        return pq.read_table(self.folder / ENTRIES / f"{standard}.parquet")


@dataclass(frozen=True)
class Store:
    """The folder that holds the runs of a working folder, and their chain."""

    folder: Path
    refused: Path
    """Where the problems of a refused book are left."""

    def events(self) -> list[dict[str, Any]]:
        """All events, oldest first."""
        return [json.loads(line) for line in self._lines()[0]]

    def _lines(self) -> tuple[list[bytes], int]:
        """The whole lines of the chain and the bytes they fill; a torn last line is left out."""
        path = self.folder / CHAIN
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        return [line for line in whole.splitlines() if line.strip()], len(whole)

    def broken_at(self) -> int | None:
        """The first line of the chain whose hash does not follow from the one before."""
        before = ""
        for number, event in enumerate(self.events(), 1):
            body = {k: v for k, v in event.items() if k != "hash"}
            if body.get("before") != before or digest(body) != event["hash"]:
                return number
            before = event["hash"]
        path = self.folder / CHAIN
        torn = path.exists() and path.stat().st_size > self._lines()[1]
        return len(self.events()) + 1 if torn else None

    def states(self) -> dict[str, str]:
        """The latest event of each run, in the order in which they were sealed."""
        return {event["run_id"]: event["event"] for event in self.events()}

    def run(self, run_id: str) -> Run:
        """The run of an id that is known to exist."""
        return Run(self.folder / run_id)

    def record(self, event: Event, run_id: str, reason: str = "") -> None:
        """Add an event to the chain; the caller holds the lock."""
        events = self.events()
        body = {
            "event": event, "run_id": run_id, "reason": reason, "seq": len(events) + 1,
            "before": events[-1]["hash"] if events else "",
        }  # fmt: skip
        line = canonical(body | {"hash": digest(body)}) + b"\n"
        whole = self._lines()[1]
        with (self.folder / CHAIN).open("ab") as stream:
            stream.truncate(whole)
            try:
                stream.write(line)
                stream.flush()
                os.fsync(stream.fileno())
            except BaseException:
                stream.truncate(whole)
                raise

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One writer at a time; raises ``filelock.Timeout`` where another holds it."""
        from filelock import FileLock

        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / ".lock", timeout=0):
            yield

    @contextmanager
    def unfinished(self) -> Iterator[Path]:
        """A temporary folder beside the runs; whatever is left of it at the end is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def seal(self, unfinished: Path, run_id: str) -> Run:
        """Put a finished folder in its place and record it, or leave nothing."""
        place = self.folder / run_id
        unfinished.chmod(0o755)
        unfinished.rename(place)
        try:
            self.record("sealed", run_id)
        except OSError:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return Run(place)

    def latest(self, period: int, *, published: bool) -> Run | None:
        """The newest run of a period that is not superseded."""
        states = self.states()
        for run_id, state in reversed(states.items()):
            right = state == "published" if published else state != "superseded"
            if right and run_id.startswith(f"{period}-") and (self.folder / run_id).is_dir():
                return self.run(run_id)
        return None

    def last_published_before(self, period: int) -> Run | None:
        """The last published run of an earlier period."""
        years = sorted({int(r.split("-")[0]) for r in self.states()}, reverse=True)
        runs = (self.latest(y, published=True) for y in years if y < period)
        return next((r for r in runs if r is not None), None)


def find_run(reference: str, places: list[Path]) -> tuple[Run | None, list[Issue]]:
    """The run that a path, an id or the beginning of an id names."""
    path = Path(reference)
    if not path.name:
        return None, [Issue("run_unknown", Place(), reference)]
    if (path / "manifest.json").is_file():
        return Run(path), []
    place = path.parent if path.parent != Path() else None
    folders = [place, place / "runs"] if place else places
    found = sorted({
        match.parent
        for folder in folders
        for match in folder.glob(f"{glob.escape(path.name)}*/manifest.json")
        if not match.parent.name.startswith(_TEMPORARY)
    })  # fmt: skip
    if len(found) == 1:
        return Run(found[0]), []
    if not found:
        return None, [Issue("run_unknown", Place(), reference)]
    several = ", ".join(f.name for f in found)
    return None, [Issue("run_ambiguous", Place(), reference, (("runs", several),))]


def write_ledger(ledger: Ledger, path: Path) -> None:
    """The totals of a standard as Parquet: dimension, code, and one column a measure."""
    rows = [("", "", ledger.whole)]
    rows += [(d, code, total) for d, totals in ledger.by.items() for code, total in totals.items()]
    columns: dict[str, list[Any]] = {
        "dimension": [r[0] for r in rows], "code": [r[1] for r in rows],
    }  # fmt: skip
    for measure in MEASURES:
        columns[measure] = [getattr(r[2], measure) for r in rows]
    metadata = {"standard": ledger.standard, "account": ledger.account}
    table = pa.table(columns).replace_schema_metadata(metadata)
    pq.write_table(table, path, compression="zstd")


def read_ledger(path: Path) -> Ledger:
    """The same back."""
    table = pq.read_table(path)
    by: dict[str, dict[str, Total]] = {}
    whole = Total()
    for row in table.to_pylist():
        total = Total(**{m: row[m] for m in MEASURES})
        if row["dimension"]:
            by.setdefault(row["dimension"], {})[row["code"]] = total
        else:
            whole = total
    words = {k.decode(): v.decode() for k, v in table.schema.metadata.items()}
    return Ledger(words["standard"], words["account"], whole, by)


def ledger_content(ledger: Ledger) -> Mapping[str, object]:
    """A ledger's totals as plain values, for its hash."""
    return {
        "standard": ledger.standard,
        "whole": [str(getattr(ledger.whole, m)) for m in MEASURES],
        "by": {d: {c: [str(getattr(t, m)) for m in MEASURES] for c, t in totals.items()}
               for d, totals in sorted(ledger.by.items())},
    }  # fmt: skip


def hashes(folder: Path) -> dict[str, str]:
    """The hash of every file of a run, by its path inside the run."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as stream:
            found[path.relative_to(folder).as_posix()] = hashlib.file_digest(
                stream, "sha256"
            ).hexdigest()
    return found
