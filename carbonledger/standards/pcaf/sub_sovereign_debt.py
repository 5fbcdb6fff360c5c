"""Sub-sovereign debt, PCAF Part A 3rd ed. (2025), section 5.10, pp. 150-158.

Issuers that work like companies are business loans (5.2). What the options of scores 3 and 5 are
was not read; sectors and the country's figure scaled down are our reading.
"""

from carbonledger.estimates import territory
from carbonledger.method import Array, AssetClass, Share, Text, changed


def of_regional_gdp(
    *, outstanding_amount_usd: Array, gdp_regional_usd: Array,
    gdp_ppp_international_dollar: Array, gdp_nominal_usd: Array,
) -> Array:  # fmt: skip
    """Exposure over the region's output at the purchasing-power parity of its country."""
    parity = gdp_ppp_international_dollar / gdp_nominal_usd
    return outstanding_amount_usd / (gdp_regional_usd * parity)


def of_regional_gdp_by_published_ppp(
    *, outstanding_amount_usd: Array, gdp_regional_usd: Array, gdp_ppp: Array,
    gdp_nominal_usd: Array,
) -> Array:  # fmt: skip
    """The same by the country's published output at purchasing-power parity."""
    return outstanding_amount_usd / (gdp_regional_usd * (gdp_ppp / gdp_nominal_usd))


SUB_SOVEREIGN_DEBT = AssetClass(
    name="sub_sovereign_debt",
    title=Text("地方政府债", "sub-sovereign debt"),
    citation="PCAF Part A, section 5.10, pp. 150-158",
    takes=("sub_sovereign_debt",),
    entity="territory",
    balance="outstanding_amount",
    shares=(
        Share(
            of_regional_gdp,
            Text("敞口（美元）÷（地区名义 GDP × 国家购买力平价 GDP ÷ 国家名义 GDP）",
                 "exposure in USD / (regional nominal GDP x country PPP GDP "
                 "/ country nominal GDP)"),
            capped=True,
        ),
        Share(
            of_regional_gdp_by_published_ppp,
            Text("敞口（美元）÷（地区名义 GDP × 公布的国家购买力平价 GDP ÷ 国家名义 GDP）",
                 "exposure in USD / (regional nominal GDP x published country PPP GDP "
                 "/ country nominal GDP)"),
            factors={"gdp_ppp": ("region",)}, capped=True,
        ),
    ),
    estimates=territory.REGION,
    scores={"reported_verified": ("1a", 1), "reported": ("1b", 2), "energy_statistics": ("2", 3),
            "sector_statistics": ("3", 4), "of_country": ("4a", 5),
            "similar_territory": ("4b", 5)},
    needs=("1",),
)  # fmt: skip

WITH_LULUCF = changed(SUB_SOVEREIGN_DEBT, estimates=territory.REGION_WITH_LULUCF)
