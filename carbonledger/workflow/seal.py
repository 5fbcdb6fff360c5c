"""From a working folder to a sealed run, whole or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

from carbonledger import __version__
from carbonledger.config import Config
from carbonledger.digests import sha256_of
from carbonledger.intake.terms import Terms
from carbonledger.issues import Issue, Place, errors, in_order
from carbonledger.own_standards import code_of
from carbonledger.runs import (
    ENTRIES,
    Run,
    Store,
    digest,
    ledger_content,
)
from carbonledger.scale.local import Account, Accounted, account
from carbonledger.scale.period import NO_TERMS, WACI, Period, prepare
from carbonledger.scale.progress import Progress
from carbonledger.workflow.check import accounted_for, check_path, read_all
from carbonledger.workflow.earlier import Earlier, earlier_runs
from carbonledger.workflow.files import Report, Writer, sealed_issues
from carbonledger.workflow.own_code import folders_of
from carbonledger.workflow.quarantine import leave


@dataclass(frozen=True)
class Refused:
    """A period that could not be accounted for, and why."""

    period: int
    issues: tuple[Issue, ...]
    folder: Path | None = None


class Hear(Protocol):
    """Who wants to know how far the work is: a step and its counts, never a cell."""

    def __call__(self, event: str, **facts: object) -> None:
        """Hear of one step."""


def nobody(event: str, **facts: object) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Sealing:
    """How a run is sealed: with which reports, by whom, how its books are read, who hears of it."""

    report: Report | None
    by: str = ""
    terms: Terms = NO_TERMS
    hear: Hear = nobody
    progress: Progress | None = None
    engine: Account = account
    """What accounts for the positions: this machine, or several."""


@dataclass(frozen=True)
class Sealed:
    """A period's run; ``fresh`` unless the same inputs had been sealed before."""

    run: Run
    issues: tuple[Issue, ...]
    fresh: bool
    refused: Path | None = None
    """Where the refused rows lie that the run left out."""


def seal(
    config: Config, folder: Path, period: int, store: Store, before: Mapping[int, Run],
    how: Sealing,
) -> Sealed | Refused:  # fmt: skip
    """Account for one period and seal its run; the same inputs give the same run."""
    ready = prepare(config, folder, period, how.terms)
    how.hear("opened", period=period, files={n: len(b.files) for n, b in ready.books.items()})
    problems = [*check_path(config, folder, period), *ready.all_issues()]
    earlier, unresolved = earlier_runs(config, folder, period, store, before)
    problems += unresolved
    if errors(problems):
        read_all(ready)
        every = [*check_path(config, folder, period), *ready.all_issues(), *unresolved]
        return _refuse(ready, every, store)
    return seal_ready(ready, problems, earlier, inputs_of(ready, earlier), store, how)


def seal_ready(
    ready: Period, problems: Sequence[Issue], earlier: Earlier, inputs: Mapping[str, Any],
    store: Store, how: Sealing, restates: Run | None = None,
) -> Sealed | Refused:  # fmt: skip
    """Seal what is loaded and joined, unless the same inputs were sealed before."""
    inputs = {**inputs, "reports": how.report is not None}
    run_id = f"{ready.period}-{digest(inputs)[:8]}"
    if (store.folder / run_id / "manifest.json").is_file():
        run = store.run(run_id)
        return Sealed(run, tuple(sealed_issues(run)), False, _left(ready, store))
    with store.unfinished() as unfinished:
        (unfinished / ENTRIES).mkdir()
        accounted = accounted_for(ready, unfinished / ENTRIES, how.progress, how.engine)
        issues = in_order(dict.fromkeys(_as_opened(ready, [*problems, *ready.all_issues()])))
        if accounted is None or errors(issues):
            return _refuse(ready, issues, store)
        how.hear("accounted", period=ready.period, **_counts(ready, accounted))
        head = head_of(ready, run_id, accounted)
        write = Writer(ready, earlier, unfinished, inputs, head, accounted, issues, restates)
        write.work(how.report)
        how.hear("written", period=ready.period)
        run = store.seal(unfinished, run_id, how.by)
        return Sealed(run, tuple(issues), True, _left(ready, store))


