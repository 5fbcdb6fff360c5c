"""PCAF Global GHG Accounting and Reporting Standard, Part A: financed emissions.

These classes are the same in the editions of 2022 and 2025; the edition is named in every output
because the page numbers and the other classes differ.
"""

from carbonledger.method import AssetClass, Standard, Text, changed
from carbonledger.standards.pcaf import sovereign_debt, sub_sovereign_debt
from carbonledger.standards.pcaf.assets import PAGES
from carbonledger.standards.pcaf.securitisation import SECURITISATION
from carbonledger.standards.pcaf.undrawn import PAGES as UNDRAWN
from carbonledger.standards.pcaf.undrawn import UTILISATION, WEIGHTED
from carbonledger.standards.pcaf.use_of_proceeds import USE_OF_PROCEEDS

_SECOND_HAND = Text(
    "未直接见到原文；据两份逐页引用原文的公开研究整理，相互一致。",
    "The original was not read directly; known from two public studies that cite it page by page "
    "and agree.",
)


def _with_lulucf(edition: Standard, title: Text, pages: tuple[AssetClass, ...]) -> Standard:
    """Production emissions a second time, with land use: required beside, never added."""
    return changed(edition, id=f"{edition.id}-lulucf", title=title, pages=pages, beside=(),
                   account="financed_incl_lulucf", scope3=False, whole_book=False)  # fmt: skip


def _of_other_holders(page: AssetClass) -> AssetClass:
    """A company counts without its own use-of-proceeds structures (section 5.7, pp. 108-109)."""
    return changed(page, less_structures=True) if page.entity == "counterparty" else page


_FINANCED = (
    Standard(
        id="pcaf-2022",
        title=Text("PCAF 标准 A 部分 第二版（2022）", "PCAF Part A, 2nd edition (2022)"),
        citation="PCAF Global GHG Standard, Part A: Financed Emissions, 2nd ed., December 2022",
        confidence=Text("依据公开全文副本。", "Read in a public copy of the full text."),
        pages=(*PAGES, sovereign_debt.SOVEREIGN_DEBT_2022),
        beside=("pcaf-2022-lulucf",),
        balance_name=Text("贷款及投资余额", "outstanding amount"),
    ),
    Standard(
        id="pcaf-2025",
        title=Text("PCAF 标准 A 部分 第三版（2025）", "PCAF Part A, 3rd edition (2025)"),
        citation="PCAF Global GHG Standard, Part A: Financed Emissions, 3rd ed., December 2025",
        confidence=_SECOND_HAND,
        pages=(*map(_of_other_holders, PAGES), sovereign_debt.SOVEREIGN_DEBT,
               sub_sovereign_debt.SUB_SOVEREIGN_DEBT,
               USE_OF_PROCEEDS, SECURITISATION),
        beside=("pcaf-2025-lulucf",),
        balance_name=Text("贷款及投资余额", "outstanding amount"),
    ),
)  # fmt: skip

_UNDRAWN = Standard(
    id="pcaf-2025-undrawn",
    title=Text("PCAF 标准 A 部分 第三版（2025）：未提用承诺，未加权",
               "PCAF Part A, 3rd edition (2025): undrawn commitments, unweighted"),
    citation="PCAF Global GHG Standard, Part A: Financed Emissions, 3rd ed., section 6.2",
    confidence=_SECOND_HAND,
    pages=tuple(map(_of_other_holders, UNDRAWN)),
    account="undrawn",
    books=("loans",),
    exposure="undrawn_amount",
    balance_name=Text("未提用额度", "undrawn amount"),
    beside=("pcaf-2025-undrawn-weighted",),
    drawn=_FINANCED[1],
)  # fmt: skip
_UNDRAWN_WEIGHTED = changed(
    _UNDRAWN,
    id="pcaf-2025-undrawn-weighted",
    title=Text("PCAF 标准 A 部分 第三版（2025）：未提用承诺，按预计提用率加权",
               "PCAF Part A, 3rd edition (2025): undrawn commitments, weighted by utilisation"),
    confidence=Text(
        f"{_SECOND_HAND.zh}预计提用率由本机构自定，确定方法须随同披露（第 172 页，脚注 198）。",
        f"{_SECOND_HAND.en} The utilisation factors are the institution's own; how it comes to "
        "them is to be disclosed beside (p. 172, footnote 198).",
    ),
    pages=tuple(map(_of_other_holders, WEIGHTED)),
    account="undrawn_weighted",
    balance_name=Text("未提用额度 × 预计提用率", "undrawn amount x utilisation factor"),
    beside=(),
    asks=UTILISATION,
)  # fmt: skip

EDITIONS = (
    *_FINANCED,
    _UNDRAWN,
    _UNDRAWN_WEIGHTED,
    _with_lulucf(
        _FINANCED[0],
        Text("PCAF 标准 A 部分 第二版（2022）：主权债，含 LULUCF",
             "PCAF Part A, 2nd edition (2022): sovereign debt including LULUCF"),
        (sovereign_debt.WITH_LULUCF_2022,),
    ),
    _with_lulucf(
        _FINANCED[1],
        Text("PCAF 标准 A 部分 第三版（2025）：主权债，含 LULUCF",
             "PCAF Part A, 3rd edition (2025): sovereign debt including LULUCF"),
        (sovereign_debt.WITH_LULUCF, sub_sovereign_debt.WITH_LULUCF),
    ),
)  # fmt: skip
