"""The factors that answered in a run, of estimates and of shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import PIECE, Rows
from carbonledger.engine import SEVERAL, Estimated, of_scope
from carbonledger.engine.estimate import factor_column
from carbonledger.lookup import find
from carbonledger.method import LESS_STRUCTURES, SCOPES, Batch, Option
from carbonledger.scale.period import Period

NONE = np.zeros(0, np.intp)
TERRITORY = "territory"
"""Entities that are known whether a position names them or not."""


def used_factors(ready: Period) -> dict[int, int]:
    """The factors that answered, by row of ``Factors.rows``, and for how many entities.

    Of countries those alone whose debt is held.
    """
    counts: Counter[int] = Counter()
    for key, shown in ready.estimated.items():
        if LESS_STRUCTURES in key:
            continue  # the same factors as of the whole companies
        named = _named(ready, key[0], shown)
        used = shown.estimates.ways.factor  # -1 where no option answered
        each = _counted(shown.estimates.way[named], used.shape[1])
        for scope in used:
            at = np.flatnonzero((scope >= 0) & (each > 0))
            for row, count in zip(scope[at].tolist(), each[at].tolist(), strict=True):
                counts[row] += count
        if (used[:, each > 0] == SEVERAL).any():
            counts.setdefault(SEVERAL, 0)
            counts.update(_together(ready, key[0], shown, named))
    counts.update(_of_shares(ready))
    return dict(sorted(counts.items()))


def _named(ready: Period, kind: str, shown: Estimated) -> Rows | slice:
    if kind != TERRITORY:
        return slice(0, shown.entities.size)
    return np.array(sorted(ready.owing), np.intp)


def _counted(ways: NDArray[np.integer[Any]], size: int) -> NDArray[np.intp]:
    """How many entities each way has."""
    count = np.zeros(size, np.intp)
    for start in range(0, len(ways), PIECE):
        count += np.bincount(ways[start : start + PIECE], minlength=size)
    return count


def _together(ready: Period, kind: str, shown: Estimated, named: Rows | slice) -> Iterator[int]:
    """The factors that answered together, once for each entity: a product, or several fuels."""
    made = shown.estimates
    for s, scope in enumerate(SCOPES):
        several = made.ways.factor[s] == SEVERAL
        for k, option in enumerate(made.options):
            mine = several & (made.ways.option[s] == k)
            at = np.flatnonzero(mine[made.way[named]]) if mine.any() else NONE
            at = at if isinstance(named, slice) else named[at]
            if not at.size:
                continue
            rows, owner = _asked(ready, kind, shown, option, at)
            for factor, keys in option.factors.items():
                found = find(ready.at, factor, keys, scope, of_scope(rows, scope)).row
                pairs = {*zip(found[found >= 0].tolist(), owner[found >= 0].tolist(), strict=True)}
                yield from (row for row, _ in pairs)


def _asked(
    ready: Period, kind: str, shown: Estimated, option: Option, at: NDArray[np.intp]
) -> tuple[Batch, NDArray[np.intp]]:
    """The rows that an option looks its factors up for, and whose each is."""
    if option.per is None:
        return shown.entities.take(at), at
    activities = ready.activities[kind]
    owner = activities.links["entity"]
    mine = np.isin(owner, at) & activities.columns[f"is_{option.per}"].values.astype(np.bool_)
    rows = np.flatnonzero(mine)
    return activities.take(rows), owner[rows].astype(np.intp)


def _of_shares(ready: Period) -> Iterator[int]:
    """The factors of shares, each kind once for the entities of a kind that have an estimate."""
    pages = [(s, p, k) for s in ready.standards for p in s.pages for share in p.shares
             for k in share.factors]  # fmt: skip
    for standard, page, kind in {(p.entity, k): (s, p, k) for s, p, k in reversed(pages)}.values():
        shown = ready.estimated[standard.estimates_key(page)]
        at = _named(ready, page.entity, shown)
        rows = shown.entities.columns[factor_column(kind)]
        some = np.logical_or.reduce(shown.estimates.ways.answered)
        answered = rows.present & some.take(shown.estimates.way)
        yield from rows.values[at][answered[at]].tolist()
