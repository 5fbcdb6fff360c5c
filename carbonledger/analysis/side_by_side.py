"""The same book under several standards: totals by pair, whole and by class and sector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.analysis.contrast import EFFECTS, Effects, Side, contrast
from carbonledger.method import Codes, Grams, Mask

MEASURES = ("first", "second", "only_first", "only_second", *EFFECTS[1:])
"""Grams under each standard; of positions under one only; what each link does to the others."""
DIMENSIONS = ("asset_class", "sector")
LISTED = 10
"""Positions that are listed, those whose grams differ most."""
_ZEROS = (0,) * len(MEASURES)
Amounts = tuple[int, ...]
_ORDERED = pa.schema([("book", pa.string()), ("position_id", pa.string()), ("size", pa.int64())])


@dataclass(frozen=True)
class Sums:
    """Grams by measure, and how many positions each measure has."""

    grams: Amounts = _ZEROS
    rows: Amounts = _ZEROS

    def of(self, measure: str) -> int:
        """A measure, or ``difference``, or ``coverage``: what one standard alone computes."""
        if measure == "difference":
            return self.of("second") - self.of("first")
        if measure == "coverage":
            return self.of("only_first") + self.of("only_second")
        return self.grams[MEASURES.index(measure)]

    def __add__(self, other: Sums) -> Sums:
        """Both together."""
        grams = tuple(a + b for a, b in zip(self.grams, other.grams, strict=True))
        rows = tuple(a + b for a, b in zip(self.rows, other.rows, strict=True))
        return Sums(grams, rows)


@dataclass(frozen=True, order=True)
class Absence:
    """Why positions computed under one standard are not under the other."""

    standard: str
    """The one that does not compute them."""
    status: str
    reason: str


@dataclass(frozen=True)
class Gone:
    """Positions of one absence: how many, their outstanding fen, the other standard's grams."""

    rows: int = 0
    outstanding: int = 0
    grams: int = 0


@dataclass(frozen=True)
class Listed:
    """A position whose grams differ much."""

    id: str
    book: str
    first: int | None
    second: int | None
    effects: tuple[int, ...]
    row: pa.Table
    """Its entry under both standards, side by side, for whoever names the cause."""


@dataclass
class Contrast:
    """Two standards and what leads from the first to the second."""

    first: str
    second: str
    by: dict[str, dict[str, Sums]] = field(default_factory=lambda: {d: {} for d in DIMENSIONS})
    absences: dict[Absence, Gone] = field(default_factory=dict)
    largest: list[Listed] = field(default_factory=list)

    @property
    def whole(self) -> Sums:
        """All positions."""
        total = Sums()
        for sums in self.by["asset_class"].values():
            total = total + sums
        return total

    def add(self, first: Side, second: Side) -> None:
        """Take one more batch in."""
        effects = contrast(first, second)
        values = _measured(first, second, effects)
        for dimension, found in self.by.items():
            codes, names = _codes(first.table.column(dimension))
            for name, sums in zip(names, _summed(codes, values, len(names)), strict=True):
                found[name] = found.get(name, Sums()) + sums
        self._note_absences(first, second)
        self._note_largest(first, second, effects)

    def _note_absences(self, first: Side, second: Side) -> None:
        for side, other, name in ((first, second, self.second), (second, first, self.first)):
            alone = pa.array(np.flatnonzero(side.alone(other)))
            if not len(alone):
                continue
            told = other.table.select(["status", "reason"]).take(alone)
            outstanding = pc.fill_null(side.table.column("outstanding_amount").take(alone), 0)
            kinds = pa.table({
                "status": pc.fill_null(told.column("status").cast(pa.string()), ""),
                "reason": pc.fill_null(told.column("reason").cast(pa.string()), ""),
                "outstanding": outstanding, "grams": pa.array(side.grams).take(alone),
            })  # fmt: skip
            sums = kinds.group_by(["status", "reason"]).aggregate(
                [("grams", "count"), ("outstanding", "sum"), ("grams", "sum")])  # fmt: skip
            for row in sums.to_pylist():
                at = Absence(name, row["status"], row["reason"])
                was = self.absences.get(at, Gone())
                self.absences[at] = Gone(was.rows + row["grams_count"],
                                         was.outstanding + row["outstanding_sum"],
                                         was.grams + row["grams_sum"])  # fmt: skip

    def _note_largest(self, first: Side, second: Side, effects: Effects) -> None:
        size = np.abs(second.grams - first.grams)
        rows = np.flatnonzero(size > 0)
        if len(rows) > LISTED:
            rows = rows[size[rows] >= np.partition(size[rows], -LISTED)[-LISTED]]
        named = first.table.select(["book", "position_id"]).take(pa.array(rows))
        order = pc.sort_indices(
            pa.table({**dict(zip(named.column_names, named.columns, strict=True)),
                      "size": pa.array(-size[rows])}).cast(_ORDERED),
            sort_keys=[(n, "ascending") for n in ("size", "book", "position_id")],
        )  # fmt: skip
        top = rows[order.to_numpy()[:LISTED]].tolist()
        self.largest += [_listed(first, second, effects, k) for k in top]
        self.largest = sorted(self.largest, key=_by_size)[:LISTED]


