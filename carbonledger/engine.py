"""The engine: estimate() makes grams of entities, attribute() gives positions their share.

Pure functions of arrays. Only ``+ - * /``, ``minimum``, ``maximum`` and ``rint`` on float64 reach an
entry, each entry is rounded once, half to even, to whole grams, and so every machine gives the
same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

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
    Standard,
)

AboveOne = Literal["flag", "refuse", "cap"]

SEVERAL = -2
"""In place of a factor's row: several factors answered, ``explain`` lists them."""

_REASON = {name: code for code, name in enumerate(REASONS)}


class Found(Protocol):
    """What a factor look-up answers, one element a key."""

    values: Array
    row: Codes
    flags: NDArray[np.uint8]


class FactorSource(Protocol):
    """Where factors come from, as known on a date and for a year."""

    def find(self, kind: str, keys: Mapping[str, Sequence[str | None]]) -> Found:
        """Look one factor up a position of the equally long key sequences."""


_FACTOR_FLAGS = (Flag.FACTOR_PARENT, Flag.FACTOR_STALE, Flag.FACTOR_UNSURE, Flag.FACTOR_CAVEAT)


@dataclass(frozen=True)
class Estimates:
    """Grams per scope and entity, the option that answered and what it used.

    Arrays have a row per scope of ``SCOPES`` and a column per entity; an option of -1 means that
    none answered. ``missing`` is the reason then. Scope 12 answers only where 1 and 2 do not both.
    """

    options: tuple[Option, ...]
    grams: Array
    option: NDArray[np.int8]
    factor: Codes
    flags: NDArray[np.uint32]
    missing: NDArray[np.uint8]


class Answer(NamedTuple):
    """One option over all entities: values where open, and what it used."""

    values: Array
    open: Mask
    factor: Codes
    flags: NDArray[np.uint32]
    lacks_factor: Mask


def estimate(
    entities: Batch,
    options: Sequence[Option],
    factors: FactorSource,
    activities: Batch | None = None,
) -> Estimates:
    """Grams per entity and scope by the first open option, in the order given.

    ``activities`` are rows of quantities linked to the entities; their grams are rounded one by one
    and summed as integers, so that no order of rows can change a digit.
    """
    shape = (len(SCOPES), entities.size)
    grams, option = np.zeros(shape), np.full(shape, -1, np.int8)
    factor, flags = np.full(shape, -1, np.int32), np.zeros(shape, np.uint32)
    lacks_factor = np.zeros(entities.size, np.bool_)
    for s, scope in enumerate(SCOPES):
        for k, candidate in enumerate(options):
            answer = answer_of(candidate, scope, entities, factors, activities)
            if answer is None:
                continue
            first = answer.open & (option[s] < 0)
            grams[s, first], option[s, first] = answer.values[first], k
            factor[s, first], flags[s, first] = answer.factor[first], answer.flags[first]
            if scope in ("1", "2"):
                lacks_factor |= answer.lacks_factor
    _settle_combined(option)
    missing = np.where(lacks_factor, _REASON["no_factor"], _REASON["no_emissions"])
    only_one = (option[0] >= 0) ^ (option[1] >= 0)
    missing[only_one & ~lacks_factor] = _REASON["one_scope_only"]
    return Estimates(tuple(options), grams, option, factor, flags, missing.astype(np.uint8))


def _settle_combined(option: NDArray[np.int8]) -> None:
    """Keep a combined scope 1+2 figure only where it is better than what 1 and 2 have alone."""
    one, two, both = option[0], option[1], option[2]
    split = (one >= 0) & (two >= 0)
    combined = (both >= 0) & (~split | (np.maximum(one, two) > both))
    option[0, combined] = option[1, combined] = -1
    option[2, ~combined] = -1


def column_of(batch: Batch, name: str, scope: str) -> Column | None:
    """The column a parameter means: its figure for the scope where there is one."""
    return batch.columns.get(f"{name}_scope{scope}_g") or batch.columns.get(name)


def answer_of(
    option: Option, scope: str, entities: Batch, factors: FactorSource, activities: Batch | None
) -> Answer | None:
    """What one option answers for one scope; None where its columns do not exist at all."""
    if option.per is None:
        return _answer(option, scope, entities, factors)
    if activities is None or not activities.size:
        return None
    each = _answer(option, scope, activities, factors)
    if each is None:
        return None
    return _summed(option, scope, each, entities, activities)


