"""The floor: read the columns needed, write result columns that are there already.

python floor.py BOOK OUT READY, where READY is a file of entries of the same book.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from told import sha256

COLUMNS = ["loan_id", "contract_id", "counterparty_id", "asset_class", "sector", "currency",
           "outstanding_amount", "product", "branch", "green_tag"]  # fmt: skip


def packed(schema: pa.Schema) -> dict[str, object]:
    """As the product packs its rows (carbonledger/scale/rows.py), without its imports."""
    texts = [f.name for f in schema if pa.types.is_string(f.type)]
    amounts = [f.name for f in schema if pa.types.is_int64(f.type)]
    return {
        "compression": {n: "zstd" if n in texts else "none" for n in schema.names},
        "compression_level": dict.fromkeys(texts, 1),
        "use_dictionary": [n for n in schema.names
                           if n not in (*texts, *amounts, "attribution_factor")],
        "column_encoding": dict.fromkeys(amounts, "DELTA_BINARY_PACKED"),
        "write_statistics": False,
        "write_batch_size": 65_536,
    }  # fmt: skip


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
    with pq.ParquetWriter(target, group.schema, **packed(group.schema)) as writer:
        while done < rows:
            some = group.slice(0, min(group.num_rows, rows - done))
            writer.write_table(some)
            done += some.num_rows
    for path in (target, book / "loans.parquet", book / "counterparties.parquet"):
        sha256(path)
    print(read)


if __name__ == "__main__":
    main()
