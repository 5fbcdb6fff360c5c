"""Equity investments: share of the equity x scope 1 and 2 of the investee (Technical Guidance,
category 15, investment-specific and average-data method)."""

from carbonledger.estimates import company
from carbonledger.method import Array, AssetClass, Share, Text, changed


def of_ownership(*, ownership_share: Array) -> Array:
    """The share of the equity that is held."""
    return ownership_share


def of_market_cap(*, outstanding_amount: Array, market_cap: Array) -> Array:
    """Market value of the holding over market capitalisation."""
    return outstanding_amount / market_cap


def of_total_equity(*, outstanding_amount: Array, total_equity: Array) -> Array:
    """Book value of the stake over total equity of an unlisted company."""
    return outstanding_amount / total_equity


_OWNED = Share(of_ownership, Text("持股比例", "share of equity held"))
_OF_MARKET_CAP = Share(
    of_market_cap, Text("持有市值 ÷ 总市值", "market value held / market capitalisation")
)
_OF_TOTAL_EQUITY = Share(
    of_total_equity, Text("账面价值 ÷ 权益合计", "book value held / total equity")
)
LISTED_EQUITY = AssetClass(
    name="listed_equity",
    title=Text("上市股权投资", "listed equity investments"),
    citation="Technical Guidance for Calculating Scope 3 Emissions, category 15, equity",
    takes=("listed_equity",),
    entity="counterparty",
    balance="outstanding_amount",
    shares=(_OWNED, _OF_MARKET_CAP),
    estimates=company.OPTIONS,
)
UNLISTED_EQUITY = changed(
    LISTED_EQUITY,
    name="unlisted_equity",
    title=Text("非上市股权投资", "unlisted equity investments"),
    takes=("unlisted_equity",),
    shares=(_OWNED, _OF_TOTAL_EQUITY),
)
"""What a holding stands at says what it is a share of: a market value is none of book equity."""
