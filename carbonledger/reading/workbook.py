"""The sheets of an XLSX workbook: their names and members, and the values of their cells."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import python_calamine as calamine

from carbonledger.issues import Refusal
from carbonledger.reading.zip_guard import SMALL_BYTES, unpacked

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"

Values = Callable[[], Iterable[Sequence[Any]]]
"""The rows of a sheet from row 1 and column A, anew at each call."""


@dataclass(frozen=True)
class Sheet:
    """One worksheet: the name on its tab, the member that holds it, whether it shows."""

    name: str
    member: str
    visible: bool


def sheets_of(path: Path, listed: Sequence[zipfile.ZipInfo]) -> tuple[Sheet, ...]:
    """The worksheets in the order of their tabs; charts and macro sheets are none."""
    by_name = {info.filename.lower(): info for info in listed}
    if WORKBOOK not in by_name or RELATIONS not in by_name:
        kind = "XLSB" if "xl/workbook.bin" in by_name else "ZIP"
        raise Refusal("format_unsupported", kind=kind)
    targets = {
        relation.get("Id", ""): posixpath.normpath(
            posixpath.join("/xl", relation.get("Target", ""))
        )[1:]
        for relation in _xml(path, by_name[RELATIONS])
        if relation.get("Type", "").endswith("/worksheet")
    }
    found = []
    for element in _xml(path, by_name[WORKBOOK]).iterfind("{*}sheets/{*}sheet"):
        ids = [value for key, value in element.items() if key.endswith("}id")]
        member = targets.get(ids[0] if ids else "")
        if member is not None:
            visible = element.get("state", "visible") == "visible"
            found.append(Sheet(element.get("name", ""), member.lower(), visible))
    return tuple(found)


def counts_from(path: Path, listed: Sequence[zipfile.ZipInfo]) -> int:
    """1904 where the days of the workbook count from that year, else 0."""
    info = next(info for info in listed if info.filename.lower() == WORKBOOK)
    said = _xml(path, info).find("{*}workbookPr")
    old = said is not None and said.get("date1904", "0") in ("1", "true")
    return 1904 if old else 0


def _xml(path: Path, info: zipfile.ZipInfo) -> ElementTree.Element:
    if info.file_size > SMALL_BYTES:
        raise Refusal("file_hostile", reason=f"{info.filename}: {info.file_size:,} bytes")
    try:
        return ElementTree.fromstring(b"".join(unpacked(path, info)))
    except ElementTree.ParseError as problem:
        raise Refusal("file_unreadable", reason=f"{info.filename}: {problem}") from problem


def values_of(path: Path, sheet: str) -> Values:
    """The values of a sheet by calamine, or by openpyxl, ten times slower, where that fails."""
    try:
        # By its content: from_path takes the ending at its word, and .xls is a common lie.
        with path.open("rb") as file:
            read = calamine.CalamineWorkbook.from_filelike(file).get_sheet_by_name(sheet)
    except calamine.CalamineError as problem:
        return _by_openpyxl(path, sheet, str(problem))
    before = [""] * (read.start[1] if read.start else 0)
    return lambda: ([*before, *row] for row in read.iter_rows()) if before else read.iter_rows()


def _by_openpyxl(path: Path, sheet: str, reason: str) -> Values:
    import openpyxl  # 150 ms, and hardly ever needed

    def values() -> Iterator[Sequence[Any]]:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            try:
                page = book[sheet]
                page.reset_dimensions()
                yield from page.iter_rows(values_only=True)
            finally:
                book.close()

    try:
        for _ in values():
            pass
    except Exception as problem:  # a damaged file raises whatever its damage leads to
        raise Refusal("file_unreadable", reason=reason) from problem
    return values
