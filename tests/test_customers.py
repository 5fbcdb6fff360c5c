"""Customers' totals come from a few columns, and are those of all of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import run, write_folder

from carbonledger.books import HELD
from carbonledger.config import Config, load_config
from carbonledger.intake import book
from carbonledger.intake.exclusions import Customers, is_project
from carbonledger.intake.files import File
from carbonledger.scale.local import customers_asked
from carbonledger.scale.period import Period, prepare

RULES = {"pboc-2021": {"min_average_balance": "300元", "per": "customer", "of": "non_project",
                       "industries": "high_carbon"},
         "pcaf-2025": {"min_average_balance": "200元", "per": "customer"}}  # fmt: skip
COLUMNS = ("loan_id", "counterparty_id", "customer_number", "project_id", "asset_class", "product",
           "currency", "outstanding_amount", "average_balance", "balance_2025_03",
           "balance_2025_11", "start_date", "sector", "customer_type", "branch")  # fmt: skip
TYPED = ("outstanding_amount", "average_balance", "balance_2025_03", "balance_2025_11")


def loans(draw: random.Random, size: int) -> list[dict[str, Any]]:
    """Loans of few customers, some known by their number alone, in yuan and dollars."""
    rows = []
    for n in range(size):
        who = draw.randrange(9)
        by_number = draw.random() < 0.2
        month = f"{draw.randrange(1, 90)}.{draw.randrange(100):02d}"
        row = {"loan_id": f"L{n}", "counterparty_id": "" if by_number else f"C{who}",
               "customer_number": f"N{who}", "project_id": draw.choice(["", "", "P1"]),
               "asset_class": draw.choice(["", "business_loan"]),
               "product": draw.choice(["流贷", "项目贷款"]),
               "currency": draw.choice(["CNY", "CNY", "USD"]),
               "outstanding_amount": f"{draw.randrange(1, 99)}.{draw.randrange(100):02d}",
               "average_balance": month if draw.random() < 0.3 else "",
               "balance_2025_03": month if draw.random() < 0.8 else "", "balance_2025_11": month,
               "start_date": draw.choice(["2025-02-01", "2020-02-01"]),
               "sector": draw.choice(["", "C3011", "D4411"]), "customer_type": "企业",
               "branch": "渝中"}  # fmt: skip
        if who == 8 and draw.random() < 0.2:
            row |= {"average_balance": "", "balance_2025_03": "", "balance_2025_11": ""}
        rows.append(row)
    return rows


def bank_of(
    folder: Path, rows: Sequence[dict[str, Any]], kind: str, how: str,
    columns: Sequence[str] = COLUMNS,
) -> Path:  # fmt: skip
    """The loans as text or with types, as they are or with a correction."""
    text = "\n".join([",".join(columns), *(",".join(r[c] for c in columns) for r in rows), ""])
    config: dict[str, Any] = {"exclusions": RULES, "average_balance": how}
    company = [{"counterparty_id": f"C{n}", "customer_number": f"N{n}", "sector": "C3011",
                "region": "500103"} for n in range(9)]  # fmt: skip
    write_folder(folder, config, loans=text, counterparties=company)
    if kind == "parquet":
        table = pa.table({c: [r[c] or None for r in rows] for c in columns})
        for c in TYPED:
            cells = pa.array([Decimal(r[c]) if r[c] else None for r in rows], pa.decimal128(18, 2))
            table = table.set_column(columns.index(c), c, cells)
        pq.write_table(table, folder / "loans.parquet", row_group_size=50)
        named = folder / "carbonledger.yaml"
        named.write_text(named.read_text("utf-8").replace("loans.csv", "loans.parquet"), "utf-8")
    return folder


def corrected(folder: Path, row: dict[str, Any]) -> None:
    """A correction of the first loan's month-end."""
    lines = [
        "book,id,contract_id,column,old_value,new_value,who,why,evidence",
        f"loans,{row['loan_id']},,balance_2025_11,{row['balance_2025_11']},99.99,李娜,错录,凭证",
    ]
    (folder / "overrides.csv").write_text("\n".join([*lines, ""]), "utf-8")
    named = folder / "carbonledger.yaml"
    named.write_text(named.read_text("utf-8") + "overrides: overrides.csv\n", "utf-8")


