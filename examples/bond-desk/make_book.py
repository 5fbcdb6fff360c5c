"""The synthetic book of this folder: a seeded script, every figure but those of countries made up.

Run ``python make_book.py`` here to write the same files again.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SEED = 20251231
LOANS = 200
"""Mortgages behind the deal."""


def written(name: str, rows: list[dict[str, Any]]) -> None:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def mortgages(dice: random.Random) -> list[dict[str, Any]]:
    """Loans that carry their own house, no two alike."""
    return [
        {"loan_id": f"M{k:03}", "pool_id": "RMBS-1", "asset_class": "个人住房贷款",
         "outstanding_amount": dice.randrange(30, 160),
         "property_value_at_origination": dice.randrange(100, 300),
         "emissions_scope1_tco2e": round(dice.uniform(0.5, 2.5), 2),
         "emissions_scope2_tco2e": round(dice.uniform(1, 4), 2)}
        for k in range(1, LOANS + 1)
    ]  # fmt: skip


def main() -> None:
    dice = random.Random(SEED)
    loans = mortgages(dice)
    deal = sum(loan["outstanding_amount"] for loan in loans)
    written("bonds.csv", [
        {"position_id": "GOV-CN", "asset_class": "国债", "country": "CN",
         "outstanding_amount": 50000, "currency": "CNY"},
        {"position_id": "GOV-US", "asset_class": "主权债", "country": "US",
         "outstanding_amount": 3000, "currency": "USD"},
        {"position_id": "GOV-BT", "asset_class": "主权债", "territory_id": "BT",
         "outstanding_amount": 100, "currency": "USD"},
        {"position_id": "LOCAL-1", "asset_class": "地方政府债", "territory_id": "示例省",
         "outstanding_amount": 20000, "currency": "CNY"},
        {"position_id": "GREEN-1", "asset_class": "专项用途", "pool_id": "GB-1",
         "outstanding_amount": 5000, "currency": "CNY"},
        {"position_id": "GREEN-2", "asset_class": "专项用途", "pool_id": "GB-2",
         "outstanding_amount": 1000, "currency": "CNY"},
        {"position_id": "ABS-A", "asset_class": "资产证券化", "pool_id": "RMBS-1",
         "outstanding_amount": 2000, "tranche_outstanding_amount": deal - 4000, "currency": "CNY"},
    ])  # fmt: skip
    written("territories.csv", [
        {"territory_id": "BT", "gdp_year": 2024, "emissions_year": 2023,
         "production_emissions_excl_lulucf_tco2e": 2_600_000,
         "production_emissions_incl_lulucf_tco2e": -6_800_000},
        {"territory_id": "示例省", "country": "CN", "gdp_nominal_usd": 18_700_000_000_000,
         "gdp_regional_usd": 450_000_000_000, "gdp_year": 2024, "emissions_year": 2024,
         "production_emissions_excl_lulucf_tco2e": 210_000_000},
    ])  # fmt: skip
    written("pools.csv", [
        {"pool_id": "GB-1", "total_equity": 0, "total_debt": 20000, "allocated_share": 0.6},
        {"pool_id": "GB-2", "total_debt": 8000, "allocated_share": 0},
        {"pool_id": "RMBS-1", "collateral": "住房按揭", "deal_outstanding_amount": deal},
    ])  # fmt: skip
    written("pool_assets.csv", [
        {"loan_id": "G1", "pool_id": "GB-1", "asset_class": "项目融资", "project_id": "WIND",
         "outstanding_amount": 4000},
        {"loan_id": "G2", "pool_id": "GB-1", "asset_class": "项目融资", "project_id": "METRO",
         "outstanding_amount": 8000},
        *loans,
    ])  # fmt: skip
    written("projects.csv", [
        {"project_id": "WIND", "total_equity": 2000, "total_debt": 8000,
         "emissions_scope1_tco2e": 12, "emissions_scope2_tco2e": 388, "emissions_verified": "是"},
        {"project_id": "METRO", "total_equity": 40000, "total_debt": 120000,
         "emissions_scope1_tco2e": 0, "emissions_scope2_tco2e": 96000},
    ])  # fmt: skip


if __name__ == "__main__":
    main()
