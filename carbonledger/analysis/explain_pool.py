"""The assets of a position's pool: how many, what they come to, and the largest."""

from __future__ import annotations

from typing import Any

import numpy as np

from carbonledger.books import BOOKS, POOL_ASSETS
from carbonledger.method import PARTS, AssetClass, Batch, Standard
from carbonledger.scale.period import Period
from carbonledger.scale.pooling import of_assets

LARGEST = 5
"""Assets that are listed, those with most emissions first."""


def pool_of(ready: Period, standard: Standard, page: AssetClass, batch: Batch) -> dict[str, Any]:
    """Nothing where a page has no pools, else what the pool's figures are made of."""
    at = int(batch.links["pool"][0]) if page.pooled else -1
    if at < 0:
        return {}
    found = _assets(ready, standard, page, at)
    found.sort(key=lambda row: (-abs(row["grams"]), row["id"]))
    computed = [row for row in found if row["status"] == "computed"]
    return {"pool": {
        "assets": len(found), "computed": len(computed),
        "outstanding": str(sum(row["outstanding"] for row in found)),
        "grams": str(sum(row["grams"] for row in found)),
        "largest": [{**row, "outstanding": str(row["outstanding"]), "grams": str(row["grams"])}
                    for row in found[:LARGEST]],
    }}  # fmt: skip


def _assets(ready: Period, standard: Standard, page: AssetClass, at: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for assets, entries in of_assets(ready, standard, page):
        ids = assets.typed.columns[BOOKS[POOL_ASSETS].key[0]].to_pylist()
        owed = assets.batch.columns["outstanding_amount"]
        for row in np.flatnonzero(assets.batch.links["pool"] == at).tolist():
            share, score = float(entries.share[row]), int(entries.score[0, row])
            rows.append({
                "id": ids[row], "outstanding": int(owed.values[row]) if owed.present[row] else 0,
                "attribution_factor": None if np.isnan(share) else repr(share),
                "grams": int(entries.grams12[row]), "score": score / PARTS or None,
                "status": "computed" if entries.reason[row] == 0 else "not_covered",
            })  # fmt: skip
    return rows
