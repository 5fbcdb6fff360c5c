"""Factors as known on a day and for a year: which row answers which keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger import units
from carbonledger.factors import prices
from carbonledger.factors.order import (
    FIRST,
    Hit,
    Table,
    age,
    chain,
    of_another_year,
    rank,
)
from carbonledger.factors.rows import Rows
from carbonledger.factors.sets import FactorSet

PARENT, STALE, UNSURE, CAVEAT = 1, 2, 4, 8
"""Bits of ``Found.flags``: a parent code answered; too old; RECALLED or UNCERTAIN; has a caveat."""

NEEDS_LEAVE = {"RECALLED": "recalled", "UNCERTAIN": "uncertain"}
"""Confidences that answer only when the configuration allows them, by the word it says."""

_APART = ("1", "2")
"""Scopes that a figure for both together (12) stands for, also where it lies over theirs."""


class Found(NamedTuple):
    """Answers in canonical units; ``row`` is -1 and the value not a number where there is none."""

    values: NDArray[np.float64]
    row: NDArray[np.int32]
    flags: NDArray[np.uint8]


class Rate(NamedTuple):
    """Units of ``to`` for one unit of ``currency``, with the rows of ``Factors`` it comes from."""

    currency: str
    to: str
    year: int
    value: float
    exact: Fraction
    rows: tuple[int, ...]
    flags: int
    basis: str = "average"


@dataclass(frozen=True)
class Factors:
    """All rows that may answer, as known on a day; a row's index is its reference in entries."""

    sets: Mapping[str, FactorSet]
    known_on: date
    rows: Rows
    _years: dict[int, FactorsAt] = field(default_factory=dict, repr=False, compare=False)

    def at(self, year: int) -> FactorsAt:
        """The factors for one year, made once."""
        if year not in self._years:
            self._years[year] = FactorsAt(self, year)
        return self._years[year]


