"""Books that are the answer of a database: one SELECT, and a clear word without the extra."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.conftest import run, write_folder

COMPANY = [{"counterparty_id": "C1", "revenue": "1000", "total_equity": "400", "total_debt": "600",
            "emissions_scope1_tco2e": "5000", "emissions_scope2_tco2e": "500"}]  # fmt: skip
TABLE = "create table loans (借据号 text, 客户 text, 余额 decimal(18,2), 均额 decimal(18,2))"
ROWS = [("0001", "C1", 100.5, 90), ("0002", "C1", 200, None)]
SELECT = (
    "select 借据号 as loan_id, 客户 as counterparty_id, 余额 as outstanding_amount, "
    "均额 as average_balance from loans order by 1"
)


def database(path: Path) -> Path:
    if path.suffix == ".duckdb":
        duckdb = pytest.importorskip("duckdb")
        connection: Any = duckdb.connect(str(path))
    else:
        connection = sqlite3.connect(path)
    connection.execute(TABLE)
    connection.executemany("insert into loans values (?, ?, ?, ?)", ROWS)
    connection.commit()
    connection.close()
    return path


def folder(tmp_path: Path, **loans: Any) -> Path:
    return write_folder(tmp_path, {"books": {
        "loans": {"unit": "万元", **loans},
        "counterparties": {"file": "counterparties.csv", "unit": "万元"},
    }}, counterparties=COMPANY)  # fmt: skip


def codes(place: Path) -> list[str]:
    done = run("check", place, "--json")
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return [i["code"] for i in json.loads(done.stdout)["issues"]]


@pytest.mark.parametrize("name", ["bank.sqlite", "bank.duckdb"])
def test_the_answer_of_a_query_is_a_book(tmp_path: Path, name: str) -> None:
    database(tmp_path / name)
    place = folder(tmp_path, file=name, query=SELECT)
    done = run("run", place, "--no-reports")
    assert done.exit_code == 0, done.output
    (sealed,) = (place / "runs").glob("2025-*")
    rows = pq.read_table(sealed / "entries" / "pcaf-2025.parquet").to_pylist()
    assert {r["position_id"]: r["outstanding_amount"] for r in rows} == {
        "0001": 100_500_000, "0002": 200_000_000,
    }  # fmt: skip
    assert run("verify", sealed, "--replay").exit_code == 0


def test_odbc(tmp_path: Path) -> None:
    pyodbc = pytest.importorskip("pyodbc")
    if "SQLite3" not in pyodbc.drivers():
        pytest.skip("no ODBC driver for SQLite here")
    path = database(tmp_path / "bank.db")
    place = folder(tmp_path, dsn=f"DRIVER=SQLite3;Database={path}", query=SELECT)
    done = run("run", place, "--no-reports")
    assert done.exit_code == 0, done.output
    (sealed,) = (place / "runs").glob("2025-*")
    rows = pq.read_table(sealed / "entries" / "pcaf-2025.parquet").to_pylist()
    assert {r["position_id"]: r["outstanding_amount"] for r in rows} == {
        "0001": 100_500_000, "0002": 200_000_000,
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        "delete from loans", "select 1; delete from loans", "attach 'x.db' as x",
        "pragma writable_schema = 1", "copy loans to 'x.csv'",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["bank.sqlite", "bank.duckdb"])
def test_a_query_changes_nothing(tmp_path: Path, name: str, query: str) -> None:
    before = database(tmp_path / name).read_bytes()
    assert codes(folder(tmp_path, file=name, query=query)) == ["query_not_select"]
    assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("bank.sqlite", "select load_extension('x')"),
        ("bank.sqlite", "select nothing from loans"),
        ("bank.duckdb", "select * from read_csv('counterparties.csv')"),
        ("bank.duckdb", "with x as (delete from loans) select * from x"),
    ],
)
def test_a_query_reaches_nothing_else(tmp_path: Path, name: str, query: str) -> None:
    database(tmp_path / name)
    assert codes(folder(tmp_path, file=name, query=query)) == ["query_failed"]


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database(tmp_path / "bank.duckdb")
    place = folder(tmp_path, file="bank.duckdb", query=SELECT)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    done = run("check", place)
    assert (done.exit_code, "extra_missing" in done.stdout) == (3, True)
    assert "pip install 'carbonledger[sql]'" in done.stdout


def test_what_a_query_needs(tmp_path: Path) -> None:
    database(tmp_path / "bank.sqlite")
    assert codes(folder(tmp_path, file="bank.sqlite")) == ["query_missing"]
    assert codes(folder(tmp_path, file="counterparties.csv", query=SELECT)) == [
        "query_needs_database"
    ]
    assert codes(folder(tmp_path, dsn="DSN=core")) == ["config_dsn"]
    assert codes(folder(tmp_path, dsn="DSN=core;PWD=x", query=SELECT)) == ["config_dsn_secret"]
