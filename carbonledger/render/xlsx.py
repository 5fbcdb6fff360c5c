"""A form as a workbook: a sheet a chapter, totals as live formulas over the entries behind them.

The last sheet has the key of every figure: notes and names on the cells would disturb the tables.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from carbonledger.cells import MISSING, Cell, Print, words
from carbonledger.form import Block, Column, Figures, Form, Note, Row, Section, Table
from carbonledger.render import Format
from carbonledger.render.entry_sheet import EntrySheet, FormulaSheet
from carbonledger.render.formulas import Line, Ranges, ranges
from carbonledger.render.lists import (
    ACCENT,
    INDENT,
    Keyed,
    keys_title,
    page_setup,
    write_entries,
    write_keys,
)
from carbonledger.render.pages import LABEL, LINE, Pages, lines, width, widths

CREATED = datetime(2000, 1, 1)
"""A workbook carries a date of creation; ours is fixed, so that bytes repeat."""

HEAD = 42.0
INK, QUIET, RULE, TINT = "#17242E", "#5A6872", "#C9D1D6", "#EEF3F4"


def render(form: Form) -> bytes:
    """The workbook: chapters in order, then the entries, then the keys."""
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_urls": False})
    workbook.set_properties(
        {"title": form.title, "subject": form.subtitle, "author": form.entity, "created": CREATED}
    )
    styles = Styles(workbook)
    names = Names()
    chapters = [(section, names.of(section.sheet)) for section in form.sections]
    entries = [(names.of(each.title), each) for each in form.entries]
    lies = ranges(entries)
    keys: list[Keyed] = []
    for section, name in chapters:
        chapter = Chapter(workbook.add_worksheet(name, FormulaSheet), styles, lies, form)
        chapter.write(section)
        keys += [Keyed(name, at, key) for at, key in chapter.keys]
    for name, each in entries:
        write_entries(workbook.add_worksheet(name, EntrySheet), styles, each, form)
    if keys:
        write_keys(workbook.add_worksheet(names.of(keys_title(form))), styles, keys, form)
    workbook.close()
    return file.getvalue()


FORMAT = Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", render)


@dataclass
class Names:
    """Names of sheets: at most 31 characters, none of them forbidden, each once."""

    taken: set[str] = field(default_factory=set)

    def of(self, wanted: str) -> str:
        """A name that a workbook accepts."""
        plain = re.sub(r"[\[\]:*?/\\]", " ", wanted).strip("' ")[:31] or "-"
        name, number = plain, 2
        while name.lower() in self.taken:
            name, number = f"{plain[:27]} {number}", number + 1
        self.taken.add(name.lower())
        return name


@dataclass
class Styles:
    """Cell formats, each made once."""

    workbook: Any
    made: dict[tuple[tuple[str, Any], ...], Any] = field(default_factory=dict)

    def of(self, **wanted: Any) -> Any:
        """The format with these properties on top of the plain one."""
        every = {"font_name": "Arial", "font_size": 10, "font_color": INK, "valign": "top"} | wanted
        key = tuple(sorted(every.items()))
        if key not in self.made:
            self.made[key] = self.workbook.add_format(every)
        return self.made[key]

    def cell(self, row: Row, cell: Cell, column: int, room: float, kind: str) -> Any:
        """The format of a cell in its row; a word among numbers stands as they do."""
        wanted: dict[str, Any] = {"bottom": 4, "bottom_color": RULE}
        if row.kind == "total":
            wanted |= {"bold": True, "bg_color": TINT, "top": 1, "bottom": 1, "top_color": ACCENT,
                       "bottom_color": ACCENT}  # fmt: skip
        if row.kind == "aside":
            wanted |= {"italic": True, "font_color": QUIET}
        if cell.how is not None:
            wanted |= {"num_format": number_format(cell.how), "align": "right"}
        else:
            side: dict[str, Any] = {"align": "right"} if kind == "number" else INDENT
            wanted |= side if column else {}
            wanted |= {"text_wrap": True} if lines(cell.text, room) > 1 else {}
        return self.of(**wanted)


def number_format(how: Print) -> str:
    """Excel's own pattern of a print."""
    body = ("0" if how.percent else "#,##0") + ("." + "0" * how.places if how.places else "")
    body += "%" if how.percent else ""
    return f"+{body};-{body};{body}" if how.signed else body


def number(value: int | Fraction, how: Print) -> float:
    """The number that a cell holds: in printed units, as near as a float comes."""
    return float(Fraction(value) / how.scale)


