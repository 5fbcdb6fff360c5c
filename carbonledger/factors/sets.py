"""What a factor set is: a table of values, each with the place a reader finds it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from carbonledger import units
from carbonledger.factors.naming import named, unit_named
from carbonledger.issues import Language, Place, Refusal
from carbonledger.method import Text
from carbonledger.words import names, word

PublishedBasis = Literal["stated", "first_known"]

CONFIDENCES = ("SEEN", "published", "DERIVED", "RECALLED", "UNCERTAIN", "DEMO")
_LONE = ("",)
SHAPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "revenue_intensity": ("emissions", ("money",)),
    "asset_intensity": ("emissions", ("money",)),
    "supply_chain_intensity": ("emissions", ("money",)),
    "cradle_to_gate_intensity": ("emissions", ("money",)),
    "io_sector_intensity": ("emissions", ("money",)),
    "asset_turnover": ("money", ("money",)),
    "energy_factor": ("emissions", ("mass", "volume", "energy", "emissions")),
    "production_factor": ("emissions", ()),
    "activity_factor": ("emissions", ()),
    "life_cycle_factor": ("emissions", ()),
    "cradle_to_gate_factor": ("emissions", ()),
    "waste_factor": ("emissions", ("mass",)),
    "grid_average": ("emissions", ("energy",)),
    "grid_baseline": ("emissions", ("energy",)),
    "co2_per_energy": ("emissions", ("energy",)),
    "energy_content": ("energy", ("mass", "volume", "energy")),
    "building_energy_intensity": ("energy", ("area",)),
    "building_energy_use": ("energy", ("count",)),
    "building_energy_factor": ("emissions", ("energy",)),
    "vehicle_energy_use": ("energy", ("distance",)),
    "vehicle_fuel_use": ("volume", ("distance",)),
    "vehicle_distance": ("distance", ("count",)),
    "carbon_price": ("money", ("emissions",)),
    "annual_emissions": ("emissions", _LONE),
    "floor_area": ("area", _LONE),
    "gdp": ("money", _LONE),
}
"""What the unit of a kind must measure, over what; nothing named means any quantity."""

EXAMPLES = {
    "revenue_intensity": "tCO2e/万元",
    "asset_intensity": "tCO2e/万元",
    "supply_chain_intensity": "kgCO2e/USD",
    "cradle_to_gate_intensity": "tCO2e/万元",
    "io_sector_intensity": "tCO2e/万元",
    "asset_turnover": "万元/万元",
    "energy_factor": "tCO2/t, tCO2/万m3, kgCO2/kWh",
    "production_factor": "tCO2e/t",
    "activity_factor": "kgCO2e/km",
    "life_cycle_factor": "kgCO2e/kWh",
    "cradle_to_gate_factor": "kgCO2e/t",
    "waste_factor": "tCO2/t",
    "grid_average": "gCO2e/kWh",
    "grid_baseline": "tCO2/MWh",
    "co2_per_energy": "tCO2/tce",
    "energy_content": "kgce/kg",
    "building_energy_intensity": "kgce/m2, kWh/m2",
    "building_energy_use": "kWh/套",
    "building_energy_factor": "kgCO2e/kWh",
    "vehicle_energy_use": "MJ/km, kWh/100km",
    "vehicle_fuel_use": "L/100km",
    "vehicle_distance": "km/辆",
    "carbon_price": "CNY/tCO2",
    "annual_emissions": "tCO2e",
    "floor_area": "万m2",
    "gdp": "亿元",
}

RATIOS = {
    "fx_rate": "CNY per unit",
    "gwp": "kgCO2e/kg",
    "price_index": "index",
    "gwp_metric": "kgCO2e/kg",
    "gdp_ppp": "current international $",
    "premium_ratio": "CNY/CNY",
}
"""Kinds whose value is used as printed, and the unit it must be printed in."""

REFERENCE = "reference"
"""What a set says that no formula uses: it is listed and found, and answers nothing."""


@dataclass(frozen=True, slots=True)
class FactorSource:
    """Where values come from, as a reader would look them up."""

    id: str
    publisher: Text
    document: Text
    licence: str
    url: str = ""


@dataclass(frozen=True)
class FactorSet:
    """What is true of a whole table of factors."""

    id: str
    title: Text
    kind: str
    keys: tuple[str, ...]
    unit: str
    currency: str
    gases: str
    gwp: str
    stale_after_years: int | None
    priority: int
    sources: Mapping[str, FactorSource]
    caveats: Mapping[str, Text]
    every_row: Mapping[str, str]
    extra: tuple[str, ...]
    note: Text
    file: str
    layer: int
    use: str = ""
    outlook: bool = False
    price_year: int | None = None
    """The year whose prices a value per unit of money is in; without it, the year of each row."""

    @property
    def answers(self) -> bool:
        """Whether formulas may use the set; else it is there to be read."""
        return self.use != REFERENCE


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One value with all that a reader needs to find it in its source."""

    set_id: str
    kind: str
    keys: tuple[tuple[str, str], ...]
    year: int
    published: date
    published_basis: PublishedBasis
    value: str
    unit: str
    canonical: float
    confidence: str
    page: str
    note: str
    caveat: str
    source: FactorSource
    gases: str
    gwp: str
    currency: str
    layer: int
    place: Place
    table: str = ""
    low: str = ""
    high: str = ""

    def citation(self, language: Language) -> str:
        """One line that finds the value in its source."""
        zh = language == "zh"
        publisher = getattr(self.source.publisher, language)
        document = getattr(self.source.document, language)
        where = "".join(
            f"，{word} {cell}" if zh else f", {short} {cell}"
            for word, short, cell in (("表", "table", self.table), ("第", "p.", self.page))
            if cell
        )
        where += " 页" if zh and self.page else ""
        keys = ("、" if zh else ", ").join(
            named(name, value, language) for name, value in self.keys if name != "dimension"
        )
        first = self.published_basis == "first_known"
        known = (
            ("最早可知" if first else "发布") if zh else ("first known" if first else "published")
        )
        span = f"，{self.low} 至 {self.high}" if zh else f", {self.low} to {self.high}"
        unit = unit_named(self.unit, self.currency, language)
        said = f"{self.value} {unit}{span if self.low else ''}"
        if zh:
            mark = self.confidence
            if mark in names("confidences"):
                mark = f"{word('confidences', mark, language)} {mark}"
            said += f"（{keys}，{self.year} 年数据，{known} {self.published}"
            return f"{publisher}，{document}{where}：{said}，{mark}）"
        said += f" ({keys}, data of {self.year}, {known} {self.published}"
        return f"{publisher}, {document}{where}: {said}, {self.confidence})"


