"""How the pages of a standard treat their entities, worked out before any position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from carbonledger.engine.cases import Cases, joined, without_page
from carbonledger.engine.entity import Estimated
from carbonledger.engine.terms import AboveOne, Terms
from carbonledger.engine.wholes import Whole, whole_of
from carbonledger.lookup import FactorSource
from carbonledger.method import Array, AssetClass, Standard


@dataclass(frozen=True)
class Plan:
    """A page of a standard, with what its entities are estimated at and what it means for them."""

    index: int
    standard: Standard
    estimated: Estimated
    factors: FactorSource
    above_one: AboveOne
    _wholes: dict[object, Whole | None] = field(default_factory=dict, repr=False, compare=False)

    @property
    def page(self) -> AssetClass:
        """The page itself."""
        return self.standard.pages[self.index]

    @cached_property
    def terms(self) -> Terms:
        """What the page means for each entity."""
        return self.estimated.terms(self.standard, self.index, self.above_one)

    def whole(self, closed: int, own: frozenset[str]) -> Whole | None:
        """What an amount is divided by, of each entity; None where that is not all of a share.

        ``closed`` are the shares closed to all positions, ``own`` the columns that they have.
        """
        asked = (closed, own)
        if asked not in self._wholes:
            terms, shares = self.terms, self.page.shares
            rule = terms.rule.take(terms.first[closed])
            # Pages of the same formulas share it, as bonds and loans do.
            key = ("whole", *(s.formula for s in shares), own, id(terms.of), rule.tobytes())
            self._wholes[asked] = self.estimated.kept(
                key, lambda: whole_of(self.estimated, shares, rule, terms.of, own)
            )
        return self._wholes[asked]

    @cached_property
    def emitted(self) -> tuple[Array | None, ...]:
        """Grams of each scope that counts, nobody first."""
        *whole, three = self.estimated.emitted(self.page)
        return *whole, three if self.standard.scope3 else None

    @cached_property
    def has_own_options(self) -> bool:
        """Whether any option of the position itself can answer."""
        options = self.page.without_share
        return any(self.estimated.knows(self.factors, option) for option in options)


@dataclass(frozen=True)
class Plans:
    """How each page of a standard treats the entities of a period."""

    pages: tuple[Plan, ...]
    _joined: dict[tuple[int, ...], Cases] = field(default_factory=dict, repr=False, compare=False)

    def cases_of(self, index: int) -> Cases:
        """The cases of a page, or for -1 of no page at all."""
        return self.pages[index].terms.cases if index >= 0 else without_page()

    def joined(self, indices: tuple[int, ...]) -> Cases:
        """The cases of several pages, one behind the other, joined once."""
        if indices not in self._joined:
            self._joined[indices] = joined([self.cases_of(k) for k in indices])
        return self._joined[indices]


def planned(
    standard: Standard, estimated: Mapping[tuple[str, ...], Estimated], factors: FactorSource,
    above_one: AboveOne,
) -> Plans:  # fmt: skip
    """How each page of a standard treats these entities, found once for all batches."""
    shown = [estimated[key] for key in standard.estimates_keys]

    def plans() -> Plans:
        each = enumerate(shown)
        return Plans(tuple(Plan(k, standard, of, factors, above_one) for k, of in each))

    # They hold for these estimates alone, which are kept with them so that no id comes again.
    names = (page.name for page in standard.pages)
    return shown[0].kept((standard.id, *names, above_one, id(factors), *map(id, shown)), plans)
