"""A sealed run worked again from its own folder, and what comes out differently.

Under the versions it was sealed with every byte that was computed must come out the same; under
others the figures must: every entry, every total and so ``figures_id``, where it has the same form.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from carbonledger.digests import sha256_of
from carbonledger.entries import FORM
from carbonledger.issues import Issue, Place, errors
from carbonledger.ledger import Ledger, Total
from carbonledger.runs import ENTRIES, Run, Store, environment
from carbonledger.scale.period import WACI, Period
from carbonledger.workflow.check import accounted_for
from carbonledger.workflow.earlier import Earlier, named_again
from carbonledger.workflow.files import Report, Writer, sealed_issues
from carbonledger.workflow.reopen import reopened
from carbonledger.workflow.seal import code_digest, head_of

_COMPUTED = ("entries/", "totals/", "reports/", "factors.csv", "disclosure.json", "summary.json")


def replay(
    run: Run, store: Store, report: Report, folder: Path | None = None, *, trusted: bool = False
) -> list[Issue]:
    """Work the run again in a temporary folder; every difference is an issue.

    Code of the user's own standards that is sealed in it is run where it is ``trusted``.
    """
    ready, issues = reopened(run, folder, trusted=trusted)
    if ready is None:
        return issues
    earlier, missing = named_again(run, store)
    if missing:
        return missing
    with tempfile.TemporaryDirectory() as place:
        anew = Path(place) / run.id
        found = _worked(run, ready, earlier, report, anew)
        same_code = list(_versions(run))
        bytes_ = [] if same_code else list(_bytes(run, anew))
        return errors(issues) + found + same_code + bytes_


def _worked(run: Run, ready: Period, earlier: Earlier, report: Report, anew: Path) -> list[Issue]:
    """Account again and compare every figure; what follows from them is left in the folder."""
    (anew / ENTRIES).mkdir(parents=True)
    accounted = accounted_for(ready, anew / ENTRIES)
    if accounted is None:
        return [_differs(run, "figures", "-", "-")]
    head = head_of(ready, run.id, accounted)
    issues = list(_entries(run, ready, anew)) + list(_totals(run, accounted.ledgers))
    sealed = run.manifest["figures_id"]
    form = run.manifest.get("fingerprint_form", 1)
    if form != FORM:
        words = (("now", str(FORM)), ("sealed", str(form)))
        issues.append(Issue("replay_form", Place(run.id), "", words))
    elif head["figures_id"] != sealed:
        issues.append(_differs(run, "figures_id", sealed, head["figures_id"]))
    writer = Writer(ready, earlier, anew, run.manifest["inputs"], head, accounted,
                    sealed_issues(run))  # fmt: skip
    given = [name for name in run.files if not name.startswith(_COMPUTED)]
    writer.work_again(report if run.manifest["inputs"]["reports"] else None, given)
    return issues


def _entries(run: Run, ready: Period, anew: Path) -> Iterator[Issue]:
    """Every entry, column by column, the first row that differs named."""
    for standard in (s.id for s in ready.standards if s.id != WACI):
        before = run.entries(standard)
        after = pq.read_table(anew / ENTRIES / f"{standard}.parquet")
        name = f"{ENTRIES}/{standard}.parquet"
        if before.num_rows != after.num_rows:
            yield _differs(run, name, f"{before.num_rows} rows", f"{after.num_rows} rows")
            continue
        for column in (c for c in before.column_names if not c.startswith("factor_")):
            at = _first_difference(before, after, column)
            if at is not None:
                key = before.column("position_id")[at].as_py()
                was, now = (str(t.column(column)[at]) for t in (before, after))
                yield _differs(run, f"{name} {key} {column}", was, now)


def _first_difference(before: pa.Table, after: pa.Table, column: str) -> int | None:
    if before.column(column).equals(after.column(column)):
        return None
    one, two = before.column(column).to_pylist(), after.column(column).to_pylist()
    return next((k for k, (a, b) in enumerate(zip(one, two, strict=True)) if a != b), None)


def _totals(run: Run, ledgers: Mapping[str, Ledger]) -> Iterator[Issue]:
    """Every total, the first code of a dimension that differs named."""
    for standard, now in ledgers.items():
        before = run.ledger(standard)
        if before == now:
            continue
        both = [_by_cell(ledger) for ledger in (before, now)]
        for cell in sorted(both[0].keys() | both[1].keys()):
            one, two = (cells.get(cell) for cells in both)
            if one != two:
                yield _differs(run, f"totals/{standard} {' '.join(cell)}", str(one), str(two))


def _by_cell(ledger: Ledger) -> dict[tuple[str, str], Total]:
    cells = {(d, code): total for d, codes in ledger.by.items() for code, total in codes.items()}
    return {("", ""): ledger.whole, **cells}


def _versions(run: Run) -> Iterator[Issue]:
    """What differs between now and when the run was sealed."""
    sealed = dict(run.manifest["environment"]) | {"carbonledger": run.manifest["inputs"]["code"]}
    now = environment() | {"carbonledger": code_digest()}
    for name in sorted(sealed):
        if sealed[name] != now.get(name):
            words = (("now", f"{name} {now.get(name, '-')[:12]}"),
                     ("sealed", f"{name} {sealed[name][:12]}"))  # fmt: skip
            yield Issue("replay_version", Place(run.id), "", words)


def _bytes(run: Run, anew: Path) -> Iterator[Issue]:
    """Every computed file, byte by byte."""
    for name, sealed in run.files.items():
        if name.startswith(_COMPUTED):
            path = anew / name
            now = sha256_of(path) if path.is_file() else "-"
            if now != sealed:
                yield _differs(run, name, sealed[:12], now[:12])


def _differs(run: Run, name: str, sealed: str, replayed: str) -> Issue:
    words = (("replayed", replayed), ("sealed", sealed))
    return Issue("replay_differs", Place(f"{run.id}/{name}"), "", words)
