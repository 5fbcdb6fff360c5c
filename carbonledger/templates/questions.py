"""The workbook that goes to the branches: a row a borrower and figure, with a cell to answer in."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from carbonledger.analysis.asks import WAN, Question, behind
from carbonledger.books.answers import AnswerRow
from carbonledger.books.rows import ColumnSpec, columns_of
from carbonledger.intake.answers import spec_of
from carbonledger.issues import Language
from carbonledger.runs import Run
from carbonledger.templates.lists import LAST_ROW, Lists
from carbonledger.templates.workbook import (
    CREATED,
    HEAD,
    LINE,
    REQUIRED,
    lines_of,
    number_format,
    page_setup,
)
from carbonledger.words import names, word

COLUMNS = {"branch": 16, "entity": 12, "id": 23, "name": 28, "field": 32, "unit": 9, "value": 20,
           "answered_by": 12, "answered_on": 13, "evidence": 26, "period": 9, "total": 16,
           "why": 62}  # fmt: skip
"""The columns in order, with their widths."""
AMOUNT = {"validate": "decimal", "criteria": ">=", "value": 0, "error_type": "warning"}
ANSWER = ("value", "answered_by", "answered_on", "evidence")
Names = Mapping[tuple[str, str], str]


def questions_workbook(
    asked: Sequence[Question], named: Names, run: Run, unit: str, language: Language
) -> bytes:
    """Questions with what hangs on each; names are given where the caller knows them."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        title = _say("title", language)
        made.set_properties({"title": title, "created": CREATED})
        sheet = made.add_worksheet(title)
        lists = Lists([s for s in map(_spec, asked) if s is not None], language)
        _Sheet(made, sheet, lists, run.period, unit, language).fill(asked, named)
        _about(made, made.add_worksheet(_say("about", language)), run.period, run.id, language)
        text = made.add_format({"num_format": "@"})
        lists.write(made.add_worksheet(lists.sheet), made.add_format(HEAD), text)
    return out.getvalue()


def _say(name: str, language: Language, **details: object) -> str:
    return word("sheet", name, language, "gaps", **details)


def _spec(question: Question) -> ColumnSpec | None:
    return spec_of(question.entity, question.field)


def heading(column: str, unit: str, language: Language) -> str:
    """The header of a column; those that are read back by the words of the answers' row model."""
    if column in names("sheet", "gaps"):
        return _say(column, language, unit=unit)
    return columns_of(AnswerRow)[column].title if language == "zh" else column


class _Sheet:
    """Writes the questions row by row; each kind of cell has one format."""

    def __init__(
        self, made: Any, sheet: Any, lists: Lists, period: int, unit: str, language: Language
    ) -> None:
        self.made, self.sheet, self.lists = made, sheet, lists
        self.period, self.unit, self.language = period, unit, language
        self.formats: dict[str, Any] = {}
        top = {"valign": "top"}
        self.text = made.add_format({"num_format": "@", **top})
        self.wrap = made.add_format({"text_wrap": True, "indent": 1, **top})
        self.money = made.add_format({"num_format": "#,##0.00", **top})

    def fill(self, asked: Sequence[Question], named: Names) -> None:
        """The header, then the questions."""
        at = {name: k for k, name in enumerate(COLUMNS)}
        for name, k in at.items():
            look = {**HEAD, **REQUIRED} if name in ANSWER else HEAD
            title = heading(name, self.unit, self.language)
            self.sheet.write_string(0, k, title, self.made.add_format(look))
            self.sheet.set_column(k, k, COLUMNS[name])
        self.sheet.set_row(0, 2 * LINE)
        self.sheet.freeze_panes(1, at["name"])
        page_setup(self.sheet)
        for row, question in enumerate(asked, start=1):
            self._row(row, at, question, named.get((question.entity, question.id), ""))
        self.sheet.autofilter(0, 0, max(len(asked), 1), len(COLUMNS) - 1)
        last = max(len(asked), 1)
        day = at["answered_on"]
        self.sheet.data_validation(1, day, min(last, LAST_ROW * 10), day, {
            "validate": "date", "criteria": ">=", "value": CREATED.replace(year=2000),
            "error_type": "warning"})  # fmt: skip

    def _row(self, row: int, at: Mapping[str, int], question: Question, name: str) -> None:
        why = "\n".join(behind(g, self.unit, self.language) for g in question.gaps)
        cells = {
            "branch": question.branch, "id": question.id, "name": name, "unit": question.unit,
            "entity": question.entity if self.language == "en" else
            word("entities", question.entity, "zh", "explain"),
            "field": question.title(self.language),
        }  # fmt: skip
        for column, text in cells.items():
            self.sheet.write_string(row, at[column], text, self.text)
        self.sheet.write_number(row, at["period"], self.period, self.text)
        most = max(g.outstanding for g in question.gaps)
        self.sheet.write_number(row, at["total"], most / WAN, self.money)
        self.sheet.write_string(row, at["why"], why, self.wrap)
        self.sheet.set_row(row, LINE * lines_of(why, COLUMNS["why"]))
        self._answer(row, at, question)

    def _answer(self, row: int, at: Mapping[str, int], question: Question) -> None:
        spec = _spec(question)
        shown = number_format(spec) if spec is not None else {"num_format": "General"}
        dated = {"num_format": "yyyy-mm-dd"}
        for column, look in {"value": shown, "answered_on": dated}.items():
            self.sheet.write_blank(row, at[column], None, self._format(look["num_format"]))
        for column in ("answered_by", "evidence"):
            self.sheet.write_blank(row, at[column], None, self._format("@"))
        check = AMOUNT if spec is None else self.lists.check(spec)
        if check is not None:
            check = {**check, **self._hint(spec)}
            self.sheet.data_validation(row, at["value"], row, at["value"], dict(check))

    def _hint(self, spec: ColumnSpec | None) -> dict[str, str]:
        """What the cell asks for, shown when it is chosen; a spreadsheet shows 255 characters."""
        meaning = "" if spec is None else spec.zh if self.language == "zh" else spec.en
        return {"input_message": meaning[:255]} if meaning else {}

    def _format(self, shown: str) -> Any:
        if shown not in self.formats:
            look = {"num_format": shown, "valign": "top", "border": 1, "border_color": "#D9D9D9"}
            self.formats[shown] = self.made.add_format({**look, **REQUIRED})
        return self.formats[shown]


def _about(made: Any, sheet: Any, period: int, run_id: str, language: Language) -> None:
    wrap = made.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 100, wrap)
    page_setup(sheet)
    head = made.add_format({"bold": True, "font_size": 14})
    sheet.write_string(0, 0, _say("heading", language, period=period, run=run_id), head)
    steps = [n for n in names("sheet", "gaps") if n.startswith("how_")]
    for row, name in enumerate(steps, start=1):
        sheet.write_string(row, 0, f"{row}. {_say(name, language, period=period)}", wrap)
