"""Every problem of a working folder at once, nothing written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from carbonledger.analysis.path import load_paths
from carbonledger.config import FILE, Config, load_config
from carbonledger.intake.terms import Terms
from carbonledger.issues import Issue, Place, errors, in_order
from carbonledger.runs import (
    Store,
)
from carbonledger.scale.local import Account, Accounted, account
from carbonledger.scale.period import Period, factor_roots, prepare
from carbonledger.scale.progress import Progress
from carbonledger.workflow.earlier import earlier_runs

TermsOf = Callable[[Config], tuple[Terms, list[Issue]]]
"""The key that a configuration names, which only the command line knows how to find."""


def check(
    folder: Path, periods: Sequence[int] | None, terms_of: TermsOf
) -> tuple[Config | None, list[Issue]]:
    """Every problem of every book of every period, nothing written."""
    config, issues = load_config(folder)
    if config is None:
        return None, in_order(issues)
    terms, found = terms_of(config)
    wanted = periods or config.period
    store = Store(folder / "runs", folder / "refused")
    for period in wanted:
        found += check_path(config, folder, period)
        _, unresolved = earlier_runs(config, folder, period, store, {})
        found += [i for i in unresolved if i.value not in map(str, wanted)]
        ready = prepare(config, folder, period, terms)
        if not errors(ready.all_issues()):
            accounted_for(ready, None)
        else:
            read_all(ready)
        found += ready.all_issues()
    return config, in_order(dict.fromkeys(found))


def read_all(ready: Period) -> None:
    """Read what can be read of every book, so that all its problems show at once."""
    for book in ready.books.values():
        for _ in book.batches():
            pass


def check_path(config: Config, folder: Path, period: int) -> list[Issue]:
    """The path is known, has a base year, and covers it."""
    paths, issues = load_paths(factor_roots(config, folder))
    if config.path is None:
        return issues
    if config.path not in paths:
        known = (("known", ", ".join(paths)),)
        return [*issues, Issue("path_unknown", Place(FILE, column="path"), config.path, known)]
    if config.base_year is None:
        return [*issues, Issue("path_without_base_year", Place(FILE, column="path"), config.path)]
    year, path = config.base_year.year, paths[config.path]
    place = Place(FILE, column="base_year")
    if year is not None and year > period:
        issues.append(Issue("base_year_after_period", place, str(year), (("period", str(period)),)))
    elif year is not None and not path.covers(year):
        words = {"path": path.id, "year": str(year), "first": str(path.base_year),
                 "last": str(path.target_year)}  # fmt: skip
        issues.append(Issue("path_year_outside", place, str(year), tuple(sorted(words.items()))))
    return issues


def accounted_for(
    ready: Period, folder: Path | None, progress: Progress | None = None,
    engine: Account = account,
) -> Accounted | None:  # fmt: skip
    """The accounting; figures too large for the ledger refuse the book."""
    try:
        return engine(ready, folder, progress)
    except OverflowError as overflow:
        ready.issues.append(Issue("figures_too_large", Place(), str(overflow)))
        return None
