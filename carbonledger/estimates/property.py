"""What a building emits in the year by its use of energy (PCAF Part A, sections 5.4 and 5.5).

In order: metered energy with factors of its own supplier or average ones (options 1a, 1b), an
official energy label (2a), statistics by floor area (2b) and by number of buildings (3). They are
families: what is metered is all the building uses, and no statistic is added to it.
"""

from carbonledger.estimates import company
from carbonledger.method import Array, Option, Text


def from_label(*, floor_area_m2: Array, label_mj_per_m2: Array, energy_factor: Array) -> Array:
    """Floor area times yearly energy per floor area by an official label times its factor."""
    return floor_area_m2 * label_mj_per_m2 * energy_factor


def from_floor_area(
    *, floor_area_m2: Array, building_energy_intensity: Array, building_energy_factor: Array
) -> Array:
    """Floor area times energy per floor area of the type and place times an average factor."""
    return floor_area_m2 * building_energy_intensity * building_energy_factor


def from_number_of_buildings(
    *, number_of_buildings: Array, building_energy_use: Array, building_energy_factor: Array
) -> Array:
    """Buildings times energy per building of the type and place times an average factor."""
    return number_of_buildings * building_energy_use * building_energy_factor


_ENERGY_FACTOR = ("activity", "dimension", "region", "scope")
_AVERAGE = {"building_energy_factor": ("building_type", "region", "scope")}

OPTIONS = (
    Option(
        "metered_supplier", company.reported_emissions,
        Text("实测能耗的排放（供应商因子）", "emissions of metered energy, its supplier's factor"),
        where="energy_supplier_specific", family="metered",
    ),
    Option(
        "energy_supplier", company.from_energy,
        Text("实测能耗 × 供应商因子", "metered energy x its supplier's factor"),
        where="energy_supplier_specific", per="energy", family="metered",
        factors={"energy_factor": _ENERGY_FACTOR},
    ),
    Option(
        "metered", company.reported_emissions,
        Text("实测能耗的排放", "emissions of metered energy"), family="metered",
    ),
    Option(
        "energy", company.from_energy,
        Text("实测能耗 × 平均因子", "metered energy x average factor"),
        per="energy", family="metered", factors={"energy_factor": _ENERGY_FACTOR},
    ),
    Option(
        "label", from_label,
        Text("建筑面积 × 能效标识单位能耗 × 排放因子",
             "floor area x energy per floor area of the label x factor"),
        family="label", above_zero=("floor_area_m2",),
        factors={"energy_factor": ("activity", "dimension=energy", "region", "scope")},
    ),
    Option(
        "floor_area", from_floor_area,
        Text("建筑面积 × 同类建筑单位面积能耗 × 平均因子",
             "floor area x statistics of energy per floor area x average factor"),
        family="floor_area", above_zero=("floor_area_m2",),
        factors={"building_energy_intensity": ("building_type", "region"), **_AVERAGE},
    ),
    Option(
        "number_of_buildings", from_number_of_buildings,
        Text("套数 × 同类建筑每套能耗 × 平均因子",
             "number of buildings x statistics of energy per building x average factor"),
        family="number_of_buildings", above_zero=("number_of_buildings",),
        factors={"building_energy_use": ("building_type", "region"), **_AVERAGE},
    ),
)  # fmt: skip