def _answer(option: Option, scope: str, rows: Batch, factors: FactorSource) -> Answer | None:
    inputs = {name: column_of(rows, name, scope) for name in option.inputs}
    columns = {name: column for name, column in inputs.items() if column is not None}
    if len(columns) < len(inputs):
        return None
    ready = np.ones(rows.size, np.bool_)
    for column in columns.values():
        ready &= column.present
    if option.where is not None:
        gate = rows.columns.get(option.where)
        if gate is None:
            return None
        ready &= gate.present & gate.values.astype(np.bool_)
    flags = _flags_of(rows, [*columns, *(n for keys in option.factors.values() for n in keys)])
    values = {name: column.values.astype(np.float64) for name, column in columns.items()}
    open_, factor = ready.copy(), np.full(rows.size, -1, np.int32)
    for kind, keys in option.factors.items():
        found = find(factors, kind, keys, scope, rows)
        values[kind], answered = found.values, found.row >= 0
        open_ &= answered
        factor = np.where(factor == -1, found.row, SEVERAL).astype(np.int32)
        flags = flags | flags_of_factor(found)
    grams = np.zeros(rows.size)
    grams[open_] = option.formula(**{name: v[open_] for name, v in values.items()})
    return Answer(grams, open_, factor, flags, ready & ~open_)


def _flags_of(batch: Batch, names: Sequence[str]) -> NDArray[np.uint32]:
    flags = np.zeros(batch.size, np.uint32)
    for name in names:
        if name in batch.flags:
            flags |= batch.flags[name]
    return flags


def flags_of_factor(found: Found) -> NDArray[np.uint32]:
    """A look-up's own bits as the flags of an entry."""
    flags = np.zeros(len(found.flags), np.uint32)
    for bit, flag in enumerate(_FACTOR_FLAGS):
        flags |= ((found.flags >> bit) & 1).astype(np.uint32) * np.uint32(flag)
    return flags


@dataclass(frozen=True)
class _Looked:
    values: Array
    row: Codes
    flags: NDArray[np.uint8]


def find(
    factors: FactorSource, kind: str, keys: Sequence[str], scope: str, rows: Batch
) -> Found:
    """Look a factor up for every row, each distinct combination of codes once."""
    named = [name for name in keys if name != "scope"]
    combined = np.zeros(rows.size, np.int64)
    for name in named:
        key = rows.keys[name]
        combined = combined * (len(key.names) + 1) + (key.codes.astype(np.int64) + 1)
    distinct, inverse = np.unique(combined, return_inverse=True)
    wanted: dict[str, Sequence[str | None]] = {}
    rest = distinct
    for name in reversed(named):
        names = (None, *rows.keys[name].names)
        wanted[name] = [names[i] for i in (rest % len(names)).tolist()]
        rest = rest // len(names)
    if "scope" in keys:
        wanted["scope"] = [scope] * len(distinct)
    found = factors.find(kind, wanted)
    return _Looked(found.values[inverse], found.row[inverse], found.flags[inverse])


def _summed(
    option: Option, scope: str, each: Answer, entities: Batch, activities: Batch
) -> Answer:
    """Rows of activities summed per entity; one row without its factor closes the entity."""
    owner = activities.links["entity"]
    mine = activities.columns[f"is_{option.name}"].values.astype(np.bool_) & (owner >= 0)
    total = np.zeros(entities.size, np.int64)
    used = mine & each.open
    np.add.at(total, owner[used], np.rint(each.values[used]).astype(np.int64))
    count = np.bincount(owner[used], minlength=entities.size)
    lacking = np.zeros(entities.size, np.bool_)
    unanswered = activities.columns.get(f"unanswered_scope{scope}")
    if unanswered is not None:
        lacking[owner[unanswered.values.astype(np.bool_) & (owner >= 0)]] = True
    flags = np.zeros(entities.size, np.uint32)
    np.bitwise_or.at(flags, owner[used], each.flags[used])
    factor = np.full(entities.size, -1, np.int32)
    factor[owner[used]] = each.factor[used]
    factor[count > 1] = SEVERAL
    open_ = (count > 0) & ~lacking
    return Answer(total.astype(np.float64), open_, factor, flags, lacking)


