"""A seeded, synthetic loan book with its counterparties as Parquet: same seed, same content.

python benchmarks/make_book.py --rows 1000000 --counterparties 100000 --out benchmarks/data/1e6
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from carbonledger.registers import rows

CHUNK, COMPANIES = 250_000, 1_000_000
"""Rows of loans, and of counterparties, that are made at once."""
CONFIG = """\
entity: {zh: 基准测试, en: Benchmark}
period: 2025
currency: CNY
known_on: 2026-03-31
standards: [STANDARDS]
books:
  loans: {file: loans.parquet, unit: 元}
  counterparties: {file: counterparties.parquet, unit: 元}
"""


def _money(r: np.random.Generator, size: int, mean: float, spread: float) -> pa.Array:
    fen = np.exp(r.normal(mean, spread, size)).astype(np.int64) * 100 + r.integers(0, 100, size)
    text = [f"{v // 100}.{v % 100:02d}" for v in fen.tolist()]
    return pa.array(text).cast(pa.decimal128(18, 2))


def _pick(r: np.random.Generator, names: list[str], size: int) -> pa.Array:
    return pa.array(names).take(pa.array(r.integers(0, len(names), size)))


def _ids(prefix: str, numbers: np.ndarray) -> pa.Array:
    return pa.array([f"{prefix}{n:010d}" for n in numbers.tolist()])


def counterparties(size: int, seed: int, start: int = 0) -> pa.Table:
    r = np.random.default_rng([seed, 1, start] if start else [seed, 1])
    sectors = [x["code"] for x in rows("gbt4754-2017") if x["level"] == "class"]
    regions = [x["code"] for x in rows("gbt2260") if x["level"] == "county"]
    reported = r.random(size) < 0.1

    def some(array: pa.Array, share: float) -> pa.Array:
        return pa.array(array.to_pylist(), array.type, mask=r.random(size) >= share)

    def tonnes(mean: float) -> pa.Array:
        return pa.array(np.rint(np.exp(r.normal(mean, 1.5, size))).astype(np.int64), mask=~reported)

    return pa.table({
        "counterparty_id": _ids("E", np.arange(start, start + size)),
        "sector": _pick(r, sectors, size), "region": _pick(r, regions, size),
        "revenue": some(_money(r, size, 18, 1.5), 0.9),
        "total_assets": _money(r, size, 18.5, 1.5),
        "total_equity": some(_money(r, size, 17.5, 1.5), 0.8),
        "total_debt": some(_money(r, size, 17.8, 1.5), 0.95),
        "evic": some(_money(r, size, 18.6, 1.5), 0.05),
        "emissions_scope1_tco2e": tonnes(9), "emissions_scope2_tco2e": tonnes(8),
        "emissions_verified": pa.array((r.random(size) < 0.4), mask=~reported),
        "emissions_year": pa.array(np.full(size, 2025, np.int16)),
        "financials_year": pa.array(np.full(size, 2025, np.int16)),
    })  # fmt: skip


def loans(start: int, size: int, companies: int, seed: int) -> pa.Table:
    r = np.random.default_rng([seed, 2, start])
    sectors = [x["code"] for x in rows("gbt4754-2017") if x["level"] == "group"]
    outstanding = _money(r, size, 14, 1.4)
    return pa.table({
        "loan_id": _ids("L", np.arange(start, start + size)),
        "contract_id": _ids("H", np.arange(start, start + size) // 2),
        "counterparty_id": _ids("E", (companies * 1.02 * r.random(size) ** 1.5).astype(np.int64)),
        "asset_class": _pick(r, ["business_loan"], size),
        "sector": _pick(r, sectors, size),
        "currency": _pick(r, ["CNY"], size),
        "outstanding_amount": outstanding,
        "average_balance": outstanding,
        "product": _pick(r, ["流动资金贷款", "固定资产贷款", "贸易融资", "票据贴现"], size),
        "branch": _pick(r, [f"支行{n:03d}" for n in range(60)], size),
        "enterprise_scale": _pick(r, ["CS01", "CS02", "CS03", "CS04"], size),
        "green_tag": _pick(r, ["green", "not_green", "not_green", "not_green"], size),
    })  # fmt: skip


def written(path: Path, row_group: int | None, tables: Iterator[pa.Table]) -> None:
    """A table after the other into one file, none of them kept; it comes there whole."""
    part, writer = path.with_suffix(".part"), None
    for table in tables:
        writer = writer or pq.ParquetWriter(part, table.schema)
        writer.write_table(table, row_group_size=row_group)
    if writer is not None:
        writer.close()
        part.rename(path)


def make(out: Path, size: int, companies: int, seed: int, standards: str) -> None:
    """Write the book, its counterparties and a configuration into a working folder."""
    out.mkdir(parents=True, exist_ok=True)
    written(out / "counterparties.parquet", None, (
        counterparties(min(COMPANIES, companies - start), seed, start)
        for start in range(0, companies, COMPANIES)))  # fmt: skip
    written(out / "loans.parquet", 65_536, (
        loans(start, min(CHUNK, size - start), companies, seed)
        for start in range(0, size, CHUNK)))  # fmt: skip
    (out / "carbonledger.yaml").write_text(CONFIG.replace("STANDARDS", standards), "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--counterparties", type=int, default=100_000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--standards", default="pboc-2021, pcaf-2025")
    a = parser.parse_args()
    make(a.out, a.rows, a.counterparties, a.seed, a.standards)
