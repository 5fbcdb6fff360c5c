"""The summary of a run: the one JSON document that scripts read, fixed in its schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from carbonledger import units
from carbonledger.analysis.path import PathResult
from carbonledger.ledger import Ledger, Total
from carbonledger.method import Standard

SCHEMA = "carbonledger.summary/1"


def per(currency: str) -> str:
    """The unit of an intensity: grams per fen, which is tonnes per 10,000."""
    return "tCO2e/万元" if currency == "CNY" else f"tCO2e/万{currency}"


def decimal_text(value: Fraction | Decimal | None, places: int) -> str | None:
    """A ratio as plain decimal text, half away from zero, without thousands separators."""
    if value is None:
        return None
    numerator, denominator = Fraction(value).as_integer_ratio()
    return units.ratio(numerator, denominator, places).replace(",", "")


def ledger_summary(standard: Standard, ledger: Ledger, currency: str) -> dict[str, Any]:
    """One standard's figures; money in fen, emissions in grams, both as text."""
    whole = ledger.whole
    scope3 = standard.scope3
    return {
        "standard": standard.id,
        "account": ledger.account,
        "provisional": standard.provisional,
        "money": {"book": str(whole.book), "computed": str(whole.computed),
                  "not_covered": str(whole.not_covered), "excluded": str(whole.excluded),
                  "refused": str(whole.refused)},
        "rows": {"book": whole.rows, "computed": whole.rows_computed,
                 "not_covered": whole.rows_not_covered, "excluded": whole.rows_excluded,
                 "refused": whole.rows_refused},
        "rows_without_rate": whole.rows_unpriced,
        "rows_refused_without_amount": whole.rows_refused_unpriced,
        "emissions_g": {"scope1": _part(whole.scope1, whole), "scope2": _part(whole.scope2, whole),
                        "scope12": str(whole.scope12) if whole.rows_computed else None,
                        "scope3": str(whole.scope3) if whole.rows_scope3 else None},
        "coverage": {"scope12": decimal_text(whole.coverage, 4),
                     "scope3": decimal_text(whole.coverage3, 4) if scope3 else None},
        "intensity": {"value": decimal_text(whole.intensity, 6), "per": per(currency),
                      "balance": str(whole.balance)},
        "data_quality_score": {
            "scope12": decimal_text(whole.score, 4),
            "weighted_by": standard.score_weight if standard.scored else None,
            "band": standard.band_of(whole.score) or None,
            "scope3": decimal_text(whole.score3, 4) if scope3 else None},
        "unsure": _unsure(ledger),
    }  # fmt: skip


def _unsure(ledger: Ledger) -> dict[str, Any]:
    """How much rests on factors marked RECALLED or UNCERTAIN: positions and their grams."""
    total = ledger.by.get("flag", {}).get("factor_unsure")
    return {"rows": total.rows if total else 0, "scope12_g": str(total.scope12 if total else 0)}


def _part(grams: int, whole: Total) -> str | None:
    """Scope 1 or 2 alone; none where nothing was computed, or all reported for both together."""
    unsplit = whole.scope12 and not (whole.scope1 or whole.scope2)
    return None if unsplit or not whole.rows_computed else str(grams)


def path_summary(result: PathResult, standard: str) -> dict[str, Any]:
    """Actual against path in every year that has an actual."""
    return {
        "id": result.path.id,
        "standard": standard,
        "base_year": result.base_year,
        "target_year": result.target_year,
        "points": [
            {"year": p.year, "path": decimal_text(p.path, 6), "actual": decimal_text(p.actual, 6),
             "gap": decimal_text(p.gap, 6)}
            for p in result.points if p.actual is not None
        ],
        "required_annual_cut": decimal_text(result.required_annual_cut, 4),
    }  # fmt: skip


def waci_summary(ledger: Ledger, currency: str) -> dict[str, Any]:
    """Weighted average carbon intensity of what has revenue and emissions."""
    whole: Total = ledger.whole
    return {"value": decimal_text(whole.intensity, 6), "per": per(currency),
            "coverage": decimal_text(whole.coverage, 4), "balance": str(whole.balance)}  # fmt: skip


def summary(
    head: Mapping[str, Any], accounts: Iterable[tuple[Standard, Ledger]], waci: Ledger | None,
    path: PathResult | None, currency: str, issues: Mapping[str, int],
) -> dict[str, Any]:  # fmt: skip
    """The whole document but for the run's place and files."""
    accounts = list(accounts)
    return {
        "schema": SCHEMA,
        **head,
        "ledgers": [ledger_summary(s, ledger, currency) for s, ledger in accounts],
        "waci": None if waci is None else waci_summary(waci, currency),
        "path": None if path is None else path_summary(path, accounts[0][0].id),
        "issues": dict(issues),
    }
