"""Identifiers of companies and securities, and their check digits."""

from __future__ import annotations

import re
from functools import lru_cache

from carbonledger.codes.regions import is_province
from carbonledger.units import clean

USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The alphabet of GB 32100-2015: no I, O, S, V, Z."""
WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
"""Of the eight places of an organisation code."""
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


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
    known = credit_code_problem(text) is None and is_province(place)
    return place if known else None


@lru_cache(maxsize=65_536)
def organisation_code_problem(text: str) -> str | None:
    """What is wrong with an organisation code (组织机构代码, GB 11714-1997), as 06948006-5."""
    code = clean(text).upper().replace("-", "")
    if not re.fullmatch("[0-9A-Z]{8}[0-9X]", code):
        return "organisation_code_malformed"
    total = sum(w * LETTERS.index(c) for w, c in zip(WEIGHTS, code, strict=False))
    return None if "0X987654321"[total % 11] == code[8] else "organisation_code_check_digit"


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
