"""The small known book: four loans, worked out by hand, that every variant writes in its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]

# 12,345,600.00; 5,000,000.00; 80,000.00 and 120,000,000.00 yuan. The credit codes are real ones
# whose check digits fit; the sectors are cement, thermal power, rice and iron-making.
BOOK: tuple[Row, ...] = (
    {"loan_id": "JJ0001", "counterparty_id": "91350100M000100Y43",
     "outstanding_amount": 1_234_560_000, "sector": "C3011", "region": "500103",
     "start_date": date(2024, 3, 5), "branch": "渝中支行"},
    {"loan_id": "JJ0002", "counterparty_id": "91330100799655058B",
     "outstanding_amount": 500_000_000, "sector": "D4411", "region": "330100",
     "start_date": date(2023, 12, 31), "branch": "江北支行"},
    {"loan_id": "JJ0003", "counterparty_id": "9144030071526726XG",
     "outstanding_amount": 8_000_000, "sector": "A0111", "region": "440300",
     "start_date": date(2020, 2, 29), "branch": "渝中支行"},
    {"loan_id": "JJ0004", "counterparty_id": "91320300069480065H",
     "outstanding_amount": 12_000_000_000, "sector": "C3110", "region": "320300",
     "start_date": date(2025, 1, 1), "branch": "南岸支行"},
)  # fmt: skip
HEADERS = {
    "loan_id": "借据号", "counterparty_id": "统一社会信用代码", "outstanding_amount": "贷款余额",
    "sector": "贷款实际投向", "region": "借款人地区代码", "start_date": "贷款发放日期",
    "branch": "经办行",
}  # fmt: skip
YUAN_PER = {"元": 1, "千元": 1_000, "万元": 10_000, "百万元": 1_000_000, "亿元": 100_000_000}


@dataclass(frozen=True)
class Variant:
    """Files of one book, what is declared of them, and what must come of it."""

    name: str
    files: Mapping[str, bytes]
    rows: tuple[Row, ...] = ()
    refused: str = ""
    warned: tuple[str, ...] = ()
    says: Mapping[str, Any] = field(default_factory=dict)
    book: str = "loans"
    or_refused: str = ""
    """The reason for which this good file may be refused all the same."""

    def __str__(self) -> str:
        return self.name

    @property
    def without_options(self) -> bool:
        """Whether nothing but the files is named."""
        return not set(self.says) - {"file", "months"}


def loads(
    name: str, files: Mapping[str, bytes], rows: Sequence[Row] = BOOK, *,
    warned: tuple[str, ...] = (), book: str = "loans", or_refused: str = "", **says: Any,
) -> Variant:  # fmt: skip
    return Variant(name, files, tuple(rows), "", warned, says, book, or_refused)


def refuses(
    name: str, files: Mapping[str, bytes], code: str, *, book: str = "loans", **says: Any
) -> Variant:
    return Variant(name, files, (), code, (), says, book)


def changed(at: int, **cells: Any) -> tuple[Row, ...]:
    """The book with some values of one row another."""
    return tuple({**row, **cells} if n == at else row for n, row in enumerate(BOOK))


def every(**columns: Sequence[Any]) -> tuple[Row, ...]:
    """The book with a column of other values."""
    return tuple({**row, **{c: v[n] for c, v in columns.items()}} for n, row in enumerate(BOOK))


def without(*names: str) -> tuple[Row, ...]:
    return tuple({k: v for k, v in row.items() if k not in names} for row in BOOK)


def written(fen: int, unit: str = "元") -> str:
    """The amount in the unit, as a person writes it: all its digits and no more."""
    number = Decimal(fen) / 100 / YUAN_PER[unit]
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


def grid(
    unit: str = "元", header: str | None = None, *, columns: Sequence[str] = tuple(HEADERS),
    headers: Mapping[str, str] | None = None, **cells: Sequence[str],
) -> list[list[str]]:  # fmt: skip
    """Header and rows of the book as text; ``cells`` writes a column otherwise."""
    amount = f"{HEADERS['outstanding_amount']}（{unit}）" if header is None else header
    names = {**HEADERS, "outstanding_amount": amount, **(headers or {})}
    out = [[names.get(c, c) for c in (*columns, *(c for c in cells if c not in columns))]]
    for n, row in enumerate(BOOK):
        text = {**row, "outstanding_amount": written(row["outstanding_amount"], unit),
                "start_date": row["start_date"].isoformat()}  # fmt: skip
        text |= {c: v[n] for c, v in cells.items()}
        out.append([text[c] for c in (*columns, *(c for c in cells if c not in columns))])
    return out


def one_cell(column: str, at: int, cell: str, **more: Any) -> list[list[str]]:
    """The book as text, with one cell another."""
    rows = grid(**more)
    rows[at + 1][tuple(HEADERS).index(column)] = cell
    return rows
