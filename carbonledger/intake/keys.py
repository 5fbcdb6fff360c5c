"""The keys of rows: two rows of one key in a book are an error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.books import Book
from carbonledger.books.checks import Typed
from carbonledger.issues import Issue, Place

if TYPE_CHECKING:
    from carbonledger.intake.book import File


def key_of(book: Book, batch: Typed) -> pa.Array:
    """The key of each row; null where the book has none."""
    parts = [pc.fill_null(batch.columns[c], "") for c in book.key if c in batch.columns]
    if not parts:
        return pa.nulls(len(batch.rows), pa.string())
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "\x1f")


def duplicates(book: Book, files: Sequence[File], keys: list[pa.Array]) -> list[Issue]:
    """The rows whose key stands in the book already."""
    if not book.key or not keys:
        return []
    every = pa.chunked_array(keys)
    distinct = every.combine_chunks().dictionary_encode().dictionary
    if len(distinct) == len(every):
        return []
    first: dict[str, str] = {}
    issues = []
    for file, row, key in _with_places(files, every):
        if key is None or not key.strip("\x1f"):
            continue
        if key in first:
            words = (("first", first[key]), ("key", " + ".join(book.key)))
            place = Place(file.name, file.table.sheet, row)
            issues.append(Issue("duplicate_key", place, key.replace("\x1f", " + "), words))
        else:
            first[key] = f"{file.name}:{row}"
    return issues


def _with_places(
    files: Sequence[File], keys: pa.ChunkedArray
) -> Iterator[tuple[File, int, str | None]]:
    at = 0
    values = keys.to_pylist()
    for file in files:
        for rows, _ in file.table.batches(list(file.mapped.headers.values())[:1]):
            for row in rows.tolist():
                yield file, row, values[at]
                at += 1
