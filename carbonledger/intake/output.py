"""What is doubtful in the output and years of the territories that a user's own book gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from carbonledger import codes
from carbonledger.factors import FactorsAt
from carbonledger.intake.book import OpenBook
from carbonledger.intake.territories import PUBLISHED
from carbonledger.issues import Issue, Place, Refusal

PPP, NOMINAL, REGIONAL = "gdp_ppp_international_dollar", "gdp_nominal_usd", "gdp_regional_usd"
DOLLAR_COUNTRIES = frozenset({"USA", "PRI"})
"""Where output is the same at market rates and at purchasing-power parity, or near it."""
APART = 2
"""Years between output and emissions that still count as one time."""
FAR, MISTAKEN = 1.25, 10.0
"""How many times the published output is doubtful, and how many times is another unit."""
SAME = 0.001
LEAST_REGION = 1e-6
"""A region of less than a millionth of its country's output is one in another unit."""


def output_issues(opened: OpenBook | None, factors: FactorsAt) -> list[Issue]:
    """Every row whose output is no output at purchasing-power parity, or of another time."""
    found: list[Issue] = []
    for typed in () if opened is None else opened.batches():
        names = ("territory_id", "country", PPP, NOMINAL, REGIONAL, "gdp_year", "emissions_year")
        size = len(typed.rows)
        columns = [typed.columns.get(n, pa.nulls(size)).to_pylist() for n in names]
        for number, cells in zip(typed.rows.tolist(), zip(*columns, strict=True), strict=True):
            row = dict(zip(names, cells, strict=True))
            for code, column, words in _of_row(row, factors):
                place = Place(typed.file, row=number, column=column)
                found.append(Issue(code, place, _shown(row[column]), words))
    return found


Problem = tuple[str, str, tuple[tuple[str, str], ...]]


def _of_row(row: Mapping[str, object], factors: FactorsAt) -> Iterator[Problem]:
    ppp, nominal, regional = (_number(row[n]) for n in (PPP, NOMINAL, REGIONAL))
    country = _country(row)
    if ppp and nominal and country not in DOLLAR_COUNTRIES and abs(ppp / nominal - 1) < SAME:
        yield "gdp_not_ppp", PPP, ()
    elif ppp and country:
        yield from _against_published(ppp, country, factors)
    if nominal and regional and regional > nominal:
        yield "gdp_region_above_country", REGIONAL, (("country", _shown(nominal)),)
    if nominal and regional and regional < nominal * LEAST_REGION:
        yield "gdp_region_unlikely", REGIONAL, (("country", _shown(nominal)),)
    years = row["gdp_year"], row["emissions_year"]
    if isinstance(years[0], int) and isinstance(years[1], int) and abs(years[0] - years[1]) > APART:
        yield "gdp_years_apart", "gdp_year", (("emissions_year", str(years[1])),)


def _against_published(ppp: float, country: str, factors: FactorsAt) -> Iterator[Problem]:
    found = factors.find(PUBLISHED, {"region": [country]})
    if found.row[0] < 0:
        return
    published = float(found.values[0])
    times = max(ppp / published, published / ppp)
    words = (("published", _shown(published)),
             ("year", str(factors.factors.rows[int(found.row[0])].year)))  # fmt: skip
    if times >= MISTAKEN:
        yield "gdp_unlikely", PPP, words
    elif times > FAR:
        yield "gdp_far_from_published", PPP, words


def _country(row: Mapping[str, object]) -> str:
    """The country of a row, '' where none is known; a division's is China."""
    try:
        place = codes.region(str(row["territory_id"] or ""))
    except Refusal:
        return str(row["country"] or "")
    return codes.region_parents(place)[-1] if place[:2] not in ("71", "81", "82") else place


def _number(value: object) -> float:
    return float(value) if isinstance(value, float | int) else 0.0


def _shown(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, float) else str(value)
