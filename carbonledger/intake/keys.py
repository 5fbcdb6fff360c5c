"""The keys of rows: two rows of one key in a book are an error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.books import Book
from carbonledger.books.checks import Typed
from carbonledger.issues import Issue, Place
from carbonledger.mixing import mix_texts, started

if TYPE_CHECKING:
    from carbonledger.intake.files import File

Fingerprints = NDArray[np.uint64]


def key_of(book: Book, batch: Typed) -> pa.Array:
    """The key of each row; null where the book has none."""
    parts = [pc.fill_null(batch.columns[c], "") for c in book.key if c in batch.columns]
    if not parts:
        return pa.nulls(len(batch.rows), pa.string())
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "\x1f")


def fingerprints(keys: pa.Array) -> Fingerprints:
    """Eight bytes for each key, the same for the same key; a million keys fit into the cache."""
    hashes = started(len(keys), lanes=1)
    mix_texts(hashes, keys)
    found: Fingerprints = hashes[0]
    return found


def duplicates(
    book: Book, files: Sequence[File], found: Sequence[Fingerprints], batches: Iterable[Typed]
) -> list[Issue]:
    """The rows whose key stands in the book already; keys are compared only where some may."""
    if not book.key or not found:
        return []
    ordered = np.sort(np.concatenate(found))
    if not (ordered[1:] == ordered[:-1]).any():
        return []
    sheets = {file.name: file.table.sheet for file in files}
    first: dict[str, str] = {}
    issues = []
    for batch in batches:
        keys = key_of(book, batch).to_pylist()
        for row, key in zip(batch.rows.tolist(), keys, strict=True):
            if key is None or not key.strip("\x1f"):
                continue
            if key in first:
                words = (("first", first[key]), ("key", " + ".join(book.key)))
                place = Place(batch.file, sheets.get(batch.file), row)
                issues.append(Issue("duplicate_key", place, key.replace("\x1f", " + "), words))
            else:
                first[key] = f"{batch.file}:{row}"
    return issues
