"""Amounts of other currencies: the rate of the last day for stocks, the average for flows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from carbonledger.entries import flag_names
from tests.conftest import run, write_folder

COMPANY = [{"counterparty_id": "C1", "revenue": "1000", "total_equity": "400", "total_debt": "600",
            "emissions_scope1_tco2e": "5000", "emissions_scope2_tco2e": "500"}]  # fmt: skip
LOAN = [{"loan_id": "L1", "counterparty_id": "C1", "outstanding_amount": "100",
         "average_balance": "50", "currency": "AED"}]  # fmt: skip


def folder(tmp_path: Path, **rates: str) -> Path:
    """A loan in a currency that no shipped set knows, with rates of the user's own by basis."""
    factors = tmp_path / "my-factors"
    factors.mkdir()
    head = {
        "id": "own-rates", "title": "own", "factor": "fx_rate", "unit": "CNY per unit",
        "keys": ["currency", "basis"], "stale_after_years": "never",
        "every_row": {"year": "2025", "published": "2025-12-31", "confidence": "SEEN"},
        "source": {"id": "OWN", "publisher": "own", "document": "own", "licence": "none needed"},
    }  # fmt: skip
    rows = "".join(f"AED,{basis},{value}\n" for basis, value in rates.items())
    if rates:
        (factors / "own-rates.yaml").write_text(yaml.safe_dump(head), encoding="utf-8")
        (factors / "own-rates.csv").write_text("currency,basis,value\n" + rows, encoding="utf-8")
    return write_folder(tmp_path, {"factors": ["my-factors"]},
                        loans=LOAN, counterparties=COMPANY)  # fmt: skip


def entry(place: Path, standard: str) -> dict[str, Any]:
    done = run("run", place, "--no-reports")
    assert done.exit_code == 0, done.output
    (sealed,) = (place / "runs").glob("2025-*")
    (row,) = pq.read_table(sealed / "entries" / f"{standard}.parquet").to_pylist()
    return dict(row)


def test_stocks_take_the_rate_of_the_last_day_and_flows_the_average(tmp_path: Path) -> None:
    place = folder(tmp_path, period_end="2.0", average="1.8")
    stock, flow = entry(place, "pcaf-2025"), entry(place, "pboc-2021")
    # 5,500 t x 100 x 2.0 / (400 + 600), and 5,500 t x 50 x 1.8 / 1,000.
    assert stock["outstanding_amount"] == 200 * 10**6
    assert stock["financed_emissions_scope12_g"] == 1_100 * 10**6
    assert flow["financed_emissions_scope12_g"] == 495 * 10**6
    assert "fx_average" not in flag_names(stock["flags"])


def test_an_average_stands_in_for_a_stock_with_a_flag(tmp_path: Path) -> None:
    row = entry(folder(tmp_path, average="1.8"), "pcaf-2025")
    assert row["outstanding_amount"] == 180 * 10**6
    assert "fx_average" in flag_names(row["flags"])


def test_the_rate_of_a_day_stands_for_no_year(tmp_path: Path) -> None:
    place = folder(tmp_path, period_end="2.0")
    assert entry(place, "pcaf-2025")["outstanding_amount"] == 200 * 10**6
    assert entry(place, "pboc-2021")["reason"] == "no_average_balance"
    assert "fx_rate_missing" in run("check", place).output


def test_without_a_rate_nothing_is_taken_one_to_one(tmp_path: Path) -> None:
    row = entry(folder(tmp_path), "pcaf-2025")
    assert (row["outstanding_amount"], row["reason"]) == (None, "no_fx_rate")


def test_a_rate_in_doubt_answers_only_with_leave_and_is_flagged(tmp_path: Path) -> None:
    place = folder(tmp_path, average="1.8")
    head = place / "my-factors" / "own-rates.yaml"
    doubted = head.read_text(encoding="utf-8").replace("confidence: SEEN", "confidence: RECALLED")
    head.write_text(doubted, encoding="utf-8")
    assert "fx_rate_missing" in run("check", place).output
    config = place / "carbonledger.yaml"
    said = config.read_text(encoding="utf-8")
    config.write_text(said + "\nallow: [recalled]\n", encoding="utf-8")
    assert "factor_unsure" in flag_names(entry(place, "pcaf-2025")["flags"])


