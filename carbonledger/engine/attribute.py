"""attribute(): the share of each position, and what its entity's estimate makes of it.

Whatever depends on the entity alone (which share is open, which option answered with what flags
and score) is worked out once an entity and shared by all its positions; a batch only gathers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.engine.estimate import (
    SEVERAL,
    TOO_LARGE,
    Estimates,
    flags_of,
)
from carbonledger.lookup import FactorSource, Found, find, flags_of_factor
from carbonledger.method import (
    REASONS,
    SCOPES,
    Array,
    AssetClass,
    Batch,
    Codes,
    Column,
    Flag,
    Grams,
    Mask,
    Option,
    Share,
    Standard,
)

AboveOne = Literal["flag", "refuse", "cap"]
Bits = NDArray[np.uint32]
Rows = NDArray[np.intp]

_REASON = {name: code for code, name in enumerate(REASONS)}


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

    def readiness(self, share: Share) -> _Readiness:
        """Where an entity's own columns let a share be used."""
        key = ("share", share.formula, share.where, share.unless)
        if key not in self._kept:
            self._kept[key] = _readiness(self.entities, share)
        ready: _Readiness = self._kept[key]
        return ready

    def profiles(self, page: AssetClass, standard: Standard) -> _Profiles:
        """What the entities' estimates mean on a page of a standard."""
        key = ("profiles", standard.id, page.name)
        if key not in self._kept:
            self._kept[key] = _profiles(self.estimates, page, standard)
        profiles: _Profiles = self._kept[key]
        return profiles


@dataclass(frozen=True)
class _Readiness:
    """Per entity: whether its columns are there, its gates are right, and the flags it brings."""

    open: Mask
    flags: Bits | None


def _readiness(entities: Batch, share: Share) -> _Readiness:
    open_ = np.ones(entities.size, np.bool_)
    own = [n for n in share.inputs if n in entities.columns]
    for name in own:
        open_ &= entities.columns[name].present
    if share.where:
        open_ &= _true(entities, share.where)
    if share.unless:
        open_ &= ~_true(entities, share.unless)
    flags = flags_of(entities, own)
    return _Readiness(open_, flags if flags.any() else None)


def _true(batch: Batch, name: str) -> Mask:
    column = batch.columns.get(name)
    if column is None:
        return np.zeros(batch.size, np.bool_)
    gate: Mask = column.present & column.values.astype(np.bool_)
    return gate


@dataclass(frozen=True)
class _Profiles:
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


