"""The factors that answered in a run, of estimates and of shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from carbonledger.engine import SEVERAL, Estimated
from carbonledger.engine.estimate import factor_column
from carbonledger.scale.local import Period

TERRITORY = "territory"
"""Entities that are known whether a position names them or not."""


def used_factors(ready: Period) -> dict[int, int]:
    """The factors that answered, by row of ``Factors.rows``, and for how many entities.

    Of countries those alone whose debt is held.
    """
    counts: Counter[int] = Counter()
    for key, shown in ready.estimated.items():
        named = _named(ready, key[0], shown)
        rows = shown.estimates.factor[:, named][shown.estimates.option[:, named] >= 0]
        for row, count in zip(*np.unique(rows[rows >= 0], return_counts=True), strict=True):
            counts[int(row)] += int(count)
        if (rows == SEVERAL).any():
            counts.setdefault(SEVERAL, 0)
    counts.update(_of_shares(ready))
    return dict(sorted(counts.items()))


def _named(ready: Period, kind: str, shown: Estimated) -> NDArray[np.intp]:
    if kind != TERRITORY:
        return np.arange(shown.entities.size)
    return np.array(sorted(ready.owing), np.intp)


def _of_shares(ready: Period) -> Iterator[int]:
    """The factors of shares, each kind once for the entities of a kind that have an estimate."""
    pages = [(s, p, k) for s in ready.standards for p in s.pages for share in p.shares
             for k in share.factors]  # fmt: skip
    for standard, page, kind in {(p.entity, k): (s, p, k) for s, p, k in reversed(pages)}.values():
        shown = ready.estimated[standard.estimates_key(page)]
        at = _named(ready, page.entity, shown)
        rows = shown.entities.columns[factor_column(kind)]
        answered = rows.present & (shown.estimates.option >= 0).any(axis=0)
        yield from rows.values[at][answered[at]].tolist()
