"""Everything of one sealed run that a disclosure may show: the one thing a form is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from fractions import Fraction

import pyarrow as pa
from pydantic import TypeAdapter

from carbonledger.analysis.path import PathResult
from carbonledger.factors import FactorRow
from carbonledger.footprint import Footprint
from carbonledger.issues import Issue
from carbonledger.ledger import Ledger, Total
from carbonledger.method import Standard, Text


@dataclass(frozen=True)
class Account:
    """One standard's ledger of the run, and its entries a position a row, read when asked for."""

    standard: Standard
    ledger: Ledger
    read: Callable[[], pa.Table]

    @property
    def entries(self) -> pa.Table:
        """The columns are those of ``runs/<id>/entries/<standard>.parquet``."""
        return self.read()


@dataclass(frozen=True)
class FactorUse:
    """A factor that answered, and how many entities it answered for."""

    row: FactorRow
    entities: int


@dataclass(frozen=True)
class FactorSetWords:
    """What a factor set says of itself, and the caveats of its rows that answered."""

    title: Text
    note: Text
    caveats: Mapping[str, Text]


@dataclass(frozen=True)
class Base:
    """The sealed run behind the base year of the path: how much of its book it covered."""

    run_id: str
    coverage: Fraction | None
    sections: Mapping[str, Fraction | None]
    """The same by GB/T 4754 section letter."""


@dataclass(frozen=True)
class Input:
    """One file that the run read: its role, name, bytes as hash, and rows."""

    book: str
    file: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class Corrected:
    """A cell that a named person corrected, with its effect in fen where it is an amount."""

    book: str
    id: str
    column: str
    old: str
    new: str
    who: str
    why: str
    evidence: str
    place: str
    effect: int | None = None


@dataclass(frozen=True)
class LeftOut:
    """Refused rows of a book that the run goes on without."""

    book: str
    rows: int
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Restated:
    """A year that was worked again: what was first reported of it, where, and why it changed."""

    period: int
    first_run_id: str
    reason: str
    totals: Mapping[str, Mapping[str, int]]
    """First-reported totals by standard and measure."""

    def first(self, standard: str) -> Total | None:
        """The total first reported under a standard."""
        found = self.totals.get(standard)
        return None if found is None else Total(**found)


@dataclass(frozen=True)
class Compared:
    """The earlier run that the report compares itself with."""

    run_id: str
    period: int
    ledgers: Mapping[str, Ledger]


@dataclass(frozen=True)
class Disclosure:
    """A sealed run as a report may tell it; money in fen, emissions in grams."""

    run_id: str
    figures_id: str
    entity: Text
    period: int
    as_of: date
    known_on: date
    currency: str
    accounts: tuple[Account, ...]
    waci: Ledger | None = None
    footprints: Mapping[str, Footprint] = field(default_factory=dict)
    """What the portfolio owns of its companies, by basis."""
    base_footprint: Footprint | None = None
    """The same by EVIC in the base year, where its run is sealed."""
    path: PathResult | None = None
    sector_paths: Mapping[str, PathResult] = field(default_factory=dict)
    """By GB/T 4754 section letter, where the base year is a sealed run."""
    base: Base | None = None
    """None where the base of the path is a declared figure."""
    compared: Compared | None = None
    declared: tuple[tuple[Text, Text], ...] = ()
    """What the configuration declares, as label and value: units, currency, exclusions ..."""
    factors: tuple[FactorUse, ...] = ()
    factor_sets: Mapping[str, FactorSetWords] = field(default_factory=dict)
    """By the id of the set."""
    inputs: tuple[Input, ...] = ()
    issues: tuple[Issue, ...] = ()
    corrections: tuple[Corrected, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    entities: Mapping[str, Text] = field(default_factory=dict)
    """Names of the reporting entities that are consolidated, by their code."""
    restated: tuple[Restated, ...] = ()
    """Years of the report that were worked again, its own included."""
    first_ledgers: Mapping[int, Mapping[str, Ledger]] = field(default_factory=dict)
    """Of those years that tables break down, the ledgers first reported, by standard."""

    def restated_in(self, year: int) -> Restated | None:
        """What was first reported of a year, where it was worked again."""
        return next((r for r in self.restated if r.period == year), None)


@dataclass(frozen=True)
class _Told:
    """A disclosure as a run keeps it: all but the ledgers and entries, which lie beside it."""

    run_id: str
    figures_id: str
    entity: Text
    period: int
    as_of: date
    known_on: date
    currency: str
    standards: tuple[str, ...]
    path: PathResult | None
    sector_paths: dict[str, PathResult]
    base: Base | None
    compared: Compared | None
    declared: tuple[tuple[Text, Text], ...]
    factors: tuple[FactorUse, ...]
    factor_sets: dict[str, FactorSetWords]
    inputs: tuple[Input, ...]
    issues: tuple[Issue, ...]
    corrections: tuple[Corrected, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    entities: dict[str, Text] = field(default_factory=dict)
    restated: tuple[Restated, ...] = ()
    footprints: dict[str, Footprint] = field(default_factory=dict)
    base_footprint: Footprint | None = None
    first_ledgers: dict[int, dict[str, Ledger]] = field(default_factory=dict)


def to_json(disclosure: Disclosure) -> bytes:
    """What a run keeps of its disclosure, so that any report can be written again from it."""
    values = {f.name: getattr(disclosure, f.name) for f in fields(_Told) if f.name != "standards"}
    values["sector_paths"] = dict(disclosure.sector_paths)
    values["factor_sets"] = dict(disclosure.factor_sets)
    values["entities"] = dict(disclosure.entities)
    values["footprints"] = dict(disclosure.footprints)
    values["first_ledgers"] = {y: dict(held) for y, held in disclosure.first_ledgers.items()}
    told = _Told(standards=tuple(a.standard.id for a in disclosure.accounts), **values)
    content: bytes = TypeAdapter(_Told).dump_json(told, indent=1)
    return content + b"\n"


def from_json(content: bytes, account: Callable[[str], Account], waci: Ledger | None) -> Disclosure:
    """The disclosure again; ``account`` gives the ledger and entries of a standard."""
    told = TypeAdapter(_Told).validate_json(content)
    values = {f.name: getattr(told, f.name) for f in fields(_Told) if f.name != "standards"}
    return Disclosure(accounts=tuple(account(s) for s in told.standards), waci=waci, **values)
