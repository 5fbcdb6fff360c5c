"""Parquet files, their own types kept."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.issues import Refusal
from carbonledger.reading.native import DAMAGE, damaged, native_problems, reason, with_texts
from carbonledger.reading.stores import Located, Stored, readable
from carbonledger.reading.table import BATCH_ROWS, Batches, Format, Opened, Request, Table

PAGES = 1 << 18
"""Bytes of a column that are read at a time of a row group too large to be read at once."""
LARGE_GROUP = 1 << 25
"""Bytes beyond which one is; to read others so would leave one core idle."""
READERS = 4
"""Row groups that are looked through at once."""


def open_parquet(request: Request) -> Opened:
    """The table of a Parquet file; rows count from 1, for it has no lines."""
    return parquet_at(request, request.path)


def parquet_at(request: Request, place: Located) -> Opened:
    """The same of one that may lie on a store, where its row groups are read one by one."""
    from pyarrow import parquet  # 40 ms that a book in CSV need not pay

    try:
        with readable(place) as source, parquet.ParquetFile(source) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
            sizes = [file.metadata.row_group(k).total_byte_size for k in range(file.num_row_groups)]
    except DAMAGE as problem:
        return None, [request.issue("file_unreadable", reason=reason(problem))]
    columns = tuple(schema.names)
    issues = native_problems(request, schema, rows)
    if issues:
        return None, issues

    def stream(asked: Sequence[str] | None, dictionary: Sequence[str]) -> Batches:
        names = list(columns if asked is None else asked)
        done = 0
        pages = PAGES if max(sizes, default=0) > LARGE_GROUP and isinstance(place, Path) else 0
        for numbers, batch in _batches(place, names, dictionary, pages):
            done += len(numbers)
            yield numbers, batch
        if names and done != rows:
            raise Refusal("file_unreadable", reason=f"{done:,} of {rows:,} rows")

    return Table(request.name, None, columns, rows, native=True, stream=stream), []


def _batches(
    place: Located, asked: list[str], dictionary: Sequence[str], pages: int
) -> Batches:  # fmt: skip
    from pyarrow import parquet

    first = 1
    try:
        with (
            readable(place) as source,
            parquet.ParquetFile(
                source,
                read_dictionary=list(dictionary),
                pre_buffer=isinstance(place, Stored),
                buffer_size=pages,
            ) as file,
        ):
            read = (
                _one_by_one(file, asked) if isinstance(place, Stored)
                else file.iter_batches(batch_size=BATCH_ROWS, columns=asked)
            )  # fmt: skip
            for batch in of_one_size(read):
                batch.validate(full=True)
                numbers = np.arange(first, first + batch.num_rows, dtype=np.int64)
                first += batch.num_rows
                yield numbers, with_texts(batch.select(asked))
    except DAMAGE as problem:  # a damaged page shows only when it is read
        raise damaged(problem) from problem


def _one_by_one(file: Any, asked: list[str]) -> Iterator[pa.RecordBatch]:
    """Row groups of a file on a store, each asked for as a whole; of all it would be the file."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=BATCH_ROWS, row_groups=[group], columns=asked)


def of_one_size(
    batches: Iterable[pa.RecordBatch], rows: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Batches of the usual size, though dictionaries break them at every row group of a file."""
    held, size = list[pa.RecordBatch](), 0
    rows = rows or BATCH_ROWS
    for batch in batches:
        held.append(batch)
        size += batch.num_rows
        if size >= rows:
            table = pa.Table.from_batches(held).unify_dictionaries()
            yield table.slice(0, rows).combine_chunks().to_batches()[0]
            held, size = table.slice(rows).to_batches(), size - rows
    if size:
        table = pa.Table.from_batches(held).unify_dictionaries()
        yield table.combine_chunks().to_batches()[0]


def rows_where(
    path: Located, columns: Sequence[str], wanted: Mapping[str, Collection[str]]
) -> Batches:
    """The rows in which any of the key columns has one of the texts wanted, read alone.

    The key columns are gone through row group by row group, where their bounds do not already say
    that nothing is there; the others are read only where a row is found.
    """
    from pyarrow import parquet

    with readable(path) as source, parquet.ParquetFile(source) as file:
        keys = {k: pa.array(sorted(v), pa.string()) for k, v in wanted.items()
                if v and k in file.schema_arrow.names}  # fmt: skip
        named = [_possible(file, group, keys) for group in range(file.num_row_groups)]
        found = _hits(path, file.metadata, named)
        first = 1
        for group, numbers in enumerate(found):
            for at, rows in _read(file, group, columns, numbers.astype(np.int64)):
                yield at + first, rows
            first += file.metadata.row_group(group).num_rows


def _read(file: Any, group: int, columns: Sequence[str], numbers: npt.NDArray[np.int64]) -> Batches:
    """Rows of a row group by their number, which is read no further than the last of them."""
    done = 0
    named = list(columns)
    for batch in file.iter_batches(BATCH_ROWS, [group], named) if numbers.size else ():
        here = numbers[(numbers >= done) & (numbers < done + batch.num_rows)]
        if here.size:
            yield here, batch.take(pa.array(here - done)).select(named)
        done += batch.num_rows
        if done > numbers[-1]:
            return


def _possible(file: Any, group: int, keys: Mapping[str, pa.Array]) -> Mapping[str, pa.Array]:
    """The keys of which a row group may hold a text, by the bounds that the file states."""
    chunks = {c.path_in_schema: c for c in
              map(file.metadata.row_group(group).column, range(file.metadata.num_columns))
              if c.path_in_schema in keys}  # fmt: skip
    return {k: texts for k, texts in keys.items() if _within(chunks.get(k), texts)}


def _within(chunk: Any, texts: pa.Array) -> bool:
    bounds = None if chunk is None else chunk.statistics
    if bounds is None or not bounds.has_min_max or not isinstance(bounds.min, str):
        return True
    return any(bounds.min <= text <= bounds.max for text in texts.to_pylist())


def _hits(
    path: Located, metadata: Any, keys: Sequence[Mapping[str, pa.Array]]
) -> Iterator[npt.NDArray[np.intp]]:
    """The rows of each row group that have a text wanted; several are gone through at once."""
    from pyarrow import parquet

    opened = threading.local()

    def hits(group: int) -> npt.NDArray[np.intp]:
        if not keys[group]:
            return np.array([], np.intp)
        if not hasattr(opened, "file"):
            source = files.enter_context(readable(path))
            opened.file = files.enter_context(parquet.ParquetFile(source, metadata=metadata))
        held = opened.file.read_row_group(group, columns=list(keys[group]), use_threads=False)
        return np.flatnonzero(_any_of(held, keys[group]))

    with ExitStack() as files, ThreadPoolExecutor(READERS) as pool:
        yield from pool.map(hits, range(len(keys)))


def _any_of(held: pa.Table, keys: Mapping[str, pa.Array]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(held.num_rows, np.bool_)
    for key, texts in keys.items():
        mask |= np.asarray(pc.is_in(held.column(key).cast(pa.string()), value_set=texts))
    return mask


FORMAT = Format("Parquet", (".parquet", ".pq"), lambda head: head[:4] == b"PAR1", open_parquet)
