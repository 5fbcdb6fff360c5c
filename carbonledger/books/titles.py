"""What a column is called: its canonical name in English, its title in Chinese."""

from __future__ import annotations

from functools import cache

from carbonledger.books import BOOKS
from carbonledger.books.rows import columns_of
from carbonledger.issues import Language
from carbonledger.words import word

MONTH_END = "balance "
_OF_ENGINE = ("emissions", "rows", "average_total_assets", "project_value", "driven_share",
              "energy_use_per_km", "label_mj_per_m2",
              "efficiency_of_model", "efficiency_of_type", "efficiency_of_average",
              "actual_distance_of_model", "local_distance_of_model",
              "regional_distance_of_model", "outstanding_amount_usd", "gdp_ppp",
              "emissions_incl_lulucf", "is_country", "inventory", "inventory_verified",
              "energy_statistics", "sector_statistics", "of_country",
              "similar_territory", "insured_emissions", "pooled_emissions",
              "nothing_allocated")  # fmt: skip


@cache
def _titles() -> dict[str, str]:
    every = (columns_of(book.row).items() for book in BOOKS.values())
    return {name: spec.title for columns in every for name, spec in columns}


def column_title(name: str, language: Language) -> str:
    """A column of a book, a month-end balance, or an input that the engine makes of them."""
    if language == "en":
        return name
    if name.startswith(MONTH_END):
        return f"{word('lines', 'month_end', 'zh', 'explain')} {name.removeprefix(MONTH_END)}"
    return word("lines", name, "zh", "explain") if name in _OF_ENGINE else _titles().get(name, name)
