"""The typed batches of a book that is read once: in memory, beyond some rows in a private file.

The file never has a name and is gone with the process, however that ends. What in it might name a
natural person is written under a key that the process alone has, for who the persons are shows
only when all books are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from carbonledger.books import NAMES
from carbonledger.books.checks import Typed
from carbonledger.books.lazy import Lazy
from carbonledger.intake.people import CODES, IDS, LABELS
from carbonledger.reading.ahead import Behind
from carbonledger.reading.private_file import PrivateFile

MOST_ROWS = 1 << 17
"""How many are held in memory."""
_HIDDEN = frozenset({*IDS, *NAMES, *LABELS, *CODES})
"""Columns of which any cell could still turn out to name a natural person."""


class Held:
    """Batches in their order; those in the file are read anew, column by column as asked for."""

    def __init__(self) -> None:
        self._rows = 0
        self._batches: list[Typed | Future[_Stored]] = []
        self._disk: _Disk | None = None
        self._behind = Behind()

    def add(self, batch: Typed, private: bool) -> None:
        """Take a batch in; ``private`` where its cells as read are for their owner alone."""
        self._rows += len(batch.rows)
        self._batches.append(batch)
        if self._rows > MOST_ROWS:
            disk = self._disk = self._disk or _Disk()
            for at, held in enumerate(self._batches):
                if isinstance(held, Typed):
                    self._batches[at] = self._behind.do(partial(disk.put, held, private))

    def __iter__(self) -> Iterator[Typed]:
        return map(_typed, self._batches)

    def of(self, file: str) -> Iterator[Typed]:
        """The batches of one file."""
        return map(_typed, (b for b in self._batches if _file_of(b) == file))

    def change(self, changed: Callable[[Typed], Typed]) -> None:
        """Every batch as ``changed`` makes it; in the file only columns that differ are new."""
        for at, batch in enumerate(self._batches):
            if isinstance(batch, Typed):
                self._batches[at] = changed(batch)
            else:
                batch.result().change(changed)


def _typed(batch: Typed | Future[_Stored]) -> Typed:
    return batch if isinstance(batch, Typed) else batch.result().typed()


def _file_of(batch: Typed | Future[_Stored]) -> str:
    return batch.file if isinstance(batch, Typed) else batch.result().file


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
        self._file = PrivateFile()

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
        hidden = hidden or name in _HIDDEN
        texts = None
        if pa.types.is_dictionary(column.type):
            texts, column = self.place(name, column.dictionary, hidden), column.indices
        batch = pa.record_batch([column], names=[""])
        data = memoryview(batch.serialize())
        return _Place(self._file.add(data, hidden), len(data), batch.schema, hidden, texts)

    def read(self, place: _Place) -> pa.Array:
        """A column again."""
        buffer = self._file.read(place.start, place.size, place.hidden)
        column = pa.ipc.read_record_batch(buffer, place.schema).column(0)
        if place.texts is None:
            return column
        return pa.DictionaryArray.from_arrays(column, self.read(place.texts))
