"""Options of the position itself (PCAF 3b, 3c), for scopes that nothing else answered."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.entries import REASON, Bits, Cases, Worked, recased
from carbonledger.engine.estimate import SEVERAL, TOO_LARGE, settle_combined
from carbonledger.engine.shares import Taken
from carbonledger.engine.terms import numbers
from carbonledger.lookup import FactorSource, flags_of_factor
from carbonledger.method import SCOPES, Array, Codes, Column, Flag, Mask, Option, Standard


class Tried(NamedTuple):
    """Grams of a scope of some rows, the option and factor that gave them, and flags."""

    grams: Array
    option: NDArray[np.int8]
    factor: Codes
    flags: Bits


def without_share(
    taken: Taken, factors: FactorSource, standard: Standard, worked: Worked
) -> Worked:
    """The same, with options of the position itself for scopes that nothing else answered."""
    link = taken.positions.links[taken.page.entity][taken.rows]
    known = taken.positions.columns["outstanding_amount"].present[taken.rows]
    reason = worked.reason
    left = np.flatnonzero((link >= 0) & known & (reason != REASON["under_construction"])
                          & ((reason > 0) | ~worked.covered3))  # fmt: skip
    cases, share = worked.cases.take(worked.case[left]), worked.share[left]
    rows, them = taken.in_batch(left), link[left].astype(np.intp)
    each = [_tried(taken, factors, s, rows, them, cases, share) for s in range(len(SCOPES))]
    tried = Tried(*(np.stack(part) for part in zip(*each, strict=True)))
    tried.option[:3, cases.reason == 0] = -1
    tried.option[3, cases.covered3 | (not standard.scope3)] = -1
    tried.option[:, cases.reason == REASON["attribution_above_one"]] = -1
    settle_combined(tried.option)
    return _answered(taken, standard, worked, left, cases, tried)


def _answered(
    taken: Taken, standard: Standard, worked: Worked, left: Rows, cases: Cases, tried: Tried
) -> Worked:
    """The same with what was tried for some rows, whose ``cases`` are filled in."""
    combined = tried.option[2] >= 0
    new = combined | ((tried.option[0] >= 0) & (tried.option[1] >= 0))
    grams, grams12 = worked.grams.copy(), worked.grams12.copy()
    number, scores = numbers(taken.page, standard)
    for k, scope, hit in ((0, 0, new & ~combined), (1, 1, new & ~combined), (0, 2, combined),
                          (1, 2, combined), (2, 3, tried.option[3] >= 0)):  # fmt: skip
        option = tried.option[scope, hit]
        cases.option[k, hit], cases.factor[k, hit] = number[option], tried.factor[scope, hit]
        cases.flags[hit] |= tried.flags[scope, hit]
        worst = cases.score[k // 2, hit]
        cases.score[k // 2, hit] = np.maximum(worst, scores[option])
        if scope != 2:
            grams[k, left[hit]] = tried.grams[scope, hit]
    cases.reason[new], cases.split[new] = 0, ~combined[new]
    cases.flags[combined] |= np.uint32(Flag.SCOPES_COMBINED)
    cases.covered3[tried.option[3] >= 0] = True
    at = left[new]
    grams12[at] = grams[0, at] + grams[1, at]
    grams12[left[combined]] = tried.grams[2, combined]
    return recased(replace(worked, grams=grams, grams12=grams12), left, cases)


def _tried(
    taken: Taken, factors: FactorSource, s: int, rows: Rows, them: Rows, cases: Cases, share: Array
) -> Tried:
    """One scope of some rows: the entity's estimate where there is a share, else 3b or 3c."""
    estimates = taken.estimated.estimates
    own = (cases.share_rule >= 0) & (estimates.option[s, them] >= 0)
    tried = Tried(
        np.rint(np.where(own, share, 0.0) * estimates.grams[s, them]),
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
