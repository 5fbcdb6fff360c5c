"""The place of the parts: what units share and the entries of each, where all processes reach them.

It is a folder, or a URL of a store. A unit's entries come there whole or not at all: a folder is
renamed in; on a store each file is, and the same unit done twice puts the same bytes there. Who
calls a run off clears the place; units that are being worked then notice, and leave nothing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from carbonledger.reading.store_folders import (
    brought,
    cleared,
    content_at,
    is_there,
    names_in,
    put,
    put_all,
)
from carbonledger.reading.stores import is_url

SHARED = "shared.pickle"
GONE = ".gone"
LOOKS = 32
"""Batches between two looks at a store; a folder is looked at before each."""


class CalledOff(Exception):
    """Nobody waits for the parts any more."""


@dataclass(frozen=True)
class Parts:
    """The parts at a place."""

    place: str

    @property
    def _stored(self) -> bool:
        return is_url(self.place)

    @property
    def compression(self) -> str | None:
        """How entries are packed on their way: a store is slower than packing, a folder is not."""
        return "lz4" if self._stored else None

    def share(self, content: bytes) -> None:
        """Leave there what every unit needs."""
        if self._stored:
            put(f"{self.place}/{SHARED}", content)
        else:
            Path(self.place).mkdir()
            (Path(self.place) / SHARED).write_bytes(content)

    def shared(self) -> bytes:
        """The same again."""
        if self._stored:
            return content_at(f"{self.place}/{SHARED}")
        return (Path(self.place) / SHARED).read_bytes()

    def look(self, batch: int) -> None:
        """End the work of a unit that nobody waits for."""
        if not self._stored:
            wanted = (Path(self.place) / SHARED).exists()
        else:
            wanted = batch % LOOKS != LOOKS - 1 or is_there(f"{self.place}/{SHARED}")
        if not wanted:
            raise CalledOff

    @contextmanager
    def unfinished(self) -> Iterator[Path]:
        """A folder of this machine for the entries of a unit that is being worked."""
        beside = None if self._stored else self.place
        folder = Path(tempfile.mkdtemp(prefix=".", dir=beside))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def put(self, unfinished: Path, number: int) -> None:
        """Put the entries of a unit there; it may have been done elsewhere meanwhile."""
        if self._stored:
            put_all(unfinished, [p.name for p in unfinished.iterdir()], self._of(number))
            if not is_there(f"{self.place}/{SHARED}"):
                cleared(self._of(number))
                raise CalledOff
            return
        try:
            os.rename(unfinished, self._of(number))
        except OSError:
            if not Path(self._of(number)).is_dir():
                raise

    @contextmanager
    def taken(self, number: int) -> Iterator[Path]:
        """The entries of a unit, a file a standard; they are gone afterwards."""
        if self._stored:
            with tempfile.TemporaryDirectory(prefix="carbonledger-") as folder:
                brought(self._of(number), Path(folder), names_in(self._of(number)))
                yield Path(folder)
            cleared(self._of(number))
            return
        yield Path(self._of(number))
        shutil.rmtree(self._of(number))

    def clear(self) -> None:
        """Leave nothing."""
        if self._stored:
            cleared(f"{self.place}/{SHARED}")  # first: what is put from now on is taken back
            cleared(self.place)
            return
        with suppress(OSError):  # under another name nothing new can come into it
            os.rename(self.place, self.place + GONE)
        shutil.rmtree(self.place + GONE, ignore_errors=True)
        shutil.rmtree(self.place, ignore_errors=True)

    def _of(self, number: int) -> str:
        return f"{self.place}/{number:06d}"
