"""ODS workbooks: the cells of their XML as they stream by, repeated ones laid out under guard."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from carbonledger.issues import Refusal
from carbonledger.reading.layout import Layout
from carbonledger.reading.sheets import Page, open_sheets
from carbonledger.reading.table import LONGEST_FIELD, Format, Opened, Request, Rows
from carbonledger.reading.zip_guard import DAMAGE, members, unpacked

CONTENT = "content.xml"
MOST_CELLS = 10_000_000
MOST_DEPTH = 256
VALUES = ("float", "percentage", "currency")


@dataclass
class Sheet:
    """One sheet: its rows by number, those without content left out."""

    name: str
    visible: bool
    rows: dict[int, list[str]] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)
    columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    row: int = 0
    width: int = 0


def open_ods(request: Request) -> Opened:
    """The table of the sheet that is named, else of the only visible one that has a header."""
    try:
        listed = {info.filename: info for info in members(request.path)}
        if CONTENT not in listed:
            return None, [request.issue("format_unsupported", kind="OpenDocument")]
        sheets = _Content().read(request.path, listed[CONTENT])
    except Refusal as refusal:
        return None, [request.refused(refusal)]
    except expat.ExpatError as problem:
        return None, [request.issue("file_unreadable", reason=f"XML: {problem}")]
    except DAMAGE as problem:
        return None, [request.issue("file_unreadable", reason=str(problem))]
    return open_sheets(request, [
        Page(s.name, s.visible, _rows_of(s), Layout(s.hidden, s.columns, s.merged)) for s in sheets
    ])  # fmt: skip


def _rows_of(sheet: Sheet) -> Callable[[], Rows]:
    def rows() -> Rows:
        for number, cells in sheet.rows.items():
            yield number, _checked(cells)

    return rows


def _checked(cells: list[str]) -> list[str] | Refusal:
    if any(len(cell) > LONGEST_FIELD for cell in cells):
        return Refusal("field_too_long", limit=f"{LONGEST_FIELD:,}")
    return cells


class _Content:
    """The handlers of one parse of content.xml."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.depth = self.cells = self.blank = 0
        self.cells_of_row: list[str] = []
        self.cell: dict[str, str] | None = None
        self.paragraphs: list[list[str]] = []
        self.row: dict[str, str] = {}
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = _refuse_doctype

    def read(self, path: Path, info: zipfile.ZipInfo) -> list[Sheet]:
        """Every sheet of the workbook."""
        for chunk in unpacked(path, info):
            self.parser.Parse(chunk)
        self.parser.Parse(b"", True)
        return self.sheets

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise Refusal("file_hostile", reason=f"> {MOST_DEPTH} levels")
        name = full.rpartition(" ")[2]
        said = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if name == "style":
            self.style = said.get("name", "")
        elif name == "table-properties" and said.get("display") == "false":
            self.hidden_styles.add(self.style)
        elif name == "table" and "name" in said and self.cell is None:
            visible = said.get("style-name", "") not in self.hidden_styles
            self.sheets.append(Sheet(said["name"], visible))
        elif self.sheets:
            self._start_in_table(name, said)

    def _start_in_table(self, name: str, said: dict[str, str]) -> None:
        sheet = self.sheets[-1]
        if name == "table-column":
            count = _count(said, "number-columns-repeated")
            if said.get("visibility") in ("collapse", "filter"):
                sheet.columns.append((sheet.width + 1, sheet.width + count))
            sheet.width += count
        elif name == "table-row":
            self.row, self.cells_of_row, self.blank = said, [], 0
        elif name in ("table-cell", "covered-table-cell"):
            self.cell, self.paragraphs = said, []
        elif name == "p" and self.cell is not None:
            self.paragraphs.append([])
        elif name in ("s", "tab", "line-break") and self.paragraphs:
            self.paragraphs[-1].append(" " * min(_count(said, "c"), 1_000))

    def _text(self, text: str) -> None:
        if self.cell is not None and self.paragraphs:
            self.paragraphs[-1].append(text)

    def _end(self, full: str) -> None:
        self.depth -= 1
        name = full.rpartition(" ")[2]
        if name in ("table-cell", "covered-table-cell") and self.cell is not None:
            self._end_cell(self.cell)
            self.cell = None
        elif name == "table-row" and self.sheets:
            self._end_row(self.sheets[-1])
        elif name == "annotation":
            self.paragraphs = []

    def _end_cell(self, said: dict[str, str]) -> None:
        text = _value(said, "\n".join("".join(p) for p in self.paragraphs))
        count = _count(said, "number-columns-repeated")
        if not text:
            self.blank += count
            return
        self._grow(self.blank + count)
        self.cells_of_row += [*[""] * self.blank, *[text] * count]
        self.blank = 0
        down = _count(said, "number-rows-spanned")
        if down > 1:
            sheet = self.sheets[-1]
            sheet.merged.append((sheet.row + 1, sheet.row + down, len(self.cells_of_row)))

    def _end_row(self, sheet: Sheet) -> None:
        count = _count(self.row, "number-rows-repeated")
        cells = self.cells_of_row
        if cells:
            self._grow(len(cells) * (count - 1))
            sheet.rows |= {sheet.row + n: cells for n in range(1, count + 1)}
            if self.row.get("visibility") in ("collapse", "filter"):
                sheet.hidden += range(sheet.row + 1, sheet.row + count + 1)
        sheet.row += count

    def _grow(self, cells: int) -> None:
        self.cells += cells
        if self.cells > MOST_CELLS:
            raise Refusal("file_hostile", reason=f"> {MOST_CELLS:,} cells")


def _value(said: dict[str, str], shown: str) -> str:
    """The exact value where the cell has one of a kind, else what it shows."""
    kind = said.get("value-type", "")
    if kind in VALUES and said.get("value"):
        return said["value"]
    if kind == "date" and said.get("date-value"):
        return said["date-value"].removesuffix("T00:00:00")
    if kind == "boolean" and said.get("boolean-value"):
        return said["boolean-value"]
    return shown


def _count(said: dict[str, str], name: str) -> int:
    text = said.get(name, "1")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refusal("file_hostile", reason=f"{name} {text[:20]}")
    return max(int(text), 1)


def _refuse_doctype(*_: object) -> None:
    raise Refusal("file_hostile", reason="DOCTYPE")


def _is_ods(head: bytes) -> bool:
    named = head[30:38] == b"mimetype" and b"opendocument" in head[:120]
    return head[:4] == b"PK\x03\x04" and named


FORMAT = Format("ODS", (".ods",), _is_ods, open_ods)
