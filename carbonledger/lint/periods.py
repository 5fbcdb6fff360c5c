"""A quarter and the year to date imply the quarters before, which must be of the same kind.

Where tonnes per yuan of the implied part leap, a project came in whole or a figure is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from carbonledger.issues import Issue
from carbonledger.lint.bands import is_a
from carbonledger.lint.table import Figure, Table

FACTOR = 3
"""Banks' disclosed quarters of one year differ by less than 1.3 times."""


def periods(tables: tuple[Table, ...]) -> Iterator[Issue]:
    """Implied earlier quarters that save far more or less for their loans than the quarter."""
    for table in tables:
        quarter, to_date = (_pair(table, name) for name in ("quarter", "to_date"))
        if quarter is None or to_date is None:
            continue
        saved, loans = to_date[0].value - quarter[0].value, to_date[1].value - quarter[1].value
        if saved <= 0 or loans <= 0 or not quarter[1].value:
            continue
        ratio = (saved / loans) / (quarter[0].value / quarter[1].value)
        if max(ratio, 1 / ratio) > FACTOR:
            yield to_date[0].issue("lint_period_outlier", ratio=f"{float(ratio):.2f}")


def _pair(table: Table, name: str) -> tuple[Figure, Figure] | None:
    """The saving and the loans of a part of the year, where the table has one of each."""
    own = [f for f in table.figures if f.period.endswith(name)]
    saved = [f for f in own if is_a("avoided", f)]
    loans = [f for f in own if is_a("loans", f)]
    return (saved[0], loans[0]) if len(saved) == len(loans) == 1 else None


RULE = periods
