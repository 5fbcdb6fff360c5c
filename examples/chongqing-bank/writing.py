# Synthetic: writes the invented books of make_books.py the way a bank's systems would.
"""Rows to files: CSV as Excel saves it, and workbooks whose bytes repeat."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

Cell = str | int | float | None
Rows = Sequence[Sequence[Cell]]
CREATED = datetime(2026, 1, 15, 9, 0, 0)


def plain_csv(path: Path, rows: Iterable[Sequence[Cell]], encoding: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


def ledger_csv(path: Path, title: str, rows: Rows) -> None:
    """A ledger as Excel saves it: a title over the header, GB18030, CRLF."""
    width = len(rows[0])
    plain_csv(path, [[title, *[""] * (width - 1)], *rows], "gb18030")


def workbook(path: Path, sheets: Mapping[str, tuple[str, Rows]]) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": path.stem, "created": CREATED})
        bold = book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "top"})
        big = book.add_format({"bold": True, "font_size": 14, "align": "center"})
        amount = book.add_format({"num_format": "#,##0.00"})
        percent = book.add_format({"num_format": "0.00%"})
        for name, (title, rows) in sheets.items():
            sheet = book.add_worksheet(name)
            header = rows[0]
            sheet.merge_range(0, 0, 0, len(header) - 1, title, big)
            sheet.write_row(1, 0, header, bold)
            sheet.set_column(0, len(header) - 1, 18)
            sheet.freeze_panes(2, 0)
            formats = [percent if "比例" in str(h) else amount for h in header]
            for at, row in enumerate(rows[1:], start=2):
                for column, cell in enumerate(row):
                    if isinstance(cell, float):
                        sheet.write_number(at, column, cell, formats[column])
                    elif cell is not None:
                        sheet.write(at, column, cell)
