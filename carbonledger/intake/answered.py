"""Answers put to use: blank cells of entities filled in, quantities of energy added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger import units
from carbonledger.books.checks import Typed
from carbonledger.intake.answers import ENERGY, Answer, spec_of
from carbonledger.issues import Issue
from carbonledger.registers import rows

_NOT_FILLED = ("matched", "sector_given")


@dataclass
class Filled:
    """A table of entities with its blanks answered, and where each column was."""

    table: pa.Table
    masks: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)


def fill(kind: str, table: pa.Table, answers: Sequence[Answer], currency: str) -> Filled:
    """Fill blank cells by the answers for their entity; what stands there already stays."""
    mine = [a for a in answers if a.entity == kind]
    if not mine:
        return Filled(table)
    key = f"{kind}_id"
    table, at = _with_new(table, key, mine)
    filled = Filled(table)
    cells: dict[str, dict[int, Any]] = {}
    for answer in mine:
        row = at[answer.id]
        if answer.field.startswith(ENERGY):
            cells.setdefault("matched", {})[row] = True
            continue
        standing = table.column(answer.field)[row].as_py()
        problem = _problem(answer, standing, _currency_of(table, row), currency)
        if problem is not None:
            filled.issues.append(problem)
        elif standing is None:
            cells.setdefault(answer.field, {})[row] = answer.value
            cells.setdefault("matched", {})[row] = True
            if answer.field == "sector":
                cells.setdefault("sector_given", {})[row] = True
    for name, values in cells.items():
        filled.table = _set(filled.table, name, values)
        if name not in _NOT_FILLED:
            mask = np.zeros(table.num_rows, np.bool_)
            mask[list(values)] = True
            filled.masks[name] = mask
    return filled


def _with_new(
    table: pa.Table, key: str, answers: Sequence[Answer]
) -> tuple[pa.Table, dict[str, int]]:
    """The table with a blank row for each entity that only an answer names, and rows by id."""
    at = {id_: row for row, id_ in enumerate(table.column(key).to_pylist()) if id_ is not None}
    new = [id_ for id_ in dict.fromkeys(a.id for a in answers) if id_ not in at]
    if new:
        blank = {f.name: pa.nulls(len(new), f.type) for f in table.schema}
        never = pa.array(np.zeros(len(new), np.bool_))
        blank |= {key: pa.array(new, pa.string()), "matched": never, "sector_given": never}
        more = pa.table([blank[n] for n in table.schema.names], schema=table.schema)
        at |= {id_: table.num_rows + k for k, id_ in enumerate(new)}
        table = pa.concat_tables([table, more])
    return table.combine_chunks(), at


def _currency_of(table: pa.Table, row: int) -> str | None:
    found: str | None = table.column("currency")[row].as_py()
    return found


def _problem(answer: Answer, standing: Any, of_entity: str | None, currency: str) -> Issue | None:
    """An answer in another currency than its entity's, or at odds with what the book says."""
    spec = spec_of(answer.entity, answer.field)
    theirs = of_entity or currency
    if spec is not None and spec.kind.name == "money" and (answer.currency or currency) != theirs:
        return Issue("answer_currency", answer.place, f"{answer.text} {answer.unit}",
                     (("currency", theirs), ("id", answer.id)))  # fmt: skip
    if standing is not None and standing != answer.value:
        return Issue("answer_conflict", answer.place, answer.text,
                     (("field", answer.field), ("id", answer.id),
                      ("standing", _shown(answer, standing))))  # fmt: skip
    return None


def _shown(answer: Answer, standing: Any) -> str:
    spec = spec_of(answer.entity, answer.field)
    kind = spec.kind.name if spec is not None else ""
    if kind == "money":
        return units.money(standing, 100, 2)
    return f"{units.tonnes(standing, 6)} t" if kind == "tonnes" else str(standing)


def _set(table: pa.Table, name: str, values: Mapping[int, Any]) -> pa.Table:
    at = table.schema.names.index(name)
    cells = table.column(name).to_pylist()
    for row, value in values.items():
        cells[row] = value
    kind = table.schema.field(name)
    return table.set_column(at, kind, pa.array(cells, kind.type))


def energy_rows(kind: str, answers: Sequence[Answer], period: int) -> list[Typed]:
    """Quantities that were answered, as rows of the activities book, a batch a file."""
    mine = [a for a in answers if a.entity == kind and a.field.startswith(ENERGY)]
    found = []
    for file in dict.fromkeys(a.file for a in mine):
        some = [a for a in mine if a.file == file]
        found.append(Typed(np.array([a.row for a in some], np.int64), {
            f"{kind}_id": pa.array([a.id for a in some], pa.string()),
            "activity": _labels([a.field.removeprefix(ENERGY) for a in some]),
            "quantity": pa.array([a.value for a in some], pa.float64()),
            "unit": _labels([a.unit for a in some]),
            "year": pa.array([period] * len(some), pa.int16()),
        }, file))  # fmt: skip
    return found


def _labels(texts: Sequence[str]) -> pa.Array:
    return pa.array(texts, pa.string()).dictionary_encode()


def energy_standing(kind: str, batches: Sequence[Typed], period: int) -> dict[tuple[str, str], str]:
    """The quantities of the year that the book has, by entity and carrier, as written."""
    names = {alias.lower(): row["activity"] for row in rows("activities")
             for alias in (row["activity"], row["name_zh"], row["name_en"],
                           *row["aliases"].split())}  # fmt: skip
    found: dict[tuple[str, str], str] = {}
    for batch in batches:
        if f"{kind}_id" not in batch.columns:
            continue
        columns = [batch.columns[n].to_pylist()
                   for n in (f"{kind}_id", "activity", "quantity", "unit", "year")]  # fmt: skip
        for id_, activity, quantity, unit, year in zip(*columns, strict=True):
            if id_ is not None and activity is not None and year == period:
                carrier = names.get(activity.lower(), activity)
                found[id_, carrier] = f"{quantity:g} {unit}"
    return found


def energy_conflicts(
    answers: Sequence[Answer], standing: Mapping[tuple[str, str], str]
) -> tuple[list[Answer], list[Issue]]:
    """Answers for quantities that no row of the book gives, and the others as conflicts."""
    kept, issues = [], []
    for answer in answers:
        there = standing.get((answer.id, answer.field.removeprefix(ENERGY)))
        if there is None:
            kept.append(answer)
        else:
            issues.append(Issue("answer_conflict", answer.place, f"{answer.text} {answer.unit}",
                                (("field", answer.field), ("id", answer.id),
                                 ("standing", there))))  # fmt: skip
    return kept, issues
