"""Sums over a run's entries, row group by row group: by option and factor, with the largest."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import parquet

from carbonledger.cells import Criterion, Sum
from carbonledger.engine import SEVERAL
from carbonledger.method import Standard
from carbonledger.tracing.criteria import (
    OPTIONS,
    Mask,
    asked_by,
    chosen,
    summed_by,
    values_of,
    worse_option,
)

LARGEST = 10
"""Entries that are listed, those with the largest part in the figure first."""
FACTORS = {"scope1": ("factor_scope1",), "scope2": ("factor_scope2",),
           "scope12": ("factor_scope1", "factor_scope2"),
           "scope3": ("factor_scope3",)}  # fmt: skip
"""The factors that have a part in a sum of grams; in others none has."""
NO_FACTOR = -1
WORKERS = 4

ZERO_FOR_NONE = pc.ScalarAggregateOptions(min_count=0)

Whole = NDArray[np.int64]
NOTHING = np.zeros((2, 0), np.int64)


@dataclass
class Tally:
    """Of one sum: its rows and total, those of each option and factor, and the largest values.

    Options are counted from none, factors from ``SEVERAL``; a value is listed with its row group
    and its row there.
    """

    rows: int = 0
    total: int = 0
    options: Whole = field(default_factory=lambda: NOTHING)
    factors: Whole = field(default_factory=lambda: NOTHING)
    largest: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Both together; of equal values the earlier row comes first."""
        self.rows += other.rows
        self.total += other.total
        self.options = _both(self.options, other.options)
        self.factors = _both(self.factors, other.factors)
        every = [*self.largest, *other.largest]
        self.largest = sorted(every, key=lambda e: (-e[0], *e[1:]))[:LARGEST]

    @property
    def least(self) -> int | None:
        """What a value of a later row group must be above to be listed; None while all are."""
        return self.largest[-1][0] if len(self.largest) == LARGEST else None


def _both(one: Whole, two: Whole) -> Whole:
    if one.shape[1] < two.shape[1]:
        one, two = two, one
    added = one.copy()
    added[:, : two.shape[1]] += two
    return added


def tallied(
    entries: Path, sums: Sequence[Sum], standard: Standard, branches: Mapping[str, int]
) -> list[Tally]:
    """The sums over all entries of a standard."""
    found = [Tally() for _ in sums]
    metadata = parquet.read_metadata(entries)
    asked = sorted(set().union(*map(asked_by, sums)))
    summed = sorted({*OPTIONS, *_factor_columns(sums)}.union(*map(summed_by, sums)))
    opened = threading.local()

    def read(group: int, columns: Sequence[str]) -> pa.Table:
        if not hasattr(opened, "file"):
            opened.file = files.enter_context(parquet.ParquetFile(entries, metadata=metadata))
        table = opened.file.read_row_group(group, columns=columns, use_threads=False)
        return table.combine_chunks()

    def work(group: int) -> list[Tally]:
        # First what the criteria ask for: of a row group where no row meets them no more is read.
        first = read(group, asked) if asked else None
        masks = {_rows_of(s): chosen(first, s, standard, branches) for s in sums}
        if not any(mask is None or mask.any() for mask in masks.values()):
            return [Tally() for _ in sums]
        table = read(group, summed)
        return _of_group(table, group, sums, masks, standard, [t.least for t in found])

    with ExitStack() as files, ThreadPoolExecutor(WORKERS) as pool:
        for group in pool.map(work, range(metadata.num_row_groups if sums else 0)):
            for tally, more in zip(found, group, strict=True):
                tally.add(more)
    return found


Criteria = tuple[tuple[tuple[str, Criterion], ...], ...]


def _rows_of(total: Sum) -> Criteria:
    return total.where, total.unless


def _factor_columns(sums: Iterable[Sum]) -> list[str]:
    return sorted({name for s in sums for name in FACTORS.get(s.column, ())})


