"""Values per unit of money, brought from the prices of their year to those of another.

Prices rise and the tonnes behind a sale do not: what sold for 100 then sells for 110 now, and one
unit of today's money buys 100/110 of it. So the value is multiplied by the index of its own price
year over the index of the year asked for, and falls where prices rose.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from carbonledger import units
from carbonledger.factors.naming import unit_named
from carbonledger.factors.sets import FactorRow, FactorSet, unit_of
from carbonledger.issues import LANGUAGES, Language
from carbonledger.words import word

if TYPE_CHECKING:
    from carbonledger.factors.lookup import Factors

KIND = "price_index"
PLACES = 10
"""Decimals to which an adjusted value is printed; the reckoning itself is exact."""


class Adjustment(NamedTuple):
    """A value at the prices of another year, with the two rows of one index it follows from."""

    price_year: int
    year: int
    index_from: int
    index_to: int
    value: Fraction
    """In the unit that the row prints."""
    canonical: float


def price_year(row: FactorRow, found: FactorSet) -> int | None:
    """The year whose prices a value is in; None where it is not per unit of money."""
    if (
        not row.currency
        or row.kind == KIND
        or not unit_of(row.kind, row.unit, row.currency).per_money
    ):
        return None
    return found.price_year or row.year


def adjustment(factors: Factors, at: int, year: int) -> Adjustment | None:
    """A row's value at a year's prices; None where no one index is known for both years.

    The index is that of the row's currency, nearest to its sector and place; both years must stand
    in one series, since another one may have another base.
    """
    row = factors.rows[at]
    priced = price_year(row, factors.sets[row.set_id])
    if priced is None or priced == year:
        return None
    keys = dict(row.keys)
    wanted = {"sector": keys.get("sector"), "region": keys.get("region"), "currency": row.currency}
    before = {_series(factors.rows[k]): k for k in factors.at(priced).hits(KIND, wanted)}
    for k in factors.at(year).hits(KIND, wanted):
        to = factors.rows[k]
        first = before.get(_series(to))
        if first is None or to.currency != row.currency:
            continue
        indices = [Fraction(units.decimal(factors.rows[n].value)) for n in (first, k)]
        if min(indices) <= 0:
            continue
        value = Fraction(units.decimal(row.value)) * indices[0] / indices[1]
        scaled = value * unit_of(row.kind, row.unit, row.currency).multiplier
        return Adjustment(priced, year, first, k, value, float(scaled))
    return None


def _series(row: FactorRow) -> tuple[object, ...]:
    return (row.set_id, row.keys)


def said(factors: Factors, at: int, found: Adjustment) -> dict[str, str | int]:
    """How a value came to the prices of a year, for documents and for ``sentences``."""
    row, first, last = (factors.rows[n] for n in (at, found.index_from, found.index_to))
    return {
        "value": row.value, "unit": row.unit, "currency": row.currency,
        "price_year": found.price_year, "year": found.year,
        "index": first.set_id, "index_from": first.value, "index_to": last.value,
        "adjusted": units.ratio(found.value.numerator, found.value.denominator, PLACES),
        **{f"citation_{lang}": last.citation(lang) for lang in LANGUAGES},
    }  # fmt: skip


def sentences(price: Mapping[str, object], language: Language) -> list[str]:
    """The same as a person reads it: the working, and where the index stands."""
    unit = unit_named(str(price["unit"]), str(price["currency"]), language)
    working = word("lines", "price", language, "factors", **{**price, "unit": unit})
    cited = word("lines", "index", language, "factors", citation=price[f"citation_{language}"])
    return [working, cited]
