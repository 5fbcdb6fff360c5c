"""What a loan costs as books grow: python benchmarks/growth.py --rows 100000 --rows 1000000

Parquet books of compare.py to sealed runs without reports, one standard, the product alone, in
rounds over all sizes. Printed are wall, processors, peak memory, and the processors a row takes
beyond the smallest book; for 1e9 rows the hours of one core and of 16 at the largest book's rate.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence

from compare import Cost, book_of, measured

ROWS = (100_000, 1_000_000, 10_000_000)


def costs(sizes: Sequence[int], rounds: int) -> dict[int, Cost]:
    """The medians of each size."""
    found: dict[int, list[Cost]] = {rows: [] for rows in sizes}
    for _ in range(rounds):
        for rows in sizes:
            book = book_of(rows)
            with tempfile.TemporaryDirectory(dir=book.parent) as out:
                cost, _ = measured(sys.executable, "-m", "carbonledger", "run", book,
                                   "--no-reports", "--out", out)  # fmt: skip
            found[rows].append(cost)
            print(f"  {rows:,}: {cost.wall:.1f} s, {cost.processors:.1f} s of processors, "
                  f"{cost.peak:.0f} MB, load {os.getloadavg()[0]:.1f}", flush=True)  # fmt: skip
    return {rows: Cost(*(statistics.median(c[k] for c in some) for k in range(3)))
            for rows, some in found.items()}  # fmt: skip


def told(found: Mapping[int, Cost]) -> None:
    """The table, and what follows for a thousand million rows."""
    least, most = min(found), max(found)
    print(f"{'rows':>13} {'wall s':>9} {'cpu s':>9} {'peak MB':>8} {'cpu us a row more'}")
    each = 0.0
    for rows, cost in sorted(found.items()):
        more = cost.processors - found[least].processors
        each = more / (rows - least) if rows > least else 0.0
        rate = f"{each * 1e6:.3f}" if each else ""
        print(f"{rows:>13,} {cost.wall:>9.1f} {cost.processors:>9.1f} {cost.peak:>8.0f} {rate}")
    hours = each * 1e9 / 3600
    print(f"1e9 rows at the rate of {most:,}, not measured: {hours:.1f} hours of one core, "
          f"{hours / 16 * 60:.0f} minutes of 16")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, action="append", help="default 1e5, 1e6 and 1e7")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    sizes = sorted(set(asked.rows or ROWS))
    for rows in sizes:
        book_of(rows)
    told(costs(sizes, asked.rounds))


if __name__ == "__main__":
    main()