def _as_opened(ready: Period, issues: Sequence[Issue]) -> list[Issue]:
    """The same, where a file changed since it was opened that before what its bytes came to."""
    changed = [f.name for b in ready.books.values() for f in b.files
               if isinstance(f.path, Path) and not f.digest.holds(f.path)]  # fmt: skip
    kept = [i for i in issues if i.code != "file_unreadable" or i.place.file not in changed]
    return [*kept, *(Issue("file_changed", Place(name)) for name in changed)]


def _counts(ready: Period, accounted: Accounted) -> dict[str, object]:
    """Rows read and refused by book, and the fates of positions by standard."""
    fates = ("computed", "not_covered", "excluded", "refused")
    return {
        "rows": {n: b.rows for n, b in ready.books.items()},
        "refused": {o["book"]: o["rows"] for o in ready.left_out()},
        "positions": {s: {f: getattr(ledger.whole, f"rows_{f}") for f in fates}
                      for s, ledger in accounted.ledgers.items() if s != WACI},
    }  # fmt: skip


def _refuse(ready: Period, issues: Sequence[Issue], store: Store) -> Refused:
    """Leave the issues, in the rows of the input, where the clerk finds them."""
    issues = in_order(dict.fromkeys(issues))
    place = leave(store.refused, ready.period, ready.books, issues)
    return Refused(ready.period, tuple(issues), place)


def _left(ready: Period, store: Store) -> Path | None:
    """Where the rows lie that the run left out, with the problems of each."""
    problems = [r.issue for book in ready.books.values()
                for found in book.refused.reasons.values() for r in found]  # fmt: skip
    if not problems:
        return None
    return leave(store.refused, ready.period, ready.books, in_order(dict.fromkeys(problems)))


def inputs_of(ready: Period, earlier: Earlier) -> dict[str, Any]:
    """All that a run follows from, whose hash is its id."""
    config = ready.config.model_dump(mode="json", exclude={"period", "allow", "pseudonym_key"})
    return {
        "version": __version__,
        "code": code_digest(),
        "period": ready.period,
        "as_of": ready.config.day_of(ready.period).isoformat(),
        "known_on": ready.config.known_on_of(ready.period).isoformat(),
        "config": config | {"allow": sorted(ready.config.allow)},
        "files": [{"book": n, "file": f.name, "sha256": f.sha256}
                  for n, b in ready.books.items() for f in b.files],
        "documents": [asdict(d) for d in sorted(ready.documents)],
        "factors": factor_digest(ready),
        **({"standards": code_of(folders_of(ready))} if ready.config.standard_folders else {}),
        "earlier": earlier.ids(),
        "allow_refused": ready.terms.allow_refused,
        "pseudonym_key": ready.terms.fingerprint,
    }  # fmt: skip


@cache
def code_digest() -> str:
    """The hash of the package's own files: a code that differs makes another run."""
    root = Path(str(resources.files("carbonledger")))
    kinds = (".py", ".yaml", ".csv", ".css", ".jinja")
    files = sorted(p for p in root.rglob("*") if p.suffix in kinds and "shipped" not in p.parts)
    return digest([[p.relative_to(root).as_posix(), sha256_of(p)] for p in files])


def factor_digest(ready: Period) -> str:
    """The hash of every factor and path file, shipped and the user's, workbooks included."""
    parts = []
    for layer, root in enumerate(ready.roots):
        if root.is_file():
            parts.append([layer, [[root.name, sha256_of(root)]]])
            continue
        files = sorted(p for p in root.rglob("*") if p.suffix in (".csv", ".yaml"))
        parts.append([layer, [[p.relative_to(root).as_posix(), sha256_of(p)] for p in files]])
    return digest(parts)


def head_of(ready: Period, run_id: str, accounted: Accounted) -> dict[str, Any]:
    """What a run is called, and the hash of its figures."""
    figures = {
        "entries": {k: dict(v) for k, v in accounted.fingerprints.items() if k != WACI},
        "totals": {k: ledger_content(v) for k, v in accounted.ledgers.items()},
    }
    if accounted.footprints:
        figures["footprints"] = {k: list(map(str, v)) for k, v in accounted.footprints.items()}
    return {
        "run_id": run_id,
        "figures_id": digest(figures),
        "run_dir": f"runs/{run_id}",
        "period": ready.period,
        "as_of": ready.config.day_of(ready.period).isoformat(),
        "known_on": ready.config.known_on_of(ready.period).isoformat(),
        "entity": {"zh": ready.config.entity.zh, "en": ready.config.entity.en},
        "currency": ready.config.currency,
    }
