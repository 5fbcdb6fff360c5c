"""A waterfall as SVG: from the first total over each step to the last, one below the other."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from carbonledger.cells import Cell
from carbonledger.form import Waterfall
from carbonledger.render.drawing import (
    GRID,
    QUIET,
    REFERENCE,
    STRONG,
    Drawing,
    axis_label,
    folded,
    length,
    ticks,
)

_TOTAL = "#5a6872"
_SHORT = 3
"""An axis starts at zero unless the totals are more than so many times what lies between."""


def waterfall(chart: Waterfall, width: int, name: str) -> str:
    """Rises in one colour, falls in the other; the sign stands in the figure beside each bar."""
    drawing, narrow = Drawing(width), width < 500
    rows = _rows(chart)
    numbers = max(length(cell.text) for _, cell, _, _, _ in rows) + 12
    left = 4.0 if narrow else 250.0
    axis = _axis([v for _, _, start, end, _ in rows for v in (start, end)])
    room = width - left - numbers

    def x(value: float) -> float:
        return left + room * (value - axis[0]) / (axis[-1] - axis[0])

    y = 26.0
    marks: list[tuple[float, float]] = []
    for label, cell, start, end, fill in rows:
        lines = folded(label, width - 8 if narrow else left - 16)
        for k, line in enumerate(lines):
            drawing.text(0 if narrow else left - 12, y + 13 + 16 * k, line,
                         "start" if narrow else "end")  # fmt: skip
        top = y + 16 * len(lines) + 4 if narrow else y + 8 * len(lines) - 8
        low, high = sorted((x(max(start, axis[0])), x(end)))
        drawing.bar(low, top, max(high - low, 1.5), 16, fill)
        drawing.text(high + 7, top + 12.5, cell.text, weight=600)
        marks.append((x(end), top))
        y = max(y + 16 * len(lines), top + 16) + 10
    for (at, top), (_, below) in pairwise(marks):
        drawing.line(at, top + 16, at, below, QUIET)
    bars, drawing.marks = drawing.marks, []
    _scale(drawing, axis, left, room, y)
    drawing.marks += bars  # over the grid
    return drawing.close(chart, y, name)


def _rows(chart: Waterfall) -> list[tuple[str, Cell, float, float, str]]:
    """Label, cell, where the bar starts and ends, colour."""
    level = _exact(chart.first[1])
    rows = [(*chart.first, 0.0, level, _TOTAL)]
    for label, cell in chart.steps:
        change = _exact(cell)
        rows.append((label, cell, level, level + change, REFERENCE if change > 0 else STRONG))
        level += change
    return [*rows, (*chart.last, 0.0, _exact(chart.last[1]), _TOTAL)]


def _exact(cell: Cell) -> float:
    scale = cell.how.scale if cell.how is not None else 1
    return float(Fraction(cell.value) / scale) if isinstance(cell.value, int | Fraction) else 0.0


def _axis(values: list[float]) -> list[float]:
    levels = [v for v in values if v] or [0.0, 1.0]
    low, high = min(levels), max(levels)
    between = high - low
    if low > 0 and high > _SHORT * between > 0:
        return ticks(low - between * 0.2, high, 4)
    return ticks(min(low, 0.0), max(high, 0.0), 4)


def _scale(drawing: Drawing, axis: list[float], left: float, room: float, bottom: float) -> None:
    """The axis above the bars, so that one that doesn't start at zero is seen."""
    step, used = axis[1] - axis[0], -1.0
    for value in axis:
        at = left + room * (value - axis[0]) / (axis[-1] - axis[0])
        label = axis_label(value, step)
        drawing.line(at, 20, at, bottom - 6, GRID)
        begin = max(at - length(label) / 2, 0.0)
        if begin > used:
            drawing.text(begin, 12, label, fill=QUIET)
            used = begin + length(label) + 8
