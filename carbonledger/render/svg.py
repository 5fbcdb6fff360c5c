"""Charts as SVG: drawn by hand, readable on paper and on a narrow screen, no script, no style."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from carbonledger.cells import Cell
from carbonledger.form import Bars, Chart, Lines, Point, Series, Stack, Waterfall
from carbonledger.render.drawing import (
    INK,
    ON_SHADES,
    QUIET,
    REFERENCE,
    SHADES,
    STRONG,
    Drawing,
    axis_label,
    folded,
    length,
    ticks,
)
from carbonledger.render.waterfall import waterfall

WIDE, NARROW = 760, 380
"""Widths in user units: one drawing for desks and paper, one for a screen of 420 px."""


def draw(chart: Chart, width: int) -> str:
    """A chart at a width."""
    name = f"{chart.id}-{width}"
    if isinstance(chart, Lines):
        return _lines(chart, width, name)
    if isinstance(chart, Waterfall):
        return waterfall(chart, width, name)
    return _bars(chart, width, name) if isinstance(chart, Bars) else _stack(chart, width, name)


def _exact(cell: Cell) -> float:
    return float(Fraction(cell.value)) if isinstance(cell.value, int | Fraction) else 0.0


@dataclass
class Plane:
    """Where years and values lie in a line chart."""

    years: list[int]
    axis: list[float]
    left: float
    right: float
    top: float
    bottom: float

    def x(self, year: int) -> float:
        """Across."""
        span = self.years[-1] - self.years[0] or 1
        return self.left + (self.right - self.left) * (year - self.years[0]) / span

    def y(self, value: float) -> float:
        """Down."""
        span = self.axis[-1] - self.axis[0]
        return self.bottom - (self.bottom - self.top) * (value - self.axis[0]) / span


def _plane(chart: Lines, width: int) -> Plane:
    values = [_exact(p.cell) for s in chart.series for p in s.points]
    years = sorted({p.x for s in chart.series for p in s.points})
    spread = (max(values) - min(values)) or abs(max(values)) or 1.0
    axis = ticks(max(0.0, min(values) - spread * 0.25), max(values) + spread * 0.12)
    step = axis[1] - axis[0]
    left = 14 + max(length(axis_label(v, step)) for v in axis)
    top = 16.0 + 22 * len(_legend_rows(chart, width))
    return Plane(years, axis, left, width - 30.0, top, top + (270 if width > 500 else 230))


def _lines(chart: Lines, width: int, name: str) -> str:
    drawing, plane = Drawing(width), _plane(chart, width)
    _legend(drawing, chart, width)
    step = plane.axis[1] - plane.axis[0]
    for value in plane.axis:
        y = plane.y(value)
        drawing.line(plane.left, y, plane.right, y)
        drawing.text(plane.left - 8, y + 4.5, axis_label(value, step), "end", QUIET)
    every = max(1, math.ceil(len(plane.years) / (11 if width > 500 else 6)))
    for k, year in enumerate(plane.years):
        if k % every == 0:
            drawing.text(plane.x(year), plane.bottom + 22, str(year), "middle", QUIET)
    for series in chart.series:
        _series(drawing, series, plane)
    _labels(drawing, chart, plane)
    return drawing.close(chart, plane.bottom + 34, name)


def _series(drawing: Drawing, series: Series, plane: Plane) -> None:
    reference = series.role == "reference"
    at = [(plane.x(p.x), plane.y(_exact(p.cell))) for p in series.points]
    if series.role == "earlier":
        for x, y in at:
            drawing.dot(x, y, "#ffffff", QUIET, 4.5)
        return
    if len(at) > 1:
        drawing.way(at, REFERENCE if reference else STRONG, "6 4" if reference else "")
    for (x, y), point in zip(at, series.points, strict=True):
        if not reference:
            drawing.dot(x, y, STRONG, "#ffffff", 5.5)
        elif point.mark == "firm":
            drawing.square(x, y, REFERENCE)
        else:
            drawing.dot(x, y, "#ffffff", REFERENCE, 3.2)


def _labels(drawing: Drawing, chart: Lines, plane: Plane) -> None:
    """Values beside their marks: the higher of two in a year above, the lower below."""
    for series in chart.series:
        for point in series.points:
            if point.label:
                _label(drawing, chart, series, point, plane)


def _label(drawing: Drawing, chart: Lines, series: Series, point: Point, plane: Plane) -> None:
    x, y = plane.x(point.x), plane.y(_exact(point.cell))
    others = [_exact(p.cell) for s in chart.series if s is not series
              for p in s.points if p.x == point.x]  # fmt: skip
    if any(_exact(point.cell) == other for other in others) and series.role == "actual":
        return
    below = any(_exact(point.cell) < other for other in others)
    if not others:
        below = series.role == "reference"
    anchor = "middle"
    if x - plane.left < 30:
        anchor, x = "start", x + 2
    elif plane.right - x < 24:
        anchor, x = "end", plane.right + 26
    fill = REFERENCE if series.role == "reference" else STRONG
    drawing.text(x, y + (21 if below else -12), point.cell.text, anchor, fill, 600)


def _legend_rows(chart: Lines, width: int) -> list[list[tuple[str, str]]]:
    items = [(s.role, s.name) for s in chart.series] + [(m, t) for m, t in chart.legend]
    rows: list[list[tuple[str, str]]] = [[]]
    used = 0.0
    for item in items:
        need = 40 + length(item[1])
        if rows[-1] and used + need > width - 10:
            rows.append([])
            used = 0.0
        rows[-1].append(item)
        used += need
    return rows


def _legend(drawing: Drawing, chart: Lines, width: int) -> None:
    for row, items in enumerate(_legend_rows(chart, width)):
        x, y = 4.0, 14.0 + 22 * row
        for kind, text in items:
            _sign(drawing, kind, x, y - 4.5)
            shown = folded(text, width - x - 30, 1)[0]
            drawing.text(x + 26, y, shown, fill=QUIET)
            x += 40 + length(text)


def _sign(drawing: Drawing, kind: str, x: float, y: float) -> None:
    if kind == "actual":
        drawing.way([(x, y), (x + 20, y)], STRONG)
        drawing.dot(x + 10, y, STRONG, "#ffffff", 5)
    elif kind == "earlier":
        drawing.dot(x + 10, y, "#ffffff", QUIET, 4.5)
    elif kind == "reference":
        drawing.way([(x, y), (x + 20, y)], REFERENCE, "6 4")
    elif kind == "firm":
        drawing.square(x + 10, y, REFERENCE)
    else:
        drawing.dot(x + 10, y, "#ffffff", REFERENCE, 3.2)


def _bars(chart: Bars, width: int, name: str) -> str:
    """Longest first; on a narrow screen the name stands above its bar."""
    drawing, narrow = Drawing(width), width < 500
    room = 0.0 if narrow else 276.0
    numbers = max(length(cell.text) for _, cell in chart.bars) + 10
    most = max(_exact(cell) for _, cell in chart.bars) or 1.0
    y = 4.0
    for label, cell in chart.bars:
        lines = folded(label, width - 8 if narrow else room - 14)
        for k, line in enumerate(lines):
            drawing.text(0 if narrow else room - 12, y + 13 + 16 * k, line,
                         "start" if narrow else "end")  # fmt: skip
        top = y + 16 * len(lines) + 4 if narrow else y + 16 * len(lines) / 2 - 8
        long = (width - room - numbers) * _exact(cell) / most
        drawing.bar(room, top, max(long, 1), 16, STRONG)
        drawing.text(room + max(long, 1) + 7, top + 12.5, cell.text, fill=INK, weight=600)
        y = max(y + 16 * len(lines), top + 16) + 11
    if not narrow:
        drawing.line(room, 0, room, y - 6, QUIET)
    return drawing.close(chart, y, name)


def _stack(chart: Stack, width: int, name: str) -> str:
    drawing, x, y = Drawing(width), 0.0, 14.0
    for part, shade in zip(chart.parts, SHADES, strict=False):
        if x + 34 + length(part) > width:
            x, y = 0.0, y + 20
        drawing.bar(x, y - 11, 13, 13, shade)
        drawing.text(x + 19, y, part, fill=QUIET)
        x += 40 + length(part)
    y += 18
    for label, cells in chart.bars:
        for line in folded(label, width - 8):
            drawing.text(0, y + 13, line)
            y += 18
        _parts(drawing, cells, y + 2, width)
        y += 44
    return drawing.close(chart, y, name)


def _parts(drawing: Drawing, cells: Sequence[Cell], y: float, width: int) -> None:
    x = 0.0
    for cell, shade, ink in zip(cells, SHADES, ON_SHADES, strict=False):
        long = width * _exact(cell)
        drawing.bar(x, y, long, 26, shade)
        if long > length(cell.text) + 10:
            drawing.text(x + 7, y + 17.5, cell.text, fill=ink, weight=600)
        x += long
