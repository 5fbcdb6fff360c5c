"""What a new working folder holds: a commented configuration and small books that fit together.

Headers are those of the row models, so a template can't drift from what is read; the example rows
stand in ``registers/template-books.yaml``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, cast

import xlsxwriter

from carbonledger import strict_yaml
from carbonledger.books import BOOKS
from carbonledger.books.rows import ColumnSpec, columns_of
from carbonledger.config import FILE
from carbonledger.issues import Language
from carbonledger.words import names, word

Rows = Sequence[Mapping[str, str]]
FILES = {
    "loans": "loans.csv",
    "investments": "investments.xlsx",
    "counterparties": "counterparties.csv",
    "projects": "projects.csv",
    "activities": "activities.csv",
}
CREATED = datetime(2025, 12, 31)
"""A fixed day, so that a template's bytes repeat."""
ROWS_WITH_LISTS = 10_000
COMMENT = {"author": "carbonledger", "x_scale": 2.4, "y_scale": 2.2}
FLAGS = {"true": ("是", "true"), "false": ("否", "false")}
NUMBERS = {"money": "#,##0.00", "tonnes": "#,##0.00", "number": "General", "share": "0.00%",
           "year": "0"}  # fmt: skip


def template_files(language: Language) -> dict[str, bytes]:
    """Every file of a new working folder, by name."""
    books = {
        file: (_workbook if file.endswith(".xlsx") else _csv)(name, language)
        for name, file in FILES.items()
    }
    return {FILE: _register(f"template-config-{language}").encode(), **books}


def columns(book: str) -> list[ColumnSpec]:
    """The columns of a template: the key first, then the order of the row model."""
    specs = columns_of(BOOKS[book].row)
    return [specs[name] for name in dict.fromkeys((*BOOKS[book].key, *specs))]


def header(book: str, spec: ColumnSpec, language: Language) -> str:
    """The header of a column: its canonical name, or what a Chinese bank calls it."""
    if language == "en":
        return spec.name
    fitting: dict[str, str] = _examples()["headers"].get(book, {})
    return fitting.get(spec.name, spec.title)


def rows(book: str, language: Language) -> Rows:
    """The example rows in the words of a language, by canonical column."""
    specs = columns_of(BOOKS[book].row)
    return [
        {name: _cell(specs[name], value, language) for name, value in row.items()}
        for row in _examples()[book]
    ]


def choices(spec: ColumnSpec, language: Language) -> list[str]:
    """What may stand in a column of a closed list, in the words of a language."""
    if spec.kind.name == "true or false":
        return [words[language == "en"] for words in FLAGS.values()]
    if language == "en":
        return list(spec.kind.values)
    listed = zip(spec.kind.values, spec.kind.aliases, strict=True)
    return [aliases[0] if aliases else value for value, aliases in listed]


def explained(spec: ColumnSpec, language: Language) -> str:
    """The comment on a header: meaning, whether it must be there, unit, how to write it."""
    kind = spec.kind.name
    named, meaning = (spec.name, spec.zh) if language == "zh" else (spec.title, spec.en)
    lines = [f"{named}: {word('types', kind, language, 'columns')}", meaning]
    if spec.required:
        lines.append(word("labels", "required", language, "columns"))
    for group, label in (("accepts", "accepts"), ("units", "unit")):
        if kind in names(group, "columns"):
            text = word(group, kind, language, "columns")
            lines.append(word("labels", label, language, "columns", text=text))
    return "\n".join([*lines, *choices(spec, language)])


def _register(name: str) -> str:
    return (resources.files("carbonledger") / "registers" / f"{name}.yaml").read_text("utf-8")


@cache
def _examples() -> Mapping[str, Any]:
    value, _ = strict_yaml.load(_register("template-books"), file="template-books.yaml")
    return cast(Mapping[str, Any], value)


def _cell(spec: ColumnSpec, value: str | Mapping[str, str], language: Language) -> str:
    if not isinstance(value, str):
        return value[language]
    if spec.kind.values:
        return choices(spec, language)[spec.kind.values.index(value)]
    if spec.kind.name in ("true or false", "green tag"):
        return FLAGS[value][language == "en"]
    return value


def _csv(book: str, language: Language) -> bytes:
    """A book as Excel saves it: UTF-8 with BOM, CRLF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    specs = columns(book)
    writer.writerow([header(book, spec, language) for spec in specs])
    writer.writerows([[row.get(s.name, "") for s in specs] for row in rows(book, language)])
    return out.getvalue().encode("utf-8-sig")


def _workbook(book: str, language: Language) -> bytes:
    """A book as a workbook: a comment explains each header, lists offer what may be chosen."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        title = word("books", book, language)
        workbook.set_properties({"title": title, "created": CREATED})
        sheet = workbook.add_worksheet(title)
        sheet.freeze_panes(1, 1)
        look = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        plain = workbook.add_format(look)
        required = workbook.add_format({**look, "bg_color": "#FFF2CC"})
        for at, spec in enumerate(columns(book)):
            sheet.write_string(0, at, header(book, spec, language),
                               required if spec.required else plain)  # fmt: skip
            sheet.write_comment(0, at, explained(spec, language), COMMENT)
            _column(workbook, sheet, at, spec, rows(book, language), language)
    return out.getvalue()


def _column(
    workbook: Any, sheet: Any, at: int, spec: ColumnSpec, rows_: Rows, language: Language
) -> None:
    """One column below its header: its format, the list it offers, its example cells."""
    kind = spec.kind.name
    shown = NUMBERS.get(kind, "yyyy-mm-dd" if kind == "date" else "@")
    style = workbook.add_format({"num_format": shown})
    sheet.set_column(at, at, 24 if spec.name.endswith(("_id", "_name")) else 16, style)
    if spec.kind.values or kind == "true or false":
        sheet.data_validation(1, at, ROWS_WITH_LISTS, at, {
            "validate": "list", "source": choices(spec, language), "error_type": "warning",
        })  # fmt: skip
    for row, cells in enumerate(rows_, start=1):
        text = cells.get(spec.name)
        if text is None:
            continue
        if kind == "date":
            sheet.write_datetime(row, at, datetime.fromisoformat(text), style)
        elif kind in NUMBERS:
            sheet.write_number(row, at, float(text), style)
        else:
            sheet.write_string(row, at, text, style)
