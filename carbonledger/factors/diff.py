"""What became known between two days: the values a restatement would be made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from carbonledger import units
from carbonledger.factors.library import Library
from carbonledger.factors.lookup import Factors, FactorsAt
from carbonledger.factors.prices import KIND, price_year
from carbonledger.factors.sets import FactorRow

Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Answered:
    """What a look-up answered: the row, and the value it gave for the year."""

    row: FactorRow
    value: Fraction
    """In the row's own unit, at the year's prices where an index is known."""
    canonical: float


@dataclass(frozen=True)
class Change:
    """A look-up that answers otherwise on the later day."""

    kind: str
    keys: tuple[tuple[str, str], ...]
    year: int
    old: Answered | None
    new: Answered | None

    @property
    def word(self) -> str:
        """Whether the answer is new, replaced or gone."""
        return "new" if self.old is None else "gone" if self.new is None else "replaced"

    @property
    def change(self) -> Fraction | None:
        """New over old less one, where both are known and the old one is not 0."""
        if self.old is None or self.new is None or not self.old.canonical:
            return None
        if self.old.row.unit == self.new.row.unit:
            return self.new.value / self.old.value - 1
        return Fraction(self.new.canonical) / Fraction(self.old.canonical) - 1


@dataclass(frozen=True)
class Days:
    """The factors as known on two days."""

    before: Factors
    after: Factors

    @classmethod
    def of(
        cls, library: Library, first: date, last: date, *, allow: frozenset[str], currency: str
    ) -> Days:
        """The library of both days, with the same leave and currency."""
        known = [library.known(day, allow=allow, currency=currency)[0] for day in (first, last)]
        return cls(known[0], known[1])

    def changes(self, year: int | None = None) -> list[Change]:
        """Every key of a row that only one of the days knows, and what answers it then and now.

        For a year, what a run of that period would take; else each row for the year it describes.
        """
        found: dict[tuple[Key, int], Change] = {}
        for row in self._differing():
            asked = row.year if year is None else year
            if row.year > asked:
                continue
            key = (row.kind, row.keys), asked
            if key not in found:
                found[key] = self.change(row.kind, row.keys, asked)
        changed = [c for c in found.values() if not _alike(c)]
        return sorted(changed, key=lambda c: (_set(c), c.kind, c.keys, c.year))

    def change(self, kind: str, keys: tuple[tuple[str, str], ...], year: int) -> Change:
        """What answers some keys on both days."""
        old, new = (answered(f.at(year), kind, keys) for f in (self.before, self.after))
        return Change(kind, keys, year, old, new)

    def _differing(self) -> Iterator[FactorRow]:
        """Rows that one day alone knows; with those of an index, all that it bears on."""
        before, after = (dict(_identities(f)) for f in (self.before, self.after))
        rows = [self.after.rows[n] for id_, n in after.items() if id_ not in before]
        rows += [self.before.rows[n] for id_, n in before.items() if id_ not in after]
        yield from rows
        money = {row.currency for row in rows if row.kind == KIND}
        sets = self.after.sets
        for id_ in (id_ for id_, found in sets.items() if found.currency in money):
            for row in self.after.rows.of_set(id_):
                if price_year(row, sets[id_]) is not None:
                    yield row


def _identities(factors: Factors) -> Iterator[tuple[tuple[object, ...], int]]:
    """What tells the rows that may answer apart, and where each stands."""
    for start, (columns, at) in zip(factors.rows.starts, factors.rows.parts, strict=False):
        found = columns.set
        for index, n in enumerate(at if found.answers else (), start):
            which = (columns.keys[n], columns.years[n], columns.published[n])
            yield (found.id, found.layer, *which), index


def answered(at: FactorsAt, kind: str, keys: tuple[tuple[str, str], ...]) -> Answered | None:
    """What a look-up of some keys answers."""
    found = at.find(kind, {name: [code] for name, code in keys})
    row = int(found.row[0])
    if row < 0:
        return None
    adjusted = at.adjusted(row)
    value = adjusted.value if adjusted else Fraction(units.decimal(at.factors.rows[row].value))
    return Answered(at.factors.rows[row], value, float(found.values[0]))


def _identity(row: FactorRow) -> tuple[object, ...]:
    return (row.set_id, row.layer, row.keys, row.year, row.published)


def _alike(change: Change) -> bool:
    if change.old is None or change.new is None:
        return change.old is change.new
    return (_identity(change.old.row), change.old.canonical) == (
        _identity(change.new.row), change.new.canonical,
    )  # fmt: skip


def _set(change: Change) -> str:
    told = change.new or change.old
    return "" if told is None else told.row.set_id
