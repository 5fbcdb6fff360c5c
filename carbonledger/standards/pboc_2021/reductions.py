"""Emission reductions of projects: ER_biz = ER_project x V_inv / V_total (RECALLED)."""

from carbonledger.estimates import reduction
from carbonledger.method import AssetClass, Share, Text
from carbonledger.standards.pboc_2021.project import of_total_investment

REDUCTIONS = AssetClass(
    name="reductions",
    title=Text("项目减排量", "emission reductions of projects"),
    citation="银办发〔2021〕119号，项目减排量 (RECALLED)",
    takes=("project_finance",),
    entity="project",
    balance="average_balance",
    shares=(
        Share(
            of_total_investment,
            Text("月均余额 ÷ 项目总投资额", "monthly-average balance / total project investment"),
        ),
    ),
    estimates=reduction.OPTIONS,
    one_figure=True,
)
