"""Treaty reinsurance: what is ceded of the cedant's insured emissions (PCAF Part C, 2nd ed.)."""

from carbonledger.estimates import cedant
from carbonledger.method import Array, AssetClass, Share, Text


def of_gross_premium(*, premium: Array, gross_written_premium: Array) -> Array:
    """Premium that the cedant cedes by the treaty, over all that it wrote."""
    return premium / gross_written_premium


TREATY_REINSURANCE = AssetClass(
    name="treaty_reinsurance",
    title=Text("合约再保险", "treaty reinsurance"),
    citation="PCAF Part C 2nd ed., treaty reinsurance",
    takes=("treaty_reinsurance",),
    entity="counterparty",
    balance="outstanding_amount",
    shares=(
        Share(
            of_gross_premium,
            Text("分入保费 ÷ 分出公司签单保费", "ceded premium / the cedant's gross premium"),
        ),
    ),
    estimates=cedant.OPTIONS,
    scores={"insured": ("-", 4)},
    one_figure=True,
)
