"""Use-of-proceeds structures, PCAF Part A 3rd ed. (2025), section 5.7, pp. 98-109.

Attributed twice: the structure has its part of each asset, the investor its part of the structure.
What the issuer reports of the structure comes first; that class has no table of scores of its own,
so it takes those of reported emissions, unless the issuer states the score.
Of a structure that is the issuer's own (integrated) what is not allocated is debt of the issuer.
Sustainability-linked bonds earmark nothing and are corporate bonds.
"""

from carbonledger.estimates import pool
from carbonledger.method import Array, AssetClass, Share, Text, maximum
from carbonledger.standards.pcaf import corporate
from carbonledger.standards.pcaf.assets import PAGES


def of_structure(*, outstanding_amount: Array, total_equity: Array, total_debt: Array) -> Array:
    """Outstanding amount over the structure's equity and debt."""
    return outstanding_amount / (maximum(total_equity, 0) + total_debt)


def of_structure_debt(*, outstanding_amount: Array, total_debt: Array) -> Array:
    """The same of a structure that debt alone finances, such as a bond."""
    return outstanding_amount / total_debt


INTENDED = AssetClass(
    name="intended_sector",
    title=Text("未投放部分按拟投行业", "not allocated, by its intended sector"),
    citation="PCAF Part A, section 5.7, p. 102",
    takes=("intended_sector",),
    entity="pool",
    balance="outstanding_amount",
    shares=(corporate.FALLBACK,),
    estimates=(),
    scores=corporate.SCORES,
    without_share=corporate.WITHOUT_SHARE,
)
"""What an issuer's own structure has not allocated, where nothing is known of the issuer itself.

A structure has no balance-sheet total, so it is the outstanding amount times the emissions of the
sector that is evidenced, of score 5.
"""

USE_OF_PROCEEDS = AssetClass(
    name="use_of_proceeds",
    title=Text("专项用途融资", "use of proceeds"),
    citation="PCAF Part A, section 5.7, pp. 98-109",
    takes=("use_of_proceeds",),
    entity="pool",
    balance="allocated_amount",
    no_balance="no_allocation",
    shares=(
        Share(
            of_structure,
            Text("余额 ÷（结构权益 + 结构负债）",
                 "outstanding amount / (structure equity + debt)"),
        ),
        Share(
            of_structure_debt,
            Text("余额 ÷ 结构负债（没有权益）",
                 "outstanding amount / structure debt (no equity)"),
        ),
    ),
    estimates=(pool.REPORTED_VERIFIED, pool.REPORTED, pool.POOLED, pool.UNALLOCATED),
    scores={
        "reported_verified": ("1a", 1), "reported": ("1b", 2),
        "pooled": ("pool", 5), "unallocated": ("none", 5),
    },
    needs=(),
    pooled=True,
    assets=(*PAGES, INTENDED),
)  # fmt: skip
