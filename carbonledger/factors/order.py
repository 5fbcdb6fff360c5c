"""The order in which rows answer: nearest first, then who lies over whom, then the latest."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from carbonledger import codes
from carbonledger.factors import prices
from carbonledger.factors.sets import FactorSet

OF_THE_YEAR = frozenset({"fx_rate", prices.KIND})
"""Kinds whose rows answer for their own year only."""

Rank = tuple[int, int, str]
FIRST = {"sector": 0, "region": 1}

_NATION = ("CN",)
_STATISTICS_OF_THEIR_OWN = ("71", "81", "82")


class Hit(NamedTuple):
    """One table's nearest answer; hits compare by nearness, then by who lays over whom."""

    sector_level: int
    region_level: int
    rank: Rank
    at: int

    def lies_over(self, other: Hit) -> bool:
        """Whether it answers from a layer above the other and no farther away."""
        return self.rank[0] < other.rank[0] and self < other


@dataclass
class Table:
    """Rows of sets with the same keys: those that answer each combination of codes, in order."""

    names: tuple[str, ...]
    answers: dict[tuple[str, ...], list[tuple[Rank, int]]] = field(default_factory=dict)
    present: dict[str, set[str]] = field(default_factory=dict)

    def offer(self, codes_: Mapping[str, str], first: Rank, index: int) -> None:
        """Let a row answer its codes."""
        key = tuple(codes_[name] for name in self.names)
        insort(self.answers.setdefault(key, []), (first, index))
        for name in self.names:
            self.present.setdefault(name, set()).add(codes_[name])

    def hits(self, wanted: Mapping[str, str | None]) -> Iterator[Hit]:
        """The own code before its parents, the sector's level before the region's.

        A key that the sets lack counts as their broadest code, so that a closer row goes first.
        """
        if not wanted.keys() >= set(self.names):
            return
        for combination in product(*(self._levels(name, wanted[name]) for name in self.names)):
            answers = self.answers.get(tuple(code for _, code in combination))
            if answers:
                codes_ = dict(zip(self.names, (code for _, code in combination), strict=True))
                near = nearness(codes_, wanted)
                yield from (Hit(*near, *answer) for answer in answers)

    def _levels(self, name: str, code: str | None) -> list[tuple[int, str]]:
        own_first = enumerate(chain(name, code))
        return [(level, c) for level, c in own_first if c in self.present[name]]


def nearness(codes_: Mapping[str, str], wanted: Mapping[str, str | None]) -> tuple[int, int]:
    """How many levels above the sector and the place asked for; a key that lacks is broadest."""
    sector, region = (
        chain(key, wanted.get(key)).index(codes_[key]) if key in codes_
        else len(chain(key, wanted.get(key))) - 1
        for key in FIRST
    )  # fmt: skip
    return sector, region


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


def rank(found: FactorSet) -> Rank:
    """Of equally near rows the lowest answers: the upper layer, then the set's priority."""
    return -found.layer, found.priority, found.id


def age(year: int, published: date) -> tuple[int, date]:
    """Of one set's rows of the same keys the highest answers: the latest, as last published."""
    return year, published


def of_another_year(kind: str, row_year: int, year: int) -> bool:
    """Whether a row says nothing of a year: a later one, or of its own year only."""
    return row_year > year or (kind in OF_THE_YEAR and row_year != year)
