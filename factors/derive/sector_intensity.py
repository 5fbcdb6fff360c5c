"""CO2 per unit of gross output of China's sectors in 2018, from inventory and input-output table.

    python factors/derive/sector_intensity.py INPUT_DIR writes the sets anew
    python factors/derive/sector_intensity.py INPUT_DIR --check compares, exit 1 if they differ

The inputs are not ours to pass on, so you bring them (README.md beside this file names them and
their sources). With d = CO2 / output, A = flows / output and p the power and heat sector:

    scope 1 = d
    scope 2 = purchases of power and heat / output x CO2(p) / (output(p) - what p buys of itself)
    total   = d (I - A)^-1, cradle to gate; imports are made with domestic technology
    scope 3 = total - scope 1 - scope 2
"""

from __future__ import annotations

import csv
import hashlib
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger import codes

Array = NDArray[np.float64]

HERE = Path(__file__).parent
SETS = HERE.parent / "cn"
INPUTS = HERE / "inputs.sha256"
CO2, FLOWS, TOTALS = (
    "cn_sector_inputs_io153_2018.csv", "cn_io153_2018_flows.csv", "cn_io153_2018_totals.csv",
)  # fmt: skip

POWER, CEMENT, AIR = "100", "054", ("117", "118")
BOUGHT = {
    "coal": ("006",), "coke": ("042",), "crude": ("007",), "oil": ("041",), "kero": ("041",),
    "gas": ("101", "007"),
}  # fmt: skip
"""The products whose purchases split the CO2 of a fuel over the sectors that buy them."""

SCOPES = ("1", "2", "3")
CAVEATS = {
    "C301": "cement", "D44": "power_mixed",
    **dict.fromkeys(("C311", "C312", "C313", "C314"), "steel_group"),
    **dict.fromkeys(("G56", "G561", "G562", "G563"), "aviation"),
}  # fmt: skip

SPLIT_TOLERANCE = 3.0
"""Tonnes by which the split may differ: each of seven fuels of a sector is in whole tonnes."""


class Inputs(NamedTuple):
    """Sectors in the order of the table; CO2 in tonnes, money in 10,000 CNY."""

    sectors: list[dict[str, str]]
    output: Array
    flows: Array
    co2: Array
    by_fuel: dict[str, Array]


class Intensity(NamedTuple):
    """Tonnes of CO2 per 10,000 CNY of output, one element a sector."""

    scopes: tuple[Array, Array, Array]
    total: Array


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read(folder: Path) -> Inputs:
    """The three inputs, joined to our mapping of the sectors."""
    sectors = rows_of(HERE / "io-sectors.csv")
    at = {row["io_sector"]: n for n, row in enumerate(sectors)}
    output, flows = np.zeros(len(at)), np.zeros((len(at), len(at)))
    for row in rows_of(folder / TOTALS):
        output[at[row["io_code"]]] = float(row["gross_output_wan_yuan"])
    for row in rows_of(folder / FLOWS):
        flows[at[row["from_io_code"]], at[row["to_io_code"]]] = float(row["value_wan_yuan"])
    given = {row["io_code"]: row for row in rows_of(folder / CO2)}
    fuels = (*BOUGHT, "process")
    by_fuel = {f: np.array([float(given[io][f"co2_{f}_t"]) for io in at]) for f in fuels}
    co2 = np.array([float(given[io]["co2_direct_t"]) for io in at])
    return Inputs(sectors, output, flows, co2, by_fuel)


def split(inputs: Inputs) -> Array:
    """CO2 of each inventory sector over its parts, fuel by fuel, by what they buy of it."""
    at = {row["io_sector"]: n for n, row in enumerate(inputs.sectors)}
    shares = np.zeros(len(at))
    for sector in dict.fromkeys(row["inventory_sector"] for row in inputs.sectors):
        parts = [n for n, row in enumerate(inputs.sectors) if row["inventory_sector"] == sector]
        for fuel, tonnes in inputs.by_fuel.items():
            buyers = parts
            if fuel == "process":
                buyers = [at[CEMENT]] if at[CEMENT] in parts else []
            elif fuel == "kero" and sector == "TRANS":
                buyers = [at[io] for io in AIR]
            weight = sum(inputs.flows[at[p], buyers] for p in BOUGHT.get(fuel, ()))
            if not np.any(weight):
                weight = inputs.output[buyers]
            if buyers:
                shares[buyers] += tonnes[parts].sum() * weight / np.sum(weight)
    return shares


def intensity(inputs: Inputs) -> Intensity:
    """The four scopes of every input-output sector."""
    p = next(n for n, row in enumerate(inputs.sectors) if row["io_sector"] == POWER)
    x, z, co2 = inputs.output, inputs.flows, inputs.co2
    scope1 = co2 / x
    scope2 = z[p] / x * co2[p] / (x[p] - z[p, p])
    scope2[p] = 0.0  # what power burns for itself is in its scope 1
    total = np.linalg.solve((np.eye(len(x)) - z / x).T, scope1)
    return Intensity((scope1, scope2, total - scope1 - scope2), total)


