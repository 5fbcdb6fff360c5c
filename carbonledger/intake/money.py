"""Amounts of other currencies into the reporting currency, at dated and cited rates, never 1:1.

What stands at the period's end takes the rate of its last day, what flows in it the year's average.
An average stands in for the rate of a day with a flag; the rate of a day never stands for a year.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.factors import UNSURE, FactorsAt, Rate
from carbonledger.intake.coded import alike_all, column_of
from carbonledger.issues import Issue, Place
from carbonledger.method import Column, Flag

USD = "USD"
TOO_LARGE = float(1 << 62)


@dataclass(frozen=True)
class Rates:
    """A rate a row for what stands at the period's end and for what flows in it; NaN where none."""

    stock: NDArray[np.float64]
    flow: NDArray[np.float64]
    stock_flags: NDArray[np.uint32]
    """Of stocks: that the year's average stands in for the last day, that a rate is in doubt."""
    flow_flags: NDArray[np.uint32]
    """Of flows: that a rate is in doubt."""

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where any rate is known."""
        found: NDArray[np.bool_] = np.isfinite(self.stock) | np.isfinite(self.flow)
        return found


@dataclass(frozen=True)
class Exchange:
    """Rates into the reporting currency; the rates used are kept for the run's record."""

    currency: str
    factors: FactorsAt
    unknown: set[tuple[str, str, str]] = field(default_factory=set)
    """Currencies met that no rate is known for, with the one sought and the file."""

    def rate(self, currency: str) -> Rate | None:
        """The rate of what stands at the period's end: of that day, else the year's average.

        None for the reporting currency itself and for unknown ones.
        """
        return self._rate(currency, "period_end") or self._rate(currency, "average")

    def _rate(self, currency: str, basis: str) -> Rate | None:
        if currency == self.currency:
            return None
        return self.factors.rate(currency, self.currency, basis)

    def warnings(self) -> list[Issue]:
        """One for each currency that no exchange rate is known for."""
        return [Issue("fx_rate_missing", Place(file), currency, (("to", to),))
                for currency, to, file in sorted(self.unknown)]  # fmt: skip

    def rates_of(self, currencies: pa.Array | None, size: int, file: str) -> Rates:
        """The rates of each row: 1 in the reporting currency."""
        names = [] if currencies is None else currencies.dictionary.to_pylist()
        if currencies is None or names in ([], [self.currency]):
            one, nothing = alike_all(size, np.float64, 1), alike_all(size, np.uint32, 0)
            return Rates(one, one, nothing, nothing)
        codes = currencies.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
        known = [self._values(name, file) for name in names]
        stock, flow, of_stock, of_flow = zip(*known, (1.0, 1.0, 0, 0), strict=True)
        flags = [np.array(bits, np.uint32)[codes] for bits in (of_stock, of_flow)]
        return Rates(np.array(stock)[codes], np.array(flow)[codes], *flags)

    def _values(self, currency: str, file: str) -> tuple[float, float, int, int]:
        if currency == self.currency:
            return 1.0, 1.0, 0, 0
        stock, flow = self.rate(currency), self._rate(currency, "average")
        if stock is None or flow is None:
            self.unknown.add((currency, self.currency, file))
        averaged = stock is not None and stock.basis == "average"
        of_stock = _doubt(stock) | (Flag.FX_AVERAGE if averaged else 0)
        return _value(stock), _value(flow), int(of_stock), _doubt(flow)

    def to_usd(self, currency: str, file: str) -> tuple[float, int]:
        """Dollars for one unit at the period's end, else the year's average; NaN where unknown."""
        if currency == USD:
            return 1.0, 0
        rate = self.usd_rate(currency)
        if rate is None:
            self.unknown.add((currency, USD, file))
        averaged = Flag.FX_AVERAGE if rate is not None and rate.basis == "average" else 0
        return _value(rate), int(_doubt(rate) | averaged)

    def usd_rate(self, currency: str) -> Rate | None:
        """The rate behind it; None for the dollar itself and for unknown ones."""
        asked = (self.factors.rate(currency, USD, basis) for basis in ("period_end", "average"))
        return next((rate for rate in asked if rate is not None), None)


def _value(rate: Rate | None) -> float:
    return float("nan") if rate is None else rate.value


def _doubt(rate: Rate | None) -> int:
    """The flag of a rate whose source was not seen or is in doubt."""
    return int(Flag.FACTOR_UNSURE) if rate is not None and rate.flags & UNSURE else 0


def converted(amounts: pa.Array, rates: NDArray[np.float64]) -> Column:
    """Fen in the reporting currency, rounded once; absent where amount or rate is unknown."""
    column = column_of(amounts)
    whole, present = column.values, column.present
    if amounts.null_count == len(amounts) or (rates == 1.0).all():
        return column
    known = np.isfinite(rates)
    exact = np.where(known & (rates != 1.0), np.rint(whole * np.where(known, rates, 0.0)), 0.0)
    if np.abs(exact).max() >= TOO_LARGE:
        raise OverflowError("an amount of more than 4.6e18 fen at its exchange rate")
    values = np.where(rates == 1.0, whole, exact.astype(np.int64))
    return Column(values, present & known)
