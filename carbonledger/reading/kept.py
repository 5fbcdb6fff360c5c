"""Batches kept from the survey of a file for the first time they are asked for.

A file is gone through once on opening, so that every problem of its shape is known before the
first batch. What that pass read need not be read again, as long as all files together stay small.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from carbonledger.reading.table import Batches, RowNumbers

MOST_BYTES = 320 << 20
"""Bytes that all open files keep together; a larger file is read twice."""

_held = {"bytes": 0}


class Kept:
    """The batches of one file, handed out once."""

    def __init__(self) -> None:
        self._batches: list[tuple[RowNumbers, Any]] = []
        self._size = [0]
        self.whole = True
        weakref.finalize(self, _release, self._size)

    def add(self, numbers: RowNumbers, batch: Any) -> None:
        """Keep a batch, or none at all where they grow too large."""
        size = batch.nbytes
        if not self.whole or _held["bytes"] + size > MOST_BYTES:
            self.drop()
            return
        _held["bytes"] += size
        self._size[0] += size
        self._batches.append((numbers, batch))

    def drop(self) -> None:
        """Forget everything."""
        self.whole = False
        self._batches.clear()
        _release(self._size)

    def has(self, names: Sequence[str]) -> bool:
        """Whether these columns can be handed out."""
        if not self.whole or not self._batches:
            return False
        return set(names) <= set(self._batches[0][1].schema.names)

    def take(self, names: Sequence[str]) -> Batches:
        """The batches, each forgotten as it goes."""
        batches, self._batches, self.whole = self._batches[::-1], [], False
        while batches:
            numbers, batch = batches.pop()
            yield numbers, batch.select(names)
            del batch
        _release(self._size)


def _release(size: list[int]) -> None:
    _held["bytes"] -= size[0]
    size[0] = 0
