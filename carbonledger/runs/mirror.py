"""A folder of runs on a store: worked in a folder of this machine, and put there whole.

A run's files go first and its manifest last, so that what was begun and not ended is no run; the
line of the chain goes as on a disk, aside first. The next writer clears away what is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from carbonledger.reading.store_folders import (
    brought,
    cleared,
    held,
    is_there,
    names_in,
    put,
    put_all,
    taken_up,
)
from carbonledger.runs.manifest import FILE
from carbonledger.runs.run import ENTRIES, UNFINISHED, Run
from carbonledger.runs.store import CHAIN, PENDING, Event, Store

RUN_ID = re.compile(r"\d{4}-[0-9a-f]{8}")
LARGE = (ENTRIES, "books", "reports")
"""What of an earlier run nobody needs to list it, to record an event or to refer to it."""


@dataclass(frozen=True)
class Mirror(Store):
    """The runs at a URL, as far as they are needed here."""

    url: str = ""

    def place_of(self, run_id: str) -> str:
        """Where a run lies, as the user knows it."""
        return f"{self.url}/{run_id}"

    def fetch(self, *whole: str) -> None:
        """Bring the chain, the small files of every run and all files of some of them here."""
        wanted = [n for n in names_in(self.url) if _belongs(n)
                  and (not _large(n) or n.split("/")[0] in whole)]  # fmt: skip
        brought(self.url, self.folder, [n for n in wanted if not (self.folder / n).exists()])

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One writer at a time, also on other machines; what a killed one left goes."""
        with held(self.url):
            taken_up(f"{self.url}/{CHAIN}")
            self._sweep()
            self.fetch()
            chain = self._content()
            with super().lock():
                if self._content() != chain:
                    self._put_chain()
                yield

    def _sweep(self) -> None:
        """Clear away what was begun and not ended: parts of units, runs without a manifest."""
        names = names_in(self.url)
        for folder in {n.split("/")[0] for n in names if "/" in n}:
            unended = RUN_ID.fullmatch(folder) and f"{folder}/{FILE}" not in names
            if unended or folder.startswith(UNFINISHED):
                cleared(f"{self.url}/{folder}")

    def _content(self) -> bytes:
        path = self.folder / CHAIN
        return path.read_bytes() if path.exists() else b""

    def _put_chain(self) -> None:
        put(f"{self.url}/{CHAIN}", self._content())
        cleared(f"{self.url}/{PENDING}")

    def record(self, event: Event, run_id: str, by: str = "", reason: str = "") -> None:
        """Add an event to the chain, here and there."""
        super().record(event, run_id, by, reason)
        self._put_chain()

    def seal(self, unfinished: Path, run_id: str, by: str = "") -> Run:
        """Put a finished folder in its place and record it, or leave nothing."""
        run = super().seal(unfinished, run_id, by)
        names = [p.relative_to(run.folder).as_posix() for p in run.folder.rglob("*") if p.is_file()]
        try:
            put_all(run.folder, [n for n in names if n != FILE], self.place_of(run_id))
            put(f"{self.url}/{PENDING}", self._lines()[-1] + b"\n")
            put_all(run.folder, [FILE], self.place_of(run_id))
        except BaseException:
            cleared(f"{self.url}/{PENDING}")
            cleared(self.place_of(run_id))
            raise
        self._put_chain()
        return run


def _belongs(name: str) -> bool:
    first, _, rest = name.partition("/")
    if rest:
        return RUN_ID.fullmatch(first) is not None
    return name in (CHAIN, PENDING) or name.endswith(".sig")


def _large(name: str) -> bool:
    return name.split("/")[1:2] in ([part] for part in LARGE)


def runs_at(url: str) -> tuple[str, str] | None:
    """The folder of runs that a URL names, and the run's id or its beginning where it names one."""
    for folder in (url, f"{url}/runs"):
        if is_there(f"{folder}/{CHAIN}"):
            return folder, ""
    above, _, run_id = url.rpartition("/")
    known = is_there(f"{url}/{FILE}") or is_there(f"{above}/{CHAIN}")
    return (above, run_id) if known else None
