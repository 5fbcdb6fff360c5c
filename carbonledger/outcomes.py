"""What became of a position: computed, or why not."""

from __future__ import annotations

STATUSES = ("computed", "not_covered", "excluded", "refused")

REASONS = (
    "",
    # not covered
    "no_asset_class", "class_not_in_standard", "no_match", "under_construction",
    "no_average_balance", "no_fx_rate", "no_denominator", "denominator_not_positive",
    "no_emissions", "no_factor", "one_scope_only", "attribution_above_one",
    "optional_in_standard", "no_sector", "partly_high_carbon",
    "out_of_scope", "no_allocation", "no_utilisation_factor",
    "undrawn_not_described",
    # excluded
    "small_balance", "person", "enterprise_scale", "overseas", "intra_group", "not_high_carbon",
    "deal_other_year",
    "refused",
)  # fmt: skip
"""Why a position is not computed; its index is the code in entries, 0 is computed."""
FIRST_EXCLUDED = REASONS.index("small_balance")
REFUSED = REASONS.index("refused")


def status_of(reason: int) -> int:
    """Which of ``STATUSES`` a reason code stands for."""
    if reason == REFUSED:
        return 3
    return 0 if reason == 0 else 1 if reason < FIRST_EXCLUDED else 2
