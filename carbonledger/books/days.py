"""Days as people write them: ISO, Chinese, eight digits, serial numbers of spreadsheets, ROC years.

What could be two days is refused: 2024111, 5/3/2024, and a year of the Republic (113 = 2024)
unless the column proves that it counts so.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from carbonledger.issues import Refusal
from carbonledger.units import clean

SINCE_1900, SINCE_1904, REPUBLIC = 0, 1904, 1911
"""How a column counts: spreadsheet serials from 1900 or 1904, or years of the Republic of China."""
EPOCHS = {SINCE_1900: date(1899, 12, 30), SINCE_1904: date(1904, 1, 1)}
"""Day 0 of each system; from March 1900 on, Excel's day that never was is past."""
SERIALS = range(20_000, 80_000)
"""Serials from 1954 to 2119; other numbers of five digits are no days of a loan."""

_TIME = r"(?:[ T]*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}")
_CHINESE = re.compile(rf"([0-9]{{4}}) ?年 ?([0-9]{{1,2}}) ?月 ?([0-9]{{1,2}}) ?[日号]{_TIME}")
_DIGITS = re.compile(rf"([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})(?:\.0)?{_TIME}")
_SERIAL = re.compile(r"([0-9]{5})(?:\.[0-9]+)?")
_REPUBLIC = re.compile(
    r"(民国|民國)? ?([0-9]{2,3}) ?(?:年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?日"
    r"|([-/.])([0-9]{1,2})\5([0-9]{1,2})|([0-9]{2})([0-9]{2}))"
)
NAMES_REPUBLIC = re.compile("民国|民國")


@lru_cache(maxsize=65_536)
def day(text: str, counts: int = SINCE_1900) -> date:
    """The day a cell states; ``counts`` is how its column counts years or serials."""
    plain = clean(text)
    for pattern in (_YEAR_FIRST, _CHINESE, _DIGITS):
        found = pattern.fullmatch(plain)
        if found:
            return _made(*(int(part) for part in found.groups() if part and part.isdigit()))
    serial = _SERIAL.fullmatch(plain)
    if serial and counts in EPOCHS and int(serial.group(1)) in SERIALS:
        return EPOCHS[counts] + timedelta(days=int(serial.group(1)))
    republic = _REPUBLIC.fullmatch(plain)
    if republic:
        if counts != REPUBLIC and not republic.group(1):
            raise Refusal("date_ambiguous")
        year, month, of_month = (int(p) for p in republic.groups()[1:] if p and p.isdigit())
        return _made(year + REPUBLIC, month, of_month)
    raise Refusal("date_unreadable")


def _made(year: int, month: int, of_month: int) -> date:
    try:
        return date(year, month, of_month)
    except ValueError:
        raise Refusal("date_unreadable") from None
