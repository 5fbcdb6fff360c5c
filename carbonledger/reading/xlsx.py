"""XLSX workbooks: guarded, the sheet chosen, numbers and dates as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.issues import Issue, Refusal
from carbonledger.reading.layout import NO_LAYOUT
from carbonledger.reading.sheet_scan import Scan, scanned
from carbonledger.reading.sheets import Page, open_sheets
from carbonledger.reading.table import (
    HEADER_WITHIN,
    LONGEST_FIELD,
    Block,
    Cells,
    Format,
    Opened,
    Request,
    Rows,
)
from carbonledger.reading.workbook import Sheet, Values, counts_from, sheets_of, values_of
from carbonledger.reading.zip_guard import DAMAGE, members, unpacked

BLOCK_ROWS = 4_096
MIDNIGHT = dt.time()


def open_xlsx(request: Request) -> Opened:
    """The table of the sheet that is named, else of the only visible one that has a header."""
    try:
        listed = members(request.path)
        sheets = sheets_of(request.path, listed)
        own = {sheet.member for sheet in sheets}
        scans = {
            info.filename.lower(): scanned(partial(unpacked, request.path, info))
            for info in listed
            if info.filename.lower() in own
            or (info.filename.lower().startswith("xl/") and info.filename.lower().endswith(".xml"))
        }
        found = {s.name: scans.get(s.member) for s in sheets}
        since = counts_from(request.path, listed)
        pages = [_page(request, sheet, found[sheet.name], since) for sheet in sheets]
        return open_sheets(request, pages, lambda p: _bare_formulas(request, p, found[p.name]))
    except Refusal as refusal:
        return None, [request.refused(refusal)]
    except DAMAGE as problem:
        return None, [request.issue("file_unreadable", reason=str(problem))]


def _page(request: Request, sheet: Sheet, scan: Scan | None, since: int) -> Page:
    """A sheet whose values are loaded when its rows are asked for, once."""

    @cache
    def values() -> Values:
        if scan is None:
            raise Refusal("file_unreadable", reason=f"{sheet.member}: no worksheet")
        return values_of(request.path, sheet.name)

    layout = scan.layout if scan else NO_LAYOUT
    texts = scan.texts if scan else {}
    return Page(sheet.name, sheet.visible, lambda: _rows(values(), texts), layout, since)


def _bare_formulas(request: Request, page: Page, scan: Scan | None) -> list[Issue]:
    if scan is None or not scan.bare_formulas:
        return []
    row, first = scan.bare_formulas[0]
    refusal = Refusal("formula_without_value", value=first, count=str(len(scan.bare_formulas)))
    return [request.refused(refusal, row, sheet=page.name)]


def _rows(values: Values, texts: Mapping[int, Mapping[int, str]]) -> Rows:
    """The first rows one by one, for a header among them; the others by the block."""
    number = 0
    rows = enumerate(values(), 1)
    for number, cells in islice(rows, HEADER_WITHIN + 2):
        yield number, _row(number, cells, texts)
    while group := list(islice(rows, BLOCK_ROWS)):
        block = None if any(n in texts for n, _ in group) else _block(group)
        number = group[-1][0]
        if block is not None:
            yield block
        else:
            yield from ((n, _row(n, cells, texts)) for n, cells in group)
    for later in sorted(row for row in texts if row > number):
        yield later, _overlaid([], texts[later])


def _row(
    number: int, cells: Sequence[Any], texts: Mapping[int, Mapping[int, str]]
) -> Cells | Refusal:
    try:
        row = [WRITTEN[type(cell)](cell) for cell in cells]
    except Refusal as refusal:
        return refusal
    return _overlaid(row, texts[number]) if number in texts else row


def _block(group: Sequence[tuple[int, Sequence[Any]]]) -> Block | None:
    """Rows of equal width at once, None where a text is too long."""
    numbers = np.array([number for number, _ in group], np.int64)
    if len({len(cells) for _, cells in group}) > 1:
        return None
    columns = []
    for cells in zip(*(cells for _, cells in group), strict=True):
        kinds = set(map(type, cells))
        if kinds == {float}:
            column = pa.array([c.removesuffix(".0") for c in map(repr, cells)], pa.string())
        elif kinds == {str}:
            column = pa.array(cells, pa.string())
        else:
            column = pa.array([LOOSE[type(cell)](cell) for cell in cells], pa.string())
        if (pc.max(pc.binary_length(column)).as_py() or 0) > LONGEST_FIELD:
            return None
        columns.append(column)
    return Block(numbers, columns)


def _overlaid(row: list[str], texts: Mapping[int, str]) -> list[str]:
    """The row with the texts of cells that its reader left empty."""
    row = row + [""] * (max(texts) - len(row))
    for column, text in texts.items():
        row[column - 1] = text
    return row


def _string(value: str) -> str:
    if len(value) > LONGEST_FIELD:
        raise Refusal("field_too_long", limit=f"{LONGEST_FIELD:,}")
    return value


def number_text(value: float) -> str:
    """The shortest text that reads back as the same number; beyond 10^16 with its exponent."""
    return repr(value).removesuffix(".0")


def moment_text(value: dt.datetime) -> str:
    """A day, with its time where it has one."""
    return value.date().isoformat() if value.time() == MIDNIGHT else value.isoformat()


WRITTEN: Mapping[type, Callable[[Any], str]] = {
    str: _string,
    float: number_text,
    int: str,
    bool: lambda value: str(value).lower(),
    dt.datetime: moment_text,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    dt.timedelta: str,
    type(None): lambda _: "",
}

LOOSE: Mapping[type, Callable[[Any], str]] = {**WRITTEN, str: str}
"""The same without a look at the length of texts, which a block has for all of them at once."""

FORMAT = Format("XLSX", (".xlsx", ".xlsm"), lambda head: head[:4] == b"PK\x03\x04", open_xlsx)
