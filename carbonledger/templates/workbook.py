"""A template as XLSX: the book with its lists and comments, a sheet that explains it, the codes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from unicodedata import east_asian_width

import xlsxwriter

from carbonledger.books import BOOKS
from carbonledger.books.rows import ColumnSpec
from carbonledger.issues import Language
from carbonledger.templates.examples import (
    Rows,
    choices,
    columns,
    explained,
    header,
    traits,
)
from carbonledger.templates.lists import LAST_ROW, Lists
from carbonledger.words import word

CREATED = datetime(2025, 12, 31)
"""A fixed day, so that a template's bytes repeat."""
COMMENT = {"author": "carbonledger", "x_scale": 2.4, "y_scale": 2.2}
NUMBERS = {"money": "#,##0.00", "tonnes": "#,##0.00", "number": "General", "share": "0.00%",
           "year": "0"}  # fmt: skip
EXAMPLE = {"italic": True, "font_color": "#7F7F7F", "bg_color": "#F2F2F2"}
HEAD = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
REQUIRED = {"bg_color": "#FFF2CC"}
DICTIONARY = (44, 14, 58, 58)
"""Widths of the sheet that explains the columns."""
LINE = 15
"""Points of a line of text."""
WIDE = ("name", "counterparty_name")


def workbook(book: str, language: Language, rows: Rows) -> bytes:
    """A book to be filled in; filled in, it loads as it is."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        title = word("books", book, language)
        made.set_properties({"title": title, "created": CREATED})
        _book(made, made.add_worksheet(title), book, language, rows)
        about = made.add_worksheet(word("template", "about", language, "columns"))
        _dictionary(made, about, book, language)
        lists = Lists(columns(book), language)
        text = made.add_format({"num_format": "@"})
        lists.write(made.add_worksheet(lists.sheet), made.add_format(HEAD), text)
    return out.getvalue()


def _book(made: Any, sheet: Any, book: str, language: Language, rows: Rows) -> None:
    """The sheet that is filled in: a comment explains each header, lists offer what there is."""
    sheet.freeze_panes(1, 1)
    sheet.set_row(0, 2 * LINE)
    specs = columns(book)
    lists = Lists(specs, language)
    for at, spec in enumerate(specs):
        look = made.add_format({**HEAD, **REQUIRED} if spec.required else HEAD)
        sheet.write_string(0, at, header(book, spec, language), look)
        sheet.write_comment(0, at, explained(spec, language), COMMENT)
        sheet.set_column(at, at, width(spec), made.add_format(number_format(spec)))
        check = lists.check(spec)
        if check is not None:
            sheet.data_validation(1, at, LAST_ROW, at, dict(check))
        example = made.add_format({**number_format(spec), **EXAMPLE})
        for row, cells in enumerate(rows, start=1):
            write(sheet, row, at, spec, cells.get(spec.name), example)
    note = word("template", "example", language, "columns")
    for row in range(1, len(rows) + 1):
        sheet.write_comment(row, 0, note, {"author": "carbonledger", "x_scale": 2})


def page_setup(sheet: Any) -> None:
    """Landscape on A4, all columns on one page, the header on each."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def lines_of(text: str, wide: int) -> int:
    """Lines that a text takes in a column, a Chinese character as wide as two others."""
    return sum(
        1 + sum(1 + (east_asian_width(c) in "WF") for c in line) // wide
        for line in text.split("\n")
    )


def number_format(spec: ColumnSpec) -> dict[str, Any]:
    """How a column shows: codes and ids as text, so that a spreadsheet keeps every digit."""
    kind = spec.kind.name
    return {"num_format": NUMBERS.get(kind, "yyyy-mm-dd" if kind == "date" else "@")}


def width(spec: ColumnSpec) -> int:
    """A width that shows a usual cell of the column."""
    if spec.name in WIDE or spec.kind.name in ("sector", "region"):
        return 30
    return 24 if spec.name.endswith("_id") else 17


def write(sheet: Any, row: int, at: int, spec: ColumnSpec, text: str | None, style: Any) -> None:
    """One cell in the type of its column."""
    kind = spec.kind.name
    if text is None:
        sheet.write_blank(row, at, None, style)
    elif kind == "date":
        sheet.write_datetime(row, at, datetime.fromisoformat(text), style)
    elif kind in NUMBERS:
        sheet.write_number(row, at, float(text), style)
    else:
        sheet.write_string(row, at, text, style)


def _dictionary(made: Any, sheet: Any, book: str, language: Language) -> None:
    """The sheet that says how to fill the book in, and what each column means."""
    bold, wrap = made.add_format(HEAD), made.add_format({"text_wrap": True, "valign": "top"})
    heading = made.add_format({"bold": True, "font_size": 14})
    for at, wide in enumerate(DICTIONARY):
        sheet.set_column(at, at, wide, wrap)
    page_setup(sheet)
    title = word("books", book, language)
    sheet.write_string(0, 0, word("template", "title", language, "columns", book=title), heading)
    plain = made.add_format({})
    lines = [word("template", f"how_{n}", language, "columns") for n in range(1, 6)]
    lines += _identity(book, language)
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, line, plain)
    first = len(lines) + 2
    for at, name in enumerate(("column", "type", "meaning", "fill_in")):
        sheet.write_string(first, at, word("template", name, language, "columns"), bold)
    for row, spec in enumerate(columns(book), start=first + 1):
        cells = _described(book, spec, language)
        # A reader that opens the file does not fit the height of wrapped rows by itself.
        sheet.set_row(row, LINE * max(map(lines_of, cells, DICTIONARY)))
        for at, cell in enumerate(cells):
            sheet.write_string(row, at, cell, wrap)


def _identity(book: str, language: Language) -> list[str]:
    """What tells the rows of the book apart, and of which columns one must be filled in."""
    named = {s.name: header(book, s, language) for s in columns(book)}
    groups: Mapping[str, tuple[str, ...]] = {"key": BOOKS[book].key, "one_of": BOOKS[book].one_of}
    return [
        word("labels", label, language, "columns", text=joint.join(named[n] for n in group))
        for (label, group), joint in zip(groups.items(), (" + ", " / "), strict=True)
        if group
    ]


def _described(book: str, spec: ColumnSpec, language: Language) -> tuple[str, str, str, str]:
    other = spec.name if language == "zh" else spec.title
    listed = ", ".join(choices(spec, language))
    return (
        f"{header(book, spec, language)} · {other}",
        word("types", spec.kind.name, language, "columns"),
        spec.zh if language == "zh" else spec.en,
        "\n".join([*traits(spec, language), *([listed] if listed else [])]),
    )
