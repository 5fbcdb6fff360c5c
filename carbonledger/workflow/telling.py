"""What a run tells: the figures held against the path, and the disclosure of it all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from carbonledger import codes
from carbonledger.analysis.declared import declared
from carbonledger.analysis.disclosure import (
    Account,
    Base,
    Compared,
    Corrected,
    Disclosure,
    FactorSetWords,
    FactorUse,
    Input,
    LeftOut,
)
from carbonledger.analysis.path import DeclinePath, PathResult, hold_against, load_paths
from carbonledger.config import Config
from carbonledger.footprint import Footprint
from carbonledger.issues import Issue, Refusal
from carbonledger.ledger import Ledger
from carbonledger.method import Text
from carbonledger.runs import (
    LEDGERS,
    Run,
)
from carbonledger.scale.period import WACI, Period
from carbonledger.workflow.earlier import Earlier
from carbonledger.workflow.used import used_factors


def path_of(config: Config, roots: Sequence[Path]) -> DeclinePath | None:
    """The decline path that the configuration names, None where it names none or no base."""
    if config.path is None or config.base_year is None:
        return None
    return load_paths(roots)[0][config.path]


def path_result(
    config: Config, path: DeclinePath | None, period: int, now: Fraction | None, earlier: Earlier,
    letter: str | None = None,
) -> PathResult | None:  # fmt: skip
    """The first standard's intensity against the path, of the whole or of a sector section."""
    if path is None or config.base_year is None:
        return None
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


def told(
    config: Config, head: Mapping[str, Any], ledgers: Mapping[str, Ledger],
    entries: Callable[[str], pa.Table], ready: Period, earlier: Earlier,
    path: PathResult | None, issues: Sequence[Issue], footprints: Mapping[str, Footprint],
) -> Disclosure:  # fmt: skip
    """Everything that a report may show of a run."""
    sectors: dict[str, PathResult] = {}
    if earlier.base is not None and path is not None:
        for letter, total in by_section(ledgers[config.standards[0]]).items():
            held = path_result(config, path.path, ready.period, total.intensity, earlier, letter)
            if letter and held is not None:
                sectors[letter] = held
    compared = earlier.compared
    rows = {n: b.rows for n, b in ready.books.items()}
    rows |= {o["book"]: o["read"] for o in ready.left_out()}
    used = {n: c for n, c in used_factors(ready).items() if n >= 0}
    return Disclosure(
        run_id=head["run_id"], figures_id=head["figures_id"], entity=config.name,
        period=ready.period, as_of=config.day_of(ready.period),
        known_on=config.known_on_of(ready.period), currency=config.currency,
        accounts=tuple(Account(s, ledgers[s.id], partial(entries, s.id))
                       for s in ready.standards if s.id != WACI),
        waci=ledgers.get(WACI), footprints=footprints,
        base_footprint=_base_footprint(earlier), path=path, sector_paths=sectors,
        base=None if path is None else _base(config, head["run_id"], ledgers, earlier),
        compared=None if compared is None else Compared(
            compared.id, compared.period, _ledgers_of(ready, compared)),
        declared=declared(config),
        factors=tuple(FactorUse(ready.factors.rows[n], c) for n, c in used.items()),
        factor_sets=_set_words(ready, used),
        inputs=tuple(Input(n, f.name, f.sha256, rows[n])
                     for n, b in ready.books.items() for f in b.files),
        issues=tuple(issues),
        restated=tuple(r for _, r in sorted(earlier.restated.items())),
        first_ledgers={y: _ledgers_of(ready, r) for y, r in sorted(earlier.first.items())},
        corrections=tuple(_corrected(ready)),
        left_out=tuple(LeftOut(o["book"], o["rows"], tuple(o["codes"]))
                       for o in ready.left_out()),
        entities={code: Text(e.zh, e.en) for code, e in config.entities.items()},
    )  # fmt: skip


def _base_footprint(earlier: Earlier) -> Footprint | None:
    """What the base year's run owned by EVIC."""
    if earlier.base is None:
        return None
    told_then = json.loads((earlier.base.folder / "disclosure.json").read_bytes())
    sums = told_then.get("footprints", {}).get("evic")
    return None if sums is None else Footprint(*sums)


def _ledgers_of(ready: Period, run: Run) -> dict[str, Ledger]:
    """The ledgers of a run under the standards of this one."""
    return {s: run.ledger(s) for s in (own.id for own in ready.standards)
            if s != WACI and (run.folder / LEDGERS / f"{s}.parquet").exists()}  # fmt: skip


def _corrected(ready: Period) -> Iterator[Corrected]:
    """The corrections with their effect in the reporting currency, where there is a rate."""
    for one in ready.corrections():
        effect = None
        if one["old_fen"] is not None and one["new_fen"] is not None:
            effect = _converted(one["new_fen"] - one["old_fen"], one["currency"], ready)
        names = ("book", "id", "column", "old", "new", "who", "why", "evidence", "place")
        yield Corrected(**{n: one[n] for n in names}, effect=effect)


def _converted(fen: int, currency: str | None, ready: Period) -> int | None:
    """An amount in the reporting currency; a change of currency itself is no amount."""
    try:
        code = ready.config.currency if currency is None else codes.currency(currency)
    except Refusal:
        return None
    if code == ready.config.currency:
        return fen
    rate = ready.exchange.rate(code)
    return None if rate is None else round(Fraction(rate.value) * fen)


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
