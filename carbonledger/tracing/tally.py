"""Sums over a run's entries, row group by row group: by option and factor, with the largest."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from carbonledger.cells import Sum
from carbonledger.engine import SEVERAL
from carbonledger.method import Standard
from carbonledger.tracing.criteria import OPTIONS, chosen, columns_of, values_of, worse_option

LARGEST = 10
"""Entries that are listed, those with the largest part in the figure first."""
FACTORS = {"scope1": ("factor_scope1",), "scope2": ("factor_scope2",),
           "scope12": ("factor_scope1", "factor_scope2"),
           "scope3": ("factor_scope3",)}  # fmt: skip
"""The factors that have a part in a sum of grams; in others none has."""
NO_FACTOR = -1
WORKERS = 4
EXACT = 1 << 52
"""Below it sums of whole numbers are exact in floats, which numpy adds up faster."""

Whole = NDArray[np.int64]
Rows = NDArray[np.intp]
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
    named = [*OPTIONS, *(name for s in sums for name in FACTORS.get(s.column, ()))]
    columns = sorted(set(named).union(*map(columns_of, sums)))
    metadata = parquet.read_metadata(entries)
    opened = threading.local()

    def work(group: int) -> list[Tally]:
        if not hasattr(opened, "file"):
            opened.file = files.enter_context(parquet.ParquetFile(entries, metadata=metadata))
        table = opened.file.read_row_group(group, columns=columns, use_threads=False)
        return _of_group(table.combine_chunks(), group, sums, standard, branches)

    found = [Tally() for _ in sums]
    with ExitStack() as files, ThreadPoolExecutor(WORKERS) as pool:
        for group in pool.map(work, range(metadata.num_row_groups if sums else 0)):
            for tally, more in zip(found, group, strict=True):
                tally.add(more)
    return found


def _of_group(
    table: pa.Table, group: int, sums: Sequence[Sum], standard: Standard,
    branches: Mapping[str, int],
) -> list[Tally]:  # fmt: skip
    """The sums over one row group; those over the same rows share what is known of the rows."""
    options = worse_option(table, standard) + 1
    slots = len(standard.option_names) + 1
    made = []
    for total in sums:
        rows = chosen(table, total, standard, branches)
        values = _of(values_of(table, total.column), rows)
        if not values.size:
            made.append(Tally())
            continue
        exact = values.astype(np.float64) if float(values.sum(dtype=np.float64)) < EXACT else values
        by_factor = NOTHING
        for codes in _factors(table, FACTORS.get(total.column, ())):
            by_factor = _both(by_factor, _by(_of(codes, rows), exact, NO_FACTOR - SEVERAL + 1))
            by_factor[:, NO_FACTOR - SEVERAL] = 0
        top = _top(values)
        places = top if rows is None else rows[top]
        made.append(Tally(
            len(values), int(values.sum()), _by(_of(options, rows), exact, slots), by_factor,
            [(v, group, at) for v, at in zip(values[top].tolist(), places.tolist(), strict=True)],
        ))  # fmt: skip
    return made


def _of(values: Whole, rows: Rows | None) -> Whole:
    return values if rows is None else values[rows]


def _factors(table: pa.Table, names: Sequence[str]) -> Iterator[Whole]:
    """The factor of each scope, and none where it had a part in a scope before."""
    before: list[Whole] = []
    for name in names:
        filled = table.column(name).combine_chunks().fill_null(NO_FACTOR)
        codes = filled.to_numpy().astype(np.int64) - SEVERAL
        alone = codes
        for other in before:
            alone = np.where(codes == other, NO_FACTOR - SEVERAL, alone)
        before.append(codes)
        yield alone


def _by(codes: Whole, values: NDArray[np.int64] | NDArray[np.float64], slots: int) -> Whole:
    """Of each code: how many rows have it, and the exact sum of their values."""
    counts = np.bincount(codes, minlength=slots)
    if values.dtype == np.float64:
        sums = np.bincount(codes, weights=values, minlength=slots).astype(np.int64)
    else:
        sums = np.zeros(len(counts), np.int64)
        np.add.at(sums, codes, values)
    return np.stack([counts, sums])


def _top(values: Whole) -> Rows:
    """Where the largest values stand; of equal ones the first."""
    if len(values) <= LARGEST:
        return np.arange(len(values))
    least = np.partition(values, len(values) - LARGEST)[len(values) - LARGEST]
    above = np.flatnonzero(values > least)
    equal = np.flatnonzero(values == least)[: LARGEST - len(above)]
    return np.concatenate([above, equal])
