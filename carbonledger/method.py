"""What the rooms of estimates and standards are made of: Option, Share, AssetClass, Standard.

Everything is ``grams = share x estimate``. An *option* turns an entity's data into grams, a *share*
says which part of them falls to a position; both are plain functions of keyword-only arrays whose
parameter names are the columns and factors they need, so that what is open follows from the data.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache, cached_property, update_wrapper
from typing import Any, Literal, NamedTuple

import numpy as np

from carbonledger.batch import Array as Array
from carbonledger.batch import Batch as Batch
from carbonledger.batch import Codes as Codes
from carbonledger.batch import Column as Column
from carbonledger.batch import Grams as Grams
from carbonledger.batch import Key as Key
from carbonledger.batch import Mask as Mask
from carbonledger.flags import NO_FLAG
from carbonledger.flags import Flag as Flag

SCOPES = ("1", "2", "12", "3")
"""Scope 12 is scope 1 and 2 reported as one figure that nobody can split."""

PARTS = 100
"""Scores count in hundredths, for that of a pool is a weighted mean."""

maximum, minimum = np.maximum, np.minimum
changed = replace
"""A page, share or option with some of its fields changed, for those that differ in little."""


class Text(NamedTuple):
    """The same words in Chinese and in English."""

    zh: str
    en: str


LESS_STRUCTURES = "less structures"
"""What tells the estimates of companies without their own structures from those of the whole."""
IN_USD = "outstanding_amount_usd"
"""What is owed in whole US dollars, for shares of a gross domestic product."""
BALANCE = Text("余额", "balance")

OUT_OF_SCOPE = "out_of_scope"
"""The class of what no standard of financed emissions asks for: credit cards, consumer loans."""


@cache
def parameters(formula: Callable[..., Array]) -> tuple[str, ...]:
    """The names of the columns and factors a formula asks for."""
    return tuple(inspect.signature(formula).parameters)


def times(formula: Callable[..., Array], factor: str) -> Callable[..., Array]:
    """A formula times one column more, under its own name."""
    return _Times(formula, factor)


class _Times:
    """Such a product; other than a function within a function it goes to other processes."""

    def __init__(self, formula: Callable[..., Array], factor: str) -> None:
        update_wrapper(self, formula)
        self._made_of = formula, factor
        asked = inspect.signature(formula)
        more = inspect.Parameter(factor, inspect.Parameter.KEYWORD_ONLY)
        self.__signature__ = asked.replace(parameters=[*asked.parameters.values(), more])

    def __call__(self, **inputs: Array) -> Array:
        formula, factor = self._made_of
        by = inputs.pop(factor)
        return formula(**inputs) * by

    def __reduce__(self) -> tuple[Any, ...]:
        return times, self._made_of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Times) and self._made_of == other._made_of

    def __hash__(self) -> int:
        return hash(self._made_of)


@dataclass(frozen=True)
class Option:
    """One way from data to grams; open where its inputs and its factors are there."""

    name: str
    formula: Callable[..., Array]
    text: Text
    where: str | None = None
    per: str | None = None
    """The kind of activities (energy, production) whose rows are summed."""
    factors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What each factor is looked up by: names of keys, ``key=code`` where the option fixes it."""
    score: int | None = None
    family: str = ""
    """Options of one family answer for all energy of an entity together, none of another beside."""
    above_zero: tuple[str, ...] = ()
    """Inputs of which nothing and less than nothing tell nothing of emissions."""
    parts: str = ""
    """The column, one a scope, of how much of the entity the scope stands for: what answers for a
    part of it alone answers nothing."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns the formula needs, factors left out."""
        return tuple(p for p in parameters(self.formula) if p not in self.factors)


