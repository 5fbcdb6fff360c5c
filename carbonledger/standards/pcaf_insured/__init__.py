"""PCAF Global GHG Accounting and Reporting Standard, Part C: insurance-associated emissions."""

from carbonledger.method import Standard, Text
from carbonledger.standards.pcaf_insured.commercial import COMMERCIAL_LINES
from carbonledger.standards.pcaf_insured.motor import PERSONAL_MOTOR
from carbonledger.standards.pcaf_insured.projects import PROJECT_INSURANCE
from carbonledger.standards.pcaf_insured.treaties import TREATY_REINSURANCE

EDITIONS = (
    Standard(
        id="pcaf-c-2025",
        title=Text("PCAF 标准 C 部分 第二版（2025）", "PCAF Part C, 2nd edition (2025)"),
        citation="PCAF Global GHG Standard, Part C: Insurance-Associated Emissions, 2nd ed., 2025",
        confidence=Text(
            "未直接见到原文；据公开代码与课程整理，只见于一处的规则为 UNCERTAIN。",
            "The original was not read directly; known from public code and an open course. Rules "
            "found in one place only are UNCERTAIN.",
        ),
        pages=(COMMERCIAL_LINES, PERSONAL_MOTOR, PROJECT_INSURANCE, TREATY_REINSURANCE),
        account="insured",
        balance_name=Text("保费", "gross written premium"),
        books=("policies",),
        exposure="premium",
    ),
)
