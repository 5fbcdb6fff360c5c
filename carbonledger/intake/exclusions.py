"""Positions that a standard leaves out as configured; each is listed with its reason."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.config import Exclusions
from carbonledger.intake.people import PERSONS
from carbonledger.intake.positions import Positions
from carbonledger.method import REASONS, REFUSED

_CODE = {name: code for code, name in enumerate(REASONS)}


def customer_totals(positions: Iterable[Positions], customers: int) -> NDArray[np.int64]:
    """Average balance of each counterparty over all its positions, in fen.

    A customer with any balance that is not known is never small.
    """
    total = np.zeros(customers, np.int64)
    unknown = np.zeros(customers, np.bool_)
    for part in positions:
        average = part.batch.columns.get("average_balance")
        link = part.batch.links["counterparty"]
        if average is None:
            unknown[link[link >= 0]] = True
            continue
        known = (link >= 0) & average.present
        np.add.at(total, link[known], average.values[known].astype(np.int64))
        unknown[link[(link >= 0) & ~average.present]] = True
    return np.where(unknown, np.iinfo(np.int64).max, total)


def excluded(
    positions: Positions, rules: Exclusions | None, totals: NDArray[np.int64] | None
) -> NDArray[np.uint8]:
    """The reason a position is left out, 0 where it stays; persons before scale before size.

    What the institution's own group owes itself is left out under every standard.
    """
    columns, batch = positions.typed.columns, positions.batch
    reason = np.zeros(batch.size, np.uint8)

    def leave_out(rows: NDArray[np.bool_], why: str) -> None:
        reason[rows & (reason == 0)] = _CODE[why]

    leave_out(positions.intra_group, "intra_group")
    if rules is None:
        return reason
    if rules.persons:
        leave_out(_is_in(columns.get("customer_type"), PERSONS, batch.size), "person")
    if rules.scale:
        leave_out(_is_in(columns.get("enterprise_scale"), rules.scale, batch.size),
                  "enterprise_scale")  # fmt: skip
    if rules.overseas:
        leave_out(_abroad(positions), "overseas")
    if rules.min_average_balance is not None:
        leave_out(_small(positions, rules, totals), "small_balance")
    return reason


def left_out(
    positions: Positions, rules: Exclusions | None, totals: NDArray[np.int64] | None
) -> NDArray[np.uint8] | None:
    """The same with the refused rows, which no rule asks about; None where nothing is left out."""
    some = rules is not None or bool(positions.intra_group.any())
    reason = excluded(positions, rules, totals) if some else None
    refused = positions.typed.refused
    if refused is None:
        return reason
    own = np.zeros(positions.batch.size, np.uint8) if reason is None else reason
    return np.where(refused, np.uint8(REFUSED), own).astype(np.uint8)


def _is_in(column: pa.Array | None, names: Iterable[str], size: int) -> NDArray[np.bool_]:
    if column is None:
        return np.zeros(size, np.bool_)
    # A blank cell would match a null of the value set, so it is asked for text only.
    found = pc.is_in(column.cast(pa.string()), value_set=pa.array(list(names)))
    return np.asarray(found)


def _abroad(positions: Positions) -> NDArray[np.bool_]:
    """A country or region code that is not China's."""
    country = positions.typed.columns.get("country")
    key = positions.batch.keys["region"]
    foreign = np.array([bool(n) and n != "CN" and not n[:1].isdigit() for n in key.names] + [False])
    abroad: NDArray[np.bool_] = foreign[key.codes]
    if country is not None:
        text = country.cast(pa.string())
        abroad = abroad | np.asarray(pc.fill_null(pc.not_equal(text, "CN"), False))
    return abroad


def _small(
    positions: Positions, rules: Exclusions, totals: NDArray[np.int64] | None
) -> NDArray[np.bool_]:
    """Average balance below the threshold; where none is known, size excludes nothing."""
    average = positions.batch.columns.get("average_balance")
    if average is None:
        return np.zeros(positions.batch.size, np.bool_)
    balance = average.values.astype(np.int64)
    link = positions.batch.links["counterparty"]
    if totals is not None and len(totals):
        balance = np.where(link >= 0, totals[np.where(link >= 0, link, 0)], balance)
    small: NDArray[np.bool_] = average.present & (balance < (rules.min_average_balance or 0))
    return small
