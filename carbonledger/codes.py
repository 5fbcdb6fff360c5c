"""Public codes, parsed into one canonical form: sectors, regions, currencies, identifiers.

Sectors are GB/T 4754-2017 with their section letter (C3011), places six digits of GB/T 2260, CN, or
ISO 3166 alpha-3 for other countries, currencies ISO 4217. A code is never guessed.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from carbonledger.issues import Language, Refusal
from carbonledger.registers import rows
from carbonledger.units import clean

Level = Literal["section", "division", "group", "class"]
Kind = Literal["exact", "group", "partial", "none"]
SEVERAL = "several"

USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The alphabet of GB 32100-2015: no I, O, S, V, Z."""
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NATIONAL_REGISTRY = "100000"
SPECIAL = {"HKG": "810000", "MAC": "820000", "TWN": "710000", "CHN": "CN"}
PROVINCE = re.compile(r"(?:省|市|(?:壮族|回族|维吾尔)?自治区|特别行政区)$")


class HighCarbon(NamedTuple):
    """Which high-carbon industry a sector belongs to, and how surely."""

    major: str | None
    kind: Kind


def _name(text: str) -> str:
    """A name as it is compared: without spaces and punctuation, in small letters; numbers whole."""
    plain = clean(text).lower()
    return re.sub(r"[\s,、.。·;:()'\-/]", "", plain) if re.search(r"[^\W\d_]", plain) else plain


@cache
def _sectors() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in rows("gbt4754-2017")}


@cache
def _sector_digits() -> dict[str, str]:
    return {code[1:]: code for code in _sectors() if len(code) > 1}


@cache
def _sector_names() -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for code, row in _sectors().items():
        for name in filter(None, {_name(row["name_zh"]), _name(row["name_en"])}):
            names[name] = (*names.get(name, ()), code)
    return names


@lru_cache(maxsize=65_536)
def sector(text: str) -> str:
    """The canonical sector: C3011 for C3011, 3011, c 3011, 水泥制造 or 3011 水泥制造."""
    plain = clean(text).upper()
    found = re.fullmatch(r"([A-T]?)\s*([0-9]*)(?:\.0)?(.*)", plain, re.DOTALL)
    letter, digits, rest = found.groups() if found else ("", "", plain)
    if not rest and (letter or digits):
        return _sector_code(letter, digits)
    if digits or (letter and not re.match("[A-Z]", rest)):
        code = _sector_code(letter, digits)
        if code not in _sector_names().get(_name(rest), ()):
            raise Refusal("sector_unknown")
        return code
    return _sector_by_name(plain)


def _sector_code(letter: str, digits: str) -> str:
    if letter:
        if letter + digits in _sectors():
            return letter + digits
        raise Refusal("sector_unknown")
    lost_zero = len(digits) == 3 and "0" + digits in _sector_digits()
    if len(digits) == 1 or (lost_zero and digits[0] != "0"):
        raise Refusal("sector_ambiguous")
    if digits not in _sector_digits():
        raise Refusal("sector_unknown")
    return _sector_digits()[digits]


def _sector_by_name(text: str) -> str:
    """Of a sector and its parts of one name the whole, unless the part is all there is of it."""
    found = _sector_names().get(_name(text), ())
    if not found:
        raise Refusal("sector_unknown")
    whole, part = min(found, key=len), max(found, key=len)
    if any(whole not in sector_parents(code) for code in found):
        raise Refusal("sector_ambiguous")
    alike = [code for code in _sectors() if code.startswith(whole) and len(code) == len(part)]
    return part if alike == [part] else whole


@lru_cache(maxsize=65_536)
def sector_parents(code: str) -> tuple[str, ...]:
    """The code and all above it, up to the section."""
    parent = _sectors()[code]["parent"]
    return (code, *sector_parents(parent)) if parent else (code,)


def sector_name(code: str, language: Language) -> str:
    """The name of a sector; in English the Chinese one where nobody has translated it."""
    row = _sectors()[code]
    return row[f"name_{language}"] or row["name_zh"]


def sector_level(code: str) -> Level:
    """Section, division, group or class."""
    level: Level = _sectors()[code]["level"]  # type: ignore[assignment]
    return level


@lru_cache(maxsize=65_536)
def high_carbon(code: str) -> HighCarbon:
    """Whether a sector is one of the listed high-carbon classes, holds only such, or some."""
    listed = {r["code"]: r["major_en"] for r in rows("high-carbon") if r["financed"] == "1"}
    classes = [c for c in _sectors() if c.startswith(code) and sector_level(c) == "class"]
    majors = {listed[c] for c in classes if c in listed}
    if not majors:
        return HighCarbon(None, "none")
    kind: Kind = "group" if set(classes) <= set(listed) else "partial"
    major = next(iter(majors)) if len(majors) == 1 else SEVERAL
    return HighCarbon(major, "exact" if sector_level(code) == "class" else kind)


