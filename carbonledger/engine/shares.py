"""The share of each position, by the rules of its page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.entity import Estimated
from carbonledger.engine.terms import BAD, NO_BALANCE, NO_RATE, OVER, STANDINGS, Terms
from carbonledger.method import IN_USD, Array, AssetClass, Batch, Share

_INFINITE = np.array(np.inf).view(np.uint64)
"""The bits of every finite number without a sign are fewer, those of any other are not."""

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
    share = np.full(taken.size, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        for k, candidate in enumerate(taken.page.shares):
            _work_out(taken, candidate, entity, rule == k, share)
    none = np.flatnonzero(share.view(np.uint64) >= _INFINITE)
    bad = none[rule[none] >= 0]
    case[bad] = terms.without_rule(case[bad]) + BAD
    share[none] = np.nan
    over = np.flatnonzero(share > 1)
    held = terms.capped[rule[over]]
    case[over] += OVER
    share[over[held]] = 1.0
    counts = share.copy()
    counts[none] = 0
    if terms.above_one == "refuse":
        counts[over[~held]] = 0
    amounts = ["outstanding_amount"]
    if any(IN_USD in rule.inputs for rule in taken.page.shares):
        amounts.append(IN_USD)
    for name, standing in ((taken.page.balance, NO_BALANCE), *((a, NO_RATE) for a in amounts)):
        absent = _absent(taken, name)
        case[absent] += standing - case[absent] % STANDINGS
        counts[absent] = 0
    if terms.building:
        share[terms.cases.share_rule.take(case) < 0] = np.nan
    return Shares(entity, case, share, counts)


def _work_out(
    taken: Taken, share: Share, entity: Rows, mine: NDArray[np.bool_], out: Array
) -> None:
    """The formula over all rows where most are its own, else over those alone."""
    count = np.count_nonzero(mine)
    if 2 * count > taken.size:
        values = {n: _values(taken, n, taken.rows, entity) for n in share.inputs}
        np.copyto(out, share.formula(**values, **share.constants), where=mine)
    elif count:
        at = np.flatnonzero(mine)
        rows, theirs = taken.in_batch(at), entity[at]
        values = {n: _values(taken, n, rows, theirs) for n in share.inputs}
        out[at] = share.formula(**values, **share.constants)


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
    present = column.present[taken.rows]
    return _NONE if present.all() else np.flatnonzero(~present)


def _closed(taken: Taken) -> NDArray[np.intp] | int:
    """The shares that the position's own columns close, a bit each; 0 where all rows have all."""
    closed: NDArray[np.intp] | int = 0
    for k, share in enumerate(taken.page.shares):
        for name in (n for n in share.inputs if n not in taken.estimated.entities.columns):
            absent = _absent(taken, name)
            if absent.size:
                mask = np.zeros(taken.size, np.intp)
                mask[absent] = 1 << k
                closed = closed | mask
    return closed
