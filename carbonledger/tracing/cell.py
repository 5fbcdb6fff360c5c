"""A figure of a report, followed down to the entries that it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.cells import Cell, Criterion, Ratio, Sum
from carbonledger.entries import flag_names
from carbonledger.method import Standard

LARGEST = 10
"""Entries that are listed, those with the largest part in the figure first."""

COLUMNS = {
    "asset_class": "asset_class", "sector": "sector", "region": "region", "branch": "branch",
    "status": "status", "reason": "reason", "option3": "option_scope3",
    "score": "data_quality_score", "score3": "data_quality_score_scope3",
    "outstanding_amount": "outstanding_amount", "balance": "balance",
    "scope1": "financed_emissions_scope1_g", "scope2": "financed_emissions_scope2_g",
    "scope12": "financed_emissions_scope12_g", "scope3": "financed_emissions_scope3_g",
}  # fmt: skip
"""Names that formulas use, and in the run's entries."""

SCORED = {"scored": ("data_quality_score", "outstanding_amount"),
          "scored3": ("data_quality_score_scope3", "outstanding_amount"),
          "scored_g": ("data_quality_score", "financed_emissions_scope12_g")}  # fmt: skip
"""Products that formulas sum: a score, and what it is weighted by."""
OPTIONS = ("option_scope1", "option_scope2")
FACTORS = ("factor_scope1", "factor_scope2", "factor_scope3")
Mask = NDArray[np.bool_]


@dataclass
class Part:
    """A sum over entries: how many rows it has, their sum, and which entries weigh most in it."""

    sum: Sum
    rows: int = 0
    total: int = 0
    options: dict[str, list[int]] = field(default_factory=dict)
    """Rows and sum by the option that answered."""
    factors: dict[int, list[int]] = field(default_factory=dict)
    """The same by row of the run's factors.csv."""
    largest: list[tuple[int, str, str]] = field(default_factory=list)
    """Value, position and contract of the entries with the largest values."""


@dataclass(frozen=True)
class Traced:
    """A cell and the sums it is made of, worked anew from the entries."""

    cell: Cell
    parts: tuple[Part, ...]

    @property
    def value(self) -> int | Fraction | None:
        """What the parts give: a sum, or the ratio of two."""
        if isinstance(self.cell.formula, Ratio):
            part, whole = self.parts
            return Fraction(part.total, whole.total) if whole.total else None
        return self.parts[0].total if self.parts else None

    @property
    def agrees(self) -> bool | None:
        """Whether the entries give the cell's value; None where it is not made of entries."""
        return None if not self.parts else self.value == self.cell.value


def traced(
    cell: Cell, entries: Path | None, standard: Standard | None, branches: Mapping[str, int]
) -> Traced:
    """Work the sums of a cell anew, over the entries of its standard, one row group at a time."""
    if entries is None or standard is None:
        return Traced(cell, ())
    sums = _sums(cell)
    parts = tuple(Part(s) for s in sums)
    for part in parts:
        for batch in _batches(entries, part.sum):
            _add(part, batch, standard, branches)
        part.largest = sorted(part.largest, key=lambda e: (-e[0], e[1:]))[:LARGEST]
    return Traced(cell, parts)


def _sums(cell: Cell) -> list[Sum]:
    rule = cell.formula
    if isinstance(rule, Sum):
        return [rule]
    terms = [rule.part, rule.whole] if isinstance(rule, Ratio) else []
    return [t for t in terms if isinstance(t, Sum)]


def _batches(entries: Path, total: Sum) -> Iterator[pa.Table]:
    """The columns that a sum needs, row group by row group."""
    from pyarrow import parquet

    named = {name for name, _ in (*total.where, *total.unless)} | {total.column} - {""}
    columns = {COLUMNS[n] for n in named if n in COLUMNS} | {"position_id", "contract_id"}
    columns |= set(SCORED.get(total.column, ()))
    columns |= {*OPTIONS, *FACTORS}
    columns |= {"flags"} if "flags" in named else set()
    columns |= {"branch"} if "branch_no" in named else set()
    with parquet.ParquetFile(entries) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, columns=sorted(columns)).combine_chunks()


