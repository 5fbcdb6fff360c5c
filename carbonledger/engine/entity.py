"""What depends on the entity alone, worked out once and shared by all its positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.engine.entries import Bits, Rows
from carbonledger.engine.estimate import Estimates, flags_of
from carbonledger.lookup import FactorSource, Found, find
from carbonledger.method import AssetClass, Batch, Codes, Flag, Mask, Share, Standard


@dataclass(frozen=True)
class Estimated:
    """Entities of one kind and their estimates, with what follows from them for each page."""

    entities: Batch
    estimates: Estimates
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def find(self, factors: FactorSource, kind: str, keys: Sequence[str], scope: str) -> Found:
        """A factor of every entity, looked up once for all the positions that need it."""
        if (kind, scope) not in self._kept:
            self._kept[kind, scope] = find(factors, kind, keys, scope, self.entities)
        found: Found = self._kept[kind, scope]
        return found

    def readiness(self, share: Share) -> Readiness:
        """Where an entity's own columns let a share be used."""
        key = ("share", share.formula, share.where, share.unless)
        if key not in self._kept:
            self._kept[key] = _readiness(self.entities, share)
        ready: Readiness = self._kept[key]
        return ready

    def profiles(self, page: AssetClass, standard: Standard) -> Profiles:
        """What the entities' estimates mean on a page of a standard."""
        key = ("profiles", standard.id, page.name)
        if key not in self._kept:
            self._kept[key] = _profiles(self.estimates, page, standard)
        profiles: Profiles = self._kept[key]
        return profiles


@dataclass(frozen=True)
class Readiness:
    """Per entity: whether its columns are there, its gates are right, and the flags it brings."""

    open: Mask
    flags: Bits | None


def _readiness(entities: Batch, share: Share) -> Readiness:
    open_ = np.ones(entities.size, np.bool_)
    own = [n for n in share.inputs if n in entities.columns]
    for name in own:
        open_ &= entities.columns[name].present
    if share.where:
        open_ &= is_true(entities, share.where)
    if share.unless:
        open_ &= ~is_true(entities, share.unless)
    flags = flags_of(entities, own)
    return Readiness(open_, flags if flags.any() else None)


def is_true(batch: Batch, name: str) -> Mask:
    """Where a column of true and false says true; what is absent is not."""
    column = batch.columns.get(name)
    if column is None:
        return np.zeros(batch.size, np.bool_)
    gate: Mask = column.present & column.values.astype(np.bool_)
    return gate


@dataclass(frozen=True)
class Profiles:
    """Entities that were estimated alike, and what that means on a page.

    ``of`` is each entity's profile; the other arrays have an element a profile: whether scope 1+2
    and 3 are covered, whether 1 and 2 are apart, the reason where not, options and factors of
    scopes 1, 2, 3, scores of 1+2 and 3, and flags.
    """

    of: Rows
    covered: Mask
    split: Mask
    covered3: Mask
    reason: NDArray[np.uint8]
    option: NDArray[np.int8]
    factor: Codes
    score: NDArray[np.uint8]
    all_flags: Bits
    combined: Mask
    no_single: bool
    """Whether no profile has an estimate of scope 1 or 2 that does not count."""


def _profiles(estimates: Estimates, page: AssetClass, standard: Standard) -> Profiles:
    parts = [*estimates.option, *estimates.factor, *estimates.flags, estimates.missing]
    of, first = _alike([p.astype(np.int64) for p in parts])
    option, factor = estimates.option[:, first], estimates.factor[:, first]
    flags = estimates.flags[:, first]
    split = (option[0] >= 0) & (option[1] >= 0)
    combined = ~split & (option[2] >= 0)
    covered3 = (option[3] >= 0) & standard.scope3
    number, scores = numbers(page, standard)
    chosen = np.stack([np.where(combined, option[2], np.where(split, option[k], -1))
                       for k in range(2)] + [np.where(covered3, option[3], -1)])  # fmt: skip
    used = np.stack([np.where(combined, factor[2], np.where(split, factor[k], -1))
                     for k in range(2)] + [np.where(covered3, factor[3], -1)])  # fmt: skip
    bits = np.where(combined, flags[2] | np.uint32(Flag.SCOPES_COMBINED),
                    np.where(split, flags[0] | flags[1], 0))  # fmt: skip
    return Profiles(
        of.astype(np.intp), split | combined, split, covered3, estimates.missing[first],
        number[chosen], used.astype(np.int32),
        np.stack([np.maximum(scores[chosen[0]], scores[chosen[1]]), scores[chosen[2]]]),
        (bits | np.where(covered3, flags[3], 0)).astype(np.uint32), combined,
        bool((split | ((option[0] < 0) & (option[1] < 0))).all()),
    )  # fmt: skip


def _alike(columns: Sequence[NDArray[np.int64]]) -> tuple[Rows, Rows]:
    """The group of each row, of rows that agree in every column, and the first row of each group.

    Columns are folded in one at a time, so that a group is exact, not a matter of hashes.
    """
    of = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        if column.size and column.min() == column.max():
            continue
        codes = pa.array(column).dictionary_encode()
        folded = of * len(codes.dictionary) + codes.indices.to_numpy(zero_copy_only=False)
        groups = pa.array(folded).dictionary_encode()
        of = groups.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    first = np.zeros(int(of.max(initial=-1)) + 1, np.intp)
    first[of[::-1]] = np.arange(len(of) - 1, -1, -1)
    return of.astype(np.intp), first


def numbers(page: AssetClass, standard: Standard) -> tuple[NDArray[np.int8], NDArray[np.uint8]]:
    """For each option of a page, and -1, its number in the standard and its score."""
    options = page.estimates + page.without_share
    names = standard.option_names
    number = np.array([*(names.index(o.name) for o in options), -1], np.int8)
    score = np.array([*(page.scores.get(o.name, ("", 0))[1] for o in options), 0], np.uint8)
    return number, score
