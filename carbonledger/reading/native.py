"""What the formats that keep types have in common: their damage, and what forbids reading them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from carbonledger.issues import Issue
from carbonledger.reading.table import Request, columns_problems, recognised

DAMAGE = (pa.ArrowException, OSError, UnicodeDecodeError, MemoryError)


def native_problems(request: Request, schema: Any, rows: int) -> list[Issue]:
    """Why a file with these columns is not read."""
    columns = tuple(schema.names)
    issues = columns_problems(request, columns, None)
    if not recognised(columns, request.is_header):
        issues.append(request.issue("header_missing"))
    elif not rows:
        issues.append(request.issue("nothing_to_read"))
    issues += [
        request.issue("column_nested", value=column.name)
        for column in schema
        if pa.types.is_nested(column.type) and request.is_header(column.name)
    ]
    return issues


def with_texts(batch: Any) -> Any:
    """The batch with text where bytes are; what is no text or has no form as text is damage."""
    columns = [
        column if any(is_(column.type) for is_ in _PLAIN) else column.cast(pa.string())
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


_PLAIN = (
    pa.types.is_string, pa.types.is_integer, pa.types.is_boolean, pa.types.is_float64,
    pa.types.is_float32, pa.types.is_decimal128, pa.types.is_date32, pa.types.is_nested,
    pa.types.is_dictionary,
)  # fmt: skip
"""Types that always have a form as text; the others are tried at the door."""


def reason(problem: Exception) -> str:
    """The first line of what a library says."""
    return str(problem).strip().split("\n")[0][:200]
