"""What is left of companies without the structures that stand in their own balance sheets.

Who holds other debt or equity of the issuer has a part of what is left: of its equity and debt (or
EVIC) without the structure, of its emissions without those of the structure (PCAF Part A 3rd ed.,
section 5.7, pp. 108-109). So all that its holders are given sums to what the company emits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.estimates import SEVERAL, Estimates
from carbonledger.engine.pools import add_up
from carbonledger.method import SCOPES, Array, Batch, Codes, Column, Flag, Mask

AMOUNT = "structures_amount"
TAKEN = "structures_emissions"
DENOMINATORS = ("evic", "total_debt", "total_assets")
Sums = NDArray[np.int64]


@dataclass(frozen=True)
class Structures:
    """Sums over the structures of each company: whole fen, and grams by scope."""

    amount: Sums
    grams: Sums
    """A row per scope; that of 12 is the whole of scope 1 and 2."""
    some: Mask
    """Whether a company has any."""
    apart: Mask
    """Whether scope 1 and 2 of all its structures are known apart."""

    @classmethod
    def of(
        cls, pools: Estimates, rows: Rows, amounts: Sums, issuers: Codes, size: int
    ) -> Structures:
        """The sums over some pools, which are wholly computed, by the issuer of each."""
        total, grams = np.zeros(size, np.int64), np.zeros((len(SCOPES), size), np.int64)
        together, issuer = np.zeros(size, np.int64), issuers[rows]
        add_up(total, issuer, amounts[rows])
        answered = pools.ways.answered.take(pools.way.take(rows), axis=1)
        for k, (scope, known) in enumerate(zip(SCOPES, answered, strict=True)):
            values = np.where(known, np.rint(pools.grams[k][rows]), 0).astype(np.int64)
            add_up(grams[k], issuer, values)
            if scope in ("1", "2"):
                add_up(grams[SCOPES.index("12")], issuer, values)
            if scope == "12":
                add_up(together, issuer, known.astype(np.int64))
        some = np.bincount(issuer, minlength=size) > 0
        return cls(total, grams, some, some & (together == 0))

    def unless(self, out: Mask) -> Structures:
        """The same without those of some companies."""
        return replace(self, some=self.some & ~out, apart=self.apart & ~out)

    def taken_off(self, companies: Batch) -> Batch:
        """The companies less their structures: the denominators now, what to take off as columns.

        The emissions are taken off as soon as they are estimated.
        """
        columns, flags = {**companies.columns}, {**companies.flags}
        bit = self.some * np.uint32(Flag.STRUCTURES_TAKEN_OFF)
        for name in DENOMINATORS:
            column = columns[name]
            less = np.where(self.some, self.amount, 0)
            columns[name] = Column(column.values.astype(np.int64) - less, column.present)
            flags[name] = flags[name] | bit.astype(np.uint32)
        present = (self.apart, self.apart, self.some, self.some)
        for k, scope in enumerate(SCOPES):
            columns[f"{TAKEN}_scope{scope}_g"] = Column(self.grams[k], present[k])
        columns[AMOUNT] = Column(self.amount, self.some)
        return replace(companies, columns=columns, flags=flags, kept={})


def take_off(
    entities: Batch, grams: Sequence[Array], option: NDArray[np.int8],
    factor: list[Codes], flags: list[NDArray[np.uint32]],
) -> None:  # fmt: skip
    """Take the emissions of their own structures off what companies are estimated at, in place.

    Where those of scope 1 and 2 are not known apart, nor are those of what is left.
    """
    if AMOUNT not in entities.columns:
        return
    taken = [entities.columns[f"{TAKEN}_scope{s}_g"] for s in SCOPES]
    both = (option[0] >= 0) & (option[1] >= 0) & taken[2].present & ~taken[0].present
    grams[2][both] = grams[0][both] + grams[1][both]
    option[2, both] = np.maximum(option[0, both], option[1, both])
    one, two = factor[0][both], factor[1][both]
    factor[2], flags[2] = factor[2].copy(), flags[2].copy()
    factor[2][both] = np.where(one == two, one, SEVERAL)
    flags[2][both] = flags[0][both] | flags[1][both]
    option[:2, both] = -1
    for k, column in enumerate(taken):
        mine = column.present & (option[k] >= 0)
        grams[k][mine] -= column.values[mine]
