"""Whether a text that reads as GB18030 smells of Big5, whose bytes GB18030 takes without error.

Read rightly, nearly all Chinese characters of a book are among the commonest of their encoding;
read wrongly, they scatter over rare ones. Both must speak for Big5 before a word is said.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

SAMPLE_BYTES = 1 << 20
LEAST = 30
"""Fewer characters have no frequency."""
MOST_COMMON_GB, LEAST_COMMON_BIG5 = 0.6, 0.9
"""Of a genuine GB18030 book more than nine tenths are common, of Big5 read so less than half."""


def smells_of_big5(path: Path) -> bool:
    """Whether the characters of the file are common in Big5 and not in GB18030."""
    with path.open("rb") as file:
        data = file.read(SAMPLE_BYTES)
    data = data[: data.rfind(b"\n") + 1] or data
    try:
        big5, gb = data.decode("big5"), data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    chinese = [c for c in big5 if c >= "\x80"]
    if len(chinese) < LEAST:
        return False
    return (
        _share(big5, _common("big5", 0xA4, 0xC6)) >= LEAST_COMMON_BIG5
        and _share(gb, _common("gb2312", 0xB0, 0xD7)) <= MOST_COMMON_GB
    )


def _share(text: str, common: frozenset[str]) -> float:
    characters = [c for c in text if c >= "\x80"]
    return sum(c in common for c in characters) / max(len(characters), 1)


@cache
def _common(encoding: str, first: int, last: int) -> frozenset[str]:
    """The characters of the first level of an encoding, and its punctuation."""
    pairs = (bytes((lead, trail)) for lead in (*range(0xA1, 0xA4), *range(first, last + 1))
             for trail in range(0x40, 0xFF))  # fmt: skip
    return frozenset(p.decode(encoding, "ignore") for p in pairs) - {""}
