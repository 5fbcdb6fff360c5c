"""What a form is made of: a disclosure as data, before it is a file.

Every cell carries its exact value, its print and its key, so that no two renderers can disagree and
``explain`` can take any figure up again. Renderers know tables and charts, and nothing of carbon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from carbonledger.cells import Cell
from carbonledger.issues import Language
from carbonledger.method import Text


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, its unit, and whether it holds words or numbers."""

    name: str
    label: str
    unit: str = ""
    kind: Literal["text", "number"] = "number"


RowKind = Literal["", "total", "group", "aside"]


@dataclass(frozen=True, slots=True)
class Row:
    """Cells in the order of the columns; an aside is printed and never added."""

    cells: tuple[Cell, ...]
    kind: RowKind = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under typed columns, with what must be said of them."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    context: str = ""
    """What tells the table from its namesakes: the standard it follows."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure."""

    label: str
    unit: str
    cell: Cell
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Headline figures that belong together."""

    id: str
    title: str
    note: str
    items: tuple[Figure, ...]
    remarks: tuple[str, ...] = ()
    """What must be said below them."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a line: where, its cell, and whether it is printed beside it."""

    x: int
    cell: Cell
    label: bool = False
    mark: Literal["firm", "between"] = "firm"


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart; the reference is drawn quietly, the actual strongly, earlier as dots."""

    name: str
    role: Literal["reference", "actual", "earlier"]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """A line chart over years."""

    id: str
    title: str
    description: str
    unit: str
    source: str
    series: tuple[Series, ...]
    legend: tuple[tuple[Literal["firm", "between"], str], ...] = ()


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of horizontal bars, the longest first."""

    id: str
    title: str
    description: str
    unit: str
    source: str
    bars: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Stack:
    """Bars that each show the parts of a whole; ``strength`` runs from strong to faint."""

    id: str
    title: str
    description: str
    unit: str
    source: str
    parts: tuple[str, ...]
    bars: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Waterfall:
    """From one total to another: each step a change, in the order in which they add up."""

    id: str
    title: str
    description: str
    unit: str
    source: str
    first: tuple[str, Cell]
    steps: tuple[tuple[str, Cell], ...]
    last: tuple[str, Cell]


@dataclass(frozen=True, slots=True)
class Note:
    """Paragraphs that a reader must or may read."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    important: bool = False


Block = Figures | Table | Lines | Bars | Stack | Waterfall | Note
Chart = Lines | Bars | Stack | Waterfall


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the form; a sheet where the format has sheets."""

    id: str
    title: str
    sheet: str
    blocks: tuple[Block, ...]
    lead: str = ""


@dataclass(frozen=True)
class EntryColumn:
    """A column of the entries sheet."""

    name: str
    label: str
    kind: Literal["text", "number"]


@dataclass(frozen=True)
class Entries:
    """The rows that formulas start from: whole grams and fen, one row a position."""

    sheet: str
    title: str
    columns: tuple[EntryColumn, ...]
    rows: pa.Table


@dataclass(frozen=True)
class Form:
    """A disclosure: what stands in it, in the order it is read."""

    id: str
    language: Language
    title: str
    entity: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    entries: tuple[Entries, ...] = ()
    phrases: Mapping[str, str] = field(default_factory=dict)
    """Words that renderers print of their own: contents, unit, source ..."""

    def blocks(self) -> Iterator[Block]:
        """Every block in order."""
        for section in self.sections:
            yield from section.blocks

    def cells(self) -> Iterator[Cell]:
        """Every cell in order; a figure that is shown twice comes twice."""
        for block in self.blocks():
            yield from cells_of(block)

    def cell(self, key: str) -> Cell | None:
        """The figure a key names, if the form shows it."""
        return next((c for c in self.cells() if c.key == key), None)


def cells_of(block: Block) -> Iterator[Cell]:
    """The cells of one block in order."""
    if isinstance(block, Table):
        yield from (cell for row in block.rows for cell in row.cells)
    elif isinstance(block, Figures):
        yield from (item.cell for item in block.items)
    elif isinstance(block, Lines):
        yield from (point.cell for series in block.series for point in series.points)
    elif isinstance(block, Bars):
        yield from (cell for _, cell in block.bars)
    elif isinstance(block, Stack):
        yield from (cell for _, cells in block.bars for cell in cells)
    elif isinstance(block, Waterfall):
        yield from (cell for _, cell in (block.first, *block.steps, block.last))


@dataclass(frozen=True)
class FormKind:
    """A form that can be asked for by its id."""

    id: str
    title: Text
    make: Callable[..., Form]
    sections: Callable[..., Iterator[Section]]
    """Its chapters one after the other, for who looks for one figure."""
