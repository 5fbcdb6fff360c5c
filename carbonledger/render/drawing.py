"""The marks a chart is made of, and where words and axis values fit."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import escape

from carbonledger.form import Chart

INK, QUIET, GRID = "#17242e", "#5a6872", "#d9e0e3"
STRONG, REFERENCE = "#0b5563", "#a8641a"
SHADES = ("#0b5563", "#c98b3c", "#c9d1d6", "#8c3b2e")
ON_SHADES = ("#ffffff", "#17242e", "#17242e", "#ffffff")
SIZE = 13


@dataclass
class Drawing:
    """Marks of one chart as they are made; coordinates to a tenth, so bytes repeat."""

    width: int
    marks: list[str] = field(default_factory=list)

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str = GRID) -> None:
        """A thin rule."""
        self.marks.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}"/>'
        )

    def text(
        self, x: float, y: float, text: str, anchor: str = "start", fill: str = INK,
        weight: int = 400,
    ) -> None:  # fmt: skip
        """A word; hostile ones stay words."""
        self.marks.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}"'
            f' font-weight="{weight}">{escape(text)}</text>'
        )

    def bar(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """A filled bar."""
        self.marks.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}"'
            f' fill="{fill}"/>'
        )

    def way(self, points: Sequence[tuple[float, float]], stroke: str, dash: str = "") -> None:
        """A line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.marks.append(
            f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="2"{dashed}'
            ' stroke-linejoin="round"/>'
        )

    def dot(self, x: float, y: float, fill: str, stroke: str, radius: float) -> None:
        """A round mark."""
        self.marks.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}"'
            f' stroke="{stroke}" stroke-width="2"/>'
        )

    def square(self, x: float, y: float, fill: str) -> None:
        """A square mark."""
        self.bar(x - 4.5, y - 4.5, 9, 9, fill)

    def close(self, chart: Chart, height: float, name: str) -> str:
        """The finished chart with its title and description for those who can't see it."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {height:.0f}"'
            f' role="img" aria-labelledby="{name}-t {name}-d" font-size="{SIZE}">'
            f'<title id="{name}-t">{escape(chart.title)}</title>'
            f'<desc id="{name}-d">{escape(chart.description)}</desc>'
        )
        return head + "".join(self.marks) + "</svg>"


def length(text: str) -> float:
    """About how wide a text is drawn."""
    return sum(SIZE if unicodedata.east_asian_width(c) in "WF" else SIZE * 0.56 for c in text)


def folded(text: str, room: float, most: int = 2) -> list[str]:
    """A label in lines that fit, between words or Chinese characters; what is too long is cut."""
    lines, line = [], ""
    for word in _pieces(text):
        if line and length(line + word) > room:
            lines.append(line.strip())
            line = ""
        line += word
    lines.append(line.strip())
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + "…"]
    return lines


def _pieces(text: str) -> list[str]:
    pieces, word = [], ""
    for c in text:
        if unicodedata.east_asian_width(c) in "WF":
            pieces += [word] if word else []
            if c in "、，。；：）" and pieces:
                pieces[-1] += c
            else:
                pieces.append(c)
            word = ""
        else:
            word += c
            if c == " ":
                pieces.append(word)
                word = ""
    return [*pieces, word] if word else pieces


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round values that span a range."""
    span = (high - low) or abs(high) or 1.0
    rough = span / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [k * step for k in range(first, max(last, first + 1) + 1)]


def axis_label(value: float, step: float) -> str:
    """An axis label with the decimals its step needs."""
    places = next((p for p in range(9) if abs(round(step, p) - step) < step * 1e-6), 9)
    return f"{value:,.{places}f}"
