"""What follows from the columns of a building or vehicle, in the units and codes of formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from carbonledger import units
from carbonledger.intake.energy_names import energy_code
from carbonledger.method import Array, Codes, Column, Key, Mask

Columns = Mapping[str, Column]
Keys = Mapping[str, Key]
PER_100_KM = 100
DUAL = frozenset({"plugin_hybrid", "phev", "插电混动", "插电式混合动力", "插混", "增程式"})
"""What burns petrol and drives on electricity; how much of each, the row may say."""
GASES = frozenset({"natural_gas"})
"""Fuels whose use per 100 km is in cubic metres."""
COMBUSTED, ELECTRIC = "scope1", "scope2"


@dataclass(frozen=True)
class WorkedOut:
    """Columns and keys that an entity gets beside those of its book."""

    columns: tuple[str, ...]
    keys: tuple[str, ...]
    of: Callable[[Columns, Keys], tuple[dict[str, Column], dict[str, Key]]]


def _buildings(columns: Columns, keys: Keys) -> tuple[dict[str, Column], dict[str, Key]]:
    label = columns["label_kwh_per_m2"]
    per_m2 = label.values.astype(np.float64) * _scale("kWh")
    return ({"label_mj_per_m2": Column(per_m2, label.present)},
            {"activity": _carriers(keys["label_energy"])})  # fmt: skip


def _vehicles(columns: Columns, keys: Keys) -> tuple[dict[str, Column], dict[str, Key]]:
    fuel = keys["vehicle_fuel"]
    names = [n.lower() for n in fuel.names]
    carriers = [energy_code("gasoline" if n in DUAL else n) for n in names]
    electric = _of_code([c == "electricity" for c in carriers], fuel)
    dual = _of_code([n in DUAL for n in names], fuel)
    known = fuel.codes >= 0
    split = dual & columns["electric_share"].present & columns["kwh_per_100km"].present
    on_power = np.where(electric, 1.0, np.where(split, columns["electric_share"].values, 0.0))
    burns = _carriers(Key(fuel.codes, tuple("gasoline" if n in DUAL else n for n in names)))
    power = Key(np.where(known, 0, -1).astype(np.int32), ("electricity",))
    gas = _of_code([c in GASES for c in carriers], fuel)
    litres = np.where(gas, _scale("m3"), _scale("L"))
    made = {
        f"driven_share_{COMBUSTED}": Column(1.0 - on_power, known & (on_power < 1)),
        f"driven_share_{ELECTRIC}": Column(on_power, known & (on_power > 0)),
        f"energy_use_per_km_{COMBUSTED}": _per_km(columns["fuel_per_100km"], litres),
        f"energy_use_per_km_{ELECTRIC}": _per_km(columns["kwh_per_100km"], _scale("kWh")),
        **_bases(keys), "number_of_vehicles": _at_least_one_row(columns["number_of_vehicles"]),
    }  # fmt: skip
    codes = {
        "activity": burns, f"activity_{COMBUSTED}": burns, f"activity_{ELECTRIC}": power,
        "dimension": _measured(known, ""), f"dimension_{COMBUSTED}": _measured(known, "volume"),
        f"dimension_{ELECTRIC}": _measured(known, "energy"),
    }  # fmt: skip
    return made, codes


def _bases(keys: Keys) -> dict[str, Column]:
    """How distance and efficiency are known, a column of true and false each."""
    efficiency = {n: _is(keys["efficiency_basis"], n) for n in ("model", "type", "average")}
    masks = {f"efficiency_of_{n}": mask for n, mask in efficiency.items()}
    masks |= {f"{n}_distance_of_model": efficiency["model"] & _is(keys["distance_basis"], n)
              for n in ("actual", "local", "regional")}  # fmt: skip
    return {n: Column(mask, np.ones(len(mask), np.bool_)) for n, mask in masks.items()}


def _carriers(key: Key) -> Key:
    return Key(key.codes, tuple(map(energy_code, key.names)))


def _is(key: Key, name: str) -> Mask:
    return _of_code([n == name for n in key.names], key)


def _of_code(said: list[bool], key: Key) -> Mask:
    mask: Mask = np.array([*said, False], np.bool_)[key.codes]
    return mask


def _measured(known: Mask, dimension: str) -> Key:
    codes: Codes = np.where(known, 0, -1).astype(np.int32)
    return Key(codes, (dimension,))


def _per_km(column: Column, scale: Array | float) -> Column:
    return Column(column.values.astype(np.float64) * scale / PER_100_KM, column.present)


def _at_least_one_row(column: Column) -> Column:
    """A row is one vehicle unless it says how many."""
    values = np.where(column.present, column.values.astype(np.float64), 1.0)
    return Column(values, np.ones(len(values), np.bool_))


def _scale(unit: str) -> float:
    return float(units.quantity_unit(unit).multiplier)


WORKED_OUT = {
    "property": WorkedOut(("label_mj_per_m2",), ("activity",), _buildings),
    "vehicle": WorkedOut(
        ("driven_share", "energy_use_per_km", "efficiency_of_model", "efficiency_of_type",
         "efficiency_of_average", "actual_distance_of_model", "local_distance_of_model",
         "regional_distance_of_model"),
        ("activity", "dimension"), _vehicles,
    ),
}  # fmt: skip
"""By kind of entity; columns and keys that differ by scope are named without it."""
