"""Tables written in row groups of one size, with the same bytes however their batches were cut."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.digests import Digest, Growing
from carbonledger.entries import SCHEMA

GROUP_ROWS = 65_536


class Rows(Protocol):
    """A file that takes entries batch by batch; making ready and writing are for two threads."""

    digest: Digest | None
    """The hash of a sealed file, once it is finished."""

    def ready(self, batch: pa.RecordBatch) -> list[pa.RecordBatch]:
        """What can be written now that one more batch is there."""

    def write(self, group: pa.RecordBatch) -> None:
        """Write what was made ready."""

    def close(self) -> None:
        """Finish the file."""


def sealed_rows(path: Path) -> RowGroups:
    """Entries as a run holds them, each column packed by what it holds.

    Codes go by number, amounts by the bits of their differences, texts by zstd: that takes a
    quarter less time than zstd over all, at the same size.
    """
    texts = [f.name for f in SCHEMA if pa.types.is_string(f.type)]
    amounts = [f.name for f in SCHEMA if pa.types.is_int64(f.type)]
    coded = [n for n in SCHEMA.names if n not in (*texts, *amounts, "attribution_factor")]
    return RowGroups(
        path.with_name(f"{path.name}.parquet"), SCHEMA,
        compression={n: "zstd" if n in texts else "none" for n in SCHEMA.names},
        compression_level=dict.fromkeys(texts, 1),
        use_dictionary=coded, column_encoding=dict.fromkeys(amounts, "DELTA_BINARY_PACKED"),
        write_statistics=["position_id"],  # explain finds a position by its bounds
        write_batch_size=GROUP_ROWS,
    )  # fmt: skip


class PartRows:
    """Entries of a unit on their way to the sealed file: quick to write and to read once."""

    def __init__(self, path: Path, compression: str | None = None) -> None:
        self._path = path
        self.digest: Digest | None = None
        how = pa.ipc.IpcWriteOptions(compression=compression)
        self._file = path.open("wb")
        self._writer = pa.ipc.new_stream(self._file, SCHEMA, options=how)

    def ready(self, batch: pa.RecordBatch) -> list[pa.RecordBatch]:
        """The batch as it is."""
        return [batch]

    def write(self, group: pa.RecordBatch) -> None:
        """Write a batch."""
        with _named(self._path):
            self._writer.write_batch(group)

    def close(self) -> None:
        """Finish the file."""
        with _named(self._path):
            self._writer.close()
            self._file.close()


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Arrow does not say which disk is full."""
    try:
        yield
    except OSError as problem:
        problem.filename = str(path)
        raise


def part_rows(path: Path) -> Iterator[pa.RecordBatch]:
    """The batches of a part again."""
    with pa.memory_map(str(path)) as file:
        yield from pa.ipc.open_stream(file)


class RowGroups:
    """A Parquet file that is written batch by batch; a row group's dictionaries are in order.

    They are so in each batch, and hold no more than is used (entries.table_of).
    """

    def __init__(self, path: Path, schema: pa.Schema, **how: Any) -> None:
        import pyarrow.parquet as pq  # 13 ms that a check need not pay

        self._path = path
        self._writer = pq.ParquetWriter(path, schema, **how)
        self._growing = Growing(path)
        self.digest: Digest | None = None
        """The hash of the finished file."""
        self._held: list[pa.RecordBatch] = []
        self._rows = 0
        self._cut = False
        """Whether what is held begins with the rest of a batch."""

    def add(self, batch: pa.RecordBatch) -> None:
        """Take one more batch; whole row groups go to the file."""
        for group in self.ready(batch):
            self.write(group)

    def ready(self, batch: pa.RecordBatch) -> list[pa.RecordBatch]:
        """The row groups that one more batch makes whole."""
        self._held.append(batch)
        self._rows += batch.num_rows
        return [self._group(GROUP_ROWS) for _ in range(self._rows // GROUP_ROWS)]

    def write(self, group: pa.RecordBatch) -> None:
        """Write a row group."""
        with _named(self._path):
            self._writer.write_batch(group, row_group_size=group.num_rows)
            self._growing.grown()

    def _group(self, rows: int) -> pa.RecordBatch:
        """The first of the rows that are held as one row group."""
        held, self._rows = self._held, self._rows - rows
        if len(held) == 1 and not self._rows and not self._cut:
            self._held = []
            return held[0]
        table = pa.Table.from_batches(held).unify_dictionaries()
        self._held = table.slice(rows).to_batches()
        self._cut = bool(self._held)
        return _in_order(table.slice(0, rows).combine_chunks().to_batches()[0])

    def close(self) -> None:
        """Write what is left and finish the file."""
        if self._rows:
            self.write(self._group(self._rows))
        with _named(self._path):
            self._writer.close()
        self.digest = self._growing.finished()

    def __enter__(self) -> RowGroups:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if kind is None:
            self.close()
            return
        with suppress(Exception):  # what went wrong before is what counts
            self._writer.close()


def _in_order(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same with each dictionary sorted, and holding no more than is used."""
    columns = [_sorted(c) if pa.types.is_dictionary(c.type) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _sorted(column: pa.DictionaryArray) -> pa.DictionaryArray:
    names = len(column.dictionary)
    codes = column.indices.fill_null(names).to_numpy()
    used = np.bincount(codes, minlength=names + 1)[:-1] > 0
    order = pc.sort_indices(column.dictionary).to_numpy().astype(np.int32)
    order = order[used[order]]
    if np.array_equal(order, np.arange(names)):
        return column
    place = np.zeros(names + 1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    absent = None if not column.null_count else codes == names
    return pa.DictionaryArray.from_arrays(
        pa.array(place.take(codes), mask=absent), column.dictionary.take(pa.array(order))
    )
