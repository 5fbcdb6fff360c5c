"""Published vectors that are no book of one standard, and the list of all international vectors.

``vectors/international.csv`` names for each vector the test that holds it, or why it is left out.
"""

from __future__ import annotations

import ast
import csv
import json
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import run, write_factors, write_folder
from test_vectors import VECTORS

from carbonledger import units
from carbonledger.factors import Factors, load_factors, shipped_root
from carbonledger.factors.sets import unit_of

HERE = Path(__file__).parent
LIST = HERE / "vectors" / "international.csv"
LISTED = list(csv.DictReader(LIST.read_text("utf-8").splitlines()))


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((HERE / file).read_text("utf-8"))
    return {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}


def test_every_international_vector_has_a_test_or_a_reason() -> None:
    ids = [row["id"] for row in LISTED]
    assert ids == sorted(set(ids))
    # 115 in all, of which 16 pacta, 8 temperature and 1 forward looking are not of this table.
    assert len(ids) == 90
    for row in LISTED:
        in_part = row["why_left_out"].startswith("in part: ")
        assert bool(row["tests"]) == (in_part or not row["why_left_out"]), row["id"]


@pytest.mark.parametrize("row", [r for r in LISTED if r["tests"]], ids=lambda r: r["id"])
def test_the_tests_named_are_there(row: dict[str, str]) -> None:
    known = {v["id"] for v in VECTORS}
    for test in row["tests"].split():
        file, _, name = test.partition("::")
        if file == "vectors":
            assert name in known, test
        else:
            assert name in functions_of(file), test


# warming potentials: IPCC AR4, AR5 and AR6 as tabulated; questofprajjwal/sustainabilityacademy

GWP: dict[str, tuple[str, str, str, str, str]] = {
    # vector: gas as the shipped set names it, set, mass, its unit, tonnes CO2e
    "intl-gwp-3": ("HFC134a", "AR4", "0.5", "t", "715"),
    "intl-gwp-5": ("CH4", "AR4", "1000", "t", "25000"),
    "intl-gwp-6": ("CH4", "AR5", "1000", "t", "28000"),
    "intl-gwp-7": ("CH4", "AR6", "1000", "t", "27900"),
    "intl-gwp-9": ("N2O", "AR5", "100", "t", "26500"),
    "intl-gwp-10": ("N2O", "AR6", "100", "t", "27300"),
}


@pytest.fixture(scope="module")
def library() -> Factors:
    factors, issues = load_factors([shipped_root()], known_on=date(2026, 1, 1))
    assert not issues
    return factors


def warming(mass: str, unit: str, gwp: Fraction) -> Fraction:
    """Tonnes CO2e of a mass, by the units of the tool."""
    grams = Fraction(mass) * units.grams_scale(unit)
    return grams * gwp * unit_of("gwp", "kgCO2e/kg").multiplier / units.GRAMS


@pytest.mark.parametrize("vector", GWP)
def test_warming_potentials_of_the_shipped_set(vector: str, library: Factors) -> None:
    gas, report, mass, unit, tonnes = GWP[vector]
    (row,) = (r for r in library.rows.of_set("intl-gwp-100")
              if dict(r.keys) == {"gas": gas, "set": report})  # fmt: skip
    assert warming(mass, unit, Fraction(row.value)) == Fraction(tonnes)


def test_half_and_half_of_two_gases_is_their_mean(library: Factors) -> None:
    """intl-gwp-4: 0.75 kg of R-410A; AR4 has 675 and 3,500, whose mean the source prints 2,088."""
    of = {dict(r.keys)["gas"]: Fraction(r.value) for r in library.rows.of_set("intl-gwp-100")
          if dict(r.keys)["set"] == "AR4"}  # fmt: skip
    mean = (of["HFC32"] + of["HFC125"]) / 2
    assert mean == Fraction("2087.5")
    assert units.ratio(*mean.as_integer_ratio(), 0) == "2,088"
    assert warming("0.75", "kg", Fraction(2088)) == Fraction("1.566")


@pytest.mark.parametrize(("vector", "mass", "gwp", "tonnes"), [
    ("intl-gwp-1", "10", "29.8", "298"),  # fossil methane of AR6
    ("intl-gwp-12", "1000", "27", "27000"),  # methane of other origin
])  # fmt: skip
def test_a_factor_of_the_users_own_where_the_set_has_one_value(
    vector: str, mass: str, gwp: str, tonnes: str, tmp_path: Path
) -> None:
    """The shipped set holds 27.9 for methane as such; the split is a factor of one's own."""
    own = [{"factor": "energy_factor", "activity": "natural_gas", "scope": scope, "value": value,
            "unit": "tCO2e/t"} for scope, value in (("1", gwp), ("2", "0"))]  # fmt: skip
    write_factors(tmp_path / "own", own)
    folder = write_folder(
        tmp_path, {"standards": ["pcaf-2025"], "factors": "own", "complete_activities": "true"},
        loans=[{"loan_id": "L1", "counterparty_id": "A", "outstanding_amount": 100}],
        counterparties=[{"counterparty_id": "A", "region": "CN", "total_equity": 40,
                         "total_debt": 60}],
        activities=[{"counterparty_id": "A", "activity": "natural_gas", "quantity": mass,
                     "unit": "t", "year": 2025}],
    )  # fmt: skip
    (ledger,) = summary_of(folder)["ledgers"]
    assert ledger["emissions_g"]["scope12"] == str(int(tonnes) * units.GRAMS), vector


