"""Laws that hold in every asset class, over seeded random books from files to grams.

A position is held as a whole (W) and in two parts (A, B). The parts come to the whole within half
a gram an entry and scope, the larger never emits less than the smaller, and another unit changes no
gram.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import seeded_part
from test_vectors import outcome

from carbonledger.entries import flag_names
from carbonledger.method import SCOPES

CLASSES: dict[str, dict[str, Any]] = {
    "business_loan": {"counterparty_id": "C1"},
    "corporate_bond": {"counterparty_id": "C2"},
    "listed_equity": {"counterparty_id": "C2"},
    "unlisted_equity": {"counterparty_id": "C1"},
    "project_finance": {"project_id": "P1"},
    "commercial_real_estate": {"property_id": "H1"},
    "mortgage": {"property_id": "H1"},
    "motor_vehicle_loan": {"vehicle_id": "V1"},
    "sovereign_debt": {"territory_id": "Ruritania"},
    "sub_sovereign_debt": {"territory_id": "Zenda"},
    "use_of_proceeds": {"pool_id": "F1"},
    "securitisation": {"pool_id": "D1"},
    "issuer of a structure": {"asset_class": "corporate_bond", "counterparty_id": "C3"},
    "structure of an issuer": {"asset_class": "use_of_proceeds", "pool_id": "F2"},
}
FACILITATED = {"listed_equity": {"counterparty_id": "C2"},
               "corporate_bond": {"counterparty_id": "C2"},
               "business_loan": {"counterparty_id": "C1"}}  # fmt: skip
INSURED = {"commercial_insurance": {"counterparty_id": "C1"}, "project_insurance": {
    "project_id": "P1"}, "treaty_reinsurance": {"counterparty_id": "C1"},
    "personal_motor_insurance": {"vehicle_id": "V1"}}  # fmt: skip
BOOKS = {
    "pcaf-2025": ("investments", "position_id", "outstanding_amount", CLASSES),
    "pcaf-b-2023": ("facilitations", "deal_id", "facilitated_amount", FACILITATED),
    "pcaf-b-2023-unweighted": ("facilitations", "deal_id", "facilitated_amount", FACILITATED),
    "pcaf-c-2025": ("policies", "policy_id", "premium", INSURED),
}
MONEY = {"total_equity", "total_debt", "evic", "revenue", "gross_written_premium",
         "total_project_cost", "property_value_at_origination", "vehicle_value_at_origination",
         "deal_outstanding_amount", "outstanding_amount", "facilitated_amount", "premium",
         "cost_of_ownership"}  # fmt: skip


def described(draw: random.Random) -> dict[str, list[dict[str, Any]]]:
    """What positions are of, larger than any of them in amounts; tonnes at random."""

    def money() -> int:
        return draw.randrange(10**9, 10**12)

    def tonnes(*scopes: str) -> dict[str, Any]:
        return {f"emissions_scope{s}_tco2e": f"{draw.randrange(10**10) / 10**4:.4f}"
                for s in scopes}  # fmt: skip

    own = money()
    share = draw.choice(["0", "0.25", "0.5", "1"])
    allocated = [] if share == "0" else [
        {"loan_id": "A2", "pool_id": "F2", "asset_class": "project_finance", "project_id": "P2",
         "outstanding_amount": int(own * Decimal(share))}]  # fmt: skip
    return {
        "counterparties": [
            {"counterparty_id": "C1", "total_equity": money(), "total_debt": money(),
             "revenue": money(), "gross_written_premium": money(),
             "insured_emissions_scope12_tco2e": "1234.5", **tonnes("1", "2", "3")},
            {"counterparty_id": "C2", "listed": "是", "evic": money(), **tonnes("12")},
            {"counterparty_id": "C3", "total_equity": money(), "total_debt": own + money(),
             "emissions_scope1_tco2e": str(10**7), "emissions_scope2_tco2e": str(10**6)},
        ],
        "projects": [
            {"project_id": "P1", "total_equity": money(), "total_debt": money(),
             "total_project_cost": money(), **tonnes("1", "2")},
            {"project_id": "P2", "total_equity": 0, "total_debt": own, **tonnes("1", "2")},
        ],
        "properties": [{"property_id": "H1", "property_value_at_origination": money(),
                        **tonnes("1", "2")}],
        "vehicles": [{"vehicle_id": "V1", "vehicle_value_at_origination": money(),
                      **tonnes("1")}],
        "territories": [
            {"territory_id": "Ruritania", "gdp_ppp_international_dollar": money(),
             "production_emissions_excl_lulucf_tco2e": draw.randrange(10**9)},
            {"territory_id": "Zenda", "gdp_ppp_international_dollar": 2 * 10**12,
             "gdp_nominal_usd": 10**12, "gdp_regional_usd": money(),
             "production_emissions_excl_lulucf_tco2e": draw.randrange(10**8)},
        ],
        "pools": [
            {"pool_id": "F1", "total_equity": money(), "total_debt": money(),
             "allocated_share": "0.5"},
            {"pool_id": "F2", "counterparty_id": "C3", "total_debt": own, "allocated_share": share,
             "integrated": "是"},
            {"pool_id": "D1", "deal_outstanding_amount": money()},
        ],
        "pool_assets": [
            {"loan_id": "A1", "pool_id": "F1", "asset_class": "project_finance",
             "project_id": "P1", "outstanding_amount": money()},
            {"loan_id": "A3", "pool_id": "D1", "asset_class": "mortgage", "property_id": "H1",
             "outstanding_amount": money()},
            *allocated,
        ],
    }  # fmt: skip


def parts_of(draw: random.Random, standard: str) -> list[dict[str, Any]]:
    """Each class held as a whole and in two parts, in whole units of money."""
    _, key, amount, classes = BOOKS[standard]
    rows = []
    for name, of in classes.items():
        one, two = draw.randrange(10**8), draw.randrange(10**8)
        for part, held in (("A", one), ("B", two), ("W", one + two)):
            row = {key: f"{name} {part}", "asset_class": name, amount: held, **of}
            if standard.startswith("pcaf-b"):
                row["start_date"] = "2025-06-30"
            if name == "personal_motor_insurance":
                row["cost_of_ownership"] = 10**9
            rows.append(row)
    return rows


def in_unit(books: Mapping[str, list[dict[str, Any]]], fen: int) -> dict[str, Any]:
    """The same amounts written in another unit, exactly."""
    return {
        book: [{n: format(Decimal(v) * 100 / fen, "f") if n in MONEY else v
                for n, v in row.items()} for row in rows]
        for book, rows in books.items()
    }  # fmt: skip


def grams(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {id_: [row[f"financed_emissions_scope{s}_g"] for s in SCOPES]
            for id_, row in entries.items()}  # fmt: skip


@pytest.mark.parametrize("standard", BOOKS)
@pytest.mark.parametrize("seed", range(seeded_part(20)))
def test_laws_of_every_class(seed: int, standard: str, tmp_path: Path) -> None:
    draw = random.Random(f"{standard} {seed}")
    name, *_, classes = BOOKS[standard]
    books = {**described(draw), name: parts_of(draw, standard)}
    given = {"standard": standard, "config": {"currency": "USD"}}
    found = outcome({**given, "unit": "元", **in_unit(books, 100)}, tmp_path / "yuan")
    of = grams(found.entries)
    for each in classes:
        a, b, whole = (of[f"{each} {part}"] for part in "ABW")
        assert whole[2] is not None, f"{each}: {found.entries[f'{each} W']}"
        for scope, one, two, both in zip(SCOPES, a, b, whole, strict=True):
            if both is not None:  # three entries, each of scope 1 and 2 rounded apart
                assert 2 * abs(both - one - two) <= (6 if scope == "12" else 3), each
                assert both >= max(one, two), each
    other = outcome({**given, "unit": "万元", **in_unit(books, 10**6)}, tmp_path / "wan")
    assert grams(other.entries) == of


@pytest.mark.parametrize("seed", range(seeded_part(20)))
def test_all_holders_of_an_issuer_and_its_structure_sum_to_it(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    books = described(draw)
    (own,) = (p["total_debt"] for p in books["pools"] if p["pool_id"] == "F2")
    (issuer,) = (c for c in books["counterparties"] if c["counterparty_id"] == "C3")
    rest = issuer["total_equity"] + issuer["total_debt"] - own
    books["investments"] = [
        {"position_id": "structure", **CLASSES["structure of an issuer"],
         "outstanding_amount": own},
        {"position_id": "rest", **CLASSES["issuer of a structure"], "outstanding_amount": rest},
    ]  # fmt: skip
    found = outcome({"standard": "pcaf-2025", "unit": "元", "config": {"currency": "USD"},
                     **in_unit(books, 100)}, tmp_path)  # fmt: skip
    both = [row["financed_emissions_scope12_g"] for row in found.entries.values()]
    # Half a gram an entry: two positions, the asset and what is not allocated, in two scopes.
    assert abs(sum(both) - 11 * 10**12) <= 4
    assert "structures_taken_off" in flag_names(found.entries["rest"]["flags"])
