"""What a sheet hides or merges: said beside its content, never acted upon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carbonledger.issues import Issue
from carbonledger.reading.header import Head
from carbonledger.reading.table import Request

FIRST_NAMES = 5


@dataclass(frozen=True)
class Layout:
    """Hidden rows, hidden columns and merged ranges of a sheet, counted from 1."""

    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[tuple[int, int]] = ()
    """First and last of each hidden range."""
    merged: Sequence[tuple[int, int, int]] = ()
    """First row, last row and first column of each merged range."""


NO_LAYOUT = Layout()


def layout_issues(request: Request, sheet: str | None, head: Head, layout: Layout) -> list[Issue]:
    """Warnings of rows and columns nobody sees, and of merged cells among the records."""
    issues = []
    rows = [row for row in layout.hidden_rows if row > head.row]
    if rows:
        issues.append(request.issue("rows_hidden", min(rows), sheet=sheet, count=str(len(rows))))
    names = [
        name for name, at in zip(head.columns, head.at, strict=True)
        if any(first <= at + 1 <= last for first, last in layout.hidden_columns)
        and request.is_header(name)
    ]  # fmt: skip
    if names:
        shown = ", ".join(names[:FIRST_NAMES])
        issues.append(request.issue("columns_hidden", head.row, sheet=sheet, value=shown,
                                    count=str(len(names))))  # fmt: skip
    down = [row for row, last, column in layout.merged
            if row > head.row and last > row and column - 1 in head.at]  # fmt: skip
    if down:
        issues.append(request.issue("cells_merged", min(down), sheet=sheet, count=str(len(down))))
    return issues
