"""Cells that a spreadsheet would run, in every text column; the run is sealed and its files read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import partial

from hostile.case import Case, config

MARK = "INJECTED"
STARTS = ("=", "+", "-", "@", "\t=", "＝", "＋", "－", "＠", " =", "'=", '"=')
COLUMNS = ("loan_id", "contract_id", "branch", "product", "green_tag", "gl_account", "risk_class",
           "counterparty_id", "name")  # fmt: skip


def _folder(column: str, start: str) -> dict[str, bytes]:
    cell = f"{start}HYPERLINK(\"http://127.0.0.1/{MARK}\",\"{MARK}\")"
    loan = {"loan_id": "L1", "contract_id": "H1", "counterparty_id": "C1", "sector": "C3011",
            "region": "500103", "outstanding_amount": "5000000", "average_balance": "5000000",
            "branch": "A", "product": "B", "green_tag": "", "gl_account": "1303",
            "risk_class": "正常"}  # fmt: skip
    company = {"counterparty_id": "C1", "name": "示例水泥", "sector": "C3011", "region": "500103",
               "total_equity": "400", "total_debt": "600", "revenue": "5000"}  # fmt: skip
    for row in (loan, company):
        if column in row:
            row[column] = cell
    return {"carbonledger.yaml": config("loans.csv"), "loans.csv": _csv(loan),
            "counterparties.csv": _csv(company)}  # fmt: skip


def _csv(row: dict[str, str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(row), lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    return out.getvalue().encode()


def cases() -> Iterator[Case]:
    for number, start in enumerate(STARTS):
        for column in COLUMNS if number < 4 else COLUMNS[:3]:
            yield Case(f"formula {number} in {column}", partial(_folder, column, start), "run")
