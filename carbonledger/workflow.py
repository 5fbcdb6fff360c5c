"""From a working folder to a sealed run: the steps of ``check`` and ``run``, without a terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from carbonledger import __version__
from carbonledger.analysis.declared import declared
from carbonledger.analysis.disclosure import (
    Account,
    Base,
    Compared,
    Disclosure,
    FactorSetWords,
    FactorUse,
    Input,
    from_json,
    to_json,
)
from carbonledger.analysis.path import DeclinePath, PathResult, hold_against, load_paths
from carbonledger.analysis.summary import summary
from carbonledger.config import FILE, Config, load_config
from carbonledger.engine import SEVERAL
from carbonledger.intake.book import sha256_of
from carbonledger.intake.sealed import open_sealed
from carbonledger.issues import Issue, Place, as_csv, errors, in_order
from carbonledger.ledger import Ledger
from carbonledger.runs import (
    ENTRIES,
    LEDGERS,
    Run,
    Store,
    digest,
    find_run,
    hashes,
    ledger_content,
    write_ledger,
)
from carbonledger.scale.local import (
    WACI,
    Accounted,
    Period,
    account,
    factor_roots,
    prepare,
    prepare_books,
)
from carbonledger.standards import standards

Report = Callable[[Disclosure], Mapping[str, bytes]]


@dataclass(frozen=True)
class Refused:
    """A period that could not be accounted for, and why."""

    period: int
    issues: tuple[Issue, ...]
    folder: Path | None = None


@dataclass(frozen=True)
class Sealed:
    """A period's run; ``fresh`` unless the same inputs had been sealed before."""

    run: Run
    issues: tuple[Issue, ...]
    fresh: bool


@dataclass(frozen=True)
class Earlier:
    """What a run compares itself with: base year, history, and the run before; ids are inputs."""

    base: Run | None
    runs: Mapping[int, Run]
    compared: Run | None

    def ids(self) -> dict[str, object]:
        """The ids, for the hash of the inputs."""
        return {"base": self.base.id if self.base else None,
                "history": {str(y): r.id for y, r in sorted(self.runs.items())},
                "compared": self.compared.id if self.compared else None}  # fmt: skip


def check(folder: Path, periods: Sequence[int] | None = None) -> tuple[Config | None, list[Issue]]:
    """Every problem of every book of every period, nothing written."""
    config, issues = load_config(folder)
    if config is None:
        return None, in_order(issues)
    found: list[Issue] = []
    wanted = periods or config.period
    store = Store(folder / "runs", folder / "refused")
    for period in wanted:
        found += _check_path(config, folder, period)
        _, unresolved = _earlier(config, folder, period, store, {})
        found += [i for i in unresolved if i.value not in map(str, wanted)]
        ready = prepare(config, folder, period)
        if not errors(ready.all_issues()):
            _account(ready, None)
        else:
            _read_all(ready)
        found += ready.all_issues()
    return config, in_order(dict.fromkeys(found))


def _read_all(ready: Period) -> None:
    """Read what can be read of every book, so that all its problems show at once."""
    for book in ready.books.values():
        for _ in book.batches():
            pass


def _check_path(config: Config, folder: Path, period: int) -> list[Issue]:
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


def seal(
    config: Config, folder: Path, period: int, store: Store, before: Mapping[int, Run],
    report: Report | None,
) -> Sealed | Refused:  # fmt: skip
    """Account for one period and seal its run; the same inputs give the same run."""
    ready = prepare(config, folder, period)
    problems = [*_check_path(config, folder, period), *ready.all_issues()]
    earlier, unresolved = _earlier(config, folder, period, store, before)
    problems += unresolved
    if errors(problems):
        _read_all(ready)
        every = [*_check_path(config, folder, period), *ready.all_issues(), *unresolved]
        return _refuse(ready, every, store)
    inputs = _inputs(ready, earlier) | {"reports": report is not None}
    run_id = f"{period}-{digest(inputs)[:8]}"
    if (store.folder / run_id / "manifest.json").is_file():
        run = store.run(run_id)
        return Sealed(run, tuple(_sealed_issues(run)), False)
    with store.unfinished() as unfinished:
        (unfinished / ENTRIES).mkdir()
        accounted = _account(ready, unfinished / ENTRIES)
        issues = in_order(dict.fromkeys([*problems, *ready.all_issues()]))
        if accounted is None or errors(issues):
            return _refuse(ready, issues, store)
        head = _head(ready, run_id, accounted)
        write = _Writer(ready, earlier, unfinished, inputs, head, accounted, issues)
        write.work(report)
        return Sealed(store.seal(unfinished, run_id), tuple(issues), True)


