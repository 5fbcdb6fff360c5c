"""The pinyin initials of Chinese words, as core systems name columns by them: 贷款余额, DKYE."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

FIRST = "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"
"""The first character of each initial in GB 2312, level 1 of which is in the order of pinyin."""
LETTERS = "ABCDEFGHJKLMNOPQRSTWXYZ"
_BOUNDS = [c.encode("gb2312") for c in FIRST]
_LAST = "座".encode("gb2312")
_BANK = re.compile(r"行(?=业|号)|(?<=银|办|分|支|总)行")
"""Where 行 is read hang; GB 2312 orders it under xing."""


@lru_cache(maxsize=16_384)
def initials(text: str) -> str:
    """The initials of the words; empty where a character has none in level 1 of GB 2312."""
    found = []
    for char in _BANK.sub("航", text):
        try:
            code = char.encode("gb2312")
        except UnicodeEncodeError:
            return ""
        if not _BOUNDS[0] <= code <= _LAST:
            return ""
        found.append(LETTERS[bisect_right(_BOUNDS, code) - 1])
    return "".join(found)
