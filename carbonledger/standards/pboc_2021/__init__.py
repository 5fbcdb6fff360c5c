"""PBoC guide on carbon accounting of financial institutions (trial), 银办发〔2021〕119号."""

from carbonledger.method import Standard, Text
from carbonledger.standards.pboc_2021.non_project import NON_PROJECT
from carbonledger.standards.pboc_2021.project import PROJECT
from carbonledger.standards.pboc_2021.reductions import REDUCTIONS

EDITIONS = (
    Standard(
        id="pboc-2021",
        title=Text(
            "金融机构碳核算技术指南（试行）",
            "PBoC carbon accounting guide for financial institutions",
        ),
        citation="《金融机构碳核算技术指南（试行）》，银办发〔2021〕119号",
        confidence=Text(
            "公式按公开资料整理（RECALLED），未见原文；主体排放的取数顺序为本工具的选择（CHOICE）。",
            "Formulas compiled from public material (RECALLED), the original text was not seen; "
            "the order of options for entity emissions is our choice (CHOICE).",
        ),
        pages=(NON_PROJECT, PROJECT),
        scope3=False,
        scored=False,
        balance_name=Text("月均余额", "monthly-average balance"),
    ),
    Standard(
        id="pboc-2021-avoided",
        title=Text(
            "金融机构碳核算技术指南（试行），项目减排量",
            "PBoC carbon accounting guide, emission reductions of projects",
        ),
        citation="《金融机构碳核算技术指南（试行）》，银办发〔2021〕119号",
        confidence=Text(
            "公式按公开资料整理（RECALLED），未见原文；减排量不抵减投融资碳排放。",
            "Formula compiled from public material (RECALLED), the original text was not seen; "
            "reductions are never netted against financed emissions.",
        ),
        pages=(REDUCTIONS,),
        account="avoided",
        scope3=False,
        scored=False,
        balance_name=Text("月均余额", "monthly-average balance"),
        whole_book=False,
    ),
)
