"""Commercial real estate and mortgages, PCAF Part A 3rd ed. (2025), sections 5.4 and 5.5."""

from carbonledger.estimates import property as building
from carbonledger.method import Array, AssetClass, Flag, Share, Text


def of_share_invested(*, ownership_share: Array) -> Array:
    """The share that an owner without operational control holds; all of it for a sole owner."""
    return ownership_share


def of_value_at_origination(
    *, outstanding_amount: Array, property_value_at_origination: Array
) -> Array:
    """Outstanding amount over the property's value when it was financed."""
    return outstanding_amount / property_value_at_origination


def of_latest_value(*, outstanding_amount: Array, property_value: Array) -> Array:
    """Outstanding amount over the latest value, where none at origination is known."""
    return outstanding_amount / property_value


OF_VALUE = (
    Share(
        of_value_at_origination,
        Text("余额 ÷ 放款时房产价值", "outstanding amount / property value at origination"),
    ),
    Share(
        of_latest_value,
        Text("余额 ÷ 房产最新价值（此后固定）",
             "outstanding amount / latest property value, fixed from then on"),
        flag=Flag.LATEST_VALUE,
    ),
)  # fmt: skip
SCORES = {
    "metered_supplier": ("1a", 1),
    "energy_supplier": ("1a", 1),
    "metered": ("1b", 2),
    "energy": ("1b", 2),
    "label": ("2a", 3),
    "floor_area": ("2b", 4),
    "number_of_buildings": ("3", 5),
}

COMMERCIAL_REAL_ESTATE = AssetClass(
    name="commercial_real_estate",
    title=Text("商业地产", "commercial real estate"),
    citation="PCAF Part A, section 5.4",
    takes=("commercial_real_estate",),
    entity="property",
    balance="outstanding_amount",
    shares=(
        Share(of_share_invested, Text("投资份额（无经营控制权的业主）",
                                      "share invested, of an owner without operational control")),
        *OF_VALUE,
    ),
    estimates=building.OPTIONS,
    scores=SCORES,
    needs=(),
)  # fmt: skip

MORTGAGES = AssetClass(
    name="mortgages",
    title=Text("住房按揭", "mortgages"),
    citation="PCAF Part A, section 5.5",
    takes=("mortgage",),
    entity="property",
    balance="outstanding_amount",
    shares=OF_VALUE,
    estimates=building.OPTIONS,
    scores=SCORES,
    needs=(),
)