def _by_size(one: Listed) -> tuple[int, str, str]:
    return -abs((one.second or 0) - (one.first or 0)), one.book, one.id


def _listed(first: Side, second: Side, effects: Effects, row: int) -> Listed:
    one, two = (s.table.slice(row, 1) for s in (first, second))
    return Listed(
        str(one.column("position_id")[0]), str(one.column("book")[0]),
        int(first.grams[row]) if first.computed[row] else None,
        int(second.grams[row]) if second.computed[row] else None,
        tuple(int(e[row]) for e in effects), pa.concat_tables([one, two]),
    )  # fmt: skip


def _measured(first: Side, second: Side, effects: Effects) -> list[tuple[Grams, Mask]]:
    """The values of ``MEASURES`` a position, and which positions each counts."""
    alone = [(np.where(own.alone(other), sign * own.grams, 0), own.alone(other))
             for own, other, sign in ((first, second, -1), (second, first, 1))]  # fmt: skip
    links = [(effect, effect != 0) for effect in effects[1:]]
    return [(first.grams, first.computed), (second.grams, second.computed), *alone, *links]


def _codes(column: pa.ChunkedArray) -> tuple[Codes, list[str]]:
    """A column of codes as numbers and names, the empty name for what has no code."""
    coded = pc.fill_null(column.cast(pa.string()), "").combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    return coded.indices.to_numpy().astype(np.int32), coded.dictionary.to_pylist()


def _summed(codes: Codes, values: Iterable[tuple[Grams, Mask]], size: int) -> list[Sums]:
    """The sums of each code, exact however large: in two halves of the digits."""
    grams, rows = [], []
    for column, counted in values:
        high, low = np.zeros(size, np.int64), np.zeros(size, np.int64)
        np.add.at(high, codes, column >> 32)
        np.add.at(low, codes, column & 0xFFFFFFFF)
        grams.append([(int(h) << 32) + int(w) for h, w in zip(high, low, strict=True)])
        rows.append(np.bincount(codes, counted, size).astype(np.int64).tolist())
    each = zip(zip(*grams, strict=True), zip(*rows, strict=True), strict=True)
    return [Sums(tuple(g), tuple(r)) for g, r in each]


def side_by_side(
    names: Sequence[str], batches: Iterable[Sequence[pa.Table]]
) -> tuple[Contrast, ...]:
    """Every pair of standards, from batches that hold the same positions under each."""
    found = {pair: Contrast(names[pair[0]], names[pair[1]])
             for pair in combinations(range(len(names)), 2)}  # fmt: skip
    for tables in batches:
        sides = [Side(t) for t in tables]
        for (one, two), pair in found.items():
            pair.add(sides[one], sides[two])
    return tuple(found.values())


def rolled(sums: Mapping[str, Sums], up: Mapping[str, str]) -> dict[str, Sums]:
    """Sums by what each code belongs to, in the order of the codes, what has none last."""
    found: dict[str, Sums] = {}
    for code, own in sums.items():
        found[up[code]] = found.get(up[code], Sums()) + own
    return dict(sorted(found.items(), key=lambda item: (not item[0], item[0])))
