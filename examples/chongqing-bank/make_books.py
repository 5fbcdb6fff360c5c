# Synthetic: the bank, its customers and every figure are invented from a fixed seed; nobody's data.
"""Write the books of 重庆示例银行 (Chongqing Example Bank), 2020 to 2025, beside this file.

Each figure is a function of its own key (seed, customer or loan, year, name of the figure), drawn
from SHA-256 and worked with + - * / alone: every machine writes the same figures, and a customer or
column that is added moves no other. Organisation codes and ISINs start with DEM, which no register
issues; names are coined, and a likeness is chance.

    python make_books.py [--out DIR]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import entities
import positions
import writing

YEARS = range(2020, 2026)
HERE = Path(__file__).resolve().parent


def write(out: Path, years: Sequence[int] = YEARS) -> None:
    out.mkdir(parents=True, exist_ok=True)
    ledgers = positions.ledgers(years)
    for year in years:
        end = f"{year}年12月31日"
        title = f"重庆示例银行对公贷款台账 {end}"
        writing.ledger_csv(out / f"loans-{year}.csv", title, positions.loans(ledgers[year], year))
        writing.workbook(
            out / f"investments-{year}.xlsx",
            {"持仓": (f"重庆示例银行投资持仓 {end}", positions.investments(year)),
             "说明": ("填报说明", [("口径", "债券按账面余额，股票按市值，股权按账面净资产份额")])},
        )  # fmt: skip
        writing.workbook(
            out / f"counterparties-{year}.xlsx",
            {"客户": (f"重庆示例银行客户财务与排放数据 {year}年度", entities.counterparties(year))},
        )
        writing.plain_csv(out / f"projects-{year}.csv", entities.projects(year), "gb18030")
        writing.plain_csv(out / f"activities-{year}.csv", entities.activities(year), "utf-8-sig")


def main() -> None:
    parser = argparse.ArgumentParser(description="write the books of the example bank")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    write(parser.parse_args().out)


if __name__ == "__main__":
    main()