def _add(part: Part, table: pa.Table, standard: Standard, branches: Mapping[str, int]) -> None:
    mask = np.ones(table.num_rows, np.bool_)
    for name, value in part.sum.where:
        mask &= _meets(table, name, value, standard, branches)
    for name, value in part.sum.unless:
        mask &= ~_meets(table, name, value, standard, branches)
    rows = np.flatnonzero(mask)
    if not rows.size:
        return
    kept = table.take(pa.array(rows))
    values = _values(kept, part.sum.column)
    part.rows += len(rows)
    part.total += sum(int(chunk.sum(dtype=np.int64)) for chunk in np.array_split(values, 8))
    for option, of in _groups(_worse_option(kept, standard), standard.option_names):
        _count(part.options, option, of, values)
    for number, of in _factor_groups(kept):
        _count(part.factors, number, of, values)
    top = np.argsort(-values, kind="stable")[:LARGEST]
    ids = kept.take(pa.array(top))
    part.largest += [
        (int(values[k]), str(i), "" if c is None else str(c))
        for k, i, c in zip(top.tolist(), ids.column("position_id").to_pylist(),
                           ids.column("contract_id").to_pylist(), strict=True)
    ]  # fmt: skip


def _count(counts: dict[Any, list[int]], key: Any, of: Mask, values: NDArray[np.int64]) -> None:
    found = counts.setdefault(key, [0, 0])
    found[0] += int(of.sum())
    found[1] += int(values[of].sum(dtype=np.int64))


def _values(table: pa.Table, column: str) -> NDArray[np.int64]:
    if not column:
        return np.ones(table.num_rows, np.int64)
    if column in SCORED:
        score, weight = SCORED[column]
        return _whole(table, score) * _whole(table, weight)
    return _whole(table, COLUMNS[column])


def _whole(table: pa.Table, column: str) -> NDArray[np.int64]:
    filled = pc.fill_null(table.column(column).cast(pa.int64()), 0)
    values: NDArray[np.int64] = filled.to_numpy()
    return values


def _meets(
    table: pa.Table, name: str, value: Criterion, standard: Standard, branches: Mapping[str, int]
) -> Mask:
    """Where an entry's column is what a criterion of a formula asks for."""
    wanted = value if isinstance(value, tuple) else (value,)
    if name == "flags":
        bits = table.column("flags").combine_chunks().dictionary_encode()
        names = [f";{flag_names(b)};" for b in bits.dictionary.to_pylist()]
        hit = np.array([any(_like(n, str(w)) for w in wanted) for n in names], np.bool_)
        met: Mask = hit[bits.indices.to_numpy()]
        return met
    if name == "option":
        found = _worse_option(table, standard)
        order = {n: k for k, n in enumerate(standard.option_names)}
        return np.isin(found, [order.get(str(w), -1) for w in wanted])
    if name == "branch_no":
        codes = {number: code for code, number in branches.items()}
        return _texts_meet(table, "branch", tuple(codes[int(w)] for w in wanted))
    if any(isinstance(w, int) for w in wanted) or name.startswith("score"):
        numbers = _whole(table, COLUMNS[name])
        return np.isin(numbers, [w if isinstance(w, int) else 0 for w in wanted])
    return _texts_meet(table, COLUMNS[name], tuple(map(str, wanted)))


def _texts_meet(table: pa.Table, column: str, wanted: Sequence[str]) -> Mask:
    coded = table.column(column).combine_chunks()
    texts = [t or "" for t in coded.dictionary.to_pylist()]
    hit = np.array([*(any(_like(t, w) for w in wanted) for t in texts),
                    any(_like("", w) for w in wanted)], np.bool_)  # fmt: skip
    codes = coded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    met: Mask = hit[codes]
    return met


def _like(text: str, pattern: str) -> bool:
    """Whether a text is what a spreadsheet's criterion means; a dash is what has no code."""
    from carbonledger.totals import BLANK, NONE

    if pattern in (NONE, BLANK, ""):
        return text == ""
    if pattern.startswith("*") and pattern.endswith("*"):
        return pattern[1:-1] in text
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def _worse_option(table: pa.Table, standard: Standard) -> NDArray[np.int64]:
    """Of scope 1 and 2 the option further down the standard's order, -1 for none."""
    order = pa.array(standard.option_names)
    found = np.full(table.num_rows, -1, np.int64)
    for column in OPTIONS:
        coded = table.column(column).combine_chunks()
        places = pc.index_in(coded.dictionary, value_set=order).fill_null(-1).to_pylist()
        codes = coded.indices.fill_null(len(places)).to_numpy(zero_copy_only=False)
        found = np.maximum(found, np.array([*places, -1], np.int64)[codes])
    return found


def _groups(codes: NDArray[np.int64], names: Sequence[str]) -> Iterator[tuple[str, Mask]]:
    for code in np.unique(codes).tolist():
        yield (names[code] if code >= 0 else ""), codes == code


def _factor_groups(table: pa.Table) -> Iterator[tuple[int, Mask]]:
    """The entries that each factor had a part in; one may have had a part in several scopes."""
    columns = [pc.fill_null(table.column(c), -1).to_numpy() for c in FACTORS]
    for number in sorted({n for c in columns for n in np.unique(c).tolist()} - {-1}):
        yield number, np.any([c == number for c in columns], axis=0)
