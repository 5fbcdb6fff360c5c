"""A million loans under two standards: python benchmarks/standards.py

Three figures of the command ``standards`` on one sealed run, each of a fresh process: the split in
figures, and position by position as CSV and as JSON, all written to nowhere. Each is the median of
some rounds, with the least of them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from make_book import make
from speed import HERE, measured, told

ROUNDS = 3
ROWS = 1_000_000


def main() -> None:
    book = HERE / "data" / str(ROWS)
    if not (book / "loans.parquet").exists():
        make(book, ROWS, 100_000, 7, "pboc-2021, pcaf-2025")
    with tempfile.TemporaryDirectory() as out:
        run = [sys.executable, "-m", "carbonledger"]
        subprocess.run([*run, "run", str(book), "--no-reports", "--out", out], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        (sealed,) = (p.parent for p in Path(out).glob("*/manifest.json"))
        for name, options in {
            "figures": [],
            "position by position, CSV": ["--loans", "--format", "csv"],
            "position by position, JSON": ["--loans", "--format", "json"],
        }.items():
            rounds = [measured(*run, "standards", str(sealed), *options) for _ in range(ROUNDS)]
            wall, processor, peak = zip(*rounds, strict=True)
            print(f"{name}: {told(wall, 's')}, {told(processor, 's')} of processors, "
                  f"{told(peak, 'MB', 0)}")  # fmt: skip


if __name__ == "__main__":
    main()
