"""What a counterparty takes of memory: python benchmarks/counterparties.py

Books of 100,000 loans and more and more counterparties, Parquet to sealed runs without reports,
one standard. Printed are wall, peak memory, and the bytes each takes beyond the smallest book.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from compare import Cost, measured
from make_book import make

LOANS = 100_000
SIZES = (250_000, 1_000_000, 2_000_000)


def cost(size: int, folder: Path) -> Cost:
    """A run of a book of so many counterparties."""
    book = folder / str(size)
    make(book, LOANS, size, 7, "pcaf-2025")
    found, _ = measured(sys.executable, "-m", "carbonledger", "run", book, "--no-reports",
                        "--out", folder / f"{size}-runs")  # fmt: skip
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counterparties", type=int, action="append")
    sizes = sorted(parser.parse_args().counterparties or SIZES)
    with tempfile.TemporaryDirectory() as out:
        first = None
        for size in sizes:
            own = cost(size, Path(out))
            first = first or own
            print(f"{size:,}: {own.wall:.1f} s, {own.peak:.0f} MB", flush=True)
            if size > sizes[0]:
                each = (own.peak - first.peak) * 1e6 / (size - sizes[0])
                print(f"  {each:.0f} bytes a counterparty beyond {sizes[0]:,}", flush=True)
