"""Parts against totals: a total that its own rows do not make is the first thing readers try.

A total counts as right when any reading of the table makes it: the rows above it back to the last
total, the rows below it, subtotals in place of their parts. Shares must sum to the share of the
total. A total equal to one part while another part is there is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from carbonledger.issues import Issue
from carbonledger.lint.digits import swapped
from carbonledger.lint.table import Figure, Table, shown
from carbonledger.lint.words import says

NOISE = Fraction(1, 10**9)
"""What binary numbers of a spreadsheet may be off, relative to the total."""


def footing(tables: tuple[Table, ...]) -> Iterator[Issue]:
    """The totals that do not add up."""
    for table in tables:
        for column in table.columns():
            items = [f for f in column if f.row not in table.asides]
            for kind in dict.fromkeys(f.kind for f in items):
                yield from _column([f for f in items if f.kind == kind])


def _column(items: Sequence[Figure]) -> Iterator[Issue]:
    ends = [i for i, f in enumerate(items) if f.closes]
    for at in ends:
        total = items[at]
        if not total.additive and not says("share", total.label):
            continue
        above = items[max((e + 1 for e in ends if e < at), default=0) : at]
        everything = [f for i, f in enumerate(items[:at]) if i not in ends]
        below = items[at + 1 : min((e for e in ends if e > at), default=len(items))]
        readings = [r for r in (above, everything, list(items[:at]), below) if len(r) > 1]
        if readings and not any(_adds(r, total) for r in readings):
            yield _finding(readings[0], total)


def _slack(parts: Sequence[Figure], total: Figure) -> Fraction:
    """Half a printed step for each part and for the total."""
    step = min(f.step for f in (*parts, total))
    return (len(parts) + 1) * step / 2 + abs(total.value) * NOISE


def _adds(parts: Sequence[Figure], total: Figure) -> bool:
    """Whether two or more neighbours next to the total make it, subtotals standing for parts."""
    slack = _slack(parts, total)
    plain, short = [f.value for f in parts], _collapsed(parts)
    for line in (plain, plain[::-1], short, short[::-1]):
        reached = Fraction(0)
        for count, value in enumerate(line, 1):
            reached += value
            if count > 1 and abs(reached - total.value) <= slack:
                return True
    return False


def _collapsed(parts: Sequence[Figure]) -> list[Fraction]:
    """The parts, with a row that is the sum of the rows right above it in their place."""
    line: list[Fraction] = []
    for figure in parts:
        slack = 3 * figure.step / 2
        reached, count = Fraction(0), 0
        for back, value in enumerate(reversed(line), 1):
            reached += value
            if back > 1 and figure.value and abs(reached - figure.value) <= slack:
                count = back
        del line[len(line) - count :]
        line.append(figure.value)
    return line


def _finding(parts: Sequence[Figure], total: Figure) -> Issue:
    summed = sum((f.value for f in parts), Fraction(0))
    expected = shown(summed, total)
    if says("share", total.label) or total.dimension == "share":
        return total.issue("lint_percent_sum", expected=expected)
    gap = total.value - summed
    for figure in (*parts, total):
        wanted = figure.value + (-gap if figure is total else gap)
        if swapped(figure, wanted):
            return figure.issue("lint_transposed", expected=shown(wanted, figure))
    return total.issue("lint_footing", expected=expected)


RULE = footing
