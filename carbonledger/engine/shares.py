"""The share of each position, by the rules of its page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.entity import Estimated
from carbonledger.engine.terms import BAD, NO_BALANCE, NO_RATE, OVER, STANDINGS, Terms
from carbonledger.method import IN_USD, Array, AssetClass, Batch, Share

_ONE, _INFINITE = np.array([1, np.inf]).view(np.uint64)
"""Their bits: those of a number from 0 to 1 are no more than the first, those of any above 1 fewer
than the second, those of what has a sign or is no number neither."""

_NONE = np.zeros(0, np.intp)


@dataclass(frozen=True)
class Taken:
    """The rows of a batch that a page of a standard takes, and their entities."""

    positions: Batch
    rows: Rows | slice
    page: AssetClass
    estimated: Estimated
    terms: Terms

    @property
    def size(self) -> int:
        """How many rows they are."""
        if isinstance(self.rows, slice):
            return int(self.rows.stop - self.rows.start)
        return len(self.rows)

    def in_batch(self, at: Rows) -> Rows:
        """Rows of the page as rows of the batch."""
        return at + self.rows.start if isinstance(self.rows, slice) else self.rows[at]

    def entity(self) -> Rows:
        """Each row's place in what is known of entities, where nobody stands first."""
        return np.add(self.positions.links[self.page.entity][self.rows], 1, dtype=np.intp)


@dataclass(frozen=True)
class Shares:
    """The entity, case and share of each row of a page, and how much of the share counts."""

    entity: Rows
    case: Rows
    share: Array
    counts: Array


def shares_of(taken: Taken) -> Shares:
    """The first share whose columns are all there; a denominator of zero or less closes it."""
    terms, entity = taken.terms, taken.entity()
    case = terms.first_case(entity, _closed(taken))
    rule = terms.rule.take(case)
    share = _worked_out(taken, entity, rule)
    odd = np.flatnonzero(share.view(np.uint64) > _ONE)
    above = share.view(np.uint64)[odd] < _INFINITE
    none, over = odd[~above], odd[above]
    bad = none[rule[none] >= 0]
    case[bad] = terms.without_rule(case[bad]) + BAD
    share[none] = np.nan
    held = terms.capped[rule[over]]
    case[over] += OVER
    share[over[held]] = 1.0
    counts = share.copy()
    counts[none] = 0
    if terms.above_one == "refuse":
        counts[over[~held]] = 0
    amounts = ("outstanding_amount", IN_USD) if terms.in_usd else ("outstanding_amount",)
    for name, standing in ((taken.page.balance, NO_BALANCE), *((a, NO_RATE) for a in amounts)):
        absent = _absent(taken, name)
        case[absent] += standing - case[absent] % STANDINGS
        counts[absent] = 0
    if terms.building:
        share[terms.cases.share_rule.take(case) < 0] = np.nan
    return Shares(entity, case, share, counts)


def _worked_out(taken: Taken, entity: Rows, rule: NDArray[np.int8]) -> Array:
    """The share of each row by its rule, nothing without one.

    The formula of most rows goes over all of them, which costs less than to pick them.
    """
    share = np.full(taken.size, np.nan)
    mine = [rule == k for k in range(-1, len(taken.page.shares))]
    count = [np.count_nonzero(rows) for rows in mine]
    for k in sorted(range(len(count)), key=count.__getitem__, reverse=True):
        most = k > 0 and 2 * count[k] > taken.size
        if most:
            share[:] = _by_rule(taken, taken.page.shares[k - 1], taken.rows, entity)
        elif count[k]:
            at = np.flatnonzero(mine[k])
            share[at] = np.nan if k == 0 else _by_rule(
                taken, taken.page.shares[k - 1], taken.in_batch(at), entity[at]
            )  # fmt: skip
    return share


def _by_rule(taken: Taken, share: Share, rows: Rows | slice, entity: Rows) -> Array:
    values = {name: _values(taken, name, rows, entity) for name in share.inputs}
    return share.formula(**values, **share.constants)


def _values(taken: Taken, name: str, rows: Rows | slice, entity: Rows) -> Array:
    """A column of the position, else of its entity."""
    own = taken.positions.columns.get(name)
    if own is None:
        return taken.estimated.column(name).take(entity, mode="clip")
    return own.values[rows].astype(np.float64)


def _absent(taken: Taken, name: str) -> Rows:
    """The rows whose column of a name is not there."""
    column = taken.positions.columns.get(name)
    if column is None:
        return np.arange(taken.size)
    return _NONE if column.present.all() else np.flatnonzero(~column.present[taken.rows])


def _closed(taken: Taken) -> NDArray[np.intp] | int:
    """The shares that the position's own columns close, a bit each; a number if rows agree."""
    closed: NDArray[np.intp] | int = 0
    for k, names in enumerate(taken.terms.asked):
        for name in names:
            absent = _absent(taken, name)
            if len(absent) == taken.size:
                closed = closed | 1 << k
            elif absent.size:
                mask = np.zeros(taken.size, np.intp)
                mask[absent] = 1 << k
                closed = closed | mask
    return closed
