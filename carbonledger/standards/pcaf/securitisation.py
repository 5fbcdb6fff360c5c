"""Securitisations, PCAF Part A 3rd ed. (2025), section 5.8, pp. 111-138.

Emissions = sum of collateral factor x emissions of each loan, x tranche factor x investment factor.
Seniority is irrelevant. The collateral factor is that of the loan's class, capped at 1 (p. 122).
"""

from carbonledger.estimates import pool
from carbonledger.method import Array, AssetClass, Share, Text, changed
from carbonledger.standards.pcaf.assets import PAGES


def of_tranche(
    *, outstanding_amount: Array, tranche_outstanding_amount: Array,
    deal_outstanding_amount: Array,
) -> Array:  # fmt: skip
    """Holding over tranche, times tranche over deal."""
    investment = outstanding_amount / tranche_outstanding_amount
    return investment * (tranche_outstanding_amount / deal_outstanding_amount)


def of_deal(*, outstanding_amount: Array, deal_outstanding_amount: Array) -> Array:
    """Holding over deal, to which the two factors collapse."""
    return outstanding_amount / deal_outstanding_amount


def collateral(page: AssetClass) -> AssetClass:
    """The page of a loan's class as collateral: its factor held at 1."""
    return changed(page, shares=tuple(map(_capped, page.shares)))


def _capped(share: Share) -> Share:
    return changed(share, capped=True)


SECURITISATION = AssetClass(
    name="securitisation",
    title=Text("资产证券化", "securitisations"),
    citation="PCAF Part A, section 5.8, pp. 111-138",
    takes=("securitisation",),
    entity="pool",
    balance="outstanding_amount",
    shares=(
        Share(
            of_tranche,
            Text("（持有额 ÷ 档次余额）×（档次余额 ÷ 资产池余额）",
                 "(holding / tranche outstanding) x (tranche / deal outstanding)"),
            unless="out_of_scope",
        ),
        Share(
            of_deal,
            Text("持有额 ÷ 资产池余额", "holding / deal outstanding"), unless="out_of_scope",
        ),
    ),
    estimates=(pool.POOLED,),
    scores={"pooled": ("pool", 5)},
    needs=(),
    pooled=True,
    assets=tuple(map(collateral, PAGES)),
)  # fmt: skip
