"""Values that cannot be: a decimal point or a unit that went wrong, found by kind."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from carbonledger.factors.columns import Columns
from carbonledger.factors.lookup import Factors
from carbonledger.factors.sets import FactorRow, ratio, unit_of
from carbonledger.issues import Issue, Refusal
from carbonledger.registers import rows as register


class Bounds(NamedTuple):
    """What is plausible for a kind over one dimension, as printed and in canonical units."""

    low: str
    high: str
    unit: str
    canonical_low: float
    canonical_high: float


@cache
def _bounds() -> dict[tuple[str, str], Bounds]:
    found = {}
    for row in register("factor-bounds"):
        measured = unit_of(row["kind"], row["unit"])
        ends = [float(Fraction(row[end]) * measured.multiplier) for end in ("low", "high")]
        key = (row["kind"], _per(row["kind"], row["unit"]))
        found[key] = Bounds(row["low"], row["high"], row["unit"], *ends)
    return found


@cache
def _per(kind: str, unit: str) -> str:
    """What a unit is counted over: loads of persons and of tonnes are different things."""
    try:
        measured = ratio(unit)
    except Refusal:
        return unit
    return f"{measured.over}/{measured.under}"


def bounds_of(kind: str, unit: str) -> Bounds | None:
    """What is plausible for values of a kind in a unit; None where nobody has said."""
    return _bounds().get((kind, _per(kind, unit)))


def out_of_bounds(factors: Factors) -> list[Issue]:
    """A warning for each value outside what is plausible for its kind."""
    return [issue for start, part in zip(factors.rows.starts, factors.rows.parts, strict=False)
            for issue in _outside(factors, part.columns, part.at, start)]  # fmt: skip


def _outside(factors: Factors, columns: Columns, at: list[int], start: int) -> Iterator[Issue]:
    kind = columns.set.kind
    listed = [b for (k, _), b in _bounds().items() if k == kind]
    if not listed:
        return
    low = max(b.canonical_low for b in listed)
    high = min(b.canonical_high for b in listed)
    for index, n in enumerate(at, start):
        if low <= columns.canonical[n] <= high:
            continue  # inside whatever its unit is: the row need not be made
        issue = outside(factors.rows[index])
        if issue is not None:
            yield issue


def outside(row: FactorRow) -> Issue | None:
    """What is wrong with a value that its kind does not have; None where it is plausible."""
    bounds = bounds_of(row.kind, row.unit)
    if bounds is None or bounds.canonical_low <= row.canonical <= bounds.canonical_high:
        return None
    details = (("high", bounds.high), ("low", bounds.low), ("unit", bounds.unit))
    return Issue("factor_out_of_bounds", row.place, f"{row.value} {row.unit}", details)
