"""What a company emits, from the best data there are (PCAF Part A, table 10.1-1, options 1a to 3a).

The order reported, energy, production, revenue is PCAF's; for the 2021 PBoC guide it is our choice,
which every report says.
"""

from carbonledger.method import Array, Option, Text


def reported_emissions(*, emissions: Array) -> Array:
    """Emissions as the company reported them."""
    return emissions


def from_energy(*, quantity: Array, energy_factor: Array) -> Array:
    """Energy used times its factor, one activity a row, summed per company and scope."""
    return quantity * energy_factor


def from_production(*, quantity: Array, production_factor: Array) -> Array:
    """Output times the emissions of a unit of it, one product a row, summed per company."""
    return quantity * production_factor


def from_revenue(*, revenue: Array, revenue_intensity: Array) -> Array:
    """Revenue times the sector's emissions per unit of revenue."""
    return revenue * revenue_intensity


OPTIONS = (
    Option(
        "reported_verified", reported_emissions,
        Text("企业披露排放（经核查）", "reported emissions, verified"),
        where="emissions_verified",
    ),
    Option("reported", reported_emissions, Text("企业披露排放（未核查）", "reported emissions")),
    Option(
        "energy", from_energy,
        Text("能源活动水平 × 排放因子", "energy used x emission factor"),
        per="energy",
        factors={"energy_factor": ("activity", "dimension", "region", "scope")},
    ),
    Option(
        "production", from_production,
        Text("产品产量 × 单位产品排放因子", "output x emission factor per unit"),
        per="production",
        factors={"production_factor": ("activity", "dimension", "region", "scope")},
    ),
    Option(
        "revenue", from_revenue,
        Text("营业收入 × 行业单位收入排放强度", "revenue x sector emissions per unit of revenue"),
        above_zero=("revenue",),
        factors={"revenue_intensity": ("sector", "region", "scope")},
    ),
)  # fmt: skip
