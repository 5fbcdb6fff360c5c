"""The engine alone over a book mixed of every asset class: python benchmarks/mixed.py

Nanoseconds of processor a row on one thread of estimate, attribute and post under pcaf-2025, from
encoded columns; the assets of pools are estimated before. The book is synthetic and seeded.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parent))

from make_book import _ids, _money, _pick, counterparties

ROUNDS = 5
STANDARD = "pcaf-2025"
CLASSES = {
    "business_loan": 40, "corporate_bond": 8, "listed_equity": 8, "unlisted_equity": 4,
    "project_finance": 8, "commercial_real_estate": 6, "mortgage": 12, "motor_vehicle_loan": 8,
    "sovereign_debt": 2, "sub_sovereign_debt": 1, "use_of_proceeds": 1, "securitisation": 2,
}  # fmt: skip
"""Rows of each class in a hundred."""
CONFIG = f"""\
entity: {{zh: 基准测试, en: Benchmark}}
period: 2025
currency: CNY
known_on: 2026-03-31
standards: [{STANDARD}]
books:
"""


def entities(size: int, seed: int) -> dict[str, pa.Table]:
    """Every book of entities, and the assets of the pools."""
    r = np.random.default_rng([seed, 3])
    some, few = size // 4, max(size // 100, 10)
    tonnes = lambda n: pa.array(r.integers(1, 5000, n))
    return {
        "counterparties": counterparties(size, seed),
        "projects": pa.table({
            "project_id": _ids("P", np.arange(some)), "total_equity": _money(r, some, 17, 1),
            "total_debt": _money(r, some, 17, 1), "emissions_scope1_tco2e": tonnes(some),
            "emissions_scope2_tco2e": tonnes(some)}),
        "properties": pa.table({
            "property_id": _ids("B", np.arange(size)),
            "property_value_at_origination": _money(r, size, 15, 1),
            "emissions_scope2_tco2e": tonnes(size)}),
        "vehicles": pa.table({
            "vehicle_id": _ids("V", np.arange(size)),
            "vehicle_value_at_origination": _money(r, size, 13, 1),
            "emissions_scope1_tco2e": tonnes(size)}),
        "territories": pa.table({
            "territory_id": pa.array(["USA", "JPN", "CN", "500000", "310000"]),
            "region": pa.array([None, None, None, "500000", "310000"]),
            "country": pa.array(["USA", "JPN", "CN", "CN", "CN"]),
            "gdp_nominal_usd": pa.array([28.8e12, 4e12, 18.7e12, 18.7e12, 18.7e12]),
            "gdp_regional_usd": pa.array([None, None, None, 4.5e11, 7.4e11]),
            "production_emissions_excl_lulucf_tco2e":
                pa.array([None, None, None, 150_000_000, 180_000_000])}),
        "pools": pa.table({
            "pool_id": _ids("A", np.arange(few)), "total_debt": _money(r, few, 18, 0.5),
            "deal_outstanding_amount": _money(r, few, 18, 0.5),
            "allocated_share": pa.array(np.ones(few))}),
        "pool_assets": pa.table({
            "loan_id": _ids("Z", np.arange(few * 5)), "pool_id": _ids("A", np.arange(few * 5) // 5),
            "asset_class": pa.array(["mortgage"] * (few * 5)),
            "property_id": _ids("B", r.integers(0, size, few * 5)),
            "outstanding_amount": _money(r, few * 5, 14, 1)}),
    }  # fmt: skip


def loans(rows: int, size: int, seed: int) -> pa.Table:
    """Positions of every class, in no order."""
    r = np.random.default_rng([seed, 4])
    names = [name for name, share in CLASSES.items() for _ in range(share)]
    some, few = size // 4, max(size // 100, 10)
    any_of = {"counterparty_id": ("E", size), "project_id": ("P", some), "property_id": ("B", size),
              "vehicle_id": ("V", size), "pool_id": ("A", few)}  # fmt: skip
    classes = _pick(r, names, rows)
    sub = np.asarray(pc.equal(classes, "sub_sovereign_debt"))
    return pa.table({
        "loan_id": _ids("L", np.arange(rows)), "asset_class": classes,
        "outstanding_amount": _money(r, rows, 13, 1),
        **{n: _ids(p, r.integers(0, k, rows)) for n, (p, k) in any_of.items()},
        "territory_id": pa.array(np.where(sub, "500000", "JPN")),
        "branch": _pick(r, [f"支行{n:03d}" for n in range(60)], rows),
    })  # fmt: skip


def make(out: Path, rows: int, size: int, seed: int) -> None:
    """Write the books and a configuration into a working folder."""
    books = {"loans": loans(rows, size, seed), **entities(size, seed)}
    for name, table in books.items():
        pq.write_table(table, out / f"{name}.parquet", row_group_size=65_536)
    lines = [f"  {name}: {{file: {name}.parquet, unit: 元}}\n" for name in books]
    (out / "carbonledger.yaml").write_text(CONFIG + "".join(lines), "utf-8")


def measure(book: Path) -> tuple[list[float], dict[str, float]]:
    """Nanoseconds a row by round, and the computed share of each class."""
    from carbonledger.config import load_config
    from carbonledger.engine import Estimated, attribute, estimate
    from carbonledger.intake.book import open_book
    from carbonledger.ledger.posting import Posting
    from carbonledger.scale.period import factor_roots, prepare_books
    from carbonledger.standards import standards

    config, issues = load_config(book)
    assert config is not None, [i.text("en") for i in issues]
    # Where nothing is to be joined, what estimates read stays, so that they can be made again.
    books = {n: open_book(n, b, book, 2025, config.currency) for n, b in config.books.items()}
    ready = prepare_books(config, book, 2025, books, factor_roots(config, book))
    wrong = [i.text("en") for i in ready.all_issues() if i.severity == "error"]
    assert not wrong, wrong[:3]
    gc.set_threshold(400_000)  # as the command line does
    standard = standards()[STANDARD]
    batches = [p.batch for p in ready.positions()]
    rows = sum(b.size for b in batches)
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        shown = {}
        for page in standard.pages:
            key = standard.estimates_key(page)
            if key not in shown:
                known = ready.estimated[key].entities
                shown[key] = Estimated(known, estimate(known, page.estimates, ready.at))
        posting = Posting(standard)
        for batch in batches:
            posting.post(attribute(batch, shown, ready.at, standard), batch)
        ledger = posting.ledger()
        found.append((time.process_time() - start) / rows * 1e9)
    by_class = ledger.by["asset_class"].items()
    return found, {name: t.rows_computed / t.rows for name, t in by_class}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--entities", type=int, default=100_000)
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), a.rows, a.entities, 7)
        rounds, computed = measure(Path(folder))
    print(f"{a.rows:,} rows of {len(CLASSES)} classes, {STANDARD}: "
          f"{statistics.median(rounds):.0f} ns a row (least {min(rounds):.0f})")  # fmt: skip
    print("computed:", ", ".join(f"{name} {share:.0%}" for name, share in computed.items()))


if __name__ == "__main__":
    main()
