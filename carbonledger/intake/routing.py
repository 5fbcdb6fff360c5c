"""Which asset class a position belongs to, and why (PCAF Part A 3rd ed., figure 5-1, pp. 35-36).

A class that the book gives stands. Else what the position names decides, in the order of the
figure: out of scope, earmarked proceeds, sovereign issuer, single asset, product, customer, book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from carbonledger.intake.territories import SUB_SOVEREIGN
from carbonledger.method import OUT_OF_SCOPE
from carbonledger.registers import rows

COUNTRY, REGION = "country", "region"
LOANS = ("loans", "pool_assets")
SECURITISED = ("证券化", "abs", "rmbs", "cmbs", "clo", "securitis", "securitiz")
SHARES = ("股票", "股权", "普通股", "优先股", "equity", "share", "stock")
BONDS = ("债", "bond", "note")
BUSINESS = ("经营", "创业", "商户", "business")
"""Words that make the loan of a person one for business."""


class Facts(NamedTuple):
    """What a position says of itself; texts in small letters, empty where there is none."""

    book: str
    given: str = ""
    wording: str = ""
    """Product and instrument."""
    project: bool = False
    property: bool = False
    vehicle: bool = False
    pool: bool = False
    territory: str = ""
    """The level of the issuer, country or region."""
    person: bool = False
    company: bool = False
    business: bool = False
    """Whether the counterparties book has figures of the customer, as of one with a business."""
    residential: bool = False
    listed: bool | None = None


class Route(NamedTuple):
    """A class and the reason for it; no class where nothing tells."""

    asset_class: str | None
    reason: str


def route(facts: Facts) -> Route:
    """The class of a position by the first question that has an answer."""
    return next(found for _, found in answers(facts) if found is not None)


def answers(facts: Facts) -> Iterator[tuple[str, Route | None]]:
    """Every question in order with its answer, up to the one that decides."""
    for name, question in QUESTIONS.items():
        found = question(facts)
        yield name, found
        if found is not None:
            return


def _given(facts: Facts) -> Route | None:
    if facts.company and facts.given == SUB_SOVEREIGN:
        return Route("business_loan", "company")
    return Route(facts.given, "given") if facts.given else None


def _out_of_scope(facts: Facts) -> Route | None:
    word = _worded(facts.wording)
    return word if word is not None and word.asset_class == OUT_OF_SCOPE else None


def _earmarked(facts: Facts) -> Route | None:
    if not facts.pool or facts.book == "pool_assets":
        return None
    if _says(facts.wording, SECURITISED):
        return Route("securitisation", "pool_securitised")
    return Route("use_of_proceeds", "pool_earmarked")


def _government(facts: Facts) -> Route | None:
    if not facts.territory:
        return None
    whole = facts.territory == COUNTRY
    return Route("sovereign_debt" if whole else "sub_sovereign_debt", "territory")


def _single_asset(facts: Facts) -> Route | None:
    if facts.project:
        return Route("project_finance", "project")
    if facts.property:
        home = facts.person or facts.residential
        return Route("mortgage" if home else "commercial_real_estate", "property")
    return Route("motor_vehicle_loan", "vehicle") if facts.vehicle else None


def _product(facts: Facts) -> Route | None:
    # A name alone does not take a loan from the figures of its borrower to an asset it lacks.
    word = _worded(facts.wording) if facts.book in LOANS else None
    asset = word is not None and word.asset_class != "business_loan"
    return None if asset and facts.business else word


def _customer(facts: Facts) -> Route | None:
    if not facts.person or facts.business or facts.book not in LOANS:
        return None
    return None if _says(facts.wording, BUSINESS) else Route(OUT_OF_SCOPE, "consumer_loan")


def _book(facts: Facts) -> Route | None:
    if facts.book in LOANS:
        return Route("business_loan", "book")
    if _says(facts.wording, BONDS):
        return Route("corporate_bond", "instrument")
    if facts.listed is not None and _says(facts.wording, SHARES):
        return Route("listed_equity" if facts.listed else "unlisted_equity", "instrument")
    return Route(None, "unknown")


QUESTIONS: dict[str, Callable[[Facts], Route | None]] = {
    "given": _given, "out_of_scope": _out_of_scope, "earmarked": _earmarked,
    "government": _government, "single_asset": _single_asset, "product": _product,
    "customer": _customer, "book": _book,
}  # fmt: skip
"""The questions of the figure in order, each with what it makes of the facts."""


def _says(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


@cache
def _worded(text: str) -> Route | None:
    """The class that the first of the known words in a product names."""
    return next((Route(row["asset_class"], row["reason"]) for row in rows("product-classes")
                 if row["word"] in text), None)  # fmt: skip
