"""What the formats that keep types have in common: their damage, and what forbids reading them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.issues import Issue, Refusal
from carbonledger.reading.table import Request, columns_problems, recognised

YEAR_10000 = 253_402_300_800
"""Its first second, counted from 1970."""
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
        column if any(is_(column.type) for is_ in _PLAIN) else _within(column).cast(pa.string())
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _within(column: Any) -> Any:
    """The column, unless a time in it lies beyond the years 1 to 9999: Arrow dies writing one."""
    if not (pa.types.is_timestamp(column.type) or pa.types.is_date64(column.type)):
        return column
    unit = column.type.unit if pa.types.is_timestamp(column.type) else "ms"
    most = YEAR_10000 * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    ends = pc.min_max(column.cast(pa.int64())).as_py()
    if any(end is not None and abs(end) >= min(most, 2**63 - 1) for end in ends.values()):
        raise pa.ArrowInvalid("a time beyond the year 9999")
    return column


_PLAIN = (
    pa.types.is_string, pa.types.is_integer, pa.types.is_boolean, pa.types.is_float64,
    pa.types.is_float32, pa.types.is_decimal128, pa.types.is_date32, pa.types.is_nested,
    pa.types.is_dictionary,
)  # fmt: skip
"""Types that always have a form as text; the others are tried at the door."""


class Changed(OSError):
    """A file is no longer the one that was opened first."""


def damaged(problem: Exception) -> Refusal:
    """What became of a file that was opened before and cannot be read on."""
    if isinstance(problem, (Changed, FileNotFoundError)):
        return Refusal("file_changed")
    return Refusal("file_unreadable", reason=reason(problem))


def reason(problem: Exception) -> str:
    """The first line of what a library says."""
    return str(problem).strip().split("\n")[0][:200]
