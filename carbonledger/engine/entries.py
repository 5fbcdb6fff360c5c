"""What attribute() makes: the entries of a batch of positions under one standard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonledger.engine.estimate import flags_of
from carbonledger.method import REASONS, Array, Batch, Codes, Grams, Mask

Bits = NDArray[np.uint32]
Rows = NDArray[np.intp]

REASON = {name: code for code, name in enumerate(REASONS)}
"""The code of each reason."""


@dataclass(frozen=True)
class Entries:
    """The account of a batch of positions under one standard, one element a position.

    ``grams`` has a row per scope 1, 2, 3 and ``grams12`` the sum; what ``split`` does not mark was
    reported for scope 1 and 2 together. Options are indices of ``Standard.option_names``, factors
    rows of the factor library, -1 for none.
    """

    reason: NDArray[np.uint8]
    flags: Bits
    page: NDArray[np.int8]
    share: Array
    share_rule: NDArray[np.int8]
    balance: Grams
    grams12: Grams
    grams: NDArray[np.int64]
    split: Mask
    covered3: Mask
    option: NDArray[np.int8]
    score: NDArray[np.uint8]
    factor: Codes


def blank(positions: Batch) -> Entries:
    """Entries of positions that no page of the standard takes."""
    n = positions.size
    return Entries(
        reason=np.full(n, REASON["class_not_in_standard"], np.uint8),
        flags=flags_of(positions, ["asset_class", "outstanding_amount", "sector"]),
        page=np.full(n, -1, np.int8), share=np.full(n, np.nan),
        share_rule=np.full(n, -1, np.int8), balance=np.zeros(n, np.int64),
        grams12=np.zeros(n, np.int64), grams=np.zeros((3, n), np.int64),
        split=np.zeros(n, np.bool_), covered3=np.zeros(n, np.bool_),
        option=np.full((3, n), -1, np.int8), score=np.zeros((2, n), np.uint8),
        factor=np.full((3, n), -1, np.int32),
    )  # fmt: skip


def leave_out(entries: Entries, out: Mask, why: NDArray[np.uint8]) -> None:
    """Take the marked positions out again, each with its reason code."""
    entries.reason[out] = why[out]
    entries.covered3[out], entries.split[out] = False, False
    entries.balance[out], entries.grams12[out] = 0, 0
    entries.grams[:, out], entries.score[:, out] = 0, 0
    entries.option[:, out], entries.factor[:, out] = -1, -1
    entries.share[out], entries.share_rule[out] = np.nan, -1
