"""Motor vehicle loans, PCAF Part A 3rd ed. (2025), section 5.6."""

from carbonledger.estimates import vehicle
from carbonledger.method import Array, AssetClass, Flag, Share, Text, maximum, minimum


def of_value_at_origination(
    *, outstanding_amount: Array, vehicle_value_at_origination: Array
) -> Array:
    """Outstanding amount over the vehicle's value when it was financed; nothing once repaid."""
    # Where nothing is owed any denominator will do, also a value that nobody can mean.
    return outstanding_amount / maximum(vehicle_value_at_origination, outstanding_amount <= 0)


def of_unknown_value(*, outstanding_amount: Array) -> Array:
    """All of the vehicle's emissions where its value is unknown; nothing once repaid."""
    return minimum(outstanding_amount > 0, 1)


MOTOR_VEHICLE_LOANS = AssetClass(
    name="motor_vehicle_loans",
    title=Text("机动车贷款", "motor vehicle loans"),
    citation="PCAF Part A, section 5.6",
    takes=("motor_vehicle_loan",),
    entity="vehicle",
    balance="outstanding_amount",
    shares=(
        Share(
            of_value_at_origination,
            Text("余额 ÷ 放款时车辆价值", "outstanding amount / vehicle value at origination"),
        ),
        Share(
            of_unknown_value,
            Text("车辆价值不详：归因因子为 1，已还清为 0",
                 "value unknown: the factor is 1, or 0 where nothing is owed"),
            flag=Flag.VEHICLE_VALUE_UNKNOWN,
        ),
    ),
    estimates=vehicle.OPTIONS,
    scores={
        "metered": ("1a", 1),
        "energy": ("1a", 1),
        "actual_distance": ("1b", 1),
        "local_distance": ("2a", 2),
        "regional_distance": ("2b", 3),
        "usual_distance": ("2b", 3),
        "type_efficiency": ("3a", 4),
        "type_use": ("3a", 4),
        "type_statistics": ("3a", 4),
        "average_efficiency": ("3b", 5),
        "average_use": ("3b", 5),
        "average_statistics": ("3b", 5),
    },
    needs=(),
)  # fmt: skip
