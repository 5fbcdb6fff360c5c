"""What pools emit: the sums of the entries of their assets, exact, with their weighted score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonledger.estimates.pool import APART
from carbonledger.method import PARTS, Array, Batch, Codes, Column, Flag, Mask

if TYPE_CHECKING:
    from carbonledger.engine.entries import Entries

Sums = NDArray[np.int64]
LIMIT = float(1 << 62)
"""Half of what 64 bits hold, so that a sum in floats proves one of whole numbers below it."""
SCOPES = ("1", "2", "12", "3")
EMISSIONS = "pooled_emissions"
SCORE, SCORE3 = "pooled_score", "pooled_score_scope3"
OF_EMISSIONS = (
    Flag.EMISSIONS_OTHER_YEAR | Flag.FACTOR_PARENT | Flag.FACTOR_STALE | Flag.FACTOR_UNSURE
    | Flag.FACTOR_CAVEAT | Flag.REGION_UNKNOWN | Flag.REGION_FROM_CREDIT_CODE
    | Flag.SECTOR_FROM_POSITION | Flag.SECTOR_CROSSWALKED | Flag.ANSWERED
    | Flag.EMISSIONS_CO2_ONLY | Flag.EMISSIONS_GWP_AR2 | Flag.EMISSIONS_GWP_AR4
    | Flag.EMISSIONS_GWP_AR5 | Flag.EMISSIONS_GWP_AR6
)  # fmt: skip
"""What holds of the emissions of an asset holds of its pool's; shares of assets are their own."""


@dataclass(frozen=True)
class PoolSums:
    """Sums over the assets of each pool so far: grams by scope, rows and money."""

    grams: Sums
    """A row per scope 1, 2, 12, 3."""
    rows: Sums
    """Assets in all, those computed, with scope 1 and 2 apart, with scope 3."""
    amounts: Sums
    """Outstanding amount of what is computed, and times its score in hundredths; of scope 3."""
    own: Sums
    """Rows, outstanding amount and rows computed of the assets, without what stands for issuers."""
    flags: NDArray[np.uint32]
    """What a reader must know of the emissions of what is computed."""

    @classmethod
    def empty(cls, size: int) -> PoolSums:
        """Nothing yet of so many pools."""
        grams, rows, amounts, own = (np.zeros((n, size), np.int64) for n in (4, 4, 4, 3))
        return cls(grams, rows, amounts, own, np.zeros(size, np.uint32))

    def add(self, assets: Batch, entries: Entries, *, of_issuer: bool = False) -> None:
        """Add the entries of assets, or of debt of issuers, to the pools that they belong to."""
        pool = assets.links["pool"]
        at = np.flatnonzero(pool >= 0)
        of = pool[at]
        for k, grams in enumerate((*entries.grams[:2], entries.grams12, entries.grams[2])):
            add_up(self.grams[k], of, grams[at])
        computed, covered3 = entries.reason[at] == 0, entries.covered3[at]
        for k, rows in enumerate((np.ones(len(at), np.bool_), computed,
                                  computed & entries.split[at], covered3)):  # fmt: skip
            add_up(self.rows[k], of, rows.astype(np.int64))
        column = assets.columns["outstanding_amount"]
        amount = np.where(column.present, column.values, 0)[at].astype(np.int64)
        for k, scored in enumerate((computed, covered3)):
            add_up(self.amounts[2 * k], of, amount * scored)
            add_up(self.amounts[2 * k + 1], of, amount * scored, entries.score[k][at])
        known = (computed | covered3) * np.uint32(OF_EMISSIONS)
        np.bitwise_or.at(self.flags, of, entries.flags[at] & known)
        own = () if of_issuer else (np.ones_like(amount), amount, computed.astype(np.int64))
        for k, values in enumerate(own):
            add_up(self.own[k], of, values)

    def onto(self, pools: Batch, scores: Mapping[str, tuple[str, int]]) -> Batch:
        """The pools with their sums as columns, absent where no asset of theirs is computed.

        ``scores`` are those of the page's options, for what issuers report.
        """
        every, computed, apart, with3 = self.rows
        # What is at the issuer is never shown for the whole while nothing is known of the rest.
        some = (computed > 0) & ~(_allocated(pools) & (self.own[2] == 0))
        split = some & (apart == computed)
        present = (split, split, some & ~split, some & (with3 > 0))
        columns = {f"{EMISSIONS}_scope{s}_g": Column(self.grams[k], present[k])
                   for k, s in enumerate(SCOPES)}  # fmt: skip
        of_issuer = _of_issuer(pools, scores)
        for k, (name, scopes) in enumerate(((SCORE, SCOPES[:3]), (SCORE3, SCOPES[3:]))):
            weight, weighted = self.amounts[2 * k : 2 * k + 2]
            mean = np.where(some, np.rint(weighted / np.maximum(weight, 1)), 0)
            by_issuer = reported(pools, scopes) & (of_issuer > 0) & ~_nothing_allocated(pools)
            score = np.where(by_issuer, of_issuer, mean).astype(np.uint16)
            columns[name] = Column(score, score > 0)
        columns["pool_amount"] = Column(self.own[1], self.own[0] > 0)
        partly = some & ((computed < every) | _short(pools, columns["pool_amount"]))
        bits = self.flags | np.where(partly, np.uint32(Flag.POOL_PARTLY_COVERED), np.uint32(0))
        some3 = (with3 > 0) & (with3 < every)
        of_3 = np.where(some3, np.uint32(Flag.POOL_PARTLY_COVERED), np.uint32(0))
        flags = {**pools.flags, EMISSIONS: bits.astype(np.uint32),
                 f"{EMISSIONS}_scope3": of_3.astype(np.uint32)}  # fmt: skip
        return replace(pools, columns={**pools.columns, **columns}, flags=flags, kept={})


