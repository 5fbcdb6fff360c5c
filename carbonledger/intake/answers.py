"""Answers to what a run lacked: read from the workbook that was sent out, or from the CSV of it.

An answer fills a blank cell of a counterparty or project, or adds a quantity of energy; it never
overwrites. Who gave it, when and on what evidence stays with it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from carbonledger import units
from carbonledger.books import BOOKS, ENTITIES
from carbonledger.books.answers import AnswerRow
from carbonledger.books.checks import Source, as_text, typed
from carbonledger.books.rows import ColumnSpec, columns_of
from carbonledger.headers import normal_header
from carbonledger.issues import Issue, Place, Refusal, errors, guarded
from carbonledger.persons import masked
from carbonledger.reading import Table, open_table

ENERGY = "energy:"
"""A field that begins so is a quantity of the carrier that follows."""
COLUMNS = tuple(AnswerRow.model_fields)


@dataclass(frozen=True)
class Answer:
    """One answer, typed; ``text`` and ``unit`` are as written, ``file`` and ``row`` where."""

    period: int
    entity: str
    id: str
    field: str
    value: Any
    text: str
    unit: str
    answered_by: str
    answered_on: date
    evidence: str
    file: str
    row: int

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.file, row=self.row, column="value")

    @property
    def currency(self) -> str | None:
        """The currency that its unit names, if it names one."""
        return units.unit_currency(self.unit) if self.unit else None


def read_answers(path: Path, name: str, currency: str) -> tuple[list[Answer], list[Issue]]:
    """The answers of a file, and everything that is wrong with it; blank ones are none."""
    known = _headers()

    def is_header(text: str) -> bool:
        return normal_header(text) in known

    table, issues = open_table(path, name=name, is_header=is_header)
    if table is None:
        return [], issues
    headers = {c: h for h in table.columns if (c := known.get(normal_header(h))) is not None}
    issues += [
        Issue("column_missing", Place(name, table.sheet), column,
              (("canonical", column), ("headers", ", ".join(table.columns)[:200]),
               ("title", spec.title)))
        for column, spec in columns_of(AnswerRow).items()
        if spec.required and column not in headers
    ]  # fmt: skip
    if errors(issues):
        return [], issues
    answers = [a for a in _answers(table, headers, name, currency, issues) if a is not None]
    return list(once(answers, issues)), issues


def _headers() -> dict[str, str]:
    specs = columns_of(AnswerRow)
    return {normal_header(t): n for n, s in specs.items() for t in (n, s.title)}


def _answers(
    table: Table, headers: Mapping[str, str], name: str, currency: str, issues: list[Issue]
) -> Iterator[Answer | None]:
    for rows, batch in table.batches(list(headers.values())):
        columns = {c: as_text(batch.column(h)) for c, h in headers.items()}
        given = [k for k, text in enumerate(columns["value"].to_pylist())
                 if text and not units.is_empty(text)]  # fmt: skip
        at = pa.array(given, pa.int64())
        source = Source(name, table.sheet, headers, {}, currency)
        kept = {c: v.take(at) for c, v in columns.items()}
        result, problems = typed(AnswerRow, kept, rows[np.array(given, np.intp)], source)
        issues += problems
        wrong = {i.place.row for i in problems}
        values = {c: v.to_pylist() for c, v in result.columns.items()}
        for k, row in enumerate(result.rows.tolist()):
            if row not in wrong:
                cells = {c: values[c][k] if c in values else None for c in COLUMNS}
                yield _answer(cells, name, row, currency, issues)


def _answer(
    cells: Mapping[str, Any], file: str, row: int, currency: str, issues: list[Issue]
) -> Answer | None:
    """One row typed by the column that it answers for; None where it can't be."""
    field = str(cells["field"]).split()[0]
    unit, text = cells["unit"] or "", str(cells["value"])
    try:
        value = _value(cells["entity"], field, text, unit, currency)
    except Refusal as refusal:
        column = "field" if refusal.code == "answer_field" else "value"
        shown = field if column == "field" else text
        issues.append(Issue(refusal.code, Place(file, row=row, column=column), shown,
                            refusal.details))  # fmt: skip
        return None
    return Answer(cells["period"], cells["entity"], cells["id"], field, value, text, unit,
                  cells["answered_by"], cells["answered_on"], cells["evidence"] or "", file,
                  row)  # fmt: skip


def _value(entity: str, field: str, text: str, unit: str, currency: str) -> Any:
    if field.startswith(ENERGY):
        units.quantity_unit(unit)
        quantity = float(units.decimal(text))
        if quantity < 0:
            raise Refusal("value_negative")
        return quantity
    spec = spec_of(entity, field)
    if spec is None:
        raise Refusal("answer_field")
    scale = 0
    if unit and spec.kind.scaled:
        scale = units.money_scale(unit) if spec.kind.name == "money" else units.grams_scale(unit)
    value: Any = spec.kind.parse(text, scale, currency)
    if spec.lowest is not None and value < spec.lowest:
        raise Refusal("value_negative")
    return value


def spec_of(entity: str, field: str) -> ColumnSpec | None:
    """The column that an answer is for; names and codes are not asked for."""
    spec = columns_of(BOOKS[ENTITIES[entity]].row).get(field)
    return None if field in ("name", f"{entity}_id", "currency") else spec


def once(answers: Iterable[Answer], issues: list[Issue]) -> Iterator[Answer]:
    """Each figure once; a second, different answer is a problem of both."""
    seen: dict[tuple[Any, ...], Answer] = {}
    for answer in answers:
        key = (answer.period, answer.entity, answer.id, answer.field)
        first = seen.setdefault(key, answer)
        if first is answer:
            yield answer
        elif first.value != answer.value or first.unit != answer.unit:
            words = (("field", answer.field), ("first", f"{first.file}:{first.row}"),
                     ("id", answer.id))  # fmt: skip
            issues.append(Issue("answer_twice", answer.place, answer.text, words))


def as_csv(answers: Sequence[Answer]) -> bytes:
    """The same answers as a CSV that is read like the workbook: UTF-8 with BOM."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for a in answers:
        cells = (a.period, a.entity, a.id, a.field, a.text, a.unit, masked(a.answered_by),
                 a.answered_on.isoformat(), masked(a.evidence))  # fmt: skip
        writer.writerow([guarded(str(cell)) for cell in cells])
    return out.getvalue().encode("utf-8-sig")
