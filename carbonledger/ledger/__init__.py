"""The ledger: exact totals of entries by every dimension, coverage, intensity and scores.

Totals are int64 sums, so tables foot to the gram and the fen and no order, batch or thread can
change a digit. Totals are kept at the finest code (a sector class, a county); sections, divisions
and provinces are sums of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

DIMENSIONS = ("asset_class", "sector", "region", "branch", "product", "green_tag",
              "group", "reporting_entity", "joined_by", "option", "option3", "score", "score3",
              "reason", "flag")  # fmt: skip
"""What totals are kept by; the empty code gathers the positions that have none."""


class Total(NamedTuple):
    """Sums over positions: rows, money in fen by status, grams by scope, weighted scores.

    Outstanding amounts carry coverage; ``balance`` is what intensity divides by. ``scope12`` is the
    whole of scope 1 and 2, which exceeds their sum where companies report them together.
    ``scored`` weighs scores by outstanding amount and ``scored_g`` by grams, as the standard says.
    ``unscored`` is what of the amount computed no score is weighed by, such as the proceeds of a
    structure that are not allocated yet. ``rows_unpriced`` have no amount in the reporting
    currency, so that money is "at least", and so it is with refused rows of which no amount can be
    read.
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
    rows_unpriced: int = 0
    rows_refused: int = 0
    refused: int = 0
    rows_refused_unpriced: int = 0
    scored_g: int = 0
    unscored: int = 0
    unscored3: int = 0

    def __add__(self, other: object) -> Total:
        """The sums of both, measure by measure; anything else is no total."""
        if not isinstance(other, Total):
            return NotImplemented
        return Total(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def book(self) -> int:
        """Outstanding fen of all positions that were read."""
        return self.computed + self.not_covered + self.excluded + self.refused

    @property
    def rows(self) -> int:
        """Positions that were read."""
        read = self.rows_computed + self.rows_not_covered + self.rows_excluded
        return read + self.rows_refused

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
        """Data-quality score of scope 1+2, weighted by outstanding amount or by emissions."""
        if self.scored_g:
            return _ratio(self.scored_g, self.scope12)
        return _ratio(self.scored, self.computed - self.unscored) if self.scored else None

    @property
    def score3(self) -> Fraction | None:
        """Data-quality score of scope 3, weighted by outstanding amount."""
        weight = self.computed_scope3 - self.unscored3
        return _ratio(self.scored3, weight) if self.scored3 else None


MEASURES = Total._fields
NOTHING = Total()


def _ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole > 0 else None


@dataclass(frozen=True)
class Ledger:
    """Totals of one standard and account: of the whole, and by dimension and code."""

    standard: str
    account: str
    whole: Total = NOTHING
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
    if not (one and two):
        return {**one, **two}
    both = {**one}
    for code, total in two.items():
        both[code] = both[code] + total if code in both else total
    return dict(sorted(both.items()))


def merged(ledgers: Iterable[Ledger]) -> Ledger:
    """Several ledgers of one standard as one."""
    first, *rest = ledgers
    for other in rest:
        first = first.merge(other)
    return first
