"""What an amount is held against, worked out once an entity where a share is no more than that.

Most shares are an amount of the position over something of its entity. Which formulas are so, they
tell themselves: they are given an amount that can only be divided, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import PIECE
from carbonledger.engine.entity import Estimated
from carbonledger.method import Array, Share, parameters

MOST = 1 << 19
"""Entities beyond which it is not held: a run gains a hundredth by it, and memory counts then."""


class Whole(NamedTuple):
    """The column of the position that is divided, and by what of each entity, nobody first.

    Nothing, which is no number, where an entity has no rule.
    """

    amount: str
    of: Array


class _Opaque:
    """Whatever is done with it that is not foreseen is a ``TypeError``."""

    __array_ufunc__ = __eq__ = __bool__ = None  # type: ignore[assignment]


class _Amount(_Opaque):
    """Stands for a column of the position."""

    def __truediv__(self, by: Any) -> _Divided:
        return _Divided(by)


class _Divided(_Opaque):
    """That column, divided."""

    def __init__(self, by: Any) -> None:
        self.by = by


def whole_of(
    known: Estimated, shares: Sequence[Share], rule: NDArray[np.int8],
    of: NDArray[np.integer[Any]], own: frozenset[str],
) -> Whole | None:  # fmt: skip
    """What the shares of a page divide by, for each entity by its rule.

    None if one does something else, or where the entities are too many to hold it of each.

    ``rule`` is that of each group, -1 for none, ``of`` the group of each entity, nobody first;
    ``own`` are the columns that positions have themselves.
    """
    used = np.unique(rule[rule >= 0]).tolist()
    amounts = {n for k in used for n in parameters(shares[k].formula) if n in own}
    if len(amounts) != 1 or len(of) > MOST:
        return None
    (amount,) = amounts
    whole = np.full(len(of), np.nan)
    for start in range(0, len(of), PIECE):
        rows = slice(start, start + PIECE)
        for k in used:
            by = _divided_by(known, shares[k], amount, rows)
            if by is None or np.shape(by) != whole[rows].shape:
                return None
            np.copyto(whole[rows], by, where=(rule == k).take(of[rows]))
    return Whole(amount, whole)


def _divided_by(known: Estimated, share: Share, amount: str, rows: slice) -> Array | None:
    """What a formula divides an amount by, of some entities; None where it does anything else."""
    asked = [n for n in parameters(share.formula) if n != amount]
    values: dict[str, Any] = {
        n: share.constants[n] if n in share.constants else known.column(n)[rows].astype(np.float64)
        for n in asked
    }
    try:
        with np.errstate(all="ignore"):
            told = share.formula(**{amount: _Amount()}, **values)
    except (TypeError, AttributeError):
        return None
    return told.by if isinstance(told, _Divided) else None
