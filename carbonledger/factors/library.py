"""All that factor files say, and which of it may answer on a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from carbonledger.factors.columns import Columns
from carbonledger.factors.lookup import NEEDS_LEAVE, Factors
from carbonledger.factors.rows import Part, Rows
from carbonledger.factors.sets import FactorRow, FactorSet
from carbonledger.issues import Issue, Place


@dataclass(frozen=True)
class Library:
    """Every table that was read, lower layers first; and what was wrong."""

    tables: tuple[Columns, ...]
    issues: tuple[Issue, ...]

    @property
    def sets(self) -> list[tuple[FactorSet, Sequence[FactorRow]]]:
        """Each set with all its rows, which are made when somebody asks for them."""
        return [(table.set, table) for table in self.tables]

    def known(
        self, known_on: date, *, allow: frozenset[str] = frozenset(), currency: str = "CNY"
    ) -> tuple[Factors, list[Issue]]:
        """The rows that may answer on a day, per unit of a currency; upper layers lie over."""
        sets: dict[str, FactorSet] = {}
        parts: dict[str, list[Part]] = {}
        issues = list(self.issues)
        for columns, problem in self.admitted(currency):
            if problem is not None:
                issues.append(problem)
                continue
            marks = zip(columns.confidence, columns.published, strict=True)
            may = [at for at, mark in enumerate(marks) if not withheld(*mark, known_on, allow)]
            id_, part = columns.set.id, Part(columns, may)
            sets[id_] = columns.set
            parts[id_] = [p.without(part) for p in parts.get(id_, ())] + [part]
        every = tuple(part for laid in parts.values() for part in laid)
        return Factors(sets, known_on, Rows(every)), issues

    def admitted(self, currency: str = "CNY") -> Iterator[tuple[Columns, Issue | None]]:
        """Each table, and what keeps it out if anything does."""
        below: dict[str, FactorSet] = {}
        for columns in self.tables:
            found = columns.set
            problem = _clash(below.get(found.id), found, currency)
            if problem is None:
                below[found.id] = found
            yield columns, problem


def withheld(confidence: str, published: date, known_on: date, allow: frozenset[str]) -> str:
    """Why a row may not answer on a day: a word for it, or nothing where it may."""
    if confidence == "DEMO":
        return "demo"
    if published > known_on:
        return "too_new"
    leave = NEEDS_LEAVE.get(confidence)
    return leave if leave is not None and leave not in allow else ""


def _clash(below: FactorSet | None, found: FactorSet, currency: str) -> Issue | None:
    """What keeps a set out: another currency, or an id that is taken or means something else."""
    if found.answers and found.currency not in ("", currency):
        details = (("other", found.currency),)
        return Issue("factor_currency_other", Place(found.file), currency, details)
    if below is None:
        return None
    if below.layer == found.layer:
        return Issue("factor_id_repeated", Place(found.file), found.id, (("first", below.file),))
    same = (below.kind, below.keys) == (found.kind, found.keys)
    return None if same else Issue("factor_set_changed", Place(found.file), found.id)
