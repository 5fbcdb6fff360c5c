"""What depends on the entity alone, worked out once and shared by all its positions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from carbonledger.alike import alike
from carbonledger.engine.estimate import Estimates, factor_column
from carbonledger.engine.terms import (
    AboveOne,
    Terms,
    estimated_alike,
    is_true,
    known_apart,
    terms_of,
)
from carbonledger.lookup import FactorSource, Found, find, lookup
from carbonledger.method import SCOPES, Array, AssetClass, Batch, Codes, Option, Standard

Made = TypeVar("Made")


@dataclass(frozen=True)
class Estimated:
    """Entities of one kind and their estimates, with what follows from them for each page.

    In what is gathered by position nobody stands first, for the positions that have no entity.
    """

    entities: Batch
    estimates: Estimates
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def kept(self, key: Any, make: Callable[[], Made]) -> Made:
        """What was worked out under a key already, or is now."""
        if key not in self._kept:
            self._kept[key] = make()
        made: Made = self._kept[key]
        return made

    def find(self, factors: FactorSource, kind: str, keys: Sequence[str], scope: str) -> Found:
        """A factor of every entity, looked up once for all the positions that need it."""
        return self.kept((kind, scope), lambda: find(factors, kind, keys, scope, self.entities))

    def knows(self, factors: FactorSource, option: Option) -> bool:
        """Whether an option has all its factors for any entity and scope at all."""

        def known() -> bool:
            asked = [lookup(factors, k, keys, self.entities) for k, keys in option.factors.items()]
            return any(all((of.distinct(s).row >= 0).any() for of in asked) for s in SCOPES)

        return self.kept(option.name, known)

    def terms(self, standard: Standard, index: int, above_one: AboveOne) -> Terms:
        """What a page of a standard means for the entities."""
        page = standard.pages[index]

        def terms() -> Terms:
            group = self.kept("alike", lambda: estimated_alike(self.entities, self.estimates))
            found = terms_of(self.entities, self.estimates, group, standard, index, above_one)
            return replace(found, cases=found.cases.flagged(page.flag))

        return self.kept((standard.id, page.name, index, above_one), terms)

    def column(self, name: str) -> Array:
        """A column of numbers, nobody first."""

        def values() -> Array:
            return np.concatenate([[np.nan], self.entities.columns[name].values])

        return self.kept(name, values)

    @property
    def factors(self) -> tuple[Codes, Codes]:
        """The group of each entity, nobody first, by the factors of scope 1, 2 and 3; these too."""

        def factors() -> tuple[Codes, Codes]:
            used = np.where(self.estimates.option >= 0, self.estimates.factor, -1)
            both = self.estimates.option[2] >= 0
            each = np.insert([*np.where(both, used[2], used[:2]), used[3]], 0, -1, axis=1)
            group, some = alike(list(each), each.shape[1])
            return group.astype(np.int32), each.take(some, axis=1).astype(np.int32)

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
        option = self.estimates.option
        split = known_apart(option, needs)
        counts = np.stack([split, split, option[2] >= 0, option[3] >= 0])
        counts &= option >= 0
        if not building:
            counts &= ~is_true(self.entities, "under_construction")
        grams = np.zeros((len(SCOPES), self.entities.size + 1))
        for into, each, some in zip(grams, self.estimates.grams, counts, strict=True):
            np.copyto(into[1:], each, where=some.all() or some)
        return tuple(g if some.any() else None for g, some in zip(grams, counts, strict=True))