@dataclass(frozen=True, slots=True)
class Ratio:
    """A unit such as tCO2/万元: what it measures, over what, in canonical units of both."""

    over: str
    under: str
    multiplier: Fraction

    @property
    def per_money(self) -> bool:
        """Whether the value follows the prices of a year: so much per unit of money."""
        return self.under == "money" and self.over != "money"


@lru_cache(maxsize=1024)
def ratio(unit: str) -> Ratio:
    """The exact multiple from a printed unit to canonical units, g per fen or t or m3 or MJ."""
    if unit == "1":
        return Ratio("", "", Fraction(1))
    over, slash, under = unit.partition("/")
    upper, upper_scale = _measured(over.strip())
    if not slash:
        return Ratio(upper, "", upper_scale)
    lower, lower_scale = _measured(under.strip())
    return Ratio(upper, lower, upper_scale / lower_scale)


def _measured(unit: str) -> tuple[str, Fraction]:
    try:
        found = units.quantity_unit(unit)
    except Refusal:
        try:
            return "money", Fraction(units.money_scale(unit))
        except Refusal:
            raise Refusal("factor_unit_unknown") from None
    return found.dimension, found.multiplier


def unit_of(kind: str, unit: str, currency: str = "") -> Ratio:
    """The same, refused when it is not what values of the kind are measured in."""
    _same_money(unit, currency)
    if kind in RATIOS:
        if unit != RATIOS[kind]:
            raise Refusal("factor_unit_unfit", kind=kind, example=RATIOS[kind])
        return Ratio("", "", Fraction(1))
    found = ratio(unit)
    if kind in SHAPES:
        over, under = SHAPES[kind]
        fits = found.under in under if under else found.under not in ("", "money", "emissions")
        if found.over != over or not fits:
            raise Refusal("factor_unit_unfit", kind=kind, example=EXAMPLES[kind])
    return found


@lru_cache(maxsize=1024)
def _same_money(unit: str, currency: str) -> None:
    """A unit that names a currency must name that of its set."""
    stated = {units.unit_currency(side.strip()) for side in unit.split("/")} - {None}
    if currency and stated - {currency}:
        names = ", ".join(sorted(map(str, stated - {currency})))
        raise Refusal("factor_unit_currency", stated=names, expected=currency)
