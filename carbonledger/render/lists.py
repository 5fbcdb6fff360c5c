"""Sheets of a workbook that are long lists: the entries behind totals, the keys of cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from carbonledger.form import Entries, Form
from carbonledger.render.entry_sheet import EntrySheet
from carbonledger.render.pages import width
from carbonledger.words import word

if TYPE_CHECKING:
    from carbonledger.render.xlsx import Styles

A4, WIDEST = 9, 40
ACCENT = "#0B5563"
INDENT: dict[str, Any] = {"align": "left", "indent": 1}
"""Away from the number before it; without its side an indent is drawn by nobody."""
HEAD: dict[str, Any] = {
    "bold": True,
    "font_color": ACCENT,
    "bottom": 2,
    "bottom_color": ACCENT,
    "text_wrap": True,
}


class Keyed(NamedTuple):
    """Where a figure stands in the workbook, and the key that ``explain --cell`` takes."""

    sheet: str
    cell: str
    key: str


def page_setup(sheet: Any, form: Form) -> None:
    """Every sheet on A4 across, as wide as the page, named at its foot."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.hide_gridlines(2)
    title = f"{form.entity} · {form.title}".replace("&", "&&")
    sheet.set_footer(f"&L&8{title}&C&8&A&R&8&P / &N" if len(title) < 200 else "&R&8&P / &N")


def write_entries(sheet: EntrySheet, styles: Styles, entries: Entries, form: Form) -> None:
    """The entries, column by column: whole grams and fen as numbers, all else as text."""
    whole, factor = styles.of(num_format="#,##0"), styles.of(num_format="0.000000")
    for k, column in enumerate(entries.columns):
        values = entries.rows.column(column.name)
        shown = [width(str(v)) for v in values[:200].to_pylist() if v is not None]
        side: dict[str, Any] = {"align": "right"} if column.kind != "text" else INDENT if k else {}
        _head(sheet, styles.of(**HEAD, **side), k, column.label,
              [*shown, width(column.label) // 2])  # fmt: skip
        style = factor if column.name.endswith("_factor") else whole
        if column.kind == "text":
            style = styles.of(**side)
        sheet.write_column_of(k, values, style)
    _close(sheet, form, entries.rows.num_rows, len(entries.columns))


def keys_title(form: Form) -> str:
    """What the sheet of keys is called."""
    return word("keys", "title", form.language)


def write_keys(sheet: Any, styles: Styles, keys: Sequence[Keyed], form: Form) -> None:
    """The key of every figure, by the sheet and the cell that it stands in.

    Paper gets the line that says so alone, for the list would be half of all pages.
    """
    sheet.write_string(0, 0, word("keys", "about", form.language), styles.of())
    for k, name in enumerate(Keyed._fields):
        values = [each[k] for each in keys]
        label = word("keys", name, form.language)
        _head(sheet, styles.of(**HEAD), k, label, [width(v) for v in values], under=1)
        _texts(sheet, k, values, styles.of(), first=2)
    _close(sheet, form, len(keys), len(Keyed._fields), under=1)
    sheet.print_area(0, 0, 0, len(Keyed._fields) - 1)


def _texts(sheet: Any, column: int, values: Sequence[str], style: Any, first: int = 1) -> None:
    for row, value in enumerate(values, first):
        sheet.write_string(row, column, value, style)


def _head(
    sheet: Any, style: Any, column: int, label: str, widths: Sequence[int], under: int = 0
) -> None:
    sheet.set_column(column, column, min(max([*widths, 8]) + 3, WIDEST))
    sheet.write_string(under, column, label, style)


def _close(sheet: Any, form: Form, rows: int, columns: int, under: int = 0) -> None:
    sheet.set_row(under, 30)
    sheet.freeze_panes(under + 1, 1)
    sheet.autofilter(under, 0, under + rows, columns - 1)
    page_setup(sheet, form)
    sheet.repeat_rows(under)
