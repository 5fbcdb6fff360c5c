"""Month-end balances of positions, joined by key a month at a time in bounded memory.

The keys of a month's rows lie as hashes in sorted runs and meet those of the positions range by
range. Eight bytes a position are held in memory, the balances of the month that is joined; all else
(48 bytes a position, and 8 for each month) lies in files without a name once it is large.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import IO, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.mixing import Words

Numbers = NDArray[np.int64]
Keyed = NDArray[np.void]
"""Rows by the hash of their key: told apart by 96 bits, so that of ten million keys two that
differ are taken for one with a chance of one in 10^15."""
KEYED = np.dtype([("hash", "<u8"), ("check", "<u4"), ("number", "<u4"), ("amount", "<i8")])
NONE = np.int64(np.iinfo(np.int64).min)
"""Stands for no balance: no amount is as low."""
CUTS = 1 << 10
"""Ranges of hashes into which every run is cut; some of them in a row are joined at once."""
RANGE_ROWS = 1 << 18
MOST_BYTES = 1 << 24
"""What a run or the balances may hold before they lie in a file."""


class _Spool:
    """Bytes that are written once and read in pieces, in memory while they are few."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(MOST_BYTES)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._lock = Lock()
        self.size = 0

    def add(self, values: NDArray[Any]) -> int:
        """Write values behind the others; where they begin."""
        start = self.size
        with self._lock:
            self._file.seek(start)
            self._file.write(np.ascontiguousarray(values).view(np.uint8).data)
        self.size += values.nbytes
        return start

    def read(self, start: int, size: int) -> bytes:
        """Some bytes again."""
        with self._lock:
            self._file.seek(start)
            return self._file.read(size)


class Runs:
    """Rows by the hash of their key, in sorted runs."""

    def __init__(self) -> None:
        self._spool, self.count = _Spool(), 0
        self._runs: list[tuple[int, NDArray[np.int32]]] = []

    def add(self, hashes: Words, numbers: Numbers, amounts: Numbers) -> None:
        """Take rows in, given in the order of their numbers."""
        rows = np.empty(len(numbers), KEYED)
        rows["hash"], rows["check"] = hashes[0], hashes[1] >> np.uint64(32)
        rows["number"], rows["amount"] = numbers, amounts
        self.add_keyed(rows)

    def add_keyed(self, rows: Keyed) -> None:
        """The same of rows that have their hashes."""
        rows = rows[np.argsort(rows["hash"], kind="stable")]
        edges = np.arange(1, CUTS, dtype=np.uint64) << np.uint64(64 - 10)
        cuts = np.searchsorted(rows["hash"], edges)
        start = self._spool.add(rows)
        self._runs.append((start, np.array([0, *cuts, len(rows)], np.int32)))
        self.count += len(rows)

    def within(self, first: int, last: int) -> Iterator[Keyed]:
        """The rows of some ranges, run by run."""
        for start, cuts in self._runs:
            at, size = int(cuts[first]), int(cuts[last] - cuts[first])
            if size:
                data = self._spool.read(start + at * KEYED.itemsize, size * KEYED.itemsize)
                yield np.frombuffer(data, KEYED)


def _together(runs: Sequence[Runs], first: int, last: int) -> Keyed:
    """The rows of some ranges in the order of their hash, those of one hash as they were added."""
    rows = np.concatenate([np.zeros(0, KEYED), *(p for r in runs for p in r.within(first, last))])
    ordered: Keyed = rows[np.argsort(rows["hash"], kind="stable")]
    return ordered


def _found(asked: Keyed, known: Keyed) -> Numbers:
    """The place of each row's key among the known ones, the first of equals; -1 if not there."""
    hashes, checks = known["hash"].copy(), known["check"]
    at = np.searchsorted(hashes, asked["hash"])
    found = np.full(len(asked), -1, np.int64)
    open_ = np.flatnonzero(at < len(known))
    while len(open_):
        open_ = open_[hashes[at[open_]] == asked["hash"][open_]]
        same = checks[at[open_]] == asked["check"][open_]
        found[open_[same]] = at[open_[same]]
        open_ = open_[~same]
        at[open_] += 1
        open_ = open_[at[open_] < len(known)]
    return found


class Positions:
    """All positions by number: the rows of the own files in their order, then those that ended."""

    def __init__(self, own: Runs, count: int) -> None:
        self._known, self._count = (own, Runs()), count
        self._spool, self._months = _Spool(), dict[tuple[int, int], tuple[int, int]]()

    def add(self, month: tuple[int, int], rows: Runs) -> tuple[int, Numbers, Words]:
        """Join a month's rows, the months before it to follow.

        Gives the number of the first position that ended with this month, the rows of those
        positions, and the hashes of keys that stand on two rows of the month.
        """
        amounts = np.full(self._count, NONE)
        new, twice = [np.zeros(0, KEYED)], [np.zeros(0, np.uint64)]
        at_once = max(CUTS * RANGE_ROWS // max(self._count, rows.count, 1), 1)
        for first in range(0, CUTS, at_once):
            part = first, min(first + at_once, CUTS)
            here, known = _together((rows,), *part), _together(self._known, *part)
            place = _found(known, here)
            amounts[known["number"][place >= 0]] = here["amount"][place[place >= 0]]
            new.append(here[_found(here, known) < 0])
            twice.append(here["hash"][1:][here["hash"][1:] == here["hash"][:-1]])
        ended = np.sort(np.concatenate(new), order="number")
        self._write(month, amounts, ended["amount"])
        start, self._count = self._count, self._count + len(ended)
        at = ended["number"].astype(np.int64)
        ended["number"] = np.arange(start, self._count)
        self._known[1].add_keyed(ended)
        return start, at, np.unique(np.concatenate(twice))

    def _write(self, month: tuple[int, int], amounts: Numbers, more: Numbers) -> None:
        start = self._spool.add(amounts)
        self._spool.add(more)
        self._months[month] = start, len(amounts) + len(more)

    def balances(self, month: tuple[int, int], first: int, count: int) -> Any:
        """What was outstanding on some positions in a row, null where the month tells nothing."""
        start, there = self._months[month]
        told = max(min(count, there - first), 0)
        amounts = np.full(count, NONE)
        amounts[:told] = np.frombuffer(self._spool.read(start + 8 * first, 8 * told), np.int64)
        return pa.array(amounts, mask=amounts == NONE)
