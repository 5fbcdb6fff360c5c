"""Non-project financing: E_biz = E_entity x V_fin / V_rev, the monthly-average financing over the
borrower's main-business revenue of the period (RECALLED)."""

from carbonledger.estimates import company
from carbonledger.method import Array, AssetClass, Share, Text


def of_revenue(*, average_balance: Array, revenue: Array) -> Array:
    """Monthly-average balance over main-business revenue."""
    return average_balance / revenue


NON_PROJECT = AssetClass(
    name="non_project",
    title=Text("非项目融资", "non-project financing"),
    citation="银办发〔2021〕119号，非项目融资 (RECALLED)",
    takes=("business_loan", "corporate_bond", "listed_equity", "unlisted_equity"),
    entity="counterparty",
    balance="average_balance",
    shares=(
        Share(
            of_revenue,
            Text("月均余额 ÷ 主营业务收入", "monthly-average balance / main-business revenue"),
        ),
    ),
    estimates=company.OPTIONS,
)
