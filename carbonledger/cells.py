"""A cell of a form: an exact value, how it is printed, and how it follows from entries."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from carbonledger.units import ratio

MISSING = "–"
"""What a figure that does not exist prints as; never 0."""

MINUS = "−"

Value = int | Fraction | str | None


class Print(NamedTuple):
    """How an exact number is printed: what one of it is, units to a printed one, decimals."""

    unit: str
    scale: int = 1
    places: int = 0
    percent: bool = False
    signed: bool = False


def printed(value: int | Fraction, how: Print) -> str:
    """The number as read by people: rounded half away from zero, here and nowhere before."""
    exact = Fraction(value) * (100 if how.percent else 1) / how.scale
    text = ratio(exact.numerator, exact.denominator, how.places)
    plus = "+" if how.signed and exact > 0 else ""
    return plus + text.replace("-", MINUS) + ("%" if how.percent else "")


Criterion = int | str | tuple[str, ...]
"""What a column of entries must equal: a number, a text with ``*`` for the rest, any of several."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a column of entries over some of its rows; without a column, their count."""

    sheet: str
    column: str = ""
    where: tuple[tuple[str, Criterion], ...] = ()
    unless: tuple[tuple[str, Criterion], ...] = ()


Term = Sum | str
"""A part of a formula: a sum of entries, or the cell that has a key."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """One thing over another."""

    part: Term
    whole: Term


@dataclass(frozen=True, slots=True)
class Change:
    """Now over before, less one."""

    now: Term
    before: Term


@dataclass(frozen=True, slots=True)
class Difference:
    """Now less before."""

    now: Term
    before: Term


Formula = Sum | Ratio | Change | Difference


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure or word: its exact value, print and key, how entries make it, why it is absent."""

    value: Value
    text: str
    how: Print | None = None
    key: str | None = None
    formula: Formula | None = None
    missing: str = ""


def words(text: str, key: str | None = None) -> Cell:
    """A cell of text."""
    return Cell(text, text, key=key)


def figure(
    value: int | Fraction | None,
    how: Print,
    key: str | None = None,
    formula: Formula | None = None,
    missing: str = "",
) -> Cell:
    """A cell with a number, or with the reason why there is none."""
    if value is None:
        return Cell(None, MISSING, how, key, None, missing)
    return Cell(value, printed(value, how), how, key, formula)
