"""The place that a Chinese company name begins with, as a code of GB/T 2260."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from carbonledger.codes.regions import PROVINCE
from carbonledger.registers import rows

NATION = "中国"
LEAST_LEFT = 2
"""Characters of a name that a place must leave over; else it is the name itself."""


class _Names:
    """Names of places and their codes, found at the beginning of a text by their lengths."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        self.codes: dict[str, str] = {}
        for name, code in sorted(names):
            self.codes.setdefault(name, code)
        self._lengths = sorted({len(name) for name in self.codes}, reverse=True)

    def begins(self, text: str) -> tuple[str, str]:
        """The longest name that the text begins with and goes on after, as code; and the rest."""
        for length in self._lengths:
            if len(text) - length >= LEAST_LEFT and text[:length] in self.codes:
                return self.codes[text[:length]], text[length:]
        return "", text


@cache
def _places() -> tuple[_Names, dict[str, list[tuple[str, str]]]]:
    """Places that may begin a name, and those that may follow, by the code of what is above."""
    first: list[tuple[str, str]] = [(NATION, "CN")]
    below: dict[str, list[tuple[str, str]]] = {}
    counties: dict[str, list[str]] = {}
    for row in rows("gbt2260"):
        code, name, level = row["code"], row["name_zh"], row["level"]
        if level == "grouping":
            continue
        short = PROVINCE.sub("", name) if level == "province" else _short(name)
        if level == "county":
            counties.setdefault(name, []).append(code)
        else:
            first += [(name, code), (short, code)]
        for above in {code[:2] + "0000", code[:4] + "00"} - {code}:
            below.setdefault(above, []).extend(((name, code), (short, code)))
    # A county's short name is often a brand (平安, 东方), so it counts only after its province.
    first += [(name, codes[0]) for name, codes in counties.items() if len(codes) == 1]
    return _Names(first), below


@cache
def _below(code: str) -> _Names | None:
    """The places that may follow one, made for those that names begin with."""
    names = _places()[1].get(code)
    return None if names is None else _Names(names)


def _short(name: str) -> str:
    """The name without 市, 县, 区, 盟, where two characters are left."""
    bare = name[:-1] if name[-1] in "市县区盟" else name
    return bare if len(bare) >= LEAST_LEFT else name


def leading_place(text: str) -> tuple[str, str]:
    """The most exact place that the text begins with ('' for none), and the text after it."""
    code, rest = _places()[0].begins(text)
    while (below := _below(code)) is not None:
        found, after = below.begins(rest)
        if not found:
            break
        code, rest = found, after
    return code, rest


def whole_place(text: str) -> str:
    """The code of a text that is a place and nothing else, such as what stands in brackets."""
    code, rest = leading_place(text + "的名")
    return code if rest == "的名" else ""
