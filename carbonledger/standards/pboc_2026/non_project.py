"""Non-project financing, 2026: E_biz = E_entity x B / A, the monthly-average balance over the
borrower's average total assets, the mean of opening and closing, consolidated (seen second-hand).

Where no emissions of the borrower can be had, the balance itself is taken times a sector factor
and attributed in full, E_biz = B x f. A factor per unit of revenue is not one per unit of balance,
so it is carried over by the sector's revenue over its assets; without that ratio the option stays
closed. The ratio is our choice.
"""

from carbonledger.estimates import company
from carbonledger.method import Array, AssetClass, Flag, Option, Share, Text

CITATION = "高碳类投融资碳核算操作指引（2026），非项目融资 (SEEN second-hand)"

SCORES = {
    "reported_verified": ("1", 1),
    "reported": ("2", 2),
    "energy": ("3", 2),
    "production": ("4", 3),
    "revenue": ("5", 4),
    "balance": ("6", 5),
}
"""The methods of tables 2 and 3 of the guide in their order, as restated."""


def of_average_total_assets(*, average_balance: Array, average_total_assets: Array) -> Array:
    """Monthly-average balance over average total assets."""
    return average_balance / average_total_assets


def from_balance(
    *, average_balance: Array, asset_turnover: Array, revenue_intensity: Array
) -> Array:
    """Balance times the sector's emissions per unit of assets, by way of its asset turnover."""
    return average_balance * asset_turnover * revenue_intensity


_SHARES = (
    Share(
        of_average_total_assets,
        Text("月均余额 ÷ 平均资产总额", "monthly-average balance / average total assets"),
    ),
)
_WITHOUT_SHARE = (
    Option(
        "balance", from_balance,
        Text("月均余额 × 行业资产周转率 × 行业单位收入排放强度",
             "monthly-average balance x sector asset turnover x sector emissions per revenue"),
        factors={
            "asset_turnover": ("sector", "region"),
            "revenue_intensity": ("sector", "region", "scope"),
        },
        score=5,
    ),
)  # fmt: skip

NON_PROJECT = AssetClass(
    name="non_project",
    title=Text("非项目融资", "non-project financing"),
    citation=CITATION,
    takes=("business_loan",),
    entity="counterparty",
    balance="average_balance",
    shares=_SHARES,
    estimates=company.OPTIONS,
    scores=SCORES,
    without_share=_WITHOUT_SHARE,
)

PROJECT_AS_NON_PROJECT = AssetClass(
    name="project_as_non_project",
    title=Text("项目融资（以非项目方式计算）", "project financing, computed as non-project"),
    citation="高碳类投融资碳核算操作指引（2026），项目（以非项目方式计算）(SEEN second-hand)",
    takes=(),
    entity="counterparty",
    balance="average_balance",
    shares=_SHARES,
    estimates=company.OPTIONS,
    scores=SCORES,
    without_share=_WITHOUT_SHARE,
    flag=Flag.PROJECT_AS_NON_PROJECT,
)
"""A loan to a project whose own data lack is computed by its borrower's."""
