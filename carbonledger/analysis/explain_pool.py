"""The assets of a position's pool: how many, what they come to, the largest, and the issuer.

And of a company what was taken off for its own structures.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from carbonledger.books import BOOKS, POOL_ASSETS
from carbonledger.engine import Entries
from carbonledger.engine.own_structures import AMOUNT, TAKEN
from carbonledger.method import PARTS, AssetClass, Batch, Standard
from carbonledger.scale.period import Period
from carbonledger.scale.pooling import INTENDED, of_assets, of_issuers

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
        "largest": [_plain(row) for row in found[:LARGEST]],
        "issuer": _issuer(ready, standard, page, at),
    }}  # fmt: skip


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "outstanding": str(row["outstanding"]), "grams": str(row["grams"])}


def _issuer(ready: Period, standard: Standard, page: AssetClass, at: int) -> dict[str, Any] | None:
    """What of the issuer's own structure is not allocated, and what it comes to at the issuer."""
    for debt, entries in of_issuers(ready, standard, page):
        if at in debt.links["pool"]:
            row = int(np.flatnonzero(debt.links["pool"] == at)[0])
            link, sector = int(debt.links["counterparty"][row]), None
            id_ = None if link < 0 else str(ready.entities["counterparty"].ids[link])
            if INTENDED in debt.keys["asset_class"].names:
                key = ready.entities["pool"].batch.keys["sector"]
                sector = key.names[key.codes[at]]
            return {**_plain(_row(id_, debt, entries, row)), "sector": sector}
    return None


def structures_of(company: Batch) -> dict[str, Any]:
    """What was taken off a company for its own structures; nothing where it has none."""
    amount = company.columns.get(AMOUNT)
    if amount is None or not company.size or not amount.present[0]:
        return {}
    grams = company.columns[f"{TAKEN}_scope12_g"].values[0]
    return {"structures": {"outstanding": str(amount.values[0]), "grams": str(grams)}}


def _assets(ready: Period, standard: Standard, page: AssetClass, at: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for assets, entries in of_assets(ready, standard, page):
        ids = assets.typed.columns[BOOKS[POOL_ASSETS].key[0]].to_pylist()
        mine = np.flatnonzero(assets.batch.links["pool"] == at).tolist()
        rows += [_row(ids[row], assets.batch, entries, row) for row in mine]
    return rows


def _row(id_: str | None, assets: Batch, entries: Entries, row: int) -> dict[str, Any]:
    owed = assets.columns["outstanding_amount"]
    share, score = float(entries.share[row]), int(entries.score[0, row])
    return {
        "id": id_, "outstanding": int(owed.values[row]) if owed.present[row] else 0,
        "attribution_factor": None if np.isnan(share) else repr(share),
        "grams": int(entries.grams12[row]), "score": score / PARTS or None,
        "status": "computed" if entries.reason[row] == 0 else "not_covered",
    }  # fmt: skip
