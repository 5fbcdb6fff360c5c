"""Buildings, vehicles and undrawn commitments from a working folder to the sealed run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from conftest import write_folder

from carbonledger.cli import cli
from carbonledger.entries import flag_names
from carbonledger.intake.routing import QUESTIONS, Facts, route
from carbonledger.registers import rows
from carbonledger.words import names

BANK = {"unit": "元", "standards": ["pcaf-2025", "pcaf-2025-undrawn"]}


def sealed(folder: Path) -> Path:
    result = CliRunner().invoke(cli, ["run", str(folder)])
    assert result.exit_code == 0, result.output
    (run,) = (p for p in (folder / "runs").iterdir() if p.is_dir())
    return run


def test_undrawn_commitments_are_a_ledger_of_their_own(tmp_path: Path) -> None:
    loan = {"loan_id": "L1", "asset_class": "对公贷款", "counterparty_id": "A",
            "granted_amount": "50000000", "outstanding_amount": "45000000"}  # fmt: skip
    company = {"counterparty_id": "A", "total_equity": "100000000", "total_debt": "200000000",
               "emissions_scope1_tco2e": "1000", "emissions_scope2_tco2e": "500"}  # fmt: skip
    run = sealed(write_folder(tmp_path, BANK, loans=[loan], counterparties=[company]))
    ledgers = json.loads((run / "summary.json").read_text(encoding="utf-8"))["ledgers"]
    # 45 / 300 x 1,500 = 225 drawn and 5 / 300 x 1,500 = 25 undrawn, each over its own money.
    shown = [(one["account"], one["money"]["book"], one["emissions_g"]["scope12"])
             for one in ledgers]  # fmt: skip
    assert shown == [("financed", "4500000000", "225000000"),
                     ("undrawn", "500000000", "25000000")]  # fmt: skip
    report = next((run / "reports").glob("*.zh.html")).read_text(encoding="utf-8")
    assert "未提用承诺" in report


LOANS = [
    ({"asset_class": "对公贷款", "property_id": "H1"}, "business_loan", "given"),
    ({"product": "信用卡透支"}, "out_of_scope", "credit_card"),
    ({"product": "汽车消费贷款"}, "motor_vehicle_loan", "product"),
    ({"product": "个人消费贷款", "customer_type": "个人"}, "out_of_scope", "consumer_loan"),
    ({"product": "消费品行业流动资金贷款"}, "business_loan", "book"),
    ({"project_id": "P1", "property_id": "H1"}, "project_finance", "project"),
    ({"property_id": "H1", "customer_type": "个人"}, "mortgage", "property"),
    ({"property_id": "H1"}, "mortgage", "property"),
    ({"property_id": "B1", "customer_type": "企业"}, "commercial_real_estate", "property"),
    ({"vehicle_id": "V1", "product": "融资租赁"}, "motor_vehicle_loan", "vehicle"),
    ({"product": "融资租赁"}, "business_loan", "lease"),
    ({"product": "国内保理"}, "business_loan", "factoring"),
    ({"customer_type": "个人"}, "out_of_scope", "consumer_loan"),
    ({"customer_type": "个人", "product": "个人经营性贷款"}, "business_loan", "book"),
    ({"pool_id": "A1"}, "use_of_proceeds", "pool_earmarked"),
    ({"product": "流动资金贷款"}, "business_loan", "book"),
]


def test_every_loan_goes_to_its_class_and_says_why(tmp_path: Path) -> None:
    loans: list[dict[str, str]] = [
        {"loan_id": f"L{n}", "outstanding_amount": "5", **cells}
        for n, (cells, _, _) in enumerate(LOANS)
    ]
    homes = [{"property_id": "H1", "building_type": "住宅"},
             {"property_id": "B1", "building_type": "公共建筑"}]  # fmt: skip
    run = sealed(write_folder(tmp_path, BANK, loans=loans, properties=homes))
    entries = pq.read_table(run / "entries" / "pcaf-2025.parquet").to_pylist()
    assert [e["asset_class"] for e in entries] == [name for _, name, _ in LOANS]
    derived = ["asset_class_from_book" in flag_names(e["flags"]) for e in entries]
    assert derived == [why != "given" for _, _, why in LOANS]
    out = [e for e in entries if e["asset_class"] == "out_of_scope"]
    assert {(e["status"], e["reason"]) for e in out} == {("not_covered", "out_of_scope")}
    for n, (_, name, why) in enumerate(LOANS):
        if n in (0, 1, 8, 10):
            said = explained(run, f"L{n}")
            assert (said["asset_class"], said["reason"]) == (name, why)
            assert said["steps"][-1]["answered"]
            assert not any(step["answered"] for step in said["steps"][:-1])


def explained(run: Path, position: str) -> dict[str, Any]:
    arguments = ["explain", str(run), position, "--json"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    (one,) = document["positions"]
    routing: dict[str, Any] = one["routing"]
    return routing


INSTRUMENTS = [
    (Facts("investments", wording="公司债"), "corporate_bond"),
    (Facts("investments", wording="股票", listed=True), "listed_equity"),
    (Facts("investments", wording="股权", listed=False), "unlisted_equity"),
    (Facts("investments", wording="股权"), None),
    (Facts("investments", wording="rmbs", pool=True), "securitisation"),
    (Facts("investments", territory="country"), "sovereign_debt"),
    (Facts("investments", territory="region"), "sub_sovereign_debt"),
    (Facts("investments", wording="利率掉期"), "out_of_scope"),
    (Facts("investments"), None),
]


@pytest.mark.parametrize(("facts", "expected"), INSTRUMENTS)
def test_an_instrument_goes_to_its_class(facts: Facts, expected: str | None) -> None:
    assert route(facts).asset_class == expected


def test_every_answer_of_routing_has_its_words() -> None:
    reasons = {row["reason"] for row in rows("product-classes")}
    assert reasons <= set(names("routing_reasons", "explain"))
    assert set(QUESTIONS) == set(names("routing_questions", "explain"))
    classes = {row["asset_class"] for row in rows("product-classes")}
    assert classes <= set(names("asset_classes"))
