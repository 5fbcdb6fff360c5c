"""Month-end files of the same loans: their balances make the average, no row is a duplicate."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from carbonledger.config import load_config
from carbonledger.intake import month_ends
from carbonledger.intake.book import open_book
from carbonledger.intake.months import month_of
from carbonledger.reading.table import Table
from tests.conftest import run, seeded_part, write_folder

HEAD = "loan_id,contract_id,counterparty_id,outstanding_amount,start_date\n"
COMPANY = [{"counterparty_id": "C1", "revenue": "1000", "total_equity": "400",
            "total_debt": "600", "emissions_scope1_tco2e": "5000",
            "emissions_scope2_tco2e": "500"}]  # fmt: skip


def folder(tmp_path: Path, files: dict[str, str], **more: Any) -> Path:
    """A folder whose loans come by the month; ``more`` goes into the book and configuration."""
    config = more.pop("config", {})
    book = {"months": "loans-2025*.csv", "unit": "万元", **more}
    book = {key: value for key, value in book.items() if value}
    write_folder(tmp_path, {**config, "books": {
        "loans": book, "counterparties": {"file": "counterparties.csv", "unit": "万元"}}},
        counterparties=COMPANY)  # fmt: skip
    for name, rows in files.items():
        (tmp_path / name).write_text(HEAD + rows, encoding="utf-8")
    return tmp_path


def entries(place: Path) -> dict[str, Any]:
    result = run("run", place, "--no-reports")
    assert result.exit_code == 0, result.output
    (sealed,) = (place / "runs").glob("2025-*")
    table = pq.read_table(sealed / "entries" / "pboc-2021.parquet")
    return {row["position_id"]: row for row in table.to_pylist()}


def issues(place: Path) -> list[tuple[str, str, int | None, str]]:
    document = json.loads(run("check", place, "--json").stdout)
    return [(i["code"], i["file"], i["row"], i["value"]) for i in document["issues"]]


THREE = {
    "loans-202510.csv": "L1,H1,C1,100,\nL2,H2,C1,60,\n",
    "loans-202511.csv": "L2,H2,C1,30,\nL1,H1,C1,100,\n",
    "loans-202512.csv": "L1,H1,C1,40,\nL3,H3,C1,24,2025-12-05\n",
}
"""In 万元: L1 falls, L2 ends in November, L3 comes in December."""


def test_the_average_is_the_mean_over_twelve_months(tmp_path: Path) -> None:
    found = entries(folder(tmp_path, THREE))
    # 5,500 t x average / revenue of 1,000: L1 (100 + 100 + 40) / 12 = 20, L2 90 / 12, L3 24 / 12.
    tonnes = {"L1": 5500 * 20 / 1000, "L2": 5500 * 7.5 / 1000, "L3": 5500 * 2 / 1000}
    assert {k: v["financed_emissions_scope12_g"] for k, v in found.items()} == {
        k: round(v * 10**6) for k, v in tonnes.items()
    }
    assert {k: v["outstanding_amount"] for k, v in found.items()} == {
        "L1": 40 * 10**6, "L2": 0, "L3": 24 * 10**6,
    }  # fmt: skip
    absent = ", ".join(f"2025-{m:02d}" for m in range(1, 10))
    assert issues(tmp_path) == [("months_absent", "loans-202512.csv", None, absent)]


def test_held_counts_the_months_in_whose_file_a_loan_stands(tmp_path: Path) -> None:
    found = entries(folder(tmp_path, THREE, config={"average_balance": "held"}))
    # L1 240 / 3, L2 90 / 2, L3 24 / 1.
    tonnes = {"L1": 5500 * 80 / 1000, "L2": 5500 * 45 / 1000, "L3": 5500 * 24 / 1000}
    assert {k: v["financed_emissions_scope12_g"] for k, v in found.items()} == {
        k: round(v * 10**6) for k, v in tonnes.items()
    }


def test_all_else_comes_from_the_file_where_one_is_given(tmp_path: Path) -> None:
    place = folder(tmp_path, THREE, file="year-end.csv")
    (place / "year-end.csv").write_text(HEAD + "L1,H1,C1,41,\nL3,H3,C1,24,\n", encoding="utf-8")
    found = entries(place)
    assert {k: v["outstanding_amount"] for k, v in found.items()} == {
        "L1": 41 * 10**6, "L2": 0, "L3": 24 * 10**6,
    }  # fmt: skip
    assert found["L2"]["financed_emissions_scope12_g"] == 41_250_000  # 5,500 t x 7.5 / 1,000


def test_every_file_has_its_own_unit_and_columns(tmp_path: Path) -> None:
    place = folder(tmp_path, {"loans-2025年11月.csv": "L1,H1,C1,100,\n"}, unit=None)
    (place / "loans-2025年11月.csv").write_bytes(
        "借据号,合同号,统一社会信用代码,贷款余额（元）\nL1,H1,C1,1000000\n".encode("gb18030")
    )
    (place / "loans-2025-12.csv").write_text(
        "loan_id,contract_id,counterparty_id,outstanding_amount (万元),branch\nL1,H1,C1,20,甲\n",
        encoding="utf-8",
    )
    found = entries(place)
    assert found["L1"]["financed_emissions_scope12_g"] == 55_000_000  # 5,500 t x 10 / 1,000


def test_the_run_names_every_month_file_and_replays(tmp_path: Path) -> None:
    place = folder(tmp_path, THREE)
    entries(place)
    (sealed,) = (place / "runs").glob("2025-*")
    inputs = json.loads((sealed / "manifest.json").read_bytes())
    assert all(name in json.dumps(inputs) for name in THREE)
    result = run("verify", sealed, "--replay")
    assert result.exit_code == 0, result.output


def test_a_loan_twice_in_a_month_is_refused(tmp_path: Path) -> None:
    months = THREE | {"loans-202511.csv": "L1,H1,C1,100,\nL1,H1,C1,100,\n"}
    found = issues(folder(tmp_path, months))
    assert ("duplicate_key", "loans-202511.csv", 3, "L1 + H1") in found


def test_a_bad_amount_of_any_month_is_refused_once(tmp_path: Path) -> None:
    months = THREE | {"loans-202510.csv": "L1,H1,C1,x,\nL2,H2,C1,1,\n"}
    found = issues(folder(tmp_path, months))
    assert [i for i in found if i[0] != "months_absent"] == [
        ("number_unreadable", "loans-202510.csv", 2, "x")
    ]


@pytest.mark.parametrize(
    ("name", "rows", "code"),
    [
        ("loans-2025.csv", "L1,H1,C1,1,\n", "month_unclear"),
        ("loans-2025-11-2025-12.csv", "L1,H1,C1,1,\n", "month_unclear"),
        ("loans-202513.csv", "L1,H1,C1,1,\n", "month_unclear"),
    ],
)
def test_a_month_that_nothing_says_is_refused(
    tmp_path: Path, name: str, rows: str, code: str
) -> None:
    assert [i[:2] for i in issues(folder(tmp_path, {name: rows}))] == [(code, name)]


def test_no_month_of_the_year_is_refused(tmp_path: Path) -> None:
    place = folder(tmp_path, {"loans-202412.csv": "L1,H1,C1,1,\n"}, months="loans-*.csv")
    assert [i[0] for i in issues(place)] == ["months_none"]


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("loans-202501.csv", (2025, 1)),
        ("对公2025-01.xlsx", (2025, 1)),
        ("2025年1月贷款.csv", (2025, 1)),
        ("2025_12_31.csv", (2025, 12)),
        ("20251231loans.csv", (2025, 12)),
        ("1202501.csv", None),
        ("20251.csv", None),
    ],
)
def test_the_month_in_a_name(name: str, month: tuple[int, int] | None) -> None:
    def nothing(*_: object) -> Any:
        return iter(())

    table = Table(name, None, ("loan_id",), 0, False, stream=nothing)
    assert month_of(name, table) == month


def test_the_month_in_a_column(tmp_path: Path) -> None:
    place = folder(tmp_path, {}, months="part-*.csv")
    for name, day in {"a": "2025-11-30", "b": "20251231"}.items():
        text = f"loan_id,counterparty_id,outstanding_amount,数据日期\nL1,C1,6,{day}\n"
        (place / f"part-{name}.csv").write_text(text, encoding="utf-8")
    assert entries(place)["L1"]["financed_emissions_scope12_g"] == 5_500_000  # 5,500 t x 1 / 1,000


ROWS = 66_000
"""More than a batch of 65,536."""


def amount(loan: int, month: int) -> int:
    """What is outstanding, in fen: something of its own for each loan and month."""
    return 100_000 * (1000 + loan % 997) + month


def stands(loan: int, month: int) -> bool:
    """Every tenth loan ends after October, every tenth comes in December."""
    return not (loan % 10 == 1 and month > 10) and not (loan % 10 == 2 and month < 12)


def text_of(month: int, loans: list[int]) -> str:
    rows = (f"L{n},H{n},C1,{amount(n, month) / 100:.2f},\n" for n in loans if stands(n, month))
    return HEAD + "".join(rows)


def loaded(place: Path) -> tuple[dict[str, tuple[int | None, ...]], list[str]]:
    """What is outstanding on each loan, and at each month's end; and what is wrong."""
    config, _ = load_config(place)
    assert config is not None
    book = open_book("loans", config.books["loans"], place, 2025, "CNY")
    found: dict[str, tuple[int | None, ...]] = {}
    for batch in book.batches():
        names = ("loan_id", "outstanding_amount", *(f"balance 2025-{m}" for m in (10, 11, 12)))
        for row in zip(*(batch.columns[n].to_pylist() for n in names), strict=True):
            assert row[0] not in found
            found[row[0]] = row[1:]
    return found, [i.code for i in book.issues]


