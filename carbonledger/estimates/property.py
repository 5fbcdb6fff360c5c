"""What a building emits in the year by its use of energy (PCAF Part A, sections 5.4 and 5.5)."""

from carbonledger.estimates import company
from carbonledger.method import Option, Text

OPTIONS = (
    Option(
        "metered", company.reported_emissions,
        Text("实测能耗的排放", "emissions of metered energy"),
    ),
)  # fmt: skip
