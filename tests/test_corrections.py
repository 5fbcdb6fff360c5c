"""Corrections: cells that a named person changed, checked like any other and told in the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import run, write_folder

PARTY = {"counterparty_id": "C1", "revenue": 1000, "total_equity": 400, "total_debt": 600,
         "emissions_scope1_tco2e": 50, "emissions_scope2_tco2e": 5}  # fmt: skip
LOANS = [{"loan_id": "L1", "contract_id": f"K{n}", "counterparty_id": "C1",
          "outstanding_amount": n, "average_balance": n} for n in (1, 2)]  # fmt: skip
HEAD = ("book", "id", "contract_id", "column", "old_value", "new_value", "who", "why", "evidence")
AMOUNT = ("loans", "L1", "K2", "outstanding_amount", "2", "3", "李明", "录入错误", "档案12页3")
EQUITY = (
    "counterparties",
    "C1",
    "",
    "total_equity",
    "400",
    "1400",
    "Wang",
    "restated",
    "report p. 8",
)


def bank(
    folder: Path, *lines: tuple[str, ...], head: tuple[str, ...] = HEAD, **config: Any
) -> Path:
    write_folder(folder, {"overrides": "overrides.csv", **config}, loans=LOANS,
                 counterparties=[PARTY])  # fmt: skip
    text = "".join(",".join(line) + "\n" for line in (head, *lines))
    (folder / "overrides.csv").write_text(text, "utf-8")
    return folder


def grams(folder: Path) -> list[int]:
    (path,) = (folder / "runs").glob("2*/entries/pcaf-2025.parquet")
    found: list[int] = pq.read_table(path).column("financed_emissions_scope12_g").to_pylist()
    return found


def test_a_corrected_cell_is_what_counts(tmp_path: Path) -> None:
    folder = bank(tmp_path, AMOUNT, EQUITY)
    assert run("run", folder).exit_code == 0
    # 55 t x 1 / (1400 + 600) and x 3 / (1400 + 600)
    assert grams(folder) == [27_500, 82_500]
    (sealed,) = (folder / "runs").glob("2*")
    assert run("verify", sealed, "--replay").exit_code == 0
    inputs = json.loads((sealed / "manifest.json").read_bytes())["predicate"]["inputs"]
    assert [(d["kind"], d["file"]) for d in inputs["documents"]] == [("overrides", "overrides.csv")]
    lines = json.loads((sealed / "corrections.json").read_bytes())
    assert [(o["old"], o["new"], o["who"], o["place"]) for o in lines] == [
        ("2", "3", "李明", "overrides.csv:2"), ("400", "1400", "Wang",
        "overrides.csv:3")]  # fmt: skip
    assert (lines[0]["new_fen"] - lines[0]["old_fen"]) == 1_000_000


def test_explain_and_the_report_say_who_changed_what_and_why(tmp_path: Path) -> None:
    folder = bank(tmp_path, AMOUNT, EQUITY)
    run("run", folder)
    (sealed,) = (folder / "runs").glob("2*")
    told = run("explain", sealed, "L1").stdout
    assert ('outstanding_amount: corrected from "2" to "3" by 李明 because 录入错误 '
            "(evidence: 档案12页3), overrides.csv:2") in told  # fmt: skip
    assert 'total_equity: corrected from "400" to "1400" by Wang' in told
    assert "由 李明 从" in run("explain", sealed, "L1", "--lang", "zh").stdout
    document = json.loads(run("explain", sealed, "L1", "--json").stdout)["positions"][1]
    assert document["corrected"][0]["place"] == "overrides.csv:2"
    for lang, words in (("zh", "更正的单元格"), ("en", "Corrected cells")):
        said = run("report", sealed, "--format", "md", "--lang", lang).stdout
        assert all(text in said for text in (words, "李明", "档案12页3", "restated"))
        assert "1.00" in said  # 万元 more
        html = (sealed / "reports" / f"financed.{lang}.html").read_text("utf-8")
        assert words in html
        book = openpyxl.load_workbook(sealed / "reports" / f"financed.{lang}.xlsx")
        cells = {c for page in book for row in page.iter_rows(values_only=True) for c in row}
        assert {words, "档案12页3"} <= cells


def test_a_workbook_with_chinese_headings_and_the_books_own_headers(tmp_path: Path) -> None:
    folder = bank(tmp_path, overrides="更正.xlsx")
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["账簿", "编号", "合同号", "列", "原值", "新值", "更正人", "原因", "依据"])
    page.append(["贷款", "L1", "K2", "outstanding_amount", 2, 3, "李明", "录入错误", "档案12页3"])
    book.save(folder / "更正.xlsx")
    assert run("run", folder, "--no-reports").exit_code == 0
    assert grams(folder) == [55_000, 165_000]


def test_a_typed_file_is_corrected_too_and_sealed_as_a_copy(tmp_path: Path) -> None:
    folder = bank(tmp_path, AMOUNT)
    columns = {n: [row[n] for row in LOANS] for n in LOANS[0]}
    pq.write_table(pa.table(columns), folder / "loans.parquet")
    config = folder / "carbonledger.yaml"
    config.write_text(config.read_text("utf-8").replace("loans.csv", "loans.parquet"), "utf-8")
    assert run("run", folder, "--no-reports").exit_code == 0
    assert grams(folder) == [55_000, 165_000]
    (sealed,) = (folder / "runs").glob("2*")
    assert run("verify", sealed, "--replay").exit_code == 0


def test_a_correction_mends_a_broken_cell(tmp_path: Path) -> None:
    folder = bank(
        tmp_path, ("loans", "L1", "K2", "outstanding_amount", "zwei", "2", "Li", "typo", "e")
    )
    text = (folder / "loans.csv").read_text("utf-8")
    (folder / "loans.csv").write_text(text.replace("K2,C1,2,", "K2,C1,zwei,"), "utf-8")
    assert run("check", folder).exit_code == 0


def test_no_line_no_change(tmp_path: Path) -> None:
    corrected = bank(tmp_path / "a")
    result = json.loads(run("check", corrected, "--json").stdout)
    assert [i["code"] for i in result["issues"]] == ["nothing_to_read"]


@pytest.mark.parametrize("lacking", [h for h in HEAD if h not in ("contract_id", "old_value")])
def test_all_of_a_correction_is_required(tmp_path: Path, lacking: str) -> None:
    line = [("" if h == lacking else c) for h, c in zip(HEAD, AMOUNT, strict=True)]
    codes = [i["code"] for i in json.loads(
        run("check", bank(tmp_path, tuple(line)), "--json").stdout)["issues"]]  # fmt: skip
    blank = "amount_blank" if lacking == "new_value" else "override_blank"
    assert blank in codes
