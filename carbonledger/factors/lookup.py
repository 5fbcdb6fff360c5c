"""Factors as known on a day and for a year: which row answers which keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger import codes, units
from carbonledger.factors.rows import Rows
from carbonledger.factors.sets import FactorSet

PARENT, STALE, UNSURE, CAVEAT = 1, 2, 4, 8
"""Bits of ``Found.flags``: a parent code answered; too old; RECALLED or UNCERTAIN; has a caveat."""

NEEDS_LEAVE = {"RECALLED": "recalled", "UNCERTAIN": "uncertain"}
"""Confidences that answer only when the configuration allows them, by the word it says."""

OF_THE_YEAR = frozenset({"fx_rate"})
"""Kinds whose rows answer for their own year only."""

_NATION = ("CN",)
_STATISTICS_OF_THEIR_OWN = ("71", "81", "82")
_FIRST = {"sector": 0, "region": 1}
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


class _Hit(NamedTuple):
    """One table's nearest answer; hits compare by nearness, then by who lays over whom."""

    sector_level: int
    region_level: int
    rank: tuple[int, int, str]
    at: int

    def lies_over(self, other: _Hit) -> bool:
        """Whether it answers from a layer above the other and no farther away."""
        return self.rank[0] < other.rank[0] and self < other


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
        self._tables: dict[str, list[_Table]] = {}
        self._answers: dict[tuple[str, ...], dict[tuple[str | None, ...], tuple[int, int]]] = {}
        self._alike: dict[tuple[str, str, tuple[str, ...]], list[int]] = {}

    def _of(self, kind: str) -> list[_Table]:
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
        return Found(self.factors.rows.canonical[row], row, flags)

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

    def _nearest(self, kind: str, wanted: Mapping[str, str | None]) -> _Hit | None:
        hits = [hit for table in self._of(kind) if (hit := table.nearest(wanted))]
        return min(hits, default=None)

    def _resolve(self, kind: str, wanted: Mapping[str, str | None]) -> tuple[int, int]:
        hit = self._nearest(kind, wanted)
        if hit is None:
            return -1, 0
        if wanted.get("scope") in _APART:
            both = self._nearest(kind, {**wanted, "scope": "12"})
            if both is not None and both.lies_over(hit):
                return -1, 0
        row = self.factors.rows[hit.at]
        stale = self.factors.sets[row.set_id].stale_after_years
        bits = STALE if stale is not None and self.year - row.year > stale else 0
        bits |= UNSURE if row.confidence in NEEDS_LEAVE else 0
        bits |= CAVEAT if row.caveat else 0
        keys = dict(row.keys)
        if any(keys.get(key, wanted[key]) != wanted[key] for key in _FIRST if key in wanted):
            bits |= PARENT
        return hit.at, bits


@dataclass
class _Table:
    """Rows of sets with the same keys: the one that answers each combination of codes."""

    names: tuple[str, ...]
    answers: dict[tuple[str, ...], tuple[tuple[int, int, str], int]] = field(default_factory=dict)
    present: dict[str, set[str]] = field(default_factory=dict)

    def offer(self, codes_: Mapping[str, str], rank: tuple[int, int, str], index: int) -> None:
        key = tuple(codes_[name] for name in self.names)
        if key not in self.answers or rank < self.answers[key][0]:
            self.answers[key] = (rank, index)
        for name in self.names:
            self.present.setdefault(name, set()).add(codes_[name])

    def nearest(self, wanted: Mapping[str, str | None]) -> _Hit | None:
        """The own code before its parents, the sector's level before the region's.

        A key that the sets lack counts as their broadest code, so that a closer row goes first.
        """
        if not wanted.keys() >= set(self.names):
            return None
        for combination in product(*(self._levels(name, wanted[name]) for name in self.names)):
            answer = self.answers.get(tuple(code for _, code in combination))
            if answer:
                levels = iter(combination)
                sector, region = (
                    next(levels)[0] if key in self.names else len(chain(key, wanted.get(key))) - 1
                    for key in _FIRST
                )
                return _Hit(sector, region, *answer)
        return None

    def _levels(self, name: str, code: str | None) -> list[tuple[int, str]]:
        own_first = enumerate(chain(name, code))
        return [(level, c) for level, c in own_first if c in self.present[name]]


@lru_cache(maxsize=65_536)
def chain(key: str, code: str | None) -> tuple[str, ...]:
    """A code and its parents, nearest first; only sectors and places have any.

    National statistics leave Taiwan, Hong Kong and Macao out, so their codes end at their own.
    """
    if key == "region":
        if code is None:
            return _NATION
        if code.startswith("CN-"):
            return (code,)
        parents = codes.region_parents(code)
        return parents[:-1] if code.startswith(_STATISTICS_OF_THEIR_OWN) else parents
    if code is None:
        return ()
    return codes.sector_parents(code) if key == "sector" else (code,)


class _Latest(NamedTuple):
    """A row that answers for its set and keys: how recent it is, and where it stands."""

    age: tuple[int, date]
    set: FactorSet
    row: int


def _tables(factors: Factors, kind: str, year: int) -> list[_Table]:
    by_keys: dict[tuple[str, ...], _Table] = {}
    for (_, codes_), (_, found, row) in _latest(factors.rows, kind, year).items():
        names = tuple(sorted(found.keys, key=lambda name: (_FIRST.get(name, 2), name)))
        table = by_keys.setdefault(names, _Table(names))
        rank = (-found.layer, found.priority, found.id)
        table.offer(dict(zip(found.keys, codes_, strict=True)), rank, row)
    return list(by_keys.values())


def _latest(rows: Rows, kind: str, year: int) -> dict[tuple[str, tuple[str, ...]], _Latest]:
    """Of each set and its keys the latest year not after the one asked, as last published."""
    best: dict[tuple[str, tuple[str, ...]], _Latest] = {}
    for start, (columns, at) in zip(rows.starts, rows.parts, strict=False):
        found = columns.set
        if found.kind != kind or not found.answers:
            continue
        for index, n in enumerate(at, start):
            if columns.years[n] > year or (kind in OF_THE_YEAR and columns.years[n] != year):
                continue
            key, age = (found.id, columns.keys[n]), (columns.years[n], columns.published[n])
            if key not in best or age > best[key].age:
                best[key] = _Latest(age, found, index)
    return best
