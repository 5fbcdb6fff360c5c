"""Listed equity and corporate bonds, PCAF Part A 3rd ed. (2025), section 5.1, pp. 40-53."""

from carbonledger.estimates import company
from carbonledger.method import AssetClass, Share, Text
from carbonledger.standards.pcaf import corporate

CITATION = "PCAF Part A, section 5.1, pp. 40-53"

_OF_EVIC = Share(corporate.of_evic, corporate.EVIC_TEXT)
LISTED_EQUITY = AssetClass(
    name="listed_equity",
    title=Text("上市股权", "listed equity"),
    citation=CITATION,
    takes=("listed_equity",),
    entity="counterparty",
    balance="outstanding_amount",
    shares=(_OF_EVIC, corporate.FALLBACK),
    estimates=company.OPTIONS,
    scores=corporate.SCORES,
    without_share=corporate.WITHOUT_SHARE,
)

CORPORATE_BONDS = AssetClass(
    name="corporate_bonds",
    title=Text("公司债券", "corporate bonds"),
    citation=CITATION,
    takes=("corporate_bond",),
    entity="counterparty",
    balance="outstanding_amount",
    shares=corporate.COMPANY_SHARES,
    estimates=company.OPTIONS,
    scores=corporate.SCORES,
    without_share=corporate.WITHOUT_SHARE,
)