def members(inputs: Inputs) -> dict[str, list[int]]:
    """The input-output sectors of every section, division and group, each once and whole."""
    found: dict[str, list[int]] = {}
    for n, row in enumerate(inputs.sectors):
        own = row["gbt4754"].split(";")
        for code in dict.fromkeys(above for each in own for above in codes.sector_parents(each)):
            found.setdefault(code, []).append(n)
    return dict(sorted(found.items()))


def mean(values: Array, inputs: Inputs, parts: Sequence[int]) -> float:
    """The mean weighted by output."""
    weight = inputs.output[list(parts)]
    return float((values[list(parts)] * weight).sum() / weight.sum())


def kerosene_only(inputs: Inputs) -> Array:
    """Scope 1 of air transport without the other fuels, which fall to it by money only."""
    return inputs.by_fuel["kero"] / inputs.output


def by_sector(inputs: Inputs, found: Intensity) -> Iterator[list[str]]:
    """Rows of sector-intensity-2018.csv."""
    yield ["sector", "scope", "value", "low", "high", "caveat", "note"]
    for code, parts in members(inputs).items():
        caveat = CAVEATS.get(code, "")
        for scope, values in zip(SCOPES, found.scopes, strict=True):
            value, low = f"{mean(values, inputs, parts):.8f}", ""
            if caveat == "aviation" and scope == "1":
                low = f"{mean(kerosene_only(inputs), inputs, parts):.8f}"
            yield [code, scope, value, low, value if low else "", caveat, note(code, parts, inputs)]


def note(code: str, parts: Sequence[int], inputs: Inputs) -> str:
    """Which input-output sector stands behind a group, or is shared by divisions."""
    only = inputs.sectors[parts[0]]
    if len(code) == 4:
        return f"value of IO sector {only['io_sector']} {only['name_zh']}"
    shared = len(parts) == 1 and len(code) == 3 and only["gbt4754"].count(";")
    whole = shared and all(len(c) == 3 for c in only["gbt4754"].split(";"))
    return "IO sector shared with other divisions" if whole else ""


def added(values: Iterable[float]) -> str:
    """The sum of scopes as they are printed."""
    return f"{sum(int(f'{value:.8f}'.replace('.', '')) for value in values) / 10**8:.8f}"


def totals(inputs: Inputs, found: Intensity) -> Iterator[list[str]]:
    """Rows of sector-total-2018.csv: the three printed scopes of a sector, added up."""
    yield ["sector", "value", "caveat"]
    for code, parts in members(inputs).items():
        value = added(mean(values, inputs, parts) for values in found.scopes)
        yield [code, value, CAVEATS.get(code, "")]


def by_io_sector(inputs: Inputs, found: Intensity) -> Iterator[list[str]]:
    """Rows of io-sector-intensity-2018.csv."""
    yield ["io_sector", "boundary", "value", "gbt4754"]
    for n, row in enumerate(inputs.sectors):
        values = [float(scope[n]) for scope in found.scopes]
        for scope, value in zip(SCOPES, values, strict=True):
            yield [row["io_sector"], f"scope{scope}", f"{value:.8f}", row["gbt4754"]]
        yield [row["io_sector"], "cradle_to_gate", added(values), row["gbt4754"]]


def tables(inputs: Inputs) -> dict[str, bytes]:
    """The files of the three sets."""
    found = intensity(inputs)
    made = {"sector-intensity-2018": by_sector, "sector-total-2018": totals,
            "io-sector-intensity-2018": by_io_sector}  # fmt: skip
    return {name: as_csv(rows(inputs, found)) for name, rows in made.items()}


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as the bytes of a CSV file."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def wrong_inputs(folder: Path) -> list[str]:
    """Inputs that are absent, or not the ones that the sets were made from."""
    stated = [line.split() for line in INPUTS.read_text(encoding="utf-8").splitlines()]
    found = {name: folder / name for _, name in stated}
    return [
        name for digest, name in stated
        if not found[name].is_file()
        or hashlib.sha256(found[name].read_bytes()).hexdigest() != digest
    ]  # fmt: skip


def checks(inputs: Inputs) -> Mapping[str, Any]:
    """What must hold: the split, and all CO2 found again in final use."""
    final = inputs.output - inputs.flows.sum(axis=1)
    return {
        "split_t": float(np.abs(split(inputs) - inputs.co2).max()),
        "inventory_t": float(inputs.co2.sum()),
        "in_final_use_t": float((intensity(inputs).total * final).sum()),
    }


def main(arguments: Sequence[str]) -> int:
    """Write or check the sets; 2 for wrong usage or inputs, 1 where something differs."""
    folders = [Path(a) for a in arguments if a != "--check"]
    if len(folders) != 1 or not folders[0].is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    for name in (wrong := wrong_inputs(folders[0])):
        print(f"{name}: absent, or another version than that of {INPUTS.name}", file=sys.stderr)
    if wrong:
        return 2
    inputs = read(folders[0])
    held = checks(inputs)
    print("  ".join(f"{name} {value:.1f}" for name, value in held.items()))
    failed = held["split_t"] > SPLIT_TOLERANCE
    for name, content in tables(inputs).items():
        path = SETS / f"{name}.csv"
        if "--check" not in arguments:
            path.write_bytes(content)
        same = path.is_file() and path.read_bytes() == content
        failed |= not same
        print(f"{'same   ' if same else 'differs'} {path.relative_to(HERE.parent).as_posix()}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
