"""Column headers: what a bank calls a column and which canonical column it stands for.

An alias marked ``exact`` may be applied as it is; one marked ``ask`` is only proposed, because
banks mean different things by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from carbonledger.registers import rows
from carbonledger.units import clean, header_unit

GROUPS = {
    "loans": ("positions", "held", "loans"),
    "investments": ("positions", "held", "investments"),
    "pool_assets": ("positions", "held", "pool_assets"),
    "facilitations": ("positions", "facilitations"),
    "policies": ("positions", "policies"),
    "counterparties": ("emitters", "counterparties"),
    "projects": ("emitters", "projects"),
    "properties": ("assets", "properties"),
    "vehicles": ("assets", "vehicles"),
    "territories": ("territories",),
    "pools": ("pools",),
    "activities": ("activities",),
    "general_ledger": ("general_ledger",),
    "groups": ("groups",),
}
"""The sections of header-aliases.csv that each book reads, those it shares with another first."""

MONTH = re.compile(r"balance_?((?:19|20)\d\d)_?(0[1-9]|1[0-2])")
"""The header of a month-end balance."""
CODED = re.compile(r"(borrower_sector|sector)_(isic4|nace2|nace21|naics2022)")
"""A sector column whose header names its classification."""
REPUBLIC = re.compile(r"\((?:民国|民國)(?:年|纪年|紀年)?\)")
"""What a header says of days in years of the Republic: 放款日期（民国）."""


@lru_cache(maxsize=65_536)
def normal_header(text: str) -> str:
    """The header as it is compared: half width, without spaces and line breaks, lower case."""
    return re.sub(r"\s+", "", clean(text)).lower()


@cache
def header_aliases(book: str) -> Mapping[str, tuple[str, str]]:
    """From each normalised alias of the book to its canonical column and its use."""
    listed = [row for row in rows("header-aliases") if row["book"] in GROUPS[book]]
    aliases: dict[str, tuple[str, str]] = {}
    for row in listed:
        own = (row["canonical"], "exact")
        aliases[normal_header(row["canonical"])] = own
        aliases[normal_header(row["canonical"]).replace("_", "")] = own
    for row in listed:
        aliases.setdefault(normal_header(row["alias"]), (row["canonical"], row["use"]))
    return MappingProxyType(aliases)


@lru_cache(maxsize=65_536)
def names_of(header: str) -> frozenset[str]:
    """The header as it is compared, with and without its unit or the years that it counts in."""
    names = (header, header_unit(header)[0], without_years(header))
    return frozenset(map(normal_header, names))


def without_years(header: str) -> str:
    """The header without what it says of years of the Republic."""
    return REPUBLIC.sub("", clean(header))
