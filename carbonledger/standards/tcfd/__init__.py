"""Metrics of the TCFD (2017 tables): WACI, and total carbon emissions on two bases.

WACI is the sum of value x (scope 1+2 / revenue) over the sum of value: the one idea with revenue as
denominator, so it is a ledger like any other, kept apart because its grams are weights. Total
carbon emissions are value over market capitalisation x scope 1+2; the 2021 update takes EVIC.
"""

from carbonledger.estimates import company
from carbonledger.method import Array, AssetClass, Share, Standard, Text, changed


def of_revenue(*, outstanding_amount: Array, revenue: Array) -> Array:
    """The position's value over the company's revenue."""
    return outstanding_amount / revenue


def of_market_cap(*, outstanding_amount: Array, market_cap: Array) -> Array:
    """The position's value over the company's market capitalisation."""
    return outstanding_amount / market_cap


def of_evic(*, outstanding_amount: Array, evic: Array) -> Array:
    """The position's value over the company's enterprise value including cash."""
    return outstanding_amount / evic


_CONFIDENCE = Text("公式为 RECALLED，与公开软件一致。", "RECALLED, as in documented software.")

WACI = AssetClass(
    name="waci",
    title=Text("加权平均碳强度", "weighted average carbon intensity"),
    citation="TCFD, Supplemental Guidance for the Financial Sector (2017), metric WACI (RECALLED)",
    takes=("business_loan", "corporate_bond", "listed_equity", "unlisted_equity"),
    entity="counterparty",
    balance="outstanding_amount",
    shares=(Share(of_revenue, Text("余额 ÷ 营业收入", "outstanding amount / revenue")),),
    estimates=company.OPTIONS,
)
MARKET_CAP = changed(
    WACI,
    name="market_cap",
    title=Text("碳排放总量（按总市值）", "total carbon emissions, by market capitalisation"),
    citation="TCFD, Supplemental Guidance for the Financial Sector (2017), total carbon emissions",
    shares=(Share(of_market_cap, Text("余额 ÷ 总市值", "value / market capitalisation")),),
)
EVIC = changed(
    WACI,
    name="evic",
    title=Text("碳排放总量（按企业价值）", "total carbon emissions, by EVIC"),
    citation="TCFD, Implementing the Recommendations (2021), with EVIC",
    shares=(Share(of_evic, Text("余额 ÷ 企业价值（含现金）", "value / EVIC")),),
)

_TOTAL = Standard(
    id="tcfd-market-cap",
    title=MARKET_CAP.title,
    citation=MARKET_CAP.citation,
    confidence=_CONFIDENCE,
    pages=(MARKET_CAP,),
    account="tcfd",
    scope3=False,
    scored=False,
)
EDITIONS = (
    Standard(
        id="waci",
        title=Text("加权平均碳强度（WACI）", "weighted average carbon intensity (WACI)"),
        citation=WACI.citation,
        confidence=_CONFIDENCE,
        pages=(WACI,),
        account="waci",
        scope3=False,
        scored=False,
        attributes=False,
        balance_name=Text("余额", "outstanding amount"),
    ),
    _TOTAL,
    changed(_TOTAL, id="tcfd-evic", title=EVIC.title, citation=EVIC.citation, pages=(EVIC,)),
)
"""None of them is an account of financed emissions; each stands beside the ledgers."""
