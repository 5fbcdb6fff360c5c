"""A factor table read column by column: each distinct cell once, a whole row only when asked for.

Twenty thousand rows load in a blink this way. It takes a table that has nothing wrong and declines
any other, which is then read row by row and says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import partial
from typing import NamedTuple, TypeVar, overload

from carbonledger import units
from carbonledger.factors.cell import BASES, YEAR, code_of, day_of, is_formula
from carbonledger.factors.sets import CONFIDENCES, FactorRow, FactorSet, Ratio, unit_of
from carbonledger.issues import Refusal

T = TypeVar("T")
FIRST = 2
"""The row that stands below the header."""

_MAY_START_A_FORMULA = frozenset("=@+-＝＠＋－ \t\r\n\v\f\xa0\u3000")
_TENS = [10**n for n in range(21)]
_PLAIN = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")


class Lines(NamedTuple):
    """The records of a file below its header."""

    header: list[str]
    records: list[list[str]]


@dataclass(frozen=True, eq=False)
class Columns(Sequence[FactorRow]):
    """The rows of a table: what look-ups need of each at once, all of one when it is asked for."""

    set: FactorSet
    keys: Sequence[tuple[str, ...]]
    years: Sequence[int]
    published: Sequence[date]
    confidence: Sequence[str]
    canonical: Sequence[float]
    caveats: Sequence[bool]
    """Whether a caveat stands beside the value."""
    priced: Sequence[bool]
    """Whether the value is per unit of money, and so follows prices."""
    make: Callable[[int], FactorRow]
    _made: dict[int, FactorRow] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, at: int) -> FactorRow: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[FactorRow]: ...

    def __getitem__(self, at: int | slice) -> FactorRow | Sequence[FactorRow]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        if not 0 <= at < len(self):
            raise IndexError(at)
        if at not in self._made:
            self._made[at] = self.make(at)
        return self._made[at]


class _Typed(NamedTuple):
    keys: list[tuple[str, ...]]
    years: list[int]
    published: list[date]
    confidence: list[str]
    canonical: list[float]
    caveats: list[bool]
    priced: list[bool]


class _Odd(Exception):
    """Something that the reading of rows has to word."""


def columns_of(rows: Sequence[FactorRow], found: FactorSet) -> Columns:
    """Rows that were read one by one, as columns."""
    return Columns(
        found, [tuple(code for _, code in row.keys) for row in rows], [r.year for r in rows],
        [r.published for r in rows], [r.confidence for r in rows], [r.canonical for r in rows],
        [bool(r.caveat) for r in rows],
        [unit_of(r.kind, r.unit, r.currency).per_money for r in rows], rows.__getitem__,
    )  # fmt: skip


def sound_columns(
    lines: Lines, found: FactorSet, make: Callable[[int, Sequence[str]], FactorRow]
) -> Columns | None:
    """The columns of a table that has nothing wrong; None where anything needs a closer look."""
    if any(map(len(lines.header).__ne__, map(len, lines.records))):
        return None
    cells = dict(zip(lines.header, zip(*lines.records, strict=True), strict=False))
    try:
        typed = _Sound(found, cells, len(lines.records)).typed()
    except (_Odd, Refusal, OverflowError):
        return None
    return Columns(found, *typed, partial(_made, make, lines.records))


def _made(
    make: Callable[[int, Sequence[str]], FactorRow], records: Sequence[Sequence[str]], at: int
) -> FactorRow:
    return make(at + FIRST, records[at])


@dataclass(frozen=True)
class _Sound:
    """Typing of columns, which gives up at the first thing that is not as it should be."""

    set: FactorSet
    cells: dict[str, tuple[str, ...]]
    size: int

    def each(self, name: str, typed: Callable[[str], T]) -> list[T]:
        """A column with each distinct cell typed once; blank is what holds for every row."""
        default = self.set.every_row.get(name, "")
        if name not in self.cells:
            return [typed(default)] * self.size
        known = {cell: typed(cell.strip() or default) for cell in set(self.cells[name])}
        return [known[cell] for cell in self.cells[name]]

    def typed(self) -> _Typed:
        for name in self.cells:
            self._no_formula(name)
        years, published = self.each("year", _year), self.each("published", _day)
        if not self.set.outlook:
            _require(all(d.year >= y for d, y in zip(published, years, strict=True)))
        confidence = self.each("confidence", _among(set(CONFIDENCES) - {"DEMO"}))
        alone = {""} if len(self.set.sources) == 1 else set()
        self.each("source", _among({*self.set.sources, *alone}))
        self.each("published_basis", _among({"", *BASES}))
        caveats = self.each("caveat", _among({"", *self.set.caveats}))
        if {"low", "high"} & {*self.cells, *self.set.every_row}:
            ranges = zip(*(self.each(name, str) for name in ("low", "value", "high")), strict=True)
            _require(all(_in_order(each) for each in ranges if each[0] or each[2]))
        measured = self.each("unit", self._unit)
        keys = self._keys([each.under for each in measured])
        seen = set(zip(keys, years, published, strict=True))
        _require(len(seen) == self.size)
        canonical = list(_canonical(self.each("value", str), measured))
        priced = [each.per_money for each in measured]
        return _Typed(keys, years, published, confidence, canonical, [*map(bool, caveats)], priced)

    def _no_formula(self, name: str) -> None:
        for cell in {c for c in self.cells[name] if c[:1] in _MAY_START_A_FORMULA}:
            text = cell.strip()
            _require(not text or not is_formula(text))

    def _unit(self, text: str) -> Ratio:
        return unit_of(self.set.kind, text or self.set.unit, self.set.currency)

    def _keys(self, dimensions: list[str]) -> list[tuple[str, ...]]:
        columns = []
        for key in self.set.keys:
            if key == "dimension" and key not in self.cells and key not in self.set.every_row:
                columns.append(dimensions)
            else:
                columns.append(self.each(key, partial(self._code, key)))
        return list(zip(*columns, strict=True)) if columns else [()] * self.size

    def _code(self, key: str, text: str) -> str:
        _require(bool(text))
        return code_of(self.set.kind, key, text)


def _require(sound: bool) -> None:
    if not sound:
        raise _Odd


def _in_order(ends: Sequence[str]) -> bool:
    numbers = [units.decimal(text) for text in ends]
    return numbers == sorted(numbers)


def _year(text: str) -> int:
    _require(YEAR.fullmatch(text) is not None)
    return int(text)


def _day(text: str) -> date:
    day = day_of(text)
    if day is None:
        raise _Odd
    return day


def _among(allowed: set[str]) -> Callable[[str], str]:
    def word(text: str) -> str:
        _require(text in allowed)
        return text

    return word


def _canonical(texts: Sequence[str], measured: Sequence[Ratio]) -> Iterator[float]:
    """Values in canonical units, each rounded once; of plain numbers without a detour."""
    before, over, under = None, 1, _TENS
    for text, ratio in zip(texts, measured, strict=True):
        if ratio is not before:
            before, (over, per) = ratio, ratio.multiplier.as_integer_ratio()
            under = [per * ten for ten in _TENS]
        if _PLAIN.fullmatch(text) is None:
            yield float(Fraction(units.decimal(text)) * ratio.multiplier)
        else:
            whole, _, part = text.partition(".")
            yield int(whole + part) * over / under[len(part)]
