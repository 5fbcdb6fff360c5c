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

if TYPE_CHECKING:
    from carbonledger.intake.files import File

Fingerprints = NDArray[np.uint64]
_BASE = 0x9E3779B97F4A7C15
_SEEDS = (0x2545F4914F6CDD1D, 0x9FB21C651E98DF25)


def key_of(book: Book, batch: Typed) -> pa.Array:
    """The key of each row; null where the book has none."""
    parts = [pc.fill_null(batch.columns[c], "") for c in book.key if c in batch.columns]
    if not parts:
        return pa.nulls(len(batch.rows), pa.string())
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "\x1f")


def fingerprints(keys: pa.Array) -> Fingerprints:
    """Eight bytes for each key, the same for the same key; a million keys fit into the cache."""
    _, offsets, data = keys.buffers()
    if data is None:
        return np.zeros(len(keys), np.uint64)
    edges = np.frombuffer(offsets, np.int32, len(keys) + 1, 4 * keys.offset).astype(np.int64)
    raw = np.frombuffer(data, np.uint8)[edges[0] : edges[-1]]
    edges -= edges[0]
    with np.errstate(over="ignore"):
        place = np.arange(len(raw), dtype=np.int64) - np.repeat(edges[:-1], np.diff(edges))
        powers = np.cumprod(np.full(int(np.diff(edges).max(initial=0)) + 1, _BASE, np.uint64))
        mixed = (raw.astype(np.uint64) + np.uint64(_SEEDS[0])) * powers[place]
        sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(mixed ^ (mixed >> np.uint64(29)))))
        found: Fingerprints = (sums[edges[1:]] - sums[edges[:-1]]) * np.uint64(_SEEDS[1])
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
