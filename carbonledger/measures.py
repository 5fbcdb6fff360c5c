"""What the name of a unit means: 万元, USD million, 万kWh, 10^4 m3, as exact multiples.

Names are taken apart into a power of ten, a word for one, a currency or a unit of the register;
a name with anything else in it is no unit.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

from carbonledger.issues import Refusal
from carbonledger.registers import rows

FEN = 100
"""Minor units in one unit of money."""
GRAMS = 1_000_000
"""Grams in one tonne."""

INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
SUPERSCRIPT = re.compile("(?<=[0-9０-９])(?=[⁰¹²³⁴⁵⁶⁷⁸⁹])(?<![⁰¹²³⁴⁵⁶⁷⁸⁹])")
UNIT_WORD = re.compile(r"^(?:(?:计量|金额|货币)?单位|units?(?![a-z])|in\s)\s*:?\s*", re.IGNORECASE)

FORCED_TEXT = re.compile(r'="([^"]*)"')
"""How exports keep a spreadsheet from taking a code for a number."""

TENS = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
CHINESE = TENS | {a + b: TENS[a] * TENS[b] for a in "十百千" for b in "万亿"} | {"万亿": 10**12}
ENGLISH = {"thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
SHORT = {"mn": 10**6, "mln": 10**6, "mio": 10**6, "bn": 10**9}
LETTER = {"k": 1000, "m": 10**6, "000": 1000}
POWER = r"10\^(?:1[0-2]|[1-9])(?![0-9])|1[0,]{0,15}0"


class Unit(NamedTuple):
    """What a unit measures, and how many canonical units one of it is."""

    dimension: str
    multiplier: Fraction


class MoneyUnit(NamedTuple):
    """How many units of money one of it is, the currency if it names one, and if it has a noun."""

    multiplier: int
    currency: str | None
    noun: bool


@lru_cache(maxsize=65_536)
def clean(text: str) -> str:
    """The text in half width, without what export programs hide in it; 10⁴ becomes 10^4."""
    plain = unicodedata.normalize("NFKC", SUPERSCRIPT.sub("^", text))
    plain = plain.translate(INVISIBLE).replace("−", "-").strip().removeprefix("'").strip()
    quoted = FORCED_TEXT.fullmatch(plain)
    return quoted.group(1).strip() if quoted else plain


@lru_cache(maxsize=65_536)
def bare_unit(text: str) -> str:
    """The unit without the words 单位: or unit: before it."""
    return UNIT_WORD.sub("", text.strip())


@cache
def _money_words() -> dict[str, tuple[str, str]]:
    """Currency code and kind of every name; a name in -币 alone says no unit, as in 人民币万元."""
    words = {"元": ("", "noun")}
    for row in rows("iso4217"):
        for name in (row["alpha"], row["name_zh"], *row["aliases"].split("|")):
            kind = "name" if name.endswith("币") else "noun"
            words[name.lower().replace(" ", "")] = (row["alpha"], kind)
    return words


@cache
def _money_token() -> re.Pattern[str]:
    words = [*_money_words(), *CHINESE, *ENGLISH, *(w + "s" for w in ENGLISH), *SHORT, *LETTER]
    longest_first = sorted(filter(None, words), key=lambda word: (-len(word), word))
    return re.compile("|".join([POWER, *map(re.escape, longest_first)]))


@lru_cache(maxsize=65_536)
def find_money(text: str) -> MoneyUnit | None:
    """The unit of money the text is made of, whole or in part; None if anything else is in it."""
    plain = re.sub(r"\s+|'|[,:](?![0-9])|\bof\b", "", bare_unit(clean(text)).lower())
    currencies, kinds, multiplier, end = set[str](), list[str](), 1, 0
    while end < len(plain):
        token = _money_token().match(plain, end)
        if not token:
            return None
        end, word = token.end(), token.group()
        currency, kind = _money_words().get(word, ("", ""))
        currencies.add(currency)
        kinds.append(kind or _kind(word))
        multiplier *= 1 if kind else _multiple(word)
    currencies.discard("")
    if not kinds or len(currencies) > 1 or kinds.count("word") > 1 or kinds.count("power") > 1:
        return None
    return MoneyUnit(multiplier, next(iter(currencies), None), "noun" in kinds)


def _kind(word: str) -> str:
    return "power" if word[0] == "1" else "word"


def _multiple(word: str) -> int:
    if word.startswith("10^"):
        return int(10 ** int(word[3:]))
    if word[0] == "1":
        return int(word.replace(",", ""))
    known: dict[str, int] = CHINESE | ENGLISH | SHORT | LETTER
    return known.get(word) or known[word.removesuffix("s")]


def whole_money(text: str) -> MoneyUnit | None:
    """The unit of money the text states; 人民币, k or 10,000 alone state none."""
    money = find_money(text)
    if money is None or money.noun:
        return money
    word = re.sub(r"[\s0-9,^]", "", bare_unit(clean(text)).lower())
    strong = word.removesuffix("s") in CHINESE | ENGLISH | SHORT or money.currency is not None
    return money if strong and money.multiplier > 1 else None


@lru_cache(maxsize=65_536)
def money_scale(unit_text: str) -> int:
    """Minor units in one unit: 万元 is 1,000,000 fen."""
    money = whole_money(unit_text)
    if money is None:
        raise Refusal("unit_unknown")
    return money.multiplier * FEN


@lru_cache(maxsize=65_536)
def unit_currency(unit_text: str) -> str | None:
    """The currency a unit of money names: USD for 万美元, none for 万元."""
    money = find_money(unit_text)
    return money.currency if money else None


@cache
def _quantity_units() -> dict[str, Unit]:
    """Units by name; by the name in small letters too, where that means one thing only."""
    units: dict[str, Unit] = {}
    small: dict[str, set[Unit]] = {}
    for row in rows("quantity-units"):
        unit = Unit(row["dimension"], Fraction(row["multiplier"]))
        for name in (row["unit"], *filter(None, row["aliases"].split("|"))):
            units[name] = unit
            small.setdefault(name.lower(), set()).add(unit)
    loose = {name: next(iter(of)) for name, of in small.items() if len(of) == 1}
    case_matters = ("mt", "gt", "m", "g")
    return {name: unit for name, unit in loose.items() if name not in case_matters} | units


@cache
def _multiples() -> re.Pattern[str]:
    words = sorted([*CHINESE, *ENGLISH], key=len, reverse=True)
    return re.compile(rf"({POWER})?({'|'.join(words)})?")


@lru_cache(maxsize=65_536)
def find_quantity(text: str) -> Unit | None:
    """The unit of a quantity the text states, if it states one."""
    plain = re.sub(r"\s+|[·•⋅]", "", bare_unit(clean(text)))
    plain = re.sub(r"(?<!10)\^([23])", r"\1", plain)
    units, prefix = _quantity_units(), _multiples().match(plain)
    for power, word in ((None, None), prefix.groups() if prefix else (None, None)):
        name = plain[len(power or "") + len(word or "") :]
        unit = units.get(name) or units.get(name.lower())
        if unit:
            scale = (_multiple(power) if power else 1) * (_multiple(word) if word else 1)
            return Unit(unit.dimension, unit.multiplier * scale)
    return None


@lru_cache(maxsize=65_536)
def quantity_unit(text: str) -> Unit:
    """What the unit measures and its canonical multiple: 万kWh is 36,000 MJ of energy."""
    unit = find_quantity(text)
    if unit is None:
        raise Refusal("quantity_unit_unknown")
    return unit


@lru_cache(maxsize=65_536)
def grams_scale(unit_text: str) -> int:
    """Grams in one unit of emissions; in such a column 吨 and tCO2e are the same."""
    unit = quantity_unit(unit_text)
    grams = unit.multiplier * {"emissions": 1, "mass": GRAMS}.get(unit.dimension, 0)
    if grams < 1 or grams.denominator > 1:
        raise Refusal("quantity_unit_unknown")
    return int(grams)
