"""What a total of a ledger shows: each measure, its print, its value and how entries make it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from carbonledger.cells import Criterion, Formula, Print, Ratio, Sum
from carbonledger.issues import Language
from carbonledger.ledger import Total

TEN_THOUSAND_TONNES = TEN_THOUSAND_MONEY = 1_000_000
"""Grams in a tonne and fen in 10,000 of money are the same number, so g/fen prints as it is."""

NONE = "–"
"""What stands in an entries column that has no code."""

BLANK = "="
"""What matches an empty cell of an entries column that holds numbers."""

Where = tuple[tuple[str, Criterion], ...]


def money_name(currency: str, language: Language) -> str:
    """10,000 of a currency, as the language says it."""
    if language == "zh":
        return "万元" if currency == "CNY" else f"万{currency}"
    return f"{currency} 10,000"


def prints(largest_grams: int, largest_money: int) -> dict[str, Print]:
    """Decimals by the size of the whole: the fewer the larger it is."""
    grams, money = largest_grams // TEN_THOUSAND_TONNES, largest_money // TEN_THOUSAND_MONEY
    tonnes = next(places for floor, places in ((10**5, 0), (10**3, 1), (10, 2), (0, 4))
                  if grams >= floor)  # fmt: skip
    return {
        "rows": Print("rows"),
        "grams": Print("g", TEN_THOUSAND_TONNES, tonnes),
        "money": Print("fen", TEN_THOUSAND_MONEY, 0 if money >= 10**5 else 2),
        "intensity": Print("g/fen", 1, 4),
        "share": Print("share", 1, 2, percent=True),
        "score": Print("score", 1, 2),
    }


class Slice(NamedTuple):
    """Rows of an entries sheet that a total is made of; without a sheet it has no formula."""

    sheet: str | None
    where: Where = ()

    def sum(self, column: str, *more: tuple[str, Criterion], unless: Where = ()) -> Sum:
        """The sum of a column over these rows."""
        return Sum(self.sheet or "", column, self.where + more, unless)


COMPUTED = ("status", "computed")
EXCLUDED = ("status", "excluded")
WITHOUT_SCOPE3 = ("option3", NONE)
AMOUNT = "outstanding_amount"


def _in_scope(rows: Slice) -> Sum:
    return rows.sum(AMOUNT, unless=(EXCLUDED,))


class Measure(NamedTuple):
    """What a column of figures shows: how it prints, its value and how entries make it."""

    how: str
    value: Callable[[Total], int | Fraction | None]
    formula: Callable[[Slice], Formula]
    missing: str = ""


def _where_any(rows: str, measure: str) -> Callable[[Total], int | None]:
    """A sum that exists only where positions of its kind were computed."""
    return lambda total: getattr(total, measure) if getattr(total, rows) else None


def _split(measure: str) -> Callable[[Total], int | None]:
    def value(total: Total) -> int | None:
        apart = total.rows_computed and (total.scope1 or total.scope2 or not total.scope12)
        return getattr(total, measure) if apart else None

    return value


def _combined(total: Total) -> int | None:
    return total.scope12 - total.scope1 - total.scope2 if total.rows_computed else None


MEASURES: dict[str, Measure] = {
    "rows": Measure("rows", lambda t: t.rows, lambda s: s.sum("")),
    "rows_computed": Measure("rows", lambda t: t.rows_computed, lambda s: s.sum("", COMPUTED)),
    "book": Measure("money", lambda t: t.book, lambda s: s.sum(AMOUNT)),
    "computed": Measure("money", lambda t: t.computed, lambda s: s.sum(AMOUNT, COMPUTED)),
    "not_covered": Measure(
        "money", lambda t: t.not_covered, lambda s: s.sum(AMOUNT, ("status", "not_covered"))
    ),
    "excluded": Measure("money", lambda t: t.excluded, lambda s: s.sum(AMOUNT, EXCLUDED)),
    "coverage": Measure(
        "share", lambda t: t.coverage,
        lambda s: Ratio(s.sum(AMOUNT, COMPUTED), _in_scope(s)), "nothing_left",
    ),
    "coverage3": Measure(
        "share", lambda t: t.coverage3,
        lambda s: Ratio(s.sum(AMOUNT, unless=(WITHOUT_SCOPE3,)), _in_scope(s)), "nothing_left",
    ),
    "scope1": Measure("grams", _split("scope1"), lambda s: s.sum("scope1"), "no_split"),
    "scope2": Measure("grams", _split("scope2"), lambda s: s.sum("scope2"), "no_split"),
    "combined": Measure(
        "grams", _combined, lambda s: s.sum("scope12", ("flags", "*;scopes_combined;*")),
        "nothing_computed",
    ),
    "scope12": Measure(
        "grams", _where_any("rows_computed", "scope12"), lambda s: s.sum("scope12"),
        "nothing_computed",
    ),
    "rows_scope3": Measure(
        "rows", lambda t: t.rows_scope3, lambda s: s.sum("", unless=(WITHOUT_SCOPE3,))
    ),
    "computed_scope3": Measure(
        "money", _where_any("rows_scope3", "computed_scope3"),
        lambda s: s.sum(AMOUNT, unless=(WITHOUT_SCOPE3,)), "scope3_not_computed",
    ),
    "scope3": Measure(
        "grams", _where_any("rows_scope3", "scope3"), lambda s: s.sum("scope3"),
        "scope3_not_computed",
    ),
    "balance": Measure(
        "money", _where_any("rows_computed", "balance"), lambda s: s.sum("balance"),
        "nothing_computed",
    ),
    "intensity": Measure(
        "intensity", lambda t: t.intensity, lambda s: Ratio(s.sum("scope12"), s.sum("balance")),
        "nothing_computed",
    ),
    "score": Measure(
        "score", lambda t: t.score, lambda s: Ratio(s.sum("scored"), s.sum(AMOUNT, COMPUTED)),
        "nothing_computed",
    ),
    "score_by_emissions": Measure(
        "score", lambda t: t.score, lambda s: Ratio(s.sum("scored_g"), s.sum("scope12")),
        "nothing_computed",
    ),
    "score_by_weight": Measure(
        "score", lambda t: t.score, lambda s: Ratio(s.sum("scored"), s.sum("weight")),
        "nothing_computed",
    ),
    "score3": Measure(
        "score", lambda t: t.score3,
        lambda s: Ratio(s.sum("scored3"), s.sum(AMOUNT, unless=(WITHOUT_SCOPE3,))),
        "scope3_not_computed",
    ),
    "score3_by_weight": Measure(
        "score", lambda t: t.score3, lambda s: Ratio(s.sum("scored3"), s.sum("weight3")),
        "scope3_not_computed",
    ),
}  # fmt: skip

SCOPE3_MEASURES = frozenset({"scope3", "coverage3", "rows_scope3", "computed_scope3"})
SCORE_MEASURES = frozenset({"score", "score3"})
