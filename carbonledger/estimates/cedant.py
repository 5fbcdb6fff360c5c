"""What an insurer's own book is associated with, as it reports it to those who reinsure it."""

from carbonledger.method import Array, Option, Text


def reported_by_cedant(*, insured_emissions: Array) -> Array:
    """Insurance-associated emissions as the cedant reported them."""
    return insured_emissions


OPTIONS = (
    Option(
        "insured",
        reported_by_cedant,
        Text("分出公司披露的承保排放", "insurance-associated emissions of the cedant"),
    ),
)
