"""The keys of rows: two rows of one key in a book are an error."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.books import Book
from carbonledger.books.checks import Typed
from carbonledger.issues import Issue, Place
from carbonledger.mixing import Words, mix_texts, started

if TYPE_CHECKING:
    from carbonledger.intake.files import File

Fingerprints = NDArray[np.uint64]


def key_of(book: Book, batch: Typed) -> pa.Array:
    """The key of each row; null where the book has none."""
    parts = [pc.fill_null(batch.columns[c], "") for c in book.key if c in batch.columns]
    if not parts:
        return pa.nulls(len(batch.rows), pa.string())
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "\x1f")


def fingerprints(book: Book, batch: Typed) -> Fingerprints:
    """Eight bytes for each key, the same for the same key; a million keys fit into the cache."""
    found: Fingerprints = hashed(book, batch, 1)[0]
    return found


def hashed(book: Book, batch: Typed, lanes: int) -> Words:
    """One or two such hashes of each key."""
    hashes = started(len(batch.rows), lanes)
    for column in book.key:
        if column in batch.columns:
            mix_texts(hashes, pc.fill_null(batch.columns[column], ""))
    return hashes


class Keys:
    """The fingerprints of all keys of a book, in sorted parts; beyond a limit they lie on disk."""

    MOST = 1 << 24
    """How many are held in memory."""

    def __init__(self) -> None:
        self._parts: list[Fingerprints | tuple[int, int]] = []
        self._count = 0
        self._disk: IO[bytes] | None = None

    def add(self, found: Fingerprints) -> None:
        """Take the fingerprints of a batch in."""
        found.sort()
        self._count += len(found)
        if self._count <= self.MOST:
            self._parts.append(found)
            return
        if self._disk is None:
            self._disk = tempfile.TemporaryFile()  # noqa: SIM115  (gone with the book)
            weakref.finalize(self, self._disk.close)
        start = self._disk.tell() // found.itemsize
        self._disk.write(found.tobytes())
        self._parts.append((start, start + len(found)))

    def twice(self) -> Fingerprints:
        """Those that stand twice, asked once at the end."""
        if self._disk is None:
            return self._twice(np.zeros(0, np.uint64))
        with self._disk as disk:
            disk.flush()
            return self._twice(np.memmap(disk, np.uint64, "r"))

    def _twice(self, disk: Fingerprints) -> Fingerprints:
        """A range of fingerprints at a time is put together and looked at."""
        parts = [disk[slice(*p)] if isinstance(p, tuple) else p for p in self._parts]
        ranges = (self._count >> 18) + 1
        edges = np.array([k * (1 << 64) // ranges for k in range(1, ranges)], np.uint64)
        cuts = [[0, *np.searchsorted(p, edges).tolist(), len(p)] for p in parts]
        found = [np.zeros(0, np.uint64)]
        for k in range(ranges if parts else 0):
            some = [p[c[k] : c[k + 1]] for p, c in zip(parts, cuts, strict=True)]
            together = np.sort(np.concatenate(some))
            found.append(np.unique(together[1:][together[1:] == together[:-1]]))
        return np.concatenate(found)


def duplicates(
    book: Book, files: Sequence[File], twice: Fingerprints, batches: Iterable[Typed]
) -> list[Issue]:
    """The rows whose key stands in the book already; only keys that may be so are compared."""
    if not len(twice) or not book.key:
        return []
    sheets = {file.name: file.table.sheet for file in files}
    first: dict[str, str] = {}
    issues = []
    for batch in batches:
        at = np.flatnonzero(np.isin(fingerprints(book, batch), twice))
        keys = key_of(book, batch).take(pa.array(at)).to_pylist()
        for row, key in zip(batch.rows[at].tolist(), keys, strict=True):
            if key is None or not key.strip("\x1f"):
                continue
            if key in first:
                words = (("first", first[key]), ("key", " + ".join(book.key)))
                place = Place(batch.file, sheets.get(batch.file), row)
                issues.append(Issue("duplicate_key", place, key.replace("\x1f", " + "), words))
            else:
                first[key] = f"{batch.file}:{row}"
    return issues
