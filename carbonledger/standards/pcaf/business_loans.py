"""Business loans and unlisted equity, PCAF Part A 3rd ed. (2025), section 5.2, pp. 55-65."""

from carbonledger.estimates import company
from carbonledger.method import Array, AssetClass, Share, Text, maximum
from carbonledger.standards.pcaf import corporate

CITATION = "PCAF Part A, section 5.2, pp. 55-65"


def of_equity_stake(*, ownership_share: Array, total_equity: Array, total_debt: Array) -> Array:
    """Share held of total book equity, over total equity and debt."""
    # A stake in a company with negative equity gets nothing (footnote 75).
    equity = maximum(total_equity, 0)
    return ownership_share * equity / (equity + total_debt)


def of_equity_and_debt(
    *, outstanding_amount: Array, total_equity: Array, total_debt: Array
) -> Array:
    """A stake's book value over total equity and debt; nothing where equity is negative."""
    return outstanding_amount * (total_equity > 0) / (maximum(total_equity, 0) + total_debt)


BUSINESS_LOANS = AssetClass(
    name="business_loans",
    title=Text("对公贷款", "business loans"),
    citation=CITATION,
    takes=("business_loan",),
    entity="counterparty",
    balance="outstanding_amount",
    shares=corporate.COMPANY_SHARES,
    estimates=company.OPTIONS,
    scores=corporate.SCORES,
    without_share=corporate.WITHOUT_SHARE,
)

UNLISTED_EQUITY = AssetClass(
    name="unlisted_equity",
    title=Text("非上市股权", "unlisted equity"),
    citation=CITATION,
    takes=("unlisted_equity",),
    entity="counterparty",
    balance="outstanding_amount",
    shares=(
        Share(
            of_equity_stake,
            Text(
                "持股比例 × 账面权益 ÷（权益合计 + 负债合计）",
                "ownership share x book equity / (equity + debt)",
            ),
        ),
        Share(of_equity_and_debt, corporate.EQUITY_AND_DEBT_TEXT),
        corporate.FALLBACK,
    ),
    estimates=company.OPTIONS,
    scores=corporate.SCORES,
    without_share=corporate.WITHOUT_SHARE,
)
