"""Arrow files and streams, Feather among them; typed columns, sealed as a copy like text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa

from carbonledger.issues import Refusal
from carbonledger.reading.native import DAMAGE, native_problems, reason, with_texts
from carbonledger.reading.table import BATCH_ROWS, Batches, Format, Opened, Request, Table

FILE, STREAM = b"ARROW1", b"\xff\xff\xff\xff"
MOST_ROWS = 1 << 26
"""Rows of one record batch; more of them are a bomb rather than a book."""


def open_arrow(request: Request) -> Opened:
    """The table of an Arrow file; rows count from 1, for it has no lines."""
    try:
        with _reader(request) as (schema, batches):
            rows = 0
            for batch in batches:
                if batch.num_rows > MOST_ROWS:
                    return None, [request.issue("file_hostile", reason=f"{batch.num_rows:,} rows")]
                batch.validate(full=True)
                rows += batch.num_rows
    except DAMAGE as problem:
        return None, [request.issue("file_unreadable", reason=reason(problem))]
    issues = native_problems(request, schema, rows)
    if issues:
        return None, issues

    def stream(asked: Sequence[str] | None, dictionary: Sequence[str]) -> Batches:
        names = list(dict.fromkeys(schema.names if asked is None else asked))
        return _batches(request, names, frozenset(dictionary))

    columns = tuple(schema.names)
    return Table(request.name, None, columns, rows, native=False, stream=stream), []


@contextmanager
def _reader(request: Request) -> Iterator[tuple[Any, Iterator[Any]]]:
    with pa.OSFile(str(request.path)) as file:
        if file.read(len(FILE)) == FILE:
            opened = pa.ipc.open_file(file)
            count = opened.num_record_batches
            yield opened.schema, (opened.get_batch(n) for n in range(count))
        else:
            file.seek(0)
            read = pa.ipc.open_stream(file)
            yield read.schema, iter(read)


def _batches(request: Request, names: list[str], dictionary: frozenset[str]) -> Batches:
    first = 1
    try:
        with _reader(request) as (_, batches):
            for whole in batches:
                for start in range(0, whole.num_rows, BATCH_ROWS):
                    batch = with_texts(whole.select(names).slice(start, BATCH_ROWS))
                    batch = _coded(batch, dictionary)
                    numbers = np.arange(first, first + batch.num_rows, dtype=np.int64)
                    first += batch.num_rows
                    yield numbers, batch
    except DAMAGE as problem:
        raise Refusal("file_unreadable", reason=reason(problem)) from problem


def _coded(batch: Any, dictionary: frozenset[str]) -> Any:
    columns = [
        column.dictionary_encode()
        if name in dictionary and not pa.types.is_dictionary(column.type) else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]  # fmt: skip
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


FORMAT = Format(
    "Arrow", (".arrow", ".feather", ".arrows", ".ipc"),
    lambda head: head.startswith(FILE) or head.startswith(STREAM), open_arrow,
)  # fmt: skip
