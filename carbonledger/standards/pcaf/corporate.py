"""What the corporate classes share: the score of each option and the options that need no share.

PCAF Part A 3rd ed. (2025), table 10.1-1, p. 191; the same scores stand in the 2nd edition.
"""

from carbonledger.method import Array, Flag, Option, Share, Text, maximum

OF_COMPANY = {
    "reported_verified": ("1a", 1),
    "reported": ("1b", 2),
    "energy": ("2a", 2),
    "production": ("2b", 3),
    "revenue": ("3a", 4),
}
"""The score of each option of a company's own estimate."""
SCORES = {**OF_COMPANY, "3b": ("3b", 5), "3c": ("3c", 5)}


def of_equity_and_debt(
    *, outstanding_amount: Array, total_equity: Array, total_debt: Array
) -> Array:
    """Outstanding amount over total equity and debt of an unlisted company."""
    # Negative equity counts as zero (footnotes 42, 75): all emissions fall to debt.
    return outstanding_amount / (maximum(total_equity, 0) + total_debt)


def of_evic(*, outstanding_amount: Array, evic: Array) -> Array:
    """Outstanding amount over enterprise value including cash of a listed company."""
    return outstanding_amount / evic


def of_total_assets(*, outstanding_amount: Array, total_assets: Array) -> Array:
    """Outstanding amount over the balance-sheet total, the fallback of footnotes 44 and 77."""
    return outstanding_amount / total_assets


def from_assets(*, outstanding_amount: Array, asset_intensity: Array) -> Array:
    """Outstanding amount times the sector's emissions per unit of assets, without a share."""
    return outstanding_amount * asset_intensity


def from_asset_turnover(
    *, outstanding_amount: Array, asset_turnover: Array, revenue_intensity: Array
) -> Array:
    """Outstanding amount times asset turnover times emissions per unit of revenue."""
    return outstanding_amount * asset_turnover * revenue_intensity


EVIC_TEXT = Text("余额 ÷ 企业价值（含现金）", "outstanding amount / EVIC")
EQUITY_AND_DEBT_TEXT = Text("余额 ÷（权益合计 + 负债合计）", "outstanding amount / (equity + debt)")
TOTAL_ASSETS_TEXT = Text(
    "余额 ÷ 资产总额（标准所列的备选）",
    "outstanding amount / total assets (the standard's fallback)",
)

FALLBACK = Share(of_total_assets, TOTAL_ASSETS_TEXT, flag=Flag.BALANCE_SHEET_FALLBACK)
COMPANY_SHARES = (
    Share(of_evic, EVIC_TEXT, where="listed"),
    Share(of_equity_and_debt, EQUITY_AND_DEBT_TEXT, unless="listed"),
    FALLBACK,
)
"""Lending to a company: by EVIC where it is listed, else by equity and debt."""

WITHOUT_SHARE = (
    Option(
        "3b", from_assets,
        Text("余额 × 行业单位资产排放强度", "outstanding amount x sector emissions per asset"),
        factors={"asset_intensity": ("sector", "region", "scope")}, score=5,
    ),
    Option(
        "3c", from_asset_turnover,
        Text("余额 × 资产周转率 × 行业单位收入排放强度",
             "outstanding amount x asset turnover x sector emissions per revenue"),
        factors={
            "asset_turnover": ("sector", "region"),
            "revenue_intensity": ("sector", "region", "scope"),
        },
        score=5,
    ),
)  # fmt: skip
