"""Entities that all pages of a standard treat alike, told apart once for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows, alike, alike_by_piece
from carbonledger.batch import nobody_first, nowhere
from carbonledger.engine.answers import flags_of
from carbonledger.engine.cases import Bits
from carbonledger.engine.estimates import Estimates
from carbonledger.engine.pools import SCORE, SCORE3
from carbonledger.method import AssetClass, Batch, Codes, Mask, Share

OWN = ("matched", "no_fx_rate", "out_of_scope", "under_construction")
"""What is said of an entity that decides whether, and why not, its positions are computed."""
Asked = tuple[tuple[str, ...], str | None, str | None]
"""What a share asks of an entity: columns, one that must say true, one that must not."""


@dataclass(frozen=True)
class Groups:
    """The group of each entity, nobody's before them, and what is told of each group."""

    of: NDArray[np.integer[Any]]
    some: Rows
    """An entity of each group."""
    own: Mapping[str, Mask]
    ready: Mapping[Asked, tuple[Mask, Bits]]
    """By what a share asks whether it is open, and the flags that come with it."""
    scores: Sequence[NDArray[Any]]
    """The two scores of a pool."""


def asked_of(entities: Batch, share: Share) -> Asked:
    """What a share asks of these entities."""
    return tuple(n for n in share.inputs if n in entities.columns), share.where, share.unless


def groups_of(entities: Batch, estimates: Estimates, pages: Sequence[AssetClass]) -> Groups:
    """The groups of entities that no page tells apart, however it treats them."""
    known = _estimated_alike(estimates)
    scored = (SCORE, SCORE3) if any(page.pooled for page in pages) else ()
    asked = [*dict.fromkeys(asked_of(entities, share) for p in pages for share in p.shares)]

    def told_apart(rows: slice) -> list[NDArray[Any]]:
        part = entities.part(rows)
        ready = (each for of in asked for each in _readiness(part, of))
        scores = (part.columns[n].values for n in scored)
        return [known.take(estimates.way[rows]), *(is_true(part, n) for n in OWN), *ready, *scores]

    of, some, (_, *told) = alike_by_piece(told_apart, entities.size)
    of += 1
    own = dict(zip(OWN, told, strict=False))
    bits = told[len(OWN) :]
    ready = {of: (bits[2 * k], bits[2 * k + 1]) for k, of in enumerate(asked)}
    return Groups(nobody_first(of), some, own, ready, bits[2 * len(asked) :])


def _estimated_alike(estimates: Estimates) -> Codes:
    """The group of each way, of those that differ in nothing but the factors behind them."""
    option, _, flags, missing = estimates.ways
    return alike([*option, *flags, missing], len(missing))[0].astype(np.int32)


def is_true(batch: Batch, name: str) -> Mask:
    """Where a column of true and false says true; what is absent is not."""
    column = batch.columns.get(name)
    if column is None or nowhere(column.present) or nowhere(column.values):
        return np.broadcast_to(np.bool_(False), batch.size)
    return _both(column.present, column.values.astype(np.bool_, copy=False))


def _both(one: Mask, other: Mask) -> Mask:
    """Where both say so; true everywhere is held once."""
    if one.strides == (0,) and one[:1].all():
        return other
    return one if other.strides == (0,) and other[:1].all() else one & other


def _readiness(entities: Batch, asked: Asked) -> tuple[Mask, Bits]:
    """Where an entity's own columns let a share be used, and the flags they bring."""
    own, where, unless = asked
    open_: Mask = np.broadcast_to(np.bool_(True), entities.size)
    for name in own:
        open_ = _both(open_, entities.columns[name].present)
    if where:
        open_ = _both(open_, is_true(entities, where))
    if unless:
        open_ = _both(open_, ~is_true(entities, unless))
    return open_, flags_of(entities, own)
