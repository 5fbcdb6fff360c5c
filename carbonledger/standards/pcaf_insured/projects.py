"""Project insurance: premium over the project's whole cost (PCAF Part C, second edition)."""

from carbonledger.estimates import project
from carbonledger.method import Array, AssetClass, Share, Text
from carbonledger.standards.pcaf_insured.commercial import SCORES


def of_project_cost(*, premium: Array, total_project_cost: Array) -> Array:
    """Premium over the project's whole cost."""
    return premium / total_project_cost


PROJECT_INSURANCE = AssetClass(
    name="project_insurance",
    title=Text("工程险", "project insurance"),
    citation="PCAF Part C 2nd ed., project insurance",
    takes=("project_insurance",),
    entity="project",
    balance="outstanding_amount",
    shares=(Share(of_project_cost, Text("保费 ÷ 项目总投资额", "premium / project cost")),),
    estimates=project.OPTIONS,
    scores={name: score for name, score in SCORES.items() if name != "revenue"},
)
