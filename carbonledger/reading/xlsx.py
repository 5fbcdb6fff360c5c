"""XLSX workbooks: guarded, the sheet chosen, numbers and dates as text."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from carbonledger.issues import Refusal
from carbonledger.reading.grid import Rows, find_head, open_grid
from carbonledger.reading.sheet_scan import Scan, scanned
from carbonledger.reading.table import LONGEST_FIELD, Format, Opened, Request
from carbonledger.reading.workbook import Sheet, Values, sheets_of, values_of
from carbonledger.reading.zip_guard import members, unpacked

DAMAGE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, NotImplementedError)
MIDNIGHT = dt.time()


def open_xlsx(request: Request) -> Opened:
    """The table of the sheet that is named, else of the only visible one that has a header."""
    try:
        listed = members(request.path)
        sheets = sheets_of(request.path, listed)
        own = {sheet.member for sheet in sheets}
        scans = {
            info.filename.lower(): scanned(unpacked(request.path, info))
            for info in listed
            if info.filename.lower() in own
            or (info.filename.lower().startswith("xl/") and info.filename.lower().endswith(".xml"))
        }
        return _opened(request, sheets, scans)
    except Refusal as refusal:
        return None, [request.refused(refusal)]
    except DAMAGE as problem:
        return None, [request.issue("file_unreadable", reason=str(problem))]


def _opened(
    request: Request, sheets: tuple[Sheet, ...], scans: Mapping[str, Scan | None]
) -> Opened:
    wanted = [s for s in sheets if s.name == request.sheet]
    if request.sheet is None:
        wanted = [s for s in sheets if s.visible]
    if not wanted:
        names = ", ".join(s.name for s in sheets)
        return None, [request.issue("sheet_missing", value=request.sheet or "", names=names)]
    rows = {s.name: _rows_of(request, s, scans) for s in wanted}
    if len(wanted) > 1:
        wanted = [s for s in wanted if find_head(request, rows[s.name]()) is not None]
    if not wanted:
        return None, [request.issue("header_missing")]
    if len(wanted) > 1:
        names = ", ".join(s.name for s in wanted)
        return None, [request.issue("sheet_ambiguous", names=names)]
    chosen = wanted[0]
    table, issues = open_grid(request, chosen.name, rows[chosen.name])
    scan = scans.get(chosen.member) or Scan()
    if scan.bare_formulas:
        (row, first), count = scan.bare_formulas[0], str(len(scan.bare_formulas))
        refusal = Refusal("formula_without_value", value=first, count=count)
        issues.append(request.refused(refusal, row, sheet=chosen.name))
    return table, issues


def _rows_of(
    request: Request, sheet: Sheet, scans: Mapping[str, Scan | None]
) -> Callable[[], Rows]:
    scan = scans.get(sheet.member)
    if scan is None:
        raise Refusal("file_unreadable", reason=f"{sheet.member}: no worksheet")
    values = values_of(request.path, sheet.name)
    return lambda: _rows(values, scan.texts)


def _rows(values: Values, texts: Mapping[int, Mapping[int, str]]) -> Rows:
    number = 0
    for number, cells in enumerate(values(), 1):
        try:
            row = [WRITTEN[type(cell)](cell) for cell in cells]
        except Refusal as refusal:
            yield number, refusal
        else:
            yield number, _overlaid(row, texts[number]) if number in texts else row
    for later in sorted(row for row in texts if row > number):
        yield later, _overlaid([], texts[later])


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


def _number(value: float) -> str:
    """The shortest text that reads back as the same number; beyond 10^16 with its exponent."""
    return repr(value).removesuffix(".0")


def _moment(value: dt.datetime) -> str:
    return value.date().isoformat() if value.time() == MIDNIGHT else value.isoformat()


WRITTEN: Mapping[type, Callable[[Any], str]] = {
    str: _string,
    float: _number,
    int: str,
    bool: lambda value: str(value).lower(),
    dt.datetime: _moment,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    dt.timedelta: str,
    type(None): lambda _: "",
}

FORMAT = Format("XLSX", (".xlsx", ".xlsm"), lambda head: head[:4] == b"PK\x03\x04", open_xlsx)
