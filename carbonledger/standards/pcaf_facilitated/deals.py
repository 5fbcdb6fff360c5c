"""Deals arranged in the year: a third of the amount over what the issuer is worth (PCAF Part B).

Sovereign, securitised and use-of-proceeds issues are none of it; equity, debt and syndicated loans,
listed or not, are. A deal counts once, in its own year.
"""

from carbonledger.estimates import company
from carbonledger.method import Array, AssetClass, Share, Text, changed, maximum
from carbonledger.standards.pcaf import corporate

WEIGHTING = 0.33
"""The part of a deal's emissions that falls to who arranges it."""
TAKES = ("listed_equity", "corporate_bond", "business_loan", "unlisted_equity")
CITATION = "PCAF Part B, facilitated emissions"


def of_evic(*, facilitated_amount: Array, evic: Array) -> Array:
    """Facilitated amount over the listed issuer's EVIC."""
    return facilitated_amount / evic


def of_equity_and_debt(
    *, facilitated_amount: Array, total_equity: Array, total_debt: Array
) -> Array:
    """Facilitated amount over the unlisted issuer's equity and debt."""
    return facilitated_amount / (maximum(total_equity, 0) + total_debt)


WEIGHTED = AssetClass(
    name="facilitated_deals",
    title=Text("承销与银团", "facilitated deals"),
    citation=CITATION,
    takes=TAKES,
    entity="counterparty",
    balance="outstanding_amount",
    shares=(
        Share(
            of_evic,
            Text("承销金额 ÷ 企业价值（含现金）× 33%", "facilitated amount / EVIC x 33 %"),
            where="listed",
            constants={"weighting_factor": WEIGHTING},
            weight="weighting_factor",
        ),
        Share(
            of_equity_and_debt,
            Text(
                "承销金额 ÷（权益合计 + 负债合计）× 33%",
                "facilitated amount / (equity + debt) x 33 %",
            ),
            unless="listed",
            constants={"weighting_factor": WEIGHTING},
            weight="weighting_factor",
        ),
    ),
    estimates=company.OPTIONS,
    scores=corporate.OF_COMPANY,
)

UNWEIGHTED = changed(
    WEIGHTED,
    shares=(
        changed(
            WEIGHTED.shares[0],
            text=Text("承销金额 ÷ 企业价值（含现金）", "facilitated amount / EVIC"),
            constants={},
            weight="",
        ),
        changed(
            WEIGHTED.shares[1],
            text=Text("承销金额 ÷（权益合计 + 负债合计）", "facilitated amount / (equity + debt)"),
            constants={},
            weight="",
        ),
    ),
)
