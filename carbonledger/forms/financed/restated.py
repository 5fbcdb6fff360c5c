"""The figures of a restated year: what was first reported stands beside what holds now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from carbonledger.analysis.disclosure import Disclosure, Restated
from carbonledger.cells import Cell, figure
from carbonledger.figures import Told, View, absences
from carbonledger.form import Block, Column, Row, Table

Blocks = Callable[[Sequence[Told]], Iterable[Block]]


def reasons(view: View, restated: Sequence[Restated]) -> tuple[str, ...]:
    """Why each year was restated, and which run first reported it."""
    return tuple(
        view.say("notes", "restated", period=r.period, run=r.first_run_id, reason=r.reason)
        for r in restated
    )


def first_key(key: str, restated: Restated) -> str:
    """The key of a figure as it was first reported."""
    return f"{key}@{restated.first_run_id}/first"


def first_told(told: Told, disclosure: Disclosure, year: int) -> Told | None:
    """A standard as the run told it that first reported a year; it has no entries here."""
    ledger = disclosure.first_ledgers.get(year, {}).get(told.ledger.standard)
    return None if ledger is None else replace(told, ledger=ledger, sheet=None)


def both(told: Sequence[Told], disclosure: Disclosure, blocks: Blocks) -> list[Block]:
    """Blocks of the period; each table of a restated year has what was first reported in it."""
    made = list(blocks(told))
    restated = disclosure.restated_in(disclosure.period)
    if restated is None:
        return made
    first = [first_told(t, disclosure, disclosure.period) or t for t in told]
    before = {b.id: b for b in blocks(first) if isinstance(b, Table)}
    return [beside(told[0].view, b, before.get(b.id), [restated]) if isinstance(b, Table) else b
            for b in made]  # fmt: skip


def beside(view: View, now: Table, before: Table | None, restated: Sequence[Restated]) -> Table:
    """A table with a column as first reported before each column that has moved."""
    rows = list(now.rows)
    held = {} if before is None else {_name(row): row for row in before.rows}
    gone = [row for name, row in held.items() if name not in set(map(_name, rows))]
    closing = next((k for k, row in enumerate(rows) if row.kind == "total"), len(rows))
    rows[closing:closing] = [_emptied(view, row) for row in gone]
    moved = [k for k, _ in enumerate(now.columns) if any(_moved(row, held, k) for row in rows)]
    merged = tuple(_merged(view, row, held.get(_name(row)), moved, restated[-1]) for row in rows)
    old = absences(now.rows, view.language)
    return replace(
        now,
        columns=tuple(c for k, column in enumerate(now.columns)
                      for c in (_columns(view, column) if k in moved else (column,))),
        rows=merged,
        notes=(*reasons(view, restated), view.say("notes", "first_same"),
               *absences(merged, view.language), *(n for n in now.notes if n not in old)),
    )  # fmt: skip


def _columns(view: View, column: Column) -> Iterator[Column]:
    yield Column(f"{column.name}_first", view.say("columns", "first_measure", name=column.label),
                 column.unit)  # fmt: skip
    yield column


def _name(row: Row) -> str:
    """What tells a row from the others: the key of its first figure."""
    return next((c.key for c in row.cells if c.how is not None and c.key), row.cells[0].text)


def _moved(row: Row, held: dict[str, Row], column: int) -> bool:
    cell = row.cells[column]
    if cell.how is None:
        return False
    before = held.get(_name(row))
    return before is None or before.cells[column].value != cell.value


def _emptied(view: View, row: Row) -> Row:
    """A row of which nothing is left."""
    nothing = view.word("missing", "no_positions")
    return replace(row, cells=tuple(
        c if c.how is None else figure(None, c.how, c.key, None, nothing) for c in row.cells
    ))  # fmt: skip


def _merged(
    view: View, row: Row, before: Row | None, moved: Sequence[int], restated: Restated
) -> Row:
    cells: list[Cell] = []
    for k, cell in enumerate(row.cells):
        if k in moved and cell.how is not None:
            old = cell if before is None else before.cells[k]
            value = None if before is None or isinstance(old.value, str) else old.value
            missing = view.word("missing", "no_positions") if before is None else old.missing
            cells.append(
                figure(value, cell.how, first_key(cell.key or "", restated), None, missing)
            )
        elif k in moved:
            cells.append(cell)
        cells.append(cell)
    return replace(row, cells=tuple(cells))
