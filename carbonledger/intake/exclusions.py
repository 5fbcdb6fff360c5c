"""Positions that a standard leaves out as configured; each is listed with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.codes import high_carbon
from carbonledger.config import Exclusions
from carbonledger.intake.people import PERSONS
from carbonledger.intake.positions import Positions
from carbonledger.intake.strangers import Strangers
from carbonledger.method import Key
from carbonledger.outcomes import REASONS, REFUSED

_CODE = {name: code for code, name in enumerate(REASONS)}
_OF_MATCH = {"exact": "", "group": "", "partial": "partly_high_carbon", "none": "not_high_carbon"}
"""Why a sector is left out by how it matches the eight high-carbon industries."""


@dataclass(frozen=True)
class Customers:
    """What is known of each counterparty over all its positions, in the order of the entities.

    ``totals`` is its average balance in fen over all positions, or over those that are no project,
    as far as a rule asks for it; ``several_uses`` says whether its positions name more than one use
    of funds, and ``sector`` is its own.
    """

    totals: Mapping[str, NDArray[np.int64]]
    several_uses: NDArray[np.bool_]
    sector: Key
    strangers: Strangers = field(default_factory=Strangers)
    """Those that stand in no book of counterparties."""


def is_project(positions: Positions) -> NDArray[np.bool_]:
    """Rows that finance a project."""
    return projects(positions.batch.keys["asset_class"])


def projects(asset_class: Key) -> NDArray[np.bool_]:
    """Rows of a key of classes that finance a project."""
    named = np.array([*(n == "project_finance" for n in asset_class.names), False])
    found: NDArray[np.bool_] = named[asset_class.codes]
    return found


def excluded(
    positions: Positions, rules: Exclusions | None, customers: Customers | None
) -> NDArray[np.uint8]:
    """The reason a position is left out, 0 where it stays; persons before scale before size.

    What the institution's own group owes itself, and a deal of another year, is left out under
    every standard.
    """
    columns, batch = positions.typed.columns, positions.batch
    reason = np.zeros(batch.size, np.uint8)

    def leave_out(rows: NDArray[np.bool_], why: str) -> None:
        reason[rows & (reason == 0)] = _CODE[why]

    leave_out(positions.intra_group, "intra_group")
    leave_out(positions.other_year, "deal_other_year")
    if rules is None:
        return reason
    if rules.persons:
        leave_out(_is_in(columns.get("customer_type"), PERSONS, batch.size), "person")
    if rules.scale:
        leave_out(_is_in(columns.get("enterprise_scale"), rules.scale, batch.size),
                  "enterprise_scale")  # fmt: skip
    if rules.overseas:
        leave_out(_abroad(positions), "overseas")
    if rules.industries == "high_carbon" and customers is not None:
        key = industry(positions, customers)
        why = np.array([*(_CODE[_unlisted(n)] for n in key.names), _CODE["no_sector"]], np.uint8)
        reason = np.where(reason == 0, why[key.codes], reason).astype(np.uint8)
    if rules.min_average_balance is not None:
        leave_out(_small(positions, rules, customers), "small_balance")
    return reason


def industry(positions: Positions, customers: Customers) -> Key:
    """The sector a position counts with: its use of funds, else its borrower's.

    A borrower with several uses of funds counts with its own sector throughout.
    """
    link, own = positions.batch.links["counterparty"], positions.batch.keys["sector"]
    if not len(customers.several_uses):
        return own
    at = np.where(link >= 0, link, 0)
    several = (link >= 0) & customers.several_uses[at]
    theirs = customers.sector.codes[at].astype(np.int32, copy=False)
    codes = np.where(several, np.where(theirs >= 0, theirs + len(own.names), -1), own.codes)
    return Key(codes.astype(np.int32), (*own.names, *customers.sector.names))


def _unlisted(sector: str) -> str:
    """Why a sector is not among the high-carbon industries; '' where it is."""
    return "no_sector" if sector in ("", "?") else _OF_MATCH[high_carbon(sector).kind]


def left_out(
    positions: Positions, rules: Exclusions | None, customers: Customers | None
) -> NDArray[np.uint8] | None:
    """The same with the refused rows, which no rule asks about; None where nothing is left out."""
    own = positions.intra_group | positions.other_year
    some = rules is not None or bool(own.any())
    reason = excluded(positions, rules, customers) if some else None
    refused = positions.typed.refused
    if refused is None:
        return reason
    kept = np.zeros(positions.batch.size, np.uint8) if reason is None else reason
    return np.where(refused, np.uint8(REFUSED), kept).astype(np.uint8)


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
    positions: Positions, rules: Exclusions, customers: Customers | None
) -> NDArray[np.bool_]:
    """Average balance below the threshold; where none is known, size excludes nothing."""
    average = positions.batch.columns.get("average_balance")
    if average is None:
        return np.zeros(positions.batch.size, np.bool_)
    balance = average.values.astype(np.int64)
    link = positions.batch.links["counterparty"]
    if rules.per == "customer" and customers is not None:
        ids = positions.typed.columns.get("counterparty_id")
        balance = customers.strangers.total(rules.of, ids, len(link))
        met = np.flatnonzero(link >= 0)
        balance[met] = customers.totals[rules.of][link[met]]
    small: NDArray[np.bool_] = average.present & (balance < (rules.min_average_balance or 0))
    return small & ~is_project(positions) if rules.of == "non_project" else small
