"""A bank whose loans lie in two Parquet files of many row groups, its other books in text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CONFIG = """\
entity: {zh: 示例银行, en: Example Bank}
period: 2025
currency: CNY
standards: [pboc-2021, pcaf-2025]
exclusions: {pboc-2021: {min_average_balance: 5万元, per: customer}}
books:
  loans: {file: "loans-*.parquet", unit: 元}
  investments: {file: investments.csv, unit: 元}
  counterparties: {file: counterparties.csv, unit: 元}
"""
GROUPS = 97
"""Rows of a row group, which no other number here is a multiple of."""


def loans(first: int, size: int) -> pa.Table:
    at = np.arange(first, first + size)
    amount = (at % 900 + 1) * 1000
    return pa.table({
        "loan_id": [f"L{n:06d}" for n in at], "counterparty_id": [f"C{n % 60:02d}" for n in at],
        "asset_class": ["business_loan"] * size, "outstanding_amount": amount,
        "average_balance": amount, "sector": [("C30", "D44", "E47")[n % 3] for n in at],
        "currency": [("CNY", "CNY", "USD", "MOP")[n % 4] for n in at],
        "branch": [f"支行{n % 7}" for n in at],
    })  # fmt: skip


def bank(folder: Path, size: int = 2000) -> Path:
    """Loans in two Parquet files, holdings and companies as text; two companies of 60 unknown."""
    folder.mkdir()
    for n in range(2):
        pq.write_table(loans(n * size, size), folder / f"loans-{n}.parquet", row_group_size=GROUPS)
    held = "".join(f"H{n},C{n % 50:02d},listed_equity,{1000 + n}\n" for n in range(150))
    (folder / "investments.csv").write_text(
        f"position_id,counterparty_id,asset_class,outstanding_amount\n{held}", "utf-8")
    firms = "".join(f"C{n:02d},{n + 1}00000,{n}00000,{n + 5}00000,{n}00000,{n * 70},{n}\n"
                    for n in range(58))  # fmt: skip
    (folder / "counterparties.csv").write_text(
        "counterparty_id,revenue,total_equity,total_debt,evic,emissions_scope1_tco2e,"
        f"emissions_scope2_tco2e\n{firms}", "utf-8")  # fmt: skip
    (folder / "carbonledger.yaml").write_text(CONFIG, "utf-8")
    return folder


def files_of(runs: Path) -> dict[str, bytes]:
    """All that was sealed, by name."""
    found = {p.relative_to(runs).as_posix(): p.read_bytes() for p in runs.rglob("*") if p.is_file()}
    return {n: c for n, c in found.items() if n != ".lock"}