def summary_of(folder: Path) -> Any:
    result = run("run", folder, "--no-reports", "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# base year: GHG Protocol guidance, changes are tested together; numbers made up


def test_changes_add_up_against_the_base_until_they_oblige(tmp_path: Path) -> None:
    """intl-base-1: three changes of 4 % of the base, threshold 10 %; the third obliges.

    The vector gives percentages only; the test chose a factor that is revised three times.
    """
    def factor(value: str) -> None:
        write_factors(tmp_path / "own", [{"factor": "revenue_intensity", "sector": "C3011",
                                          "scope": "12", "value": value, "unit": "tCO2e/万元"}])

    factor("1.00")
    folder = write_folder(
        tmp_path, {"standards": ["pcaf-2025"], "factors": "own", "path": "cn-14fyp-15fyp",
                   "base_year": {"year": "2025"}, "recalculation": {"threshold": "10%"}},
        loans=[{"loan_id": "L1", "counterparty_id": "A", "outstanding_amount": 100}],
        counterparties=[{"counterparty_id": "A", "sector": "C3011", "region": "CN",
                         "revenue": 100, "total_equity": 40, "total_debt": 60}],
    )  # fmt: skip
    assert summary_of(folder)["ledgers"][0]["emissions_g"]["scope12"] == str(100 * units.GRAMS)
    found = []
    for value in ("1.04", "1.08", "1.12"):
        factor(value)
        checked = run("restate", folder, "--check", "--json")
        (standard,) = json.loads(checked.stdout)["standards"]
        found.append((checked.exit_code, standard["moved"]))
    assert found == [(0, "1/25"), (0, "2/25"), (4, "3/25")]


# IFRS S2, illustrative example IE4, as reproduced in course material of sustainabilityacademy


def test_gross_financed_emissions_and_the_share_of_assets_under_management(tmp_path: Path) -> None:
    """intl-ifrs-ie4: two blocks of funds; the test chose one wholly owned holding a block.

    Assets under management are 11 bn, of which 0.22 bn have no emissions.
    """
    blocks = {"active": ("5.88", 12_880_551, 2_983_115, 43_771_005),
              "passive": ("4.9", 27_300_950, 8_120_335, 103_799_005)}  # fmt: skip
    holdings: list[dict[str, object]] = [
        {"position_id": name, "counterparty_id": f"of {name}", "asset_class": "listed_equity",
         "reporting_entity": name, "outstanding_amount": value}
        for name, (value, *_) in blocks.items()
    ] + [{"position_id": "rest", "counterparty_id": "rest", "asset_class": "listed_equity",
          "reporting_entity": "active", "outstanding_amount": "0.22"}]  # fmt: skip
    companies = [{"counterparty_id": f"of {name}", "evic": value, "emissions_scope1_tco2e": one,
                  "emissions_scope2_tco2e": two, "emissions_scope3_tco2e": three}
                 for name, (value, one, two, three) in blocks.items()]  # fmt: skip
    names = {name: {"zh": name, "en": name} for name in blocks}
    folder = write_folder(tmp_path, {"standards": ["pcaf-2025"], "unit": "亿元",
                                     "entities": names},
                          investments=holdings, counterparties=companies)  # fmt: skip
    document = summary_of(folder)
    (ledger,) = document["ledgers"]
    grams = {k: int(v) for k, v in ledger["emissions_g"].items()}
    assert grams["scope12"] + grams["scope3"] == 198_854_961 * units.GRAMS
    assert ledger["coverage"] == {"scope12": "0.9800", "scope3": "0.9800"}
    path = Path(document["run_dir"]) / "totals" / "pcaf-2025.parquet"
    by = {(r["dimension"], r["code"]): r for r in pq.read_table(path).to_pylist()}
    book = int(ledger["money"]["book"])
    for name, total, share in (("active", 59_634_671, "53.5"), ("passive", 139_220_290, "44.5")):
        row = by["reporting_entity", name]
        assert (row["scope12"] + row["scope3"]) == total * units.GRAMS
        assert units.ratio(row["computed"] * 100, book, 1) == share


