"""Numbers and units as people write them: into whole fen, whole grams, exact multiples; and back.

Everything here is a pure function of one text; no float stands between a cell and fen or grams.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache

from carbonledger.issues import Refusal
from carbonledger.measures import FEN as FEN
from carbonledger.measures import GRAMS as GRAMS
from carbonledger.measures import Unit as Unit
from carbonledger.measures import bare_unit, find_money, find_quantity, whole_money
from carbonledger.measures import clean as clean
from carbonledger.measures import grams_scale as grams_scale
from carbonledger.measures import money_scale as money_scale
from carbonledger.measures import quantity_unit as quantity_unit
from carbonledger.measures import unit_currency as unit_currency

LARGEST = 2**62
"""Beyond this no amount is stored: half of what an int64 holds."""
LONGEST_NUMBER = 40
LONGEST_UNIT = 400
"""Characters of a header or cell beyond which no unit is looked for: none is that long, and the
search takes the square of the length."""
LONGEST_NAME = 64
"""Characters of the longest name of a unit, the name of its money and all."""
EXACT = Context(prec=200)
WHOLE = Fraction(1)

SAYS_NOTHING = re.compile(
    r"|-{1,3}|[—–]{1,2}|/{1,2}|\\|#?n/a|#value!|#div/0!|#ref!|#name[?]|#num!|#null!|#spill!|#calc!"
    r"|nan|null|none|<na>|无|空|暂无"
)
NUMBER = re.compile(
    r"[+-]?(?=\.?[0-9])(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?"
)
ACCOUNTING = re.compile(r"\(([0-9.,]+)\)|([0-9.,]+)-")
"""Negative amounts as accountants and some core systems write them: (5.00) and 5.00-."""
ROUNDED = re.compile(r"[+-]?[0-9](?:\.([0-9]+))?E\+([0-9]{2,})")
"""A number as a spreadsheet shows one that is too wide for its cell: 1.23457E+11."""
CELL = re.compile(r"([^0-9.+-]*)([+-]?[0-9.][0-9.,]*(?:[eE][+-]?[0-9]+)?)\s*([^0-9\s].*)?")
BRACKET = re.compile(r"[(\[〔【{]([^()\[\]〔〕【】{}]*)[)\]〕】}]")
SEPARATOR = re.compile(r"\s*(?:[,、/;:_-]|(?:计量|金额|货币)?单位:?)\s*|\s+")


@lru_cache(maxsize=65_536)
def is_empty(text: str, *, number: bool = False) -> bool:
    """Whether the cell says that nothing is known; NA says so only where a number belongs."""
    plain = clean(text).lower()
    return SAYS_NOTHING.fullmatch(plain) is not None or (number and plain == "na")


@lru_cache(maxsize=65_536)
def decimal(text: str) -> Decimal:
    """The number in the cell, exactly; what could be read in two ways is refused."""
    plain = clean(text)
    negative = ACCOUNTING.fullmatch(plain)
    if negative:
        plain = f"-{negative.group(1) or negative.group(2)}"
    shown = ROUNDED.fullmatch(plain)
    if shown and len(shown.group(1) or "") < int(shown.group(2)[:4]):
        raise Refusal("number_rounded")
    if sum(map(str.isdigit, plain)) > LONGEST_NUMBER or not NUMBER.fullmatch(plain):
        raise Refusal("number_unreadable")
    return Decimal(plain.replace(",", ""))


@lru_cache(maxsize=65_536)
def cell_unit(text: str) -> tuple[str, str | None]:
    """The number and the unit of a cell that carries its own, such as 1,234.56万元."""
    plain = clean(text)
    found = CELL.fullmatch(plain) if len(plain) <= LONGEST_UNIT else None
    if not found:
        return plain, None
    before, number, after = (part or "" for part in found.groups())
    unit = f"{before.strip()} {after}".strip()
    return (number, unit) if _is_unit(unit) else (plain, None)


@lru_cache(maxsize=65_536)
def header_unit(header: str) -> tuple[str, str | None]:
    """The header without its unit, and the unit; a bracket that is no unit stays in the name."""
    plain = clean(header)
    if len(plain) > LONGEST_UNIT:
        return plain, None
    groups = [found for found in BRACKET.finditer(plain) if _says_unit(found.group(1))]
    unit = " ".join(bare_unit(found.group(1)) for found in groups)
    if _is_unit(unit):
        for found in reversed(groups):
            plain = plain[: found.start()] + plain[found.end() :]
        return plain.strip(), unit
    for found in SEPARATOR.finditer(plain):
        name, unit = plain[: found.start()].strip(), bare_unit(plain[found.end() :])
        if name and _closes(found.group(), unit):
            rate = _is_unit(name) or header_unit(name)[1]
            return (plain, None) if rate else (name, unit)
    return plain, None


def _is_unit(text: str) -> bool:
    return whole_money(text) is not None or find_quantity(text) is not None


def _says_unit(text: str) -> bool:
    """A unit, or a currency that a second bracket completes."""
    return _is_unit(bare_unit(text)) or find_money(bare_unit(text)) is not None


def _closes(separator: str, unit: str) -> bool:
    """Whether the end of a header is a unit: the weaker the separator, the plainer it must be."""
    if len(unit) > LONGEST_NAME:
        return False
    money, quantity = find_money(unit), find_quantity(unit)
    chinese = bool(re.search("[一-鿿]", unit))
    if separator.strip() in ("-", "_"):
        return chinese and (bool(money and money.noun) or quantity is not None)
    if money is not None:
        return money.noun
    if quantity is None or separator.strip():
        return quantity is not None
    return quantity.dimension not in ("count", "share") and (chinese or len(unit) > 1)


@lru_cache(maxsize=65_536)
def minor(text: str, scale: int, *, currency: str = "CNY") -> int:
    """Whole fen of an amount, half to even; a unit in the cell goes before that of the column."""
    number, unit = cell_unit(text)
    if unit is not None:
        stated = unit_currency(unit)
        if stated not in (None, currency):
            raise Refusal("currency_in_cell", currency=str(stated), expected=currency)
        if scale != FEN and money_scale(unit) == FEN and "元" not in unit:
            raise Refusal("cell_unit_unclear")  # ¥5 in a column of 万元 may be either
        scale = money_scale(unit)
    return _rounded(decimal(number), scale)


@lru_cache(maxsize=65_536)
def grams(text: str, scale: int = GRAMS) -> int:
    """Whole grams of emissions in tonnes, or in the unit that the scale or the cell states."""
    number, unit = cell_unit(text)
    return _rounded(decimal(number), scale if unit is None else grams_scale(unit))


def _rounded(value: Decimal, scale: int) -> int:
    product = EXACT.multiply(value, Decimal(scale))
    whole = int(product.to_integral_value(rounding=ROUND_HALF_EVEN, context=EXACT))
    if abs(whole) >= LARGEST:
        raise Refusal("number_too_large")
    return whole


@lru_cache(maxsize=65_536)
def share(text: str, scale: Fraction = WHOLE) -> float:
    """A share between 0 and 1; the scale is 1/100 where the header says %."""
    number, unit = cell_unit(text)
    value = Fraction(decimal(number)) * (quantity_unit(unit).multiplier if unit else scale)
    if not 0 <= value <= 1 or (unit and quantity_unit(unit).dimension != "share"):
        raise Refusal("share_out_of_range")
    return float(value)


def tonnes(grams: int, places: int) -> str:
    """Grams as tonnes for print."""
    return ratio(grams, GRAMS, places)


def money(fen: int, per: int, places: int) -> str:
    """Fen for print, in units of so many fen: 1,000,000 for 万元."""
    return ratio(fen, per, places)


def ratio(numerator: int, denominator: int, places: int) -> str:
    """A ratio of integers for print: exact, half away from zero, thousands apart."""
    negative = (numerator < 0) != (denominator < 0)
    above, below = abs(numerator) * 10**places, abs(denominator)
    whole, rest = divmod((2 * above + below) // (2 * below), 10**places)
    sign = "-" if negative and (whole or rest) else ""
    return f"{sign}{whole:,}" + (f".{rest:0{places}d}" if places else "")
