"""A series that leaps from one year to the next has changed its method, its unit or its kind.

One line must not be drawn through both years unless a note marks the break.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from carbonledger.issues import Issue
from carbonledger.lint.digits import ten
from carbonledger.lint.table import Figure, Table, shown
from carbonledger.lint.words import plain

LEAP = 3
"""A total that triples or falls to a third within a year is no growth of a book."""


def series(tables: tuple[Table, ...]) -> Iterator[Issue]:
    """The leaps from one year to the next that no note explains."""
    for table in tables:
        lines: dict[tuple[str, ...], dict[int, list[Figure]]] = {}
        for figure in table.figures:
            if figure.period.isdigit() and figure.additive and figure.value > 0:
                name = (plain(figure.row_label), plain(figure.column_label), figure.dimension)
                lines.setdefault(name, {}).setdefault(int(figure.period), []).append(figure)
        for years in lines.values():
            yield from _leaps(table, years)


def _leaps(table: Table, years: dict[int, list[Figure]]) -> Iterator[Issue]:
    for before, now in pairwise(sorted(years)):
        if now - before > 1 or len(years[before]) > 1 or len(years[now]) > 1:
            continue
        old, new = years[before][0], years[now][0]
        ratio = new.value / old.value
        if max(ratio, 1 / ratio) < LEAP or table.explains(new) or table.explains(old):
            continue
        slip = any(Fraction(1, 2) <= ratio / ten(p) <= 2 for p in (-4, -3, 3, 4))
        code = "lint_power_of_ten" if slip else "lint_series_break"
        yield new.issue(code, other=str(old.place), expected=shown(old.value, old))


RULE = series
