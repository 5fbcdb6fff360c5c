"""Currencies by ISO 4217."""

from __future__ import annotations

from functools import cache, lru_cache

from carbonledger.codes.names import compared
from carbonledger.issues import Refusal
from carbonledger.registers import rows


@cache
def _currencies() -> dict[str, str]:
    names: dict[str, str] = {}
    for row in rows("iso4217"):
        for word in (row["alpha"], row["numeric"], row["name_zh"], *row["aliases"].split("|")):
            names[compared(word)] = row["alpha"]
    del names[""]
    return names


@lru_cache(maxsize=65_536)
def currency(text: str) -> str:
    """The ISO 4217 code: CNY for CNY, RMB, 人民币 or 156."""
    found = _currencies().get(compared(text))
    if found is None:
        raise Refusal("currency_unknown")
    return found
