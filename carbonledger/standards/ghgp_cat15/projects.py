"""Project finance and debt with known use of proceeds: share of the total project cost, equity and
debt, x scope 1 and 2 of the project in the year, while it is built as well (category 15)."""

from carbonledger.estimates import project
from carbonledger.method import Array, AssetClass, Share, Text


def of_total_project_cost(*, outstanding_amount: Array, project_value: Array) -> Array:
    """The investment over the total project cost, equity and debt."""
    return outstanding_amount / project_value


PROJECTS = AssetClass(
    name="projects",
    title=Text("项目融资及用途已知的债务", "project finance and debt with known use of proceeds"),
    citation="Technical Guidance for Calculating Scope 3 Emissions, category 15, project finance",
    takes=("project_finance",),
    entity="project",
    balance="outstanding_amount",
    shares=(
        Share(
            of_total_project_cost,
            Text("余额 ÷ 项目总投资额", "outstanding amount / total project cost"),
        ),
    ),
    estimates=(*project.OPTIONS, *project.AVERAGE_DATA),
    building=True,
)
