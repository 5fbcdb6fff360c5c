"""A figure of the form "standards", followed down to the positions that it is the sum of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.cells import Cell, Criterion, Ratio, Sum
from carbonledger.forms.standards import form
from carbonledger.forms.standards.loans import Rows
from carbonledger.issues import Language
from carbonledger.method import Mask
from carbonledger.runs import Run
from carbonledger.standards import standards
from carbonledger.totals import NONE
from carbonledger.tracing.cell import Part, Traced
from carbonledger.tracing.document import document
from carbonledger.tracing.lookup import shown
from carbonledger.workflow.side_by_side import batches, comparable, comparison

LARGEST = 10
_IDS = ("position_id", "contract_id")


def explained(run: Run, key: str, language: Language) -> dict[str, Any] | None:
    """How a figure of the form is made; None where it has no such key."""
    names = comparable(run)
    if len(names) < 2:
        return None
    compared = comparison(run, names)
    found = shown(form(compared, language).sections, key)
    if found is None:
        return None
    rows = Rows((), [standards()[n] for n in names])
    made = traced_rows(found.cell, (rows.of(tables) for tables in batches(run, names)))
    return document(run.id, made, found.where, found.unit, found.notes,
                    run.folder / "factors.csv", run.summary["currency"])  # fmt: skip


def traced_rows(cell: Cell, batches: Iterable[pa.Table]) -> Traced:
    """Work the sums of a cell anew, over the positions of all standards side by side."""
    found = [(s, Part(_named(s))) for s in _sums(cell)]
    for table in batches:
        for rule, part in found:
            _add(part, rule, table)
    for _, part in found:
        part.largest = sorted(part.largest, key=lambda e: (-abs(e[0]), e[1:]))[:LARGEST]
    return Traced(cell, tuple(part for _, part in found))


def _sums(cell: Cell) -> list[Sum]:
    rule = cell.formula
    terms = [rule.part, rule.whole] if isinstance(rule, Ratio) else [rule]
    return [t for t in terms if isinstance(t, Sum)]


def _named(rule: Sum) -> Sum:
    """The sum by the name of its measure alone, as explanations print it."""
    return Sum(rule.sheet, rule.column.rpartition(":")[2], rule.where, rule.unless)


def _add(part: Part, rule: Sum, table: pa.Table) -> None:
    mask = np.ones(table.num_rows, np.bool_)
    for name, value in rule.where:
        mask &= _meets(table.column(name), value)
    for name, value in rule.unless:
        mask &= ~_meets(table.column(name), value)
    values = np.ones(table.num_rows, np.int64)
    if rule.column:
        values = _whole(table.column(rule.column))
        mask &= values != 0
    rows = np.flatnonzero(mask)
    part.rows += len(rows)
    part.total += sum(map(int, values[rows].tolist()))
    top = rows[np.argsort(-np.abs(values[rows]), kind="stable")[:LARGEST]].tolist()
    ids = table.select(_IDS).take(pa.array(top, pa.int64())).to_pylist()
    part.largest += [(int(values[k]), i["position_id"] or "", i["contract_id"] or "")
                     for k, i in zip(top, ids, strict=True)]  # fmt: skip


def _whole(column: pa.ChunkedArray) -> NDArray[np.int64]:
    values: NDArray[np.int64] = pc.fill_null(column, 0).to_numpy().astype(np.int64)
    return values


def _meets(column: pa.ChunkedArray, wanted: Criterion) -> Mask:
    """Where a column is what a criterion asks for; a dash is what has no code."""
    if isinstance(wanted, int):
        return np.asarray(_whole(column) == wanted)
    texts, text = pc.fill_null(column, ""), str(wanted)
    if text == NONE:
        return np.asarray(pc.equal(texts, ""))
    if text.endswith("*"):
        return np.asarray(pc.starts_with(texts, text[:-1]))
    return np.asarray(pc.equal(texts, text))
