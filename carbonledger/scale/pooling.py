"""Pools: the standard over the book of their assets, and the sums on the pools themselves.

What an issuer's own structure has not allocated yet counts as a bond of the issuer (PCAF Part A
3rd ed., section 5.7, p. 102).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from carbonledger.books import POOL_ASSETS
from carbonledger.engine import LACKS_DATA, Entries, PoolSums, attribute
from carbonledger.estimates.pool import UNALLOCATED
from carbonledger.intake.pools import pool_issues, unallocated
from carbonledger.intake.positions import Positions
from carbonledger.method import AssetClass, Batch, Codes, Column, Key, Standard
from carbonledger.outcomes import REASONS
from carbonledger.scale.nowhere import unmet

INTENDED = "intended_sector"
"""In place of a class what is not allocated, by the sector it is meant for."""

if TYPE_CHECKING:
    from carbonledger.scale.period import Period


def pooled(ready: Period, standard: Standard, page: AssetClass) -> Batch:
    """Pools with what a page of a standard makes of their assets."""
    pools = ready.entities["pool"]
    sums = PoolSums.empty(pools.batch.size)
    for assets, entries in of_assets(ready, standard, page):
        sums.add(assets.batch, entries)
        _note_nowhere(ready, standard, page, assets, entries)
    unknown = frozenset[int]()
    for debt, entries in of_issuers(ready, standard, page):
        sums.add(debt, entries, of_issuer=True)
        nobody = entries.reason == REASONS.index("no_match")
        unknown |= frozenset(debt.links["pool"][nobody].tolist())
    made = sums.onto(pools.batch, page.scores)
    found = pool_issues(ready.books.get("pools"), made, pools.ids, unknown)
    # The pages of securitisations and of structures say the same of one pool.
    ready.issues += [issue for issue in found if issue not in ready.issues]
    return made


def _note_nowhere(
    ready: Period, standard: Standard, page: AssetClass, assets: Positions, entries: Entries
) -> None:
    """Take in the ids of the assets of a page's pools, and those of pools, that no book has."""
    own = _own(standard, page)
    ready.nowhere.note(own, assets, entries, ready.entities)
    ready.nowhere.add(own.id, "pool", assets, unmet("pool", assets, ready.entities))


def of_assets(
    ready: Period, standard: Standard, page: AssetClass
) -> Iterator[tuple[Positions, Entries]]:
    """The assets of all pools with their entries under the pages that hold for them."""
    for assets in ready.positions((POOL_ASSETS,)):
        yield assets, _attributed(ready, standard, page, assets.batch)


def has_proceeds(page: AssetClass) -> bool:
    """Whether the pools of a page are structures whose proceeds are allocated in time."""
    return UNALLOCATED in page.estimates


def issuers(ready: Period) -> Codes:
    """The row of each pool's issuer among the counterparties, -1 where it has none."""
    ids = ready.entities["pool"].table.column("counterparty_id").combine_chunks().cast(pa.string())
    return ready.entities["counterparty"].rows_of(ids)


def of_issuers(ready: Period, standard: Standard, page: AssetClass) -> list[tuple[Batch, Entries]]:
    """What is not allocated of structures that are their issuers' own, as bonds of the issuers.

    Where the issuer lacks what that asks for, by the sector that the proceeds are meant for.
    """
    pools = ready.entities["pool"].batch
    left = unallocated(pools)
    rows = np.flatnonzero(left.present & (left.values.astype(np.int64) > 0)).astype(np.int32)
    if not has_proceeds(page) or not rows.size:
        return []
    bonds = _as(ready, standard, page, rows, "corporate_bond")
    meant = LACKS_DATA[bonds[1].reason] & (pools.keys["sector"].codes[rows] >= 0)
    if not meant.any():
        return [bonds]
    by_sector = _as(ready, standard, page, rows[meant], INTENDED)[1].reason == 0
    meant[meant] = by_sector
    parts = ((rows[~meant], "corporate_bond"), (rows[meant], INTENDED))
    return [_as(ready, standard, page, some, name) for some, name in parts if some.size]


def _as(
    ready: Period, standard: Standard, page: AssetClass, rows: Codes, asset_class: str
) -> tuple[Batch, Entries]:
    """What some structures have not allocated, accounted for under a class."""
    left = unallocated(ready.entities["pool"].batch)
    key = Key(np.zeros(len(rows), np.int32), (asset_class,))
    amount = {"outstanding_amount": Column(left.values[rows], left.present[rows])}
    links = {"pool": rows, "counterparty": issuers(ready)[rows]}
    debt = Batch(len(rows), amount, {"asset_class": key}, links)
    return debt, _attributed(ready, standard, page, debt)


def _attributed(ready: Period, standard: Standard, page: AssetClass, assets: Batch) -> Entries:
    return attribute(assets, ready.estimated, ready.at, _own(standard, page),
                     above_one=ready.config.attribution_above_one)  # fmt: skip


def _own(standard: Standard, page: AssetClass) -> Standard:
    """The standard as it holds for the assets of a page's pools, drawn or not."""
    home = standard.drawn or standard
    return replace(home, id=f"{home.id} {page.name}", pages=page.assets)