def _account(ready: Period, folder: Path | None) -> Accounted | None:
    """The accounting; figures too large for the ledger refuse the book."""
    try:
        return account(ready, folder)
    except OverflowError as overflow:
        ready.issues.append(Issue("figures_too_large", Place(), str(overflow)))
        return None


def _refuse(ready: Period, issues: Sequence[Issue], store: Store) -> Refused:
    """Leave the issues, in the rows of the input, where the clerk finds them."""
    issues = in_order(dict.fromkeys(issues))
    text = as_csv(issues)
    place = store.refused / digest(text.decode("utf-8-sig"))[:8]
    place.mkdir(parents=True, exist_ok=True)
    (place / "issues.csv").write_bytes(text)
    return Refused(ready.period, tuple(issues), place)


def _earlier(
    config: Config, folder: Path, period: int, store: Store, before: Mapping[int, Run]
) -> tuple[Earlier, list[Issue]]:
    """The runs that this one refers to: those named, those just run, else those published."""
    issues: list[Issue] = []

    def named(reference: str) -> Run | None:
        run, problems = find_run(reference, [store.folder])
        issues.extend(problems)
        return run

    def of_year(year: int) -> Run | None:
        return before.get(year) or store.latest(year, published=True)

    base: Run | None = None
    wanted = config.base_year
    if wanted is not None and wanted.run is not None:
        base = named(wanted.run)
    elif wanted is not None and wanted.year is not None and wanted.intensity is None:
        base = of_year(wanted.year) or store.latest(wanted.year, published=False)
        if base is None and wanted.year != period:
            issues.append(Issue("base_year_run_missing", Place(FILE, column="base_year"),
                                str(wanted.year)))  # fmt: skip
    first = base.period if base else (wanted.year if wanted and wanted.year else period)
    runs = {y: r for y in range(first, period) if (r := of_year(y)) is not None}
    if config.compare_with is not None:
        compared = named(config.compare_with)
    else:
        compared = before.get(period - 1) or store.last_published_before(period)
    return Earlier(base, runs, compared), issues


def _inputs(ready: Period, earlier: Earlier) -> dict[str, Any]:
    config = ready.config.model_dump(mode="json", exclude={"period", "allow"})
    return {
        "version": __version__,
        "period": ready.period,
        "as_of": ready.config.day_of(ready.period).isoformat(),
        "known_on": ready.config.known_on_of(ready.period).isoformat(),
        "config": config | {"allow": sorted(ready.config.allow)},
        "files": [{"book": n, "file": f.name, "sha256": f.sha256}
                  for n, b in ready.books.items() for f in b.files],
        "factors": _factor_digest(ready),
        "earlier": earlier.ids(),
    }  # fmt: skip


def _factor_digest(ready: Period) -> str:
    """The hash of every factor and path file, shipped and the user's."""
    parts = []
    for layer, root in enumerate(factor_roots(ready.config, ready.folder)):
        files = sorted(p for p in root.rglob("*") if p.suffix in (".csv", ".yaml"))
        parts.append([layer, [[p.relative_to(root).as_posix(), sha256_of(p)] for p in files]])
    return digest(parts)


def _head(ready: Period, run_id: str, accounted: Accounted) -> dict[str, Any]:
    figures = {
        "entries": {k: dict(v) for k, v in accounted.fingerprints.items() if k != WACI},
        "totals": {k: ledger_content(v) for k, v in accounted.ledgers.items()},
    }
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


