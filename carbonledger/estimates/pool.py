"""What a deal or structure emits: the attributed emissions of its assets (PCAF A, 5.7, 5.8)."""

from carbonledger.method import Array, Option, Text


def emissions_of_assets(*, pooled_emissions: Array) -> Array:
    """The sum over the assets of their attribution factor times their emissions."""
    return pooled_emissions


def nothing_allocated(*, allocated_share: Array) -> Array:
    """No emissions while no proceeds are allocated: the share that is, which is zero."""
    return allocated_share


POOLED = Option(
    "pooled", emissions_of_assets,
    Text("池内资产归因排放之和", "sum of attributed emissions of the assets"),
)  # fmt: skip
UNALLOCATED = Option(
    "unallocated", nothing_allocated,
    Text("募集资金尚未投放：零", "proceeds not yet allocated: zero"), where="nothing_allocated",
)  # fmt: skip
