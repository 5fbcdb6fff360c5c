"""The ledger: exact totals of entries by every dimension, coverage, intensity and scores.

Totals are int64 sums, so tables foot to the gram and the fen and no order, batch or thread can
change a digit. Totals are kept at the finest code (a sector class, a county); sections, divisions
and provinces are sums of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.engine import Entries
from carbonledger.method import FIRST_EXCLUDED, REASONS, Batch, Flag, Key, Standard

LIMIT = 1 << 62
Summable = NDArray[np.int64] | NDArray[np.float64]

DIMENSIONS = ("asset_class", "sector", "region", "branch", "product", "green_tag",
              "option", "option3", "score", "score3", "reason", "flag")  # fmt: skip
"""What totals are kept by; the empty code gathers the positions that have none."""


@dataclass(frozen=True, slots=True)
class Total:
    """Sums over positions: rows, money in fen by status, grams by scope, weighted scores.

    Outstanding amounts carry coverage; ``balance`` is what intensity divides by. ``scope12`` is the
    whole of scope 1 and 2, which exceeds their sum where companies report them together.
    """

    rows_computed: int = 0
    rows_not_covered: int = 0
    rows_excluded: int = 0
    computed: int = 0
    not_covered: int = 0
    excluded: int = 0
    balance: int = 0
    scope1: int = 0
    scope2: int = 0
    scope12: int = 0
    rows_scope3: int = 0
    computed_scope3: int = 0
    scope3: int = 0
    scored: int = 0
    scored3: int = 0

    def __add__(self, other: Total) -> Total:
        return Total(*(getattr(self, m) + getattr(other, m) for m in MEASURES))

    @property
    def book(self) -> int:
        """Outstanding fen of all positions that were read."""
        return self.computed + self.not_covered + self.excluded

    @property
    def rows(self) -> int:
        """Positions that were read."""
        return self.rows_computed + self.rows_not_covered + self.rows_excluded

    @property
    def coverage(self) -> Fraction | None:
        """Computed over book less excluded, by outstanding amount; None where nothing is left."""
        return _ratio(self.computed, self.book - self.excluded)

    @property
    def coverage3(self) -> Fraction | None:
        """The same for scope 3."""
        return _ratio(self.computed_scope3, self.book - self.excluded)

    @property
    def intensity(self) -> Fraction | None:
        """Scope 1+2 grams over the fen of the same entries: tCO2e per 10,000 of the currency."""
        return _ratio(self.scope12, self.balance)

    @property
    def score(self) -> Fraction | None:
        """Data-quality score of scope 1+2, weighted by outstanding amount."""
        return _ratio(self.scored, self.computed) if self.scored else None

    @property
    def score3(self) -> Fraction | None:
        """Data-quality score of scope 3, weighted by outstanding amount."""
        return _ratio(self.scored3, self.computed_scope3) if self.scored3 else None


MEASURES = tuple(f.name for f in fields(Total))
_AT = {name: k for k, name in enumerate(MEASURES)}


def _ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole > 0 else None


@dataclass(frozen=True)
class Ledger:
    """Totals of one standard and account: of the whole, and by dimension and code."""

    standard: str
    account: str
    whole: Total = Total()
    by: Mapping[str, Mapping[str, Total]] = field(default_factory=dict)

    def merge(self, other: Ledger) -> Ledger:
        """Both together; associative and commutative, so batches may come in any order."""
        by = {
            dimension: _merged(self.by.get(dimension, {}), other.by.get(dimension, {}))
            for dimension in DIMENSIONS
        }
        return Ledger(self.standard, self.account, self.whole + other.whole, by)

    def rolled(self, dimension: str, parent: Mapping[str, str]) -> dict[str, Total]:
        """Totals of a dimension by each code's parent, exact sums; codes without one by ''."""
        totals: dict[str, Total] = {}
        for code, total in self.by.get(dimension, {}).items():
            up = parent.get(code, "")
            totals[up] = totals.get(up, Total()) + total
        return dict(sorted(totals.items()))


