"""The tables of a run's form as rules read them: each cell by its key, as far as printed."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from carbonledger.cells import Cell
from carbonledger.form import Form, Row
from carbonledger.form import Table as FormTable
from carbonledger.issues import Place
from carbonledger.lint.sheet import measure
from carbonledger.lint.table import Figure, Table


def tables_of_form(form: Form, name: str) -> Iterator[Table]:
    """Each table of a form."""
    for section in form.sections:
        for block in section.blocks:
            if isinstance(block, FormTable):
                yield _table(block, name, section.sheet)


def _table(block: FormTable, name: str, sheet: str) -> Table:
    title = f"{block.title} {block.context}"
    figures = []
    for number, row in enumerate(block.rows, 1):
        for at, (column, cell) in enumerate(zip(block.columns, row.cells, strict=False)):
            if cell.how is not None and isinstance(cell.value, int | Fraction):
                place = Place(name, sheet, number, column.label)
                unit = "%" if cell.how.percent else column.unit or _own_unit(block, row)
                figures.append(_figure(place, title, (row, at), unit, cell))
    asides = frozenset(n for n, row in enumerate(block.rows, 1) if row.kind == "aside")
    return Table(block.id, title, tuple(figures), " ".join(block.notes), asides)


def _own_unit(block: FormTable, row: Row) -> str:
    """The unit that a row states in a column of its own."""
    pairs = zip(block.columns, row.cells, strict=False)
    return next((cell.text for column, cell in pairs if column.name == "unit"), "")


def _figure(place: Place, title: str, at: tuple[Row, int], unit: str, cell: Cell) -> Figure:
    row, column = at
    dimension, scale = measure(unit)
    scale = Fraction(1) if cell.how and cell.how.percent else scale
    exact = Fraction(cell.value or 0) / (cell.how.scale if cell.how else 1)
    step = scale / 10 ** (cell.how.places if cell.how else 0)
    label = next((c.text for c in row.cells if c.how is None), "")
    if (cell.key or "").startswith("warnings/"):
        label = ""  # the code of a message, such as total_row_skipped, calls nothing a total
    number = place.row or 0
    heading = place.column or ""
    return Figure(
        place, cell.text, exact * scale, step, unit, dimension, label, heading, number, column,
        title=title, key=cell.key or "",
    )  # fmt: skip
