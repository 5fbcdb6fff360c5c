"""The product's own arithmetic, totals and row results, and nothing else: alone.py BOOK OUT

Reads the columns needed, encodes, accounts, writes and hashes the rows and prints the totals as the
peers do: no validation, no duplicate keys, no doubts, no fingerprint, no seal. Companies come as in
a run, for their estimates are what the arithmetic works with.
"""

from __future__ import annotations

import gc
import os
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

# As the product does (carbonledger/__main__.py).
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from floor import COLUMNS
from told import DIMENSIONS, say

from carbonledger.books.checks import Typed
from carbonledger.cli.frames import hide_pandas
from carbonledger.config import load_config
from carbonledger.engine import attribute
from carbonledger.entries import table_of
from carbonledger.intake import positions
from carbonledger.intake.positions import Positions
from carbonledger.ledger.posting import Posting
from carbonledger.reading.ahead import ahead
from carbonledger.reading.parquet import of_one_size
from carbonledger.reading.table import BATCH_ROWS
from carbonledger.scale.period import prepare
from carbonledger.scale.rows import sealed_rows
from carbonledger.scale.standing import AHEAD

CODED = ["asset_class", "sector", "currency", "product", "branch", "green_tag"]


def batches(path: Path) -> Any:
    """The loans as they stand, amounts in fen."""
    file = pq.ParquetFile(path, read_dictionary=CODED)
    for batch in of_one_size(file.iter_batches(BATCH_ROWS, columns=COLUMNS)):
        columns = {n: batch.column(n) for n in COLUMNS}
        halves = np.frombuffer(columns["outstanding_amount"].buffers()[1], np.int64)
        fen = halves[::2][columns["outstanding_amount"].offset :][: batch.num_rows]
        columns["outstanding_amount"] = pa.array(fen)
        yield Typed(np.arange(batch.num_rows), columns, path.name)


class Unchecked:
    """An open book whose rows nobody looks at."""

    def __init__(self, opened: Any, path: Path) -> None:
        self.book, self.config, self.issues, self.path = opened.book, opened.config, [], path

    def batches(self) -> Any:
        """Its batches."""
        return batches(self.path)


def main() -> None:
    gc.set_threshold(400_000)
    hide_pandas()
    book, out = Path(sys.argv[1]), Path(sys.argv[2])
    config, _ = load_config(book)
    assert config is not None
    ready = prepare(config, book, 2025)
    standard = ready.standards[0]
    positions._note_sizes = lambda *_: None  # type: ignore[assignment]
    ready.books["loans"] = Unchecked(ready.books["loans"], book / "loans.parquet")  # type: ignore[assignment]
    posting, rows = Posting(standard), sealed_rows(out / standard.id)
    asked = replace(ready, standards=(standard,))

    def accounted(some: Positions) -> list[Any]:
        entries = attribute(some.batch, ready.estimated, ready.at, standard)
        posting.post(entries, some.batch)
        return rows.ready(table_of(entries, some, standard))

    def write(groups: Future[list[Any]]) -> None:
        for group in groups.result():
            rows.write(group)

    # As in a run, what comes next is read and encoded while this is accounted for and written.
    with ThreadPoolExecutor(1) as pen, ThreadPoolExecutor(1) as desk:
        written = deque[Future[None]]()
        for batch in ahead(asked.positions(("loans",))):
            written.append(pen.submit(write, desk.submit(accounted, batch)))
            if len(written) > AHEAD:
                written.popleft().result()
    rows.close()
    assert rows.digest is not None  # the file was hashed as it was written, as in a run
    say(totals(posting.ledger()), None, None)


def totals(ledger: Any) -> Any:
    """Rows of the table of totals, as the peers make them."""
    def sums(t: Any) -> list[int]:
        return [t.rows_computed + t.rows_not_covered, t.computed + t.not_covered, t.balance,
                t.scope1, t.scope2, t.scope3]  # fmt: skip

    nothing: list[str | None] = [None] * len(DIMENSIONS)
    yield [*nothing, *sums(ledger.whole)]
    for dimension, codes in ledger.by.items():
        name = "option_scope1" if dimension == "option" else dimension
        for code, total in codes.items():
            if name in DIMENSIONS and code:
                yield [*(code if d == name else None for d in DIMENSIONS), *sums(total)]


if __name__ == "__main__":
    main()
