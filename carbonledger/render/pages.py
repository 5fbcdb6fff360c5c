"""Where a sheet breaks on paper: before a table that fits one page, never in the middle of it."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from carbonledger.form import Column, Row

WIDEST_WORDS, WIDEST_NUMBER, NARROWEST, LABEL = 46, 24, 9, 16
"""Widths in characters: no column of words or of numbers is wider, none narrower; headings wrap."""

PAGE_WIDTH, PAGE_HEIGHT, CHARACTER, PADDING, LINE = 770.0, 490.0, 5.25, 3.75, 14.0
"""A4 across without its margins, a character, the padding of a column and a line, in points."""

BEGUN = 9 * LINE
"""The least of a long table that stands at the foot of a page."""


def width(text: str) -> int:
    """Columns a text takes; Chinese characters take two."""
    if text.isascii():
        return len(text)
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


@lru_cache(4096)
def drawn(text: str) -> float:
    """Columns a text takes as it is drawn: Latin letters are narrower than digits."""
    return sum(2.0 if unicodedata.east_asian_width(c) in "WF" else 0.86 for c in text)


def lines(text: str, room: float) -> int:
    """Lines a text takes in a column so wide."""
    return max(1, math.ceil(drawn(text) / max(1.0, room - 2)))


@dataclass
class Pages:
    """How far down the page a sheet has come, at the scale that fits it to the page's width."""

    widths: Sequence[float]
    at: float = 0.0
    repeated: float = 0.0
    breaks: list[int] = field(default_factory=list)
    cut: bool = False
    """Whether a page ended inside something longer than a page."""

    @property
    def height(self) -> float:
        """Points of a page as the sheet counts them."""
        whole = sum(w * CHARACTER + PADDING for w in self.widths)
        return PAGE_HEIGHT * max(1.0, whole / PAGE_WIDTH)

    def add(self, row: int, points: float) -> None:
        """A row is written; the page ends before it if it would not fit."""
        if self.at + points > self.height:
            self.breaks.append(row)
            self.at, self.cut = self.repeated, True
        self.at += points

    def open(self, row: int, points: float) -> None:
        """Begin a new page at a row if a table would be cut, or only begun, at the foot of this."""
        fits = self.repeated + points <= self.height
        if self.at + (points if fits else min(points, BEGUN)) > self.height:
            self.breaks.append(row)
            self.at = self.repeated

    def rows(self, rows: Sequence[Row]) -> float:
        """Points that rows of a table take."""
        return sum(LINE * self._lines(row) for row in rows)

    def _lines(self, row: Row) -> int:
        words = [(c.text, w) for c, w in zip(row.cells, self.widths, strict=False) if c.how is None]
        return max((lines(text, room) for text, room in words), default=1)
