"""The books of a sealed run: typed copies with every cell as read, or referenced by their hash.

A copy has a column a canonical column, in whole fen and grams, beside it the text that was read
(``revenue as read``), and where each row stood. Names are left out: no formula needs them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from carbonledger.books import BOOKS, ENTITIES, NAMES, POSITIONS, Book
from carbonledger.books.checks import Typed
from carbonledger.books.rows import columns_of
from carbonledger.config import BookConfig, Config
from carbonledger.digests import Digest, sha256_of
from carbonledger.intake.book import File, OpenBook, open_book
from carbonledger.intake.entities import needs_positions
from carbonledger.intake.lifted import lifted_columns
from carbonledger.intake.mapping import Mapped
from carbonledger.intake.records import ADDED, KEPT
from carbonledger.intake.refused import RefusedRows
from carbonledger.intake.sectors import MATCH
from carbonledger.issues import Issue, Place
from carbonledger.reading import Table
from carbonledger.reading.ahead import ahead
from carbonledger.reading.parquet import of_one_size, rows_where
from carbonledger.reading.stores import Located
from carbonledger.reading.table import BATCH_ROWS

Only = Mapping[str, Collection[str]]
"""Texts wanted, by column."""
Rows = Callable[[], tuple[tuple[Any, Any], ...]]

AS_READ = " as read"
PARENTS = ("parent_id", "ultimate_parent_id")
GROUP_ROWS = 65_536
BUNDLED = "books"
"""Where a bundle keeps copies of the books that its run knows by their hash."""
REFUSED = "refused"
"""The column that marks the positions of a copy that are refused."""
CORRECTIONS, LEFT_OUT = "corrections.json", "refused.json"
_MONTH = re.compile(r"balance (\d{4})-(\d{1,2})")


def write_copy(book: OpenBook, path: Path) -> None:
    """The typed copy of a book, as Parquet, written batch by batch."""
    heads = [pa.schema([*((n, c.type) for n, c in _copied(b).items())]) for b in book.heads()]
    if not heads:
        return
    schema = pa.unify_schemas(heads)
    if book.settled and book.refused.reasons and REFUSED not in schema.names:
        schema = schema.append(pa.field(REFUSED, pa.bool_()))
    places = [
        {"file": f.name, "sheet": f.table.sheet, "scales": _scales(book, f),
         "headers": {**f.mapped.headers, **f.mapped.lifted,
                     **{f"balance {y}-{m}": h for (y, m), h in f.mapped.months.items()}}}
        for f in book.files
    ]  # fmt: skip
    schema = schema.with_metadata({"files": json.dumps(places, ensure_ascii=False)})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        batches = (_under(schema, _copied(batch)) for batch in book.batches())
        for group in ahead(of_one_size(batches, GROUP_ROWS)):
            writer.write_batch(group)


def _copied(batch: Typed) -> dict[str, pa.Array]:
    """What a copy holds of a batch: all but names."""
    columns = {"file": pa.repeat(batch.file, len(batch.rows)), "row": pa.array(batch.rows)}
    for name in (c for c in batch.columns if c not in NAMES):
        columns[name] = _plain(batch.columns[name])
        if name in batch.texts:
            columns[name + AS_READ] = _plain(batch.texts[name])
    if batch.refused is not None:
        columns = {n: _emptied(v, batch.refused) if n.endswith(AS_READ) else v
                   for n, v in columns.items()}  # fmt: skip
        columns[REFUSED] = pa.array(batch.refused)
    return columns


def _under(schema: pa.Schema, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    """The columns in the order of a schema, null where there is none."""
    size = len(columns["row"])
    made = [columns[f.name] if f.name in columns else pa.nulls(size, f.type) for f in schema]
    return pa.RecordBatch.from_arrays(made, schema=schema)


def _emptied(cells: pa.Array, rows: Any) -> pa.Array:
    """Cells as read, without those of refused rows: only the quarantine holds them."""
    return pc.if_else(pa.array(rows), pa.scalar(None, cells.type), cells)


def _refused(book: Book, path: Path) -> RefusedRows:
    """The rows of a copy that are refused; of what they say, the copy has all that counts."""
    found = RefusedRows()
    if REFUSED in pq.read_schema(path).names:
        for row in pq.read_table(path, columns=["file", "row", REFUSED]).to_pylist():
            if row[REFUSED]:
                place = Place(row["file"], row=row["row"])
                words = (("book", book.name), ("count", "1"))
                issue = Issue("rows_refused", place, "", words)
                found.note(row["file"], row["row"], issue, None)
    return found


def _scales(book: OpenBook, file: File) -> dict[str, int]:
    """Fen in one unit of each column of money."""
    money = {*(c for c, spec in columns_of(book.book.row).items() if spec.kind.name == "money"),
             *lifted_columns()}  # fmt: skip
    months = {f"{y}-{m}": f"balance {y}-{m}" for y, m in file.mapped.months}
    return {months.get(c, c): scale for c, scale in file.scales.items()
            if scale and (c in months or (c in money and not c.endswith("_tco2e")))}  # fmt: skip


def _plain(values: pa.Array) -> pa.Array:
    return values.cast(pa.string()) if pa.types.is_dictionary(values.type) else values


def cells_of(path: Path, key: str, value: str, row: int | None = None) -> dict[str, Any] | None:
    """Where a row of a typed copy stood and its cells: sheet, header and text of each column."""
    if not path.is_file():
        return None
    schema = pq.read_schema(path)
    batches = (batch for _, batch in rows_where(path, schema.names, {key: (value,)}))
    found = [r for batch in batches for r in batch.to_pylist() if row in (None, r["row"])]
    if not found:
        return None
    places = json.loads(schema.metadata[b"files"])
    place = next(p for p in places if p["file"] == found[0]["file"])
    cells = {
        name: {
            "column": place["headers"].get(name),
            "text": found[0][name + AS_READ],
            "scale": place["scales"].get(name),
        }
        for name in found[0]
        if found[0].get(name + AS_READ) is not None
    }
    return {"file": place["file"], "sheet": place["sheet"], "row": found[0]["row"], "cells": cells}


def open_sealed(
    folder: Path, config: Config, period: int, working: Path, sealed: dict[str, str],
    only: Mapping[str, Only] | None = None,
) -> tuple[dict[str, OpenBook], list[Issue]]:  # fmt: skip
    """Every book of the run in ``folder``; ``sealed`` has the hash of each referenced file.

    ``only`` narrows books, by name, to the rows with one of the texts in one of the columns; a book
    that says who stands above a company is read whole.
    """
    copies = {n: c for n in config.books if (c := _copy(n, folder, working)) is not None}
    books: dict[str, OpenBook] = {}
    issues: list[Issue] = []
    for name, book in config.books.items():
        if name in copies:
            books[name] = _open_copy(name, book, copies[name], config.currency, sealed, None)
            continue
        books[name] = open_book(name, book, working, period, config.currency)
        if any(i.code == "file_missing" for i in books[name].issues):
            issues.append(Issue("sealed_file_changed", Place(", ".join(book.file))))
            continue
        if book.mapping is not None and sealed.get(book.mapping) != sha256_of(
            working / book.mapping
        ):
            issues.append(Issue("sealed_file_changed", Place(book.mapping)))
        for file in books[name].files:
            if sealed.get(file.name) != file.sha256:
                issues.append(Issue("sealed_file_changed", Place(file.name)))
        issues += books[name].issues
    wanted = {} if only is None else _enough(only, books, config)
    for name, book in config.books.items():
        narrow = wanted.get(name)
        if narrow is None or any(books[name].has(c) for c in PARENTS):
            continue
        if name in copies:
            books[name] = _open_copy(name, book, copies[name], config.currency, sealed, narrow)
        elif books[name].native:
            books[name] = _narrowed(books[name], narrow)
    for opened in books.values():
        opened.period = period
    return books, issues


def _copy(name: str, folder: Path, working: Path) -> Path | None:
    """The typed copy of a book, in the run or in a bundle."""
    places = (folder / "books" / f"{name}.parquet", working / BUNDLED / f"{name}.parquet")
    return next((p for p in places if p.is_file()), None)


def _enough(
    only: Mapping[str, Only], books: Mapping[str, OpenBook], config: Config
) -> Mapping[str, Only]:
    """What is wanted, without other positions of an entity where none of them says more of it."""
    held = [b for n, b in books.items() if n in POSITIONS]
    rules = config.exclusions.values()
    asked = any(r.per == "customer" and r.min_average_balance is not None for r in rules)
    if asked or any(needs_positions(k, books.get(b), held) for k, b in ENTITIES.items()):
        return only
    ids = {n: BOOKS[n].key[0] for n in POSITIONS}
    return {**only, **{n: {k: only[n][k]} for n, k in ids.items() if k in only.get(n, ())}}


def _narrowed(book: OpenBook, only: Only) -> OpenBook:
    """A referenced book's rows that hold what is wanted; the file is gone through once."""
    files = []
    for file in book.files:
        named = {file.mapped.headers[c]: v for c, v in only.items() if c in file.mapped.headers}
        rows = _once(file.path, file.table.columns, named)

        def stream(
            asked: Sequence[str] | None, _: Sequence[str], rows: Rows = rows
        ) -> Iterator[tuple[Any, Any]]:
            for numbers, batch in rows():
                yield numbers, batch if asked is None else batch.select(asked)

        files.append(replace(file, table=replace(file.table, stream=stream)))
    return OpenBook(book.book, book.config, tuple(files), book.currency)