@dataclass
class Chapter:
    """One sheet, written from the top down."""

    sheet: Any
    styles: Styles
    ranges: Ranges
    form: Form
    row: int = 0
    headings: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    pages: Pages = field(default_factory=lambda: Pages(()))
    keys: list[tuple[str, str]] = field(default_factory=list)
    """Each cell that has a key, in the order of the sheet."""

    def write(self, section: Section) -> None:
        """The whole chapter."""
        self.sheet.set_default_row(LINE)
        grids = [self._grid(b) for b in section.blocks if isinstance(b, Table | Figures)]
        fitted = widths(grids) or [90.0]
        self.pages = Pages(fitted, repeated=2.5 * LINE)
        for k, each in enumerate(fitted):
            self.sheet.set_column(k, k, each)
        self._title(section)
        for block in section.blocks:
            self._block(block)
        self._page()

    def _title(self, section: Section) -> None:
        form = self.form
        self._line(section.title, 24, bold=True, font_size=15, font_color=ACCENT)
        self._line(f"{form.entity} · {form.title} · {form.subtitle}", font_color=QUIET)
        self._paragraph(section.lead)
        if section is form.sections[0]:
            self._line(" · ".join(f"{a} {b}" for a, b in form.facts), font_color=QUIET)

    def _line(self, text: str, height: float = LINE, **style: Any) -> None:
        self.sheet.set_row(self.row, height)
        self.sheet.write_string(self.row, 0, text, self.styles.of(**style))
        self._down(height)

    def _down(self, height: float) -> None:
        self.pages.add(self.row, height)
        self.row += 1

    def _paragraph(self, text: str, **style: Any) -> None:
        """Text over the whole width of the sheet, as high as it needs."""
        form = self.styles.of(text_wrap=True, **style)
        height = LINE * lines(text, sum(self.pages.widths))
        self.sheet.set_row(self.row, height)
        last = len(self.pages.widths) - 1
        if last:
            self.sheet.merge_range(self.row, 0, self.row, last, "", form)
        self.sheet.write_string(self.row, 0, text, form)
        self._down(height)

    def _block(self, block: Block) -> None:
        if isinstance(block, Note):
            self._down(LINE)
            if block.title:
                self._line(block.title, bold=True, font_size=11)
            for text in block.paragraphs:
                self._paragraph(text)
        elif isinstance(block, Table | Figures):
            self._table(block)

    def _table(self, block: Table | Figures) -> None:
        columns, rows = self._grid(block)
        notes = [
            n
            for n in (block.notes if isinstance(block, Table) else (block.note, *block.remarks))
            if n
        ]
        self.pages.open(self.row, HEAD + LINE * (2 + len(notes)) + self.pages.rows(rows))
        self._down(LINE)
        context = f" · {block.context}" if isinstance(block, Table) and block.context else ""
        self._line(block.title + context, bold=True, font_size=11)
        self._head(columns)
        for row in rows:
            self._row(row, [column.kind for column in columns])
        for note in notes:
            self._paragraph(note, font_color=QUIET, font_size=9)

    def _grid(self, block: Table | Figures) -> tuple[Sequence[Column], Sequence[Row]]:
        if isinstance(block, Table):
            return block.columns, block.rows
        names = self.form.phrases
        columns = (
            Column("figure", names["figure"], kind="text"),
            Column("value", names["value"]),
            Column("unit", names["unit"], kind="text"),
            Column("note", names["note"], kind="text"),
        )
        rows = [Row((words(i.label), i.cell, words(i.unit), words(i.note))) for i in block.items]
        return columns, rows

    def _head(self, columns: Sequence[Column]) -> None:
        for k, column in enumerate(columns):
            head = column.label + (f"\n{column.unit}" if column.unit else "")
            side: dict[str, Any] = {"align": "right"} if column.kind == "number" else INDENT
            style = self.styles.of(bold=True, text_wrap=True, valign="bottom", bottom=2,
                                   bottom_color=ACCENT, font_color=ACCENT,
                                   **({} if k == 0 else side))  # fmt: skip
            self.sheet.write_string(self.row, k, head, style)
        tall = any(c.unit for c in columns) or any(width(c.label) > LABEL for c in columns)
        height = HEAD if tall else HEAD * 2 / 3
        self.sheet.set_row(self.row, height)
        self.headings.append((self.row, tuple(c.label for c in columns[1:])))
        self._down(height)

    def _row(self, row: Row, kinds: Sequence[str]) -> None:
        line = Line(self.ranges)
        for k, cell in enumerate(row.cells):
            at = xl_rowcol_to_cell(self.row, k)
            line.note(cell, at)
            self.keys += [(at, cell.key)] if cell.key else []
        for k, cell in enumerate(row.cells):
            style = self.styles.cell(row, cell, k, self.pages.widths[k], kinds[k])
            if cell.how is None or cell.value is None or isinstance(cell.value, str):
                text = MISSING if cell.how is not None else cell.text
                self.sheet.write_string(self.row, k, text, style)
                continue
            value, formula = number(cell.value, cell.how), line.formula(cell)
            if formula:
                self.sheet.write_formula(self.row, k, formula, style, value)
            else:
                self.sheet.write_number(self.row, k, value, style)
        height = self.pages.rows([row])
        if height > LINE:
            self.sheet.set_row(self.row, height)
        self._down(height)

    def _page(self) -> None:
        """On every page: the headings of a long table where all tables share them, else titles."""
        page_setup(self.sheet, self.form)
        self.sheet.set_h_pagebreaks(self.pages.breaks)
        if self.pages.cut and len({labels for _, labels in self.headings}) == 1:
            first = self.headings[0][0]
            self.sheet.repeat_rows(first)
            self.sheet.freeze_panes(first + 1, 1)
        else:
            self.sheet.repeat_rows(0, 1)
            self.sheet.freeze_panes(1, 0)
