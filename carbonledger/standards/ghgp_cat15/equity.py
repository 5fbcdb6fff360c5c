"""Equity investments: share of the equity x scope 1 and 2 of the investee (Technical Guidance,
category 15, investment-specific and average-data method)."""

from carbonledger.estimates import company
from carbonledger.method import Array, AssetClass, Share, Text


def of_ownership(*, ownership_share: Array) -> Array:
    """The share of the equity that is held."""
    return ownership_share


def of_market_cap(*, outstanding_amount: Array, market_cap: Array) -> Array:
    """Market value of the holding over market capitalisation."""
    return outstanding_amount / market_cap


def of_total_equity(*, outstanding_amount: Array, total_equity: Array) -> Array:
    """Book value of the stake over total equity of an unlisted company."""
    return outstanding_amount / total_equity


EQUITY = AssetClass(
    name="equity",
    title=Text("股权投资", "equity investments"),
    citation="Technical Guidance for Calculating Scope 3 Emissions, category 15, equity",
    takes=("listed_equity", "unlisted_equity"),
    entity="counterparty",
    balance="outstanding_amount",
    shares=(
        Share(of_ownership, Text("持股比例", "share of equity held")),
        Share(
            of_market_cap,
            Text("持有市值 ÷ 总市值", "market value held / market capitalisation"),
            where="listed",
        ),
        Share(
            of_total_equity,
            Text("账面价值 ÷ 权益合计", "book value held / total equity"),
            unless="listed",
        ),
    ),
    estimates=company.OPTIONS,
)
