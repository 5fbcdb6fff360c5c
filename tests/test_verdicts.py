"""Two verdicts on every row of generated bad books: column checks and Pydantic must agree.

CI runs a seeded tenth; CARBONLEDGER_FULL=1 runs all 10,000 books.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from carbonledger.books import BOOKS
from carbonledger.books.checks import Source, as_text, is_blank, typed
from carbonledger.books.kinds import Context, Kind
from carbonledger.books.rows import Row, columns_of, without_required

BOOKS_IN_ALL = 10_000
COUNT = BOOKS_IN_ALL if os.environ.get("CARBONLEDGER_FULL") else BOOKS_IN_ALL // 10
PARTS = 20
MODELS: dict[str, type[Row]] = {
    **{name: book.row for name, book in BOOKS.items()},
    "counterparties in a loan": without_required(BOOKS["counterparties"].row),
    "projects in a loan": without_required(BOOKS["projects"].row),
}
SCALES = (0, 100, 10**5, 10**6, 10**8, 10**10)

ANYWHERE = (None, "", " ", "-", "--", "/", "N/A", "NA", "nan", "NaN", "None", "null",
            "无", "#VALUE!",
            "#REF!", "\u3000", "'", "'5", "0", "-0", "1e3", "1E5", "9.15E+17", "915001030000000000",
            "１２", "−5", "5-", "(5)", "abc", "张伟", "a\x07b", "x\ny", "是", "TRUE",
            "1.0")  # fmt: skip
NUMBERS = ("5", "-5", "0.001", "0.005", "12.3456789", "1,234.56", "1,23", "1，234", "1.234.567",
           "1e15", "999999999999999", "1000000000000000", "4611686018427387904",
           "99999999999999999",
           "1e999999999", "inf", "-inf", "infinity", "5万元", "5万", "5元", "5 亿元",
           "5USD", "5美元",
           "5 t", "５００", "+5", "5.", ".5", "--5", "5%", "50%", "101%", "-1%",
           "1.5", "0x1F", "1_000",
           "123456789012.12", "1234567890123", "0.1", "1/3", "½", "1 000", "1'000")  # fmt: skip
OF_KIND: dict[str, tuple[str, ...]] = {
    "text": ("C1", "L-0001", "91500103MA5U000000", "123456789012345000", "9.1E+17",
    "1E10", "合同 1",
             "X" * 300, "a\tb", "ａ１", "12e5"),
    "label": ("流动资金贷款", "A", "a\tb", "  x  "),
    "green tag": ("是", "绿色", "1.2.3", "非绿色", "green"),
    "sector": ("C3011", "3011", "C30", "111", "0111", "水泥制造", "Z99", "200",
    "2000", "C 30", "金融"),
    "region": ("500103", "50", "5001", "999999", "重庆市", "CN", "NO", "USA", "渝中区", "市辖区"),
    "currency": ("CNY", "RMB", "人民币", "156", "XYZ", "usd", "美元"),
    "true or false": ("是", "否", "true", "FALSE", "2", "y", "未上市", "maybe"),
    "year": ("2025", "25", "2025年", "2025年度", "2025.0", "2025.5", "1899", "2100", "20255"),
    "date": ("2025-01-31", "2025-02-30", "20250131", "2025/1/5", "2025年3月5日",
    "45000", "2025-13-01",
             "2025-01-31 00:00:00", "2025-01-31T08:00", "31/01/2025"),
    "enum": ("企业", "个人", "mortgage", "CS01", "大型", "Business_Loan", "其他",
    "project_finance"),
}  # fmt: skip


def cell_of(kind: Kind, draw: random.Random) -> str | None:
    """A cell for a column: of its own kind, a number, or what may stand anywhere."""
    pools = [ANYWHERE, OF_KIND.get(kind.name, NUMBERS), OF_KIND.get(kind.name, NUMBERS)]
    if kind.values:
        pools.append((*kind.values, *(a for aliases in kind.aliases for a in aliases)))
    text = draw.choice(draw.choice(pools))
    if text and draw.random() < 0.1:  # a clerk's slip of the keyboard
        at = draw.randrange(len(text) + 1)
        text = text[:at] + draw.choice(" ,.-+0a\u3000\ufeff年%") + text[at:]
    return text


def valid_of(kind: Kind) -> str:
    return {"text": "C1", "money": "5", "tonnes": "5", "number": "5", "share": "0.5",
            "sector": "C30",
            "region": "CN", "currency": "CNY", "true or false": "1", "year": "2025",
            "date": "2025-01-31"}.get(kind.name,
            kind.values[0] if kind.values else "x")  # fmt: skip


def book_of(model: type[Row], draw: random.Random) -> tuple[dict[str, pa.Array], Source]:
    """A small bad book: some columns missing, rows good but for a few cells."""
    specs = columns_of(model)
    names = [n for n, s in specs.items() if draw.random() < (0.97 if s.required else 0.5)]
    names = names or [next(iter(specs))]
    size, share = draw.randint(1, 12), draw.choice((0.05, 0.3, 0.9))
    columns = {
        n: pa.array([cell_of(specs[n].kind, draw) if draw.random() < share
                     else valid_of(specs[n].kind) for _ in range(size)], pa.string())
        for n in names
    }  # fmt: skip
    scales = {n: draw.choice(SCALES) for n in names if specs[n].kind.scaled}
    return columns, Source("b.csv", None, {}, scales, draw.choice(("CNY", "USD")))


Verdict = dict[int, set[str]]


def by_pydantic(model: type[Row], columns: Mapping[str, pa.Array], source: Source) -> Verdict:
    """The row model's own verdict on each row: the columns that it refuses."""
    specs = columns_of(model)
    size = len(next(iter(columns.values())))
    context, refused = Context(source.scales, source.currency), Verdict()
    for at in range(size):
        cells = {n: as_text(c)[at].as_py() for n, c in columns.items()}
        row = {n: c for n, c in cells.items() if c is not None and not is_blank(specs[n].kind, c)}
        try:
            model.model_validate(row, context=context)
        except ValidationError as error:
            refused[at] = {str(found["loc"][0]) for found in error.errors()}
    return refused


