"""What a column is called: its canonical name in English, its title in Chinese."""

from __future__ import annotations

from functools import cache

from carbonledger.books import BOOKS, POSITIONS
from carbonledger.books.rows import columns_of
from carbonledger.issues import Language
from carbonledger.words import names, word

MONTH_END = "balance "
_OF_ENGINE = ("emissions", "rows", "average_total_assets", "project_value", "driven_share",
              "energy_use_per_km", "label_mj_per_m2",
              "efficiency_of_model", "efficiency_of_type", "efficiency_of_average",
              "actual_distance_of_model", "local_distance_of_model",
              "regional_distance_of_model", "outstanding_amount_usd", "gdp_ppp",
              "emissions_incl_lulucf", "is_country", "inventory", "inventory_verified",
              "energy_statistics", "sector_statistics", "of_country",
              "similar_territory", "insured_emissions", "pooled_emissions",
              "nothing_allocated", "premium_ratio")  # fmt: skip


LENT = ("", "loans", "pool_assets")
"""Books of loans, and where no book is named: others share columns that are titled for loans."""


@cache
def _titles() -> dict[tuple[str, str], str]:
    """By book and column, and by the column alone for where no book is named."""
    titles = {(book.name, name): spec.title for book in BOOKS.values()
              for name, spec in columns_of(book.row).items()}  # fmt: skip
    return {("", name): title for (_, name), title in titles.items()} | titles


@cache
def _not_lent() -> frozenset[str]:
    return frozenset(names("not_lent", "explain"))


def column_title(name: str, language: Language, book: str = "") -> str:
    """A column of a book, a month-end balance, or an input that the engine makes of them."""
    if language == "en":
        return name
    if name.startswith(MONTH_END):
        return f"{word('lines', 'month_end', 'zh', 'explain')} {name.removeprefix(MONTH_END)}"
    if name in _OF_ENGINE:
        return word("lines", name, "zh", "explain")
    title = _titles().get((book, name), _titles().get(("", name), name))
    if book in POSITIONS and book not in LENT and title == _titles().get(("loans", name)):
        return word("not_lent", name, "zh", "explain") if name in _not_lent() else title
    return title
