"""What is owed by countries and regions in US dollars, for shares of their domestic product."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.intake.money import Exchange
from carbonledger.intake.territories import SOVEREIGN, SUB_SOVEREIGN
from carbonledger.method import Column

CENTS = 100


def in_usd(
    columns: Mapping[str, pa.Array], exchange: Exchange, file: str
) -> tuple[Column, NDArray[np.uint32]] | None:
    """Dollars of each sovereign and sub-sovereign row with flags; None where there is none.

    A currency without a rate has no dollars, never as many as it has units of its own.
    """
    classes = columns.get("asset_class")
    wanted = pa.array([SOVEREIGN, SUB_SOVEREIGN])
    if classes is None or not set(wanted.to_pylist()) & set(classes.dictionary.to_pylist()):
        return None
    owed = np.asarray(pc.fill_null(pc.is_in(classes.cast(pa.string()), value_set=wanted), False))
    amounts = columns["outstanding_amount"]
    rates, bits = _rates(columns.get("currency"), owed, exchange, file)
    present = owed & np.asarray(amounts.is_valid()) & np.isfinite(rates)
    units = amounts.fill_null(0).to_numpy(zero_copy_only=False) / CENTS
    return Column(np.where(present, units * rates, 0.0), present), np.where(owed, bits, 0)


def _rates(
    currency: pa.Array | None, owed: NDArray[np.bool_], exchange: Exchange, file: str
) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """The rate of each row and its flags; only those of rows that need one are looked up."""
    names, codes = [exchange.currency], np.zeros(len(owed), np.intp)
    if currency is not None:
        names = [*currency.dictionary.to_pylist(), exchange.currency]
        filled = currency.indices.fill_null(len(names) - 1)
        codes = filled.to_numpy(zero_copy_only=False).astype(np.intp)
    needed = set(codes[owed].tolist())
    found = [exchange.to_usd(name, file) if k in needed else (np.nan, 0)
             for k, name in enumerate(names)]  # fmt: skip
    rates, bits = (np.array(part) for part in zip(*found, strict=True))
    return rates[codes], bits.astype(np.uint32)[codes]
