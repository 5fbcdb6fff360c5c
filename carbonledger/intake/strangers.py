"""Customers whom no book of counterparties knows: what is lent to each in all, by its code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.mixing import Words, mix_texts, started

Totals = NDArray[np.int64]
NEVER_SMALL = np.iinfo(np.int64).max
"""The total of whom something is not known of."""
_PENDING = 1 << 20


@dataclass(frozen=True)
class Strangers:
    """Their codes as hashes, in order, and the total of each by the positions it counts.

    Of a million customers two share a hash of 64 bits, and so a total, in one of 37 million books.
    """

    codes: Words = field(default_factory=lambda: np.zeros(0, np.uint64))
    totals: Mapping[str, Totals] = field(default_factory=dict)

    def total(self, of: str, ids: pa.Array | None, size: int) -> Totals:
        """What is lent in all to the customer of each row; of who has no code nobody knows."""
        if ids is None or not self.codes.size:
            return np.full(size, NEVER_SMALL)
        codes = _hashed(ids)
        at = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        known = np.asarray(ids.is_valid()) & (self.codes[at] == codes)
        return np.where(known, self.totals[of][at], NEVER_SMALL)


class Meeting:
    """Strangers as batches tell of them, added up whenever many rows have come."""

    def __init__(self, sized: Collection[str]) -> None:
        self._sized = tuple(sized)
        self._codes: list[Words] = []
        self._sums: list[Totals] = []
        """A column a row: the total of each that is asked for, then what of it is not known."""

    def add(self, ids: pa.Array, sums: Totals) -> None:
        """Add rows of codes, and what each adds to the totals and to what is not known of them."""
        self._codes.append(_hashed(ids))
        self._sums.append(sums)
        if sum(map(len, self._codes[1:])) > _PENDING:
            self._fold()

    def _fold(self) -> None:
        codes, of = np.unique(np.concatenate(self._codes), return_inverse=True)
        sums = np.zeros((len(self._sums[0]), len(codes)), np.int64)
        for into, values in zip(sums, np.concatenate(self._sums, axis=1), strict=True):
            np.add.at(into, of, values)
        self._codes, self._sums = [codes], [sums]

    def strangers(self) -> Strangers:
        """All of them."""
        if not self._codes:
            return Strangers()
        self._fold()
        (codes,), (sums,) = self._codes, self._sums
        totals, unknown = np.split(sums, 2)
        found = np.where(unknown > 0, NEVER_SMALL, totals)
        return Strangers(codes, dict(zip(self._sized, found, strict=True)))


def _hashed(ids: pa.Array) -> Words:
    hashes = started(len(ids), lanes=1)
    mix_texts(hashes, ids.cast(pa.string()))
    found: Words = hashes[0]
    return found
