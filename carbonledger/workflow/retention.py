"""Which runs a policy lets go, and why others that it covers stay.

A published run is never removed: others hold its figures. Neither is the run that speaks for its
year, one that the configuration names, nor one that a run that stays refers to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from carbonledger.config import Config
from carbonledger.runs import Run, Store, find_run
from carbonledger.workflow.restate import in_force

Kept = Literal["published", "in_force", "configured", "referred"]


@dataclass(frozen=True)
class Policy:
    """What a person wants gone: old periods, and drafts beyond the newest few of each period."""

    before: int | None
    keep_drafts: int | None


@dataclass(frozen=True)
class Fate:
    """A run that the policy covers: it goes, or stays for a reason."""

    run_id: str
    period: int
    state: str
    size: int
    kept: Kept | None = None
    by: str = ""
    """The run that refers to it."""


def covered(store: Store, policy: Policy, config: Config | None) -> list[Fate]:
    """Every run that the policy covers, in the order of their sealing, each with its fate."""
    states = store.states()
    wanted = [i for i in states if _covers(policy, i, states)]
    kept = dict(_kept_itself(store, wanted, config))
    while True:
        stay = [i for i in states if i not in wanted or i in kept]
        needed = {i: by for by in stay for i in _refers_to(store.run(by))}
        new: dict[str, tuple[Kept, str]] = {
            i: ("referred", needed[i]) for i in wanted if i in needed and i not in kept
        }
        if not new:
            break
        kept |= new
    return [_fate(store.run(i), states[i], kept.get(i)) for i in wanted]


def _fate(run: Run, state: str, kept: tuple[Kept, str] | None) -> Fate:
    size = sum(p.stat().st_size for p in run.folder.rglob("*") if p.is_file())
    return Fate(run.id, run.period, state, size, *(kept or ()))


def _covers(policy: Policy, run_id: str, states: dict[str, str]) -> bool:
    year = run_id.split("-")[0]
    if policy.before is not None and int(year) < policy.before:
        return True
    if policy.keep_drafts is None or states[run_id] != "sealed":
        return False
    drafts = [i for i, s in states.items() if s == "sealed" and i.startswith(f"{year}-")]
    return run_id in drafts[: max(len(drafts) - policy.keep_drafts, 0)]


def _kept_itself(
    store: Store, wanted: list[str], config: Config | None
) -> Iterator[tuple[str, tuple[Kept, str]]]:
    states, named = store.states(), _named(store, config)
    for run_id in wanted:
        speaks = in_force(store, store.run(run_id).period)
        if states[run_id] == "published":
            yield run_id, ("published", "")
        elif speaks is not None and speaks.id == run_id:
            yield run_id, ("in_force", "")
        elif run_id in named:
            yield run_id, ("configured", "")


def _named(store: Store, config: Config | None) -> set[str]:
    """The runs that the configuration names as base or for comparison."""
    if config is None:
        return set()
    base = None if config.base_year is None else config.base_year.run
    found = (find_run(r, [store.folder])[0] for r in (base, config.compare_with) if r is not None)
    return {run.id for run in found if run is not None}


def _refers_to(run: Run) -> set[str]:
    """The runs that a run compares with or restates."""
    inputs = run.manifest["inputs"]
    earlier = inputs["earlier"]
    found = {earlier["base"], earlier["compared"], *earlier["history"].values()}
    found |= {r["first_run_id"] for r in earlier.get("restated", [])}
    return (found | {inputs.get("restates", {}).get("run_id")}) - {None}
