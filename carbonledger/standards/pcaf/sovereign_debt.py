"""Sovereign debt, PCAF Part A 3rd ed. (2025), section 5.9, pp. 140-148; 5.7 in the 2nd edition.

The share is of output at purchasing-power parity, for debt differs a thousandfold between economies
alike. Production is reported twice, without LULUCF and, in a ledger of its own, with it.
"""

from carbonledger.estimates import territory
from carbonledger.method import Array, AssetClass, Share, Text, changed


def of_ppp_gdp(*, outstanding_amount_usd: Array, gdp_ppp_international_dollar: Array) -> Array:
    """Exposure in dollars over the country's output in international dollars."""
    return outstanding_amount_usd / gdp_ppp_international_dollar


def of_published_ppp_gdp(*, outstanding_amount_usd: Array, gdp_ppp: Array) -> Array:
    """The same by the output that is published of the country."""
    return outstanding_amount_usd / gdp_ppp


SHARES = (
    Share(
        of_ppp_gdp,
        Text("敞口（美元）÷ 购买力平价 GDP（国际元）",
             "exposure in USD / PPP-adjusted GDP in international dollars"),
    ),
    Share(
        of_published_ppp_gdp,
        Text("敞口（美元）÷ 公布的购买力平价 GDP（国际元）",
             "exposure in USD / published PPP-adjusted GDP in international dollars"),
        where="is_country", factors={"gdp_ppp": ("region",)},
    ),
)  # fmt: skip

SOVEREIGN_DEBT = AssetClass(
    name="sovereign_debt",
    title=Text("主权债", "sovereign debt"),
    citation="PCAF Part A, section 5.9, pp. 140-148",
    takes=("sovereign_debt",),
    entity="territory",
    balance="outstanding_amount",
    shares=SHARES,
    estimates=territory.COUNTRY,
    scores={"reported_verified": ("1a", 1), "reported": ("1b", 2),
            "energy_statistics": ("2", 3), "published": ("2", 3),
            "sector_statistics": ("3a", 4), "similar_territory": ("3b", 5)},
    needs=("1",),
)  # fmt: skip

SOVEREIGN_DEBT_2022 = changed(
    SOVEREIGN_DEBT,
    citation="PCAF Part A, 2nd ed., section 5.7",
    scores={**SOVEREIGN_DEBT.scores, "energy_statistics": ("2a", 3), "published": ("2a", 3)},
)

WITH_LULUCF = changed(SOVEREIGN_DEBT, estimates=territory.COUNTRY_WITH_LULUCF)
WITH_LULUCF_2022 = changed(SOVEREIGN_DEBT_2022, estimates=territory.COUNTRY_WITH_LULUCF)
