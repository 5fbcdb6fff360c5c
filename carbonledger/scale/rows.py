"""Tables written in row groups of one size, with the same bytes however their batches were cut."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 65_536


class RowGroups:
    """A Parquet file that is written batch by batch; a row group's dictionaries are in order."""

    def __init__(self, path: Path, schema: pa.Schema, **how: Any) -> None:
        self._writer = pq.ParquetWriter(path, schema, **how)
        self._held: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take one more batch; whole row groups go to the file."""
        self._held.append(batch)
        self._rows += batch.num_rows
        while self._rows >= GROUP_ROWS:
            self._write(GROUP_ROWS)

    def _write(self, rows: int) -> None:
        """Write the first of the rows that are held as one row group."""
        if len(self._held) == 1 and self._rows == rows:
            group, rest = self._held[0], []
        else:
            table = pa.Table.from_batches(self._held).unify_dictionaries()
            group = table.slice(0, rows).combine_chunks().to_batches()[0]
            rest = table.slice(rows).to_batches()
        self._writer.write_batch(_in_order(group), row_group_size=rows)
        self._held, self._rows = rest, self._rows - rows

    def close(self) -> None:
        """Write what is left and finish the file."""
        if self._rows:
            self._write(self._rows)
        self._writer.close()

    def __enter__(self) -> RowGroups:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()


def _in_order(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same with each dictionary sorted, and holding no more than is used."""
    columns = [_sorted(c) if pa.types.is_dictionary(c.type) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _sorted(column: pa.DictionaryArray) -> pa.DictionaryArray:
    names = column.dictionary.to_pylist()
    codes = column.indices.fill_null(len(names)).to_numpy()
    used = np.flatnonzero(np.bincount(codes, minlength=len(names) + 1)[:-1]).tolist()
    order = sorted(used, key=names.__getitem__)
    if order == list(range(len(names))):
        return column
    place = np.zeros(len(names) + 1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    absent = None if not column.null_count else codes == len(names)
    return pa.DictionaryArray.from_arrays(
        pa.array(place[codes], mask=absent), pa.array([names[k] for k in order], pa.string())
    )