def _of_group(
    table: pa.Table, group: int, sums: Sequence[Sum], masks: Mapping[Criteria, Mask | None],
    standard: Standard, least: Sequence[int | None],
) -> list[Tally]:  # fmt: skip
    """The sums over one row group; those over the same rows are added up together."""
    values = [values_of(table, s.column, standard) for s in sums]
    made: dict[int, Tally] = {}
    for rows, mask in masks.items():
        same = {n: s for n, s in enumerate(sums) if _rows_of(s) == rows}
        grouped = _grouped(table, mask, {str(n): values[n] for n in same},
                           _factor_columns(same.values()))  # fmt: skip
        for n, total in same.items():
            made[n] = _tally(grouped, f"{n}_sum", total, standard)
            made[n].largest = [(v, group, at) for v, at in _top(values[n], mask, least[n])]
    return [made[n] for n in range(len(sums))]


def _grouped(
    table: pa.Table, mask: Mask | None, values: Mapping[str, pa.Array], factors: Sequence[str]
) -> pa.Table:
    """Rows and sums of each option and factor that stand together in some row."""
    keys = [*OPTIONS, *factors]
    taken = table.select(keys)
    for name, array in values.items():
        taken = taken.append_column(name, array)
    if mask is not None and not mask.all():
        taken = taken.filter(pa.array(mask))
    wanted = [(name, "sum", ZERO_FOR_NONE) for name in values]
    return taken.group_by(keys, use_threads=False).aggregate([*wanted, ([], "count_all")])


def _tally(grouped: pa.Table, column: str, total: Sum, standard: Standard) -> Tally:
    rows, sums = _whole(grouped.column("count_all")), _whole(grouped.column(column))
    by_option = _by(worse_option(grouped, standard) + 1, rows, sums,
                    len(standard.option_names) + 1)  # fmt: skip
    by_factor = NOTHING
    for codes in _factors(grouped, FACTORS.get(total.column, ())):
        by_factor = _both(by_factor, _by(codes, rows, sums, NO_FACTOR - SEVERAL + 1))
        by_factor[:, NO_FACTOR - SEVERAL] = 0
    return Tally(int(rows.sum()), int(sums.sum()), by_option, by_factor)


def _whole(column: pa.ChunkedArray) -> Whole:
    values: Whole = column.to_numpy().astype(np.int64, copy=False)
    return values


def _factors(table: pa.Table, names: Sequence[str]) -> Iterator[Whole]:
    """The factor of each scope, and none where it had a part in a scope before."""
    before: list[Whole] = []
    for name in names:
        codes = _whole(pc.fill_null(table.column(name), NO_FACTOR)) - SEVERAL
        alone = codes
        for other in before:
            alone = np.where(codes == other, NO_FACTOR - SEVERAL, alone)
        before.append(codes)
        yield alone


def _by(codes: Whole, rows: Whole, sums: Whole, slots: int) -> Whole:
    """Of each code: how many rows have it, and the exact sum of their values."""
    made = np.zeros((2, max(slots, int(codes.max(initial=-1)) + 1)), np.int64)
    np.add.at(made[0], codes, rows)
    np.add.at(made[1], codes, sums)
    return made


def _top(values: pa.Array, mask: Mask | None, least: int | None) -> list[tuple[int, int]]:
    """The largest values above ``least`` and their rows; of equal ones the first."""
    if least is not None and (pc.max(values).as_py() or 0) <= least:
        return []
    filled = values.fill_null(0).to_numpy()
    rows = np.arange(len(filled)) if mask is None else np.flatnonzero(mask)
    taken = filled[rows]
    if least is not None:
        rows, taken = rows[taken > least], taken[taken > least]
    if len(taken) > LARGEST:
        last = np.partition(taken, len(taken) - LARGEST)[len(taken) - LARGEST]
        above = np.flatnonzero(taken > last)
        equal = np.flatnonzero(taken == last)[: LARGEST - len(above)]
        top = np.concatenate([above, equal])
        rows, taken = rows[top], taken[top]
    return list(zip(taken.tolist(), rows.tolist(), strict=True))
