"""Amounts of other currencies into the reporting currency, at dated and cited rates, never 1:1."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.factors import FactorsAt, Rate
from carbonledger.method import Column, Flag


@dataclass(frozen=True)
class Exchange:
    """Rates into the reporting currency; the rates used are kept for the run's record."""

    currency: str
    factors: FactorsAt
    unknown: set[tuple[str, str]] = field(default_factory=set)
    """Currencies met that no rate is known for, with the file."""

    def rate(self, currency: str) -> Rate | None:
        """The rate for a currency; None for the reporting currency itself and for unknown ones."""
        return None if currency == self.currency else self.factors.rate(currency, self.currency)

    def rates_of(self, currencies: pa.Array | None, size: int, file: str) -> NDArray[np.float64]:
        """A rate a row: 1 in the reporting currency, NaN where none is known."""
        if currencies is None:
            return np.ones(size)
        names = currencies.dictionary.to_pylist()
        known = [self._value(name, file) for name in names]
        codes = currencies.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
        rates: NDArray[np.float64] = np.array([*known, 1.0])[codes]
        return rates

    def _value(self, currency: str, file: str) -> float:
        if currency == self.currency:
            return 1.0
        rate = self.rate(currency)
        if rate is None:
            self.unknown.add((currency, file))
            return float("nan")
        return rate.value


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


def stock_flags(rates: NDArray[np.float64]) -> NDArray[np.uint32]:
    """The flag of stocks converted at an average rate, for lack of a period-end one."""
    foreign = np.isfinite(rates) & (rates != 1.0)
    return np.where(foreign, np.uint32(Flag.FX_AVERAGE), np.uint32(0)).astype(np.uint32)
