"""What a portfolio owns of its companies' emissions and revenue, on one basis of their value.

The sums behind the metrics of the TCFD and behind the adjustment of an intensity to the change of
enterprise values (PCAF Part A, Box 5.1-3): whole grams and fen, so they may come in any order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger.engine import Entries, Estimated
from carbonledger.method import Batch
from carbonledger.outcomes import FIRST_EXCLUDED, REFUSED

BASE, NOW = "evic_base_year", "evic"
LIMIT = float(1 << 62)


class Footprint(NamedTuple):
    """Sums over positions in fen and grams.

    ``book`` is all that is not excluded, ``value`` what has emissions and the basis; ``revenue`` is
    owned revenue and ``revenue_grams`` the grams of the positions that have any. ``based_value``
    has a base-year value as well, ``based_grams`` its grams, and ``based_adjusted`` is its value
    times base-year value over value of today.
    """

    rows: int = 0
    book: int = 0
    value: int = 0
    grams: int = 0
    revenue: int = 0
    revenue_grams: int = 0
    based_value: int = 0
    based_grams: int = 0
    based_adjusted: int = 0

    def plus(self, other: Footprint) -> Footprint:
        """The sums of both."""
        return Footprint(*(a + b for a, b in zip(self, other, strict=True)))


def footprint_of(entries: Entries, positions: Batch, estimated: Estimated) -> Footprint:
    """The sums over one batch of entries, whose share is that of the basis."""
    amount = positions.columns["outstanding_amount"]
    value = np.where(amount.present, amount.values.astype(np.int64), 0)
    reason = entries.reason
    inside = (reason < FIRST_EXCLUDED) | (reason == REFUSED)
    at = np.flatnonzero(reason == 0)
    link, share, grams = positions.links["counterparty"][at], entries.share[at], entries.grams12[at]
    revenue = estimated.column("revenue")[link + 1]
    # Revenue of nothing or less is no measure of what a company emits, as in the weighted average.
    earns = estimated.entities.columns["revenue"].present[link] & (revenue > 0)
    owned = np.where(earns, np.rint(share * revenue), 0).astype(np.int64)
    based, adjusted = _adjusted(value[at], link, estimated)
    return Footprint(
        len(at), _sum(value[inside]), _sum(value[at]), _sum(grams), _sum(owned),
        _sum(grams[earns]), _sum(value[at][based]), _sum(grams[based]), _sum(adjusted),
    )  # fmt: skip


def _adjusted(
    value: NDArray[np.int64], link: NDArray[np.int32], estimated: Estimated
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Where a company has its value of both years, and the position's value times their ratio."""
    columns = estimated.entities.columns
    base, now = (estimated.column(name)[link + 1] for name in (BASE, NOW))
    based = columns[BASE].present[link] & columns[NOW].present[link] & (base > 0) & (now > 0)
    return based, np.rint(value[based] * (base[based] / now[based])).astype(np.int64)


def _sum(values: NDArray[np.int64]) -> int:
    if values.size and float(values.astype(np.float64).sum()) >= LIMIT:
        raise OverflowError("sums near the limit of 64 bits: more than 4.6e18 grams or fen")
    return int(values.sum())
