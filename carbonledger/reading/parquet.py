"""Parquet files, their own types kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.issues import Refusal
from carbonledger.reading.native import DAMAGE, native_problems, reason, with_texts
from carbonledger.reading.table import BATCH_ROWS, Batches, Format, Opened, Request, Table


def open_parquet(request: Request) -> Opened:
    """The table of a Parquet file; rows count from 1, for it has no lines."""
    from pyarrow import parquet  # 40 ms that a book in CSV need not pay

    try:
        with parquet.ParquetFile(request.path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except DAMAGE as problem:
        return None, [request.issue("file_unreadable", reason=reason(problem))]
    columns = tuple(schema.names)
    issues = native_problems(request, schema, rows)
    if issues:
        return None, issues

    def stream(asked: Sequence[str] | None, dictionary: Sequence[str]) -> Batches:
        names = list(columns if asked is None else asked)
        done = 0
        for numbers, batch in _batches(request, names, dictionary):
            done += len(numbers)
            yield numbers, batch
        if names and done != rows:
            raise Refusal("file_unreadable", reason=f"{done:,} of {rows:,} rows")

    return Table(request.name, None, columns, rows, native=True, stream=stream), []


def _batches(request: Request, asked: list[str], dictionary: Sequence[str]) -> Batches:
    from pyarrow import parquet

    first = 1
    try:
        with parquet.ParquetFile(request.path, read_dictionary=list(dictionary)) as file:
            read = file.iter_batches(batch_size=BATCH_ROWS, columns=asked)
            for batch in _of_one_size(read):
                batch.validate(full=True)
                numbers = np.arange(first, first + batch.num_rows, dtype=np.int64)
                first += batch.num_rows
                yield numbers, with_texts(batch.select(asked))
    except DAMAGE as problem:  # a damaged page shows only when it is read
        raise Refusal("file_unreadable", reason=reason(problem)) from problem


def _of_one_size(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches of the usual size, though dictionaries break them at every row group of a file."""
    held, size = list[pa.RecordBatch](), 0
    for batch in batches:
        held.append(batch)
        size += batch.num_rows
        if size >= BATCH_ROWS:
            table = pa.Table.from_batches(held).unify_dictionaries()
            yield table.slice(0, BATCH_ROWS).combine_chunks().to_batches()[0]
            held, size = table.slice(BATCH_ROWS).to_batches(), size - BATCH_ROWS
    if size:
        table = pa.Table.from_batches(held).unify_dictionaries()
        yield table.combine_chunks().to_batches()[0]


def rows_where(
    path: Path, columns: Sequence[str], wanted: Mapping[str, Collection[str]]
) -> Batches:
    """The rows in which any of the key columns has one of the texts wanted, read alone.

    The key columns are gone through row group by row group; the others are read only where a row
    is found.
    """
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        keys = {k: pa.array(sorted(v), pa.string()) for k, v in wanted.items()
                if v and k in file.schema_arrow.names}  # fmt: skip
        first = 1
        for group in range(file.num_row_groups if keys else 0):
            held = file.read_row_group(group, columns=list(keys))
            mask = _any_of(held, keys)
            numbers = np.flatnonzero(mask)
            if numbers.size:
                table = file.read_row_group(group, columns=list(columns)).combine_chunks()
                rows = table.take(pa.array(numbers)).combine_chunks()
                yield numbers.astype(np.int64) + first, rows.to_batches()[0].select(list(columns))
            first += held.num_rows


def _any_of(held: pa.Table, keys: Mapping[str, pa.Array]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(held.num_rows, np.bool_)
    for key, texts in keys.items():
        mask |= np.asarray(pc.is_in(held.column(key).cast(pa.string()), value_set=texts))
    return mask


FORMAT = Format("Parquet", (".parquet", ".pq"), lambda head: head[:4] == b"PAR1", open_parquet)
