"""Joins of positions with their companies, the review file, groups and reporting entities."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import run, write_folder

from carbonledger.entries import flag_names
from carbonledger.names import may_be_person, parse
from carbonledger.names.alike import alike

ROOT = Path(__file__).resolve().parent.parent
CODE_A, CODE_B = "91350100M000100Y43", "91330100799655058B"
STEEL = {"counterparty_id": "C1", "customer_number": "K1", "name": "重庆长江钢铁有限公司",
         "revenue": "1000", "sector": "C31", "emissions_scope1_tco2e": "5000",
         "emissions_scope2_tco2e": "100"}  # fmt: skip


def loan(loan_id: str, **cells: str) -> dict[str, str]:
    return {"loan_id": loan_id, "outstanding_amount": "100", "average_balance": "90", **cells}


def sealed(folder: Path) -> Path:
    result = run("run", folder, "--no-reports", "--json")
    assert result.exit_code == 0, result.output
    return folder / "runs" / json.loads(result.stdout)["run_id"]


def entries(folder: Path, standard: str = "pboc-2021") -> dict[str, dict[str, Any]]:
    rows = pq.read_table(sealed(folder) / "entries" / f"{standard}.parquet").to_pylist()
    return {row["position_id"]: row for row in rows}


def joined(tmp_path: Path, loans: Sequence[Mapping[str, object]], *others: Mapping[str, str],
           **more: Any) -> dict[str, tuple[str | None, str | None]]:  # fmt: skip
    """The company each loan joined with, and by what."""
    folder = write_folder(tmp_path, loans=loans, counterparties=[STEEL, *others], **more)
    return {k: (e["counterparty_id"], e["joined_by"]) for k, e in entries(folder).items()}


SAME = [
    ("重庆长江钢铁有限责任公司", "重庆长江钢铁有限公司"),
    ("长江钢铁（重庆）有限公司", "重庆市长江钢铁有限公司"),
    ("长江（重庆）钢铁有限公司", "重庆长江钢铁有限公司"),
    ("江苏省南京市长江钢铁有限公司", "南京长江钢铁有限公司"),
    ("ＡＢＣ科技（深圳）股份公司", "深圳abc科技股份有限公司"),
    ("重庆 长江\u3000钢铁 有限公司", "重庆长江钢铁有限公司"),
    ("重庆长江（集团）有限公司", "重庆长江集团有限公司"),
    ("重庆长江钢铁有限公司（国有独资）", "重庆长江钢铁有限公司"),
    ("Example Cement Co., Ltd.", "EXAMPLE CEMENT COMPANY LIMITED"),
    ("The Example Inc.", "Example Incorporated"),
    ("Société Générale S.A.", "Societe Generale SA"),
]
OTHER = [
    ("湖南钢铁有限公司", "河南钢铁有限公司"),
    ("南京长江钢铁有限公司", "苏州长江钢铁有限公司"),
    ("江苏长江钢铁有限公司", "南京长江钢铁有限公司"),
    ("重庆长江钢铁有限公司", "重庆长江钢铁股份有限公司"),
    ("重庆长江钢铁有限公司", "重庆长江钢铁集团有限公司"),
    ("重庆长江钢铁有限公司", "重庆长江钢铁有限公司北碚分公司"),
    ("重庆长江钢铁有限公司", "重庆长江钢铁销售有限公司"),
    ("中国工商银行股份有限公司", "中国工商银行股份有限公司重庆渝中支行"),
    ("西门子（中国）有限公司", "西门子有限公司"),
    ("Example Limited", "Example Co., Ltd."),
    ("Example AG", "Example PLC"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_name_in_two_ways_of_writing(one: str, other: str) -> None:
    assert (parse(one).places, parse(one).key) == (parse(other).places, parse(other).key)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_names_of_two_companies(one: str, other: str) -> None:
    assert (parse(one).places, parse(one).key) != (parse(other).places, parse(other).key)


def test_the_parts_of_a_name() -> None:
    name = parse("重庆市渝中区华远电子科技有限责任公司北碚分公司")
    assert name.places == ("500103",)
    assert (name.brand, name.industry, name.form) == ("华远", "电子科技", "limited")
    assert name.branch == "北碚分公司"


@pytest.mark.parametrize(
    "name", ["张三", "欧阳小红", "阿卜杜拉·买买提", "王五（个体工商户）", "John Smith"]
)
def test_names_that_may_be_a_persons(name: str) -> None:
    assert may_be_person(name)


@pytest.mark.parametrize(
    "name", ["重庆大学", "万州水泥厂", "三一集团", "甲乙丙有限公司", "Siemens AG"]
)
def test_names_that_are_no_persons(name: str) -> None:
    assert not may_be_person(name)


def test_hunan_and_henan_are_not_even_proposed() -> None:
    assert alike(["湖南钢铁有限公司"], ["河南钢铁有限公司"]) == []


def test_code_then_number_then_name(tmp_path: Path) -> None:
    found = joined(tmp_path, [
        loan("code", counterparty_id="C1", customer_number="K2",
             counterparty_name="湖南某有限公司"),
        loan("number", customer_number="K1", counterparty_name="某某集团"),
        loan("name", counterparty_name="长江钢铁（重庆）有限责任公司"),
        loan("other", counterparty_name="湖南长江钢铁有限公司"),
        loan("blank", counterparty_name=""),
    ])  # fmt: skip
    assert found == {"code": ("C1", "code"), "number": ("C1", "customer_number"),
                     "name": ("C1", "name"), "other": (None, None),
                     "blank": (None, None)}  # fmt: skip


def test_a_branch_never_meets_its_head_office(tmp_path: Path) -> None:
    found = joined(tmp_path, [loan("L", counterparty_name="重庆长江钢铁有限公司北碚分公司")])
    assert found["L"] == (None, None)


def test_a_name_must_be_unique_in_the_register(tmp_path: Path) -> None:
    twin = {**STEEL, "counterparty_id": "C2", "customer_number": "K2",
            "name": "重庆长江钢铁有限责任公司"}  # fmt: skip
    found = joined(tmp_path, [loan("L", counterparty_name="重庆长江钢铁有限公司")], twin)
    assert found["L"] == (None, None)


@pytest.mark.parametrize(("region", "met"), [("500103", "C1"), ("430100", None), ("", None)])
def test_a_name_without_its_place_needs_the_region(
    tmp_path: Path, region: str, met: str | None
) -> None:
    found = joined(tmp_path, [loan("L", counterparty_name="长江钢铁有限公司", region=region)])
    assert found["L"][0] == met


def test_two_credit_codes_are_two_companies_whatever_their_names(tmp_path: Path) -> None:
    other = {**STEEL, "counterparty_id": CODE_B, "name": "重庆远航化工有限公司",
             "customer_number": "K2"}  # fmt: skip
    found = joined(tmp_path, [
        loan("L", counterparty_id=CODE_A, counterparty_name="重庆远航化工有限公司"),
        loan("M", counterparty_id="bank-17", counterparty_name="重庆远航化工有限公司"),
    ], other)  # fmt: skip
    assert found == {"L": (CODE_A, None), "M": (CODE_B, "name")}


def test_a_natural_person_joins_by_code_alone(tmp_path: Path) -> None:
    person = {**STEEL, "counterparty_id": "P1", "customer_number": "", "name": "张三"}
    found = joined(tmp_path, [
        loan("short", counterparty_name="张三"),
        loan("trader", counterparty_name="重庆长江钢铁有限公司", customer_type="个体工商户"),
        loan("code", counterparty_id="P1", counterparty_name="张三"),
        loan("number", customer_number="K7", counterparty_name="张三"),
    ], {**person, "customer_number": "K7"})  # fmt: skip
    assert found == {"short": (None, None), "trader": (None, None), "code": ("P1", "code"),
                     "number": ("P1", "customer_number")}  # fmt: skip


def test_activities_and_projects_join_by_name(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path, {"complete_activities": "true"},
        loans=[loan("L", project_name="万州 风电场（一期）", asset_class="project_finance"),
               loan("M", counterparty_id="C1")],
        counterparties=[{k: v for k, v in STEEL.items() if not k.startswith("emissions")}],
        projects=[{"project_id": "P1", "name": "万州风电场(一期)", "total_project_cost": "1000",
                   "emissions_scope1_tco2e": "10", "emissions_scope2_tco2e": "0"}],
        activities=[{"counterparty_name": "重庆长江钢铁有限责任公司", "activity": a,
                     "quantity": "5", "unit": u, "year": "2025"}
                    for a, u in (("diesel", "t"), ("heat", "GJ"))],
    )  # fmt: skip
    found = entries(folder)
    assert (found["L"]["project_id"], found["L"]["joined_by"]) == ("P1", "name")
    # 90 / 1,000 of 10 t
    assert found["L"]["financed_emissions_scope12_g"] == 900_000
    assert found["M"]["option_scope1"] == "energy"


def review(folder: Path) -> list[dict[str, str]]:
    result = run("matches", folder, "--lang", "en")
    assert result.exit_code == 0, result.output
    content = (folder / "matches.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def decide(folder: Path, **cells: str) -> None:
    """Fill in the one row of the review file, as a person would in a spreadsheet."""
    (row,) = list(csv.DictReader(io.StringIO((folder / "matches.csv").read_text("utf-8-sig"))))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(row))
    writer.writeheader()
    writer.writerow({**row, **cells})
    (folder / "matches.csv").write_text(out.getvalue(), "gb18030")
    config = folder / "carbonledger.yaml"
    if "matches:" not in config.read_text("utf-8"):
        config.write_text(config.read_text("utf-8") + "matches: matches.csv\n", "utf-8")


WRONG = "重庆长红钢铁有限公司"


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    return write_folder(tmp_path, loans=[
        loan("L", counterparty_name=WRONG, customer_number="K9"),
        loan("M", counterparty_name="张三"),
        loan("N", counterparty_name="重庆长虹钢铁有限公司", customer_type="个人"),
    ], counterparties=[STEEL])  # fmt: skip


def test_what_is_alike_is_proposed_and_never_joined(doubtful: Path) -> None:
    (row,) = review(doubtful)
    assert (row["left_id"], row["left_name"]) == ("K9", WRONG)
    assert (row["right_id"], row["right_name"]) == ("C1", STEEL["name"])
    assert (row["decision"], row["score"]) == ("", "0.75")  # one of four characters differs
    assert entries(doubtful)["L"]["joined_by"] is None
    assert review(doubtful) == [row]


def test_a_person_joins_two_names(doubtful: Path) -> None:
    review(doubtful)
    decide(doubtful, decision="相同", decided_by="王五", note="=电话核实")
    folder = sealed(doubtful)
    entry = entries(doubtful)["L"]
    assert (entry["counterparty_id"], entry["joined_by"]) == ("C1", "decision")
    assert "joined_by_decision" in flag_names(entry["flags"])
    # 90 / 1,000 of 5,100 t
    assert entry["financed_emissions_scope12_g"] == 459_000_000
    documents = json.loads((folder / "manifest.json").read_bytes())["predicate"]["inputs"][
        "documents"]  # fmt: skip
    assert [d["file"] for d in documents] == ["matches.csv"]
    assert "A person's decision" in run("explain", folder, "L", "--lang", "en").stdout
    (row,) = review(doubtful)
    assert (row["decision"], row["decided_by"], row["note"]) == ("same", "王五", "'=电话核实")


def test_what_a_person_parted_is_not_proposed_again(doubtful: Path) -> None:
    review(doubtful)
    decide(doubtful, decision="different", decided_by="王五")
    assert entries(doubtful)["L"]["joined_by"] is None
    (row,) = review(doubtful)
    assert row["decision"] == "different"


def test_different_parts_even_equal_names(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, loans=[loan("L", counterparty_name=WRONG)],
                          counterparties=[STEEL])  # fmt: skip
    review(folder)
    decide(folder, left_name=STEEL["name"], decision="different", decided_by="王五")
    write_folder(tmp_path, {"matches": "matches.csv"}, counterparties=[STEEL],
                 loans=[loan("L", counterparty_name=STEEL["name"])])  # fmt: skip
    assert entries(folder)["L"]["joined_by"] is None


def test_no_name_is_sealed_and_a_replay_needs_none(doubtful: Path) -> None:
    review(doubtful)
    decide(doubtful, decision="same", decided_by="王五")
    folder = sealed(doubtful)
    for name in ("loans", "counterparties"):
        held = pq.read_table(folder / "books" / f"{name}.parquet")
        assert not {"name", "counterparty_name"} & set(held.column_names)
    for path in folder.rglob("*"):
        if path.is_file():
            assert "长红".encode() not in path.read_bytes(), path
    for name in ("loans.csv", "counterparties.csv", "matches.csv"):
        (doubtful / name).unlink()
    assert run("verify", folder, "--replay").exit_code == 0


def test_parquet_books_that_join_by_name_are_sealed_as_copies(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, loans=[], counterparties=[])
    company = {k: [int(v) if v.isdigit() else v] for k, v in STEEL.items()}
    pq.write_table(pa.table(company), folder / "counterparties.parquet")
    table = {"loan_id": ["L", "M"], "counterparty_id": [None, "C1"],
             "outstanding_amount": [100, 100],
             "counterparty_name": ["重庆长江钢铁有限责任公司", STEEL["name"]],
             "average_balance": [90, 90]}  # fmt: skip
    pq.write_table(pa.table(table), folder / "loans.parquet")
    config = (folder / "carbonledger.yaml").read_text("utf-8")
    (folder / "carbonledger.yaml").write_text(config.replace(".csv", ".parquet"), "utf-8")
    run_folder = sealed(folder)
    assert {k: e["joined_by"] for k, e in entries(folder).items()} == {"L": "name", "M": "code"}
    (folder / "loans.parquet").unlink()
    assert run("verify", run_folder, "--replay").exit_code == 0


GROUPS = [
    {"entity_id": "C1", "parent_id": "H1", "ultimate_parent_id": ""},
    {"entity_id": "H1", "parent_id": "G1", "ultimate_parent_id": "G1"},
    {"entity_id": "S1", "parent_id": "BANK", "ultimate_parent_id": ""},
    {"entity_id": "BANK", "parent_id": "STATE", "ultimate_parent_id": "", "reporting_entity": "是"},
]  # fmt: skip


def with_groups(tmp_path: Path, **more: Any) -> Path:
    return write_folder(tmp_path, loans=[
        loan("L", counterparty_id="C1"), loan("own", counterparty_id="S1"),
        loan("state", counterparty_id="STATE"), loan("alone", counterparty_id="C9"),
    ], counterparties=[STEEL], groups=GROUPS, **more)  # fmt: skip


def test_groups_and_what_the_own_group_owes(tmp_path: Path) -> None:
    folder = with_groups(tmp_path)
    for standard in ("pboc-2021", "pcaf-2025"):
        found = entries(folder, standard)
        assert {k: e["group"] for k, e in found.items()} == {
            "L": "G1", "own": "STATE", "state": "STATE", "alone": None}  # fmt: skip
        assert (found["own"]["status"], found["own"]["reason"]) == ("excluded", "intra_group")
        assert found["state"]["reason"] == "no_match"  # above the bank, not part of it
    whole = json.loads((sealed(folder) / "summary.json").read_bytes())["ledgers"][0]
    assert (whole["rows"]["excluded"], whole["money"]["excluded"]) == (1, "100000000")
    # 100 of 400 computed, 100 excluded
    assert whole["coverage"]["scope12"] == "0.3333"


def test_groups_by_columns_of_the_counterparties(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, loans=[loan("L", counterparty_id="C1")],
                          counterparties=[{**STEEL, "group_id": "G7"}])  # fmt: skip
    assert entries(folder)["L"]["group"] == "G7"


def test_a_member_of_a_group_is_met_by_its_name(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path, loans=[loan("L", counterparty_id="C1")], counterparties=[STEEL],
        groups=[{"entity_id": CODE_A, "name": "重庆长江钢铁有限责任公司", "parent_id": "G1"}],
    )  # fmt: skip
    assert entries(folder)["L"]["group"] == "G1"
    run_folder = sealed(folder)
    assert run("verify", run_folder, "--replay").exit_code == 0


def test_several_reporting_entities_are_consolidated(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path,
        {"entities": {"BANK": {"zh": "甲银行", "en": "Bank A"},
                      "LEASE": {"zh": "乙租赁", "en": "Leasing B"}},
         "books": {"loans": {"file": ["a.csv", "b.csv"], "unit": "万元",
                             "entity": {"a.csv": "BANK", "b.csv": "LEASE"}},
                   "counterparties": {"file": "counterparties.csv", "unit": "万元"}}},
        a=[loan("L1", counterparty_id="C1"), loan("L2", counterparty_id="LEASE")],
        b=[loan("L3", counterparty_id="C1")], counterparties=[STEEL],
    )  # fmt: skip
    found = entries(folder)
    assert {k: e["reporting_entity"] for k, e in found.items()} == {
        "L1": "BANK", "L2": "BANK", "L3": "LEASE"}  # fmt: skip
    assert found["L2"]["reason"] == "intra_group"
    run_folder = sealed(folder)
    assert run("verify", run_folder, "--replay").exit_code == 0
    assert run("run", folder).exit_code == 0
    report = run("report", folder / "runs" / run_folder.name, "--format", "md", "--lang", "zh")
    assert "| 甲银行 BANK | 2 |" in report.stdout
    assert "| 乙租赁 LEASE | 1 |" in report.stdout


def test_totals_by_group_foot_to_the_whole(tmp_path: Path) -> None:
    folder = sealed(with_groups(tmp_path))
    totals = pq.read_table(folder / "totals" / "pboc-2021.parquet").to_pylist()
    whole = next(t for t in totals if t["dimension"] == "")
    for dimension in ("group", "joined_by", "reporting_entity"):
        parts = [t for t in totals if t["dimension"] == dimension]
        assert sum(t["excluded"] for t in parts) == whole["excluded"] > 0
        assert sum(t["scope12"] for t in parts) == whole["scope12"] > 0


def benchmark() -> ModuleType:
    path = ROOT / "benchmarks" / "names.py"
    spec = importlib.util.spec_from_file_location("benchmark_names", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["benchmark_names"] = module
    spec.loader.exec_module(module)
    return module


def test_generated_names_join_rightly() -> None:
    names = benchmark()
    found = names.measure(names.task(4_000, 11))
    assert found.precision >= 0.995
    assert found.recall >= 0.85
    assert found.formal_recall >= 0.95
    assert found.proposals_recall >= 0.98
