"""A workbook to fill with factors of one's own: a sheet a set, its head on top, values below.

Its fields and headings are those that ``factors/workbook.py`` reads; the invented rows stand in
``registers/factor-template.yaml``.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, cast

import xlsxwriter

from carbonledger import strict_yaml
from carbonledger.issues import Language
from carbonledger.templates.workbook import CREATED
from carbonledger.words import names, word

REGISTER = "factor-workbook"
WIDTHS = (22, 34, 34, 10, 14, 12, 14, 60)
_HELP = 7


def factor_workbook(language: Language) -> bytes:
    """The workbook in the words of a language; the same bytes every time."""
    out = io.BytesIO()
    said = _example()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        workbook.set_properties({"title": said["title"][language], "created": CREATED})
        looks = _looks(workbook)
        readme = workbook.add_worksheet({"zh": "说明", "en": "readme"}[language])
        readme.set_column(0, 0, 110)
        for row, line in enumerate(said["readme"][language]):
            readme.write_string(row, 0, line, looks["text"])
        for one in said["sets"]:
            _sheet(workbook.add_worksheet(one["sheet"][language]), one, looks, language)
    return out.getvalue()


def _looks(workbook: Any) -> dict[str, Any]:
    return {
        "field": workbook.add_format({"bold": True, "bg_color": "#EEF3F7"}),
        "text": workbook.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
        "help": workbook.add_format({"font_color": "#5B6770", "italic": True}),
        "header": workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#FFF2CC"}),
    }


def _sheet(
    sheet: Any, one: Mapping[str, Any], looks: Mapping[str, Any], language: Language
) -> None:
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    row = 0
    for name in (n for n in names("fields", REGISTER) if n in one["head"]):
        sheet.write_string(row, 0, word("fields", name, language, REGISTER), looks["field"])
        for column, text in enumerate(_both(one["head"][name]), 1):
            sheet.write_string(row, column, text, looks["text"])
        sheet.write_string(row, _HELP, _help(name, language), looks["help"])
        row += 1
    row += 1
    for column, name in enumerate(one["columns"]):
        called = word("columns", name, "zh", REGISTER) if language == "zh" else name
        sheet.write_string(row, column, called, looks["header"])
    for cells in one["values"]:
        row += 1
        for column, text in enumerate(cells):
            if one["columns"][column] == "value":
                sheet.write_number(row, column, float(text))
            else:
                sheet.write_string(row, column, text, looks["text"])


def _both(value: str | Mapping[str, str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else [value["zh"], value["en"]]


def _help(name: str, language: Language) -> str:
    """What to write in a field, which stands beside it and is not read."""
    return word("help", name, language, REGISTER)


@cache
def _example() -> Mapping[str, Any]:
    source = resources.files("carbonledger") / "registers" / "factor-template.yaml"
    value, _ = strict_yaml.load(source.read_text("utf-8"), file=source.name)
    return cast(Mapping[str, Any], value)
