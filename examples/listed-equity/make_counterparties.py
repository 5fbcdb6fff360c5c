"""Write counterparties.csv from the fundamentals of the published SBTi example workbook.

EVIC is ``company_enterprise_value + company_cash_equivalents``: enterprise value leaves cash out
and PCAF does not deduct it (Part A, 3rd ed., section 5.1); the tool the workbook comes from names
the same sum ``company_ev_plus_cash``. Not taken over: ``company_total_assets``, which stands
between 0.001 % and 4 % of enterprise value and so in another unit that the workbook does not name.

    python make_counterparties.py [--out DIR]
"""

from __future__ import annotations

import argparse
import csv
from decimal import Decimal
from pathlib import Path

from openpyxl import load_workbook

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "sbti_data_provider_example.xlsx"
SHEET = "fundamental_data"
HEADER = (
    "counterparty_id",
    "name",
    "currency",
    "revenue",
    "evic",
    "emissions_scope12_tco2e",
    "emissions_scope3_tco2e",
)


def number(cell: object) -> Decimal:
    """The cell as Excel holds it: the shortest decimal that is this double, no digit more."""
    return Decimal(repr(cell))


def counterparty(row: dict[str, object]) -> tuple[str, ...]:
    evic = number(row["company_enterprise_value"]) + number(row["company_cash_equivalents"])
    return (
        str(row["company_id"]),
        str(row["company_name"]),
        "USD",
        f"{number(row['company_revenue']):f}",
        f"{evic:f}",
        f"{number(row['ghg_s1s2']):f}",
        f"{number(row['ghg_s3']):f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="write counterparties.csv")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    first, *cells = load_workbook(SOURCE, data_only=True)[SHEET].values
    header = [str(name) for name in first]
    with (out / "counterparties.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(counterparty(dict(zip(header, row, strict=True))) for row in cells)


if __name__ == "__main__":
    main()
