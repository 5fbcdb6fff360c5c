"""The folder of sealed runs, and the hash chain that lists what became of each.

A run's folder is written beside its place and renamed in, whole or not at all. ``ledger.jsonl`` has
one line an event (sealed, checked, published, superseded, removed) with who, why, the hash of the
run's manifest and the hash of the line before. Nothing sealed holds a clock, a host or an absolute
path.

Two things cannot happen at once: the folder's renaming and the line that names it. So the line is
written aside first; a process that is killed between the two leaves it there, and whoever reads
the chain or writes next takes it as written.
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
from typing import Any, BinaryIO, Literal

from carbonledger.digests import sha256_of
from carbonledger.runs.manifest import FILE, canonical, digest
from carbonledger.runs.run import UNFINISHED, Run

Event = Literal["sealed", "checked", "published", "superseded", "removed"]

CHAIN = "ledger.jsonl"
PENDING = ".ledger-next"
"""The line of a run that is being put in its place."""


def holds_runs(folder: Path) -> bool:
    """Whether anything was ever sealed here."""
    return any((folder / name).is_file() for name in (CHAIN, PENDING))


@dataclass(frozen=True)
class Store:
    """The folder that holds the runs of a working folder, and their chain."""

    folder: Path
    refused: Path
    """Where the problems of a refused book are left."""

    def events(self) -> list[dict[str, Any]]:
        """All events, oldest first."""
        return [json.loads(line) for line in self._lines()]

    def _lines(self) -> list[bytes]:
        lines, _ = self._chain()
        pending = self._pending(lines)
        return [*lines, pending] if pending else lines

    def _chain(self) -> tuple[list[bytes], int]:
        """The lines of the chain and the bytes they fill; a torn last line is left out."""
        path = self.folder / CHAIN
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        return whole.split(b"\n")[:-1], len(whole)

    def _pending(self, lines: list[bytes]) -> bytes | None:
        """The line that a killed process did not bring to the chain, though its run is in place."""
        try:
            line = (self.folder / PENDING).read_bytes().removesuffix(b"\n")
            event, last = json.loads(line), json.loads(lines[-1])["hash"] if lines else ""
            found = sha256_of(self.folder / event["run_id"] / FILE)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return line if (event["before"], event["manifest"]) == (last, found) else None

    def broken_at(self) -> int | None:
        """The first line of the chain whose hash does not follow from the one before."""
        before, lines, whole = "", self._lines(), self._chain()[1]
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
        """The latest event of each run that was not removed, in the order of their sealing."""
        states: dict[str, str] = {}
        for event in self.events():
            if event["event"] == "removed":
                states.pop(event["run_id"], None)
            else:
                states[event["run_id"]] = event["event"]
        return states

    def removed(self) -> dict[str, dict[str, Any]]:
        """The event by which each run was removed that was not sealed again since."""
        events = {event["run_id"]: event for event in self.events()}
        return {run_id: e for run_id, e in events.items() if e["event"] == "removed"}

    def run(self, run_id: str) -> Run:
        """The run of an id that is known to exist."""
        return Run(self.folder / run_id)

    def place_of(self, run_id: str) -> str:
        """Where a run lies, as the user knows it."""
        return str(self.folder / run_id)

    def record(self, event: Event, run_id: str, by: str = "", reason: str = "") -> None:
        """Add an event to the chain: who, why, and to which bytes; the caller holds the lock."""
        self._append(self._line(event, run_id, by, reason, self.folder / run_id / FILE))

    def _line(self, event: Event, run_id: str, by: str, reason: str, manifest: Path) -> bytes:
        events = self.events()
        body = {
            "event": event, "run_id": run_id, "by": by, "reason": reason, "seq": len(events) + 1,
            "manifest": sha256_of(manifest), "before": events[-1]["hash"] if events else "",
        }  # fmt: skip
        return canonical(body | {"hash": digest(body)}) + b"\n"

    def _append(self, line: bytes) -> None:
        whole = self._chain()[1]
        with (self.folder / CHAIN).open("ab") as stream:
            stream.truncate(whole)
            try:
                _write(stream, line)
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
                self._settle()
                yield
            finally:
                if not holds_runs(self.folder):
                    lock.unlink()
                    for folder in made:
                        with suppress(OSError):
                            folder.rmdir()

    def _settle(self) -> None:
        """Finish what a killed process began: a line that is missing, folders that should go."""
        if pending := self._pending(self._chain()[0]):
            self._append(pending + b"\n")
        (self.folder / PENDING).unlink(missing_ok=True)
        for run_id in self.removed():
            self._discard(run_id)
        for left in self.folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)

    @contextmanager
    def unfinished(self) -> Iterator[Path]:
        """A temporary folder beside the runs; whatever is left of it at the end is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def seal(self, unfinished: Path, run_id: str, by: str = "") -> Run:
        """Put a finished folder in its place and record it, or leave nothing."""
        place, aside = self.folder / run_id, self.folder / PENDING
        line = self._line("sealed", run_id, by, "", unfinished / FILE)
        try:
            with aside.open("wb") as stream:
                _write(stream, line)
            unfinished.chmod(0o755)
            unfinished.rename(place)
        except OSError:
            aside.unlink(missing_ok=True)
            raise
        try:
            self._append(line)
        except OSError:
            self._discard(run_id)
            aside.unlink(missing_ok=True)
            raise
        aside.unlink()
        return Run(place)

    def remove(self, run_id: str, by: str, reason: str) -> None:
        """Delete a run and its signatures; the chain keeps its hash, who did it and why."""
        self.record("removed", run_id, by, reason)
        self._discard(run_id)

    def _discard(self, run_id: str) -> None:
        place = self.folder / run_id
        if place.exists():
            going = self.folder / f"{UNFINISHED}{run_id}"  # out of sight at once, then deleted
            shutil.rmtree(going, ignore_errors=True)
            place.rename(going)
            shutil.rmtree(going, ignore_errors=True)
        for signature in self.folder.glob(f"{run_id}.*.sig"):
            signature.unlink()

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


def _write(stream: BinaryIO, line: bytes) -> None:
    stream.write(line)
    stream.flush()
    os.fsync(stream.fileno())
