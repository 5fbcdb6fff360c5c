"""Month-end files of one book, from twelve exports to a sealed run: python benchmarks/months.py

Each month holds the loans in another order; one in fifty ends in the year and one in fifty begins.
``--form gb18030`` writes CSV as a core system would, in two files a month; else it is Parquet.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq
from compare import measured
from make_book import counterparties, loans

CONFIG = """\
entity: {zh: 基准测试, en: Benchmark}
period: 2025
currency: CNY
known_on: 2026-03-31
standards: [pboc-2021]
books:
  loans: {months: "loans-{period}*", unit: 元}
  counterparties: {file: counterparties.parquet, unit: 元}
"""


def month(book: pa.Table, number: int) -> pa.Table:
    """The loans of a month's end, shuffled, what is outstanding a little other than before."""
    r = np.random.default_rng([7, 3, number])
    at = np.arange(len(book))
    stands = (at % 100 != 1) | (number < 1 + at // 100 % 12)
    stands &= (at % 100 != 2) | (number > at // 100 % 12)
    some = book.take(pa.array(r.permutation(at[stands])))
    more = pa.array(r.integers(0, 1_000_000, len(some), np.int32)).cast(pa.decimal128(18, 2))
    balance = pc.add(some["outstanding_amount"], more).cast(pa.decimal128(18, 2))
    place = some.column_names.index("outstanding_amount")
    return some.set_column(place, "outstanding_amount", balance)


def written(table: pa.Table, path: Path, form: str) -> None:
    """A month's rows as a file of Parquet, or as two of CSV."""
    if form == "parquet":
        pq.write_table(table, path.with_suffix(".parquet"), row_group_size=65_536)
        return
    half = len(table) // 2
    for letter, part in (("a", table[:half]), ("b", table[half:])):
        sink = pa.BufferOutputStream()
        csv.write_csv(part, sink, csv.WriteOptions(quoting_style="none"))
        text = sink.getvalue().to_pybytes().decode()
        path.with_name(f"{path.name}-{letter}.csv").write_bytes(text.encode("gb18030"))


def make(folder: Path, rows: int, form: str) -> None:
    """The working folder."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(counterparties(rows // 10, 7), folder / "counterparties.parquet")
    book = pa.concat_tables(
        loans(start, min(250_000, rows - start), rows // 10, 7) for start in range(0, rows, 250_000)
    ).drop_columns(["average_balance"])
    for number in range(1, 13):
        written(month(book, number), folder / f"loans-2025{number:02d}", form)
    (folder / "carbonledger.yaml").write_text(CONFIG, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--form", choices=("parquet", "gb18030"), default="parquet")
    parser.add_argument("--book", type=Path, help="a folder for the book, kept")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = asked.book or Path(place) / "book"
        if not (folder / "carbonledger.yaml").exists():
            make(folder, asked.rows, asked.form)
        out = Path(place) / "runs"
        cost, said = measured(sys.executable, "-m", "carbonledger", "run", folder, "--no-reports",
                              "--out", out)  # fmt: skip
        figures = next(out.glob("2025-*/summary.json")).read_text("utf-8")
    print(
        f"{asked.rows:,} loans, 12 month-ends, {asked.form}: {cost.wall:.1f} s, "
        f"{cost.processors:.1f} s of processors, {cost.peak:.0f} MB, load {os.getloadavg()[0]:.1f}"
    )
    print(said.rstrip())
    print(figures.split('"figures_id": "')[1].split('"')[0])


if __name__ == "__main__":
    main()
