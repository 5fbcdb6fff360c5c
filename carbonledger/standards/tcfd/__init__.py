"""Weighted average carbon intensity (TCFD 2017): the position's value over the company's revenue.

Sum of value x (scope 1+2 / revenue) over sum of value: the one idea with revenue as denominator,
so it is a ledger like any other, kept apart because its grams are weights, not financed emissions.
"""

from carbonledger.estimates import company
from carbonledger.method import Array, AssetClass, Share, Standard, Text


def of_revenue(*, outstanding_amount: Array, revenue: Array) -> Array:
    """The position's value over the company's revenue."""
    return outstanding_amount / revenue


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

EDITIONS = (
    Standard(
        id="waci",
        title=Text("加权平均碳强度（WACI）", "weighted average carbon intensity (WACI)"),
        citation=WACI.citation,
        confidence=Text(
            "公式为 RECALLED，与公开软件一致。", "RECALLED, as in documented software."
        ),
        pages=(WACI,),
        account="waci",
        scope3=False,
        scored=False,
        balance_name=Text("余额", "outstanding amount"),
    ),
)
