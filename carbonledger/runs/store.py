"""The folder of sealed runs, and the hash chain that lists what became of each.

A run's folder is written beside its place and renamed in, whole or not at all. ``ledger.jsonl`` has
one line an event (sealed, checked, published, superseded) with who, why, the hash of the run's
manifest and the hash of the line before. Nothing sealed holds a clock, a host or an absolute path.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from carbonledger.intake.book import sha256_of
from carbonledger.runs.manifest import FILE, canonical, digest
from carbonledger.runs.run import UNFINISHED, Run

Event = Literal["sealed", "checked", "published", "superseded"]

CHAIN = "ledger.jsonl"


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
        return whole.split(b"\n")[:-1], len(whole)

    def broken_at(self) -> int | None:
        """The first line of the chain whose hash does not follow from the one before."""
        before, lines, whole = "", *self._lines()
        for number, line in enumerate(lines, 1):
            event = json.loads(line)
            body = {k: v for k, v in event.items() if k != "hash"}
            # The line itself, not only what it says: another spelling is another byte.
            same = canonical(body | {"hash": digest(body)}) == line
            if not same or body.get("before") != before or body.get("seq") != number:
                return number
            before = event["hash"]
        path = self.folder / CHAIN
        torn = path.exists() and path.stat().st_size > whole
        return len(lines) + 1 if torn else None

    def states(self) -> dict[str, str]:
        """The latest event of each run, in the order in which they were sealed."""
        return {event["run_id"]: event["event"] for event in self.events()}

    def run(self, run_id: str) -> Run:
        """The run of an id that is known to exist."""
        return Run(self.folder / run_id)

    def record(self, event: Event, run_id: str, by: str = "", reason: str = "") -> None:
        """Add an event to the chain: who, why, and to which bytes; the caller holds the lock."""
        events = self.events()
        body = {
            "event": event, "run_id": run_id, "by": by, "reason": reason, "seq": len(events) + 1,
            "manifest": sha256_of(self.folder / run_id / FILE),
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

        made = [p for p in (self.folder, *self.folder.parents) if not p.exists()]
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = self.folder / ".lock"
        with FileLock(lock, timeout=0):
            try:
                yield
            finally:
                if made and not (self.folder / CHAIN).exists():  # nothing was sealed
                    lock.unlink()
                    for folder in made:
                        with suppress(OSError):
                            folder.rmdir()

    @contextmanager
    def unfinished(self) -> Iterator[Path]:
        """A temporary folder beside the runs; whatever is left of it at the end is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def seal(self, unfinished: Path, run_id: str, by: str = "") -> Run:
        """Put a finished folder in its place and record it, or leave nothing."""
        place = self.folder / run_id
        unfinished.chmod(0o755)
        unfinished.rename(place)
        try:
            self.record("sealed", run_id, by)
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
