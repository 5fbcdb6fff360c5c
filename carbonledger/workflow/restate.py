"""Earlier years worked again from their sealed books, under today's method, factors and perimeter.

A base year is recalculated where method, data, errors or perimeter change its figure by a
threshold that the institution sets itself, alone or cumulatively (GHG Protocol Corporate Value
Chain (Scope 3) Standard, chapter 9; PCAF asks for policy and threshold; both RECALLED). It is not
for organic growth. So the test works the base year's own books again as of today and holds the
result against the base in force: whatever came since the base was last set is in that difference,
split into reasons by the decomposition of ``diff``. Reasons that offset each other add up all the
same: increases and decreases count alike.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from carbonledger.analysis.comparison import StandardChange
from carbonledger.analysis.disclosure import Restated
from carbonledger.config import Config
from carbonledger.issues import errors, in_order
from carbonledger.ledger import MEASURES
from carbonledger.runs import Run, Store
from carbonledger.workflow.compared_runs import common_standards, compared
from carbonledger.workflow.earlier import earlier_runs, first_reported, kept_in
from carbonledger.workflow.reopen import reopened
from carbonledger.workflow.seal import Refused, Sealed, Sealing, inputs_of, seal_ready


@dataclass(frozen=True)
class Tested:
    """How far the base in force lies from the same books worked today, under one standard."""

    change: StandardChange
    moved: Fraction | None
    """The reasons together, over the base; None where the base is zero."""
    obliged: bool


def in_force(store: Store, year: int) -> Run | None:
    """The run that speaks for a year: the published one, else the newest not superseded."""
    return store.latest(year, published=True) or store.latest(year, published=False)


def restatable(run: Run, store: Store, reason: str) -> Run:
    """The run to restate; the one before where the same was said already, so repeating is safe."""
    said = run.manifest["inputs"].get("restates", {})
    return store.run(said["run_id"]) if said.get("reason") == reason else run


def restated(
    config: Config, folder: Path, run: Run, store: Store, before: Mapping[int, Run], how: Sealing,
    reason: str,
) -> Sealed | Refused:  # fmt: skip
    """A run's books worked under today's configuration and sealed as a run that names the first.

    Books, corrections and answers are those that were sealed; reporting date and the books' own
    settings stay those of the year.
    """
    return _into(store, config, folder, run, store, before, how, reason)


def tested(config: Config, folder: Path, base: Run, store: Store) -> tuple[Tested, ...] | Refused:
    """The base year worked as of today in a temporary place, against the base in force."""
    assert config.recalculation is not None, "the caller asks for the policy first"
    policy = config.recalculation
    with tempfile.TemporaryDirectory() as place:
        aside = Store(Path(place) / "runs", Path(place) / "refused")
        found = _into(aside, config, folder, base, store, {}, Sealing(None), "test")
        if isinstance(found, Refused):
            return found
        comparison = compared(base, found.run, common_standards(base, found.run))
    return tuple(_test(c, Fraction(policy.threshold)) for c in comparison.changes)


def _test(change: StandardChange, threshold: Fraction) -> Tested:
    total = sum(map(abs, change.split.grams.values()))
    moved = Fraction(total, change.split.before) if change.split.before else None
    return Tested(change, moved, total > 0 if moved is None else moved >= threshold)


def _into(
    into: Store, config: Config, folder: Path, run: Run, store: Store, before: Mapping[int, Run],
    how: Sealing, reason: str,
) -> Sealed | Refused:  # fmt: skip
    """Work and seal into one store what refers to the runs of another."""
    under = _today(config, run)
    ready, issues = reopened(run, folder, under=under)
    if ready is None or errors(issues):
        return Refused(run.period, tuple(in_order(dict.fromkeys(issues))))
    earlier, _ = earlier_runs(under, folder, run.period, store, before)
    base = earlier.base if earlier.base and earlier.base.period != run.period else None
    known = {y: r for y, r in earlier.restated.items() if y != run.period}
    first = _first(run, reason)
    reporters = {**earlier.first, **kept_in(store, {run.period: first})}
    earlier = replace(earlier, base=base, restated=known | {run.period: first}, first=reporters)
    inputs = inputs_of(ready, earlier) | {
        "documents": run.manifest["inputs"]["documents"],
        "pseudonym_key": run.manifest["inputs"].get("pseudonym_key"),
        "restates": {"run_id": run.id, "reason": reason},
    }
    return seal_ready(ready, issues, earlier, inputs, into, how, restates=run)


def _today(config: Config, run: Run) -> Config:
    """Today's method and factors over the books and the reporting date of the year."""
    was = Config.model_validate(run.manifest["inputs"]["config"] | {"period": str(run.period)})
    return config.model_copy(update={
        "period": (run.period,), "books": was.books, "as_of": was.as_of, "answers": was.answers,
        "overrides": was.overrides, "known_on": config.known_on_of(max(config.period)),
    })  # fmt: skip


def _first(run: Run, reason: str) -> Restated:
    """What was first reported, and every reason since."""
    already = first_reported(run)
    if already is not None:
        return replace(already, reason=f"{already.reason}; {reason}")
    standards = run.manifest["inputs"]["config"]["standards"]
    totals = {s: {m: int(getattr(run.ledger(s).whole, m)) for m in MEASURES} for s in standards}
    return Restated(run.period, run.id, reason, totals)
