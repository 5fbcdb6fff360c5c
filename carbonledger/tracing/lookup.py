"""A figure by its key, whether the report shows it or only could: any sector, group or place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from carbonledger.analysis.disclosure import Disclosure
from carbonledger.cells import Cell
from carbonledger.codes import region_parents, sector_parents
from carbonledger.figures import Told, View
from carbonledger.form import Figures, Section, Table, cells_of
from carbonledger.forms.financed.tables import branch_numbers, rolled
from carbonledger.issues import Refusal
from carbonledger.ledger import Total
from carbonledger.method import Standard
from carbonledger.totals import MEASURES


@dataclass(frozen=True)
class Shown:
    """A cell, and how a reader finds it: chapter, table, row and column."""

    cell: Cell
    where: tuple[str, ...]
    unit: str
    notes: tuple[str, ...] = ()


def shown(sections: Iterable[Section], key: str) -> Shown | None:
    """The figure of a key in the chapters of a form; a table's before a chart's."""
    seen = []
    for section in sections:
        found = _in_section(section, key)
        if found is not None:
            return replace(found, where=(section.title, *found.where))
        seen.append(section)
    charted = ((s, c) for s in seen for block in s.blocks for c in cells_of(block))
    return next((Shown(c, (s.title,), "") for s, c in charted if c.key == key), None)


def _in_section(section: Section, key: str) -> Shown | None:
    for block in section.blocks:
        found = _in_table(block, key) if isinstance(block, Table) else None
        if isinstance(block, Figures):
            found = next((Shown(i.cell, (block.title, i.label), i.unit, (i.note,))
                          for i in block.items if i.cell.key == key), None)  # fmt: skip
        if found is not None:
            return found
    return None


def _in_table(table: Table, key: str) -> Shown | None:
    for row in table.rows:
        for column, cell in zip(table.columns, row.cells, strict=True):
            if cell.key == key:
                where = (table.title, table.context, row.cells[0].text, column.label)
                return Shown(cell, tuple(filter(None, where)), column.unit, table.notes)
    return None


def of_code(disclosure: Disclosure, view: View, key: str) -> Shown | None:
    """A measure of any sector or place, its parts included: ``.../sector/C3011/intensity``."""
    parts = [unquote(p) for p in key.split("/")]
    if len(parts) != 5 or parts[2] not in ("sector", "region") or parts[4] not in MEASURES:
        return None
    standard, account, dimension, code, measure = parts
    accounts = {(a.ledger.standard, a.ledger.account): a for a in disclosure.accounts}
    found = accounts.get((standard, account))
    parents = _parents(dimension, code)
    if found is None or parents is None:
        return None
    told = Told(view, found.standard, found.ledger, standard)
    total = rolled(told, dimension, lambda c: code if code in _chain(dimension, c) else "").get(
        code
    )
    pattern = _pattern(dimension, code)
    cell = told.cell(measure, total or Total(), (dimension, code), ((dimension, pattern),))
    column = told.column(measure)
    return Shown(cell, (told.title, f"{view.word('dimensions', dimension)} {code}", column.label),
                 column.unit)  # fmt: skip


def _chain(dimension: str, code: str) -> tuple[str, ...]:
    return sector_parents(code) if dimension == "sector" else region_parents(code)


def _parents(dimension: str, code: str) -> tuple[str, ...] | None:
    try:
        return _chain(dimension, code)
    except (KeyError, Refusal):
        return None


def _pattern(dimension: str, code: str) -> str:
    if dimension == "sector":
        return f"{code}*"
    return f"{code[:2] if code.endswith('0000') else code[:4] if code.endswith('00') else code}*"


def branch_order(disclosure: Disclosure, standard: Standard | None) -> dict[str, int]:
    """The number that entries give each branch of a standard's ledger."""
    if standard is None:
        return {}
    ledger = next(a.ledger for a in disclosure.accounts if a.ledger.standard == standard.id)
    return branch_numbers(ledger)
