"""A workbook of a user's own factors: a sheet a set, its head on top, its values below.

A sheet is turned into the two texts that make a set in a folder, so that both are checked by the
same rules; what is wrong then gets the sheet and row that the user sees.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

from carbonledger.factors.columns import Columns
from carbonledger.factors.head import read_head
from carbonledger.factors.sets import FactorRow
from carbonledger.factors.table import read_table
from carbonledger.issues import LANGUAGES, Issue, Place, Refusal
from carbonledger.reading.sheet_scan import scanned
from carbonledger.reading.xlsx import WRITTEN
from carbonledger.reading.zip_guard import DAMAGE, members, unpacked
from carbonledger.words import names, word

WORKBOOKS = (".xlsx", ".xlsm")
LARGEST = 8_000_000
"""Bytes of a file that are read; a workbook of 100,000 values stays below."""

REGISTER = "factor-workbook"
_LISTS = ("keys", "extra")
_GROUPS = ("every_row", "caveats")
_HEADER = frozenset({"value", "year", "published"})
"""A row that names two of these is the header of the values."""

Line = tuple[int, list[str]]


def read_workbook(path: Path, layer: int) -> tuple[list[Columns], list[Issue]]:
    """The sets of all sheets, and every problem of them with its sheet and row."""
    if path.stat().st_size > LARGEST:
        limit = (("limit", str(LARGEST // 1_000_000)),)
        return [], [Issue("factor_workbook_large", Place(path.name), "", limit)]
    try:
        sheets = list(_sheets(path))
    except Refusal as refusal:
        return [], [Issue(refusal.code, Place(path.name), "", refusal.details)]
    tables: list[Columns] = []
    issues: list[Issue] = []
    for sheet in sheets:
        if not sheet.lines or sheet.name.strip().casefold() in _ignored():
            continue
        found, problems = _read_sheet(path.name, sheet, layer)
        tables += found
        issues += problems
    return tables, issues


@dataclass
class _Sheet:
    """The filled rows of a sheet as text, and the cells that hold a formula."""

    name: str
    lines: list[Line] = field(default_factory=list)
    formulas: list[tuple[int, str, str]] = field(default_factory=list)


def _sheets(path: Path) -> Iterator[_Sheet]:
    import openpyxl  # 80 ms that a run without a workbook of factors need not pay

    try:
        for info in members(path):
            if info.filename.lower().startswith("xl/worksheets/"):
                scanned(partial(unpacked, path, info))
        book = openpyxl.load_workbook(path, read_only=True)
    except DAMAGE as problem:
        raise Refusal("file_unreadable", reason=str(problem)) from problem
    except (KeyError, ValueError, TypeError, OSError) as problem:
        raise Refusal("file_unreadable", reason=str(problem)) from problem
    try:
        for page in book.worksheets:
            page.reset_dimensions()
            yield _sheet(page)
    finally:
        book.close()


def _sheet(page: object) -> _Sheet:
    sheet = _Sheet(page.title)  # type: ignore[attr-defined]
    for number, cells in enumerate(page.iter_rows(), 1):  # type: ignore[attr-defined]
        texts = []
        for cell in cells:
            if cell.data_type == "f":
                sheet.formulas.append((number, cell.coordinate, str(cell.value)))
                texts.append("")
            else:
                written = WRITTEN.get(type(cell.value), str)(cell.value)
                texts.append(" ".join(written.split()))
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            sheet.lines.append((number, texts))
    return sheet


def _read_sheet(file: str, sheet: _Sheet, layer: int) -> tuple[list[Columns], list[Issue]]:
    place = Place(file, sheet.name)
    formulas = [
        Issue("factor_formula", replace(place, row=row, column=cell), text)
        for row, cell, text in sheet.formulas
    ]
    if formulas:
        return [], formulas
    at = next((k for k, (_, cells) in enumerate(sheet.lines) if _is_header(cells)), None)
    if at is None:
        return [], [Issue("factor_sheet_without_table", place)]
    label = f"{file}[{sheet.name}]"
    text, rows = _head(sheet.lines[:at])
    found, problems = read_head(text, label, layer)
    if found is None:
        return [], [_moved(i, place, rows) for i in problems]
    table = sheet.lines[at:]
    numbers = [number for number, _ in table]
    columns, problems = read_table(_csv(table), found, label)

    def row(at: int) -> FactorRow:
        made = columns[at]
        return replace(made, place=replace(place, row=_at(numbers, made.place.row)))

    return [replace(columns, make=row, _made={})], [_moved(i, place, numbers) for i in problems]


def _is_header(cells: Sequence[str]) -> bool:
    return len(_HEADER & {_column(cell) for cell in cells}) > 1


def _moved(issue: Issue, place: Place, rows: Sequence[int]) -> Issue:
    """The issue with the sheet and row that a user sees, also where a message names a row."""
    details = tuple(
        (name, str(_at(rows, int(value))) if name == "first" and value.isdigit() else value)
        for name, value in issue.details
    )
    spot = replace(place, row=_at(rows, issue.place.row), column=issue.place.column)
    return replace(issue, place=spot, details=details)


def _at(rows: Sequence[int], line: int | None) -> int | None:
    return rows[min(line, len(rows)) - 1] if line and rows else None


def _head(lines: Sequence[Line]) -> tuple[str, list[int]]:
    """The fields of a sheet as the YAML of a set, one a line, and the sheet's row of each line."""
    said: list[tuple[str, int]] = []
    grouped: dict[str, list[tuple[str, int]]] = {name: [] for name in ("sources", *_GROUPS)}
    for number, cells in lines:
        name, rest = _field(cells[0]), cells[1:]
        group, dot, member = name.partition(".")
        if group == "source" and dot:
            first = member == "id" or not grouped["sources"]
            mark = "  - " if first else "    "
            grouped["sources"].append((f"{mark}{_quoted(member)}: {_value(member, rest)}", number))
        elif group in _GROUPS and dot:
            grouped[group].append((f"  {_quoted(member)}: {_value(member, rest)}", number))
        else:
            said.append((f"{_quoted(name)}: {_value(name, rest)}", number))
    for group, members_ in grouped.items():
        if members_:
            said += [(f"{group}:", members_[0][1]), *members_]
    return "".join(f"{text}\n" for text, _ in said), [number for _, number in said]


def _value(name: str, cells: Sequence[str]) -> str:
    """What stands beside a field: a list, the words of both languages, or one text."""
    if name in _LISTS and cells and cells[0]:
        listed = cells[0].replace("，", ",").replace("、", ",").split(",")
        return json.dumps([part.strip() for part in listed], ensure_ascii=False)
    if len(cells) > 1 and cells[1]:
        return json.dumps(dict(zip(LANGUAGES, cells, strict=False)), ensure_ascii=False)
    return _quoted(cells[0] if cells else "")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _csv(lines: Sequence[Line]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_column(cell) for cell in lines[0][1]])
    writer.writerows(cells for _, cells in lines[1:])
    return out.getvalue()


def _field(text: str) -> str:
    return _aliases("fields").get(text.strip().casefold(), text.strip())


def _column(text: str) -> str:
    return _aliases("columns").get(text.strip().casefold(), text.strip())


@cache
def _aliases(group: str) -> Mapping[str, str]:
    """Our name by what people may call it, in small letters."""
    known = names(group, REGISTER)
    return {n: n for n in known} | {word(group, n, "zh", REGISTER).casefold(): n for n in known}


@cache
def _ignored() -> frozenset[str]:
    return frozenset(names("ignored", REGISTER))
