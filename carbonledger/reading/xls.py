"""XLS workbooks of Excel 97 to 2003, read by xlrd, which lays out no more than there is."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

from carbonledger.issues import Refusal
from carbonledger.reading.encrypted import OLE
from carbonledger.reading.layout import Layout
from carbonledger.reading.sheets import Page, open_sheets
from carbonledger.reading.table import LONGEST_FIELD, Format, Opened, Request, Rows
from carbonledger.reading.xlsx import moment_text, number_text

MOST_BYTES = 1 << 27
MOST_CELLS = 10_000_000
TEXT, NUMBER, DAY, TRUE_FALSE, ERROR = 1, 2, 3, 4, 5
"""Kinds of cells in xlrd; 0 and 6 are blank."""


def open_xls(request: Request) -> Opened:
    """The table of the sheet that is named, else of the only visible one that has a header."""
    import xlrd  # 60 ms, and hardly ever needed

    if request.path.stat().st_size > MOST_BYTES:
        return None, [request.issue("file_hostile", reason=f"> {MOST_BYTES:,} bytes")]
    try:
        book = xlrd.open_workbook(
            str(request.path), logfile=io.StringIO(), formatting_info=True, ragged_rows=True,
            ignore_workbook_corruption=False, on_demand=True,
        )  # fmt: skip
        pages = [
            Page(name, book.sheet_by_index(n).visibility == 0, partial(_rows, book, n),
                 _layout(book.sheet_by_index(n)), 1904 if book.datemode else 0)
            for n, name in enumerate(book.sheet_names())
        ]  # fmt: skip
    except xlrd.XLRDError as problem:
        code = "file_encrypted" if "encrypted" in str(problem).lower() else "file_unreadable"
        return None, [request.issue(code, reason=_first(problem))]
    except Exception as problem:  # a damaged file raises whatever its damage leads to
        return None, [request.issue("file_unreadable", reason=_first(problem))]
    return open_sheets(request, pages)


def _first(problem: Exception) -> str:
    return (str(problem).strip() or type(problem).__name__).split("\n")[0][:200]


def _layout(sheet: Any) -> Layout:
    cells = sum(map(len, (sheet.row_types(n) for n in range(sheet.nrows))))
    if cells > MOST_CELLS:
        raise ValueError(f"{cells:,} cells")
    hidden = [row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden]
    columns = [(at + 1, at + 1) for at, info in sheet.colinfo_map.items() if info.hidden]
    merged = [(top + 1, bottom, left + 1) for top, bottom, left, _ in sheet.merged_cells
              if bottom > top + 1]  # fmt: skip
    return Layout(sorted(hidden), sorted(columns), merged)


def _rows(book: Any, at: int) -> Rows:
    sheet = book.sheet_by_index(at)
    for row in range(sheet.nrows):
        cells = zip(sheet.row_types(row), sheet.row_values(row), strict=True)
        try:
            yield row + 1, [_text(kind, value, book.datemode) for kind, value in cells]
        except Refusal as refusal:
            yield row + 1, refusal


def _text(kind: int, value: Any, datemode: int) -> str:
    if kind == TEXT:
        if len(value) > LONGEST_FIELD:
            raise Refusal("field_too_long", limit=f"{LONGEST_FIELD:,}")
        return str(value)
    if kind == NUMBER:
        return number_text(value)
    if kind == DAY:
        return _day(value, datemode)
    if kind == TRUE_FALSE:
        return "true" if value else "false"
    return _error(value) if kind == ERROR else ""


def _day(value: float, datemode: int) -> str:
    from xlrd import xldate

    try:
        return moment_text(xldate.xldate_as_datetime(value, datemode))
    except (xldate.XLDateError, OverflowError, ValueError):
        return number_text(value)


def _error(value: int) -> str:
    from xlrd import error_text_from_code

    return str(error_text_from_code.get(value, "#VALUE!"))


FORMAT = Format("XLS", (".xls",), lambda head: head.startswith(OLE), open_xls)