def add_up(into: Sums, of: Codes, values: Sums, times: NDArray[np.uint16] | int = 1) -> None:
    """Add values, each so many times, to the sums of what they belong to, where 64 bits hold them.

    None of the sums can have left them on the way: all that is added comes to less, signs aside.
    """
    most = np.bincount(of, np.abs(values.astype(np.float64) * times), len(into)) + np.abs(into)
    if most.size and most.max() >= LIMIT:
        raise OverflowError("sums near the limit of 64 bits: more than 4.6e18 grams or fen")
    np.add.at(into, of, values * np.asarray(times, np.int64))


def reported(pools: Batch, scopes: Sequence[str] = SCOPES[:3]) -> Mask:
    """Whether the issuer of each reports its emissions, of any of some scopes."""
    found = np.zeros(pools.size, np.bool_)
    for scope in scopes:
        column = pools.columns.get(f"emissions_scope{scope}_g")
        if column is not None:
            found |= column.present
    return found


def _of_issuer(pools: Batch, scores: Mapping[str, tuple[str, int]]) -> Array:
    """The score of what each issuer reports, in hundredths: as stated, else by verification."""
    stated, verified = (pools.columns.get(n) for n in ("emissions_score", "emissions_verified"))
    if "reported" not in scores or stated is None or verified is None:
        return np.zeros(pools.size)
    by_option = [PARTS * scores[name][1] for name in ("reported", "reported_verified")]
    usual = np.where(verified.present & verified.values.astype(np.bool_), *reversed(by_option))
    said = np.rint(stated.values.astype(np.float64) * PARTS)
    made: Array = np.where(stated.present, said, usual)
    return made


def _short(pools: Batch, amount: Column) -> Mask:
    """Where the assets of a securitisation come to less than the deal, by more than a little."""
    deal = pools.columns.get("deal_outstanding_amount")
    if deal is None:
        return np.zeros(pools.size, np.bool_)
    least = deal.values.astype(np.float64) * (1 - APART)
    found: Mask = deal.present & amount.present & (amount.values.astype(np.float64) < least)
    return found


def _nothing_allocated(pools: Batch) -> Mask:
    """The structures of which nothing is allocated, so that there is nothing to score."""
    column = pools.columns.get("nothing_allocated")
    return np.zeros(pools.size, np.bool_) if column is None else column.values.astype(np.bool_)


def _allocated(pools: Batch) -> Mask:
    """Whether the proceeds of each are allocated in part, so that it must have assets."""
    share = pools.columns.get("allocated_share")
    if share is None:
        return np.zeros(pools.size, np.bool_)
    found: Mask = share.present & (share.values.astype(np.float64) > 0)
    return found
