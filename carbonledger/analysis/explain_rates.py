"""The exchange rates behind a position's amounts, each with its source."""

from __future__ import annotations

from typing import Any

from carbonledger.factors import Rate
from carbonledger.intake.money import USD
from carbonledger.issues import LANGUAGES
from carbonledger.method import IN_USD, Batch
from carbonledger.scale.period import Period


def exchange(ready: Period, currency: str | None) -> dict[str, Any] | None:
    """The rate that the position's amounts were converted at."""
    if currency is None or currency == ready.config.currency:
        return None
    return _said(ready, currency, ready.config.currency, ready.exchange.rate(currency))


def exchange_usd(ready: Period, batch: Batch, currency: str | None) -> dict[str, Any] | None:
    """The rate to the dollars that a share of a domestic product is taken of."""
    said = currency or ready.config.currency
    if IN_USD not in batch.columns or USD in (said, ready.config.currency):
        return None
    return _said(ready, said, USD, ready.exchange.usd_rate(said))


def _said(ready: Period, currency: str, to: str, rate: Rate | None) -> dict[str, Any]:
    said: dict[str, Any] = {"currency": currency, "to": to}
    if rate is None:
        return said | {"rate": None, "zh": "", "en": ""}
    rows = [ready.factors.rows[n] for n in rate.rows]
    cited = {lang: "; ".join(r.citation(lang) for r in rows) for lang in LANGUAGES}
    return {**said, "rate": repr(rate.value), "basis": rate.basis,
            "zh": cited["zh"], "en": cited["en"]}  # fmt: skip
