"""Companies less the use-of-proceeds structures in their own balance sheets, for other holders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from carbonledger.engine import Estimated, Structures, estimate
from carbonledger.engine.own_structures import DENOMINATORS
from carbonledger.intake.pools import integrated, rows_of, size_of
from carbonledger.issues import Issue, Place
from carbonledger.method import SCOPES, AssetClass, Flag, Mask, Standard
from carbonledger.scale.pooling import has_proceeds, issuers

if TYPE_CHECKING:
    from carbonledger.scale.period import Period


def less_structures(
    ready: Period, standard: Standard, page: AssetClass, whole: Estimated
) -> Estimated:
    """Companies and their estimates without their own structures; the same where there are none.

    A company that its structures come to more than is left whole, with a warning.
    """
    proceeds = next((p for p in standard.pages if has_proceeds(p)), None)
    if proceeds is None or not ready.entities["pool"].batch.size:
        return whole
    made, of_pool = ready.estimated[standard.estimates_key(proceeds)], issuers(ready)
    pools = made.entities
    rows = np.flatnonzero(_wholly_computed(made) & (of_pool >= 0))
    if not rows.size:
        return whole
    size = size_of(pools.columns).values.astype(np.int64)
    structures = Structures.of(made.estimates, rows, size, of_pool, whole.entities.size)
    left = _estimated(ready, page, whole, structures)
    above = _above(left, structures)
    if above.any():
        ready.issues += _issues(ready, set(rows[above[of_pool[rows]]].tolist()))
        left = _estimated(ready, page, whole, structures.unless(above))
    return left


def _estimated(
    ready: Period, page: AssetClass, whole: Estimated, structures: Structures
) -> Estimated:
    companies = structures.taken_off(whole.entities)
    activities = ready.activities.get(page.entity)
    return Estimated(companies, estimate(companies, page.estimates, ready.at, activities))


def _wholly_computed(made: Estimated) -> Mask:
    """The structures that are their issuer's own and all of whose emissions are known."""
    pools, option, flags = made.entities, made.estimates.option, made.estimates.flags
    known = (option[0] >= 0) | (option[SCOPES.index("12")] >= 0)
    partly = ((flags[0] | flags[SCOPES.index("12")]) & np.uint32(Flag.POOL_PARTLY_COVERED)) > 0
    whole = integrated(pools.columns) & size_of(pools.columns).present
    found: Mask = known & ~partly & whole
    return found


def _above(left: Estimated, structures: Structures) -> Mask:
    """Companies of which less than nothing would be left."""
    made = left.estimates
    below = np.logical_or.reduce([grams < 0 for grams in made.grams])
    found: Mask = structures.some & below
    for name in DENOMINATORS:
        column = left.entities.columns[name]
        found[column.present & (column.values.astype(np.int64) < 0)] = True
    return found


def _issues(ready: Period, pools: set[int]) -> Iterator[Issue]:
    for file, number, at, id_ in rows_of(ready.books.get("pools"), ready.entities["pool"].ids):
        if at in pools:
            yield Issue("pool_above_issuer", Place(file, row=number, column="total_debt"), id_)
