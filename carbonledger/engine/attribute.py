"""attribute(): the share of each position, and what its entity's estimate makes of it.

Whatever depends on the entity alone (which share is open, which option answered with what flags
and score) is worked out once an entity and shared by all its positions; a batch only gathers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows, alike
from carbonledger.engine.answers import flags_of
from carbonledger.engine.cases import WITHOUT_PAGE, Cases, joined
from carbonledger.engine.entity import Estimated
from carbonledger.engine.entries import Entries
from carbonledger.engine.parts import Part, Worked, assembled
from carbonledger.engine.plans import Plan, Plans, planned
from carbonledger.engine.shares import Taken, shares_of
from carbonledger.engine.sources import Source
from carbonledger.engine.terms import AboveOne
from carbonledger.engine.without_share import without_share
from carbonledger.lookup import FactorSource
from carbonledger.method import IN_USD, OUT_OF_SCOPE, Array, Batch, Grams, Standard
from carbonledger.outcomes import REASONS

LACKS_DATA = np.isin(REASONS, ["no_match", "no_denominator", "denominator_not_positive",
                               "no_emissions", "no_factor", "one_scope_only"])  # fmt: skip
"""By reason, whether it means that the entity lacks what a page asks of it."""


def attribute(
    positions: Batch,
    estimated: Mapping[tuple[str, ...], Estimated],
    factors: FactorSource,
    standard: Standard,
    *,
    excluded: NDArray[np.uint8] | None = None,
    above_one: AboveOne = "flag",
) -> Entries:
    """The entries of positions under a standard; every position gets a reason or grams.

    ``excluded`` holds a reason code per position, 0 where it stays in; ``above_one`` says what to
    do with an attribution factor above 1.
    """
    met = above_one if standard.attributes else "flag"
    plans = planned(standard, estimated, factors, met)
    own = frozenset(positions.columns)
    whole = frozenset(name for name in own if positions.columns[name].present.all())
    parts: list[Part] = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for index, rows in _by_page(positions, standard):
            if index < 0:
                parts.append(_of_no_page(positions, rows, standard))
            else:
                parts += _of_page(Taken(positions, own, whole, rows, plans.pages[index]), plans)
    worked = assembled(positions.size, parts, plans)
    if excluded is not None and excluded.any():
        worked = _leave_out(worked, excluded)
    sources = [part.source for part in parts if part.source is not None]
    return Entries(*worked, _own_flags(positions), _balance(positions, standard, worked), sources)


def _by_page(positions: Batch, standard: Standard) -> list[tuple[int, Rows | slice]]:
    """The pages that take positions, -1 for none, and the rows of each; all of them are a slice."""
    key = positions.keys["asset_class"]
    of_code = np.array([*map(standard.page_number, key.names), -1], np.int8)
    page = of_code.take(key.codes, mode="wrap")
    if not positions.size or page.min() == page.max():
        return [(int(page[0]) if positions.size else -1, slice(0, positions.size))]
    order = np.argsort(page, kind="stable")
    spans = pairwise([0, *np.searchsorted(page.take(order), range(len(standard.pages) + 1))])
    return [(k, order[slice(*span)]) for k, span in enumerate(spans, -1) if span[0] < span[1]]


def _of_no_page(positions: Batch, rows: Rows | slice, standard: Standard) -> Part:
    """Why no page takes some positions."""
    key = positions.keys["asset_class"]
    fate = [WITHOUT_PAGE.index(why_none(standard, name)) for name in (*key.names, None)]
    case = np.array(fate, np.intp).take(key.codes[rows], mode="wrap")
    return Part(-1, rows, case, np.full(len(case), np.nan))


def why_none(standard: Standard, asset_class: str | None) -> str:
    """Why no page of a standard takes a class, or a position without one."""
    if asset_class is None:
        return "no_asset_class"
    if asset_class == OUT_OF_SCOPE:
        return "out_of_scope"
    if asset_class in standard.optional:
        return "optional_in_standard"
    drawn = standard.drawn is not None and standard.drawn.page_of(asset_class) is not None
    return "undrawn_not_described" if drawn else "class_not_in_standard"


def _of_page(taken: Taken, plans: Plans) -> list[Part]:
    """The rows that a page takes, and those of them that another page takes over."""
    first, page = _account(taken), taken.plan.page
    if not page.otherwise:
        return [first]
    # Rows that lack what their page asks of their entity, where the other page can compute them.
    lacking = np.flatnonzero(LACKS_DATA[_reason(first, taken.plan)])
    if not lacking.size:
        return [first]
    other = next(plan for plan in plans.pages if plan.page.name == page.otherwise)
    found = _account(replace(taken, rows=taken.in_batch(lacking), plan=other))
    return [first, found.take(np.flatnonzero(_reason(found, other) == 0))]


def _reason(part: Part, plan: Plan) -> NDArray[np.uint8]:
    """Why each row of a part is not computed, 0 where it is."""
    reason = plan.terms.cases.reason
    own = [] if part.own is None else [part.own.reason]
    return np.concatenate([reason, *own]).take(part.case)


def _account(taken: Taken) -> Part:
    """The share of a page's rows in what their entities emit."""
    plan, shares = taken.plan, shares_of(taken)
    emitted = tuple(
        None if of is None else _times(shares.counts, of.take(shares.entity, mode="clip"))
        for of in plan.emitted
    )
    source = Source(taken.rows, plan.page, plan.estimated, shares.entity)
    part = Part(plan.index, taken.rows, shares.case, shares.share, emitted, None, source)
    return without_share(taken, part) if plan.has_own_options else part


def _times(share: Array, emitted: Array) -> Array:
    """Both multiplied, in place of the second, which is nobody else's."""
    emitted *= share
    return emitted


def _leave_out(worked: Worked, why: NDArray[np.uint8]) -> Worked:
    """The same without the positions that have a reason code to be left out."""
    at = np.flatnonzero(why)
    of, some = alike([worked.case[at], why[at]], len(at))
    left = worked.cases.take(worked.case[at[some]]).left_out(why[at[some]])
    case, share = worked.case.copy(), worked.share.copy()
    grams12, grams = worked.grams12.copy(), worked.grams.copy()
    case[at] = of + len(worked.cases.reason)
    share[at], grams12[at], grams[:, at] = np.nan, 0, 0
    return Worked(joined([worked.cases, left]), case, share, grams12, grams)


def _balance(positions: Batch, standard: Standard, worked: Worked) -> Grams:
    """What intensity divides by: of what is computed the column that its page names."""
    names = [page.balance for page in standard.pages]
    usual, *others = sorted({*names}, key=lambda name: (-names.count(name), name))

    def place(cases: Cases) -> NDArray[np.int8]:
        """The place of each case's column among them, counted from 1; 0 for no balance."""
        of_page = np.array([*map([usual, *others].index, names), 0], np.int8) + np.int8(1)
        return np.where(cases.reason == 0, of_page[cases.page], 0).astype(np.int8)

    of_case = worked.cases.by_piece(("balance", *names), place)
    of = of_case.take(worked.case)
    balance: Grams = (of == 1).astype(np.int64)
    if usual in positions.columns:
        balance *= positions.columns[usual].values.astype(np.int64, copy=False)
    for k, name in enumerate(others, 2):
        if name in positions.columns and (of_case == k).any():
            rows = np.flatnonzero(of == k)
            balance[rows] = positions.columns[name].values[rows]
    return balance


def _own_flags(positions: Batch) -> NDArray[np.uint32]:
    return flags_of(positions, ["asset_class", "outstanding_amount", IN_USD, "sector",
                                "joined_by"])  # fmt: skip
