"""A growth rate must follow from the base that is shown, and from the restated one if there is one.

Growth over a first-reported base mixes two perimeters and overstates the change.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from carbonledger.issues import Issue
from carbonledger.lint.table import YEAR, Figure, Table
from carbonledger.lint.words import plain, says

NOISE = Fraction(1, 10**9)


def growth(tables: tuple[Table, ...]) -> Iterator[Issue]:
    """The growth rates that their own row does not give."""
    for table in tables:
        for row in dict.fromkeys(f.row for f in table.figures):
            line = [f for f in table.figures if f.row == row]
            rates = [f for f in line if says("growth", f.column_label) and f.dimension == "share"]
            # A column without a year of its own, such as the difference, is of no year.
            amounts = [f for f in line if YEAR.search(f.label) and f not in rates]
            for rate in rates:
                yield from _rate(rate, amounts, tables)


def _rate(rate: Figure, amounts: list[Figure], tables: tuple[Table, ...]) -> Iterator[Issue]:
    years = sorted({f.period for f in amounts})
    if len(years) < 2:
        return
    now = [f for f in amounts if f.period == years[-1]]
    bases = [f for f in amounts if f.period == years[-2]]
    restated = [f for f in bases if f.restated] or _elsewhere(bases, tables)
    right = [(n, b) for n in now for b in (restated or bases) if b.value]
    if not right or any(_gives(rate, n, b) for n, b in right):
        return
    mixed = any(_gives(rate, n, b) for n in now for b in bases if b.value)
    change = (right[0][0].value / right[0][1].value - 1) * 100
    yield rate.issue(
        "lint_growth_base" if mixed else "lint_growth", expected=f"{float(change):.2f}%"
    )


def _elsewhere(bases: list[Figure], tables: tuple[Table, ...]) -> list[Figure]:
    """The restated figure of the same row and year in another table."""
    names = {(plain(b.row_label), b.period) for b in bases}
    return [f for t in tables for f in t.figures
            if f.restated and (plain(f.row_label), f.period) in names]  # fmt: skip


def _gives(rate: Figure, now: Figure, base: Figure) -> bool:
    change = now.value / base.value - 1
    blur = (now.step + abs(now.value / base.value) * base.step) / abs(base.value) / 2
    # A workbook's percent cell holds the hundredth of what it shows, under a heading with a "%".
    readings = (1,) if "%" in rate.text else (1, 100)
    return any(abs(change - rate.value * times) <= rate.step * times / 2 + blur + NOISE
               for times in readings)  # fmt: skip


RULE = growth
