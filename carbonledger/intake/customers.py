"""Customers over all their positions, for exclusions by customer: a pass over a few columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.books import HELD
from carbonledger.config import Exclusions
from carbonledger.intake.book import OpenBook
from carbonledger.intake.classes import asset_classes
from carbonledger.intake.coded import key_of
from carbonledger.intake.entities import Entities, ids_of
from carbonledger.intake.exclusions import Customers, projects
from carbonledger.intake.money import Exchange, converted
from carbonledger.intake.people import NAMES
from carbonledger.intake.positions import average_balance, linked, links_of, owed_by
from carbonledger.intake.strangers import NEVER_SMALL, Meeting
from carbonledger.method import Codes, Column, Key

OF_CUSTOMER = ("counterparty_id", "average_balance", "currency")
OF_CLASS = ("asset_class", "product", "instrument", "customer_type", "project_id", "property_id",
            "vehicle_id", "pool_id", "territory_id", "country", "region")  # fmt: skip
"""What tells a project from others, where the row itself does not."""
OF_PERSON = ("customer_type", "product", *NAMES)
"""What tells that an id names a person, and so is known by its pseudonym."""


@dataclass(frozen=True)
class _Asked:
    """What the rules ask about customers."""

    sized: frozenset[str]
    """Of which positions their total is asked, all or those that are no project."""
    uses: bool

    @classmethod
    def by(cls, rules: Collection[Exclusions]) -> _Asked:
        sized = {r.of for r in rules if r.per == "customer" and r.min_average_balance is not None}
        return cls(frozenset(sized), any(r.industries == "high_carbon" for r in rules))

    def columns(self, book: OpenBook, basis: str) -> set[str] | None:
        """The columns of a book that say it; None for every one."""
        found = {*OF_CUSTOMER} if self.sized else {"counterparty_id"}
        if "non_project" in self.sized:
            if any(f.mapped.lifted for f in book.files):
                return None
            found |= {*OF_CLASS}
        found |= {"sector"} if self.uses else set()
        found |= {"start_date"} if self.sized and basis == "held" else set()
        return found | ({*OF_PERSON} if book.people.pseudonyms is not None else set())


def customers_of(
    books: Mapping[str, OpenBook], entities: Mapping[str, Entities], exchange: Exchange,
    period: int, basis: str, rules: Collection[Exclusions],
) -> Customers:  # fmt: skip
    """The counterparties over all that is lent to them and held of them.

    A customer with any balance that is not known is never small.
    """
    asked = _Asked.by(rules)
    sums = _Sums(entities["counterparty"].batch.size, asked.sized)
    for opened in (books[n] for n in HELD if n in books):
        for read in opened.narrow(asked.columns(opened, basis), months=bool(asked.sized)):
            typed = owed_by(read)
            columns, size = typed.columns, len(typed.rows)
            link = linked(ids_of("counterparty", opened.book, columns), entities["counterparty"],
                          size)  # fmt: skip
            if asked.sized:
                given = average_balance(columns, size, period, basis, bool(opened.config.months))
                rates = exchange.rates_of(columns.get("currency"), size, typed.file)
                average = None if given is None else converted(given, rates.flow)
                none = np.zeros(size, np.bool_)
                project = none if "non_project" not in asked.sized else projects(asset_classes(
                    opened.book.name, columns, entities,
                    links_of(columns, opened.book, entities, size))[0])  # fmt: skip
                sums.add(link, average, project, columns.get("counterparty_id"))
            if asked.uses:
                sums.note_uses(link, columns.get("sector"))
    return sums.customers(entities["counterparty"].batch.keys["sector"])


class _Sums:
    """What is known so far of each counterparty."""

    def __init__(self, size: int, sized: Collection[str]) -> None:
        self.totals = {of: np.zeros(size, np.int64) for of in sized}
        self.unknown = {of: np.zeros(size, np.bool_) for of in sized}
        self.meeting = Meeting(sized)
        self.least = np.full(size, np.iinfo(np.int64).max)
        self.most = np.full(size, -1, np.int64)
        self._seen: dict[str, int] = {}
        """Uses of funds by number."""

    def add(
        self, link: Codes, average: Column | None, project: NDArray[np.bool_], ids: pa.Array | None
    ) -> None:
        """Add the balances of a batch; ``ids`` are the codes of the customers."""
        size = len(link)
        known = np.zeros(size, np.bool_) if average is None else average.present
        values = np.zeros(size, np.int64) if average is None else average.values.astype(np.int64)
        asked = {of: ~project if of == "non_project" else np.ones(size, np.bool_)
                 for of in self.totals}  # fmt: skip
        for of, rows in asked.items():
            mine = rows & (link >= 0)
            self.unknown[of][link[mine & ~known]] = True
            np.add.at(self.totals[of], link[mine & known], values[mine & known])
        strange = np.flatnonzero((link < 0) & np.asarray(ids.is_valid())) if ids is not None else ()
        if ids is not None and len(strange):
            adds = [np.where(rows & known, values, 0) for rows in asked.values()]
            lacks = [(rows & ~known).astype(np.int64) for rows in asked.values()]
            self.meeting.add(ids.take(strange), np.stack([*adds, *lacks])[:, strange])

    def note_uses(self, link: Codes, sector: pa.Array | None) -> None:
        """Note each row's own use of funds."""
        if sector is None:
            return
        key = key_of(sector)
        number = [self._seen.setdefault(n, len(self._seen)) if n not in ("", "?") else -1
                  for n in key.names]  # fmt: skip
        use = np.array([*number, -1], np.int64)[key.codes]
        named = (link >= 0) & (use >= 0)
        np.minimum.at(self.least, link[named], use[named])
        np.maximum.at(self.most, link[named], use[named])

    def customers(self, sector: Key) -> Customers:
        """All that is known of them."""
        totals = {of: np.where(self.unknown[of], NEVER_SMALL, t) for of, t in self.totals.items()}
        strangers = self.meeting.strangers()
        return Customers(totals, self.least < self.most, sector, strangers)
