"""Project finance, PCAF Part A 3rd ed. (2025), section 5.3, pp. 67-75."""

from carbonledger.estimates import project
from carbonledger.method import Array, AssetClass, Flag, Share, Text
from carbonledger.standards.pcaf import corporate


def of_project_value(*, outstanding_amount: Array, project_value: Array) -> Array:
    """Outstanding amount over the project's value at origination, where it has no balance sheet."""
    return outstanding_amount / project_value


PROJECT_FINANCE = AssetClass(
    name="project_finance",
    title=Text("项目融资", "project finance"),
    citation="PCAF Part A, section 5.3, pp. 67-75",
    takes=("project_finance",),
    entity="project",
    balance="outstanding_amount",
    shares=(
        Share(
            corporate.of_equity_and_debt,
            Text("余额 ÷（项目权益 + 项目负债）", "outstanding amount / (project equity + debt)"),
        ),
        Share(
            of_project_value,
            Text(
                "余额 ÷ 项目总投资额（无项目资产负债表时）",
                "outstanding amount / project value at origination (no balance sheet)",
            ),
            flag=Flag.BALANCE_SHEET_FALLBACK,
        ),
    ),
    estimates=(*project.OPTIONS, project.FROM_REVENUE),
    scores={**corporate.SCORES, "project_revenue": ("3a", 4)},
    without_share=corporate.WITHOUT_SHARE,
)
