"""Commercial lines: gross written premium over the customer's revenue (PCAF Part C)."""

from carbonledger.estimates import company
from carbonledger.method import Array, AssetClass, Share, Text
from carbonledger.standards.pcaf import corporate

SCORES = corporate.OF_COMPANY
"""The worst is 4: the second edition took score 5 out."""


def of_revenue(*, premium: Array, revenue: Array) -> Array:
    """Gross written premium over the customer's revenue."""
    return premium / revenue


COMMERCIAL_LINES = AssetClass(
    name="commercial_lines",
    title=Text("商业险", "commercial lines"),
    citation="PCAF Part C, commercial lines",
    takes=("commercial_insurance",),
    entity="counterparty",
    balance="outstanding_amount",
    shares=(Share(of_revenue, Text("保费 ÷ 客户营业收入", "premium / customer revenue")),),
    estimates=company.OPTIONS,
    scores=SCORES,
)