class FactorsAt:
    """The latest admissible row of each key for a year, by kind."""

    def __init__(self, factors: Factors, year: int) -> None:
        self.factors = factors
        self.year = year
        self._tables: dict[str, list[Table]] = {}
        self._answers: dict[tuple[str, ...], dict[tuple[str | None, ...], tuple[int, int]]] = {}
        self._alike: dict[tuple[str, str, tuple[str, ...]], list[int]] = {}
        self._canonical = factors.rows.canonical.copy()
        self._adjusted: dict[int, prices.Adjustment | None] = {}

    def _of(self, kind: str) -> list[Table]:
        """The tables of a kind, made when the first look-up asks for it."""
        if kind not in self._tables:
            self._tables[kind] = _tables(self.factors, kind, self.year)
        return self._tables[kind]

    def find(self, kind: str, keys: Mapping[str, Sequence[str | None]]) -> Found:
        """One look-up a position of the equally long sequences of canonical codes."""
        names = tuple(keys)
        known = self._answers.setdefault((kind, *names), {})
        wanted = list(zip(*keys.values(), strict=True))
        for codes_ in dict.fromkeys(wanted):
            if codes_ not in known:
                known[codes_] = self._resolve(kind, dict(zip(names, codes_, strict=True)))
        hits = [known[codes_] for codes_ in wanted]
        row = np.fromiter((index for index, _ in hits), np.int32, len(hits))
        flags = np.fromiter((bits for _, bits in hits), np.uint8, len(hits))
        return Found(self._canonical[row], row, flags)

    def alike(self, kind: str, key: str, names: Sequence[str]) -> list[int]:
        """For each code the first of ``names`` that every set of the kind answers alike.

        Places of one province, or classes of one group, share their answers where no set is finer;
        looking up one of each is enough.
        """
        asked = (kind, key, tuple(names))
        if asked not in self._alike:
            self._alike[asked] = self._found_alike(kind, key, names)
        return self._alike[asked]

    def _found_alike(self, kind: str, key: str, names: Sequence[str]) -> list[int]:
        present = [t.present.get(key, set()) for t in self._of(kind)]
        first: dict[tuple[tuple[tuple[bool, str], ...], ...], int] = {}
        found = []
        for at, name in enumerate(names):
            parents = chain(key, name)
            levels = tuple(
                tuple((code == name, code) for code in parents if code in codes_)
                for codes_ in present
            )
            found.append(first.setdefault(levels, at))
        return found

    def vocabulary(self, kind: str, key: str) -> frozenset[str]:
        """Every code that rows of a kind are keyed by."""
        found: set[str] = set()
        for table in self._of(kind):
            found |= table.present.get(key, set())
        return frozenset(found)

    def rate(self, currency: str, to: str, basis: str = "average") -> Rate | None:
        """The year's exchange rate, average or period_end, crossed through the yuan; None if none.

        An average never stands in for the rate of a day: whoever falls back asks twice and says so.
        """
        legs = [leg for leg in (currency, to) if leg != "CNY"]
        if currency == to:
            return None
        found = self.find("fx_rate", {"currency": legs, "basis": [basis] * len(legs)})
        if (found.row < 0).any():
            return None
        rows = tuple(found.row.tolist())
        yuan = {"CNY": Fraction(1)}
        for leg, row in zip(legs, rows, strict=True):
            yuan[leg] = Fraction(units.decimal(self.factors.rows[row].value))
        if not yuan[to]:
            return None
        exact = yuan[currency] / yuan[to]
        flags = int(np.bitwise_or.reduce(found.flags))
        return Rate(currency, to, self.year, float(exact), exact, rows, flags, basis)

    def hits(self, kind: str, wanted: Mapping[str, str | None]) -> list[int]:
        """Every row that could answer, the one that does first: what stands behind ``find``."""
        found = (hit for table in self._of(kind) for hit in table.hits(wanted))
        return [hit.at for hit in sorted(found)]

    def adjusted(self, row: int) -> prices.Adjustment | None:
        """A row's value at the year's prices, where it is in others and an index is known."""
        if row not in self._adjusted:
            found = prices.adjustment(self.factors, row, self.year)
            self._adjusted[row] = found
            if found is not None:
                self._canonical[row] = found.canonical
        return self._adjusted[row]

    def _stale(self, at: int) -> bool:
        """Older than its set allows, or at other prices that no index brings to the year's."""
        columns, n = self.factors.rows.found(at)
        found = self.factors.sets[columns.set.id]
        limit = found.stale_after_years
        if limit is not None and self.year - columns.years[n] > limit:
            self.adjusted(at)
            return True
        if not columns.set.currency or found.kind == prices.KIND or not columns.priced[n]:
            return False
        return (found.price_year or columns.years[n]) != self.year and self.adjusted(at) is None

    def _nearest(self, kind: str, wanted: Mapping[str, str | None]) -> Hit | None:
        nearest = (next(table.hits(wanted), None) for table in self._of(kind))
        return min((hit for hit in nearest if hit), default=None)

    def _resolve(self, kind: str, wanted: Mapping[str, str | None]) -> tuple[int, int]:
        hit = self._nearest(kind, wanted)
        if hit is None:
            return -1, 0
        if wanted.get("scope") in _APART:
            both = self._nearest(kind, {**wanted, "scope": "12"})
            if both is not None and both.lies_over(hit):
                return -1, 0
        columns, n = self.factors.rows.found(hit.at)
        bits = STALE if self._stale(hit.at) else 0
        bits |= UNSURE if columns.confidence[n] in NEEDS_LEAVE else 0
        bits |= CAVEAT if columns.caveats[n] else 0
        keys = dict(zip(columns.set.keys, columns.keys[n], strict=True))
        if any(keys.get(key, wanted[key]) != wanted[key] for key in FIRST if key in wanted):
            bits |= PARENT
        return hit.at, bits


class _Latest(NamedTuple):
    """A row that answers for its set and keys: how recent it is, and where it stands."""

    age: tuple[int, date]
    set: FactorSet
    row: int


def _tables(factors: Factors, kind: str, year: int) -> list[Table]:
    by_keys: dict[tuple[str, ...], Table] = {}
    for (_, codes_), (_, found, row) in latest(factors.rows, kind, year).items():
        names = tuple(sorted(found.keys, key=lambda name: (FIRST.get(name, 2), name)))
        table = by_keys.setdefault(names, Table(names))
        table.offer(dict(zip(found.keys, codes_, strict=True)), rank(found), row)
    return list(by_keys.values())


def latest(rows: Rows, kind: str, year: int) -> dict[tuple[str, tuple[str, ...]], _Latest]:
    """Of each set and its keys the latest year not after the one asked, as last published."""
    best: dict[tuple[str, tuple[str, ...]], _Latest] = {}
    for start, (columns, at) in zip(rows.starts, rows.parts, strict=False):
        found = columns.set
        if found.kind != kind or not found.answers:
            continue
        for index, n in enumerate(at, start):
            if of_another_year(kind, columns.years[n], year):
                continue
            key, own = (found.id, columns.keys[n]), age(columns.years[n], columns.published[n])
            if key not in best or own > best[key].age:
                best[key] = _Latest(own, found, index)
    return best
