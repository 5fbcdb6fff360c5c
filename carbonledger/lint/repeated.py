"""One quantity printed twice must be one number: else a unit, a digit or a method has slipped.

Between two reports a comparative may move, but then a note must say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from carbonledger.issues import Issue
from carbonledger.lint.digits import power_of_ten, swapped
from carbonledger.lint.table import YEAR, Figure, Table, shown
from carbonledger.lint.words import plain, says
from carbonledger.units import clean

Identity = tuple[str, ...]


def repeated(tables: tuple[Table, ...]) -> Iterator[Issue]:
    """The quantities that stand in two tables with two values."""
    for found in _same(tables).values():
        for (first, before), (second, now) in pairwise(found):
            slack = max(before.step, now.step) / 2 + abs(now.value) / 10**9
            if abs(before.value - now.value) > slack:
                yield from _finding(first, before, second, now)


def _same(tables: tuple[Table, ...]) -> dict[Identity, list[tuple[Table, Figure]]]:
    found: dict[Identity, list[tuple[Table, Figure]]] = {}
    for table in tables:
        own: dict[Identity, list[Figure]] = {}
        for figure in table.figures:
            identity = _identity(figure)
            if identity:
                own.setdefault(identity, []).append(figure)
        for identity, figures in own.items():
            if len(figures) == 1:  # a name that stands twice in one table names no one thing
                found.setdefault(identity, []).append((table, figures[0]))
    return found


def _identity(figure: Figure) -> Identity | None:
    """What names a quantity across tables; a key does alone, a bare total does not."""
    if figure.key:
        return ("key", figure.key)
    if says("generic", plain(figure.row_label)):
        return None
    context = clean(figure.title) if says("standard", figure.title) else ""
    return (plain(figure.row_label), plain(figure.column_label), figure.period, figure.dimension,
            str(figure.restated), context)  # fmt: skip


def _finding(first: Table, before: Figure, second: Table, now: Figure) -> Iterator[Issue]:
    details = {"other": str(before.place), "expected": shown(before.value, before)}
    if power_of_ten(now.value, before.value):
        yield now.issue("lint_power_of_ten", **details)
    elif swapped(now, before.value):
        yield now.issue("lint_transposed", expected=details["expected"])
    elif not _of_two_reports(first, second):
        yield now.issue("lint_unequal", **details)
    elif not (second.explains(now) or first.explains(before)):
        yield now.issue("lint_comparative_moved", **details)


def _of_two_reports(first: Table, second: Table) -> bool:
    years = [YEAR.findall(f"{t.name} {t.title}") for t in (first, second)]
    return all(years) and max(years[0]) != max(years[1])


RULE = repeated
