"""PCAF Global GHG Accounting and Reporting Standard, Part B: facilitated emissions."""

from carbonledger.method import Standard, Text
from carbonledger.standards.pcaf_facilitated.deals import UNWEIGHTED, WEIGHTED

CITATION = "PCAF Global GHG Standard, Part B: Facilitated Emissions, December 2023"
CONFIDENCE = Text(
    "未直接见到原文；据公开课程与代码整理，2025 年 12 月的修订未改动本部分（转引）。",
    "The original was not read directly; known from an open course and public code. The update of "
    "December 2025 left it unchanged (second-hand).",
)
AMOUNT = Text("承销金额", "facilitated amount")

EDITIONS = (
    Standard(
        id="pcaf-b-2023",
        title=Text("PCAF 标准 B 部分（2023）", "PCAF Part B (2023)"),
        citation=CITATION,
        confidence=CONFIDENCE,
        pages=(WEIGHTED,),
        account="facilitated",
        balance_name=AMOUNT,
        books=("facilitations",),
        exposure="facilitated_amount",
    ),
    Standard(
        id="pcaf-b-2023-unweighted",
        title=Text("PCAF 标准 B 部分（2023），未加权", "PCAF Part B (2023), unweighted"),
        citation=CITATION,
        confidence=CONFIDENCE,
        pages=(UNWEIGHTED,),
        account="facilitated_unweighted",
        balance_name=AMOUNT,
        books=("facilitations",),
        exposure="facilitated_amount",
    ),
)
