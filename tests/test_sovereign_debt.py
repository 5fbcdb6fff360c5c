"""Debt of countries and regions from a working folder to every output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import run, write_folder
from test_runs import sealed

BONDS = [
    {"position_id": "OWN", "asset_class": "主权债", "territory_id": "Ruritania",
     "outstanding_amount": "30000000", "currency": "USD"},
    {"position_id": "CN", "asset_class": "主权债", "country": "CN",
     "outstanding_amount": "7000000", "currency": "CNY"},
    {"position_id": "SUB", "asset_class": "地方政府债", "territory_id": "Zenda",
     "outstanding_amount": "10000000", "currency": "USD"},
    {"position_id": "CO", "asset_class": "公司债券", "counterparty_id": "C1",
     "outstanding_amount": "100", "currency": "USD"},
]  # fmt: skip
TERRITORIES = [
    {"territory_id": "Ruritania", "gdp_ppp_international_dollar": "950000000000",
     "production_emissions_excl_lulucf_tco2e": "410000000",
     "production_emissions_incl_lulucf_tco2e": "-385000000"},
    {"territory_id": "Zenda", "gdp_ppp_international_dollar": "1700000000000",
     "gdp_nominal_usd": "1000000000000", "gdp_regional_usd": "50000000000",
     "production_emissions_excl_lulucf_tco2e": "21000000"},
]  # fmt: skip
CONFIG = {"standards": ["pcaf-2025"], "currency": "USD", "unit": "元"}


def bonds(place: Path, rows: Any = BONDS, **config: Any) -> Path:
    return write_folder(place, CONFIG | config, investments=rows, territories=TERRITORIES)


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sealed(bonds(tmp_path_factory.mktemp("bonds")))


def entries(run_dir: Path, standard: str = "pcaf-2025") -> dict[str, dict[str, Any]]:
    rows = pq.read_table(run_dir / f"entries/{standard}.parquet").to_pylist()
    return {row["position_id"]: row for row in rows}


def test_the_ledger_with_lulucf_comes_by_itself(run_dir: Path) -> None:
    summary = json.loads((run_dir / "summary.json").read_bytes())
    said = {led["standard"]: led["account"] for led in summary["ledgers"]}
    assert said == {"pcaf-2025": "financed", "pcaf-2025-lulucf": "financed_incl_lulucf"}
    found = entries(run_dir, "pcaf-2025-lulucf")
    assert set(found) == {"OWN", "CN", "SUB"}
    # 30e6 / 950e9 x -385e6: a net sink stays below zero.
    assert found["OWN"]["financed_emissions_scope1_g"] == -12_157_894_737
    assert found["CN"]["reason"] == found["SUB"]["reason"] == "no_emissions"


def test_a_book_without_debt_of_countries_has_no_second_ledger(tmp_path: Path) -> None:
    folder = sealed(bonds(tmp_path, BONDS[3:]))
    summary = json.loads((folder / "summary.json").read_bytes())
    assert [led["standard"] for led in summary["ledgers"]] == ["pcaf-2025"]
    assert [p.stem for p in (folder / "entries").iterdir()] == ["pcaf-2025"]


def test_the_factors_of_share_and_estimate_stand_in_the_entry(run_dir: Path) -> None:
    entry = entries(run_dir)["CN"]
    lines = (run_dir / "factors.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    sets = {int(line.split(",")[0]): line.split(",")[1] for line in lines}
    assert sets[entry["factor_share"]] == "intl-gdp-ppp"
    assert sets[entry["factor_scope1"]] == "intl-sovereign-ghg"
    assert len(sets) == 2, "countries whose debt nobody holds are no part of the run"
    assert entries(run_dir)["OWN"]["factor_share"] is None


def test_scope_1_is_enough(run_dir: Path) -> None:
    entry = entries(run_dir)["OWN"]
    assert entry["status"] == "computed"
    assert entry["financed_emissions_scope2_g"] is None
    assert entry["financed_emissions_scope12_g"] == 12_947_368_421


def test_replay_gives_the_same(run_dir: Path) -> None:
    result = run("verify", run_dir, "--replay")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("position", ["OWN", "CN", "SUB"])
def test_explain_works_the_entries_of_both_ledgers_again(run_dir: Path, position: str) -> None:
    result = run("explain", run_dir, position, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    found = document if isinstance(document, dict) else document[0]
    found = found.get("positions", [found])[0]
    both = {said["standard"]: said for said in found["standards"]}
    assert set(both) == {"pcaf-2025", "pcaf-2025-lulucf"}
    for standard, said in both.items():
        grams = entries(run_dir, standard)[position]["financed_emissions_scope1_g"]
        assert said["grams"]["scope1"] == (None if grams is None else str(grams))


def test_explain_cites_the_output_and_the_rate(run_dir: Path) -> None:
    text = run("explain", run_dir, "CN", "--lang", "en").stdout
    assert "World Bank, World Development Indicators, NY.GDP.MKTP.PP.CD: 38190100000000" in text
    assert "EDGAR v8.0" in text
    assert "exchange rate: 1 CNY = " in text
    assert "含 LULUCF" in run("explain", run_dir, "CN", "--lang", "zh").stdout


def test_diff_tells_what_a_changed_exposure_does(tmp_path: Path) -> None:
    before = sealed(bonds(tmp_path))
    more = [BONDS[0] | {"outstanding_amount": "60000000"}, *BONDS[1:]]
    after = sealed(bonds(tmp_path, more))
    result = run("diff", before, after)
    assert result.exit_code == 0, result.output
    assert "pcaf-2025-lulucf" in result.output


def test_an_issuer_that_is_a_company_is_a_business_loan(tmp_path: Path) -> None:
    rows = [BONDS[2] | {"customer_type": "企业", "counterparty_id": "C1"},
            BONDS[2] | {"position_id": "GOV", "customer_type": "政府"}]  # fmt: skip
    found = entries(sealed(bonds(tmp_path, rows)))
    assert found["SUB"]["asset_class"] == "business_loan"
    assert found["GOV"]["asset_class"] == "sub_sovereign_debt"
    assert found["GOV"]["status"] == "computed"


def test_no_rate_to_the_dollar_is_never_one_to_one(tmp_path: Path) -> None:
    """A book in a currency that no rate is known for has no dollars, whatever it counts in."""
    rows = [BONDS[0] | {"currency": "ISK"}]
    folder = bonds(tmp_path, rows, currency="ISK")
    checked = json.loads(run("check", folder, "--json").stdout)["issues"]
    assert [(i["code"], i["value"]) for i in checked if i["code"].startswith("fx")] == [
        ("fx_rate_missing", "ISK")]  # fmt: skip
    entry = entries(sealed(folder))["OWN"]
    assert (entry["status"], entry["reason"]) == ("not_covered", "no_fx_rate")


def test_sovereign_debt_without_a_book_of_territories(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, CONFIG, investments=[BONDS[1]])
    assert entries(sealed(folder))["CN"]["status"] == "computed"
