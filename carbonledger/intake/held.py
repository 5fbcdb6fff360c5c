"""The typed batches of a book that is read once: in memory, beyond some rows in a private file.

The file never has a name and is gone with the process, however that ends. What in it might name a
natural person is written under a key that the process alone has, for who the persons are shows
only when all books are read.
"""

from __future__ import annotations

import hashlib
import secrets
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Lock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.books import NAMES
from carbonledger.books.checks import Typed
from carbonledger.books.lazy import Lazy
from carbonledger.intake.people import CODES, IDS, LABELS

MOST_ROWS = 1 << 17
"""How many are held in memory."""
_OPEN = (
    r"(?i)[^ -~]|^\s*(?:[DEGKPS][A-Z]?\d{7,8}|[CHM]\d{8,10}|[A-Z]{3}\d{12}|\d{15}|\d{17}[\dX]"
    r"|(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4})\s*$"
)
"""Ids that could still turn out to be a person's name, document or phone."""


class Held:
    """Batches in their order; those in the file are read anew, column by column as asked for."""

    def __init__(self) -> None:
        self._rows = 0
        self._batches: list[Typed | _Stored] = []
        self._disk: _Disk | None = None

    def add(self, batch: Typed, private: bool) -> None:
        """Take a batch in; ``private`` where its cells as read are for their owner alone."""
        self._rows += len(batch.rows)
        self._batches.append(batch)
        if self._rows > MOST_ROWS:
            disk = self._disk = self._disk or _Disk()
            self._batches = [b if isinstance(b, _Stored) else disk.put(b, private)
                             for b in self._batches]  # fmt: skip

    def __iter__(self) -> Iterator[Typed]:
        return map(_typed, self._batches)

    def of(self, file: str) -> Iterator[Typed]:
        """The batches of one file."""
        return map(_typed, (b for b in self._batches if b.file == file))

    def change(self, changed: Callable[[Typed], Typed]) -> None:
        """Every batch as ``changed`` makes it; in the file only columns that differ are new."""
        for at, batch in enumerate(self._batches):
            if isinstance(batch, Typed):
                self._batches[at] = changed(batch)
            else:
                batch.change(changed)


def _typed(batch: Typed | _Stored) -> Typed:
    return batch if isinstance(batch, Typed) else batch.typed()


@dataclass(frozen=True)
class _Place:
    """Where a column lies in the file, and where the texts of a coded one."""

    start: int
    size: int
    schema: pa.Schema
    hidden: bool
    texts: _Place | None


@dataclass(frozen=True)
class _Stored:
    """A batch in the file."""

    disk: _Disk
    file: str
    rows: _Place
    columns: dict[str, _Place]
    texts: dict[str, _Place]

    def typed(self) -> Typed:
        """The batch, its columns yet to be read."""
        rows = self.disk.read(self.rows).to_numpy(zero_copy_only=False)
        columns, texts = (Lazy(places, partial(self._read, dict(places)))
                          for places in (self.columns, self.texts))  # fmt: skip
        return Typed(rows, columns, self.file, texts)

    def _read(self, places: Mapping[str, _Place], name: str) -> pa.Array:
        return self.disk.read(places[name])

    def change(self, changed: Callable[[Typed], Typed]) -> None:
        """Put the columns that differ behind the others."""
        old = self.typed()
        new = changed(old)
        for places, was, now in ((self.columns, old.columns, new.columns),
                                 (self.texts, old.texts, new.texts)):  # fmt: skip
            if now is not was and isinstance(now, Lazy):
                places.update((n, self.disk.place(n, now[n])) for n in now.given)


class _Disk:
    """The file."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  (gone with the book)
        weakref.finalize(self, self._file.close)
        self._key = secrets.token_bytes(32)
        self._lock = Lock()
        self._end = 0

    def put(self, batch: Typed, private: bool) -> _Stored:
        """Write a batch."""
        columns = {n: self.place(n, a) for n, a in batch.columns.items()}
        texts = {}
        for name, cells in batch.texts.items():
            same = name in columns and cells.equals(batch.columns[name])
            texts[name] = columns[name] if same else self.place(name, cells, private)
        return _Stored(self, batch.file, self.place("", pa.array(batch.rows)), columns, texts)

    def place(self, name: str, column: pa.Array, hidden: bool = False) -> _Place:
        """Write a column."""
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        hidden = hidden or _may_name(name, column)
        texts = None
        if pa.types.is_dictionary(column.type):
            texts, column = self.place(name, column.dictionary, hidden), column.indices
        batch = pa.record_batch([column], names=[""])
        data = memoryview(batch.serialize())
        with self._lock:
            start, self._end = self._end, self._end + len(data)
            self._file.seek(start)
            self._write(self._mixed(data, start) if hidden else data)
        return _Place(start, len(data), batch.schema, hidden, texts)

    def _write(self, data: memoryview) -> None:
        while data:
            data = data[self._file.write(data) :]

    def read(self, place: _Place) -> pa.Array:
        """A column again."""
        buffer = pa.allocate_buffer(place.size)
        with self._lock:
            self._file.seek(place.start)
            got = self._file.readinto(memoryview(buffer))
        if got != place.size:
            raise OSError(f"{got} of {place.size} bytes")
        if place.hidden:
            buffer = pa.py_buffer(self._mixed(memoryview(buffer), place.start))
        column = pa.ipc.read_record_batch(buffer, place.schema).column(0)
        if place.texts is None:
            return column
        return pa.DictionaryArray.from_arrays(column, self.read(place.texts))

    def _mixed(self, data: memoryview, start: int) -> memoryview:
        """The bytes under the key, or again without it; no place in the file is written twice."""
        stream = hashlib.shake_128(self._key + start.to_bytes(8, "big")).digest(len(data))
        mixed = np.frombuffer(data, np.uint8) ^ np.frombuffer(stream, np.uint8)
        return memoryview(mixed)  # type: ignore[arg-type]


def _may_name(name: str, column: pa.Array) -> bool:
    """Whether any cell could still turn out to name a natural person."""
    if name in IDS and pa.types.is_string(column.type):
        return bool(pc.any(pc.match_substring_regex(column, _OPEN)).as_py())
    return name in NAMES or name in LABELS or name in CODES