@dataclass(frozen=True)
class Share:
    """One rule for the part of an entity's emissions that falls to a position."""

    formula: Callable[..., Array]
    text: Text
    where: str | None = None
    unless: str | None = None
    flag: Flag = NO_FLAG
    constants: Mapping[str, float] = field(default_factory=dict)
    """Parameters that the standard itself fixes, such as a weighting factor."""
    weight: str = ""
    """What the share is weighed by after it was held to 1: a constant, or a column."""
    capped: bool = False
    """Whether the standard holds the share at 1, whatever is configured."""
    factors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Parameters that are factors, looked up by these keys of the entity."""

    @property
    def name(self) -> str:
        """The rule's own name, as ``explain`` prints it."""
        return self.formula.__name__

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns the formula needs, of the position first, then of its entity."""
        own = (*parameters(self.formula), self.weight)
        return tuple(p for p in own if p and p not in self.constants)

    @property
    def columns(self) -> tuple[str, ...]:
        """The inputs that books hold, without what factors answer."""
        return tuple(name for name in self.inputs if name not in self.factors)


@dataclass(frozen=True)
class AssetClass:
    """A page of a standard: the rows it takes, the share, the options it accepts in order."""

    name: str
    title: Text
    citation: str
    takes: tuple[str, ...]
    entity: str
    balance: str
    shares: tuple[Share, ...]
    estimates: tuple[Option, ...]
    scores: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    without_share: tuple[Option, ...] = ()
    needs: tuple[str, ...] = ("1", "2")
    """Scopes without which nothing is computed; where it is empty any one of 1 and 2 will do."""
    one_figure: bool = False
    """Whether what its entities are estimated at is one figure by nature, of no scope."""
    pooled: bool = False
    """Whether its entities are pools, which emit what the standard gives to their assets."""
    assets: tuple[AssetClass, ...] = ()
    """The pages by which the assets of its pools are accounted for."""
    less_structures: bool = False
    """Whether its companies count without the use-of-proceeds structures that are their own."""
    building: bool = False
    """Whether what an entity emits while it is built counts."""
    otherwise: str = ""
    """The page that takes a row over where its entity lacks the data that this one asks for."""
    flag: Flag = NO_FLAG
    """What a reader must know of every entry of the page."""
    no_balance: str = "no_average_balance"
    """Why a row is not covered that lacks the balance."""


class Band(NamedTuple):
    """A letter for weighted scores up to a limit, which counts; the last has none."""

    letter: str
    up_to: str | None = None
    """As a decimal, exactly."""


@dataclass(frozen=True)
class Standard:
    """A standard as the tool applies it: its pages, and what it asks for or lacks."""

    id: str
    title: Text
    citation: str
    confidence: Text
    pages: tuple[AssetClass, ...]
    account: str = "financed"
    scope3: bool = True
    scored: bool = True
    balance_name: Text = BALANCE
    books: tuple[str, ...] = ("loans", "investments")
    """The books of positions that it accounts for."""
    exposure: str = "outstanding_amount"
    """The column of money that its positions count by; those without it are none of its own."""
    whole_book: bool = True
    """Whether positions that none of its pages takes belong to its book too, as not covered."""
    asks: str = ""
    """The column without which a book of positions has nothing of the account."""
    drawn: Standard | None = None
    """The account beside which it stands, whose structures its companies count without."""
    beside: tuple[str, ...] = ()
    """Standards of further accounts that come by themselves wherever a book has rows of theirs."""

    score_weight: Literal["balance", "emissions"] = "balance"
    """What the data-quality score of a portfolio is weighted by."""
    bands: tuple[Band, ...] = ()
    """Letters of the weighted score, the best first."""
    exclusions: Mapping[str, Any] = field(default_factory=dict)
    """What the standard itself leaves out, as a configuration would say it."""
    optional: tuple[str, ...] = ()
    """Asset classes that the standard leaves to the institution, and no page takes."""
    attributes: bool = True
    """Whether its shares are parts of a whole, so that one above 1 is met as configured."""
    provisional: bool = False
    """Whether the text was seen second-hand only, which every output then says."""

    def estimates_key(self, page: AssetClass) -> tuple[str, ...]:
        """What tells the estimates apart that pages can share: the entity and its options."""
        own = tuple(kind for s in page.shares for kind in s.factors)
        if page.pooled:
            own = ((self.drawn or self).id, page.name)
        elif page.less_structures:
            own = (LESS_STRUCTURES, (self.drawn or self).id)
        return (page.entity, *own, *(f"{o.name} {o.formula.__name__}" for o in page.estimates))

    @cached_property
    def estimates_keys(self) -> tuple[tuple[str, ...], ...]:
        """The same of each page, in order."""
        return tuple(self.estimates_key(page) for page in self.pages)

    @property
    def position_inputs(self) -> frozenset[str]:
        """Every column that a share may ask of a position or its entity."""
        shares = (s for p in self.pages for own in (p, *p.assets) for s in own.shares)
        balances = {self.exposure, *(p.balance for p in self.pages)}
        return frozenset(balances.union(*(s.inputs for s in shares)))

    @cached_property
    def option_names(self) -> tuple[str, ...]:
        """Every option an entry may name, in order; entries hold its index."""
        options = [o for p in self.pages for o in p.estimates + p.without_share]
        return tuple(dict.fromkeys(o.name for o in options))

    def page_of(self, asset_class: str) -> AssetClass | None:
        """The page that takes an asset class, if any does."""
        number = self.page_number(asset_class)
        return self.pages[number] if number >= 0 else None

    def page_number(self, asset_class: str) -> int:
        """The place of that page among those of the standard, -1 if there is none."""
        taken = (k for k, p in enumerate(self.pages) if asset_class in p.takes)
        return next(taken, -1)

    def band_of(self, score: Fraction | None) -> str:
        """The letter of a weighted score, '' where the standard has none or there is no score."""
        if score is None:
            return ""
        found = (b.letter for b in self.bands if b.up_to is None or score <= Fraction(b.up_to))
        return next(found, "")
