"""Against what a good engineer would write instead, in one command: python benchmarks/compare.py

A seeded book, its factors and one standard (pcaf-2025) by the product, by a hand-written DuckDB
script in two modes, by a hand-written lazy Polars query, and the floor: reading the columns needed
and writing result columns that are there already. All read the same columns, join the same
counterparties, write and hash the same result columns and print the same totals, equal to the gram.
The product is also measured alone: its arithmetic, totals and row results without anything else.
The peers neither validate nor look for duplicate keys, know one class of assets, and find their
factors looked up by sector. Each runs in a process of its own, in rounds one after the other.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
SIZES = {100_000: 10_000, 1_000_000: 100_000, 10_000_000: 500_000, 100_000_000: 5_000_000}
STANDARD = "pcaf-2025"
ALONE = "its arithmetic alone"


class Cost(NamedTuple):
    """Seconds of the wall and of processors, and peak megabytes."""

    wall: float
    processors: float
    peak: float


# A process of its own, for a child's peak would hold that of the process which starts it.
MEASURE = """
import json, os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
said = process.stdout.read()
_, status, usage = os.wait4(process.pid, 0)
wall, processors = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
print(json.dumps([status, wall, processors, usage.ru_maxrss / 1024, said]))
"""


def measured(*command: object) -> tuple[Cost, str]:
    """What a fresh process costs, and what it prints."""
    words = [sys.executable, "-c", MEASURE, *map(str, command)]
    found = subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True).stdout
    status, wall, processors, peak, said = json.loads(found)
    if status:
        sys.exit(f"{' '.join(map(str, command))} failed")
    return Cost(wall, processors, peak), said


def factors_of(book: Path) -> None:
    """The intensity of each sector of the counterparties, looked up for the peers."""
    from carbonledger.config import load_config
    from carbonledger.factors import load_factors, shipped_root

    config, _ = load_config(book)
    assert config is not None
    at = load_factors([shipped_root()], known_on=config.known_on_of(2025),
                      allow=frozenset(config.allow), currency="CNY")[0].at(2025)  # fmt: skip
    sectors = pq.read_table(book / "counterparties.parquet", columns=["sector"])["sector"]
    names = sectors.unique().to_pylist()
    table = {"sector": pa.array(names)}
    for scope in "123":
        keys = {"sector": names, "region": ["CN"] * len(names), "scope": [scope] * len(names)}
        found = at.find("revenue_intensity", keys)
        absent = found.row < 0
        table[f"value{scope}"] = pa.array(found.values, mask=absent)
        table[f"row{scope}"] = pa.array(found.row, mask=absent)
    pq.write_table(pa.table(table), book / "factors.parquet")


def totals_of(run: Path) -> dict[str, object]:
    """What the peers print, from the totals of a sealed run."""
    import hashlib

    sys.path.insert(0, str(HERE / "peers"))
    from told import DIMENSIONS

    rows = pq.read_table(next(run.glob(f"2025-*/totals/{STANDARD}.parquet"))).to_pylist()
    table, whole = [], []
    for r in rows:
        dimension = {"option": "option_scope1"}.get(r["dimension"], r["dimension"])
        money = r["computed"] + r["not_covered"]
        sums = [r["rows_computed"] + r["rows_not_covered"], money, r["balance"], r["scope1"],
                r["scope2"], r["scope3"]]  # fmt: skip
        if not dimension:
            whole = ["" for _ in DIMENSIONS] + sums
        elif dimension in DIMENSIONS and r["code"]:
            table.append([r["code"] if d == dimension else "" for d in DIMENSIONS] + sums)
    digest = hashlib.sha256(json.dumps([whole, *sorted(table)]).encode()).hexdigest()[:16]
    return {"totals": whole[len(DIMENSIONS) :], "digest": digest, "codes": len(table)}


def rounds_of(book: Path, rounds: int) -> dict[str, list[Cost]]:
    """The costs of each way, round after round, once all of them said the same."""
    peers, found = HERE / "peers", dict[str, list[Cost]]()
    for _ in range(rounds):
        said: dict[str, object] = {}
        with tempfile.TemporaryDirectory(dir=book.parent) as place:
            out = Path(place)
            ways = {
                "carbonledger": (sys.executable, "-m", "carbonledger", "run", book, "--no-reports",
                                 "--out", out),
                ALONE: (sys.executable, peers / "alone.py", book, out),
                "DuckDB, rows reused": (sys.executable, peers / "duckdb_sql.py", book, out),
                "DuckDB, worked twice": (sys.executable, peers / "duckdb_sql.py", book, out,
                                         "--mode", "twice"),
                "Polars": (sys.executable, peers / "polars_lazy.py", book, out),
            }  # fmt: skip
            for name, command in ways.items():
                cost, line = measured(*command)
                found.setdefault(name, []).append(cost)
                said[name] = totals_of(out) if name == "carbonledger" else json.loads(line)
            ready = next(out.glob(f"2025-*/entries/{STANDARD}.parquet"))
            cost, _ = measured(sys.executable, peers / "floor.py", book, out, ready)
            found.setdefault("floor", []).append(cost)
        if len({json.dumps(s) for s in said.values()}) != 1:
            sys.exit("the totals differ:\n" + "\n".join(f"{n}: {s}" for n, s in said.items()))
    return found


def table(found: dict[str, list[Cost]]) -> None:
    """Medians, and the ratio of the product's wall and processor time to each, whole and alone."""
    medians = {n: Cost(*(statistics.median(c[k] for c in costs) for k in range(3)))
               for n, costs in found.items()}  # fmt: skip
    heads = ("wall s", "cpu s", "peak MB", "ours/wall", "ours/cpu", "alone/wall", "alone/cpu")
    print(f"{'':<22}" + "".join(f"{head:>11}" for head in heads))
    for name, cost in medians.items():
        ratios = [
            f"{ours / theirs:>11.2f}" for way in ("carbonledger", ALONE)
            for ours, theirs in zip(medians[way][:2], cost[:2], strict=True)
        ]  # fmt: skip
        print(f"{name:<22}" + "".join(f"{figure:>11.2f}" for figure in cost) + "".join(ratios))


