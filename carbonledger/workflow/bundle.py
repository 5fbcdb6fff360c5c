"""A run with all it needs to be worked again on a bare machine, as one file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from carbonledger.intake.sealed import BUNDLED, write_copy
from carbonledger.issues import Issue, errors
from carbonledger.runs import LEDGERS, Run, Store
from carbonledger.runs.archive import pack
from carbonledger.runs.manifest import FILE
from carbonledger.workflow.earlier import named_again
from carbonledger.workflow.reopen import sealed_books

_OF_EARLIER = (FILE, "summary.json", "disclosure.json")
"""What a run needs of those it refers to, beside their totals."""


def bundle(run: Run, store: Store, target: Path, folder: Path | None = None) -> list[Issue]:
    """Write the run, the totals of the runs it refers to, and books sealed by their hash.

    Such books go in as typed copies without names, so that a bundle holds no more than a run does.
    """
    earlier, issues = named_again(run, store)
    if issues:
        return issues
    files = {f"runs/{run.id}/{name}": run.folder / name for name in (*run.files, FILE)}
    files |= {f"runs/{p.name}": p for p in run.folder.parent.glob(f"{run.id}.*.sig")}
    named = (earlier.base, earlier.compared, *earlier.runs.values(), *earlier.first.values())
    runs = [r for r in named if r is not None]
    for other in runs:
        names = [n for n in other.files if n.startswith(f"{LEDGERS}/") or n in _OF_EARLIER]
        files |= {f"runs/{other.id}/{n}": other.folder / n for n in (*names, FILE)}
    with tempfile.TemporaryDirectory() as place:
        copies, issues = _referenced(run, folder, Path(place))
        if not errors(issues):
            pack(files | copies, target)
    return issues


def _referenced(run: Run, folder: Path | None, place: Path) -> tuple[dict[str, Path], list[Issue]]:
    """Typed copies of the books that the run knows by their hash alone."""
    names = run.manifest["reference"]
    if not names:
        return {}, []
    books, issues = sealed_books(run, folder)
    if errors(issues):
        return {}, issues
    for name in names:
        write_copy(books[name], place / f"{name}.parquet")
    return {f"{BUNDLED}/{name}.parquet": place / f"{name}.parquet" for name in names}, []
