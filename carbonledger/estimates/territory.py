"""What a country or region emits in the year, within its borders and by what it imports.

PCAF Part A, 3rd ed. section 5.9 (2nd ed. 5.7) and 5.10. Scope 1 is what is produced at home, with
land use, land-use change and forestry (LULUCF) or without; scope 2 imported energy; scope 3 the
other imports. That published totals go before an estimate from sectors or a similar place is ours.
"""

from carbonledger.estimates.company import reported_emissions
from carbonledger.method import Array, Option, Text, changed


def published_emissions(*, annual_emissions: Array) -> Array:
    """The year's emissions by a published data set of many countries."""
    return annual_emissions


def including_lulucf(*, emissions_incl_lulucf: Array) -> Array:
    """Production emissions with the sinks and sources of land use; below zero for a net sink."""
    return emissions_incl_lulucf


_VERIFIED = Text("排放清单（经核查）", "emissions inventory, verified")
_INVENTORY = Text("排放清单（未核查）", "emissions inventory, not verified")
_ENERGY = Text("一次能源消费 × 排放因子", "primary energy use x emission factors")
_SECTORS = Text("各行业产出 × 行业排放强度", "output by sector x sector intensities")
_COUNTRY = Text("由国家排放推算", "scaled from the country's emissions")
_SIMILAR = Text("参照相似国家或地区", "proxy from a similar country or region")

COUNTRY = (
    Option("reported_verified", reported_emissions, _VERIFIED, where="inventory_verified"),
    Option("reported", reported_emissions, _INVENTORY, where="inventory"),
    Option("energy_statistics", reported_emissions, _ENERGY, where="energy_statistics"),
    Option(
        "published", published_emissions,
        Text("公布的各国排放（不含 LULUCF）", "published national totals, without LULUCF"),
        where="is_country", factors={"annual_emissions": ("region", "scope")},
    ),
    Option("sector_statistics", reported_emissions, _SECTORS, where="sector_statistics"),
    Option("similar_territory", reported_emissions, _SIMILAR, where="similar_territory"),
)  # fmt: skip

REGION = (
    *(o for o in COUNTRY if o.name not in ("published", "similar_territory")),
    Option("of_country", reported_emissions, _COUNTRY, where="of_country"),
    Option("similar_territory", reported_emissions, _SIMILAR, where="similar_territory"),
)


COUNTRY_WITH_LULUCF = tuple(
    changed(o, formula=including_lulucf) for o in COUNTRY if o.name != "published"
)
"""The same from the figure that holds land use too, which nobody publishes for all."""
REGION_WITH_LULUCF = tuple(changed(o, formula=including_lulucf) for o in REGION)
