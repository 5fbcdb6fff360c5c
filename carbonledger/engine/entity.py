"""What depends on the entity alone, worked out once and shared by all its positions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import PIECE, Rows
from carbonledger.batch import nobody_first
from carbonledger.engine.estimate import factor_column
from carbonledger.engine.estimates import Estimates
from carbonledger.engine.groups import Groups, asked_of, groups_of, is_true
from carbonledger.engine.terms import AboveOne, Terms, known_apart, terms_of
from carbonledger.lookup import FactorSource, Found, lookup
from carbonledger.method import SCOPES, Array, AssetClass, Batch, Codes, Mask, Option, Standard

Made = TypeVar("Made")


@dataclass(frozen=True)
class Estimated:
    """Entities of one kind and their estimates, with what follows from them for each page.

    In what is gathered by position nobody stands first, for the positions that have no entity.
    """

    entities: Batch
    estimates: Estimates
    pages: Sequence[AssetClass] = ()
    """Of whatever standards: all of them share one grouping of the entities."""
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def kept(self, key: Any, make: Callable[[], Made]) -> Made:
        """What was worked out under a key already, or is now."""
        if key not in self._kept:
            self._kept[key] = make()
        made: Made = self._kept[key]
        return made

    def find(
        self, factors: FactorSource, kind: str, keys: Sequence[str], scope: str, rows: Rows
    ) -> Found:
        """A factor of some entities; of all of them each combination of codes is asked for once."""
        of_kind = lookup(factors, kind, keys, self.entities)
        each = self.kept((kind, scope), lambda: of_kind.distinct(scope))
        return of_kind.of_rows(each, rows)

    def knows(self, factors: FactorSource, option: Option) -> bool:
        """Whether an option has all its factors for any entity and scope at all."""

        def known(some: Batch) -> bool:
            asked = option.factors.items()
            return any(all((lookup(factors, kind, keys, some).distinct(scope).row >= 0).any()
                           for kind, keys in asked) for scope in SCOPES)  # fmt: skip

        # Mostly the first piece tells, and what was looked up of it need not be held.
        size = self.entities.size
        pieces = (self.entities.part(slice(k, min(k + PIECE, size)))
                  for k in range(0, max(size, 1), PIECE))  # fmt: skip
        return self.kept(option.name, lambda: any(map(known, pieces)))

    def terms(self, standard: Standard, index: int, above_one: AboveOne) -> Terms:
        """What a page of a standard means for the entities."""
        page, key = standard.pages[index], standard.estimates_keys[index]
        pages = zip(standard.pages, standard.estimates_keys, strict=True)
        beside = [other for other, theirs in pages if theirs == key]

        def terms() -> Terms:
            groups = self.groups([*self.pages, *beside])
            found = terms_of(self.entities, self.estimates, groups, standard, index, above_one)
            return replace(found, cases=found.cases.flagged(page.flag))

        return self.kept((standard.id, page.name, index, above_one), terms)

    def groups(self, pages: Sequence[AssetClass]) -> Groups:
        """The groups of entities that none of the pages tells apart; pages alike have the same."""
        shares = (share for page in pages for share in page.shares)
        asked = frozenset(asked_of(self.entities, share) for share in shares)
        key = (asked, any(page.pooled for page in pages))
        return self.kept(key, lambda: groups_of(self.entities, self.estimates, pages))

    def column(self, name: str) -> NDArray[Any]:
        """A column of numbers, nobody first."""
        return self.kept(name, lambda: nobody_first(self.entities.columns[name].values))

    @property
    def factors(self) -> tuple[Codes, Codes]:
        """The way of each entity, nobody first; the factors of scope 1, 2 and 3 by way."""

        def factors() -> tuple[Codes, Codes]:
            option, used, *_ = self.estimates.ways
            both = option[2] >= 0
            by_way = np.stack([*np.where(both, used[2], used[:2]), used[3]])
            return nobody_first(self.estimates.way), by_way

        return self.kept("factors", factors)

    def factor_of_share(self, kind: str) -> Codes:
        """The factor of a kind that a share may take, nobody first."""

        def factor() -> Codes:
            values = self.entities.columns[factor_column(kind)].values
            return np.insert(values.astype(np.int32), 0, -1)

        return self.kept(factor_column(kind), factor)

    def emitted(self, page: AssetClass) -> tuple[Array | None, ...]:
        """Grams of each scope, nobody first; none for a scope that no entity has.

        What counts on no position is zero: scopes without the one that a page needs beside them, a
        project being built.
        """
        key = (page.needs, page.building)
        return self.kept(key, lambda: self._emitted(*key))

    def _emitted(self, needs: tuple[str, ...], building: bool) -> tuple[Array | None, ...]:
        ways, way = self.estimates.ways, self.estimates.way
        split = known_apart(ways.option, needs)
        counts = np.stack([split, split, ways.answered[2], ways.answered[3]]) & ways.answered
        outside = np.zeros(0, np.intp)
        if not building:
            outside = np.flatnonzero(is_true(self.entities, "under_construction"))

        def of_scope(grams: Array, some: Mask, known: Mask) -> Array | None:
            if not some.any():
                return None
            whole = nobody_first(grams)
            if np.array_equal(some, known) and not outside.size:
                return whole
            whole = np.where(some.take(nobody_first(way)), whole, 0.0)
            whole[outside + 1] = 0
            return whole

        return tuple(map(of_scope, self.estimates.grams, counts, ways.answered))
