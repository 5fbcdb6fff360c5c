"""The share of each position, by the rules of its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from carbonledger.engine.entity import Estimated, is_true
from carbonledger.engine.entries import REASON, Bits, Rows
from carbonledger.method import Array, AssetClass, Batch, Flag, Mask, Share, Standard

AboveOne = Literal["flag", "refuse", "cap"]


@dataclass(frozen=True)
class Taken:
    """The rows of a batch that a page of a standard takes, and their entities."""

    positions: Batch
    rows: Rows | slice
    size: int
    page: AssetClass
    standard: Standard
    estimated: Estimated

    def in_batch(self, at: Rows) -> Rows:
        """Rows of the page as rows of the batch."""
        return at if isinstance(self.rows, slice) else self.rows[at]

    def values(self, name: str, at: Rows | None, entity: Rows) -> Array:
        """A column of the position, else of its entity, over all the rows or some."""
        own = self.positions.columns.get(name)
        if own is None:
            theirs = self.estimated.entities.columns[name].values
            return theirs.take(entity, mode="clip").astype(np.float64)
        values = own.values[self.rows if at is None else self.in_batch(at)]
        return values.astype(np.float64)


@dataclass(frozen=True)
class Shares:
    """The share of each row of a page, the rule that gave it, its flags, or why there is none."""

    share: Array
    rule: NDArray[np.int8]
    flags: Bits
    reason: NDArray[np.uint8]


def shares_of(taken: Taken, entity: Rows, matched: Mask) -> Shares:
    """The first share whose columns are all there; a denominator of zero or less closes it."""
    share, rule = np.full(taken.size, np.nan), np.full(taken.size, -1, np.int8)
    flags, settled = np.zeros(taken.size, np.uint32), ~matched
    bad = np.zeros(taken.size, np.bool_)
    for k, candidate in enumerate(taken.page.shares):
        open_ = _open(taken, candidate, entity, settled)
        if open_ is None or not open_.any():
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            value, at = _worked_out(taken, candidate, open_, entity)
        sound = np.isfinite(value) & ~np.signbit(value)
        settled |= open_
        if at is None:
            bad |= open_ & ~sound
            good = open_ & sound
            np.copyto(share, value, where=good)
            rule[good] = k
            _flag(taken, flags, good, candidate, entity)
        else:
            bad[at[~sound]] = True
            some = at[sound]
            share[some], rule[some] = value[sound], k
            _flag(taken, flags, some, candidate, entity)
    return Shares(share, rule, flags, _why(taken, rule, bad, entity, matched))


def _open(taken: Taken, share: Share, entity: Rows, settled: Mask) -> Mask | None:
    known = taken.estimated.entities.columns
    own = [n for n in share.inputs if n in taken.positions.columns]
    if any(n not in known and n not in own for n in share.inputs):
        return None
    open_: Mask = taken.estimated.readiness(share).open.take(entity, mode="clip")
    open_ &= ~settled
    for name in own:
        open_ &= taken.positions.columns[name].present[taken.rows]
    return open_


def _worked_out(taken: Taken, share: Share, open_: Mask, entity: Rows) -> tuple[Array, Rows | None]:
    """The formula over all rows where most are open, else over the open ones and which."""
    if 2 * np.count_nonzero(open_) > taken.size:
        return share.formula(**{n: taken.values(n, None, entity) for n in share.inputs}), None
    at = np.flatnonzero(open_)
    values = {n: taken.values(n, at, entity[at]) for n in share.inputs}
    return share.formula(**values), at


def _flag(taken: Taken, flags: Bits, at: Rows | Mask, share: Share, entity: Rows) -> None:
    if share.flag:
        flags[at] |= np.uint32(share.flag)
    theirs = taken.estimated.readiness(share).flags
    if theirs is not None:
        flags[at] |= theirs[entity[at]]


def _why(
    taken: Taken, rule: NDArray[np.int8], bad: Mask, entity: Rows, matched: Mask
) -> NDArray[np.uint8]:
    held = _held(taken)
    outstanding = taken.positions.columns["outstanding_amount"].present[taken.rows]
    reason = np.zeros(taken.size, np.uint8)
    at = np.flatnonzero((rule < 0) | ~held | ~outstanding)
    why = np.full(at.size, REASON["no_denominator"], np.uint8)
    known = matched[at] & is_true(taken.estimated.entities, "matched")[entity[at]]
    why[~known] = REASON["no_match"]
    foreign = matched[at] & is_true(taken.estimated.entities, "no_fx_rate")[entity[at]]
    why[foreign] = REASON["no_fx_rate"]
    why[bad[at]] = REASON["denominator_not_positive"]
    why[~held[at]] = REASON["no_average_balance"]
    why[~outstanding[at]] = REASON["no_fx_rate"]
    reason[at] = why
    return reason


def _held(taken: Taken) -> Mask:
    """Whether the balance that the share divides is there."""
    balance = taken.positions.columns.get(taken.page.balance)
    if balance is None:
        return np.zeros(taken.size, np.bool_)
    return balance.present[taken.rows]


def held_to_one(shares: Shares, above_one: AboveOne) -> Shares:
    """An attribution factor above 1: flagged, or refused, or capped as configured."""
    over = shares.share > 1
    if not over.any():
        return shares
    share, flags, reason = shares.share.copy(), shares.flags.copy(), shares.reason.copy()
    flags[over] |= np.uint32(Flag.ATTRIBUTION_ABOVE_ONE)
    if above_one == "refuse":
        reason[over] = REASON["attribution_above_one"]
    elif above_one == "cap":
        share[over] = 1.0
        flags[over] |= np.uint32(Flag.ATTRIBUTION_CAPPED)
    return Shares(share, shares.rule, flags, reason)
