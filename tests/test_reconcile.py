"""Tie-out of a run's books to the general ledger, to the fen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import run, write_folder

LOANS = """loan_id,counterparty_id,gl_account,branch,currency,outstanding_amount,average_balance
L1,C1,1303,A,CNY,100.01,100
L2,C1,1303,A,CNY,200.02,200
L3,C1,1303,B,,300.03,300
L4,C1,1305,A,USD,400.04,400
L5,C1,,A,CNY,0.05,0
"""
INVESTMENTS = """position_id,counterparty_id,asset_class,gl_account,outstanding_amount,\
average_balance
B1,C1,债券,1501,50.50,50
"""
COMPANIES = "counterparty_id,revenue\nC1,1000\n"


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_folder(
        tmp_path_factory.mktemp("tie"), {"period": "2025"}, loans=LOANS, investments=INVESTMENTS,
        counterparties=COMPANIES,
    )  # fmt: skip
    result = run("run", folder, "--no-reports", "--json")
    assert result.exit_code == 0, result.output
    return Path(json.loads(result.stdout)["run_dir"])


def against(run_dir: Path, folder: Path, ledger: str, *options: str) -> tuple[int, Any]:
    (folder / "gl.csv").write_text(ledger, encoding="utf-8")
    result = run("reconcile", run_dir, "--general-ledger", folder / "gl.csv", "--json", *options)
    assert result.exit_code in (0, 4), result.output
    return result.exit_code, json.loads(result.stdout)


def test_books_that_agree_do_so_to_the_fen(run_dir: Path, tmp_path: Path) -> None:
    # In 万元 as the books are: 100.01 + 200.02 in branch A, in yuan 3,000,300.00.
    code, said = against(run_dir, tmp_path, """gl_account,branch,currency,余额（元）
1303,A,CNY,3000300
1303,B,CNY,3000300
1305,A,USD,4000400
1501,,CNY,505000
,A,CNY,500
""".replace("\n,A,CNY,500\n", "\n"))  # fmt: skip
    assert code == 4
    (line,) = [row for row in said["lines"] if row["difference"] != "0"]
    assert line == {"gl_account": "", "branch": "A", "currency": "CNY", "general_ledger": "0",
                    "book": "50000", "difference": "50000"}  # fmt: skip
    assert said["agrees"] is False


def test_by_account_alone_where_the_ledger_keeps_no_branches(run_dir: Path, tmp_path: Path) -> None:
    code, said = against(run_dir, tmp_path, """gl_account,currency,余额（元）
1303,CNY,6000600.01
1305,USD,4000400
1501,CNY,505000
""")  # fmt: skip
    assert (code, said["keys"]) == (4, ["gl_account", "currency"])
    differences = {row["gl_account"]: row["difference"] for row in said["lines"]}
    assert differences == {"": "50000", "1303": "-1", "1305": "0", "1501": "0"}


def test_the_four_fates_add_up_to_the_book(run_dir: Path, tmp_path: Path) -> None:
    _, said = against(run_dir, tmp_path, "gl_account,余额（元）\n1303,1\n")
    for fates in said["fates"]:
        assert fates["foots"] is True
        parts = ("computed", "not_covered", "excluded", "refused")
        assert int(fates["book"]) == sum(int(fates[p]) for p in parts)


@pytest.mark.parametrize(("ledger", "options", "code"), [
    ("gl_account,balance\n1303,5\n", (), "unit_missing"),
    ("gl_account,余额（元）\n1303,\n", (), "amount_blank"),
    ("gl_account\n1303\n", ("--unit", "元"), "column_missing"),
    ("gl_account,余额（元）\n", (), "nothing_to_read"),
])  # fmt: skip
def test_a_ledger_that_cant_be_read_is_refused(
    run_dir: Path, tmp_path: Path, ledger: str, options: tuple[str, ...], code: str
) -> None:
    (tmp_path / "gl.csv").write_text(ledger, encoding="utf-8")
    result = run("reconcile", run_dir, "--general-ledger", tmp_path / "gl.csv", *options)
    assert result.exit_code == 3
    assert f" {code}  " in result.stderr


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_differences_are_listed(run_dir: Path, tmp_path: Path, lang: str) -> None:
    (tmp_path / "gl.csv").write_text("gl_account,余额（元）\n1303,1\n", encoding="utf-8")
    result = run("reconcile", run_dir, "--general-ledger", tmp_path / "gl.csv", "--lang", lang)
    assert result.exit_code == 4
    assert "6,000,600.00" in result.stdout
    assert "6,000,599.00" in result.stdout
    assert ("差额" if lang == "zh" else "difference") in result.stdout


def test_refused_rows_are_the_fourth_fate(tmp_path: Path) -> None:
    # L3's currency is unknown, so the row is refused; its 300.03 of 万元 are still read.
    loans = LOANS.replace("L3,C1,1303,B,,", "L3,C1,1303,B,XQQ,")
    folder = write_folder(tmp_path / "bank", {"period": "2025"}, loans=loans,
                          investments=INVESTMENTS, counterparties=COMPANIES)  # fmt: skip
    result = run("run", folder, "--no-reports", "--json", "--allow-refused")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    money = document["ledgers"][0]["money"]
    _, said = against(Path(document["run_dir"]), tmp_path, "gl_account,余额（元）\n1303,1\n")
    for fates, ledger in zip(said["fates"], document["ledgers"], strict=True):
        assert fates["refused"] == ledger["money"]["refused"]
        assert fates["foots"] is True
    assert document["ledgers"][0]["rows"]["refused"] == 1
    assert int(money["book"]) == sum(
        int(money[k]) for k in ("computed", "not_covered", "excluded", "refused"))  # fmt: skip
