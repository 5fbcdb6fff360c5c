"""Where a sheet breaks on paper: before a table that fits one page, never in the middle of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from carbonledger.form import Column, Row

WIDEST_WORDS, WIDEST_NUMBER, NARROWEST, LABEL = 46, 24, 9, 16
"""Widths in characters: no column of words or of numbers is wider, none narrower; headings wrap."""

PAGE_WIDTH, PAGE_HEIGHT, CHARACTER, LINE = 770.0, 480.0, 5.6, 15.0
"""A4 across without its margins, a character and a line, in points."""


def width(text: str) -> int:
    """Columns a text takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def widths(tables: Iterable[tuple[Sequence[Column], Sequence[Row]]]) -> list[float]:
    """The width of each column of a sheet over all its tables."""
    widest: list[float] = []
    for columns, rows in tables:
        for k, column in enumerate(columns):
            most = WIDEST_WORDS if column.kind == "text" else WIDEST_NUMBER
            texts = [width(row.cells[k].text) for row in rows]
            heads = [width(column.unit), min(width(column.label), LABEL)]
            fitted = min(max([*texts, *heads, NARROWEST]) + 3, most)
            widest += [0.0] * (k + 1 - len(widest))
            widest[k] = max(widest[k], float(fitted))
    return widest


def lines(text: str, room: float) -> int:
    """Lines a text takes in so many columns."""
    return max(1, -(-int(width(text) * 1.08) // max(1, int(room))))


@dataclass
class Pages:
    """How far down the page a sheet has come, at the scale that fits it to the page's width."""

    widths: Sequence[float]
    at: float = 0.0
    repeated: float = 0.0
    breaks: list[int] = field(default_factory=list)

    @property
    def height(self) -> float:
        """Points of a page as the sheet counts them."""
        whole = sum(self.widths) * CHARACTER
        return PAGE_HEIGHT * max(1.0, whole / PAGE_WIDTH)

    def add(self, row: int, points: float) -> None:
        """A row is written; the page ends before it if it would not fit."""
        if self.at + points > self.height:
            self.breaks.append(row)
            self.at = self.repeated
        self.at += points

    def open(self, row: int, points: float) -> None:
        """Begin a new page at a row if what comes would be cut and fits a page."""
        if self.at + points > self.height >= self.repeated + points:
            self.breaks.append(row)
            self.at = self.repeated

    def rows(self, rows: Sequence[Row]) -> float:
        """Points that rows of a table take."""
        return sum(LINE * self._lines(row) for row in rows)

    def _lines(self, row: Row) -> int:
        words = [(c.text, w) for c, w in zip(row.cells, self.widths, strict=False) if c.how is None]
        return max((lines(text, room) for text, room in words), default=1)
