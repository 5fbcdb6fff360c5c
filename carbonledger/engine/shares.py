"""The share of each position, by the rules of its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.plans import Plan
from carbonledger.engine.terms import BAD, NO_BALANCE, NO_RATE, OVER, STANDINGS, Terms
from carbonledger.method import IN_USD, Array, Batch, Share, parameters

_ONE, _INFINITE = np.array([1, np.inf]).view(np.uint64)
"""Their bits: those of a number from 0 to 1 are no more than the first, those of any above 1 fewer
than the second, those of what has a sign or is no number neither."""

_NONE = np.zeros(0, np.intp)


@dataclass(frozen=True)
class Taken:
    """The rows of a batch that a page of a standard takes, and their entities."""

    positions: Batch
    own: frozenset[str]
    """The columns of the batch."""
    whole: frozenset[str]
    """Those that every row has."""
    rows: Rows | slice
    plan: Plan

    @property
    def size(self) -> int:
        """How many rows they are."""
        if isinstance(self.rows, slice):
            return int(self.rows.stop - self.rows.start)
        return len(self.rows)

    def in_batch(self, at: Rows) -> Rows:
        """Rows of the page as rows of the batch."""
        return at + self.rows.start if isinstance(self.rows, slice) else self.rows.take(at)

    def entity(self) -> Rows:
        """Each row's place in what is known of entities, where nobody stands first."""
        link = self.positions.links[self.plan.page.entity]
        entity: Rows = picked(link, self.rows).astype(np.intp)
        entity += 1
        return entity


@dataclass(frozen=True)
class Shares:
    """The entity, case and share of each row of a page, and how much of the share counts."""

    entity: Rows
    case: Rows
    share: Array
    counts: Array


def shares_of(taken: Taken) -> Shares:
    """The first share whose columns are all there; a denominator of zero or less closes it."""
    terms, entity, closed = taken.plan.terms, taken.entity(), _closed(taken)
    case = terms.first_case(entity, closed)
    share = _over_wholes(taken, entity, closed)
    if share is None:
        share = _worked_out(taken, entity, terms.rule.take(case))
    counts = share.copy()
    odd = np.flatnonzero(share.view(np.uint64) > _ONE)
    if odd.size:
        above = share.view(np.uint64)[odd] < _INFINITE
        _no_share(terms, odd[~above], case, share, counts)
        _above_one(terms, odd[above], case, share, counts)
    _weigh(taken, case, entity, share, counts)
    amounts = ("outstanding_amount", IN_USD) if terms.in_usd else ("outstanding_amount",)
    balance = taken.plan.page.balance
    for name, standing in ((balance, NO_BALANCE), *((amount, NO_RATE) for amount in amounts)):
        absent = _absent(taken, name)
        if absent.size:
            case[absent] += standing - case[absent] % STANDINGS
            counts[absent] = 0
    if terms.building:
        share[terms.cases.share_rule.take(case) < 0] = np.nan
    return Shares(entity, case, share, counts)


def _over_wholes(taken: Taken, entity: Rows, closed: NDArray[np.intp] | int) -> Array | None:
    """The share of each row as its amount over what its entity is held to be, if that is all."""
    whole = taken.plan.whole(closed, taken.own) if isinstance(closed, int) else None
    if whole is None:
        return None
    share = _values(taken, whole.amount, taken.rows, entity)
    share /= whole.of.take(entity, mode="clip")
    return share


def _no_share(terms: Terms, none: Rows, case: Rows, share: Array, counts: Array) -> None:
    """Blank the rows that have no share; a rule that gives none is closed."""
    bad = none[terms.rule.take(case[none]) >= 0]
    case[bad] = terms.without_rule(case[bad]) + BAD
    share[none] = np.nan
    counts[none] = 0


def _above_one(terms: Terms, over: Rows, case: Rows, share: Array, counts: Array) -> None:
    """Hold the rows with a share above 1 at it, refuse or flag them."""
    held = terms.capped[terms.rule.take(case[over])]
    case[over] += OVER
    share[over[held]] = counts[over[held]] = 1.0
    if terms.above_one == "refuse":
        counts[over[~held]] = 0


def _weigh(taken: Taken, case: Rows, entity: Rows, share: Array, counts: Array) -> None:
    """Weigh the shares of the rules that say by what; an attribution above 1 was met before."""
    for k, of in enumerate(taken.plan.page.shares):
        if of.weight:
            at = np.flatnonzero(taken.plan.terms.rule.take(case) == k)
            if of.weight in of.constants:
                by = np.full(at.size, of.constants[of.weight])
            else:
                by = _values(taken, of.weight, taken.in_batch(at), entity.take(at))
            share[at] *= by
            counts[at] *= by


def _worked_out(taken: Taken, entity: Rows, rule: NDArray[np.int8]) -> Array:
    """The share of each row by its rule, nothing without one.

    The formula of the rule that most rows seem to have goes over all of them, which costs less
    than to pick them.
    """
    usual = int(np.bincount(rule[::64] + 1).argmax()) - 1 if rule.size else -1
    if usual < 0:
        share, others = np.full(taken.size, np.nan), np.flatnonzero(rule >= 0)
    else:
        share = _by_rule(taken, usual, taken.rows, entity)
        others = np.flatnonzero(rule != usual)
    if not others.size:
        return share
    theirs = rule.take(others)
    share[others] = np.nan
    for k in range(len(taken.plan.page.shares)):
        at = others[theirs == k]
        if at.size:
            share[at] = _by_rule(taken, k, taken.in_batch(at), entity.take(at))
    return share


def _by_rule(taken: Taken, rule: int, rows: Rows | slice, entity: Rows) -> Array:
    """The share of some rows by a rule, in an array of its own."""
    share: Share = taken.plan.page.shares[rule]
    asked = parameters(share.formula)
    values = {n: _values(taken, n, rows, entity) for n in asked if n not in share.constants}
    fixed = {n: value for n, value in share.constants.items() if n in asked}
    worked = share.formula(**values, **fixed)
    fits = np.shape(worked) == entity.shape and worked.dtype == np.float64
    return worked if fits else np.full(len(entity), worked, np.float64)


def _values(taken: Taken, name: str, rows: Rows | slice, entity: Rows) -> Array:
    """A column of the position, else of its entity, in an array of its own."""
    own = taken.positions.columns.get(name)
    if own is None:
        theirs = taken.plan.estimated.column(name).take(entity, mode="clip")
        return theirs.astype(np.float64, copy=False)
    return picked(own.values, rows).astype(np.float64)


def picked(values: NDArray[Any], rows: Rows | slice) -> NDArray[Any]:
    """Some rows of a column."""
    return values[rows] if isinstance(rows, slice) else values.take(rows)


def _absent(taken: Taken, name: str) -> Rows:
    """The rows whose column of a name is not there."""
    if name in taken.whole:
        return _NONE
    column = taken.positions.columns.get(name)
    if column is None:
        return np.arange(taken.size)
    return np.flatnonzero(~picked(column.present, taken.rows))


def _closed(taken: Taken) -> NDArray[np.intp] | int:
    """The shares that the position's own columns close, a bit each; a number if rows agree."""
    closed: NDArray[np.intp] | int = 0
    for k, names in enumerate(taken.plan.terms.asked):
        for name in names:
            if name not in taken.positions.columns:
                closed = closed | 1 << k
                continue
            absent = _absent(taken, name)
            if len(absent) == taken.size:
                closed = closed | 1 << k
            elif absent.size:
                mask = np.zeros(taken.size, np.intp)
                mask[absent] = 1 << k
                closed = closed | mask
    return closed
