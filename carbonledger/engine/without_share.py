"""Options of the position itself (PCAF 3b, 3c), for scopes that nothing else answered."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.answers import TOO_LARGE
from carbonledger.engine.cases import REASON, Bits, Cases
from carbonledger.engine.estimate import settle_combined
from carbonledger.engine.estimates import SEVERAL
from carbonledger.engine.parts import Part
from carbonledger.engine.shares import Taken, picked
from carbonledger.engine.sources import Told
from carbonledger.engine.terms import numbers
from carbonledger.lookup import flags_of_factor
from carbonledger.method import SCOPES, Array, Codes, Column, Flag, Mask, Option


class Tried(NamedTuple):
    """Grams of a scope of some rows, the option and factor that gave them, and flags."""

    grams: Array
    option: NDArray[np.int8]
    factor: Codes
    flags: Bits


def without_share(taken: Taken, part: Part) -> Part:
    """The same, with options of the position itself for scopes that nothing else answered."""
    standard, cases = taken.plan.standard, taken.plan.terms.cases
    link = picked(taken.positions.links[taken.plan.page.entity], taken.rows)
    known = picked(taken.positions.columns["outstanding_amount"].present, taken.rows)
    reason, covered3 = cases.reason.take(part.case), cases.covered3.take(part.case)
    left = np.flatnonzero((link >= 0) & known & (reason != REASON["under_construction"])
                          & ((reason > 0) | ~covered3))  # fmt: skip
    theirs, share = cases.take(part.case[left]), part.share[left]
    rows, them = taken.in_batch(left), link[left].astype(np.intp)
    each = [_tried(taken, s, rows, them, theirs, share) for s in range(len(SCOPES))]
    tried = Tried._make(np.stack(one) for one in zip(*each, strict=True))
    tried.option[:3, theirs.reason == 0] = -1
    tried.option[3, theirs.covered3 | (not standard.scope3)] = -1
    tried.option[:, theirs.reason == REASON["attribution_above_one"]] = -1
    settle_combined(tried.option)
    one, two, both, three = tried.option >= 0
    split = one & two
    hit = np.flatnonzero(split | both | three)
    if not hit.size:
        return part
    tried = Tried._make(of[:, hit] for of in tried)
    tried.option[:2, ~split[hit]] = -1
    return _answered(taken, part, left[hit], theirs.take(hit), tried)


def _answered(taken: Taken, part: Part, rows: Rows, cases: Cases, tried: Tried) -> Part:
    """The same with what was tried for some rows, whose ``cases`` are filled in."""
    emitted = [np.zeros(len(part.case)) if of is None else of for of in part.emitted]
    number, scores = numbers(taken.plan.page, taken.plan.standard)
    told = []
    for k, scope in ((0, 0), (1, 1), (0, 2), (1, 2), (2, 3)):
        hit = tried.option[scope] >= 0
        option = tried.option[scope, hit]
        cases.option[k, hit] = number[option]
        cases.flags[hit] |= tried.flags[scope, hit]
        worst = cases.score[k // 2, hit]
        cases.score[k // 2, hit] = np.maximum(worst, scores[option])
        told.append(Told(k, rows[hit], tried.factor[scope, hit]))
        emitted[scope][rows[hit]] = tried.grams[scope, hit]
    split, combined = tried.option[0] >= 0, tried.option[2] >= 0
    cases.reason[split | combined], cases.split[split | combined] = 0, split[split | combined]
    cases.flags[combined] |= np.uint32(Flag.SCOPES_COMBINED)
    cases.covered3[tried.option[3] >= 0] = True
    of, fewer = cases.distinct()
    case = part.case.copy()
    case[rows] = len(taken.plan.terms.cases.reason) + of
    source = part.source and replace(part.source, others=tuple(told))
    own = fewer.flagged(taken.plan.page.flag)
    return replace(part, case=case, emitted=tuple(emitted), own=own, source=source)


def _tried(taken: Taken, s: int, rows: Rows, them: Rows, cases: Cases, share: Array) -> Tried:
    """One scope of some rows: the entity's estimate where there is a share, else 3b or 3c."""
    estimates = taken.plan.estimated.estimates
    page = taken.plan.page
    option, factor, flags, _ = estimates.ways.take(estimates.way.take(them))
    own = (cases.share_rule >= 0) & (option[s] >= 0)
    tried = Tried(
        np.rint(np.where(own, share, 0.0) * estimates.grams[s].take(them)),
        np.where(own, option[s], -1).astype(np.int8),
        np.where(own, factor[s], -1).astype(np.int32),
        np.where(own, flags[s], 0).astype(np.uint32),
    )
    for k, candidate in enumerate(page.without_share, len(page.estimates)):
        todo = np.flatnonzero(tried.option < 0)
        answer = _position_option(taken, candidate, SCOPES[s], rows[todo], them[todo])
        if answer is not None:
            values, open_, factor, bits = answer
            hit = todo[open_]
            tried.option[hit], tried.grams[hit] = k, values[open_]
            tried.factor[hit], tried.flags[hit] = factor[open_], bits[open_]
    return tried


def _position_option(
    taken: Taken, option: Option, scope: str, rows: Rows, entity: Rows
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
        found = taken.plan.estimated.find(taken.plan.factors, kind, keys, scope, entity)
        values[kind] = found.values
        open_ &= found.row >= 0
        factor = np.where(factor == -1, found.row, SEVERAL).astype(np.int32)
        bits |= flags_of_factor(found)
    if not open_.any():
        return None
    grams = np.rint(option.formula(**values))
    if (grams[open_] >= TOO_LARGE).any():
        raise OverflowError("an entry of more than 4.6e18 grams")
    return grams, open_, factor, bits
