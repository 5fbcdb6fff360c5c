"""Portfolio metrics beside the ledgers: TCFD on two bases, and adjustment to changed values.

Each names its basis and the value it covers; footprints and intensities are over the covered
positions alone, so weights are renormalised to these, which every output says.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from carbonledger import codes
from carbonledger.footprint import Footprint
from carbonledger.ledger import Ledger

BASES = ("market_cap", "evic")


def ratio(part: int, whole: int) -> Fraction | None:
    """An exact ratio, or None over nothing."""
    return Fraction(part, whole) if whole > 0 else None


def covered(found: Footprint) -> Fraction | None:
    """The value that has emissions and the basis, over all that is not excluded."""
    return ratio(found.value, found.book)


def carbon_footprint(found: Footprint) -> Fraction | None:
    """Owned grams over the value of the same positions."""
    return ratio(found.grams, found.value)


def carbon_intensity(found: Footprint) -> Fraction | None:
    """Owned grams over owned revenue, where the company has revenue."""
    return ratio(found.revenue_grams, found.revenue)


class Exposure(NamedTuple):
    """Money in carbon-related assets; what only partly matches, or has no sector, stands apart."""

    related: int
    partly: int
    unknown: int
    portfolio: int

    @property
    def share(self) -> Fraction | None:
        """Carbon-related money over the portfolio."""
        return ratio(self.related, self.portfolio)


def exposure(ledger: Ledger) -> Exposure:
    """Exposure to carbon-related assets by the sectors of a ledger, whatever became of its rows."""
    sums = dict.fromkeys(("exact", "group", "partial", "none", ""), 0)
    for code, total in ledger.by.get("sector", {}).items():
        sums[codes.carbon_related(code) if code else ""] += total.book
    return Exposure(sums["exact"] + sums["group"], sums["partial"], sums[""], ledger.whole.book)


class Adjustment(NamedTuple):
    """An intensity beside itself at base-year enterprise values (PCAF Part A, Box 5.1-3)."""

    factor: Fraction
    """Sum of weight x base-year value / value, over the current portfolio."""
    now: Fraction
    base: Fraction | None
    """The base year's own intensity, where its run is sealed."""
    covered: Fraction | None

    @property
    def adjusted_now(self) -> Fraction:
        """The current intensity at base-year values."""
        return self.now / self.factor

    @property
    def adjusted_base(self) -> Fraction | None:
        """The base year's intensity at current values."""
        return None if self.base is None else self.base * self.factor


def adjustment(found: Mapping[str, Footprint], base: Footprint | None) -> Adjustment | None:
    """The adjustment of the footprint by EVIC, where companies have the value of both years."""
    now = found.get("evic", Footprint())
    factor, intensity = ratio(now.based_adjusted, now.based_value), ratio(
        now.based_grams, now.based_value)  # fmt: skip
    if not factor or intensity is None:
        return None
    return Adjustment(factor, intensity, None if base is None else carbon_footprint(base),
                      ratio(now.based_value, now.book))  # fmt: skip
