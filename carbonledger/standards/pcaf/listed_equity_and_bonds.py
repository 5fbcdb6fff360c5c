"""Listed equity and corporate bonds, PCAF Part A 3rd ed. (2025), section 5.1, pp. 40-53."""

from carbonledger.estimates import company
from carbonledger.method import AssetClass, Flag, Share, Text
from carbonledger.standards.pcaf import corporate

CITATION = "PCAF Part A, section 5.1, pp. 40-53"

_OF_EVIC = Share(corporate.of_evic, corporate.EVIC_TEXT)
_FALLBACK = Share(
    corporate.of_total_assets, corporate.TOTAL_ASSETS_TEXT, flag=Flag.BALANCE_SHEET_FALLBACK
)

LISTED_EQUITY = AssetClass(
    name="listed_equity",
    title=Text("上市股权", "listed equity"),
    citation=CITATION,
    takes=("listed_equity",),
    entity="counterparty",
    balance="outstanding_amount",
    shares=(_OF_EVIC, _FALLBACK),
    estimates=company.OPTIONS,
    scores=corporate.SCORES,
    without_share=corporate.WITHOUT_SHARE,
    denominators=("evic", "total_assets"),
)

CORPORATE_BONDS = AssetClass(
    name="corporate_bonds",
    title=Text("公司债券", "corporate bonds"),
    citation=CITATION,
    takes=("corporate_bond",),
    entity="counterparty",
    balance="outstanding_amount",
    shares=(
        Share(corporate.of_evic, corporate.EVIC_TEXT, where="listed"),
        Share(corporate.of_equity_and_debt, corporate.EQUITY_AND_DEBT_TEXT, unless="listed"),
        _FALLBACK,
    ),
    estimates=company.OPTIONS,
    scores=corporate.SCORES,
    without_share=corporate.WITHOUT_SHARE,
    denominators=("evic", "total_debt", "total_assets"),
)
