"""One position under two standards: its grams split into what each link of the chain does.

    grams = balance x (attribution factor / balance) x (grams / attribution factor)
          = balance x 1 / denominator x estimate

From the first standard to the second the links are exchanged one at a time, in the order of the
chain: balance, denominator, option. PCAF Part A, 3rd ed. (2025), Box 6.1-3 takes a fluctuation
apart by the same links (outstanding, enterprise value, emissions; its arithmetic was not found, so
the order is our CHOICE). After each exchange the grams are rounded whole, and the last link that
differs takes what rounding left: the effects are whole and sum to the difference. The part that
two links share goes to the later one.

- A position computed under one standard only is coverage, with all its grams.
- Where a balance is zero there is nothing to share: the balance takes the whole difference.
- An option without an attribution factor (PCAF 3b, 3c) estimates from the balance itself: beside
  one with a factor, what the balance leaves is the option's.
- Links are the same where their ratio is 1 but for the last digits of a float; estimates also
  where the rounding of grams, half a gram a scope, explains the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.method import Array, Codes, Grams, Mask

EFFECTS = ("coverage", "balance", "denominator", "option")
NEAR = 1e-12
"""What float64 adds to a ratio of sealed attribution factors at most, with room."""
ROUNDED = 1.0
"""Grams that rounding moves: half a gram each of scope 1 and scope 2."""
LARGEST = float(1 << 61)
"""A step above what a ledger can hold stops there; the effects still sum to the difference."""


@dataclass(frozen=True)
class Side:
    """Positions under one standard."""

    table: pa.Table

    @cached_property
    def computed(self) -> Mask:
        """Whether the standard computes the position."""
        status = self.table.column("status").cast(pa.string())
        return np.asarray(pc.fill_null(pc.equal(status, "computed"), False))

    @cached_property
    def grams(self) -> Grams:
        """Scope 1 and 2 together, zero where nothing is computed."""
        return np.where(self.computed, self._whole("financed_emissions_scope12_g"), 0)

    @cached_property
    def balance(self) -> Grams:
        """The balance that the share uses."""
        return self._whole("balance")

    @cached_property
    def share(self) -> Array:
        """The attribution factor, NaN where the option uses none."""
        column = self.table.column("attribution_factor")
        shares: Array = pc.fill_null(column, np.nan).to_numpy().astype(np.float64)
        return shares

    def alone(self, other: Side) -> Mask:
        """The positions that this standard computes and the other does not."""
        return self.computed & ~other.computed

    def _whole(self, name: str) -> Grams:
        values: Grams = pc.fill_null(self.table.column(name), 0).to_numpy().astype(np.int64)
        return values


class Effects(NamedTuple):
    """Whole grams by effect, which sum to the difference of each position."""

    coverage: Grams
    balance: Grams
    denominator: Grams
    option: Grams

    @property
    def main(self) -> Codes:
        """The effect that is largest, the earlier of two equal ones; -1 where none is at work."""
        size = np.abs(np.stack(self))
        most = np.argmax(size, axis=0)
        main: Codes = np.where(size.max(axis=0) > 0, most, -1).astype(np.int32)
        return main


def contrast(first: Side, second: Side) -> Effects:
    """What leads from each position's grams under the first standard to those under the second."""
    both = first.computed & second.computed
    difference = second.grams - first.grams
    coverage = np.where(both, 0, difference)
    rows = np.flatnonzero(both & (difference != 0))
    effects = [np.zeros(len(both), np.int64) for _ in range(3)]
    for effect, steps in zip(effects, _exchanged(first, second, rows), strict=True):
        effect[rows] = steps
    return Effects(coverage, *effects)


def _exchanged(first: Side, second: Side, rows: Grams) -> tuple[Grams, Grams, Grams]:
    """The effects of balance, denominator and option on positions that both standards compute."""
    grams, others = first.grams[rows], second.grams[rows]
    balance, other = first.balance[rows], second.balance[rows]
    share, another = first.share[rows], second.share[rows]
    nothing = (balance == 0) | (other == 0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        by_balance = other / balance
        by_share = another / share
        moved = balance != other
        shared = _shares_differ(by_share / by_balance, share, another) & ~nothing
        estimated = _estimates_differ(first, second, rows) & ~nothing
        one = _step(grams * by_balance, ~(shared | estimated), others)
        two = _step(grams * by_share, ~estimated, others)
    after_balance = np.where(moved, one, grams)
    after_share = np.where(shared, two, after_balance)
    return after_balance - grams, after_share - after_balance, others - after_share


def _step(value: Array, last: Mask, others: Grams) -> Grams:
    """Grams after an exchange; the last one ends at the other standard's grams."""
    unused = last | np.isnan(value)
    bounded = np.clip(np.rint(np.where(unused, 0.0, value)), -LARGEST, LARGEST)
    return np.where(last, others, bounded.astype(np.int64))


def _shares_differ(ratio: Array, share: Array, another: Array) -> Mask:
    """Whether a fen of balance has another share; where an option has none, there is nothing."""
    both = ~(np.isnan(share) | np.isnan(another))
    none = (share == 0) & (another == 0)
    differ: Mask = both & ~none & ~(np.abs(ratio - 1) <= NEAR)
    return differ


def _estimates_differ(first: Side, second: Side, rows: Grams) -> Mask:
    """Whether the estimates differ by more than rounding; a share of zero tells of none."""
    grams, others = first.grams[rows].astype(np.float64), second.grams[rows].astype(np.float64)
    share, another = first.share[rows], second.share[rows]
    without = np.isnan(share) & np.isnan(another)
    part = np.where(without, first.balance[rows], share)
    other = np.where(without, second.balance[rows], another)
    across, back = grams * other, others * part
    room = ROUNDED * (np.abs(part) + np.abs(other)) + NEAR * np.maximum(
        np.abs(across), np.abs(back))  # fmt: skip
    known = (share != 0) & (another != 0)
    differ: Mask = known & ~(np.abs(across - back) <= room)
    return differ
