"""The factor library's speed figures of the README, in one command: python benchmarks/factors.py

Loading every shipped set in a fresh process (imports apart) and again in the same one, then a
million look-ups from encoded keys: sector and place codes drawn at random from the whole registers,
and activities by dimension and place. Medians of several rounds.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np

from carbonledger.factors import Factors, load_factors, shipped_root
from carbonledger.lookup import find
from carbonledger.method import Batch, Key
from carbonledger.registers import rows as register

ROUNDS = 9
ROWS = 1_000_000
KNOWN_ON = date(2026, 12, 31)


def load() -> Factors:
    factors, issues = load_factors([shipped_root()], known_on=KNOWN_ON)
    assert not issues
    return factors


def milliseconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor time of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3


def fresh() -> tuple[float, float]:
    """The first load in a process of its own."""
    command = [sys.executable, __file__, "--load"]
    wall, cpu = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(wall), float(cpu)


def drawn(names: tuple[str, ...], random: np.random.Generator) -> Key:
    """A column of codes, some of them missing."""
    return Key(random.integers(-1, len(names), ROWS).astype(np.int32), names)


def columns() -> dict[str, tuple[Batch, str, tuple[str, ...], str]]:
    random = np.random.default_rng(7)
    sectors = drawn(tuple(row["code"] for row in register("gbt4754-2017")), random)
    regions = drawn(tuple(row["code"] for row in register("gbt2260")), random)
    activities = drawn(tuple(row["activity"] for row in register("activities")), random)
    dimensions = drawn(("energy", "mass", "volume"), random)
    return {
        "sector and place": (
            Batch(ROWS, {}, {"sector": sectors, "region": regions}),
            "revenue_intensity", ("sector", "region", "scope"), "1"),
        "activity, dimension and place": (
            Batch(ROWS, {}, {"activity": activities, "dimension": dimensions, "region": regions}),
            "energy_factor", ("activity", "dimension", "region", "scope"), "1"),
    }  # fmt: skip


def told(rounds: list[tuple[float, float]]) -> str:
    wall, cpu = (statistics.median(part) for part in zip(*rounds, strict=True))
    return f"{wall:.0f} ms, processor time {cpu:.0f} ms, least {min(r[0] for r in rounds):.0f} ms"


def main() -> None:
    if "--load" in sys.argv:
        print(*milliseconds(load))
        return
    factors = load()
    print(f"{len(factors.sets)} sets, {len(factors.rows):,} values")
    print("first load in a process:", told([fresh() for _ in range(ROUNDS)]))
    print("load again:", told([milliseconds(load) for _ in range(ROUNDS)]))
    for what, (batch, kind, keys, scope) in columns().items():
        # a batch remembers what it asked, so each round gets one of its own
        anew = [replace(batch, kept={}) for _ in range(ROUNDS)]
        at = factors.at(2025)
        rounds = [milliseconds(partial(find, at, kind, keys, scope, rows)) for rows in anew]
        print(f"{ROWS:,} look-ups by {what}: {told(rounds)}; very first {rounds[0][1]:.0f} ms")


if __name__ == "__main__":
    main()
