"""Which words of a label tell what a figure is: the register ``lint-words.csv``, zh and en."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from carbonledger.registers import rows
from carbonledger.units import clean


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {r["name"]: re.compile(r["pattern"], re.IGNORECASE) for r in rows("lint-words")}


@lru_cache(maxsize=65_536)
def says(name: str, text: str) -> bool:
    """Whether a label holds one of the words of that name."""
    return _patterns()[name].search(clean(text).replace("_", " ")) is not None


@lru_cache(maxsize=65_536)
def plain(label: str) -> str:
    """A label as it is compared: small, without brackets, years, marks and spaces."""
    text = clean(label).lower().replace("_", " ")
    text = re.sub(r"[(\[{（【].*?[)\]}）】]", "", text)
    text = re.sub(r"(19|20)[0-9]{2}\s*年?(度|末)?", "", text)
    return re.sub(r"[\W_]+", "", text)
