"""What a position book carries beside its own columns: its entities, and month-end balances."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.books import BOOKS
from carbonledger.books.checks import Source, typed
from carbonledger.books.rows import without_required
from carbonledger.intake.lifted import lifted_columns
from carbonledger.intake.mapping import Mapped
from carbonledger.issues import Issue


def beside(
    mapped: Mapped, monthly: Mapping[str, str], batch: pa.RecordBatch, rows: NDArray[np.int64],
    source: Source, problems: list[Issue],
) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:  # fmt: skip
    """What stands beside a book's own columns, typed and as read: entities and month-ends."""
    columns: dict[str, pa.Array] = {}
    texts: dict[str, pa.Array] = {}
    for name in dict.fromkeys(lifted_columns().values()):
        lifted = {c: batch.column(h) for c, h in mapped.lifted.items()
                  if lifted_columns()[c] == name}  # fmt: skip
        if lifted:
            model = without_required(BOOKS[name].row)
            values, issues = typed(model, lifted, rows, source)
            problems += issues
            columns |= values.columns
            texts |= values.texts
    for month, header in monthly.items():
        where = Source(source.file, source.sheet, {"average_balance": header},
                       {"average_balance": source.scales[month]}, source.currency)  # fmt: skip
        model = without_required(BOOKS["loans"].row)
        values, issues = typed(model, {"average_balance": batch.column(header)}, rows, where)
        problems += issues
        columns[f"balance {month}"] = values.columns["average_balance"]
        texts |= {f"balance {month}": cells for cells in values.texts.values()}
    return columns, texts
