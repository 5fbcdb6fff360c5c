"""Slips of the hand: two neighbouring digits swapped, the point some places off."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from carbonledger.lint.table import Figure, parsed


def swapped(figure: Figure, wanted: Fraction) -> bool:
    """Whether swapping two neighbouring digits of what is printed gives the wanted value."""
    number = parsed(figure.text)
    if not number or abs(figure.value - wanted) < figure.step:
        return False
    scale = figure.value / number
    text = figure.text.replace(",", "")
    digits = [i for i, c in enumerate(text) if c.isdigit()]
    for a, b in pairwise(digits):
        other = list(text)
        other[a], other[b] = other[b], other[a]
        value = parsed("".join(other))
        if value is not None and abs(value * scale - wanted) < figure.step / 2:
            return True
    return False


def power_of_ten(a: Fraction, b: Fraction) -> int:
    """The power of ten that lies between two values, 0 where none does."""
    if not a or not b or (a < 0) != (b < 0):
        return 0
    ratio = abs(a / b)
    powers = (*range(-12, 0), *range(1, 13))
    return next((p for p in powers if abs(ratio / ten(p) - 1) <= Fraction(1, 100)), 0)


def ten(power: int) -> Fraction:
    """An exact power of ten, below one too."""
    return Fraction(int(10**power)) if power >= 0 else Fraction(1, int(10**-power))
