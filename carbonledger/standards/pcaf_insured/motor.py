"""Personal motor: premium over the yearly cost of owning the vehicle, else a default (PCAF C)."""

from carbonledger.estimates import vehicle
from carbonledger.method import Array, AssetClass, Share, Text, minimum
from carbonledger.standards.pcaf.motor_vehicles import MOTOR_VEHICLE_LOANS


def of_cost_of_ownership(*, premium: Array, cost_of_ownership: Array) -> Array:
    """Premium over the owner's whole cost of the year."""
    return premium / cost_of_ownership


def of_default_ratio(*, premium: Array, premium_ratio: Array) -> Array:
    """The region's own ratio of premiums to cost, where the owner's cost is not known."""
    # A policy without a premium bears nothing, whatever the cost of the vehicle is.
    return premium_ratio * minimum(premium > 0, 1)


PERSONAL_MOTOR = AssetClass(
    name="personal_motor",
    title=Text("个人车险", "personal motor lines"),
    citation="PCAF Part C, table 5.3-2",
    takes=("personal_motor_insurance",),
    entity="vehicle",
    balance="outstanding_amount",
    shares=(
        Share(
            of_cost_of_ownership, Text("保费 ÷ 年用车总成本", "premium / annual cost of ownership")
        ),
        Share(
            of_default_ratio,
            Text("地区缺省比例（不知年用车总成本）", "default ratio of the region, cost unknown"),
            factors={"premium_ratio": ("region",)},
        ),
    ),
    estimates=vehicle.OPTIONS,
    scores={**MOTOR_VEHICLE_LOANS.scores, "actual_distance": ("1b", 2)},
    needs=(),
)