def _sealed_issues(run: Run) -> list[Issue]:
    issues = json.loads((run.folder / "issues.json").read_bytes())
    return [Issue(i["code"], Place(**i["place"]), i["value"], tuple(map(tuple, i["details"])))
            for i in issues]  # fmt: skip


@dataclass(frozen=True)
class _Writer:
    """Writes the files of one run into its unfinished folder."""

    ready: Period
    earlier: Earlier
    folder: Path
    inputs: Mapping[str, Any]
    head: Mapping[str, Any]
    accounted: Accounted
    issues: Sequence[Issue]

    def work(self, report: Report | None) -> None:
        """All files but the manifest, then the manifest, which lists them."""
        (self.folder / LEDGERS).mkdir()
        for name, ledger in self.accounted.ledgers.items():
            write_ledger(ledger, self.folder / LEDGERS / f"{name}.parquet")
        _write_books(self.ready, self.folder / "books")
        _write_factors(self.ready, self.folder)
        self._json("config.json", self.inputs["config"])
        self._json("issues.json", [_plain_issue(i) for i in self.issues])
        (self.folder / "issues.csv").write_bytes(as_csv(self.issues))
        path = path_result(self.ready.config, self.ready.folder, self.ready.period,
                           self._intensity(self._first()), self.earlier)  # fmt: skip
        disclosure = self.disclosure(path)
        if report is not None:
            (self.folder / "reports").mkdir()
            for name, content in report(disclosure).items():
                (self.folder / "reports" / name).write_bytes(content)
        (self.folder / "disclosure.json").write_bytes(to_json(disclosure))
        self._json("summary.json", self._summary(path))
        manifest = {
            "schema": "carbonledger.manifest/1", "run_id": self.head["run_id"],
            "figures_id": self.head["figures_id"], "period": self.ready.period,
            "inputs": self.inputs,
            "reference": [n for n, b in self.ready.books.items() if not _copied(self.ready, n, b)],
            "fingerprints": self.accounted.fingerprints, "files": hashes(self.folder),
        }  # fmt: skip
        self._json("manifest.json", manifest)

    def _json(self, name: str, value: object) -> None:
        text = json.dumps(value, ensure_ascii=False, indent=1, default=dict)
        (self.folder / name).write_bytes(text.encode() + b"\n")

    def _first(self) -> Ledger:
        return self.accounted.ledgers[self.ready.standards[0].id]

    @staticmethod
    def _intensity(ledger: Ledger) -> Fraction | None:
        return ledger.whole.intensity

    def _summary(self, path: PathResult | None) -> dict[str, Any]:
        counts = {"errors": len(errors(self.issues))}
        counts["warnings"] = len(self.issues) - counts["errors"]
        accounts = [(s, self.accounted.ledgers[s.id]) for s in self.ready.standards if s.id != WACI]
        document = summary(self.head, accounts, self.accounted.ledgers.get(WACI), path,
                           self.ready.config.currency, counts)  # fmt: skip
        files = {"manifest.json", "summary.json", *hashes(self.folder)}
        return document | {"files": sorted(files)}

    def disclosure(self, path: PathResult | None) -> Disclosure:
        """Everything that a report may show."""
        return _disclosure(
            self.ready.config, self.ready.folder, self.head,
            {s.id: self.accounted.ledgers[s.id] for s in self.ready.standards},
            lambda s: pq.read_table(self.folder / ENTRIES / f"{s}.parquet", memory_map=True),
            self.ready, self.earlier, path, self.issues,
        )  # fmt: skip


