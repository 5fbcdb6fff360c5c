"""Emission reductions of projects: ER_biz = ER_project x V_inv / V_total (RECALLED)."""

from carbonledger.estimates import reduction
from carbonledger.method import Text, changed
from carbonledger.standards.pboc_2021.project import PROJECT

REDUCTIONS = changed(
    PROJECT,
    name="reductions",
    title=Text("项目减排量", "emission reductions of projects"),
    citation="银办发〔2021〕119号，项目减排量 (RECALLED)",
    estimates=reduction.OPTIONS,
    one_figure=True,
)
