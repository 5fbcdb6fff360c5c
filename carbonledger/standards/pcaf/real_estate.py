"""Commercial real estate and mortgages, PCAF Part A 3rd ed. (2025), sections 5.4 and 5.5."""

from carbonledger.estimates import property as building
from carbonledger.method import Array, AssetClass, Flag, Share, Text


def of_value_at_origination(
    *, outstanding_amount: Array, property_value_at_origination: Array
) -> Array:
    """Outstanding amount over the property's value when it was financed."""
    return outstanding_amount / property_value_at_origination


def of_property_value(*, outstanding_amount: Array, property_value: Array) -> Array:
    """Outstanding amount over the latest value, where none at origination is known."""
    return outstanding_amount / property_value


SHARES = (
    Share(
        of_value_at_origination,
        Text("余额 ÷ 放款时房产价值", "outstanding amount / property value at origination"),
    ),
    Share(
        of_property_value,
        Text("余额 ÷ 房产最新价值", "outstanding amount / latest property value"),
        flag=Flag.BALANCE_SHEET_FALLBACK,
    ),
)
SCORES = {"metered": ("1b", 2)}

COMMERCIAL_REAL_ESTATE = AssetClass(
    name="commercial_real_estate",
    title=Text("商业地产", "commercial real estate"),
    citation="PCAF Part A, section 5.4",
    takes=("commercial_real_estate",),
    entity="property",
    balance="outstanding_amount",
    shares=SHARES,
    estimates=building.OPTIONS,
    scores=SCORES,
    needs=(),
)

MORTGAGES = AssetClass(
    name="mortgages",
    title=Text("住房按揭", "mortgages"),
    citation="PCAF Part A, section 5.5",
    takes=("mortgage",),
    entity="property",
    balance="outstanding_amount",
    shares=SHARES,
    estimates=building.OPTIONS,
    scores=SCORES,
    needs=(),
)
