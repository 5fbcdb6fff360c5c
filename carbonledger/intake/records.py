"""Who a book names: each distinct code, customer number and name, with the first row of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from carbonledger.alike import Rows, alike
from carbonledger.books import POSITIONS
from carbonledger.books.checks import Typed
from carbonledger.intake.book import OpenBook
from carbonledger.intake.coded import codes_of, whole
from carbonledger.intake.people import persons_of
from carbonledger.issues import Place


class Side(NamedTuple):
    """The columns by which a book names a company or a project."""

    book: str
    id: str
    number: str
    name: str
    target: str
    """The column that takes the code joined with; the id itself but for groups."""


SIDES = {
    "counterparty": tuple(
        Side(book, "counterparty_id", "customer_number", "counterparty_name", "counterparty_id")
        for book in (*POSITIONS, "activities")
    ),
    "project": tuple(
        Side(book, "project_id", "", "project_name", "project_id")
        for book in (*POSITIONS, "activities")
    ),
    "group": (Side("counterparties", "counterparty_id", "customer_number", "name",
                   "group_member_id"),),
}  # fmt: skip
"""What joins, by the kind it joins with."""
WITH = {
    "counterparty": Side("counterparties", "counterparty_id", "customer_number", "name", ""),
    "project": Side("projects", "project_id", "", "name", ""),
    "group": Side("groups", "entity_id", "customer_number", "name", ""),
}
"""What it joins with."""
KEPT = ("counterparty_joined_by", "project_joined_by", "group_member_id", "group_joined_by")
"""Columns that joining adds to a typed book and that no row model has."""
ADDED = frozenset({*KEPT, "counterparty_id", "project_id", "reporting_entity"})
"""Columns that a sealed copy may have though its source has no header for them."""
_PARTS = ("id", "number", "name")


@dataclass(frozen=True)
class Records:
    """Distinct records of a book, in the order in which they first appear."""

    side: Side
    table: pa.Table
    """Columns id, number, name, region (where all its rows agree), person, row (the first), file,
    count."""

    def place(self, at: int, column: str = "") -> Place:
        """Where a record first stands."""
        row = self.table.slice(at, 1).to_pylist()[0]
        return Place(row["file"], row=row["row"], column=column or None)

    def __len__(self) -> int:
        return int(self.table.num_rows)


def records_of(opened: OpenBook, side: Side) -> Records:
    """The distinct records of a book; a book of tables reads its own few columns for it."""
    asked = [side.id, side.number, side.name, "customer_type", "product", "region"]
    parts = [_part(batch, side) for batch in opened.some(asked)]
    whole = pa.concat_tables(parts) if parts else _SCHEMA.empty_table()
    return Records(side, _distinct(whole))


_SCHEMA = pa.schema([
    ("id", pa.string()), ("number", pa.string()), ("name", pa.string()), ("region", pa.string()),
    ("person", pa.bool_()), ("row", pa.int64()), ("file", pa.string()), ("count", pa.int64()),
])  # fmt: skip


def _part(batch: Typed, side: Side) -> pa.Table:
    columns, rows, size = batch.columns, batch.rows, len(batch.rows)
    arrays = {
        part: columns[name] if name in columns else pa.nulls(size, pa.string())
        for part, name in zip(_PARTS, (side.id, side.number, side.name), strict=True)
    }
    person = persons_of(batch)
    region = columns["region"].cast(pa.string()) if "region" in columns else (
        pa.nulls(size, pa.string()))  # fmt: skip
    of_file = pa.array([batch.file], pa.string()).take(pa.array(np.zeros(size, np.int32)))
    return _distinct(pa.table({
        **arrays, "region": region, "person": pa.array(person), "row": pa.array(rows, pa.int64()),
        "file": of_file, "count": pa.array(np.ones(size, np.int64)),
    }))  # fmt: skip


def _distinct(table: pa.Table) -> pa.Table:
    """One row a distinct record, as first met."""
    # Arrow's own grouping loads 20 ms of modules that a check need not pay.
    size = table.num_rows
    of, found = alike([codes_of(_encoded(table, part)) for part in _PARTS], size)
    first = np.zeros(len(found), np.intp)
    first[of[::-1]] = np.arange(size)[::-1]
    person, count = np.zeros(len(found), np.bool_), np.zeros(len(found), np.int64)
    person[of[np.asarray(table.column("person"))]] = True
    np.add.at(count, of, np.asarray(table.column("count")))
    order = np.argsort(first)
    rows = table.take(pa.array(first[order]))
    made = dict(zip(rows.column_names, rows.columns, strict=True)) | {
        "region": _agreed(_encoded(table, "region"), of, len(found)).take(pa.array(order)),
        "person": pa.array(person[order]), "count": pa.array(count[order]),
    }  # fmt: skip
    return pa.table(made).cast(_SCHEMA)


def _encoded(table: pa.Table, name: str) -> pa.DictionaryArray:
    return whole(table.column(name)).dictionary_encode()


def _agreed(region: pa.DictionaryArray, of: Rows, size: int) -> pa.Array:
    """The region of each record where all its rows that have one agree."""
    codes = codes_of(region)
    least, most = np.full(size, len(region.dictionary), np.int32), np.full(size, -1, np.int32)
    given = np.flatnonzero(codes >= 0)
    np.minimum.at(least, of[given], codes[given])
    np.maximum.at(most, of[given], codes[given])
    return region.dictionary.take(pa.array(most, mask=least != most))
