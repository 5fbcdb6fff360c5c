"""Options of the position itself (PCAF 3b, 3c), for scopes that nothing else answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonledger.engine.entity import numbers
from carbonledger.engine.entries import REASON, Bits, Entries, Rows
from carbonledger.engine.estimate import SEVERAL, TOO_LARGE
from carbonledger.engine.shares import Taken
from carbonledger.lookup import FactorSource, flags_of_factor
from carbonledger.method import SCOPES, Array, Codes, Column, Mask, Option


@dataclass(frozen=True)
class Tried:
    """Grams of one scope of some rows, the option and factor that gave them, and flags."""

    grams: Array
    option: NDArray[np.int8]
    factor: Codes
    flags: Bits


def has_factors(taken: Taken, factors: FactorSource) -> bool:
    """Whether any option without a share has its factors for any entity at all."""
    return any(
        all((taken.estimated.find(factors, kind, keys, scope).row >= 0).any()
            for kind, keys in option.factors.items())
        for option in taken.page.without_share
        for scope in ("1", "2", "3")
    )  # fmt: skip


def without_share(
    taken: Taken, factors: FactorSource, entries: Entries, left: Rows, entity: Rows
) -> None:
    """Options of the position itself (PCAF 3b, 3c) for scopes that nothing else answered."""
    rows = taken.in_batch(left)
    tried = {s: _tried(taken, factors, s, rows, entity[left], entries) for s in (0, 1, 3)}
    barred = entries.reason[rows] == REASON["attribution_above_one"]
    number, scores = numbers(taken.page, taken.standard)
    open12 = (entries.reason[rows] > 0) & ~barred & (tried[0].option >= 0)
    hit = np.flatnonzero(open12 & (tried[1].option >= 0))
    at = rows[hit]
    entries.reason[at], entries.split[at] = 0, True
    for k in range(2):
        entries.grams[k, at] = tried[k].grams[hit].astype(np.int64)
        entries.option[k, at] = number[tried[k].option[hit]]
        entries.factor[k, at] = tried[k].factor[hit]
        entries.flags[at] |= tried[k].flags[hit]
        entries.score[0, at] = np.maximum(entries.score[0, at], scores[tried[k].option[hit]])
    entries.grams12[at] = entries.grams[0, at] + entries.grams[1, at]
    balance = taken.positions.columns.get(taken.page.balance)
    if balance is not None:
        entries.balance[at] = balance.values[at]
    third = tried[3]
    hit = np.flatnonzero((third.option >= 0) & ~entries.covered3[rows] & ~barred)
    at = rows[hit] if taken.standard.scope3 else rows[:0]
    hit = hit[: at.size]
    entries.covered3[at] = True
    entries.grams[2, at] = third.grams[hit].astype(np.int64)
    entries.option[2, at] = number[third.option[hit]]
    entries.factor[2, at], entries.score[1, at] = third.factor[hit], scores[third.option[hit]]
    entries.flags[at] |= third.flags[hit]


def _tried(
    taken: Taken, factors: FactorSource, s: int, rows: Rows, them: Rows, entries: Entries
) -> Tried:
    """One scope of some rows: the entity's estimate where there is a share, else 3b or 3c."""
    estimates = taken.estimated.estimates
    own = (entries.share_rule[rows] >= 0) & (estimates.option[s, them] >= 0)
    share = np.where(own, entries.share[rows], 0.0)
    tried = Tried(
        np.rint(share * estimates.grams[s, them]),
        np.where(own, estimates.option[s, them], -1).astype(np.int8),
        np.where(own, estimates.factor[s, them], -1).astype(np.int32),
        np.where(own, estimates.flags[s, them], 0).astype(np.uint32),
    )
    for k, candidate in enumerate(taken.page.without_share, len(taken.page.estimates)):
        todo = np.flatnonzero(tried.option < 0)
        answer = _position_option(taken, factors, candidate, SCOPES[s], rows[todo], them[todo])
        if answer is not None:
            values, open_, factor, bits = answer
            hit = todo[open_]
            tried.option[hit], tried.grams[hit] = k, values[open_]
            tried.factor[hit], tried.flags[hit] = factor[open_], bits[open_]
    return tried


def _position_option(
    taken: Taken, factors: FactorSource, option: Option, scope: str, rows: Rows, entity: Rows
) -> tuple[Array, Mask, Codes, Bits] | None:
    """One option of the position over some rows: rounded grams, where open, factor, flags."""
    if not rows.size or any(n not in taken.positions.columns for n in option.inputs):
        return None
    open_ = np.ones(rows.size, np.bool_)
    values: dict[str, Array] = {}
    for name in option.inputs:
        column: Column = taken.positions.columns[name]
        values[name] = column.values[rows].astype(np.float64)
        open_ &= column.present[rows]
    factor, bits = np.full(rows.size, -1, np.int32), np.zeros(rows.size, np.uint32)
    for kind, keys in option.factors.items():
        found = taken.estimated.find(factors, kind, keys, scope)
        row = found.row[entity]
        values[kind] = found.values[entity]
        open_ &= row >= 0
        factor = np.where(factor == -1, row, SEVERAL).astype(np.int32)
        bits |= flags_of_factor(found)[entity]
    if not open_.any():
        return None
    grams = np.rint(option.formula(**values))
    if (grams[open_] >= TOO_LARGE).any():
        raise OverflowError("an entry of more than 4.6e18 grams")
    return grams, open_, factor, bits