def path_result(
    config: Config, folder: Path, period: int, now: Fraction | None, earlier: Earlier,
    letter: str | None = None,
) -> PathResult | None:  # fmt: skip
    """The first standard's intensity against the path, of the whole or of a sector section."""
    if config.path is None or config.base_year is None:
        return None
    path: DeclinePath = load_paths(factor_roots(config, folder))[0][config.path]
    standard = config.standards[0]

    def of(run: Run) -> Fraction | None:
        ledger = run.ledger(standard)
        if letter is None:
            return ledger.whole.intensity
        total = by_section(ledger).get(letter)
        return total.intensity if total else None

    wanted = config.base_year
    actuals = {} if letter else {y: Fraction(v) for y, v in config.history.items()}
    actuals |= {y: v for y, r in earlier.runs.items() if (v := of(r)) is not None}
    if earlier.base is not None:
        year, base = earlier.base.period, of(earlier.base)
    elif wanted.intensity is not None and wanted.year is not None and letter is None:
        year, base = wanted.year, Fraction(wanted.intensity)
    else:
        year, base = period, now
    if base is None or now is None or not base or not path.covers(year):
        return None
    actuals |= {year: base, period: now}
    return hold_against(path, base_year=year, base_intensity=base, actuals=actuals, year=period)


def by_section(ledger: Ledger) -> Mapping[str, Any]:
    """Totals by GB/T 4754 section letter."""
    return ledger.rolled("sector", {c: c[:1] for c in ledger.by.get("sector", {}) if c})


def _copied(ready: Period, name: str, book: Any) -> bool:
    """Text books are always sealed as typed copies, Parquet ones where ``seal: copy`` says so."""
    return bool(book.files) and (not book.native or ready.config.seal == "copy")


def _write_books(ready: Period, folder: Path) -> None:
    folder.mkdir()
    for name, book in ready.books.items():
        if not _copied(ready, name, book):
            continue
        tables = []
        for batch in book.batches():
            columns = {
                c: v for c, v in batch.columns.items() if c not in ("name", "counterparty_name")
            }
            file = pa.DictionaryArray.from_arrays(pa.array([0] * len(batch.rows), pa.int32()),
                                                  pa.array([batch.file]))  # fmt: skip
            tables.append(pa.table({"file": file.cast(pa.string()), "row": pa.array(batch.rows), **{
                c: v.cast(pa.string()) if pa.types.is_dictionary(v.type) else v
                for c, v in columns.items()}}))  # fmt: skip
        if tables:
            table = pa.concat_tables(tables, promote_options="default")
            pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def used_factors(ready: Period) -> dict[int, int]:
    """The factors that answered, by row of ``Factors.rows``, and for how many entities."""
    counts: dict[int, int] = {}
    for shown in ready.estimated.values():
        answered = shown.estimates.option >= 0
        rows = shown.estimates.factor[answered]
        for row in rows[rows >= 0].tolist():
            counts[row] = counts.get(row, 0) + 1
        if (rows == SEVERAL).any():
            counts.setdefault(SEVERAL, 0)
    return dict(sorted(counts.items()))


