"""The table of a kind of entity, in parts or in one piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from carbonledger.books import BOOKS, ENTITIES
from carbonledger.books.checks import Typed
from carbonledger.books.rows import columns_of
from carbonledger.intake.book import OpenBook
from carbonledger.intake.coded import blank_as_zero
from carbonledger.intake.entity_columns import SECTOR_MATCH

ISSUER = "counterparty_id"
"""Who issued a pool."""


def schema_of(kind: str) -> pa.Schema:
    """The columns of a kind of entity, codes as text, and what is told beside them."""
    specs = columns_of(BOOKS[ENTITIES[kind]].row)
    flat = {n: pa.string() if pa.types.is_dictionary(s.kind.type) else s.kind.type
            for n, s in specs.items() if n != "name"}  # fmt: skip
    marks = {"matched": pa.bool_(), "sector_given": pa.bool_(), SECTOR_MATCH: pa.string()}
    return pa.schema([*flat.items(), *marks.items()])


def own_parts(kind: str, books: Mapping[str, OpenBook]) -> Iterator[pa.Table]:
    """What the own book of a kind of entity says, batch by batch; one without rows if nothing."""
    schema, opened = schema_of(kind), books.get(ENTITIES[kind])
    typed = opened.batches() if opened is not None else iter(())
    parts = map(partial(_own_part, schema), filter(lambda batch: len(batch.rows), typed))
    yield from chain([next(parts, schema.empty_table())], parts)


def _own_part(schema: pa.Schema, typed: Typed) -> pa.Table:
    own = plain(typed.columns, schema)
    always = pa.array(np.ones(len(own), np.bool_))
    columns = dict(zip(own.column_names, own.columns, strict=True))
    return under(schema, columns | dict.fromkeys(("matched", "sector_given"), always))


def expected(opened: OpenBook | None) -> int:
    """How many rows the files of a book say that they have."""
    return sum(file.table.rows or 0 for file in opened.files) if opened is not None else 0


def one_table(parts: Iterable[pa.Table]) -> pa.Table:
    """The parts in one piece."""
    return in_one_piece(pa.concat_tables(parts))


def plain(columns: Mapping[str, pa.Array], schema: pa.Schema) -> pa.Table:
    """The columns of a typed batch that the schema has, codes as text."""
    return pa.table({n: columns[n].cast(schema.field(n).type) for n in schema.names
                     if n in columns})  # fmt: skip


def under(schema: pa.Schema, columns: Mapping[str, Any]) -> pa.Table:
    """The columns in the order of a schema, null where there is none."""
    size = len(next(iter(columns.values())))
    absent = _absent({f.type for f in schema if f.name not in columns}, size)
    return pa.table([columns.get(f.name, absent.get(f.type)) for f in schema], schema=schema)


def _absent(types: Iterable[pa.DataType], size: int) -> dict[pa.DataType, pa.Array]:
    """A null column of each type, all of them in the same bytes."""
    nothing = pa.py_buffer(bytes(8 * (size + 1)))
    return {t: pa.Array.from_buffers(t, size, [nothing] * (3 if pa.types.is_string(t) else 2))
            for t in types}  # fmt: skip


def in_one_piece(table: pa.Table) -> pa.Table:
    """The table in one piece, what is null throughout in the same bytes."""
    columns = zip(table.column_names, table.columns, strict=True)
    some = {n: blank_as_zero(pa.concat_arrays(c.chunks)) for n, c in columns
            if c.null_count < len(c)}  # fmt: skip
    return under(table.schema, some) if some else table.combine_chunks()


def asked_always(kind: str, table: pa.Table) -> pa.Table:
    """What a run asks of a table once it is encoded; of what is nowhere, no bytes are kept."""
    names = [SECTOR_MATCH, *([ISSUER] if kind == "pool" else [])]
    kept = {n: table.column(n) for n in names}
    return pa.table({n: pa.nulls(len(c)) if c.null_count == len(c) else c for n, c in kept.items()})
