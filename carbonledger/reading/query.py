"""The rows of a query against SQLite, DuckDB or ODBC: one SELECT, and nothing else reached."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from carbonledger.issues import Refusal
from carbonledger.reading.native import native_problems, reason
from carbonledger.reading.table import BATCH_ROWS, Batches, Opened, Request, Table
from carbonledger.reading.xlsx import WRITTEN

SQLITE, DUCKDB = b"SQLite format 3\0", b"DUCK"
SELECT = re.compile(r"\s*(?:select|with)\b[^;]*;?\s*", re.IGNORECASE)
ALLOWED = ("SELECT", "READ", "FUNCTION", "RECURSIVE")
"""What a statement may do in SQLite; attaching files and loading extensions are not among it."""

Answer = Callable[[], Iterator[Any]]
"""The record batches of an answer, anew at each call; at least one, if only to name columns."""


@dataclass(frozen=True)
class Query:
    """A statement, and the ODBC source it goes to where that is no file."""

    text: str
    dsn: str | None = None


def open_query(request: Request, query: Query) -> Opened:
    """The table of a query's rows, which count from 1 in the order of the answer."""
    if not SELECT.fullmatch(query.text):
        return None, [request.issue("query_not_select")]
    try:
        answer = _answer(request, query)
        batches = answer()
        schema = (first := next(batches)).schema
        rows = first.num_rows + sum(batch.num_rows for batch in batches)
    except ImportError as problem:
        return None, [request.issue("extra_missing", value=str(problem.name), extra="sql")]
    except Refusal as refusal:
        return None, [request.refused(refusal)]
    except Exception as problem:  # each database raises errors of its own
        return None, [request.issue("query_failed", reason=reason(problem))]
    issues = native_problems(request, schema, rows)
    if issues:
        return None, issues

    def stream(asked: Sequence[str] | None, _: Sequence[str]) -> Batches:
        names = list(dict.fromkeys(schema.names if asked is None else asked))
        first = 1
        for batch in answer():
            for start in range(0, batch.num_rows, BATCH_ROWS):
                part = batch.slice(start, BATCH_ROWS).select(names)
                yield np.arange(first, first + part.num_rows, dtype=np.int64), part
                first += part.num_rows

    return Table(request.name, None, tuple(schema.names), rows, native=False, stream=stream), []


def _answer(request: Request, query: Query) -> Answer:
    if query.dsn is not None:
        batches = list(_by_odbc(query.dsn, query.text))  # the source may change meanwhile
        return lambda: iter(batches)
    with request.path.open("rb") as file:
        head = file.read(len(SQLITE))
    if head == SQLITE:
        return partial(_by_sqlite, request, query.text)
    if head[8:12] == DUCKDB:
        return partial(_by_duckdb, request, query.text)
    raise Refusal("query_needs_database")


def _by_sqlite(request: Request, text: str) -> Iterator[Any]:
    import sqlite3

    allowed = {getattr(sqlite3, f"SQLITE_{what}") for what in ALLOWED}
    uri = f"{request.path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        database.set_authorizer(lambda action, *_: 0 if action in allowed else 1)
        yield from _of_rows(database.execute(text))


def _by_duckdb(request: Request, text: str) -> Iterator[Any]:
    import duckdb

    connect: Any = duckdb.connect
    settings = {"enable_external_access": "false", "threads": "1"}
    with connect(str(request.path), read_only=True, config=settings) as database:
        found = database.sql(text)
        # DuckDB 2 renamed it.
        reader = getattr(found, "to_arrow_reader", None) or found.fetch_arrow_reader
        reader = reader(BATCH_ROWS)
        yield pa.RecordBatch.from_arrays([pa.array([], f.type) for f in reader.schema],
                                         schema=reader.schema)  # fmt: skip
        yield from reader


def _by_odbc(dsn: str, text: str) -> Iterator[Any]:
    import pyodbc

    with closing(pyodbc.connect(dsn, readonly=True)) as database:
        yield from _of_rows(database.cursor().execute(text))


def _of_rows(cursor: Any) -> Iterator[Any]:
    """Rows of Python values as columns of text, written as a person would."""
    names = [str(column[0]) for column in cursor.description]
    yield _texts(names, [])
    while rows := cursor.fetchmany(BATCH_ROWS):
        yield _texts(names, rows)


def _texts(names: list[str], rows: Sequence[Sequence[Any]]) -> Any:
    cells = zip(*rows, strict=True) if rows else ([] for _ in names)
    columns = [pa.array([_text(value) for value in column], pa.string()) for column in cells]
    return pa.RecordBatch.from_arrays(columns, names=names)


def _text(value: Any) -> str | None:
    return None if value is None else WRITTEN.get(type(value), str)(value)
