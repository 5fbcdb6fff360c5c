"""What a vehicle emits in the year (PCAF Part A, section 5.6).

In order: actual fuel or electricity (option 1a), distance times the efficiency of the known make
and model (1b where the distance is actual, 2a and 2b where it is a local or regional statistic),
then of the known type (3a) and of an average vehicle (3b). So where good and bad data are mixed the
worst counts: an actual distance with the efficiency of a type is 3a. Fuel is scope 1, electricity
scope 2, each with its share of the distance.
"""

from carbonledger.estimates import company
from carbonledger.method import Array, Option, Text


def from_distance(
    *, distance_km: Array, driven_share: Array, energy_use_per_km: Array, energy_factor: Array
) -> Array:
    """Distance driven on an energy times its use per kilometre times its factor."""
    return distance_km * driven_share * energy_use_per_km * energy_factor


def from_usual_distance(
    *, number_of_vehicles: Array, vehicle_distance: Array, driven_share: Array,
    energy_use_per_km: Array, energy_factor: Array,
) -> Array:  # fmt: skip
    """The same by statistics of the distance of a vehicle."""
    return number_of_vehicles * vehicle_distance * driven_share * energy_use_per_km * energy_factor


def from_usual_use(
    *, distance_km: Array, driven_share: Array, vehicle_energy_use: Array, energy_factor: Array
) -> Array:
    """Distance driven on an energy times statistics of its use per kilometre times its factor."""
    return distance_km * driven_share * vehicle_energy_use * energy_factor


def from_statistics(
    *, number_of_vehicles: Array, vehicle_distance: Array, driven_share: Array,
    vehicle_energy_use: Array, energy_factor: Array,
) -> Array:  # fmt: skip
    """Statistics of the distance and of the energy use of vehicles times the factor."""
    return number_of_vehicles * vehicle_distance * driven_share * vehicle_energy_use * energy_factor


SEVERAL = ("number_of_vehicles",)
DRIVEN = "driven_share"
"""A plug-in hybrid of which one energy is not known would look like the whole of it."""
_OWN = {"energy_factor": ("activity", "dimension", "region", "scope")}
_USUAL = {"energy_factor": ("activity", "dimension=energy", "region", "scope")}
_DISTANCE = {"vehicle_distance": ("vehicle_type", "region")}
_TYPE = {"vehicle_energy_use": ("vehicle_type", "activity", "region")}
_AVERAGE_DISTANCE = {"vehicle_distance": ("vehicle_type=average", "region")}
_AVERAGE = {"vehicle_energy_use": ("vehicle_type=average", "activity", "region")}


def _given(name: str, where: str, zh: str, en: str) -> Option:
    text = Text(f"{zh} × 单位里程能耗 × 排放因子", f"{en} x factor")
    return Option(
        name, from_distance, text, where=where, family="driven", parts=DRIVEN, factors=_OWN
    )


OPTIONS = (
    Option(
        "metered", company.reported_emissions,
        Text("实际能耗的排放", "emissions of actual fuel"), family="actual",
    ),
    Option(
        "energy", company.from_energy,
        Text("实际燃料或用电量 × 排放因子", "actual fuel or electricity x factor"),
        per="energy", family="actual", factors=_OWN,
    ),
    _given("actual_distance", "actual_distance_of_model", "实际里程 × 品牌型号",
           "actual distance x efficiency of make and model"),
    _given("local_distance", "local_distance_of_model", "本地统计里程 × 品牌型号",
           "local statistics of distance x efficiency of make and model"),
    _given("regional_distance", "regional_distance_of_model", "区域统计里程 × 品牌型号",
           "regional statistics of distance x efficiency of make and model"),
    Option(
        "usual_distance", from_usual_distance,
        Text("同类车辆统计里程 × 品牌型号单位里程能耗 × 排放因子",
             "usual distance of the type x efficiency of make and model x factor"),
        where="efficiency_of_model", family="driven", parts=DRIVEN, above_zero=SEVERAL,
        factors={**_DISTANCE, **_OWN},
    ),
    _given("type_efficiency", "efficiency_of_type", "里程 × 车辆类型",
           "distance x efficiency of the type"),
    Option(
        "type_use", from_usual_use,
        Text("里程 × 同类车辆统计单位里程能耗 × 排放因子",
             "distance x usual energy use of the type x factor"),
        family="driven", parts=DRIVEN, factors={**_TYPE, **_USUAL},
    ),
    Option(
        "type_statistics", from_statistics,
        Text("同类车辆统计里程 × 统计单位里程能耗 × 排放因子",
             "usual distance x usual energy use of the type x factor"),
        family="driven", parts=DRIVEN, above_zero=SEVERAL, factors={**_DISTANCE, **_TYPE, **_USUAL},
    ),
    _given("average_efficiency", "efficiency_of_average", "里程 × 平均车辆",
           "distance x efficiency of an average vehicle"),
    Option(
        "average_use", from_usual_use,
        Text("里程 × 平均车辆统计单位里程能耗 × 排放因子",
             "distance x usual energy use of an average vehicle x factor"),
        family="driven", parts=DRIVEN, factors={**_AVERAGE, **_USUAL},
    ),
    Option(
        "average_statistics", from_statistics,
        Text("平均车辆统计里程 × 统计单位里程能耗 × 排放因子",
             "usual distance x usual energy use of an average vehicle x factor"),
        family="driven", parts=DRIVEN, above_zero=SEVERAL,
        factors={**_AVERAGE_DISTANCE, **_AVERAGE, **_USUAL},
    ),
)  # fmt: skip