def _profiles(estimates: Estimates, page: AssetClass, standard: Standard) -> _Profiles:
    parts = [*estimates.option, *estimates.factor, *estimates.flags, estimates.missing]
    of, first = _alike([p.astype(np.int64) for p in parts])
    option, factor = estimates.option[:, first], estimates.factor[:, first]
    flags = estimates.flags[:, first]
    split = (option[0] >= 0) & (option[1] >= 0)
    combined = ~split & (option[2] >= 0)
    covered3 = (option[3] >= 0) & standard.scope3
    number, scores = _numbers(page, standard)
    chosen = np.stack([np.where(combined, option[2], np.where(split, option[k], -1))
                       for k in range(2)] + [np.where(covered3, option[3], -1)])  # fmt: skip
    used = np.stack([np.where(combined, factor[2], np.where(split, factor[k], -1))
                     for k in range(2)] + [np.where(covered3, factor[3], -1)])  # fmt: skip
    bits = np.where(combined, flags[2] | np.uint32(Flag.SCOPES_COMBINED),
                    np.where(split, flags[0] | flags[1], 0))  # fmt: skip
    return _Profiles(
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


def _numbers(page: AssetClass, standard: Standard) -> tuple[NDArray[np.int8], NDArray[np.uint8]]:
    """For each option of a page, and -1, its number in the standard and its score."""
    options = page.estimates + page.without_share
    names = standard.option_names
    number = np.array([*(names.index(o.name) for o in options), -1], np.int8)
    score = np.array([*(page.scores.get(o.name, ("", 0))[1] for o in options), 0], np.uint8)
    return number, score


def attribute(
    positions: Batch,
    estimated: Mapping[tuple[str, ...], Estimated],
    factors: FactorSource,
    standard: Standard,
    *,
    excluded: NDArray[np.uint8] | None = None,
    above_one: AboveOne = "flag",
) -> Entries:
    """The entries of positions under a standard; every position gets a reason or grams.

    ``excluded`` holds a reason code per position, 0 where it stays in; ``above_one`` says what to
    do with an attribution factor above 1.
    """
    entries = _blank(positions)
    key = positions.keys["asset_class"]
    pages = np.array([*(_page_index(standard, name) for name in key.names), -1], np.int8)
    entries.page[:] = pages[key.codes]
    entries.reason[key.codes < 0] = _REASON["no_asset_class"]
    for index, page in enumerate(standard.pages):
        mine = entries.page == index
        count = int(np.count_nonzero(mine))
        if count:
            rows = slice(0, count) if count == positions.size else np.flatnonzero(mine)
            shown = estimated[page.estimates_key]
            _Page(positions, rows, count, page, shown, factors, standard, above_one).write(entries)
    if excluded is not None and excluded.any():
        _exclude(entries, excluded > 0, excluded)
    return entries


def _page_index(standard: Standard, asset_class: str) -> int:
    page = standard.page_of(asset_class)
    return standard.pages.index(page) if page else -1


def _blank(positions: Batch) -> Entries:
    n = positions.size
    return Entries(
        reason=np.full(n, _REASON["class_not_in_standard"], np.uint8),
        flags=flags_of(positions, ["asset_class", "outstanding_amount"]),
        page=np.full(n, -1, np.int8), share=np.full(n, np.nan),
        share_rule=np.full(n, -1, np.int8), balance=np.zeros(n, np.int64),
        grams12=np.zeros(n, np.int64), grams=np.zeros((3, n), np.int64),
        split=np.zeros(n, np.bool_), covered3=np.zeros(n, np.bool_),
        option=np.full((3, n), -1, np.int8), score=np.zeros((2, n), np.uint8),
        factor=np.full((3, n), -1, np.int32),
    )  # fmt: skip


def _exclude(entries: Entries, out: Mask, why: NDArray[np.uint8]) -> None:
    entries.reason[out] = why[out]
    entries.covered3[out], entries.split[out] = False, False
    entries.balance[out], entries.grams12[out] = 0, 0
    entries.grams[:, out], entries.score[:, out] = 0, 0
    entries.option[:, out], entries.factor[:, out] = -1, -1
    entries.share[out], entries.share_rule[out] = np.nan, -1


@dataclass(frozen=True)
class _Shares:
    """The share of each row of a page, the rule that gave it, its flags, or why there is none."""

    share: Array
    rule: NDArray[np.int8]
    flags: Bits
    reason: NDArray[np.uint8]


@dataclass(frozen=True)
class _Tried:
    """Grams of one scope of some rows, the option and factor that gave them, and flags."""

    grams: Array
    option: NDArray[np.int8]
    factor: Codes
    flags: Bits


@dataclass(frozen=True)
class _Page:
    """One page of a standard over the rows of a batch that it takes."""

    positions: Batch
    rows: Rows | slice
    size: int
    page: AssetClass
    estimated: Estimated
    factors: FactorSource
    standard: Standard
    above_one: AboveOne

    def write(self, entries: Entries) -> None:
        """Work the page out and write its rows into the entries."""
        if not self.estimated.entities.size:
            entries.reason[self.rows] = self._nothing_known()
            return
        link = self.positions.links[self.page.entity][self.rows]
        matched = link >= 0
        entity = np.maximum(link, 0).astype(np.intp)
        shares = self._held_to_one(self._shares(entity, matched))
        self._store(entries, shares, entity, matched)
        if self._has_position_factors():
            left = np.flatnonzero(
                matched & ((entries.reason[self.rows] > 0) | ~entries.covered3[self.rows])
            )
            if left.size:
                self._without_share(entries, left, entity)
        building = _true(self.estimated.entities, "under_construction")
        if building.any():
            stopped = self._in_batch(np.flatnonzero(matched & building[entity]))
            out = np.zeros(self.positions.size, np.bool_)
            out[stopped] = True
            _exclude(entries, out, np.full(len(out), _REASON["under_construction"], np.uint8))

    def _has_position_factors(self) -> bool:
        """Whether any option without a share has its factors for any entity at all."""
        return any(
            all((self.estimated.find(self.factors, kind, keys, scope).row >= 0).any()
                for kind, keys in option.factors.items())
            for option in self.page.without_share
            for scope in ("1", "2", "3")
        )  # fmt: skip

    def _in_batch(self, at: Rows) -> Rows:
        """Rows of the page as rows of the batch."""
        return at if isinstance(self.rows, slice) else self.rows[at]

    def _nothing_known(self) -> NDArray[np.uint8]:
        outstanding = self.positions.columns["outstanding_amount"].present[self.rows]
        return np.where(outstanding, _REASON["no_match"], _REASON["no_fx_rate"]).astype(np.uint8)

    def _shares(self, entity: Rows, matched: Mask) -> _Shares:
        """The first share whose columns are all there; a denominator of zero or less closes it."""
        share, rule = np.full(self.size, np.nan), np.full(self.size, -1, np.int8)
        flags, settled = np.zeros(self.size, np.uint32), ~matched
        bad = np.zeros(self.size, np.bool_)
        for k, candidate in enumerate(self.page.shares):
            open_ = self._open(candidate, entity, settled)
            if open_ is None or not open_.any():
                continue
            with np.errstate(divide="ignore", invalid="ignore"):
                value, at = self._worked_out(candidate, open_, entity)
            sound = np.isfinite(value) & ~np.signbit(value)
            settled |= open_
            if at is None:
                bad |= open_ & ~sound
                good = open_ & sound
                np.copyto(share, value, where=good)
                rule[good] = k
                self._flag(flags, good, candidate, entity)
            else:
                bad[at[~sound]] = True
                some = at[sound]
                share[some], rule[some] = value[sound], k
                self._flag(flags, some, candidate, entity)
        return _Shares(share, rule, flags, self._why(rule, bad, entity, matched))

    def _open(self, share: Share, entity: Rows, settled: Mask) -> Mask | None:
        known = self.estimated.entities.columns
        own = [n for n in share.inputs if n in self.positions.columns]
        if any(n not in known and n not in own for n in share.inputs):
            return None
        open_: Mask = self.estimated.readiness(share).open.take(entity, mode="clip")
        open_ &= ~settled
        for name in own:
            open_ &= self.positions.columns[name].present[self.rows]
        return open_

    def _worked_out(self, share: Share, open_: Mask, entity: Rows) -> tuple[Array, Rows | None]:
        """The formula over all rows where most are open, else over the open ones and which."""
        if 2 * np.count_nonzero(open_) > self.size:
            return share.formula(**{n: self._values(n, None, entity) for n in share.inputs}), None
        at = np.flatnonzero(open_)
        values = {n: self._values(n, at, entity[at]) for n in share.inputs}
        return share.formula(**values), at

    def _values(self, name: str, at: Rows | None, entity: Rows) -> Array:
        own = self.positions.columns.get(name)
        if own is None:
            theirs = self.estimated.entities.columns[name].values
            return theirs.take(entity, mode="clip").astype(np.float64)
        values = own.values[self.rows if at is None else self._in_batch(at)]
        return values.astype(np.float64)

    def _flag(self, flags: Bits, at: Rows | Mask, share: Share, entity: Rows) -> None:
        if share.flag:
            flags[at] |= np.uint32(share.flag)
        theirs = self.estimated.readiness(share).flags
        if theirs is not None:
            flags[at] |= theirs[entity[at]]

    def _why(
        self, rule: NDArray[np.int8], bad: Mask, entity: Rows, matched: Mask
    ) -> NDArray[np.uint8]:
        held = self._held()
        outstanding = self.positions.columns["outstanding_amount"].present[self.rows]
        reason = np.zeros(self.size, np.uint8)
        at = np.flatnonzero((rule < 0) | ~held | ~outstanding)
        why = np.full(at.size, _REASON["no_denominator"], np.uint8)
        known = matched[at] & _true(self.estimated.entities, "matched")[entity[at]]
        why[~known] = _REASON["no_match"]
        why[bad[at]] = _REASON["denominator_not_positive"]
        why[~held[at]] = _REASON["no_average_balance"]
        why[~outstanding[at]] = _REASON["no_fx_rate"]
        reason[at] = why
        return reason

    def _held(self) -> Mask:
        """Whether the balance that the share divides is there."""
        balance = self.positions.columns.get(self.page.balance)
        if balance is None:
            return np.zeros(self.size, np.bool_)
        return balance.present[self.rows]

    def _held_to_one(self, shares: _Shares) -> _Shares:
        """An attribution factor above 1: flagged, or refused, or capped as configured."""
        over = shares.share > 1
        if not over.any():
            return shares
        share, flags, reason = shares.share.copy(), shares.flags.copy(), shares.reason.copy()
        flags[over] |= np.uint32(Flag.ATTRIBUTION_ABOVE_ONE)
        if self.above_one == "refuse":
            reason[over] = _REASON["attribution_above_one"]
        elif self.above_one == "cap":
            share[over] = 1.0
            flags[over] |= np.uint32(Flag.ATTRIBUTION_CAPPED)
        return _Shares(share, shares.rule, flags, reason)

    def _store(self, entries: Entries, shares: _Shares, entity: Rows, matched: Mask) -> None:
        """Gather what the entities' profiles say, and multiply."""
        rows = self.rows
        profiles = self.estimated.profiles(self.page, self.standard)
        has = shares.reason == 0
        profile = profiles.of.take(entity, mode="clip")
        covered = has & profiles.covered.take(profile, mode="clip")
        covered3 = has & profiles.covered3.take(profile, mode="clip")
        entries.reason[rows] = np.where(
            has, np.where(covered, 0, profiles.reason.take(profile, mode="clip")), shares.reason
        )
        self._store_grams(entries, shares, entity, covered, covered3, profile)
        entries.share[rows], entries.share_rule[rows] = shares.share, shares.rule
        entries.covered3[rows] = covered3
        balance = self.positions.columns.get(self.page.balance)
        if balance is not None:
            entries.balance[rows] = np.where(covered, balance.values[rows], 0)
        bits = shares.flags | profiles.all_flags.take(profile, mode="clip")
        bits[~(covered | covered3)] = 0
        entries.flags[rows] |= bits
        for k in range(3 if self.standard.scope3 else 2):
            entries.option[k, rows] = profiles.option[k].take(profile, mode="clip")
            entries.factor[k, rows] = profiles.factor[k].take(profile, mode="clip")
        if self.standard.scored:
            for k in range(2):
                entries.score[k, rows] = profiles.score[k].take(profile, mode="clip")
        self._clear(entries, self._in_batch(np.flatnonzero(~covered)),
                    self._in_batch(np.flatnonzero(~covered3)))  # fmt: skip

    def _store_grams(
        self, entries: Entries, shares: _Shares, entity: Rows, covered: Mask, covered3: Mask,
        profile: Rows,
    ) -> None:  # fmt: skip
        """Share x estimate, rounded once; scope 1 and 2 apart, or together where nobody can split.

        An estimate that does not count on a position (only one of two scopes) is zero here.
        """
        grams, profiles = self.estimated.estimates.grams, self.estimated.profiles(
            self.page, self.standard)  # fmt: skip
        share = np.where(covered, shares.share, 0.0)
        split = covered
        if not profiles.split.all():
            split = covered & profiles.split.take(profile, mode="clip")
        one, two = self._product(share, grams[0], entity), self._product(share, grams[1], entity)
        if not profiles.no_single:
            one, two = np.where(split, one, 0), np.where(split, two, 0)
        together = one + two
        if profiles.combined.any():
            together += self._product(share, grams[2], entity)
        rows = self.rows
        entries.grams[0, rows], entries.grams[1, rows] = one, two
        entries.grams12[rows], entries.split[rows] = together, split
        if self.standard.scope3:
            share3 = np.where(covered3, shares.share, 0.0)
            entries.grams[2, rows] = self._product(share3, grams[3], entity)

    @staticmethod
    def _product(share: Array, grams: Array, entity: Rows) -> Grams:
        product = grams.take(entity, mode="clip")
        product *= share
        if product.size and product.max() >= TOO_LARGE:
            raise OverflowError("an entry of more than 4.6e18 grams")
        return np.rint(product, out=product).astype(np.int64)

    def _clear(self, entries: Entries, rows: Rows, rows3: Rows) -> None:
        if rows.size:
            entries.option[:2, rows], entries.factor[:2, rows] = -1, -1
            entries.score[0, rows] = 0
        if rows3.size and self.standard.scope3:
            entries.option[2, rows3], entries.factor[2, rows3] = -1, -1
            entries.score[1, rows3] = 0

    def _without_share(self, entries: Entries, left: Rows, entity: Rows) -> None:
        """Options of the position itself (PCAF 3b, 3c) for scopes that nothing else answered."""
        rows = self._in_batch(left)
        tried = {s: self._tried(s, rows, left, entity, entries) for s in (0, 1, 3)}
        barred = entries.reason[rows] == _REASON["attribution_above_one"]
        number, scores = _numbers(self.page, self.standard)
        open12 = (entries.reason[rows] > 0) & ~barred & (tried[0].option >= 0)
        hit = np.flatnonzero(open12 & (tried[1].option >= 0))
        at = rows[hit]
        entries.reason[at], entries.split[at] = 0, True
        for k in range(2):
            entries.grams[k, at] = tried[k].grams[hit].astype(np.int64)
            entries.option[k, at] = number[tried[k].option[hit]]
            entries.factor[k, at] = tried[k].factor[hit]
            entries.flags[at] |= tried[k].flags[hit]
            entries.score[0, at] = np.maximum(entries.score[0, at], scores[tried[k].option[hit]])
        entries.grams12[at] = entries.grams[0, at] + entries.grams[1, at]
        balance = self.positions.columns.get(self.page.balance)
        if balance is not None:
            entries.balance[at] = balance.values[at]
        third = tried[3]
        hit = np.flatnonzero((third.option >= 0) & ~entries.covered3[rows] & ~barred)
        at = rows[hit] if self.standard.scope3 else rows[:0]
        hit = hit[: at.size]
        entries.covered3[at] = True
        entries.grams[2, at] = third.grams[hit].astype(np.int64)
        entries.option[2, at] = number[third.option[hit]]
        entries.factor[2, at], entries.score[1, at] = third.factor[hit], scores[third.option[hit]]
        entries.flags[at] |= third.flags[hit]

    def _tried(self, s: int, rows: Rows, left: Rows, entity: Rows, entries: Entries) -> _Tried:
        """One scope of some rows: the entity's estimate where there is a share, else 3b or 3c."""
        estimates, them = self.estimated.estimates, entity[left]
        own = (entries.share_rule[rows] >= 0) & (estimates.option[s, them] >= 0)
        share = np.where(own, entries.share[rows], 0.0)
        tried = _Tried(
            np.rint(share * estimates.grams[s, them]),
            np.where(own, estimates.option[s, them], -1).astype(np.int8),
            np.where(own, estimates.factor[s, them], -1).astype(np.int32),
            np.where(own, estimates.flags[s, them], 0).astype(np.uint32),
        )
        for k, candidate in enumerate(self.page.without_share, len(self.page.estimates)):
            todo = np.flatnonzero(tried.option < 0)
            answer = self._position_option(candidate, SCOPES[s], rows[todo], them[todo])
            if answer is not None:
                values, open_, factor, bits = answer
                hit = todo[open_]
                tried.option[hit], tried.grams[hit] = k, values[open_]
                tried.factor[hit], tried.flags[hit] = factor[open_], bits[open_]
        return tried

    def _position_option(
        self, option: Option, scope: str, rows: Rows, entity: Rows
    ) -> tuple[Array, Mask, Codes, Bits] | None:
        """One option of the position over some rows: rounded grams, where open, factor, flags."""
        if not rows.size or any(n not in self.positions.columns for n in option.inputs):
            return None
        open_ = np.ones(rows.size, np.bool_)
        values: dict[str, Array] = {}
        for name in option.inputs:
            column: Column = self.positions.columns[name]
            values[name] = column.values[rows].astype(np.float64)
            open_ &= column.present[rows]
        factor, bits = np.full(rows.size, -1, np.int32), np.zeros(rows.size, np.uint32)
        for kind, keys in option.factors.items():
            found = self.estimated.find(self.factors, kind, keys, scope)
            row = found.row[entity]
            values[kind] = found.values[entity]
            open_ &= row >= 0
            factor = np.where(factor == -1, row, SEVERAL).astype(np.int32)
            bits |= flags_of_factor(found)[entity]
        if not open_.any():
            return None
        grams = np.rint(option.formula(**values))
        if (grams[open_] >= TOO_LARGE).any():
            raise OverflowError("an entry of more than 4.6e18 grams")
        return grams, open_, factor, bits