EXPECTED = {
    f"L{n}": (amount(n, 12) if stands(n, 12) else 0,
              *(amount(n, m) if stands(n, m) else None for m in (10, 11, 12)))
    for n in range(ROWS)
}  # fmt: skip


@pytest.mark.parametrize("form", ["shuffled", "split", "gb18030", "parquet"])
def test_months_of_more_rows_than_a_batch_in_any_order_and_form(tmp_path: Path, form: str) -> None:
    place = folder(tmp_path, {}, unit="元", months="loans-2025*")
    for month in (10, 11, 12):
        order = np.random.default_rng(month).permutation(ROWS).tolist()
        parts = [order[:40_000], order[40_000:]] if form == "split" else [order]
        for at, part in enumerate(parts):
            text, path = text_of(month, part), place / f"loans-2025{month}-{'ab'[at]}.csv"
            if form == "parquet":
                path.write_text(text, encoding="utf-8")
                as_text = csv.ConvertOptions(column_types={"start_date": pa.string()})
                table = csv.read_csv(path, convert_options=as_text)
                money = table["outstanding_amount"].cast(pa.string()).cast(pa.decimal128(12, 2))
                table = table.set_column(3, "outstanding_amount", money)
                pq.write_table(table, path.with_suffix(".parquet"), row_group_size=7_000)
                path.unlink()
            elif form == "gb18030":
                text = text.replace("outstanding_amount", "贷款余额（元）", 1)
                path.write_bytes(text.encode("gb18030"))
            else:
                path.write_text(text, encoding="utf-8")
    assert loaded(place) == (EXPECTED, ["months_absent"])


