"""estimate(): grams per entity and scope, by the best option that its data allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import PIECE, alike_by_piece
from carbonledger.batch import nowhere, with_nobody
from carbonledger.engine.answers import answer_of, no_factor, no_flags
from carbonledger.engine.estimates import NOBODY, Estimates, Ways
from carbonledger.engine.own_structures import take_off
from carbonledger.lookup import FactorSource, find, flags_of_factor
from carbonledger.method import SCOPES, Array, AssetClass, Batch, Column, Mask, Option
from carbonledger.outcomes import REASONS

_NO_FACTOR, _NO_EMISSIONS, _ONE_ONLY = (
    np.uint8(REASONS.index(name)) for name in ("no_factor", "no_emissions", "one_scope_only")
)


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
    size = entities.size
    wholes = [with_nobody(size, np.float64)[1:] for _ in SCOPES]

    def estimated(rows: slice) -> list[NDArray[Any]]:
        into = [whole[rows] for whole in wholes]
        return _piece(entities.part(rows), options, factors, activities, into)

    together = activities is not None and activities.size > 0
    way, _, columns = alike_by_piece(estimated, size, max(size, 1) if together else PIECE)
    way += 1
    ways = NOBODY.before(Ways.of(columns))
    nothing = np.broadcast_to(np.float64(0), size)
    some = [bool(each.any()) for each in ways.answered]
    grams = tuple(whole if k else nothing for whole, k in zip(wholes, some, strict=True))
    return Estimates(tuple(options), grams, way, ways)


def _piece(
    entities: Batch, options: Sequence[Option], factors: FactorSource, activities: Batch | None,
    grams: Sequence[Array],
) -> list[NDArray[Any]]:  # fmt: skip
    """How each of some entities is estimated, as columns of ``Ways``.

    ``grams`` are zero yet, an array a scope.
    """
    size, scopes = entities.size, len(SCOPES)
    option, lacks_factor = np.full((scopes, size), -1, np.int8), np.zeros(size, np.bool_)
    factor, flags = [no_factor(size)] * scopes, [no_flags(size)] * scopes
    incomplete = _incomplete(options, entities, factors, activities)
    for s, scope in enumerate(SCOPES):
        for k, candidate in _with_data(options, entities):
            answer = answer_of(candidate, scope, entities, factors, activities)
            if answer is None or nowhere(answer.open):
                continue
            first = answer.open & (option[s] < 0)
            if k in incomplete:
                first &= ~incomplete[k]
            if scope in ("1", "2") and (candidate.factors or candidate.per):
                lacks_factor |= answer.lacks_factor
            if first.any():
                where = first.all() or first  # over all it costs a fifth
                np.copyto(grams[s], answer.values, where=where)
                np.copyto(option[s], k, where=where)
                for into, each in ((factor, answer.factor), (flags, answer.flags)):
                    if each.strides != (0,):  # else it is what stands there already
                        into[s] = _own(into[s])
                        np.copyto(into[s], each, where=where)
    answered = option >= 0
    _close_in_part(option, options, entities)
    keep_first_family(option, options)
    settle_combined(option)
    take_off(entities, grams, option, factor, flags)
    for k, closed in enumerate(answered & (option < 0)):
        if closed.any():
            factor[k] = _own(factor[k])
            grams[k][closed], factor[k][closed] = 0.0, -1
    missing = np.where(lacks_factor, _NO_FACTOR, _NO_EMISSIONS)
    missing[(option[0] >= 0) ^ (option[1] >= 0)] = _ONE_ONLY
    return [*option, *factor, *flags, missing]


def _with_data(options: Sequence[Option], entities: Batch) -> list[tuple[int, Option]]:
    """The options, numbered, without those that ask for a column in which nobody has anything."""
    columns = entities.columns
    by_scope = {name.partition("_scope")[0] for name in columns if "_scope" in name}

    def somebody(name: str) -> bool:
        return name in by_scope or (name in columns and not nowhere(columns[name].present))

    return [(k, o) for k, o in enumerate(options) if o.per or all(map(somebody, o.inputs))]


def with_share_factors(entities: Batch, page: AssetClass, factors: FactorSource) -> Batch:
    """The entities with the factors that shares of a page ask for, as columns."""
    asked = {kind: keys for share in page.shares for kind, keys in share.factors.items()}
    if not asked:
        return entities
    columns, flags = {**entities.columns}, {**entities.flags}
    for kind, keys in asked.items():
        found = find(factors, kind, keys, "", entities)
        columns[kind] = Column(found.values, found.row >= 0)
        columns[factor_column(kind)] = Column(found.row, found.row >= 0)
        flags[kind] = flags_of_factor(found)
    return replace(entities, columns=columns, flags=flags, kept={})


def _incomplete(
    options: Sequence[Option], entities: Batch, factors: FactorSource, activities: Batch | None
) -> dict[int, Mask]:
    """Where an option that sums all energy of an entity lacks a factor for any of it, by option.

    A part of a building's energy would look like the whole of it.
    """
    found: dict[int, Mask] = {}
    for k, option in enumerate(options):
        if option.family and option.per:
            answers = [answer_of(option, s, entities, factors, activities) for s in ("1", "2")]
            lacking = [a.lacks_factor for a in answers if a is not None]
            if lacking:
                found[k] = np.logical_or.reduce(lacking)
    return found


def _close_in_part(option: NDArray[np.int8], options: Sequence[Option], entities: Batch) -> None:
    """Leave out what options answer for a part of an entity where nothing answers for the rest."""
    for name in sorted({o.parts for o in options} - {""}):
        lacking = np.zeros(entities.size, np.bool_)
        for k, scope in enumerate(SCOPES[:2]):
            part = entities.columns.get(f"{name}_scope{scope}")
            if part is not None:
                some = part.values.astype(np.float64) > 0
                lacking |= part.present & some & (option[k] < 0)
        in_part = np.array([*(o.parts == name for o in options), False])
        for scope in option[:2]:
            scope[lacking & in_part[scope]] = -1


def keep_first_family(option: NDArray[np.int8], options: Sequence[Option]) -> None:
    """Leave out scopes that another family of options answers than the best one open.

    What is measured stands alone: statistics beside it would count the same energy twice.
    """
    names = [o.family for o in options]
    if len({*names[: option[:3].max(initial=-1) + 1]}) < 2:
        return
    rank = np.array([*map(names.index, names), len(names)], np.int8)
    best = rank[option[:3]].min(axis=0)
    for scope in option[:3]:
        scope[rank[scope] > best] = -1


def factor_column(kind: str) -> str:
    """The column of an entity that holds the row of a factor its share may take."""
    return f"{kind} factor"


def settle_combined(option: NDArray[np.int8]) -> None:
    """Keep a combined scope 1+2 figure only where it is better than what 1 and 2 have alone."""
    one, two, both = option[0], option[1], option[2]
    if both.max(initial=-1) < 0:
        return
    split = (one >= 0) & (two >= 0)
    combined = (both >= 0) & (~split | (np.maximum(one, two) > both))
    option[0, combined] = option[1, combined] = -1
    option[2, ~combined] = -1


def _own(column: NDArray[Any]) -> NDArray[Any]:
    """A column that can be written to, of one that may be one value held once."""
    return column.copy() if column.strides == (0,) else column
