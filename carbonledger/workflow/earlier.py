"""The earlier runs that a run refers to; their ids are among its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonledger.config import FILE, Config
from carbonledger.issues import Issue, Place
from carbonledger.runs import (
    Run,
    Store,
    find_run,
)

if TYPE_CHECKING:
    from carbonledger.analysis.disclosure import Restated


@dataclass(frozen=True)
class Earlier:
    """What a run compares itself with: base year, history, and the run before; ids are inputs."""

    base: Run | None
    runs: Mapping[int, Run]
    compared: Run | None
    restated: Mapping[int, Restated] = field(default_factory=dict)
    """What was first reported of years that were worked again."""
    first: Mapping[int, Run] = field(default_factory=dict)
    """The runs that first reported the period and the base year, where these were restated."""

    def ids(self) -> dict[str, object]:
        """The ids, for the hash of the inputs."""
        ids: dict[str, Any] = {
            "base": self.base.id if self.base else None,
            "history": {str(y): r.id for y, r in sorted(self.runs.items())},
            "compared": self.compared.id if self.compared else None,
        }
        if self.restated:
            ids["restated"] = [asdict(r) for _, r in sorted(self.restated.items())]
        return ids


def earlier_runs(
    config: Config, folder: Path, period: int, store: Store, before: Mapping[int, Run]
) -> tuple[Earlier, list[Issue]]:
    """The runs that this one refers to: those named, those just run, else those published."""
    issues: list[Issue] = []

    def named(reference: str) -> Run | None:
        run, problems = find_run(reference, [store.folder])
        issues.extend(problems)
        return run

    def of_year(year: int) -> Run | None:
        published = before.get(year) or store.latest(year, published=True)
        return published or store.latest(year, published=False)

    base: Run | None = None
    wanted = config.base_year
    if wanted is not None and wanted.run is not None:
        base = named(wanted.run)
    elif wanted is not None and wanted.year is not None and wanted.intensity is None:
        base = of_year(wanted.year)
        if base is None and wanted.year != period:
            issues.append(Issue("base_year_run_missing", Place(FILE, column="base_year"),
                                str(wanted.year)))  # fmt: skip
    first = base.period if base else (wanted.year if wanted and wanted.year else period)
    runs = {y: r for y in range(first, period) if (r := of_year(y)) is not None}
    if config.compare_with is not None:
        compared = named(config.compare_with)
    else:
        compared = before.get(period - 1) or store.last_published_before(period)
    shown = [r for r in (base, *runs.values(), compared) if r is not None]
    restated = {r.period: found for r in shown if (found := first_reported(r)) is not None}
    of_base = {y: r for y, r in restated.items() if base is not None and y == base.period}
    return Earlier(base, runs, compared, restated, kept_in(store, of_base)), issues


def kept_in(store: Store, restated: Mapping[int, Restated]) -> dict[int, Run]:
    """The runs that first reported years, as far as they are still there."""
    named = {y: r.first_run_id for y, r in restated.items()}
    return {y: store.run(i) for y, i in named.items()
            if (store.folder / i / "manifest.json").is_file()}  # fmt: skip


def first_reported(run: Run) -> Restated | None:
    """What was first reported of a run's year, where the run is a restatement."""
    from carbonledger.analysis.disclosure import Restated  # 11 ms; a check is of few restatements

    said = run.manifest["inputs"]["earlier"].get("restated", [])
    if "restates" not in run.manifest["inputs"]:
        return None
    return next(Restated(**r) for r in said if r["period"] == run.period)


def named_again(run: Run, store: Store) -> tuple[Earlier, list[Issue]]:
    """The runs that a sealed run referred to, by the ids among its inputs."""
    from carbonledger.analysis.disclosure import Restated

    said = run.manifest["inputs"]["earlier"]
    restated = {r["period"]: Restated(**r) for r in said.get("restated", [])}
    broken_down = {y: r.first_run_id for y, r in restated.items()
                   if y in (run.period, _year_of(said["base"]))}  # fmt: skip
    wanted = {said["base"], said["compared"], *said["history"].values(), *broken_down.values()}
    wanted -= {None}
    found = {i: store.run(i) for i in wanted if (store.folder / i / "manifest.json").is_file()}
    missing = [Issue("run_unknown", Place(run.id), i) for i in sorted(wanted - found.keys())]
    history = {int(y): found[i] for y, i in said["history"].items() if i in found}
    first = {y: found[i] for y, i in broken_down.items() if i in found}
    compared = found.get(said["compared"])
    return Earlier(found.get(said["base"]), history, compared, restated, first), missing


def _year_of(run_id: str | None) -> int | None:
    return None if run_id is None else int(run_id.split("-")[0])
