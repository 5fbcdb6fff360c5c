"""Project financing, 2026: E_biz = E_project x B / I, the monthly-average balance over the total
investment of the project (seen second-hand). A project without data is treated as non-project."""

from carbonledger.estimates import project
from carbonledger.method import Array, AssetClass, Share, Text
from carbonledger.standards.pboc_2026.non_project import SCORES


def of_total_investment(*, average_balance: Array, total_project_cost: Array) -> Array:
    """Monthly-average balance over the project's total investment."""
    return average_balance / total_project_cost


PROJECT = AssetClass(
    name="project",
    title=Text("项目融资（以项目方式计算）", "project financing, computed as a project"),
    citation="高碳类投融资碳核算操作指引（2026），项目融资 (SEEN second-hand)",
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
    scores=SCORES,
    otherwise="project_as_non_project",
)
