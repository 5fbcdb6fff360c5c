"""Places: six digits of GB/T 2260, CN, or ISO 3166 alpha-3 for other countries."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from carbonledger.codes.names import compared
from carbonledger.issues import Language, Refusal
from carbonledger.registers import rows
from carbonledger.units import clean

NATIONAL_REGISTRY = "100000"
SPECIAL = {"HKG": "810000", "MAC": "820000", "TWN": "710000", "CHN": "CN"}
MOST_CHOICES = 6
"""Places of one name that a message lists."""
PROVINCE = re.compile(r"(?:省|市|(?:壮族|回族|维吾尔)?自治区|特别行政区)$")


@cache
def _regions() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in rows("gbt2260")}


@cache
def _countries() -> dict[str, dict[str, str]]:
    return {row["iso3"]: row for row in rows("iso3166")}


@cache
def _country_names() -> dict[str, str]:
    """Every way to write a country, to its canonical region."""
    names: dict[str, str] = {}
    for iso3, row in _countries().items():
        words = (iso3, row["iso2"], row["numeric"], row["name_zh"], row["name_en"])
        for word in (*words, *row["aliases"].split("|")):
            names[compared(word)] = SPECIAL.get(iso3, iso3)
    del names[""]
    return names


@cache
def _region_names() -> dict[str, frozenset[str]]:
    """Places by name, alone and with the names of the places above."""
    names: dict[str, set[str]] = {}
    for code, row in _regions().items():
        if row["level"] == "grouping":
            continue
        own, above = {row["name_zh"]}, [_regions()[p] for p in _above(code)[1:] if p != "CN"]
        if row["level"] == "province":
            own |= {PROVINCE.sub("", row["name_zh"]), row["name_en"]}
        if row["level"] == "prefecture":
            own.add(row["name_zh"].removesuffix("市"))
        for parent in above:
            if parent["level"] != "grouping":
                short = PROVINCE.sub("", parent["name_zh"])
                own |= {up + name for up in (parent["name_zh"], short) for name in own}
        for name in filter(None, own):
            names.setdefault(compared(name), set()).add(code)
    return {name: frozenset(of) for name, of in names.items()}


def _above(code: str) -> tuple[str, ...]:
    row = _regions().get(code)
    if row is not None:
        return (code, *_above(row["parent"])) if row["parent"] != "CN" else (code, "CN")
    higher = next(c for c in (code[:4] + "00", code[:2] + "0000") if c in _regions())
    return (code, *_above(higher))


@lru_cache(maxsize=65_536)
def region(text: str) -> str:
    """The canonical place: six digits for China and within, CN, or ISO alpha-3 of a country.

    A code may be followed by its name (500103 渝中区, CN China).
    """
    land = re.fullmatch(r"([A-Z]{2,3})\s+(\S.*)", clean(text))
    if land:
        code, name = (_country_names().get(compared(part)) for part in land.groups())
        if code is not None and code == name:
            return code
    both = re.fullmatch(r"([0-9]{6})\s*([^0-9].*)", clean(text))
    if both and both.group(1) in _regions():
        names = {compared(_regions()[both.group(1)][f"name_{lang}"]) for lang in ("zh", "en")}
        if compared(both.group(2)) in names - {""}:
            return both.group(1)
    plain = compared(clean(text).removesuffix(".0"))
    if plain.isascii() and plain.isdigit() and len(plain) in (2, 4, 6, 9, 12):
        return _region_code(plain)
    if plain in _country_names():
        return _country_names()[plain]
    found = _region_names().get(plain, frozenset())
    if not found:
        raise Refusal("region_malformed")
    for code in found:  # 吉林 is a province and a city in it: the province is right either way
        if all(code in region_parents(other) for other in found):
            return code
    choices = [f"{_full_name(code)} {code}" for code in sorted(found)]
    more = " ..." if len(choices) > MOST_CHOICES else ""
    raise Refusal("region_ambiguous", choices=", ".join(choices[:MOST_CHOICES]) + more)


def _region_code(digits: str) -> str:
    """Six digits of 2, 4 or 6, or the first six of a statistical code of a street or village."""
    abroad = digits[3:] if len(digits) == 6 and digits.startswith("000") else ""
    if abroad in _country_names():  # the PBoC tables write 000840 for the United States
        return _country_names()[abroad]
    code = digits[:6].ljust(6, "0")
    if code == NATIONAL_REGISTRY:
        return "CN"
    if not is_province(code) or (len(digits) in (4, 9, 12) and code not in _regions()):
        raise Refusal("region_malformed")
    return code


def is_province(code: str) -> bool:
    """Whether the code begins like that of a province."""
    return code[:2] + "0000" in _regions()


def _full_name(code: str) -> str:
    above = [_regions()[c] for c in reversed(_above(code)) if c != "CN"]
    return "".join(row["name_zh"] for row in above if row["level"] != "grouping")


@lru_cache(maxsize=65_536)
def region_known(code: str) -> bool:
    """Whether the register has the canonical code; retired ones it has not."""
    return code in _regions() or code == "CN" or code in _countries()


@lru_cache(maxsize=65_536)
def region_parents(code: str) -> tuple[str, ...]:
    """The place and all above it: up to CN, or a country alone."""
    return _above(code) if code.isdigit() else (code,)


def region_name(code: str, language: Language) -> str:
    """The name of a place; in English the Chinese one where nobody has translated it."""
    row = _countries()["CHN" if code == "CN" else code] if code.isalpha() else _regions().get(code)
    return code if row is None else row[f"name_{language}"] or row["name_zh"]