def _once(path: Located, columns: Sequence[str], only: Only) -> Rows:
    return cache(lambda: tuple(rows_where(path, columns, only)))


def _open_copy(
    name: str, config: BookConfig, path: Path, currency: str, sealed: Mapping[str, str],
    only: Only | None,
) -> OpenBook:  # fmt: skip
    """A typed copy: canonical columns, whole fen and grams, the row of each in its source."""
    places = json.loads(pq.read_schema(path).metadata[b"files"])
    files = tuple(_copied_file(BOOKS[name], config, path, p, sealed, only) for p in places)
    refused = _refused(BOOKS[name], path)
    return OpenBook(BOOKS[name], config, files, currency, refused=refused)


def _copied_file(
    book: Book, config: BookConfig, path: Path, place: Mapping[str, Any],
    sealed: Mapping[str, str], only: Only | None,
) -> File:  # fmt: skip
    """One source file's rows in a typed copy."""
    file = str(place["file"])
    names = [n for n in pq.read_schema(path).names
             if n in place["headers"] or n in config.values or n in ADDED
             or n.endswith(MATCH)]  # fmt: skip

    found = None if only is None else _once(path, ["row", "file", *names], only)

    def stream(columns: Sequence[str] | None, _: Sequence[str]) -> Iterator[tuple[Any, Any]]:
        wanted = ["row", "file", *(names if columns is None else dict.fromkeys(columns))]
        for batch in _batches(path, wanted) if found is None else (b for _, b in found()):
            own_rows = batch.filter(pc.equal(batch.column("file"), file))
            if len(own_rows):
                rows = own_rows.column("row").to_numpy(zero_copy_only=False).astype(np.int64)
                yield rows, own_rows

    own = {n: n for n in names if n in book.row.model_fields}
    lifted = {n: n for n in names if n not in own and n in lifted_columns()}
    months = {(int(m.group(1)), int(m.group(2))): n for n in names if (m := _MONTH.fullmatch(n))}
    scales = dict.fromkeys((*own, *lifted), 1) | {f"{y}-{m}": 1 for y, m in months}
    table = Table(file, place["sheet"], tuple(names), None, True, stream=stream)
    kept = tuple(n for n in names if n in KEPT or n.endswith(MATCH))
    mapped = Mapped(own, scales, months, lifted, kept=kept)
    return File(path, file, Digest(sealed.get(file, "")), table, mapped, scales)


def _batches(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    yield from pq.ParquetFile(path).iter_batches(batch_size=BATCH_ROWS, columns=columns)
