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


def key_of(book: Book, batch: Typed) -> pa.Array:
    """The key of each row; null where the book has none."""
    parts = [pc.fill_null(batch.columns[c], "") for c in book.key if c in batch.columns]
    if not parts:
        return pa.nulls(len(batch.rows), pa.string())
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "\x1f")


def fingerprints(keys: pa.Array) -> Fingerprints:
    """Eight bytes for each key, the same for the same key; a million keys fit into the cache."""
    _, offsets, data = keys.buffers()
    found = np.zeros(len(keys), np.uint64)
    if data is None or not len(keys):
        return found
    edges = np.frombuffer(offsets, np.int32, len(keys) + 1, 4 * keys.offset).astype(np.int64)
    raw, lengths = np.frombuffer(data, np.uint8), np.diff(edges)
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        if len(rows) == len(keys):
            cells = raw[edges[0] : edges[-1]].reshape(len(keys), length)
        else:
            cells = raw[edges[rows][:, None] + np.arange(length)]
        found[rows] = _mixed(cells)
    return found


def _mixed(cells: NDArray[np.uint8]) -> Fingerprints:
    """The bytes of equally long keys, eight at a time, into one word each."""
    count, length = cells.shape
    words = np.zeros((count, -(-max(length, 1) // 8) * 8), np.uint8)
    words[:, :length] = cells
    mixed = np.full(count, length, np.uint64)
    for word in words.view("<u8").T:
        mixed = (mixed ^ word) * np.uint64(_BASE)
        mixed ^= mixed >> np.uint64(29)
    return mixed


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
