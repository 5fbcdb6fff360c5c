"""What a counterparty takes of memory, counted in bytes of columns; benchmarks/ measures a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from carbonledger.config import load_config
from carbonledger.engine.plans import planned
from carbonledger.scale.footing import footings
from carbonledger.scale.period import Period, prepare

COMPANIES = 40_000
CONFIG = """\
entity: {zh: 甲, en: A}
period: 2025
currency: CNY
standards: [pcaf-2025]
books:
  loans: {file: loans.parquet, unit: 元}
  counterparties: {file: counterparties.parquet, unit: 元}
"""


def book(folder: Path) -> None:
    """A loan, and companies that each have some of their amounts, a tenth of them emissions."""
    at = np.arange(COMPANIES)

    def some(share: int, values: np.ndarray = at * 10**6) -> pa.Array:
        return pa.array(values + 10**9, mask=at % share == share - 1)

    pq.write_table(pa.table({
        "counterparty_id": [f"E{n:010d}" for n in at.tolist()],
        "sector": pa.array(["C30", "C31", "D44"]).take(pa.array(at % 3)),
        "region": pa.array(["110000", "310000"]).take(pa.array(at % 2)),
        "revenue": some(10), "total_assets": pa.array(at + 10**9), "total_equity": some(5),
        "total_debt": some(20), "evic": pa.array(at + 10**9, mask=at % 20 > 0),
        "emissions_scope1_tco2e": pa.array(at, mask=at % 10 > 0),
        "emissions_scope2_tco2e": pa.array(at, mask=at % 10 > 0),
    }), folder / "counterparties.parquet")  # fmt: skip
    pq.write_table(pa.table({
        "loan_id": ["L1"], "counterparty_id": ["E0000000000"], "asset_class": ["business_loan"],
        "outstanding_amount": [10**6],
    }), folder / "loans.parquet")  # fmt: skip
    (folder / "carbonledger.yaml").write_text(CONFIG, "utf-8")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Period:
    """The period with all that its pages mean for the companies."""
    folder = tmp_path_factory.mktemp("companies")
    book(folder)
    config, _ = load_config(folder)
    assert config is not None
    made = prepare(config, folder, 2025)
    bases = footings(made.entities["counterparty"].batch)
    for standard in [*made.standards, *(base.standard for base in bases)]:
        for plan in planned(standard, made.estimated, made.at, "flag").pages:
            if plan.page.entity == "counterparty":
                assert plan.terms.of.size == COMPANIES + 1
                assert plan.emitted
    return made


def parts_of(thing: Any) -> Iterator[Any]:
    """What a thing is made of, as far as it may hold columns."""
    if isinstance(thing, pa.Table):
        yield from (part for column in thing.columns for part in column.chunks)
    elif isinstance(thing, Mapping):
        yield from thing.values()
    elif isinstance(thing, tuple | list):
        yield from thing
    elif is_dataclass(thing):
        yield from vars(thing).values()


def blocks(thing: Any) -> dict[int, int]:
    """Bytes by place of every column that is held somewhere in a thing."""
    found: dict[int, int] = {}
    left, seen = [thing], set[int]()
    while left:
        one: Any = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            while isinstance(one.base, np.ndarray):
                one = one.base
            found |= {one.ctypes.data: one.nbytes} if one.base is None else {}
        elif isinstance(one, pa.Array):
            found |= {b.address: b.size for b in one.buffers() if b is not None}
        else:
            left += parts_of(one)
    return found


def test_a_company_takes_so_many_bytes(ready: Period) -> None:
    held = blocks((ready.entities["counterparty"], ready.estimated))
    each = sum(size for size in held.values() if size * 8 >= COMPANIES) / COMPANIES
    # Its id of 11 and 8 of the index, 5 amounts, grams of 3 scopes, 2 codes of 2 bytes,
    # how it is estimated and its group, whether it is listed, a bit for each of 4 amounts.
    assert each == pytest.approx(11 + 8 + 5 * 8 + 3 * 8 + 2 * 2 + 1 + 1 + 1 + 4 / 8, abs=0.1)


def test_all_pages_of_all_standards_share_one_grouping(ready: Period) -> None:
    asked = [plan.terms.of for standard in ready.standards
             for plan in planned(standard, ready.estimated, ready.at, "flag").pages
             if plan.page.entity == "counterparty"]  # fmt: skip
    assert len({of.ctypes.data for of in asked}) == 1 < len(asked)
