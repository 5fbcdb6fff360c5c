"""The sheet of codes that the lists of a workbook offer, and the checks that cells get from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from xlsxwriter.utility import xl_range_abs

from carbonledger import codes
from carbonledger.books.rows import ColumnSpec
from carbonledger.issues import Language
from carbonledger.registers import rows
from carbonledger.templates.examples import choices, coded
from carbonledger.words import word

LAST_ROW = 10_000
"""Rows of a template that offer lists and check what is typed."""
FIRST_DAY = "1950-01-01"
CODED = ("sector", "region")


@cache
def code_list(kind: str, language: Language) -> tuple[str, ...]:
    """Divisions and classes of GB/T 4754, or the places of GB/T 2260, each with its name."""
    if kind == "sector":
        listed = [r["code"] for r in rows("gbt4754-2017")
                  if codes.sector_level(r["code"]) in ("division", "class")]  # fmt: skip
    else:
        listed = [r["code"] for r in rows("gbt2260") if r["level"] != "grouping"]
    return tuple(coded(code, kind, language) for code in listed)


class Lists:
    """The lists that a workbook's columns offer, each a column of its own on the sheet of codes."""

    def __init__(self, specs: Sequence[ColumnSpec], language: Language) -> None:
        self.language = language
        self.sheet = word("template", "codes", language, "columns")
        self._lists: dict[str, Sequence[str]] = {}
        self._of: dict[str, str] = {}
        for spec in specs:
            offered, title = self._offered(spec)
            if offered:
                self._lists[title], self._of[spec.name] = offered, title

    def _offered(self, spec: ColumnSpec) -> tuple[Sequence[str], str]:
        kind = spec.kind.name
        if kind in CODED:
            title = word("template", kind, self.language, "columns")
            return code_list(kind, self.language), title
        title = "true / false" if kind == "true or false" else f"{spec.name} · {spec.title}"
        return choices(spec, self.language), title

    def write(self, sheet: Any, bold: Any, text: Any) -> None:
        """Fill the sheet of codes."""
        sheet.freeze_panes(1, 0)
        for at, (title, offered) in enumerate(self._lists.items()):
            sheet.set_column(at, at, 36, text)
            sheet.write_string(0, at, title, bold)
            for row, choice in enumerate(offered, start=1):
                sheet.write_string(row, at, choice, text)

    def check(self, spec: ColumnSpec) -> Mapping[str, Any] | None:
        """The data validation of a column; it warns only, since other spellings are read too."""
        kind = spec.kind.name
        warns = {"error_type": "warning", "ignore_blank": True}
        if spec.name in self._of:
            title = self._of[spec.name]
            at, last = list(self._lists).index(title), len(self._lists[title])
            source = f"='{self.sheet}'!{xl_range_abs(1, at, last, at)}"
            return {"validate": "list", "source": source, **warns}
        if kind in ("money", "tonnes", "number", "share"):
            low = -(10.0**15) if spec.lowest is None else spec.lowest
            high = 10.0**15 if spec.highest is None else spec.highest
            bounds = {"criteria": "between", "minimum": low, "maximum": high}
            return {"validate": "decimal", **bounds, **warns}
        if kind == "year":
            return {"validate": "integer", "criteria": "between", "minimum": 1990,
                    "maximum": 2100, **warns}  # fmt: skip
        return None
