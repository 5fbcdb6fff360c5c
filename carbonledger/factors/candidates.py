"""Every row that might answer a look-up, in the order of the look-up, and why each did or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from carbonledger.factors.library import Library, withheld
from carbonledger.factors.lookup import Factors, latest
from carbonledger.factors.order import age, chain, nearness, of_another_year, rank
from carbonledger.factors.prices import Adjustment
from carbonledger.factors.sets import FactorRow, FactorSet
from carbonledger.issues import Issue


@dataclass(frozen=True)
class Question:
    """What is looked up: a kind by its keys, for a year, as known on a day."""

    kind: str
    wanted: Mapping[str, str | None]
    year: int
    known_on: date
    allow: frozenset[str] = frozenset()
    currency: str = "CNY"


@dataclass(frozen=True)
class Candidate:
    """A row that might answer, how far above what was asked it stands, and what came of it."""

    set: FactorSet
    row: FactorRow
    sector_level: int
    region_level: int
    verdict: str
    """``answered``, or a word for why not."""


@dataclass(frozen=True)
class Answer:
    """All candidates, the flags of the one that answered, and its value at the year's prices."""

    question: Question
    candidates: tuple[Candidate, ...]
    factors: Factors
    row: int
    flags: int
    adjusted: Adjustment | None


def candidates(library: Library, question: Question) -> Answer:
    """Ask the look-up itself, and put beside it every row that the keys might lead to."""
    factors, _ = library.known(question.known_on, allow=question.allow, currency=question.currency)
    at = factors.at(question.year)
    found = at.find(question.kind, {k: [code] for k, code in question.wanted.items()})
    best = int(found.row[0])
    judged = _Judge(question, factors, factors.rows[best] if best >= 0 else None)
    listed = [
        Candidate(found_set, row, *_levels(row, question), judged.verdict(found_set, row, problem))
        for found_set, row, problem in _reached(library, question)
    ]  # fmt: skip
    listed.sort(key=_order)
    adjusted = at.adjusted(best) if best >= 0 else None
    return Answer(question, tuple(listed), factors, best, int(found.flags[0]), adjusted)


def _reached(
    library: Library, question: Question
) -> Iterator[tuple[FactorSet, FactorRow, Issue | None]]:
    """Rows of the kind whose every code is one asked for, or stands above it."""
    levels = {key: chain(key, code) for key, code in question.wanted.items()}
    for columns, problem in library.admitted(question.currency):
        found = columns.set
        if found.kind != question.kind or not set(found.keys) <= levels.keys():
            continue
        for at, codes in enumerate(columns.keys):
            if all(c in levels[k] for k, c in zip(found.keys, codes, strict=True)):
                yield found, columns[at], problem


def _levels(row: FactorRow, question: Question) -> tuple[int, int]:
    """How far above what was asked a row stands; a key that nobody asked for is no distance."""
    sector, region = nearness(dict(row.keys), question.wanted)
    return max(sector, 0), max(region, 0)


class _Judge:
    """Says of each row why it is not the one that answered."""

    def __init__(self, question: Question, factors: Factors, answered: FactorRow | None) -> None:
        self.question, self.answered = question, answered
        rows = factors.rows
        self.known = {
            (part.columns.set.id, part.columns.set.layer, part.columns.keys[n],
             part.columns.years[n], part.columns.published[n])
            for part in rows.parts if part.columns.set.kind == question.kind for n in part.at
        }  # fmt: skip
        newest = latest(rows, question.kind, question.year).values()
        self.latest = {_identity(rows[each.row]) for each in newest}

    def verdict(self, of: FactorSet, row: FactorRow, problem: Issue | None) -> str:
        if self.answered is not None and _identity(row) == _identity(self.answered):
            return "answered"
        if not of.answers:
            return "reference"
        if problem is not None:
            return "currency" if problem.code == "factor_currency_other" else "set_refused"
        asked = self.question
        reason = withheld(row.confidence, row.published, asked.known_on, asked.allow)
        if reason or of_another_year(row.kind, row.year, asked.year):
            return reason or "other_year"
        if _identity(row) not in self.known:
            return "laid_over"
        if _identity(row) not in self.latest:
            return "older"
        if self.answered is None:
            return "combined"
        wanted = asked.wanted
        near = nearness(dict(row.keys), wanted)
        same = near == nearness(dict(self.answered.keys), wanted)
        return "behind" if same else "farther"


def _identity(row: FactorRow) -> tuple[object, ...]:
    codes = tuple(code for _, code in row.keys)
    return (row.set_id, row.layer, codes, row.year, row.published)


def _order(candidate: Candidate) -> tuple[object, ...]:
    """The look-up's order: nearest first, then who lies over whom, then the latest."""
    year, published = age(candidate.row.year, candidate.row.published)
    return (candidate.sector_level, candidate.region_level, *rank(candidate.set), -year,
            -published.toordinal())  # fmt: skip
