"""What rules read: figures with labels, units and places, whatever file they stood in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from carbonledger.issues import Issue, Place
from carbonledger.lint.words import says

YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")

BETWEEN = " / "
"""What stands between the cells that together name a row."""


@dataclass(frozen=True)
class Figure:
    """One number of a table; ``value`` is in canonical units, ``step`` its last printed digit."""

    place: Place
    text: str
    value: Fraction
    step: Fraction
    unit: str
    dimension: str
    row_label: str
    column_label: str
    row: int
    column: int
    remark: str = ""
    title: str = ""
    key: str = ""

    @property
    def label(self) -> str:
        """What the figure is called: by its row, its column, or both."""
        return f"{self.row_label} {self.column_label}".strip()

    @property
    def closes(self) -> bool:
        """Whether the first cell of its row calls it a total; a sentence calls nothing one."""
        if self.row_label.rstrip().endswith((".", "。")):
            return False
        return says("total", self.row_label.partition(BETWEEN)[0])

    @cached_property
    def period(self) -> str:
        """The year the figure is of, as its labels or else the title say, and the part of it."""
        found = YEAR.findall(self.label) or YEAR.findall(self.title)
        parts = [name for name in ("quarter", "to_date", "cumulative") if says(name, self.label)]
        return " ".join([*found[-1:], *parts])

    @cached_property
    def restated(self) -> bool:
        """Whether the labels call it restated."""
        return says("restated", self.label)

    @cached_property
    def avoided(self) -> bool:
        """Whether the labels call it a saving, not an emission."""
        return says("avoided", self.label)

    @cached_property
    def additive(self) -> bool:
        """Whether such figures may be summed: no ratio, score, price or growth."""
        rate = self.dimension == "share" or "/" in self.unit
        # Where the header only says that values follow, or their year, the row names the quantity.
        bare = says("value_header", self.column_label) or YEAR.search(self.column_label)
        named = self.label if bare else self.column_label
        return not rate and not says("ratio", named) and not says("growth", named)

    @cached_property
    def kind(self) -> tuple[str, bool, bool, str, bool]:
        """What figures must share to be of one sum."""
        return self.dimension, self.avoided, self.additive, self.period, self.restated

    def issue(self, code: str, **details: str) -> Issue:
        """A finding at the figure's place."""
        named = {"label": self.row_label or self.column_label or self.place.file, **details}
        return Issue(code, self.place, self.text, tuple(sorted(named.items())))


@dataclass(frozen=True)
class Table:
    """Figures under one heading, and the notes that stand with them."""

    name: str
    title: str
    figures: tuple[Figure, ...]
    notes: str = ""
    asides: frozenset[int] = frozenset()
    """Rows that are parts of another row, and are never added."""

    def columns(self) -> Iterator[list[Figure]]:
        """The figures of each column, downwards."""
        for column in sorted({f.column for f in self.figures}):
            yield [f for f in self.figures if f.column == column]

    def lines(self) -> Iterator[list[Figure]]:
        """The figures of each row, then of each column: what may be read together."""
        for row in sorted({f.row for f in self.figures}):
            line = [f for f in self.figures if f.row == row]
            if len(line) > 1:
                yield line
        yield from self.columns()

    def explains(self, figure: Figure) -> bool:
        """Whether a note says that method, perimeter or comparatives changed."""
        return says("break", f"{self.title} {self.notes} {figure.remark}") or figure.restated


def shown(value: Fraction, like: Figure) -> str:
    """A number in the unit of a figure, with one digit more than it prints."""
    number = parsed(like.text)
    scale = like.value / number if number else Fraction(1)
    whole = value / scale
    step = like.step / scale
    places = max(0, len(str(step.denominator)) - 1) + 1
    text = f"{float(round(whole, min(places, 6))):,.6f}".rstrip("0").rstrip(".")
    return f"{text} {like.unit}".strip()


def parsed(text: str) -> Fraction | None:
    """The number in a cell, or none."""
    from carbonledger.issues import Refusal
    from carbonledger.units import cell_unit, decimal

    try:
        return Fraction(decimal(cell_unit(text)[0]))
    except Refusal:
        return None
