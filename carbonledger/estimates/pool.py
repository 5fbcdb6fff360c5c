"""What a deal or structure emits: the attributed emissions of its assets (PCAF A, 5.7, 5.8).

Where the issuer reports the emissions of a structure, these come first (p. 102).
"""

from carbonledger.estimates.company import reported_emissions
from carbonledger.method import Array, Option, Text

APART = 0.01
"""By which part a pool and its assets may differ before it is said."""


def emissions_of_assets(*, pooled_emissions: Array) -> Array:
    """The sum over the assets of their attribution factor times their emissions."""
    return pooled_emissions


def nothing_allocated(*, allocated_share: Array) -> Array:
    """No emissions while no proceeds are allocated: the share that is, which is zero."""
    return allocated_share


REPORTED_VERIFIED = Option(
    "reported_verified", reported_emissions,
    Text("发行人披露的结构排放（经核查）", "emissions of the structure as reported, verified"),
    where="emissions_verified", family="reported",
)  # fmt: skip
REPORTED = Option(
    "reported", reported_emissions,
    Text("发行人披露的结构排放（未核查）", "emissions of the structure as reported"),
    family="reported",
)  # fmt: skip
POOLED = Option(
    "pooled", emissions_of_assets,
    Text("池内资产归因排放之和", "sum of attributed emissions of the assets"),
    family="assets",
)  # fmt: skip
UNALLOCATED = Option(
    "unallocated", nothing_allocated,
    Text("募集资金尚未投放：零", "proceeds not yet allocated: zero"), where="nothing_allocated",
    family="assets",
)  # fmt: skip
