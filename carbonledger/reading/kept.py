"""Batches kept from the survey of a file for the first time they are asked for.

A file is gone through once on opening, so that every problem of its shape is known before the
first batch. What that pass read need not be parsed again: it is kept in memory as long as all files
together stay small, and else packed in a private file, which costs a third of parsing it.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

import pyarrow as pa

from carbonledger.reading.ahead import Behind
from carbonledger.reading.private_file import PrivateFile
from carbonledger.reading.table import Batches, RowNumbers

MOST_BYTES = 192 << 20
"""Bytes that all open files keep in memory together."""

_held = {"bytes": 0}
_PACKED = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
_ALONE = pa.ipc.IpcReadOptions(use_threads=False)


class Kept:
    """The batches of one file, handed out once."""

    def __init__(self) -> None:
        self._batches: list[tuple[RowNumbers, Any]] = []
        self._names: frozenset[str] = frozenset()
        self._size = [0]
        self._disk: PrivateFile | None = None
        self._behind = Behind()
        weakref.finalize(self, _release, self._size)

    def add(self, numbers: RowNumbers, batch: Any) -> None:
        """Keep a batch."""
        self._names = frozenset(batch.schema.names)
        size = batch.nbytes
        if _held["bytes"] + size > MOST_BYTES:
            disk = self._disk = self._disk or PrivateFile()
            packed = self._behind.do(partial(_packed, disk, batch))
            self._batches.append((numbers, packed))
            return
        _held["bytes"] += size
        self._size[0] += size
        self._batches.append((numbers, batch))

    def has(self, names: Sequence[str]) -> bool:
        """Whether these columns can be handed out."""
        return bool(self._batches) and self._names.issuperset(names)

    def take(self, names: Sequence[str]) -> Batches:
        """The batches, each forgotten as it goes."""
        batches, self._batches, disk, self._disk = self._batches[::-1], [], self._disk, None
        while batches:
            numbers, batch = batches.pop()
            if disk is not None and isinstance(batch, Future):
                batch = _unpacked(disk, *batch.result())
            yield numbers, batch.select(names)
            del batch
        _release(self._size)


def _packed(disk: PrivateFile, batch: Any) -> tuple[int, int]:
    """Write a batch, whose cells may be anybody's names."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=_PACKED) as writer:
        writer.write_batch(batch)
    data = memoryview(sink.getvalue())
    return disk.add(data, hidden=True), len(data)


def _unpacked(disk: PrivateFile, start: int, size: int) -> Any:
    with pa.ipc.open_stream(disk.read(start, size, hidden=True), options=_ALONE) as stream:
        return stream.read_next_batch()


def _release(size: list[int]) -> None:
    _held["bytes"] -= size[0]
    size[0] = 0
