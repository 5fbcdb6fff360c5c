"""attribute(): the share of each position, and what its entity's estimate makes of it.

Whatever depends on the entity alone (which share is open, which option answered with what flags
and score) is worked out once an entity and shared by all its positions; a batch only gathers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from carbonledger.engine.entity import Estimated, is_true
from carbonledger.engine.entries import REASON, Entries, Rows, blank, leave_out
from carbonledger.engine.estimate import TOO_LARGE
from carbonledger.engine.shares import AboveOne, Shares, Taken, held_to_one, shares_of
from carbonledger.engine.without_share import has_factors, without_share
from carbonledger.lookup import FactorSource
from carbonledger.method import Array, Batch, Grams, Mask, Standard


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
    entries = blank(positions)
    key = positions.keys["asset_class"]
    pages = np.array([*(_page_index(standard, name) for name in key.names), -1], np.int8)
    entries.page[:] = pages[key.codes]
    entries.reason[key.codes < 0] = REASON["no_asset_class"]
    for index, page in enumerate(standard.pages):
        mine = entries.page == index
        count = int(np.count_nonzero(mine))
        if count:
            rows = slice(0, count) if count == positions.size else np.flatnonzero(mine)
            shown = estimated[page.estimates_key]
            taken = Taken(positions, rows, count, page, standard, shown)
            _account(taken, factors, above_one, entries)
    if excluded is not None and excluded.any():
        leave_out(entries, excluded > 0, excluded)
    return entries


def _page_index(standard: Standard, asset_class: str) -> int:
    page = standard.page_of(asset_class)
    return standard.pages.index(page) if page else -1


def _account(taken: Taken, factors: FactorSource, above_one: AboveOne, entries: Entries) -> None:
    """Work a page out and write its rows into the entries."""
    rows, entities = taken.rows, taken.estimated.entities
    if not entities.size:
        known = taken.positions.columns["outstanding_amount"].present[rows]
        entries.reason[rows] = np.where(known, REASON["no_match"], REASON["no_fx_rate"])
        return
    link = taken.positions.links[taken.page.entity][rows]
    matched = link >= 0
    entity = link.astype(np.intp)  # take() clips -1 to row 0, which counts nowhere
    _store(taken, entries, held_to_one(shares_of(taken, entity, matched), above_one), entity)
    if has_factors(taken, factors):
        open_ = (entries.reason[rows] > 0) | ~entries.covered3[rows]
        left = np.flatnonzero(matched & open_)
        if left.size:
            without_share(taken, factors, entries, left, entity)
    building = is_true(entities, "under_construction")
    if building.any():
        out = np.zeros(taken.positions.size, np.bool_)
        out[taken.in_batch(np.flatnonzero(matched & building[entity]))] = True
        leave_out(entries, out, np.full(len(out), REASON["under_construction"], np.uint8))


def _store(taken: Taken, entries: Entries, shares: Shares, entity: Rows) -> None:
    """Gather what the entities' profiles say, and multiply."""
    rows = taken.rows
    profiles = taken.estimated.profiles(taken.page, taken.standard)
    has = shares.reason == 0
    profile = profiles.of.take(entity, mode="clip")
    covered = has & profiles.covered.take(profile, mode="clip")
    covered3 = has & profiles.covered3.take(profile, mode="clip")
    entries.reason[rows] = np.where(
        has, np.where(covered, 0, profiles.reason.take(profile, mode="clip")), shares.reason
    )
    _store_grams(taken, entries, shares, entity, covered, covered3, profile)
    entries.share[rows], entries.share_rule[rows] = shares.share, shares.rule
    entries.covered3[rows] = covered3
    balance = taken.positions.columns.get(taken.page.balance)
    if balance is not None:
        entries.balance[rows] = np.where(covered, balance.values[rows], 0)
    bits = shares.flags | profiles.all_flags.take(profile, mode="clip")
    bits[~(covered | covered3)] = 0
    entries.flags[rows] |= bits
    for k in range(3 if taken.standard.scope3 else 2):
        entries.option[k, rows] = profiles.option[k].take(profile, mode="clip")
        entries.factor[k, rows] = profiles.factor[k].take(profile, mode="clip")
    if taken.standard.scored:
        for k in range(2):
            entries.score[k, rows] = profiles.score[k].take(profile, mode="clip")
    _clear(taken, entries, taken.in_batch(np.flatnonzero(~covered)),
                taken.in_batch(np.flatnonzero(~covered3)))  # fmt: skip


def _store_grams(
    taken: Taken, entries: Entries, shares: Shares, entity: Rows, covered: Mask, covered3: Mask,
    profile: Rows,
) -> None:  # fmt: skip
    """Share x estimate, rounded once; scope 1 and 2 apart, or together where nobody can split.

    An estimate that does not count on a position (only one of two scopes) is zero here.
    """
    grams, profiles = taken.estimated.estimates.grams, taken.estimated.profiles(
        taken.page, taken.standard)  # fmt: skip
    share = np.where(covered, shares.share, 0.0)
    split = covered
    if not profiles.split.all():
        split = covered & profiles.split.take(profile, mode="clip")
    one, two = _product(share, grams[0], entity), _product(share, grams[1], entity)
    if not profiles.no_single:
        one, two = np.where(split, one, 0), np.where(split, two, 0)
    together = one + two
    if profiles.combined.any():
        together += _product(share, grams[2], entity)
    rows = taken.rows
    entries.grams[0, rows], entries.grams[1, rows] = one, two
    entries.grams12[rows], entries.split[rows] = together, split
    if taken.standard.scope3:
        share3 = np.where(covered3, shares.share, 0.0)
        entries.grams[2, rows] = _product(share3, grams[3], entity)


def _product(share: Array, grams: Array, entity: Rows) -> Grams:
    product = grams.take(entity, mode="clip")
    product *= share
    if product.size and product.max() >= TOO_LARGE:
        raise OverflowError("an entry of more than 4.6e18 grams")
    return np.rint(product, out=product).astype(np.int64)


def _clear(taken: Taken, entries: Entries, rows: Rows, rows3: Rows) -> None:
    if rows.size:
        entries.option[:2, rows], entries.factor[:2, rows] = -1, -1
        entries.score[0, rows] = 0
    if rows3.size and taken.standard.scope3:
        entries.option[2, rows3], entries.factor[2, rows3] = -1, -1
        entries.score[1, rows3] = 0