def test_a_loan_twice_in_a_month_across_batches_and_files(tmp_path: Path) -> None:
    loans = list(range(20, ROWS + 20))
    place = folder(tmp_path, {}, unit="元")
    (place / "loans-202512.csv").write_text(text_of(12, loans), encoding="utf-8")
    twice = text_of(11, [*loans, 20])  # L20 stands in line 2 and again in the last
    (place / "loans-202511-a.csv").write_text(twice, encoding="utf-8")
    (place / "loans-202511-b.csv").write_text(text_of(11, [7, 23]), encoding="utf-8")
    lines = twice.count("\n")
    found = [i for i in issues(place) if i[0] == "duplicate_key"]
    assert found == [("duplicate_key", "loans-202511-a.csv", lines, "L20 + H20"),
                     ("duplicate_key", "loans-202511-b.csv", 3, "L23 + H23")]  # fmt: skip


def test_a_key_that_other_months_lack_a_part_of_must_tell_loans_apart(tmp_path: Path) -> None:
    months = THREE | {"loans-202512.csv": "L1,H1,C1,40,\nL1,H2,C1,24,\n"}
    place = folder(tmp_path, months)
    (place / "loans-202511.csv").write_text(
        "loan_id,counterparty_id,outstanding_amount\nL1,C1,100\n", encoding="utf-8"
    )
    assert ("duplicate_key", "loans-202512.csv", 3, "L1") in issues(place)


def test_a_file_that_grows_between_its_readings_is_refused(tmp_path: Path) -> None:
    place = folder(tmp_path, THREE)
    config, _ = load_config(place)
    assert config is not None
    book = open_book("loans", config.books["loans"], place, 2025, "CNY")
    with (place / "loans-202512.csv").open("a", encoding="utf-8") as file:
        file.write("L9,H9,C1,1,\n")
    assert list(book.batches())
    assert "file_changed" in [i.code for i in book.issues]


@pytest.mark.parametrize("seed", range(seeded_part(200)))
def test_months_are_joined_range_by_range_as_one_by_one(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a dictionary; hashes of which many begin alike, and runs that lie on the disk."""
    random = np.random.default_rng(seed)
    monkeypatch.setattr(month_ends, "RANGE_ROWS", int(random.choice([1, 5, 1 << 18])))
    monkeypatch.setattr(month_ends, "MOST_BYTES", int(random.choice([64, 1 << 24])))
    hashes = random.integers(0, 1 << 64, (2, 400), np.uint64)
    hashes[0, 200:] = hashes[0, :200]  # told apart by their second half alone
    months = {m: random.choice(400, random.integers(1, 300), replace=False) for m in (1, 2, 3)}

    def runs(keys: Any, amounts: Any) -> month_ends.Runs:
        found = month_ends.Runs()
        for start in range(0, len(keys), 64):
            part = slice(start, start + 64)
            found.add(hashes[:, keys[part]], np.arange(len(keys))[part], amounts[part])
        return found

    own = months[3][: random.integers(0, len(months[3]))]
    positions = month_ends.Positions(runs(own, np.zeros(len(own), np.int64)), len(own))
    order = [*own]
    for month in (3, 2, 1):
        keys = months[month]
        start, ended, twice = positions.add((2025, month), runs(keys, 1000 * month + keys))
        new = [n for n, key in enumerate(keys) if key not in order]
        assert (start, ended.tolist()) == (len(order), new)
        assert set(twice) == {h for h, c in Counter(hashes[0, keys].tolist()).items() if c > 1}
        order += [keys[n] for n in new]
    for month, keys in months.items():
        held = set(keys.tolist())
        expected = [1000 * month + int(k) if k in held else None for k in order]
        first = int(random.integers(0, len(order)))
        found = positions.balances((2025, month), first, len(order) - first).to_pylist()
        assert found == expected[first:]
