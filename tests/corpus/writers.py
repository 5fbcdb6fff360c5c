"""Writers of each format, by libraries that the product does not read with where possible."""

from __future__ import annotations

import gzip
import html
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet
import xlwt
from odf import table as odf_table
from odf import text as odf_text
from odf.opendocument import OpenDocumentSpreadsheet

Grid = Sequence[Sequence[Any]]
Merged = Sequence[tuple[int, int, int, int]]
"""First row, first column, last row, last column, counted from 0."""


def text(
    rows: Grid, sep: str = ",", *, encoding: str = "utf-8", newline: str = "\n", last: bool = True,
    bom: bytes = b"",
) -> bytes:  # fmt: skip
    lines = [sep.join(_quoted(str(cell), sep) for cell in row) for row in rows]
    return bom + (newline.join(lines) + (newline if last else "")).encode(encoding)


def _quoted(cell: str, sep: str) -> str:
    if any(mark in cell for mark in (sep, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def xlsx(
    rows: Grid, *, merged: Merged = (), more: Mapping[str, Grid] | None = None,
    hide: Sequence[str] = (), sheet: str = "贷款", epoch: Any = None,
    hidden_rows: Sequence[int] = (), state: str = "hidden",
) -> bytes:  # fmt: skip
    book = openpyxl.Workbook()
    if epoch is not None:
        book.epoch = epoch
    first = book.active
    first.title = sheet
    for name, content in {sheet: rows, **(more or {})}.items():
        page = first if name == sheet else book.create_sheet(name)
        for row in content:
            page.append([None if cell == "" else cell for cell in row])
        if name in hide:
            page.sheet_state = state
    for top, left, bottom, right in merged:
        first.merge_cells(start_row=top + 1, start_column=left + 1,
                          end_row=bottom + 1, end_column=right + 1)  # fmt: skip
    for row in hidden_rows:
        first.row_dimensions[row + 1].hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(
    rows: Grid, *, merged: Merged = (), more: Mapping[str, Grid] | None = None,
    hide: Sequence[str] = (), sheet: str = "贷款", mac_days: bool = False,
) -> bytes:  # fmt: skip
    book = xlwt.Workbook(encoding="utf-8")
    book.dates_1904 = mac_days
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for name, content in {sheet: rows, **(more or {})}.items():
        page = book.add_sheet(name)
        page.visibility = 1 if name in hide else 0
        spans = merged if name == sheet else ()
        for top, left, bottom, right in spans:
            page.write_merge(top, bottom, left, right, content[top][left])
        covered = {(r, c) for t, le, b, ri in spans
                   for r in range(t, b + 1) for c in range(le, ri + 1)}  # fmt: skip
        for r, row in enumerate(content):
            for c, cell in enumerate(row):
                if (r, c) not in covered and cell != "":
                    page.write(r, c, cell, *([day] if isinstance(cell, date) else []))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(
    rows: Grid, *, merged: Merged = (), more: Mapping[str, Grid] | None = None,
    hide: Sequence[str] = (), sheet: str = "贷款",
) -> bytes:  # fmt: skip
    from odf.style import Style, TableProperties

    book = OpenDocumentSpreadsheet()
    unseen = Style(name="unseen", family="table")
    unseen.addElement(TableProperties(display="false"))
    book.automaticstyles.addElement(unseen)
    for name, content in {sheet: rows, **(more or {})}.items():
        page = odf_table.Table(name=name, **({"stylename": unseen} if name in hide else {}))
        spans = {(t, le): (b - t + 1, ri - le + 1) for t, le, b, ri in merged}
        spans = spans if name == sheet else {}
        covered = {(t + r, le + c) for (t, le), (rows_, columns_) in spans.items()
                   for r in range(rows_) for c in range(columns_)} - set(spans)  # fmt: skip
        for r, row in enumerate(content):
            line = odf_table.TableRow()
            for c, cell in enumerate(row):
                made = _ods_cell(cell, spans.get((r, c)))
                line.addElement(odf_table.CoveredTableCell() if (r, c) in covered else made)
            page.addElement(line)
        book.spreadsheet.addElement(page)
    out = io.BytesIO()
    book.write(out)
    return out.getvalue()


def _ods_cell(cell: Any, span: tuple[int, int] | None) -> Any:
    says: dict[str, Any] = {}
    if span:
        says |= {"numberrowsspanned": span[0], "numbercolumnsspanned": span[1]}
    if cell == "":
        return odf_table.TableCell(**says)
    if isinstance(cell, date):
        says |= {"valuetype": "date", "datevalue": cell.isoformat()}
    elif isinstance(cell, int | float):
        says |= {"valuetype": "float", "value": repr(cell)}
    else:
        says |= {"valuetype": "string"}
    made = odf_table.TableCell(**says)
    made.addElement(odf_text.P(text=str(cell)))
    return made


def web_page(
    rows: Grid, *, merged: Merged = (), encoding: str = "utf-8", declared: str | None = None,
    more: Mapping[str, Grid] | None = None, hide: Sequence[str] = (),
) -> bytes:  # fmt: skip
    """The table that a core system calls .xls, as Excel opens it."""
    spans = {(t, le): (b - t + 1, ri - le + 1) for t, le, b, ri in merged}
    covered = {(r, c) for t, le, b, ri in merged for r in range(t, b + 1)
               for c in range(le, ri + 1)} - set(spans)  # fmt: skip
    lines = []
    for r, row in enumerate(rows):
        line = ""
        for c, cell in enumerate(row):
            if (r, c) in covered:
                continue
            rowspan, colspan = spans.get((r, c), (1, 1))
            said = f' rowspan="{rowspan}"' * (rowspan > 1) + f' colspan="{colspan}"' * (colspan > 1)
            line += f"<td{said}>{html.escape(str(cell))}</td>"
        lines.append(f"<tr>{line}</tr>")
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={declared or encoding}">'
    page = f"<html><head>{head}</head><body><table border=1>{''.join(lines)}</table></body></html>"
    return page.encode(encoding)


def columns(rows: Grid) -> pa.Table:
    header, *body = rows
    turned = list(zip(*body, strict=True))
    return pa.table({name: list(cells) for name, cells in zip(header, turned, strict=True)})


def parquet(table: pa.Table, **says: Any) -> bytes:
    out = io.BytesIO()
    pa.parquet.write_table(table, out, **says)
    return out.getvalue()


def arrow_file(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def arrow_stream(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def gz(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
