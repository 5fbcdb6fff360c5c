"""Pools: the standard over the book of their assets, and the sums on the pools themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from carbonledger.books import POOL_ASSETS
from carbonledger.engine import Entries, PoolSums, attribute
from carbonledger.intake.pools import pool_issues
from carbonledger.intake.positions import Positions
from carbonledger.method import AssetClass, Batch, Standard

if TYPE_CHECKING:
    from carbonledger.scale.period import Period


def pooled(ready: Period, standard: Standard, page: AssetClass) -> Batch:
    """Pools with what a page of a standard makes of their assets."""
    pools = ready.entities["pool"]
    sums = PoolSums.empty(pools.batch.size)
    for assets, entries in of_assets(ready, standard, page):
        sums.add(assets.batch, entries)
    made = sums.onto(pools.batch)
    ready.issues += pool_issues(ready.books.get("pools"), made, pools.ids)
    return made


def of_assets(
    ready: Period, standard: Standard, page: AssetClass
) -> Iterator[tuple[Positions, Entries]]:
    """The assets of all pools with their entries under the pages that hold for them."""
    own = replace(standard, id=f"{standard.id} {page.name}", pages=page.assets)
    for assets in ready.positions((POOL_ASSETS,)):
        yield assets, attribute(assets.batch, ready.estimated, ready.at, own,
                                above_one=ready.config.attribution_above_one)  # fmt: skip
