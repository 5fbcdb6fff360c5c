"""Sectors by GB/T 4754-2017, with their section letter: C3011."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Literal

from carbonledger.codes.names import compared
from carbonledger.issues import Language, Refusal
from carbonledger.registers import rows
from carbonledger.units import clean

Level = Literal["section", "division", "group", "class"]


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
        for name in filter(None, {compared(row["name_zh"]), compared(row["name_en"])}):
            names[name] = (*names.get(name, ()), code)
    return names


@lru_cache(maxsize=65_536)
def sector(text: str, length: int | None = None) -> str:
    """The canonical sector: C3011 for C3011, 3011, c 3011, 水泥制造 or 3011 水泥制造.

    ``length`` is the number of digits that the column declares: only then may a zero be put back.
    """
    plain = clean(text).upper()
    found = re.fullmatch(r"([A-T]?)\s*([0-9]*)(?:\.0)?(.*)", plain, re.DOTALL)
    letter, digits, rest = found.groups() if found else ("", "", plain)
    if not rest and (letter or digits):
        return _sector_code(letter, digits, length)
    if digits or (letter and not re.match("[A-Z]", rest)):
        return _sector_with_name(letter, digits, compared(rest))
    return _sector_by_name(plain)


def _sector_code(letter: str, digits: str, length: int | None) -> str:
    if letter:
        if letter + digits in _sectors():
            return letter + digits
        raise Refusal("sector_unknown")
    if length is not None:
        if len(digits) not in (length, length - 1):
            raise Refusal("sector_not_of_length", length=str(length))
        digits = digits.zfill(length)
    readings = _readings(digits) if length is None else _readings(digits)[:1]
    if len(readings) > 1 or (length is None and readings and readings[0][1:] != digits):
        raise Refusal("sector_ambiguous", readings=told(readings))
    if not readings or readings[0][1:] != digits:
        raise Refusal("sector_unknown")
    return readings[0]


def _readings(digits: str) -> list[str]:
    """What bare digits can mean: the code they are, and the one that they are without its zero."""
    known = _sector_digits()
    zero = ["0" + digits] if len(digits) < 4 and not digits.startswith("0") else []
    return [known[d] for d in [digits, *zero] if d in known]


def _sector_with_name(letter: str, digits: str, name: str) -> str:
    """A code with its name: of two readings of the code the one that the name confirms."""
    readings = [letter + digits] if letter else _readings(digits)
    named = [code for code in readings if code in _sector_names().get(name, ())]
    if len(named) != 1:
        raise Refusal("sector_unknown")
    return named[0]


def told(codes: Iterable[str]) -> str:
    """Sectors with their names, as a message lists them."""
    return " / ".join(f"{code} {_sectors()[code]['name_zh']}" for code in codes)


def _sector_by_name(text: str) -> str:
    """Of a sector and its parts of one name the whole, unless the part is all there is of it."""
    found = _sector_names().get(compared(text), ())
    if not found:
        raise Refusal("sector_unknown")
    whole, part = min(found, key=len), max(found, key=len)
    if any(whole not in sector_parents(code) for code in found):
        raise Refusal("sector_ambiguous", readings=told(found))
    alike = [code for code in _sectors() if code.startswith(whole) and len(code) == len(part)]
    return part if alike == [part] else whole


def sector_codes() -> Iterable[str]:
    """Every code of the standard, in its order."""
    return _sectors()


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