def _write_factors(ready: Period, folder: Path) -> None:
    """The factor rows that answered, by the number that entries name."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["row", "set", "kind", "keys", "year", "published", "published_basis", "value",
                     "unit", "confidence", "entities", "citation_zh", "citation_en"])  # fmt: skip
    for number, entities in used_factors(ready).items():
        if number >= 0:
            row = ready.factors.rows[number]
            keys = " ".join(f"{k}={v}" for k, v in row.keys)
            writer.writerow([number, row.set_id, row.kind, keys, row.year, row.published,
                             row.published_basis, row.value, row.unit, row.confidence, entities,
                             row.citation("zh"), row.citation("en")])  # fmt: skip
    (folder / "factors.csv").write_bytes(out.getvalue().encode("utf-8-sig"))


def _plain_issue(issue: Issue) -> dict[str, Any]:
    place = issue.place
    return {"code": issue.code, "value": issue.value, "details": list(issue.details),
            "place": {"file": place.file, "sheet": place.sheet, "row": place.row,
                      "column": place.column}}  # fmt: skip


def _disclosure(
    config: Config, folder: Path, head: Mapping[str, Any], ledgers: Mapping[str, Ledger],
    entries: Callable[[str], pa.Table], ready: Period, earlier: Earlier,
    path: PathResult | None, issues: Sequence[Issue],
) -> Disclosure:  # fmt: skip
    sectors: dict[str, PathResult] = {}
    if earlier.base is not None and path is not None:
        for letter, total in by_section(ledgers[config.standards[0]]).items():
            held = path_result(config, folder, ready.period, total.intensity, earlier, letter)
            if letter and held is not None:
                sectors[letter] = held
    compared = earlier.compared
    used = {n: c for n, c in used_factors(ready).items() if n >= 0}
    return Disclosure(
        run_id=head["run_id"], figures_id=head["figures_id"], entity=config.name,
        period=ready.period, as_of=config.day_of(ready.period),
        known_on=config.known_on_of(ready.period), currency=config.currency,
        accounts=tuple(Account(s, ledgers[s.id], partial(entries, s.id))
                       for s in ready.standards if s.id != WACI),
        waci=ledgers.get(WACI), path=path, sector_paths=sectors,
        base=None if path is None else _base(config, head["run_id"], ledgers, earlier),
        compared=None if compared is None else Compared(
            compared.id, compared.period,
            {s: compared.ledger(s) for s in config.standards
             if (compared.folder / LEDGERS / f"{s}.parquet").exists()}),
        declared=declared(config),
        factors=tuple(FactorUse(ready.factors.rows[n], c) for n, c in used.items()),
        factor_sets=_set_words(ready, used),
        inputs=tuple(Input(n, f.name, f.sha256, b.rows)
                     for n, b in ready.books.items() for f in b.files),
        issues=tuple(issues),
    )  # fmt: skip


def _base(
    config: Config, run_id: str, ledgers: Mapping[str, Ledger], earlier: Earlier
) -> Base | None:
    """The coverage behind the base of the path; None where the base is a declared figure."""
    declared_base = config.base_year is not None and config.base_year.intensity is not None
    if earlier.base is None and declared_base:
        return None
    standard = config.standards[0]
    ledger = earlier.base.ledger(standard) if earlier.base else ledgers[standard]
    sections = {k: t.coverage for k, t in by_section(ledger).items() if k}
    return Base(earlier.base.id if earlier.base else run_id, ledger.whole.coverage, sections)


def _set_words(ready: Period, used: Mapping[int, int]) -> dict[str, FactorSetWords]:
    """What is said of the sets that answered, and of the caveats of their rows that did."""
    words: dict[str, FactorSetWords] = {}
    for row in (ready.factors.rows[n] for n in used):
        found = ready.factors.sets[row.set_id]
        said = words.setdefault(row.set_id, FactorSetWords(found.title, found.note, {}))
        caveats = {row.caveat: found.caveats[row.caveat]} if row.caveat else {}
        words[row.set_id] = FactorSetWords(said.title, said.note, {**said.caveats, **caveats})
    return words


def disclosure_of(run: Run) -> Disclosure:
    """A sealed run's disclosure, for any report that is written of it later."""

    def sealed_account(standard: str) -> Account:
        return Account(standards()[standard], run.ledger(standard), partial(run.entries, standard))

    content = (run.folder / "disclosure.json").read_bytes()
    waci = run.ledger(WACI) if (run.folder / LEDGERS / f"{WACI}.parquet").exists() else None
    return from_json(content, sealed_account, waci)


def reopened(run: Run) -> tuple[Period | None, list[Issue]]:
    """A sealed run's books, factors and entities again, as they were when it was sealed."""
    config = Config.model_validate(run.manifest["inputs"]["config"] | {"period": str(run.period)})
    working = run.folder.parent.parent
    inputs = run.manifest["inputs"]["files"]
    books, issues = open_sealed(run.folder, config, run.period, working,
                                {f["file"]: f["sha256"] for f in inputs})  # fmt: skip
    if errors(issues):
        return None, issues
    ready = prepare_books(config, working, run.period, books)
    if _factor_digest(ready) != run.manifest["inputs"]["factors"]:
        issues.append(Issue("factors_changed", Place(run.id)))
    return ready, issues + ready.all_issues()