def test_a_row_without_a_rate_stays_in_the_book_of_every_account(tmp_path: Path) -> None:
    every = ["pcaf-2025", "pcaf-2025-undrawn", "pcaf-b-2023", "pcaf-c-2025", "pboc-2021-avoided"]
    project = {"project_id": "P1", "total_project_cost": "1000",
               "avoided_emissions_tco2e": "10"}  # fmt: skip
    loan = LOAN[0] | {"granted_amount": "160"}
    deal = {"deal_id": "D1", "counterparty_id": "C1", "asset_class": "business_loan",
            "facilitated_amount": "50", "start_date": "2025-03-01", "currency": "AED"}  # fmt: skip
    policy = {"policy_id": "P1", "counterparty_id": "C1", "asset_class": "commercial_insurance",
              "premium": "5", "currency": "AED"}  # fmt: skip
    of_project = {"project_id": "P1", "asset_class": "project_finance"}
    place = write_folder(
        tmp_path, {"standards": every}, counterparties=COMPANY, projects=[project],
        loans=[loan, loan | {"loan_id": "L2", "currency": "CNY"},
               loan | of_project | {"loan_id": "L3", "granted_amount": "100"}],
        facilitations=[deal, deal | {"deal_id": "D2", "currency": "CNY"}],
        policies=[policy, policy | {"policy_id": "P2", "currency": "CNY"}],
    )  # fmt: skip
    done = run("run", place, "--no-reports")
    assert done.exit_code == 0, done.output
    (sealed,) = (place / "runs").glob("2025-*")
    ledgers = json.loads((sealed / "summary.json").read_text(encoding="utf-8"))["ledgers"]
    rows = {one["account"]: list(one["rows"].values()) for one in ledgers}
    rows.pop("financed")
    # Book, computed, not covered, excluded, refused; L3 has no commitment, and saves something.
    assert rows == {"undrawn": [2, 1, 1, 0, 0], "facilitated": [2, 1, 1, 0, 0],
                    "insured": [2, 1, 1, 0, 0], "avoided": [1, 0, 1, 0, 0]}  # fmt: skip
    for standard, of in (("pcaf-2025-undrawn", "L1"), ("pcaf-b-2023", "D1"), ("pcaf-c-2025", "P1")):
        entries = pq.read_table(sealed / "entries" / f"{standard}.parquet").to_pylist()
        (row,) = (e for e in entries if e["position_id"] == of)
        assert (row["outstanding_amount"], row["reason"]) == (None, "no_fx_rate")


def test_a_share_is_the_same_in_every_currency(tmp_path: Path) -> None:
    # Numerator and denominator take one rate (PCAF Part A, pp. 30-31), whatever book they stand in.
    aed = {"currency": "AED"}
    company = COMPANY[0] | aed | {"total_assets": "1200", "total_assets_prior": "800"}
    project = aed | {"project_id": "P1", "total_project_cost": "200",
                     "emissions_scope12_tco2e": "10"}  # fmt: skip
    of_project = {"project_id": "P1", "asset_class": "project_finance"}
    power = {"sector": "D4411", "average_balance": "60000000"}
    large = {"total_assets": "1200000000", "total_assets_prior": "800000000"}
    place = folder(tmp_path, period_end="2.0", average="1.8")
    write_folder(
        tmp_path,
        {"factors": ["my-factors"],
         "standards": ["pcaf-2025", "ghgp-cat15", "pboc-2026", "pcaf-b-2023", "pcaf-c-2025"]},
        counterparties=[company, company | large | {"counterparty_id": "C2"}],
        projects=[project], vehicles=[{"vehicle_id": "V1", "emissions_scope1_tco2e": "3"}],
        loans=[LOAN[0] | of_project,
               LOAN[0] | power | {"loan_id": "L2", "counterparty_id": "C2"}],
        facilitations=[aed | {"deal_id": "D1", "counterparty_id": "C1", "start_date": "2025-03-01",
                              "asset_class": "business_loan", "facilitated_amount": "100"}],
        policies=[aed | {"policy_id": "M1", "asset_class": "personal_motor_insurance",
                         "vehicle_id": "V1", "premium": "7", "cost_of_ownership": "100"}],
    )  # fmt: skip
    done = run("run", place, "--no-reports")
    assert done.exit_code == 0, done.output
    (sealed,) = (place / "runs").glob("2025-*")

    def share(standard: str, of: str) -> float:
        rows = pq.read_table(sealed / "entries" / f"{standard}.parquet").to_pylist()
        (row,) = (e for e in rows if e["position_id"] == of)
        return float(row["attribution_factor"])

    # 100 / 200; 60 million / ((800 + 1,200) / 2 million); 100 / (400 + 600) x 33 %; 7 / 100
    assert share("pcaf-2025", "L1") == pytest.approx(0.5)
    assert share("ghgp-cat15", "L1") == pytest.approx(0.5)
    assert share("pboc-2026", "L2") == pytest.approx(0.06)
    assert share("pcaf-b-2023", "D1") == pytest.approx(0.033)
    assert share("pcaf-c-2025", "M1") == pytest.approx(0.07)
