"""Whether a run, or all runs of a folder, are still what was sealed: every hash and the chain."""

from __future__ import annotations

import json
from pathlib import Path

from carbonledger.digests import sha256_of
from carbonledger.issues import Issue, Place
from carbonledger.runs.manifest import FILE, STATEMENT, digest, sm3_of
from carbonledger.runs.run import UNFINISHED, Run
from carbonledger.runs.store import CHAIN, Store, holds_runs


def verify_run(run: Run) -> list[Issue]:
    """Every file of the run against its manifest, and the manifest against the run's own id."""
    try:
        said = run.files
        inputs, period = run.manifest["inputs"], run.period
        sound = run.statement["_type"] == STATEMENT
    except (OSError, ValueError, KeyError, TypeError):
        return [_issue(run, "verify_manifest", FILE)]
    issues = []
    if not sound or f"{period}-{digest(inputs)[:8]}" != run.id:
        issues.append(_issue(run, "verify_run_id", FILE))
    found = {p.relative_to(run.folder).as_posix() for p in run.folder.rglob("*") if p.is_file()}
    for name in sorted(said.keys() | found - {FILE}):
        if name not in found:
            issues.append(_issue(run, "verify_missing", name))
        elif name not in said:
            issues.append(_issue(run, "verify_surplus", name))
        elif sha256_of(run.folder / name) != said[name] or not _sm3_fits(run, name):
            issues.append(_issue(run, "verify_changed", name))
    return issues


def _sm3_fits(run: Run, name: str) -> bool:
    return name not in run.sm3 or sm3_of(run.folder / name) == run.sm3[name]


def verify_chain(store: Store) -> list[Issue]:
    """The chain of events, and the manifest of each run against what the chain says of it."""
    place, folders = Place(CHAIN), _folders(store)
    try:
        broken = store.broken_at()
        events = store.events()
    except (ValueError, KeyError, TypeError):
        return [Issue("verify_chain", Place(CHAIN, row=_unreadable(store)))]
    issues = [] if broken is None else [Issue("verify_chain", Place(CHAIN, row=broken))]
    manifests = {e["run_id"]: (e["seq"], e["manifest"], e["event"]) for e in events}
    for run_id, (seq, manifest, event) in manifests.items():
        path = store.folder / run_id / FILE
        if not path.is_file():
            if event != "removed":
                issues.append(Issue("verify_run_gone", Place(CHAIN, row=seq), run_id))
        elif sha256_of(path) != manifest:
            issues.append(_issue(store.run(run_id), "verify_changed", FILE))
    for folder in folders:
        if folder.name not in manifests:
            issues.append(Issue("verify_not_in_chain", place, folder.name))
    return issues


def verify_all(store: Store) -> list[Issue]:
    """The chain and every run that it names."""
    issues = verify_chain(store)
    for folder in _folders(store):
        issues += verify_run(Run(folder))
    return list(dict.fromkeys(issues))


def _folders(store: Store) -> list[Path]:
    """The folders of runs; what a killed process left unfinished is none."""
    found = (path.parent for path in store.folder.glob(f"*/{FILE}"))
    return sorted(p for p in found if not p.name.startswith(UNFINISHED))


def verify_bundle(folder: Path) -> tuple[list[Run], list[Issue]]:
    """The run that is there whole; of others only totals are, and what is there must be right."""
    runs = [Run(f) for f in sorted(folder.iterdir()) if f.is_dir()] if folder.is_dir() else []
    found = {run: verify_run(run) for run in runs}
    whole = [
        r for r, issues in found.items() if not any(i.code == "verify_missing" for i in issues)
    ]
    issues = [i for r in runs for i in found[r] if r in whole or i.code != "verify_missing"]
    if not whole:
        issues.append(Issue("verify_missing", Place("runs")))
    return whole, issues


def _issue(run: Run, code: str, name: str) -> Issue:
    return Issue(code, Place(f"{run.id}/{name}"))


def _unreadable(store: Store) -> int:
    """The first line of the chain that is no event."""
    lines = (store.folder / CHAIN).read_bytes().splitlines()
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
        except ValueError:
            return number
        if (
            not isinstance(event, dict)
            or not {"event", "run_id", "seq", "hash", "manifest"} <= event.keys()
        ):
            return number
    return len(lines)


def store_of(path: Path) -> Store | None:
    """The store that a path names: a chain file, the folder of runs, or the working folder."""
    folders = (path.parent,) if path.name == CHAIN else (path, path / "runs")
    found = next((f for f in folders if holds_runs(f)), None)
    return None if found is None else Store(found, found.parent / "refused")
