"""PBoC guide on carbon accounting and reporting of commercial banks' financing (2026).

Its text was seen second-hand, so that it is marked provisional in every output. It takes bank
credit to the eight high-carbon industries; what it leaves out stands in ``exclusions``.
"""

from carbonledger.method import Band, Standard, Text
from carbonledger.standards.pboc_2026.non_project import NON_PROJECT, PROJECT_AS_NON_PROJECT
from carbonledger.standards.pboc_2026.project import PROJECT

EDITIONS = (
    Standard(
        id="pboc-2026",
        title=Text(
            "商业银行投融资业务碳核算与报告指南（2026，暂按转述）",
            "PBoC carbon accounting guide for commercial banks, 2026 (provisional)",
        ),
        citation="《商业银行投融资业务碳核算与报告指南》及《高碳类投融资碳核算操作指引》（2026）",
        confidence=Text(
            "暂定：未见原文，公式、评分和范围据公开代码库和网页的转述整理（SEEN second-hand）；"
            "余额法用行业资产周转率换算、按非项目余额计客户合计，为本工具的选择（CHOICE）。",
            "Provisional: the original was not seen; formulas, scores and scope follow a public "
            "code repository and web pages that restate it (seen second-hand). The balance method "
            "by way of the sector's asset turnover, and customer totals over non-project balances, "
            "are our choice (CHOICE).",
        ),
        pages=(NON_PROJECT, PROJECT, PROJECT_AS_NON_PROJECT),
        scope3=False,
        balance_name=Text("月均余额", "monthly-average balance"),
        score_weight="emissions",
        bands=(
            Band("A", "1.5"),
            Band("B+", "2"),
            Band("B", "3"),
            Band("B-", "4"),
            Band("C"),
        ),
        exclusions={
            "industries": "high_carbon",
            "persons": "true",
            "scale": ["CS03", "CS04"],
            "overseas": "true",
            "min_average_balance": "500万元",
            "per": "customer",
            "of": "non_project",
        },
        provisional=True,
    ),
)
