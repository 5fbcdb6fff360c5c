"""What a project emits in the year, from the best data there are (PCAF Part A, section 5.3).

PCAF's options end with its revenue; that of what it costs to build is the GHG Protocol's.
"""

from carbonledger.estimates import company
from carbonledger.method import Array, Option, Text

OPTIONS = tuple(o for o in company.OPTIONS if o.name != "revenue")


def from_project_revenue(*, project_revenue: Array, revenue_intensity: Array) -> Array:
    """The project's revenue times its sector's emissions per unit of revenue."""
    return project_revenue * revenue_intensity


def from_construction_cost(*, construction_cost: Array, revenue_intensity: Array) -> Array:
    """The year's cost of construction times the construction sector's emissions per revenue."""
    return construction_cost * revenue_intensity


_INTENSITY = {"revenue_intensity": ("sector", "region", "scope")}
FROM_REVENUE = Option(
    "project_revenue", from_project_revenue,
    Text("项目营业收入 × 行业单位收入排放强度",
         "project revenue x sector emissions per unit of revenue"),
    factors=_INTENSITY, above_zero=("project_revenue",),
)  # fmt: skip
AVERAGE_DATA = (
    Option(
        "construction", from_construction_cost,
        Text("当年建设投资额 × 项目所属建筑业行业的单位收入排放强度",
             "construction cost of the year x emissions per revenue of its construction sector"),
        where="construction_sector", factors=_INTENSITY,
    ),
    Option(
        "construction_average", from_construction_cost,
        Text("当年建设投资额 × 建筑业单位收入排放强度",
             "construction cost of the year x emissions per revenue of all construction"),
        where="under_construction",
        factors={"revenue_intensity": ("sector=E", "region", "scope")},
    ),
    FROM_REVENUE,
)  # fmt: skip
"""Average data of the GHG Protocol (category 15): a project that is built by the relevant sector of
construction (section E of GB/T 4754), one that runs by its own."""
