"""What a motor vehicle emits in the year by its use of fuel or power (PCAF Part A, section 5.6)."""

from carbonledger.estimates import company
from carbonledger.method import Option, Text

OPTIONS = (
    Option(
        "metered",
        company.reported_emissions,
        Text("实际能耗的排放", "emissions of actual fuel or power use"),
    ),
)
