"""Amounts whose size contradicts their unit: warnings, for no unit is ever guessed from a size.

A book in yuan that is declared in 万元 is ten thousand times too large, the other way too small.
Medians show it: whatever a book holds, half of its loans are not above a billion yuan each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from carbonledger.books.checks import Source, Typed
from carbonledger.intake.coded import of_entity
from carbonledger.issues import Issue, Place
from carbonledger.measures import FEN
from carbonledger.method import Codes, Column

YUAN = FEN
LEAST_LOAN = 10_000 * YUAN
"""A median loan to a company below 10,000 yuan: what a book of 万元 shows when taken as yuan, where
its typical loan is below 100,000,000 yuan. Credit cards and microloans are no such book."""
MOST_LOAN = 1_000_000_000 * YUAN
"""A median loan above a billion yuan: the largest banks of China lend companies some ten million
a note on average; a book in yuan taken as 万元 passes this where its median is above 100,000."""
MOST_TOTAL = 100_000_000_000_000 * YUAN
"""A median total of 100 trillion yuan, twice the balance sheet of the largest bank on earth."""
BOUNDS = {
    ("loans", "outstanding_amount"): (LEAST_LOAN, MOST_LOAN),
    ("investments", "outstanding_amount"): (LEAST_LOAN, 10 * MOST_LOAN),
    ("counterparties", "revenue"): (LEAST_LOAN, MOST_TOTAL),
    ("counterparties", "total_assets"): (LEAST_LOAN, MOST_TOTAL),
    ("projects", "total_project_cost"): (LEAST_LOAN, MOST_TOTAL),
}
MOST_TIMES_ASSETS = 100
"""A single loan of a hundred times all its borrower owns is a slip in one of the two."""
APART = {"total_assets": (1e-6, 10.0), "revenue": (1e-6, 100.0)}
"""Between these the median loan lies as a part of its borrower's total: a tenth of a millionth at
the largest groups, and hardly ever more than all; ten thousand times off leaves the range."""
SAMPLE = 4_096
"""So many amounts of a batch, evenly spread, show its median as well as all of them."""
LEAST_ROWS = 3
"""Fewer amounts have no typical size."""


def unlikely_sizes(book: str, typed: Typed, source: Source) -> Iterator[Issue]:
    """A column of amounts whose median no such book has."""
    for (name, column), (least, most) in BOUNDS.items():
        values = typed.columns.get(column) if name == book else None
        if values is None or source.currency != "CNY" or "currency" in typed.columns:
            continue
        amounts = values.take(_spread(len(values))).drop_null().to_numpy(zero_copy_only=False)
        amounts = amounts[amounts > 0]
        median = float(np.median(amounts)) if len(amounts) >= LEAST_ROWS else float(least)
        if least <= median <= most:
            continue
        header = source.headers.get(column, column)
        place = Place(source.file, source.sheet, None, header)
        words = {"median": f"{median / YUAN:,.0f}", "count": f"{len(amounts):,}"}
        yield Issue("unit_unlikely", place, header, tuple(sorted(words.items())))


def against_borrowers(
    outstanding: Column, theirs: Mapping[str, Column], link: Codes, typed: Typed
) -> Iterator[Issue]:
    """Loans that dwarf what their borrower owns, and columns that lie a power of ten apart."""
    some = _spread(len(link))
    for name, (least, most) in APART.items():
        if name not in theirs:
            continue
        _, ratio = _ratios(outstanding, theirs[name], link, some)
        if len(ratio) >= LEAST_ROWS and not least <= float(np.median(ratio)) <= most:
            words = (("column", name), ("times", f"{float(np.median(ratio)):.2g}"))
            place = Place(typed.file, None, None, "outstanding_amount")
            yield Issue("amounts_far_apart", place, "", words)
        elif name == "total_assets":
            yield from _above_assets(outstanding, theirs[name], link, typed)


def _spread(rows: int) -> NDArray[np.intp]:
    return np.arange(0, rows, max(rows // SAMPLE, 1))


def _ratios(
    owed: Column, theirs: Column, link: Codes, rows: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The rows of which both amounts are known and above zero, and the one over the other."""
    rows = rows[(link[rows] >= 0) & owed.present[rows]]
    rows = rows[theirs.present[link[rows]]]
    one, other = (amounts.astype(np.float64) for amounts in
                  (owed.values[rows], theirs.values[link[rows]]))  # fmt: skip
    above = (one > 0) & (other > 0)
    return rows[above], one[above] / other[above]


def above_values(
    outstanding: Column, theirs: Mapping[str, Column], link: Codes, typed: Typed
) -> Iterator[Issue]:
    """Loans of more than their property is worth: at origination, else by its latest value."""
    first, latest = theirs["property_value_at_origination"], theirs["property_value"]
    if not first.values.size:
        return
    value = of_entity(latest.values, link, 0)
    known = of_entity(latest.present, link, False)
    origin = of_entity(first.present, link, False)
    value = np.where(origin, of_entity(first.values, link, 0), value)
    above = (origin | known) & (value > 0) & outstanding.present & (outstanding.values > value)
    rows = np.flatnonzero(above)
    if rows.size:
        place = Place(typed.file, None, int(typed.rows[rows[0]]), "outstanding_amount")
        yield Issue("loan_above_property_value", place, "", (("count", str(len(rows))),))


def _above_assets(
    owed: Column, assets: Column, link: Codes, typed: Typed
) -> Iterator[Issue]:  # fmt: skip
    """The first of the loans that are many times all that their borrower owns, and their number."""
    if not assets.values.size:
        return
    own = assets.values.take(link, mode="clip").astype(np.int64)
    rows = np.flatnonzero(owed.values.astype(np.int64) // MOST_TIMES_ASSETS >= own)
    rows, ratio = _ratios(owed, assets, link, rows)
    rows = rows[ratio > MOST_TIMES_ASSETS]
    if rows.size:
        place = Place(typed.file, None, int(typed.rows[rows[0]]), "outstanding_amount")
        words = (("count", str(len(rows))), ("limit", str(MOST_TIMES_ASSETS)))
        yield Issue("loan_above_assets", place, "", words)
