"""What one cell of a factor table may say: days, codes, words; never a formula."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from carbonledger import codes, units
from carbonledger.factors.sets import PublishedBasis
from carbonledger.issues import Refusal
from carbonledger.method import SCOPES

BASES: dict[str, PublishedBasis] = {"stated": "stated", "first_known": "first_known"}
RATE_BASES = ("average", "period_end")
"""What an exchange rate is of: the mean of its year, or the last day of it."""

YEAR = re.compile(r"(?:19|20)[0-9]{2}|2100")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_GRID = re.compile(r"CN-GRID-[A-Z]+")
_CODES = {"sector": codes.sector, "currency": codes.currency}


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would compute the cell; signed numbers and a lone dash are none."""
    if cell[0] in "=@＝＠":
        return True
    if cell[0] not in "+-＋－" or len(cell) == 1:
        return False
    try:
        units.decimal(cell)
    except Refusal:
        return True
    return False


@lru_cache(maxsize=4096)
def day_of(text: str) -> date | None:
    """The day of a cell; None where it is none."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def canonical_code(key: str, text: str) -> str:
    """A key's canonical code; regional grids keep their own, which no region leads to."""
    if key == "region":
        return text if _GRID.fullmatch(text) else codes.region(text)
    if key == "scope" and text not in SCOPES:
        raise Refusal("factor_code_unknown")
    return _CODES[key](text) if key in _CODES else text


def code_of(kind: str, key: str, text: str) -> str:
    """The same for a kind, whose keys may know a few words only."""
    if kind == "fx_rate" and key == "basis" and text not in RATE_BASES:
        raise Refusal("factor_code_unknown")
    return canonical_code(key, text)
