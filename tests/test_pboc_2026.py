"""The guide of 2026 from a working folder to every output: provisional, third state, bands."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import run, write_folder
from test_runs import sealed

from carbonledger.standards import standards

LOANS = [
    {"loan_id": "L1", "counterparty_id": "A", "asset_class": "对公贷款", "sector": "C3011",
     "outstanding_amount": "8000", "average_balance": "8000"},
    {"loan_id": "L2", "counterparty_id": "A", "project_id": "P1", "asset_class": "项目贷款",
     "sector": "C3011", "outstanding_amount": "8000", "average_balance": "8000"},
    {"loan_id": "L3", "counterparty_id": "B", "asset_class": "对公贷款", "sector": "C301",
     "outstanding_amount": "900", "average_balance": "900"},
]  # fmt: skip
COMPANIES = [
    {"counterparty_id": "A", "sector": "C3011", "total_assets_prior": "300000",
     "total_assets": "340000", "total_equity": "1", "total_debt": "2",
     "emissions_scope12_tco2e": "250000"},
    {"counterparty_id": "B", "sector": "C301", "total_assets": "900"},
]  # fmt: skip
PROJECTS = [{"project_id": "P1", "total_project_cost": "60000"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed run of 2026, and where it lies."""
    place = write_folder(tmp_path_factory.mktemp("bank"), {"standards": ["pboc-2026"]},
                         loans=LOANS, counterparties=COMPANIES, projects=PROJECTS)  # fmt: skip
    result = run("run", place)
    assert result.exit_code == 0, result.output
    return place


def only(folder: Path) -> Path:
    (found,) = (folder / "runs").glob("2025-*")
    return found


@pytest.mark.parametrize(("score", "band"), [
    ("1", "A"), ("1.5", "A"), ("1.500001", "B+"), ("2", "B+"), ("2.0001", "B"), ("3", "B"),
    ("3.0001", "B-"), ("4", "B-"), ("4.0001", "C"), ("5", "C"),
])  # fmt: skip
def test_bands_hold_their_upper_limit(score: str, band: str) -> None:
    assert standards()["pboc-2026"].band_of(Fraction(score)) == band


def test_a_standard_without_bands_or_scores_has_no_letter() -> None:
    assert standards()["pcaf-2025"].band_of(Fraction(2)) == ""
    assert standards()["pboc-2026"].band_of(None) == ""


def test_the_summary_says_band_weight_and_that_it_is_provisional(folder: Path) -> None:
    (ledger,) = json.loads((only(folder) / "summary.json").read_bytes())["ledgers"]
    assert ledger["provisional"] is True
    # Both loans are scored 2, whatever their weight.
    assert ledger["data_quality_score"] == {
        "scope12": "2.0000", "weighted_by": "emissions", "band": "B+", "scope3": None,
    }  # fmt: skip


def documents(folder: Path) -> dict[str, str]:
    """What each command and file says of the run, in both languages."""
    sealed_run = only(folder)
    said = {}
    for lang in ("zh", "en"):
        for args in (("run", folder), ("explain", sealed_run, "L1"), ("gaps", sealed_run),
                     ("runs", folder, "list"), ("runs", folder, "show", sealed_run.name)):
            result = run(*args, "--lang", lang)
            assert result.exit_code == 0, result.output
            said[f"{lang} {args[0]} {args[-1]}"] = result.output
        report = sealed_run / "reports" / f"financed.{lang}.html"
        said[f"{lang} report"] = report.read_text("utf-8")
    return said


def test_every_output_says_provisional(folder: Path) -> None:
    for name, text in documents(folder).items():
        word = "暂" if name.startswith("zh") else "provisional"
        assert word in text, name
        if "report" in name:
            title = re.findall("<h1[^>]*>(.*?)</h1>", text, re.DOTALL)
            assert word in " ".join(title), title
    disclosed = json.loads((only(folder) / "summary.json").read_bytes())
    assert all(ledger["provisional"] for ledger in disclosed["ledgers"])


def explained(folder: Path, position: str) -> Any:
    result = run("explain", only(folder), position, "--json")
    assert result.exit_code == 0, result.output
    (document,) = json.loads(result.stdout)["positions"]
    (standard,) = document["standards"]
    return standard


def test_explain_says_how_a_project_was_computed_and_how_its_industry_matched(folder: Path) -> None:
    third = explained(folder, "L2")
    assert (third["page"], third["status"]) == ("project_as_non_project", "computed")
    assert "project_as_non_project" in third["flags"]
    assert third["share"]["rule"] == "project_as_non_project.of_average_total_assets"
    assert third["grams"]["scope12"] == str(6_250 * 10**6)
    assert third["industry"] == {"sector": "C3011", "match": "exact", "major": "building materials",
                                 "basis": "use_of_funds"}  # fmt: skip
    partial = explained(folder, "L3")
    assert (partial["status"], partial["reason"]) == ("not_covered", "partly_high_carbon")
    assert partial["industry"]["match"] == "partial"


def test_the_run_replays_to_the_same_bytes(folder: Path) -> None:
    result = run("verify", "--replay", only(folder))
    assert result.exit_code == 0, result.output


def test_a_figure_weighted_by_emissions_is_followed_to_its_entries(folder: Path) -> None:
    key = "pboc-2026/financed/total/score"
    result = run("explain", only(folder), "--cell", key, "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "worked again from the entries it is the same" in result.output
    assert "score x emissions" in result.output


def test_the_standards_own_exclusions_are_declared(folder: Path) -> None:
    html = (only(folder) / "reports" / "financed.en.html").read_text("utf-8")
    assert "customers whose monthly-average balances together are below CNY 5,000,000" in html
    assert "what is outside the eight high-carbon industries" in html


def test_opening_and_closing_assets_are_asked_for(tmp_path: Path) -> None:
    companies = [{**COMPANIES[0], "total_assets_prior": ""}]
    place = write_folder(tmp_path, {"standards": ["pboc-2026"]}, loans=LOANS[:1],
                         counterparties=companies)  # fmt: skip
    result = run("gaps", sealed(place), "--format", "json")
    assert result.exit_code == 0, result.output
    (account,) = json.loads(result.stdout)["accounts"]
    assert [g["fields"] for g in account["coverage"]] == [["total_assets_prior"]]


def test_without_emissions_there_is_nothing_to_weigh_a_score_by(tmp_path: Path) -> None:
    companies = [{**COMPANIES[0], "emissions_scope12_tco2e": "0"}]
    place = write_folder(tmp_path, {"standards": ["pboc-2026"]}, loans=LOANS[:1],
                         counterparties=companies)  # fmt: skip
    (ledger,) = json.loads((sealed(place) / "summary.json").read_bytes())["ledgers"]
    assert ledger["emissions_g"]["scope12"] == "0"
    assert ledger["data_quality_score"]["scope12"] is None
    assert ledger["data_quality_score"]["band"] is None