def _merged(one: Mapping[str, Total], two: Mapping[str, Total]) -> dict[str, Total]:
    both = {**one}
    for code, total in two.items():
        both[code] = both[code] + total if code in both else total
    return dict(sorted(both.items()))


class Posting:
    """Adds the entries of batch after batch; ``ledger()`` is what stands so far.

    Inside, each dimension is an int64 table of codes x measures that grows with its codes; a
    running bound on the absolute sums proves that none of them overflowed.
    """

    def __init__(self, standard: Standard, *, whole_only: bool = False) -> None:
        self._standard = standard
        self._whole_only = whole_only
        self._tables: dict[str, NDArray[np.int64]] = {}
        self._names: dict[str, list[str]] = {}
        self._seen: dict[str, dict[str, int]] = {}
        self._bound = 0.0

    def post(self, entries: Entries, positions: Batch) -> None:
        """Add one batch of entries."""
        measures = self._proved(_measures(entries, positions))
        keys, cell, sums = _cells(entries, positions, measures, self._standard)
        self._add("", Key(np.zeros(len(cell), np.int32), ("",)), sums)
        if self._whole_only:
            return
        for dimension, key in keys.items():
            self._add(dimension, Key(key.codes[cell], key.names), sums)
        self._add_flags(entries.flags[cell], sums)
        for dimension in _WIDE:
            if dimension in positions.keys:
                self._add(dimension, positions.keys[dimension], measures)

    def _proved(self, measures: Mapping[str, NDArray[np.int64]]) -> dict[str, Summable]:
        """The measures, as floats where every partial sum is a whole number below 2^53."""
        proved: dict[str, Summable] = {}
        largest = 0.0
        for name, values in measures.items():
            floats = values.astype(np.float64)
            bound = float(floats.sum())
            largest = max(largest, bound)
            proved[name] = floats if bound < 1 << 52 else values
        self._bound += largest
        if self._bound >= LIMIT:
            raise OverflowError("totals near the limit of 64 bits: more than 4.6e18 grams or fen")
        return proved

    def _add(self, dimension: str, key: Key, measures: Mapping[str, Summable]) -> None:
        table, slot = self._slots(dimension, key)
        at = slot[key.codes]
        size = len(table)
        for name, values in measures.items():
            table[:, _AT[name]] += _sums(at, values, size)

    def _add_flags(self, bits: NDArray[np.uint32], sums: Mapping[str, NDArray[np.int64]]) -> None:
        for flag in Flag:
            cells = np.flatnonzero(bits & np.uint32(flag))
            if cells.size:
                key = Key(np.zeros(cells.size, np.int32), (str(flag.name).lower(),))
                self._add("flag", key, {name: v[cells] for name, v in sums.items()})

    def _slots(self, dimension: str, key: Key) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """The dimension's table, grown to hold the key's codes, and where each code stands."""
        seen = self._seen.setdefault(dimension, {})
        slot = np.array([seen.setdefault(n, len(seen)) for n in (*key.names, "")], np.intp)
        table = self._tables.get(dimension)
        if table is None or len(table) < len(seen):
            grown = np.zeros((len(seen), len(MEASURES)), np.int64)
            if table is not None:
                grown[: len(table)] = table
            table = self._tables[dimension] = grown
        return table, slot

    def ledger(self) -> Ledger:
        """The totals so far, codes in order, those that nothing was added to left out."""
        by = {d: self._totals(d) for d in DIMENSIONS}
        whole = self._totals("").get("", Total())
        return Ledger(self._standard.id, self._standard.account, whole, by)

    def _totals(self, dimension: str) -> dict[str, Total]:
        if dimension not in self._tables:
            return {}
        table, seen = self._tables[dimension], self._seen[dimension]
        used = (table != 0).any(axis=1).tolist()
        rows = table.tolist()
        return {code: Total(*rows[at]) for code, at in sorted(seen.items()) if used[at]}


