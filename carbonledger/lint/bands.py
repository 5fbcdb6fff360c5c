"""Two figures that stand together imply a third that nature or the market bounds.

Tonnes per tonne of standard coal, per kWh or per loan, yuan per allowance, hours a year: a slip of
a unit that no sum shows stands out here. ``lint-bands.csv`` holds the bands with their sources;
where those are factor sets of ours it names the sets and the least and greatest value there.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from carbonledger.issues import Issue
from carbonledger.lint.table import Figure, Table
from carbonledger.lint.words import says
from carbonledger.registers import rows


def bands(tables: tuple[Table, ...]) -> Iterator[Issue]:
    """The implied values outside of their band."""
    for table in tables:
        for line in table.lines():
            for band in rows("lint-bands"):
                yield from _band(band, line)


def _band(band: dict[str, str], line: list[Figure]) -> Iterator[Issue]:
    wholes = [f for f in line if is_a(band["whole"], f)]
    parts = [f for f in line if is_a(band["part"], f)]
    for whole in wholes:
        same = [p for p in parts if p.period == whole.period]
        if len(same) != 1 or sum(w.period == whole.period for w in wholes) != 1 or not whole.value:
            continue
        value = same[0].value / whole.value * SCALE[band["name"]]
        if not Fraction(band["low"]) <= value <= Fraction(band["high"]):
            yield same[0].issue(
                "lint_band", ratio=f"{float(value):.4g}", unit=band["unit"], low=band["low"],
                high=band["high"], source=band["source"], source_zh=band["source_zh"],
            )  # fmt: skip


SCALE = {
    "saved_coal": Fraction(293076, 10),
    "saved_output": Fraction(3600),
    "grid": Fraction(3600),
    "hours": Fraction(10, 36),
    "price": Fraction(1),
    "loan_benefit": Fraction(10_000),
    "financed": Fraction(10_000),
}
"""From tonnes, megajoules, yuan and kilowatts to the unit of the band."""


def is_a(name: str, figure: Figure) -> bool:
    """Whether label and unit together say that the figure is such a quantity."""
    if not figure.additive:
        return False
    mass, energy = figure.dimension == "mass", figure.dimension == "energy"
    coal = energy and ("ce" in figure.unit.lower() or "煤" in figure.unit)
    kinds = {
        "avoided": mass and figure.avoided,
        "emitted": mass and says("emitted", figure.label) and not figure.avoided,
        "scope2": mass and says("scope2", figure.label) and not says("scope1", figure.label),
        "coal_saved": coal and says("coal_saved", figure.label),
        "electricity": energy and not coal and says("electricity", figure.label),
        "output": energy and not coal and says("output", figure.label),
        "capacity": figure.dimension == "power" and says("capacity", figure.label),
        "allowance": mass and says("allowance", figure.label),
        "allowance_value": figure.dimension == "money" and says("worth", figure.label),
        "loans": figure.dimension == "money" and says("loans", figure.label),
    }
    return kinds[name]


RULE = bands