def growth(sizes: dict[int, Cost]) -> None:
    """The cost of a row beyond start-up, and what a thousand million rows take at that."""
    empty = min(sizes)
    for rows, cost in sorted(sizes.items()):
        if rows != empty:
            more = (cost.processors - sizes[empty].processors) / (rows - empty) * 1e9
            print(f"{rows:>12,} rows: {more:,.0f} ns of a processor a row beyond {empty:,}")
    largest = max(sizes)
    each = (sizes[largest].processors - sizes[empty].processors) / (largest - empty)
    hours = each * 1e9 / 3600
    print(f"extrapolated, not measured: 1e8 rows {hours * 6:.0f} minutes of one core, 1e9 rows "
          f"{hours:.1f} hours of one core or {hours / 16 * 60:.0f} minutes of 16")  # fmt: skip


def book_of(rows: int) -> Path:
    """The seeded book of so many loans, made where it is not there yet."""
    book = HERE / "data" / f"{rows}-{STANDARD}"
    if not (book / "factors.parquet").exists():
        sys.path.insert(0, str(HERE))
        from make_book import make

        make(book, rows, SIZES.get(rows, max(rows // 10, 1)), 7, STANDARD)
        factors_of(book)
    return book


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, action="append", help="default 100,000 and 1,000,000")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    sizes: dict[int, Cost] = {}
    for rows in asked.rows or (100_000, 1_000_000):
        found = rounds_of(book_of(rows), asked.rounds)
        load = os.getloadavg()[0]
        print(f"{rows:,} loans, {asked.rounds} rounds, {os.cpu_count()} cores, load {load:.1f}")
        table(found)
        own = found["carbonledger"]
        sizes[rows] = Cost(*(statistics.median(c[k] for c in own) for k in range(3)))
    if len(sizes) > 1:
        growth(sizes)


if __name__ == "__main__":
    main()