def high_carbon_name(major: str, language: Language) -> str:
    """The name of one of the eight high-carbon industries."""
    names = {r["major_en"]: r["major_zh"] for r in rows("high-carbon")} | {SEVERAL: "多个行业"}
    return names[major] if language == "zh" else major


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
            names[_name(word)] = SPECIAL.get(iso3, iso3)
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
            names.setdefault(_name(name), set()).add(code)
    return {name: frozenset(of) for name, of in names.items()}


def _above(code: str) -> tuple[str, ...]:
    row = _regions().get(code)
    if row is not None:
        return (code, *_above(row["parent"])) if row["parent"] != "CN" else (code, "CN")
    higher = next(c for c in (code[:4] + "00", code[:2] + "0000") if c in _regions())
    return (code, *_above(higher))


@lru_cache(maxsize=65_536)
def region(text: str) -> str:
    """The canonical place: six digits for China and within, CN, or ISO alpha-3 of a country."""
    plain = _name(clean(text).removesuffix(".0"))
    if plain.isascii() and plain.isdigit() and len(plain) in (2, 4, 6):
        code = plain.ljust(6, "0")
        if code == NATIONAL_REGISTRY:
            return "CN"
        if code[:2] + "0000" not in _regions() or (len(plain) == 4 and code not in _regions()):
            raise Refusal("region_malformed")
        return code
    if plain in _country_names():
        return _country_names()[plain]
    found = _region_names().get(plain, frozenset())
    if not found:
        raise Refusal("region_malformed")
    for code in found:  # 吉林 is a province and a city in it: the province is right either way
        if all(code in region_parents(other) for other in found):
            return code
    raise Refusal("region_ambiguous")


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


@cache
def _currencies() -> dict[str, str]:
    names: dict[str, str] = {}
    for row in rows("iso4217"):
        for word in (row["alpha"], row["numeric"], row["name_zh"], *row["aliases"].split("|")):
            names[_name(word)] = row["alpha"]
    del names[""]
    return names


@lru_cache(maxsize=65_536)
def currency(text: str) -> str:
    """The ISO 4217 code: CNY for CNY, RMB, 人民币 or 156."""
    found = _currencies().get(_name(text))
    if found is None:
        raise Refusal("currency_unknown")
    return found


@lru_cache(maxsize=65_536)
def credit_code_problem(text: str) -> str | None:
    """What is wrong with a 统一社会信用代码 (GB 32100-2015); nothing is None."""
    code = clean(text).upper()
    if not re.fullmatch(f"[{USCC}]{{2}}[0-9]{{6}}[{USCC}]{{10}}", code):
        return "credit_code_malformed"
    total = sum(USCC.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    return None if USCC[-total % 31] == code[17] else "credit_code_check_digit"


@lru_cache(maxsize=65_536)
def region_of_credit_code(text: str) -> str | None:
    """Where the holder is registered; none for the national registry and for a wrong code."""
    place = clean(text)[2:8]
    known = credit_code_problem(text) is None and place[:2] + "0000" in _regions()
    return place if known else None


@lru_cache(maxsize=65_536)
def lei_problem(text: str) -> str | None:
    """What is wrong with an LEI (ISO 17442, check digits of ISO 7064 mod 97-10)."""
    code = clean(text).upper()
    if not re.fullmatch("[0-9A-Z]{18}[0-9]{2}", code):
        return "lei_malformed"
    number = int("".join(str(LETTERS.index(c)) for c in code))
    return None if number % 97 == 1 else "lei_check_digit"


@lru_cache(maxsize=65_536)
def isin_problem(text: str) -> str | None:
    """What is wrong with an ISIN (ISO 6166, check digit by Luhn over the letters as numbers)."""
    code = clean(text).upper()
    if not re.fullmatch("[A-Z]{2}[0-9A-Z]{9}[0-9]", code):
        return "isin_malformed"
    digits = [int(d) for c in code for d in str(LETTERS.index(c))][::-1]
    doubled = sum(sum(divmod(2 * d, 10)) for d in digits[1::2])
    return None if (sum(digits[::2]) + doubled) % 10 == 0 else "isin_check_digit"


@lru_cache(maxsize=65_536)
def destroyed(text: str) -> bool:
    """Whether a spreadsheet has turned the code into a number and lost digits: 9.15E+17."""
    plain = clean(text)
    if re.fullmatch(r"[0-9](?:\.[0-9]+[eE]\+?|\.?[eE]\+)[0-9]{1,2}", plain):
        return True
    rounded = re.fullmatch(r"[0-9]{15}000(?:\.0+)?", plain) is not None
    return rounded and credit_code_problem(plain[:18]) is not None