@dataclass(frozen=True)
class Entries:
    """The account of a batch of positions under one standard, one element a position.

    ``grams`` has a row per scope 1, 2, 3 and ``grams12`` the sum; what ``split`` does not mark was
    reported for scope 1 and 2 together. Options are indices of ``Standard.option_names``.
    """

    reason: NDArray[np.uint8]
    flags: NDArray[np.uint32]
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


class Estimated(NamedTuple):
    """Entities of one kind and their estimates."""

    entities: Batch
    estimates: Estimates


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

    ``excluded`` holds a reason code per position, 0 where it stays in; ``above_one`` says what to do
    with an attribution factor above 1.
    """
    entries = _blank(positions, standard)
    key = positions.keys["asset_class"]
    page_of = np.array([_page_index(standard, name) for name in key.names] + [-1], np.int8)
    entries.page[:] = page_of[key.codes]
    entries.reason[key.codes < 0] = _REASON["no_asset_class"]
    for index, page in enumerate(standard.pages):
        rows = np.flatnonzero(entries.page == index)
        if rows.size:
            shown = estimated[page.estimates_key]
            _Page(positions, rows, page, shown, factors, standard, above_one).write(entries)
    if excluded is not None:
        _exclude(entries, excluded)
    return entries


def _page_index(standard: Standard, asset_class: str) -> int:
    page = standard.page_of(asset_class)
    return standard.pages.index(page) if page else -1


def _blank(positions: Batch, standard: Standard) -> Entries:
    n = positions.size
    balance = positions.columns["outstanding_amount"]
    return Entries(
        reason=np.full(n, _REASON["class_not_in_standard"], np.uint8),
        flags=_flags_of(positions, ["asset_class", "outstanding_amount"]),
        page=np.full(n, -1, np.int8),
        share=np.full(n, np.nan),
        share_rule=np.full(n, -1, np.int8),
        balance=np.zeros(n, np.int64),
        grams12=np.zeros(n, np.int64),
        grams=np.zeros((3, n), np.int64),
        split=np.zeros(n, np.bool_),
        covered3=np.zeros(n, np.bool_),
        option=np.full((3, n), -1, np.int8),
        score=np.zeros((2, n), np.uint8),
        factor=np.full((3, len(balance.present)), -1, np.int32),
    )


def _exclude(entries: Entries, excluded: NDArray[np.uint8]) -> None:
    out = excluded > 0
    entries.reason[out] = excluded[out]
    entries.covered3[out], entries.split[out] = False, False
    entries.balance[out], entries.grams12[out] = 0, 0
    entries.grams[:, out], entries.score[:, out] = 0, 0
    entries.option[:, out], entries.factor[:, out] = -1, -1
    entries.share[out], entries.share_rule[out] = np.nan, -1


@dataclass(frozen=True)
class _Page:
    """One page of a standard over the rows of a batch that it takes."""

    positions: Batch
    rows: NDArray[np.intp]
    page: AssetClass
    estimated: Estimated
    factors: FactorSource
    standard: Standard
    above_one: AboveOne

    def write(self, entries: Entries) -> None:
        """Work the page out and write its rows into the entries."""
        rows, estimates = self.rows, self.estimated.estimates
        link = self.positions.links[self.page.entity][rows]
        matched = link >= 0
        entity = np.where(matched, link, 0)
        if not self.estimated.entities.size:
            entries.reason[rows] = _REASON["no_match"]
            return
        share, rule, flags, reason = self._share(entity, matched)
        if self.above_one != "flag":
            share, flags, reason = self._hold_to_one(share, rule, flags, reason)
        over = share > 1
        flags[over] |= np.uint32(Flag.ATTRIBUTION_ABOVE_ONE)
        has_share = reason == 0
        option = np.where(has_share, estimates.option[:, entity], -1).astype(np.int8)
        grams = np.rint(np.where(option >= 0, share * estimates.grams[:, entity], 0.0))
        factor = np.where(option >= 0, estimates.factor[:, entity], -1)
        used = np.where(option >= 0, estimates.flags[:, entity], 0).astype(np.uint32)
        self._without_share(entity, matched, option, grams, factor, used)
        split = (option[0] >= 0) & (option[1] >= 0)
        covered = split | (option[2] >= 0)
        reason = np.where(covered, 0, np.where(has_share, estimates.missing[entity], reason))
        reason[self._is_true("under_construction", entity, matched)] = _REASON["under_construction"]
        self._store(entries, reason, share, rule, flags, split, option, grams, factor, used)

    def _column(self, name: str, entity: NDArray[np.int32], matched: Mask) -> Column | None:
        own = self.positions.columns.get(name)
        if own is not None:
            return Column(own.values[self.rows], own.present[self.rows])
        theirs = self.estimated.entities.columns.get(name)
        if theirs is None:
            return None
        return Column(theirs.values[entity], theirs.present[entity] & matched)

    def _is_true(self, name: str, entity: NDArray[np.int32], matched: Mask) -> Mask:
        column = self._column(name, entity, matched)
        if column is None:
            return np.zeros(len(self.rows), np.bool_)
        gate: Mask = column.present & column.values.astype(np.bool_)
        return gate

    def _share(
        self, entity: NDArray[np.int32], matched: Mask
    ) -> tuple[Array, NDArray[np.int8], NDArray[np.uint32], NDArray[np.uint8]]:
        """The first share whose columns are all there; a denominator of zero or less closes it."""
        n = len(self.rows)
        share, rule = np.full(n, np.nan), np.full(n, -1, np.int8)
        flags, bad = np.zeros(n, np.uint32), np.zeros(n, np.bool_)
        for k, candidate in enumerate(self.page.shares):
            columns = {c: self._column(c, entity, matched) for c in candidate.inputs}
            there = {c: column for c, column in columns.items() if column is not None}
            if len(there) < len(columns):
                continue
            open_ = (rule < 0) & ~bad
            for column in there.values():
                open_ &= column.present
            if candidate.where:
                open_ &= self._is_true(candidate.where, entity, matched)
            if candidate.unless:
                open_ &= ~self._is_true(candidate.unless, entity, matched)
            if not open_.any():
                continue
            with np.errstate(divide="ignore", invalid="ignore"):
                value = candidate.formula(
                    **{c: column.values.astype(np.float64) for c, column in there.items()}
                )
            sound = np.isfinite(value) & ~np.signbit(value)
            good = open_ & sound
            bad |= open_ & ~sound
            share[good], rule[good] = value[good], k
            flags[good] |= np.uint32(candidate.flag)
            flags[good] |= self._flags(there, entity)[good]
        return share, rule, flags, self._why_no_share(rule, bad, entity, matched)

    def _flags(self, columns: Mapping[str, Column], entity: Codes) -> NDArray[np.uint32]:
        flags = _flags_of(self.estimated.entities, list(columns))[entity]
        return flags | _flags_of(self.positions, list(columns))[self.rows]

    def _why_no_share(
        self, rule: NDArray[np.int8], bad: Mask, entity: NDArray[np.int32], matched: Mask
    ) -> NDArray[np.uint8]:
        balance = self._column(self.page.balance, entity, matched)
        held = np.zeros(len(rule), np.bool_) if balance is None else balance.present
        outstanding = self.positions.columns["outstanding_amount"].present[self.rows]
        why = np.full(len(rule), _REASON["no_denominator"], np.uint8)
        known = self._is_true("matched", entity, matched)
        why[~known] = _REASON["no_match"]
        why[bad] = _REASON["denominator_not_positive"]
        why[~held] = _REASON["no_average_balance"]
        why[~outstanding] = _REASON["no_fx_rate"]
        why[(rule >= 0) & held & outstanding] = 0
        return why

    def _hold_to_one(
        self, share: Array, rule: NDArray[np.int8], flags: NDArray[np.uint32],
        reason: NDArray[np.uint8],
    ) -> tuple[Array, NDArray[np.uint32], NDArray[np.uint8]]:  # fmt: skip
        over = share > 1
        if self.above_one == "refuse":
            reason[over] = _REASON["attribution_above_one"]
        else:
            flags[over] |= np.uint32(Flag.ATTRIBUTION_CAPPED)
            share = np.where(over, 1.0, share)
        return share, flags, reason

    def _without_share(
        self, entity: NDArray[np.int32], matched: Mask, option: NDArray[np.int8], grams: Array,
        factor: NDArray[np.int64], used: NDArray[np.uint32],
    ) -> None:  # fmt: skip
        """Options of the position itself (PCAF 3b, 3c) for the scopes that nothing else answered."""
        entities = self.estimated.entities
        settled = (option[2] >= 0) | ((option[0] >= 0) & (option[1] >= 0))
        for k, candidate in enumerate(self.page.without_share, len(self.page.estimates)):
            for s, scope in enumerate(SCOPES):
                todo = matched & (option[s] < 0) & (~settled if scope != "3" else True)
                if scope == "12" or not todo.any():
                    continue
                sources = {n: self._column(n, entity, matched) for n in candidate.inputs}
                values: dict[str, Array] = {}
                for name, column in sources.items():
                    todo &= np.False_ if column is None else column.present
                    if column is not None:
                        values[name] = column.values.astype(np.float64)
                rows, bits = np.full(len(entity), -1, np.int32), np.zeros(len(entity), np.uint32)
                for kind, keys in candidate.factors.items():
                    found = find(self.factors, kind, keys, scope, entities)
                    values[kind] = found.values[entity]
                    todo &= found.row[entity] >= 0
                    rows = np.where(rows == -1, found.row[entity], SEVERAL).astype(np.int32)
                    bits |= flags_of_factor(found)[entity]
                if todo.any():
                    result = candidate.formula(**{n: v[todo] for n, v in values.items()})
                    grams[s, todo], option[s, todo] = np.rint(result), k
                    factor[s, todo], used[s, todo] = rows[todo], bits[todo]

    def _store(
        self, entries: Entries, reason: NDArray[np.uint8], share: Array, rule: NDArray[np.int8],
        flags: NDArray[np.uint32], split: Mask, option: NDArray[np.int8], grams: Array,
        factor: NDArray[np.int64], used: NDArray[np.uint32],
    ) -> None:  # fmt: skip
        rows = self.rows
        covered = reason == 0
        combined = covered & ~split
        covered3 = (option[3] >= 0) & self.standard.scope3
        covered3 &= reason != _REASON["under_construction"]
        whole = grams.astype(np.int64)
        entries.reason[rows] = reason
        entries.share[rows], entries.share_rule[rows] = share, rule
        entries.split[rows], entries.covered3[rows] = covered & split, covered3
        zero = np.int64(0)
        for k, scope in ((0, split & covered), (1, split & covered)):
            entries.grams[k, rows] = np.where(scope, whole[k], zero)
        entries.grams[2, rows] = np.where(covered3, whole[3], zero)
        entries.grams12[rows] = np.where(
            combined, whole[2], np.where(covered, whole[0] + whole[1], zero)
        )
        balance = self._column(self.page.balance, rows.astype(np.int32) * 0, covered)
        assert_balance = zero if balance is None else balance.values.astype(np.int64)
        entries.balance[rows] = np.where(covered, assert_balance, zero)
        self._store_options(entries, covered, combined, covered3, option, factor)
        bits = np.where(covered, np.where(combined, used[2], used[0] | used[1]), 0)
        bits |= np.where(covered3, used[3], 0)
        bits |= np.where(combined, np.uint32(Flag.SCOPES_COMBINED), 0).astype(np.uint32)
        bits |= np.where(covered | covered3, flags, 0)
        entries.flags[rows] |= bits.astype(np.uint32)

    def _store_options(
        self, entries: Entries, covered: Mask, combined: Mask, covered3: Mask,
        option: NDArray[np.int8], factor: NDArray[np.int64],
    ) -> None:  # fmt: skip
        options = self.page.estimates + self.page.without_share
        names = self.standard.option_names
        number = np.array([names.index(o.name) for o in options] + [-1], np.int8)
        scores = [self.page.scores.get(o.name, ("", 0))[1] for o in options]
        score = np.array([*scores, 0], np.uint8)
        for k in range(2):
            chosen = np.where(combined, option[2], np.where(covered, option[k], -1))
            entries.option[k, self.rows] = number[chosen]
            entries.factor[k, self.rows] = np.where(
                combined, factor[2], np.where(covered, factor[k], -1)
            )
            entries.score[0, self.rows] = np.maximum(
                entries.score[0, self.rows], score[chosen]
            )
        chosen3 = np.where(covered3, option[3], -1)
        entries.option[2, self.rows] = number[chosen3]
        entries.factor[2, self.rows] = np.where(covered3, factor[3], -1)
        entries.score[1, self.rows] = score[chosen3]


Formula = Callable[..., Array]
