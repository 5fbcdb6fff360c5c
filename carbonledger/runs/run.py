"""A sealed run on disk: its manifest, figures, totals and entries."""

from __future__ import annotations

import glob
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from carbonledger.issues import Issue, Place
from carbonledger.ledger import MEASURES, Ledger, Total
from carbonledger.runs.manifest import FILE

LEDGERS = "totals"
ENTRIES = "entries"
UNFINISHED = ".unfinished-"


@dataclass(frozen=True)
class Run:
    """A sealed run on disk."""

    folder: Path
    _ledgers: dict[str, Ledger] = field(default_factory=dict, repr=False, compare=False)

    @property
    def id(self) -> str:
        """The run's id: its period and the first digits of the hash of its inputs."""
        return self.folder.name

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the run was made from: inputs, versions, fingerprints of its entries."""
        predicate: dict[str, Any] = self.statement["predicate"]
        return predicate

    @cached_property
    def statement(self) -> dict[str, Any]:
        """The whole manifest."""
        document: dict[str, Any] = json.loads((self.folder / FILE).read_bytes())
        return document

    @property
    def files(self) -> dict[str, str]:
        """The hash that every file of the run had when it was sealed."""
        return {s["name"]: s["digest"]["sha256"] for s in self.statement["subject"]}

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The figures as ``run --json`` prints them."""
        summary: dict[str, Any] = json.loads((self.folder / "summary.json").read_bytes())
        return summary

    @property
    def period(self) -> int:
        """The year accounted for."""
        return int(self.manifest["period"])

    @property
    def sm3(self) -> dict[str, str]:
        """The same by SM3, where the configuration asked for it."""
        digests = {s["name"]: s["digest"] for s in self.statement["subject"]}
        return {name: d["sm3"] for name, d in digests.items() if "sm3" in d}

    def ledger(self, standard: str) -> Ledger:
        """The totals of one standard, read once."""
        if standard not in self._ledgers:
            path = self.folder / LEDGERS / f"{standard}.parquet"
            self._ledgers[standard] = read_ledger(path)
        return self._ledgers[standard]

    def entries(self, standard: str) -> pa.Table:
        """The entries of one standard."""
        import pyarrow.parquet as pq

        return pq.read_table(self.folder / ENTRIES / f"{standard}.parquet")


def find_run(reference: str, places: list[Path]) -> tuple[Run | None, list[Issue]]:
    """The run that a path, an id or the beginning of an id names."""
    path = Path(reference)
    if not path.name:
        return None, [Issue("run_unknown", Place(), reference)]
    if (path / FILE).is_file():
        return Run(path), []
    place = path.parent if path.parent != Path() else None
    folders = [place, place / "runs"] if place else places
    found = sorted({
        match.parent
        for folder in folders
        for match in folder.glob(f"{glob.escape(path.name)}*/{FILE}")
        if not match.parent.name.startswith(UNFINISHED)
    })  # fmt: skip
    if len(found) == 1:
        return Run(found[0]), []
    if not found:
        return None, [Issue("run_unknown", Place(), reference)]
    several = ", ".join(f.name for f in found)
    return None, [Issue("run_ambiguous", Place(), reference, (("runs", several),))]


def write_ledger(ledger: Ledger, path: Path) -> None:
    """The totals of a standard as Parquet: dimension, code, and one column a measure."""
    import pyarrow.parquet as pq  # 13 ms that a check need not pay

    rows = [("", "", ledger.whole)]
    rows += [(d, code, total) for d, totals in ledger.by.items() for code, total in totals.items()]
    columns: dict[str, list[Any]] = {
        "dimension": [r[0] for r in rows], "code": [r[1] for r in rows],
    }  # fmt: skip
    for measure in MEASURES:
        columns[measure] = [getattr(r[2], measure) for r in rows]
    metadata = {"standard": ledger.standard, "account": ledger.account}
    table = pa.table(columns).replace_schema_metadata(metadata)
    pq.write_table(table, path, compression="zstd")


def read_ledger(path: Path) -> Ledger:
    """The same back."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:  # pq.read_table loads 0.2 s of modules that nobody needs
        table = file.read()
    by: dict[str, dict[str, Total]] = {}
    whole = Total()
    for row in table.to_pylist():
        total = Total(**{m: row.get(m, 0) for m in MEASURES})
        if row["dimension"]:
            by.setdefault(row["dimension"], {})[row["code"]] = total
        else:
            whole = total
    words = {k.decode(): v.decode() for k, v in table.schema.metadata.items()}
    return Ledger(words["standard"], words["account"], whole, by)


def ledger_content(ledger: Ledger) -> Mapping[str, object]:
    """A ledger's totals as plain values, for its hash."""
    return {
        "standard": ledger.standard,
        "whole": _values(ledger.whole),
        "by": {d: {c: _values(t) for c, t in totals.items()}
               for d, totals in sorted(ledger.by.items())},
    }  # fmt: skip


def _values(total: Total) -> list[str]:
    """The measures in order; those of refused rows and of later kinds only where there are any."""
    values = [str(getattr(total, m)) for m in MEASURES]
    first = (MEASURES.index(m) for m in ("rows_refused", "scored_g", "unscored"))
    ends = [k for k in (*first, len(MEASURES)) if not any(total[k:])]
    return values[: ends[0]]
