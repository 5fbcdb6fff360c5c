"""Amounts of other currencies into the reporting currency, at dated and cited rates, never 1:1.

What stands at the period's end takes the rate of its last day, what flows in it the year's average.
An average stands in for the rate of a day with a flag; the rate of a day never stands for a year.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.factors import FactorsAt, Rate
from carbonledger.method import Column, Flag


@dataclass(frozen=True)
class Rates:
    """A rate a row for what stands at the period's end and for what flows in it; NaN where none."""

    stock: NDArray[np.float64]
    flow: NDArray[np.float64]
    averaged: NDArray[np.bool_]
    """Where a stock takes the year's average, for lack of a rate of its last day."""

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where any rate is known."""
        found: NDArray[np.bool_] = np.isfinite(self.stock) | np.isfinite(self.flow)
        return found

    @property
    def stock_flags(self) -> NDArray[np.uint32]:
        """The flag of stocks converted at an average rate."""
        return np.where(self.averaged, np.uint32(Flag.FX_AVERAGE), np.uint32(0)).astype(np.uint32)


@dataclass(frozen=True)
class Exchange:
    """Rates into the reporting currency; the rates used are kept for the run's record."""

    currency: str
    factors: FactorsAt
    unknown: set[tuple[str, str]] = field(default_factory=set)
    """Currencies met that no rate is known for, with the file."""

    def rate(self, currency: str) -> Rate | None:
        """The rate of what stands at the period's end: of that day, else the year's average.

        None for the reporting currency itself and for unknown ones.
        """
        return self._rate(currency, "period_end") or self._rate(currency, "average")

    def _rate(self, currency: str, basis: str) -> Rate | None:
        if currency == self.currency:
            return None
        return self.factors.rate(currency, self.currency, basis)

    def rates_of(self, currencies: pa.Array | None, size: int, file: str) -> Rates:
        """The rates of each row: 1 in the reporting currency."""
        if currencies is None:
            return Rates(np.ones(size), np.ones(size), np.zeros(size, np.bool_))
        names = currencies.dictionary.to_pylist()
        codes = currencies.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
        known = [self._values(name, file) for name in names]
        stock, flow, averaged = zip(*known, (1.0, 1.0, False), strict=True)
        return Rates(np.array(stock)[codes], np.array(flow)[codes], np.array(averaged)[codes])

    def _values(self, currency: str, file: str) -> tuple[float, float, bool]:
        if currency == self.currency:
            return 1.0, 1.0, False
        stock, flow = self.rate(currency), self._rate(currency, "average")
        if stock is None or flow is None:
            self.unknown.add((currency, file))
        nothing = float("nan")
        return (
            nothing if stock is None else stock.value, nothing if flow is None else flow.value,
            stock is not None and stock.basis == "average",
        )  # fmt: skip


def converted(amounts: pa.Array, rates: NDArray[np.float64]) -> Column:
    """Fen in the reporting currency, rounded once; absent where amount or rate is unknown."""
    present = np.asarray(amounts.is_valid())
    whole = amounts.fill_null(0).to_numpy(zero_copy_only=False)
    if (rates == 1.0).all():
        return Column(whole, present)
    known = np.isfinite(rates)
    exact = np.where(known & (rates != 1.0), np.rint(whole * np.where(known, rates, 0.0)), 0.0)
    values = np.where(rates == 1.0, whole, exact.astype(np.int64))
    return Column(values, present & known)
