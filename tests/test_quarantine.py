"""Refused rows: left for mending in the shape of their file, and left out where that is allowed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import run, write_folder

PARTY = {"counterparty_id": "C1", "revenue": 1000, "total_equity": 400, "total_debt": 600,
         "emissions_scope1_tco2e": 50, "emissions_scope2_tco2e": 5}  # fmt: skip
HEAD = "借据号,统一社会信用代码,贷款余额,月均余额,备注"
GOOD, NEGATIVE, NO_BALANCE = "L1,C1,100,90,", "L2,C1,-5,5,", "L3,C1,7,abc,"
TITLE, FOOTER = "贷款明细,,,,", "制表人：某,,,,"


def bank(folder: Path, *lines: str, encoding: str = "utf-8", **config: Any) -> Path:
    loans = "\n".join([TITLE, HEAD, *lines, FOOTER, ""])
    write_folder(folder, config, loans=loans, counterparties=[PARTY])
    (folder / "loans.csv").write_bytes(loans.encode(encoding))
    return folder


def left(folder: Path) -> Path:
    (place,) = (folder / "refused").iterdir()
    return place


def rows_of(path: Path, encoding: str = "utf-8") -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode(encoding))))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_refused_rows_keep_the_shape_of_their_file(tmp_path: Path, encoding: str) -> None:
    folder = bank(tmp_path, GOOD, NEGATIVE, NO_BALANCE, encoding=encoding)
    assert run("run", folder).exit_code == 3
    title, head, *rows, footer = rows_of(left(folder) / "loans.csv", encoding)
    assert title[0] == "贷款明细"
    assert head == [*HEAD.split(","), "carbonledger_code", "carbonledger_reason"]
    assert [r[:5] for r in rows] == [NEGATIVE.split(","), NO_BALANCE.split(",")]
    assert [r[5] for r in rows] == ["amount_negative", "number_unreadable"]
    assert "小于零" in rows[0][6]
    assert "below zero" in rows[0][6]
    assert footer[0] == "制表人：*" if footer[0].endswith("*") else footer[0]


def test_only_its_owner_reads_it_and_it_repeats(tmp_path: Path) -> None:
    folder = bank(tmp_path, GOOD, NEGATIVE)
    run("run", folder)
    place = left(folder)
    assert place.stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in place.iterdir()} == {0o600}
    before = {p.name: p.read_bytes() for p in place.iterdir()}
    run("run", folder)
    assert {p.name: p.read_bytes() for p in left(folder).iterdir()} == before


def test_a_later_refusal_takes_the_place_of_one_that_nobody_began_to_mend(tmp_path: Path) -> None:
    folder = bank(tmp_path, GOOD, NEGATIVE)
    run("run", folder)
    first = left(folder)
    bank(folder, GOOD, NEGATIVE, NO_BALANCE)
    run("run", folder)
    second = left(folder)
    assert second != first
    (second / "loans.csv").write_text("half mended", "utf-8")
    bank(folder, GOOD, NO_BALANCE)
    run("run", folder)
    assert len(list((folder / "refused").iterdir())) == 2
    assert (second / "loans.csv").read_text("utf-8") == "half mended"


def test_a_refusal_leaves_nothing_where_runs_would_lie(tmp_path: Path) -> None:
    folder = bank(tmp_path / "bank", NEGATIVE)
    assert run("run", folder).exit_code == 3
    assert not (folder / "runs").exists()
    assert run("run", folder, "--out", tmp_path / "deep" / "out").exit_code == 3
    assert sorted(p.name for p in (tmp_path / "deep" / "out").iterdir()) == ["refused"]
    (folder / "runs").mkdir()
    assert run("run", folder).exit_code == 3
    assert list((folder / "runs").iterdir()) == [], "no lock is left where nothing was sealed"


def mended(folder: Path) -> str:
    """The quarantined rows with their errors put right, the added columns left as they are."""
    path = left(folder) / "loans.csv"
    return path.read_text("utf-8").replace(",-5,", ",5,").replace(",abc,", ",7,")


def test_mended_rows_load_alone_and_with_the_rest(tmp_path: Path) -> None:
    folder = bank(tmp_path / "bank", GOOD, NEGATIVE, NO_BALANCE)
    run("run", folder, "--allow-refused")
    alone = write_folder(tmp_path / "alone", loans=mended(folder), counterparties=[PARTY])
    assert json.loads(run("check", alone, "--json").stdout)["counts"]["errors"] == 0
    both = bank(tmp_path / "both", GOOD)
    (both / "more.csv").write_text(mended(folder), "utf-8")
    config = yaml.safe_load((both / "carbonledger.yaml").read_text("utf-8"))
    config["books"]["loans"]["file"] = ["loans.csv", "more.csv"]
    (both / "carbonledger.yaml").write_text(yaml.safe_dump(config), "utf-8")
    document = json.loads(run("run", both, "--no-reports", "--json").stdout)
    assert document["ledgers"][1]["rows"]["computed"] == 3
    # 100 + 5 + 7 万元 in fen
    assert document["ledgers"][1]["money"]["computed"] == "112000000"


def test_the_rest_of_the_book_goes_on_and_the_refused_stay_in_it(tmp_path: Path) -> None:
    folder = bank(tmp_path, GOOD, NEGATIVE, NO_BALANCE, "L1,C1,3,3,", "L9,C1,4,4,,x,y")
    result = run("run", folder, "--allow-refused", "--json")
    assert result.exit_code == 0
    ledger = json.loads(result.stdout)["ledgers"][1]
    assert ledger["rows"] == {"book": 5, "computed": 1, "not_covered": 0, "excluded": 0,
                              "refused": 4}  # fmt: skip
    # 7 of the unreadable average and 3 of the second L1; of -5 and the ragged row nothing is known.
    assert ledger["money"]["refused"] == "10000000"
    assert ledger["money"]["book"] == "110000000"
    assert ledger["rows_refused_without_amount"] == 2
    assert ledger["coverage"]["scope12"] == "0.9091"  # 100 / 110
    (sealed,) = (folder / "runs").glob("2*")
    entries = pq.read_table(sealed / "entries" / "pcaf-2025.parquet").to_pylist()
    assert [(e["position_id"], e["status"], e["outstanding_amount"]) for e in entries] == [
        ("L1", "computed", 100_000_000), ("L2", "refused", None), ("L3", "refused", 7_000_000),
        ("L1", "refused", 3_000_000), (None, "refused", None)]  # fmt: skip
    assert run("verify", sealed, "--replay").exit_code == 0
    assert "refused" in run("explain", sealed, "L3").stdout.lower()
    for lang, words in (("zh", ("退回", "至少")), ("en", ("--allow-refused", "at least"))):
        told = run("report", sealed, "--format", "md", "--lang", lang).stdout
        assert all(word in told for word in words)
    assert "<= 90.9%" in run("run", folder, "--allow-refused").stdout


def test_allowing_is_an_input_and_changes_nothing_where_nothing_is_refused(tmp_path: Path) -> None:
    folder = bank(tmp_path, GOOD)
    plain = json.loads(run("run", folder, "--no-reports", "--json").stdout)
    allowed = json.loads(run("run", folder, "--no-reports", "--allow-refused", "--json").stdout)
    assert plain["run_id"] != allowed["run_id"]
    assert plain["figures_id"] == allowed["figures_id"]
    assert not (folder / "refused").exists()


def test_what_is_not_of_a_row_still_refuses_the_book(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"unit": None}, loans="\n".join([TITLE, HEAD, GOOD, ""]))
    result = run("run", folder, "--allow-refused")
    assert result.exit_code == 3
    assert "unit_missing" in result.output


def test_an_amount_in_an_unknown_currency_is_never_counted_one_to_one(tmp_path: Path) -> None:
    loans = [{"loan_id": "L1", "counterparty_id": "C1", "outstanding_amount": 5,
              "average_balance": 5, "currency": "XYZ"}]  # fmt: skip
    folder = write_folder(tmp_path, loans=loans, counterparties=[PARTY])
    ledger = json.loads(run("run", folder, "--allow-refused", "--json").stdout)["ledgers"][0]
    assert (ledger["money"]["refused"], ledger["rows_refused_without_amount"]) == ("0", 1)


def test_a_refused_company_leaves_its_loans_uncovered(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path, counterparties=[PARTY | {"revenue": "x"}, PARTY | {"counterparty_id": "C2"}],
        loans=[{"loan_id": f"L{n}", "counterparty_id": f"C{n}", "outstanding_amount": 5,
                "average_balance": 5} for n in (1, 2)],
    )  # fmt: skip
    result = run("run", folder, "--allow-refused", "--json")
    ledger = json.loads(result.stdout)["ledgers"][1]
    assert (ledger["rows"]["computed"], ledger["rows"]["not_covered"]) == (1, 1)
    assert "rows_refused" in result.stderr
    (sealed,) = (folder / "runs").glob("2*")
    assert json.loads((sealed / "refused.json").read_bytes()) == [
        {"book": "counterparties", "read": 2, "rows": 1,
         "codes": ["number_unreadable"]}]  # fmt: skip
    assert run("verify", sealed, "--replay").exit_code == 0


def test_a_workbook_is_left_as_a_workbook_and_loads_again(tmp_path: Path) -> None:
    folder = bank(tmp_path / "bank", GOOD)
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "贷款"
    for line in (TITLE, HEAD, GOOD, NEGATIVE):
        page.append([c or None for c in line.split(",")])
    book.save(folder / "loans.xlsx")
    config = folder / "carbonledger.yaml"
    config.write_text(config.read_text("utf-8").replace("loans.csv", "loans.xlsx"), "utf-8")
    assert run("run", folder).exit_code == 3
    page = openpyxl.load_workbook(left(folder) / "loans.xlsx")["贷款"]
    found = [[c or "" for c in row] for row in page.iter_rows(values_only=True)]
    assert found[2][:6] == [*NEGATIVE.split(","), "amount_negative"]
    page["C3"] = "5"
    assert page.parent is not None
    page.parent.save(folder / "loans.xlsx")
    assert json.loads(run("check", folder, "--json").stdout)["counts"]["errors"] == 0


@pytest.mark.parametrize(("name", "written"), [
    ("loans.csv.gz", "loans.csv"), ("loans.zip", "loans.csv"), ("loans.arrow", "loans.parquet"),
])  # fmt: skip
def test_a_packed_or_other_file_is_left_as_one_that_loads(
    tmp_path: Path, name: str, written: str
) -> None:
    folder = bank(tmp_path, GOOD)
    text = f"{HEAD}\n{GOOD}\n{NEGATIVE}\n"
    table = pa.table({"loan_id": ["L1", "L2"], "counterparty_id": ["C1", "C1"],
                      "outstanding_amount": [5, -5], "average_balance": [5, 5]})  # fmt: skip
    if name.endswith(".gz"):
        (folder / name).write_bytes(gzip.compress(text.encode("gb18030")))
    elif name.endswith(".zip"):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("loans.csv", text)
    else:
        with pa.ipc.new_file(folder / name, table.schema) as file:
            file.write_table(table)
    config = folder / "carbonledger.yaml"
    config.write_text(config.read_text("utf-8").replace("loans.csv", name), "utf-8")
    assert run("run", folder, "--allow-refused", "--no-reports").exit_code == 0
    (folder / written).write_bytes((left(folder) / written).read_bytes())
    config.write_text(config.read_text("utf-8").replace(name, written), "utf-8")
    codes = [i["code"] for i in json.loads(run("check", folder, "--json").stdout)["issues"]]
    assert codes == ["amount_negative"], "its columns and the row are read again"


def test_a_typed_file_is_left_as_one(tmp_path: Path) -> None:
    folder = bank(tmp_path, GOOD)
    table = pa.table({"loan_id": ["L1", "L2"], "counterparty_id": ["C1", "C1"],
                      "outstanding_amount": [5, -5], "average_balance": [5, 5]})  # fmt: skip
    pq.write_table(table, folder / "loans.parquet")
    config = folder / "carbonledger.yaml"
    config.write_text(config.read_text("utf-8").replace("loans.csv", "loans.parquet"), "utf-8")
    assert run("run", folder, "--allow-refused").exit_code == 0
    (row,) = pq.read_table(left(folder) / "loans.parquet").to_pylist()
    assert (row["loan_id"], row["outstanding_amount"]) == ("L2", -5)
    assert row["carbonledger_code"] == "amount_negative"
    (sealed,) = (folder / "runs").glob("2*")
    assert run("verify", sealed, "--replay").exit_code == 0