def _sums(at: NDArray[np.intp], values: Summable, size: int) -> NDArray[np.int64]:
    """Exact integer sums by code; none of the values is negative."""
    if values.dtype == np.float64:
        return np.bincount(at, weights=values, minlength=size).astype(np.int64)
    total = np.zeros(size, np.int64)
    np.add.at(total, at, values)
    return total


_WIDE = ("sector", "region", "branch")
"""Dimensions with many codes, summed from the rows; the others are summed from cells of rows that
agree in all of them."""


def _measures(entries: Entries, positions: Batch) -> dict[str, NDArray[np.int64]]:
    column = positions.columns["outstanding_amount"]
    amount = column.values.astype(np.int64, copy=False)
    if not column.present.all():
        amount = np.where(column.present, amount, 0)
    if amount.size and int(amount.max()) * int(entries.score.max(initial=1)) >= LIMIT:
        raise OverflowError("an amount times its score of more than 4.6e18 fen")
    computed = entries.reason == 0
    measures = {"rows_computed": computed.astype(np.int64), "balance": entries.balance,
                "scope1": entries.grams[0], "scope2": entries.grams[1],
                "scope12": entries.grams12, "computed": amount}  # fmt: skip
    if not computed.all():
        excluded = entries.reason >= FIRST_EXCLUDED
        missed = ~(computed | excluded)
        measures |= {"computed": np.where(computed, amount, 0),
                     "rows_not_covered": missed.astype(np.int64),
                     "not_covered": np.where(missed, amount, 0)}  # fmt: skip
        if excluded.any():
            measures |= {"rows_excluded": excluded.astype(np.int64),
                         "excluded": np.where(excluded, amount, 0)}  # fmt: skip
    if entries.score.any():
        measures["scored"] = measures["computed"] * entries.score[0]
    if entries.covered3.any():
        amount3 = np.where(entries.covered3, amount, 0)
        measures |= {"rows_scope3": entries.covered3.astype(np.int64), "computed_scope3": amount3,
                     "scope3": entries.grams[2], "scored3": amount3 * entries.score[1]}  # fmt: skip
    return measures


def _cells(
    entries: Entries, positions: Batch, measures: Mapping[str, Summable],
    standard: Standard,
) -> tuple[dict[str, Key], NDArray[np.intp], dict[str, NDArray[np.int64]]]:  # fmt: skip
    """Rows that agree in every narrow dimension as one cell: a row of each, and its sums."""
    keys = {d: positions.keys[d] for d in ("asset_class", "product", "green_tag")
            if d in positions.keys} | _entry_keys(entries, standard)  # fmt: skip
    combined = entries.flags.astype(np.int64)
    for key in keys.values():
        combined *= len(key.names) + 1
        combined += key.codes
    encoded = pa.array(combined).dictionary_encode()
    of = encoded.indices.to_numpy(zero_copy_only=False)
    size = len(encoded.dictionary)
    first = np.zeros(size, np.intp)
    first[of[::-1]] = np.arange(len(of) - 1, -1, -1)
    return keys, first, {n: _sums(of, v, size) for n, v in measures.items()}


def _entry_keys(entries: Entries, standard: Standard) -> dict[str, Key]:
    names = standard.option_names
    worst = np.maximum(entries.option[0], entries.option[1])
    digits = ("", "1", "2", "3", "4", "5")
    keys = {"option": Key(worst.astype(np.int32), names),
            "reason": Key(entries.reason.astype(np.int32), REASONS)}  # fmt: skip
    if standard.scope3:
        keys["option3"] = Key(entries.option[2].astype(np.int32), names)
    if standard.scored:
        keys["score"] = Key(entries.score[0].astype(np.int32), digits)
        keys["score3"] = Key(entries.score[1].astype(np.int32), digits)
    return keys


def merged(ledgers: Iterable[Ledger]) -> Ledger:
    """Several ledgers of one standard as one."""
    first, *rest = ledgers
    for other in rest:
        first = first.merge(other)
    return first
