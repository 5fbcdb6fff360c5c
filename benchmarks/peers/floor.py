"""The floor: read the columns needed, write result columns that are there already.

python floor.py BOOK OUT READY, where READY is a file of entries of the same book.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet as pq
from told import sha256

COLUMNS = ["loan_id", "contract_id", "counterparty_id", "asset_class", "sector", "currency",
           "outstanding_amount", "product", "branch", "green_tag"]  # fmt: skip


def main() -> None:
    book, out, ready = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    pq.read_table(book / "counterparties.parquet")
    loans = pq.ParquetFile(book / "loans.parquet")
    read = sum(b.num_rows for b in loans.iter_batches(65_536, columns=COLUMNS))
    # The result as it stands is read first and only its writing counts to the floor.
    source = pq.ParquetFile(ready)
    group = source.read_row_group(0)
    rows, done = source.metadata.num_rows, 0
    target = out / "floor.parquet"
    coded = [f.name for f in group.schema if str(f.type).startswith("dictionary")]
    with pq.ParquetWriter(target, group.schema, compression="zstd", compression_level=1,
                          use_dictionary=coded, write_statistics=False) as writer:  # fmt: skip
        while done < rows:
            some = group.slice(0, min(group.num_rows, rows - done))
            writer.write_table(some)
            done += some.num_rows
    for path in (target, book / "loans.parquet", book / "counterparties.parquet"):
        sha256(path)
    print(read)


if __name__ == "__main__":
    main()
