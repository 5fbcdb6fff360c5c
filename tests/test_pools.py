"""Securitisations and structures from a working folder to every output."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import run, write_factors, write_folder
from test_runs import sealed

from carbonledger.analysis.sealed import disclosure_of
from carbonledger.cells import Ratio, Sum
from carbonledger.config import load_config
from carbonledger.forms.financed import form
from carbonledger.issues import LANGUAGES, Language
from carbonledger.runs import Run
from carbonledger.scale.period import prepare
from carbonledger.standards import standards
from carbonledger.tracing.cell import traced
from carbonledger.tracing.lookup import branch_order

HELD = [
    {"position_id": "S1", "asset_class": "资产证券化", "pool_id": "D1",
     "outstanding_amount": "20", "tranche_outstanding_amount": "40"},
    {"position_id": "U1", "asset_class": "专项用途", "pool_id": "F1", "outstanding_amount": "50"},
    {"position_id": "U2", "asset_class": "专项用途", "pool_id": "F2", "outstanding_amount": "10"},
    {"position_id": "U3", "asset_class": "专项用途", "pool_id": "F3", "outstanding_amount": "10"},
    {"position_id": "B1", "asset_class": "公司债券", "counterparty_id": "C1",
     "outstanding_amount": "26"},
]  # fmt: skip
POOLS = [
    {"pool_id": "D1", "collateral": "RMBS", "deal_outstanding_amount": "100"},
    {"pool_id": "F1", "total_equity": "0", "total_debt": "100", "allocated_share": "0.1"},
    {"pool_id": "F2", "total_debt": "40", "allocated_share": "0"},
    {"pool_id": "F3", "counterparty_id": "C1", "total_debt": "40", "allocated_share": "0.25",
     "integrated": "是"},
]
ASSETS = [
    {"loan_id": "A1", "pool_id": "D1", "asset_class": "个人住房贷款", "property_id": "H1",
     "outstanding_amount": "60"},
    {"loan_id": "A2", "pool_id": "D1", "asset_class": "个人住房贷款", "property_id": "H2",
     "outstanding_amount": "40"},
    {"loan_id": "A3", "pool_id": "F1", "asset_class": "项目融资", "project_id": "P1",
     "outstanding_amount": "10"},
    {"loan_id": "A4", "pool_id": "F3", "asset_class": "项目融资", "project_id": "P1",
     "outstanding_amount": "10"},
]  # fmt: skip
HOUSES = [
    {"property_id": "H1", "property_value_at_origination": "80", "emissions_scope1_tco2e": "4"},
    {"property_id": "H2", "property_value_at_origination": "20", "emissions_scope1_tco2e": "5"},
]
PROJECTS = [{"project_id": "P1", "total_equity": "0", "total_debt": "10",
             "emissions_scope12_tco2e": "1000", "emissions_verified": "是"}]  # fmt: skip
COMPANIES = [{"counterparty_id": "C1", "total_equity": "200", "total_debt": "100",
              "emissions_scope1_tco2e": "2500", "emissions_scope2_tco2e": "500"}]  # fmt: skip


def book(place: Path, held: Any = HELD) -> Path:
    return write_folder(place, {"standards": ["pcaf-2025"]}, investments=held, pools=POOLS,
                        pool_assets=ASSETS, properties=HOUSES, projects=PROJECTS,
                        counterparties=COMPANIES)  # fmt: skip


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sealed(book(tmp_path_factory.mktemp("pools")))


def entries(run_dir: Path) -> dict[str, dict[str, Any]]:
    rows = pq.read_table(run_dir / "entries/pcaf-2025.parquet").to_pylist()
    return {row["position_id"]: row for row in rows}


def test_the_assets_of_pools_are_no_positions_of_the_institution(run_dir: Path) -> None:
    assert set(entries(run_dir)) == {"S1", "U1", "U2", "U3", "B1"}
    # 60 / 80 x 4 + 5 (40 / 20 held at 1) = 8 t; 20 / 100 = 0.2
    assert entries(run_dir)["S1"]["financed_emissions_scope12_g"] == 1_600_000


def test_what_is_shown_of_a_structure_is_what_is_allocated(run_dir: Path) -> None:
    found = entries(run_dir)
    assert found["U1"]["balance"] == 5 * 10**6
    assert found["U1"]["outstanding_amount"] == 50 * 10**6
    assert found["U2"]["financed_emissions_scope12_g"] == 0
    assert found["U2"]["data_quality_score"] is None


def test_scores_weigh_what_is_allocated(run_dir: Path) -> None:
    # S1 20 with 2, U1 5 of 50 with 1, U2 nothing, U3 10 with (10 x 1 + 30 x 2) / 40, B1 26 with 2
    whole = Run(run_dir).ledger("pcaf-2025").whole
    assert whole.score == Fraction(4000 + 500 + 1750 + 5200, 100 * (20 + 5 + 10 + 26))
    result = run("explain", run_dir, "--cell", "pcaf-2025/financed/total/score", "--lang", "en")
    assert "the part of it that counts = 610,000.00" in result.stdout
    assert "worked again from the entries it is the same" in result.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_follows_from_the_entries(run_dir: Path, language: Language) -> None:
    disclosure, standard = disclosure_of(Run(run_dir)), standards()["pcaf-2025"]
    worked = set()
    for cell in form(disclosure, language).cells():
        if isinstance(cell.formula, Sum | Ratio) and cell.key and cell.value is not None:
            found = traced(cell, run_dir / "entries/pcaf-2025.parquet", standard,
                           branch_order(disclosure, standard))  # fmt: skip
            assert found.agrees or not found.parts, (cell.key, cell.value, found.value)
            worked.add(cell.key)
    assert {f"pcaf-2025/financed/{k}" for k in ("total/score", "score/pooled/scope12")} <= worked


def test_replay_gives_the_same(run_dir: Path) -> None:
    result = run("verify", run_dir, "--replay")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("position", ["S1", "U1", "U2", "U3", "B1"])
def test_explain_works_the_entry_again(run_dir: Path, position: str) -> None:
    result = run("explain", run_dir, position, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    found = document if isinstance(document, dict) else document[0]
    (said,) = found.get("positions", [found])[0]["standards"]
    grams = entries(run_dir)[position]["financed_emissions_scope12_g"]
    assert said["grams"]["scope12"] == str(grams)


def test_explain_shows_the_chain_and_the_assets(run_dir: Path) -> None:
    text = run("explain", run_dir, "S1", "--lang", "en").stdout
    assert "(holding / tranche outstanding) x (tranche / deal outstanding)" in text
    assert "pool: 2 assets, 2 computed, outstanding 1,000,000.00 CNY" in text
    assert "A2: 400,000.00 CNY, attribution factor 1.0, 5.000000 t" in text
    assert "资产池：2 笔资产" in run("explain", run_dir, "S1", "--lang", "zh").stdout


def test_explain_shows_what_is_not_allocated_at_the_issuer(run_dir: Path) -> None:
    # 10 / 10 x 1,000 t of the project, 30 / (200 + 100) x 3,000 t of the issuer; 10 / 40 of both
    assert entries(run_dir)["U3"]["financed_emissions_scope12_g"] == 325 * 10**6
    text = run("explain", run_dir, "U3", "--lang", "en").stdout
    assert "pool: 1 assets, 1 computed, outstanding 100,000.00 CNY" in text
    said = "not allocated, at the issuer C1: 300,000.00 CNY, attribution factor 0.1, 300.000000 t"
    assert said in text
    assert "尚未投放，按发行主体 C1: " in run("explain", run_dir, "U3", "--lang", "zh").stdout
    assert "not allocated" not in run("explain", run_dir, "U1", "--lang", "en").stdout


def test_explain_shows_what_is_meant_for_a_sector(tmp_path: Path) -> None:
    write_factors(tmp_path / "factors", [
        {"factor": "asset_intensity", "sector": "C3011", "scope": s, "value": "0.01",
         "unit": "tCO2e/万元"} for s in "12"])  # fmt: skip
    pools = [{"pool_id": "F1", "total_debt": "40", "allocated_share": "0", "integrated": "是",
              "sector": "C3011", "region": "CN"}]  # fmt: skip
    folder = write_folder(tmp_path, {"standards": ["pcaf-2025"], "factors": "factors"},
                          investments=[HELD[1]], pools=pools)  # fmt: skip
    text = run("explain", sealed(folder), "U1", "--lang", "en").stdout
    # 40 x (0.01 + 0.01) t
    assert "not allocated, by its intended sector C3011: 400,000.00 CNY, " in text
    assert "0.800000 t" in text


def test_explain_says_what_is_taken_off_the_issuer(run_dir: Path) -> None:
    # 26 / (200 + 100 - 40) x (3,000 - 1,300) t
    assert entries(run_dir)["B1"]["financed_emissions_scope12_g"] == 170 * 10**6
    text = run("explain", run_dir, "B1", "--lang", "en").stdout
    assert "structures: 400,000.00 CNY of the denominator, 1,300.000000 t of scope 1" in text
    assert "scope 1: Reported, not verified = 2,500.000000 t" in text
    assert "scope 1 and 2 reported together: Reported, not verified = 1,700.000000 t" in text
    assert "分母 400,000.00 CNY" in run("explain", run_dir, "B1", "--lang", "zh").stdout


def test_diff_of_runs_with_pools(tmp_path: Path) -> None:
    before = sealed(book(tmp_path))
    after = sealed(book(tmp_path, [HELD[0] | {"outstanding_amount": "30"}, *HELD[1:]]))
    result = run("diff", before, after)
    assert result.exit_code == 0, result.output


def test_reports_are_written(tmp_path: Path) -> None:
    result = run("run", book(tmp_path))
    assert result.exit_code == 0, result.output


EDGE = [(23058430092136900, False), (23058430092136940, True)]


@pytest.mark.parametrize(("fen", "refused"), EDGE)
def test_a_score_that_64_bits_cannot_weigh_is_refused(
    tmp_path: Path, fen: int, refused: bool
) -> None:
    # Fen x a score of 200 hundredths: 23,058,430,092,136,939 x 200 is the most below 2^62.
    amount = f"{fen // 100}.{fen % 100:02d}"
    pools = [{"pool_id": "D1", "collateral": "CLO", "deal_outstanding_amount": amount}]
    assets = [{"loan_id": "A1", "pool_id": "D1", "asset_class": "对公贷款",
               "counterparty_id": "C1", "outstanding_amount": amount}]  # fmt: skip
    companies = [{"counterparty_id": "C1", "total_equity": "0", "total_debt": amount,
                  "emissions_scope12_tco2e": "10"}]  # fmt: skip
    folder = write_folder(tmp_path, {"standards": ["pcaf-2025"], "unit": "元"},
                          investments=[HELD[0]], pools=pools, pool_assets=assets,
                          counterparties=companies)  # fmt: skip
    result = run("check", folder, "--lang", "en")
    assert result.exit_code == (3 if refused else 0), result.output
    assert ("figures_too_large" in result.output) == refused


def test_what_is_wrong_of_a_pool_is_said_once(tmp_path: Path) -> None:
    folder = book(tmp_path)
    write_folder(tmp_path, {"standards": ["pcaf-2025-undrawn", "pcaf-2025"]},
                 pools=[POOLS[0] | {"deal_outstanding_amount": "300"}, *POOLS[1:]],
                 pool_assets=ASSETS, investments=HELD, properties=HOUSES, projects=PROJECTS,
                 counterparties=COMPANIES)  # fmt: skip
    config, _ = load_config(folder)
    assert config is not None
    said = [i.code for i in prepare(config, folder, 2025).all_issues()]
    assert said.count("pool_does_not_sum") == 1
