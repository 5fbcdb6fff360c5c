"""The factor library's speed figures of the README, in one command: python benchmarks/factors.py

Loading every shipped set in a fresh process (imports apart) and again in the same one, then a
million look-ups from encoded keys: sector and place codes drawn at random from the whole registers,
and activities by dimension and place. Medians of several rounds, and the best.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
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


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def fresh() -> float:
    """Milliseconds of the first load in a process of its own."""
    command = [sys.executable, __file__, "--load"]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


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


def told(rounds: list[float]) -> str:
    return f"{statistics.median(rounds):.0f} ms (best {min(rounds):.0f})"


def main() -> None:
    if "--load" in sys.argv:
        print(milliseconds(load))
        return
    factors = load()
    print(f"{len(factors.sets)} sets, {len(factors.rows):,} values")
    print("first load in a process:", told([fresh() for _ in range(ROUNDS)]))
    print("load again:", told([milliseconds(load) for _ in range(ROUNDS)]))
    for what, (batch, kind, keys, scope) in columns().items():
        look_up = partial(find, factors.at(2025), kind, keys, scope, batch)
        first = milliseconds(look_up)
        rounds = [milliseconds(look_up) for _ in range(ROUNDS)]
        print(f"{ROWS:,} look-ups by {what}: {told(rounds)}, the very first {first:.0f} ms")


if __name__ == "__main__":
    main()
