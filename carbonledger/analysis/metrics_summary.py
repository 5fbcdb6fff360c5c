"""The block of the summary that holds the portfolio metrics beside the ledgers."""

from __future__ import annotations

from typing import Any

from carbonledger.analysis import metrics
from carbonledger.analysis.disclosure import Disclosure
from carbonledger.analysis.summary import decimal_text, per
from carbonledger.footprint import Footprint


def metrics_summary(disclosure: Disclosure) -> dict[str, Any]:
    """TCFD metrics by basis, exposure to carbon-related assets, adjustment of the EVIC."""
    accounts = disclosure.accounts
    return {
        "tcfd": {
            "metrics": [_basis(name, disclosure.footprints[name], disclosure.currency)
                        for name in metrics.BASES if name in disclosure.footprints],
            "exposure": _exposure(disclosure) if accounts else None,
        },
        "evic_adjustment": _adjustment(disclosure),
    }  # fmt: skip


def _basis(name: str, found: Footprint, currency: str) -> dict[str, Any]:
    unit = per(currency)
    return {
        "basis": name,
        "value_covered": str(found.value), "coverage": decimal_text(metrics.covered(found), 4),
        "weights": "renormalised",
        "total_carbon_g": str(found.grams),
        "footprint": {"value": decimal_text(metrics.carbon_footprint(found), 6), "per": unit},
        "carbon_intensity": {"value": decimal_text(metrics.carbon_intensity(found), 6),
                             "per": unit},
    }  # fmt: skip


def _exposure(disclosure: Disclosure) -> dict[str, Any]:
    found = metrics.exposure(disclosure.accounts[0].ledger)
    return {
        "standard": disclosure.accounts[0].standard.id, "share": decimal_text(found.share, 4),
        "carbon_related": str(found.related), "partly": str(found.partly),
        "sector_unknown": str(found.unknown), "portfolio": str(found.portfolio),
    }  # fmt: skip


def _adjustment(disclosure: Disclosure) -> dict[str, Any] | None:
    found = metrics.adjustment(disclosure.footprints, disclosure.base_footprint)
    if found is None:
        return None
    return {
        "factor": decimal_text(found.factor, 6), "per": per(disclosure.currency),
        "coverage": decimal_text(found.covered, 4),
        "unadjusted": decimal_text(found.now, 6), "adjusted": decimal_text(found.adjusted_now, 6),
        "base_unadjusted": decimal_text(found.base, 6),
        "base_adjusted": decimal_text(found.adjusted_base, 6),
    }  # fmt: skip
