"""Project financing: E_biz = E_project x V_inv / V_total, the monthly-average financing over the
total investment of the project (RECALLED)."""

from carbonledger.estimates import project
from carbonledger.method import Array, AssetClass, Share, Text


def of_total_investment(*, average_balance: Array, total_project_cost: Array) -> Array:
    """Monthly-average balance over the project's total investment."""
    return average_balance / total_project_cost


PROJECT = AssetClass(
    name="project",
    title=Text("项目融资", "project financing"),
    citation="银办发〔2021〕119号，项目融资 (RECALLED)",
    takes=("project_finance",),
    entity="project",
    balance="average_balance",
    shares=(
        Share(
            of_total_investment,
            Text("月均余额 ÷ 项目总投资额", "monthly-average balance / total project investment"),
        ),
    ),
    estimates=project.OPTIONS,
)
