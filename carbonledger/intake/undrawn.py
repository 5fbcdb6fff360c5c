"""What is committed and not drawn, and how much of it is expected to be."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.method import Column

WEIGHTED = "weighted_undrawn_amount"
"""The part of what is not drawn that is expected to be."""


def stated(name: str, columns: Mapping[str, pa.Array]) -> pa.Array | None:
    """An amount of each row in its own currency, whether or not a rate is known for it."""
    return undrawn(columns) if name == "undrawn_amount" else columns.get(name)


def undrawn(columns: Mapping[str, pa.Array]) -> pa.Array:
    """What is committed and not drawn: as given, in a book without it what is granted less owed.

    Where the column is there a blank is not known: what was repaid is no commitment any more.
    """
    given, granted = columns.get("undrawn_amount"), columns.get("granted_amount")
    if given is not None:
        return given
    if granted is None:
        return pa.nulls(len(columns["outstanding_amount"]), pa.int64())
    left = pc.subtract(granted, columns["outstanding_amount"])
    return pc.if_else(pc.greater_equal(left, 0), left, None)


def part_of(amount: Column, part: Column) -> Column:
    """A part of each amount, in whole fen."""
    made = np.rint(amount.values.astype(np.float64) * part.values.astype(np.float64))
    return Column(made.astype(np.int64), amount.present & part.present)