def ready_of(folder: Path) -> Period:
    config, issues = load_config(folder)
    assert isinstance(config, Config), issues
    return prepare(config, folder, 2025)


def from_all_columns(ready: Period) -> tuple[dict[str, list[int]], list[bool]]:
    """Each customer's totals and whether it has several uses, from whole positions, row by row."""
    size = ready.entities["counterparty"].batch.size
    never = np.iinfo(np.int64).max
    totals = {of: [0] * size for of in ("all", "non_project")}
    uses: list[set[str]] = [set() for _ in range(size)]
    for part in ready.positions(HELD):
        links, average = part.batch.links["counterparty"], part.batch.columns.get("average_balance")
        sectors = part.typed.columns["sector"].to_pylist()
        for at, (link, project) in enumerate(zip(links.tolist(), is_project(part), strict=True)):
            if link < 0:
                continue
            known = average is not None and bool(average.present[at])
            for of in totals:
                if not known:
                    totals[of][link] = never
                elif totals[of][link] != never and not (project and of == "non_project"):
                    totals[of][link] += int(average.values[at])
            uses[link] |= {sectors[at]} - {None, ""}
    return totals, [len(u) > 1 for u in uses]


def same(found: Customers, wanted: tuple[dict[str, list[int]], list[bool]]) -> None:
    assert {of: t.tolist() for of, t in found.totals.items()} == wanted[0]
    assert found.several_uses.tolist() == wanted[1]


@pytest.mark.parametrize("how", ["year", "held"])
@pytest.mark.parametrize("kind", ["csv", "parquet", "csv corrected", "parquet corrected"])
def test_totals_are_those_of_whole_positions(kind: str, how: str, tmp_path: Path) -> None:
    rows = loans(random.Random(f"{kind} {how}"), 400)
    folder = bank_of(tmp_path / "bank", rows, kind.split()[0], how)
    if "corrected" in kind:
        corrected(folder, rows[0])
    found = customers_asked(ready_of(folder))
    assert found is not None
    wanted = from_all_columns(ready_of(folder))
    same(found, wanted)
    assert len({*wanted[0]["all"]}) > 4
    assert wanted[0]["all"] != wanted[0]["non_project"]
    if "corrected" in kind:
        plain = bank_of(tmp_path / "plain", rows, kind.split()[0], how)
        assert from_all_columns(ready_of(plain)) != wanted


def test_of_a_typed_file_no_more_columns_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = [c for c in COLUMNS if c not in ("project_id", "customer_number")]
    folder = bank_of(tmp_path / "bank", loans(random.Random(1), 60), "parquet", "year", columns)
    config = folder / "carbonledger.yaml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("of: non_project", "of: all")
                      .replace("industries: high_carbon", "industries: all"), "utf-8")  # fmt: skip
    ready = ready_of(folder)
    asked: list[set[str]] = []
    typed = book._typed_batches

    def seen(opened: book.OpenBook, file: File, issues: list[Any]) -> Any:
        asked.append({*file.mapped.headers, *map(str, file.mapped.months)})
        return typed(opened, file, issues)

    monkeypatch.setattr(book, "_typed_batches", seen)
    assert customers_asked(ready) is not None
    months = {"(2025, 3)", "(2025, 11)"}
    assert asked == [{"counterparty_id", "average_balance", "currency", *months}]
    assert not ready.books["loans"].rows  # what is wrong with the rows is still to be found


def test_a_run_finds_what_is_wrong_though_customers_were_asked_first(tmp_path: Path) -> None:
    rows = loans(random.Random(2), 60)
    rows[7]["loan_id"] = rows[3]["loan_id"]
    folder = bank_of(tmp_path / "bank", rows, "parquet", "year")
    done = run("run", folder, "--no-reports")
    assert done.exit_code == 3
    assert "duplicate_key" in done.stderr
