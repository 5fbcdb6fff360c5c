"""The books of a sealed run, opened again: typed copies, or the referenced file by its hash."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from carbonledger.books import BOOKS
from carbonledger.config import BookConfig, Config
from carbonledger.intake.book import File, OpenBook, open_book, sha256_of
from carbonledger.intake.mapping import Mapped, lifted_columns
from carbonledger.issues import Issue, Place
from carbonledger.reading import Table

_MONTH = re.compile(r"balance (\d{4})-(\d{1,2})")


def open_sealed(
    folder: Path, config: Config, period: int, working: Path, sealed: dict[str, str]
) -> tuple[dict[str, OpenBook], list[Issue]]:
    """Every book of the run in ``folder``; ``sealed`` has the hash of each referenced file."""
    books: dict[str, OpenBook] = {}
    issues: list[Issue] = []
    for name, book in config.books.items():
        copy = folder / "books" / f"{name}.parquet"
        if copy.is_file():
            books[name] = _open_copy(name, book, copy, config.currency)
            continue
        books[name] = open_book(name, book, working, period, config.currency)
        if any(i.code == "file_missing" for i in books[name].issues):
            issues.append(Issue("sealed_file_changed", Place(", ".join(book.file))))
            continue
        for file in books[name].files:
            if sealed.get(file.name) != file.sha256:
                issues.append(Issue("sealed_file_changed", Place(file.name)))
        issues += books[name].issues
    return books, issues


def _open_copy(name: str, config: BookConfig, path: Path, currency: str) -> OpenBook:
    """A typed copy: canonical columns, whole fen and grams, the row of each in its source."""
    book = BOOKS[name]
    names = [n for n in pq.read_schema(path).names if n not in ("row", "file")]

    def stream(columns: Sequence[str] | None, _: Sequence[str]) -> Iterator[tuple[Any, Any]]:
        wanted = ["row", *(names if columns is None else dict.fromkeys(columns))]
        for batch in pq.ParquetFile(path).iter_batches(batch_size=65_536, columns=wanted):
            rows = batch.column("row").to_numpy(zero_copy_only=False).astype(np.int64)
            yield rows, batch

    own = {n: n for n in names if n in book.row.model_fields}
    lifted = {n: n for n in names if n not in own and n in lifted_columns()}
    months = {(int(m.group(1)), int(m.group(2))): n for n in names if (m := _MONTH.fullmatch(n))}
    scales = dict.fromkeys((*own, *lifted), 1) | {f"{y}-{m}": 1 for y, m in months}
    table = Table(_source(path), None, tuple(names), None, True, stream=stream)
    mapped = Mapped(own, scales, months, lifted)
    return OpenBook(
        book, config, (File(path, table.file, sha256_of(path), table, mapped, scales),), currency
    )


def _source(path: Path) -> str:
    names = pq.read_table(path, columns=["file"]).column("file").unique().to_pylist()
    return ", ".join(str(n) for n in names)
