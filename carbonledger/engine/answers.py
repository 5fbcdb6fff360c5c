"""What one option answers for all entities: values where it is open, and what it used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger.batch import nowhere
from carbonledger.engine.estimates import SEVERAL
from carbonledger.lookup import FactorSource, find, flags_of_factor
from carbonledger.method import Array, Batch, Codes, Column, Mask, Option

TOO_LARGE = float(1 << 62)
"""Grams beyond which 64 bits could not hold a sum of two."""


class Answer(NamedTuple):
    """One option over all entities: values where open, and what it used."""

    values: Array
    open: Mask
    factor: Codes
    flags: NDArray[np.uint32]
    lacks_factor: Mask


def column_of(batch: Batch, name: str, scope: str) -> Column | None:
    """The column a parameter means: its figure for the scope where there is one."""
    own = batch.columns.get(f"{name}_scope{scope}_g") or batch.columns.get(f"{name}_scope{scope}")
    return own or batch.columns.get(name)


def of_scope(batch: Batch, scope: str) -> Batch:
    """The rows with the codes that hold for a scope in place of those that hold for all."""
    end = f"_scope{scope}"
    own = {n.removesuffix(end): key for n, key in batch.keys.items() if n.endswith(end)}
    if not own:
        return batch
    if end not in batch.kept:
        batch.kept[end] = replace(batch, keys={**batch.keys, **own}, kept={})
    found: Batch = batch.kept[end]
    return found


def answer_of(
    option: Option, scope: str, entities: Batch, factors: FactorSource, activities: Batch | None
) -> Answer | None:
    """What one option answers for one scope; None where its columns do not exist at all."""
    if option.per is None:
        return _gated(option, entities, _answer(option, scope, of_scope(entities, scope), factors))
    if activities is None or not activities.size:
        return None
    each = _answer(option, scope, activities, factors)
    if each is None:
        return None
    return _gated(option, entities, _summed(option, scope, each, entities, activities))


def _gated(option: Option, entities: Batch, answer: Answer | None) -> Answer | None:
    """The answer where the column that the option depends on says true; None if there is none."""
    if option.where is None or answer is None or nowhere(answer.open):
        return answer
    gate = entities.columns.get(option.where)
    if gate is None:
        return None
    said = gate.present & gate.values.astype(np.bool_)
    return answer._replace(open=answer.open & said, lacks_factor=answer.lacks_factor & said)


def _answer(option: Option, scope: str, rows: Batch, factors: FactorSource) -> Answer | None:
    inputs = {name: column_of(rows, name, scope) for name in option.inputs}
    columns = {name: column for name, column in inputs.items() if column is not None}
    if len(columns) < len(inputs):
        return None
    if any(nowhere(column.present) for column in columns.values()):
        return _nobodys(rows.size)
    ready = np.ones(rows.size, np.bool_)
    for name, column in columns.items():
        ready &= column.present
        if name in option.above_zero:
            ready &= column.values.astype(np.float64) > 0
    if not ready.any():
        return _nobodys(rows.size)
    own = [*columns, *(f"{n}_scope{scope}" for n in columns)]
    flags = flags_of(rows, [*own, *(n for keys in option.factors.values() for n in keys)])
    values = {name: column.values.astype(np.float64) for name, column in columns.items()}
    open_, factor = ready, no_factor(rows.size)
    for at, (kind, keys) in enumerate(option.factors.items()):
        found = find(factors, kind, keys, scope, rows)
        values[kind], open_ = found.values, open_ & (found.row >= 0)
        factor = np.where(factor == -1, found.row, np.int32(SEVERAL)) if at else found.row
        flags = flags | flags_of_factor(found)
    with np.errstate(all="ignore"):  # what is not open is worked out too and counts nowhere
        grams = option.formula(**values)
    return Answer(grams, open_, factor, flags, ready & ~open_)


@lru_cache(maxsize=4)
def _nobodys(size: int) -> Answer:
    """The answer where nobody has what an option asks for, so that no factor need be found."""
    nobody = np.broadcast_to(np.bool_(False), size)
    return Answer(np.broadcast_to(np.float64(0), size), nobody, no_factor(size),
                  no_flags(size), nobody)  # fmt: skip


def no_factor(size: int) -> Codes:
    """No factor for so many, held once."""
    return np.broadcast_to(np.int32(-1), size)


def no_flags(size: int) -> NDArray[np.uint32]:
    """No flags for so many, held once."""
    return np.broadcast_to(np.uint32(0), size)


def flags_of(batch: Batch, names: Sequence[str]) -> NDArray[np.uint32]:
    """The flags that come with the columns and keys used; those that nothing has are held once."""
    flags = no_flags(batch.size)
    for name in names:
        own = batch.flags.get(name)
        if own is not None and (own.strides != (0,) or own[:1].any()):
            flags = flags | own
    return flags


def _summed(option: Option, scope: str, each: Answer, entities: Batch, activities: Batch) -> Answer:
    """Rows of activities summed per entity; one row without its factor closes the entity."""
    owner = activities.links["entity"]
    mine = activities.columns[f"is_{option.per}"].values.astype(np.bool_) & (owner >= 0)
    total = np.zeros(entities.size, np.int64)
    used = mine & each.open
    if each.values[used].sum() >= TOO_LARGE:
        raise OverflowError("activities of more than 4.6e18 grams")
    np.add.at(total, owner[used], np.rint(each.values[used]).astype(np.int64))
    count = np.bincount(owner[used], minlength=entities.size)
    lacking = np.zeros(entities.size, np.bool_)
    unanswered = activities.columns.get(f"no_{option.per}_scope{scope}")
    if unanswered is not None:
        lacking[owner[unanswered.values.astype(np.bool_) & (owner >= 0)]] = True
    flags = np.zeros(entities.size, np.uint32)
    np.bitwise_or.at(flags, owner[used], each.flags[used])
    factor = np.full(entities.size, -1, np.int32)
    factor[owner[used]] = each.factor[used]
    factor[count > 1] = SEVERAL
    open_ = (count > 0) & ~lacking
    return Answer(total.astype(np.float64), open_, factor, flags, lacking)