def by_columns(model: type[Row], columns: Mapping[str, pa.Array], source: Source) -> Verdict:
    """The verdict of the checks over whole columns."""
    size = len(next(iter(columns.values())))
    _, issues = typed(model, columns, np.arange(size, dtype=np.int64), source)
    refused = Verdict()
    for issue in issues:
        refused.setdefault(int(issue.place.row or 0), set()).add(str(issue.place.column))
    return refused


def values_of(model: type[Row], columns: Mapping[str, pa.Array], source: Source) -> None:
    """Where a row is good its typed values are Pydantic's too."""
    specs = columns_of(model)
    size = len(next(iter(columns.values())))
    result, issues = typed(model, columns, np.arange(size, dtype=np.int64), source)
    bad = {i.place.row for i in issues}
    context = Context(source.scales, source.currency)
    for at in (k for k in range(size) if k not in bad):
        cells = {n: c[at].as_py() for n, c in columns.items()}
        row = {n: c for n, c in cells.items() if c is not None and not is_blank(specs[n].kind, c)}
        wanted: Any = model.model_validate(row, context=context)
        for name in columns:
            mine, theirs = result.columns[name][at].as_py(), getattr(wanted, name)
            assert mine == (None if theirs == "" else theirs), (name, cells[name])


@pytest.mark.parametrize("part", range(PARTS))
def test_both_verdicts_agree_on_every_row_of_bad_books(part: int) -> None:
    check: Callable[..., Verdict] = by_columns
    refused = rows = 0
    for number in range(part, COUNT, PARTS):
        draw = random.Random(f"bad book {number}")
        model = MODELS[sorted(MODELS)[number % len(MODELS)]]
        columns, source = book_of(model, draw)
        wanted = by_pydantic(model, columns, source)
        told = {n: columns[n].to_pylist() for n in columns}
        assert check(model, columns, source) == wanted, (number, told, source)
        values_of(model, columns, source)
        refused += len(wanted)
        rows += len(next(iter(columns.values())))
    assert 0.2 < refused / rows < 0.95, "bad books, and good rows among them"


def test_a_check_that_lets_a_row_pass_is_noticed() -> None:
    model, source = BOOKS["loans"].row, Source("b.csv", None, {}, {"outstanding_amount": 100})
    columns = {"loan_id": pa.array(["L1", "L2"]), "outstanding_amount": pa.array(["5", "-5"])}
    assert by_pydantic(model, columns, source) == {1: {"outstanding_amount"}}
    del columns["loan_id"]
    assert by_pydantic(model, columns, source) == by_columns(model, columns, source)
