"""The files of a run, written into its unfinished folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from carbonledger.analysis.disclosure import (
    Disclosure,
    to_json,
)
from carbonledger.analysis.metrics_summary import metrics_summary
from carbonledger.analysis.path import PathResult
from carbonledger.analysis.summary import summary
from carbonledger.entries import FORM
from carbonledger.intake.answers import as_csv as answers_csv
from carbonledger.intake.sealed import CORRECTIONS, LEFT_OUT, write_copy
from carbonledger.issues import Issue, Place, as_csv, errors
from carbonledger.ledger import Ledger
from carbonledger.runs import (
    ENTRIES,
    LEDGERS,
    Run,
    environment,
    hashes,
    sm3_hashes,
    statement,
    write_ledger,
)
from carbonledger.scale.local import Accounted
from carbonledger.scale.period import WACI, Period
from carbonledger.workflow.earlier import Earlier
from carbonledger.workflow.factor_files import SETS, USED, write_sets, write_used
from carbonledger.workflow.own_code import CODE, write_code
from carbonledger.workflow.telling import path_of, path_result, told

ANSWERS = "answers.csv"
"""The answers that a run used, with who gave them."""
Report = Callable[[Disclosure], Mapping[str, bytes]]


@dataclass(frozen=True)
class Writer:
    """Writes the files of one run into its unfinished folder."""

    ready: Period
    earlier: Earlier
    folder: Path
    inputs: Mapping[str, Any]
    head: Mapping[str, Any]
    accounted: Accounted
    issues: Sequence[Issue]
    restates: Run | None = None
    """The run whose sealed books are taken over as they are."""

    def work(self, report: Report | None) -> None:
        """All files but the manifest, then the manifest, which lists them."""
        if self.restates is not None:
            shutil.copytree(self.restates.folder / "books", self.folder / "books")
        else:
            write_books(self.ready, self.folder / "books")
        write_sets(self.ready, self.folder / SETS)
        write_code(self.ready, self.folder / CODE)
        if self.ready.answers:
            (self.folder / ANSWERS).write_bytes(answers_csv(self.ready.answers))
        self._json("config.json", self.inputs["config"])
        for name, found in ((CORRECTIONS, self.ready.corrections()),
                            (LEFT_OUT, self.ready.left_out())):  # fmt: skip
            if found:
                self._json(name, found)
        self._json("issues.json", [plain_issue(i) for i in self.issues])
        (self.folder / "issues.csv").write_bytes(as_csv(self.issues))
        self.work_again(report, self._present())
        predicate = {
            "run_id": self.head["run_id"], "figures_id": self.head["figures_id"],
            "period": self.ready.period, "inputs": self.inputs, "environment": environment(),
            "reference": self._referenced(),
            "fingerprints": self.accounted.fingerprints, "fingerprint_form": FORM,
        }  # fmt: skip
        sm3 = sm3_hashes(self.folder) if self.ready.config.sm3 else None
        entries = {f"{ENTRIES}/{n}.parquet": d for n, d in self.accounted.files.items()}
        manifest = statement(hashes(self.folder, entries), predicate, sm3)
        (self.folder / "manifest.json").write_bytes(manifest)

    def _referenced(self) -> list[str]:
        """The books that the run knows by their hash alone."""
        if self.restates is not None:
            return list(self.restates.manifest["reference"])
        return [n for n, b in self.ready.books.items() if not copied(self.ready, n, b)]

    def work_again(self, report: Report | None, given: Collection[str]) -> None:
        """What follows from the files given: a replay writes the same bytes again."""
        (self.folder / LEDGERS).mkdir()
        for name, ledger in self.accounted.ledgers.items():
            write_ledger(ledger, self.folder / LEDGERS / f"{name}.parquet")
        write_used(self.ready, self.folder / USED)
        path = path_result(self.ready.config, path_of(self.ready.config, self.ready.roots),
                           self.ready.period,
                           self._intensity(self._first()), self.earlier)  # fmt: skip
        disclosure = self.disclosure(path)
        if report is not None:
            (self.folder / "reports").mkdir()
            for name, content in report(disclosure).items():
                (self.folder / "reports" / name).write_bytes(content)
        (self.folder / "disclosure.json").write_bytes(to_json(disclosure))
        self._json("summary.json", self._summary(disclosure, given))

    def _json(self, name: str, value: object) -> None:
        text = json.dumps(value, ensure_ascii=False, indent=1, default=dict)
        (self.folder / name).write_bytes(text.encode() + b"\n")

    def _first(self) -> Ledger:
        return self.accounted.ledgers[self.ready.standards[0].id]

    @staticmethod
    def _intensity(ledger: Ledger) -> Fraction | None:
        return ledger.whole.intensity

    def _summary(self, disclosure: Disclosure, given: Collection[str]) -> dict[str, Any]:
        counts = {"errors": len(errors(self.issues))}
        counts["warnings"] = len(self.issues) - counts["errors"]
        accounts = [(s, self.accounted.ledgers[s.id]) for s in self.ready.standards if s.id != WACI]
        document = summary(self.head, accounts, self.accounted.ledgers.get(WACI), disclosure.path,
                           self.ready.config.currency, counts)  # fmt: skip
        document |= metrics_summary(disclosure)
        files = {"manifest.json", "summary.json", *given, *self._present()}
        return document | {"files": sorted(files)}

    def _present(self) -> list[str]:
        files = (p for p in self.folder.rglob("*") if p.is_file())
        return [p.relative_to(self.folder).as_posix() for p in files]

    def disclosure(self, path: PathResult | None) -> Disclosure:
        """Everything that a report may show."""
        return told(
            self.ready.config, self.head,
            {s.id: self.accounted.ledgers[s.id] for s in self.ready.standards},
            lambda s: pq.read_table(self.folder / ENTRIES / f"{s}.parquet", memory_map=True),
            self.ready, self.earlier, path, self.issues, self.accounted.footprints,
        )  # fmt: skip


def copied(ready: Period, name: str, book: Any) -> bool:
    """Text books are always sealed as typed copies, Parquet ones where ``seal: copy`` says so.

    So is a book that is not what its file says: with pseudonyms, corrections or refused rows; and
    one that joined by a number, a name or a decision: the copy has what it met.
    """
    own = not book.native or book.changed or bool(book.links) or ready.config.seal == "copy"
    return bool(book.files) and own


def write_books(ready: Period, folder: Path) -> None:
    """Typed copies of the books, without names."""
    folder.mkdir()
    for name, book in ready.books.items():
        if copied(ready, name, book):
            write_copy(book, folder / f"{name}.parquet")


def plain_issue(issue: Issue) -> dict[str, Any]:
    """An issue as plain values."""
    place = issue.place
    return {"code": issue.code, "value": issue.value, "details": list(issue.details),
            "place": {"file": place.file, "sheet": place.sheet, "row": place.row,
                      "column": place.column}}  # fmt: skip


def sealed_issues(run: Run) -> list[Issue]:
    """The issues of a sealed run again."""
    issues = json.loads((run.folder / "issues.json").read_bytes())
    return [Issue(i["code"], Place(**i["place"]), i["value"], tuple(map(tuple, i["details"])))
            for i in issues]  # fmt: skip
