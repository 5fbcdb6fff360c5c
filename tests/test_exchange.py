"""Amounts of other currencies: the rate of the last day for stocks, the average for flows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
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
