"""Columns of Arrow as the engine takes them: codes as keys, and what is nowhere held once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.method import Codes, Column, Key


def key_of(array: pa.DictionaryArray) -> Key:
    """The codes of a column and their names in order; -1 where a row has none.

    In order they are mostly the same from batch to batch, and need not be placed anew.
    """
    codes, names = codes_of(array), array.dictionary
    order = pc.sort_indices(names).to_numpy()
    if (order[1:] > order[:-1]).all():
        return Key(codes, tuple(names.to_pylist()))
    place = np.full(len(order) + 1, -1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return Key(place.take(codes, mode="wrap"), tuple(names.take(pa.array(order)).to_pylist()))


def codes_of(array: pa.DictionaryArray) -> Codes:
    """The same without their names."""
    if not len(array.dictionary):
        return alike_all(len(array), np.int32, -1)
    codes: Codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return codes


def of_entity(values: NDArray[Any], link: Codes, nothing: Any) -> NDArray[Any]:
    """What the entity of each position has, ``nothing`` where it has no entity."""
    if not values.size:
        return np.full(len(link), nothing, values.dtype)
    found = values.take(link, mode="clip")
    nobody = link < 0
    if nobody.any():
        found[nobody] = nothing
    return found


def each_once(key: Key) -> Key:
    """The same key with each name once: Arrow writes a name that stands twice in other bytes."""
    unique = {name: at for at, name in enumerate(dict.fromkeys(key.names))}
    if len(unique) == len(key.names):
        return key
    slot = np.array([*(unique[name] for name in key.names), -1], np.int32)
    return Key(slot[key.codes], tuple(unique))


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece; Arrow's own way copies it even where it is one already."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def texts_of(column: pa.Array) -> pa.Array:
    """Texts, also where only their bytes are held because all are of one length."""
    if not pa.types.is_fixed_size_binary(column.type):
        return column
    length = column.type.byte_width
    ends = np.arange(0, length * (len(column) + 1), length, dtype=np.int32)
    # To cast a part would cost as much as all that stands before it.
    data = column.buffers()[1].slice(length * column.offset)
    return pa.StringArray.from_buffers(len(column), pa.py_buffer(ends), data)


def column_of(array: pa.Array) -> Column:
    """A column of numbers and where it has any."""
    if array.null_count == len(array):
        kind = array.type.to_pandas_dtype()
        return Column(alike_all(len(array), kind, 0), alike_all(len(array), np.bool_, 0))
    return Column(_values(array), present(array))


def _values(array: pa.Array) -> NDArray[Any]:
    """The numbers of a column, zero where it has none; as they lie where that is so already."""
    if pa.types.is_boolean(array.type):
        return array.fill_null(False).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
    if array.null_count:
        lying = np.frombuffer(array.buffers()[1], array.type.to_pandas_dtype())
        lying = lying[array.offset : array.offset + len(array)]
        if not lying[np.asarray(array.is_null())].any():
            return lying
    found: NDArray[Any] = array.fill_null(0).to_numpy(zero_copy_only=False)
    return found


def blank_as_zero(array: pa.Array) -> pa.Array:
    """The same column, of numbers with zeros under what is blank, so that no one need copy it."""
    fixed = pa.types.is_integer(array.type) or pa.types.is_floating(array.type)
    if not fixed or not array.null_count or array.offset:
        return array
    known = [array.buffers()[0], array.fill_null(0).buffers()[1]]
    return pa.Array.from_buffers(array.type, len(array), known)


def present(array: pa.Array) -> NDArray[np.bool_]:
    """Where a column has anything."""
    if array.null_count:
        return np.asarray(array.is_valid())
    return alike_all(len(array), np.bool_, 1)


def alike_all(size: int, kind: type[np.generic], value: int) -> NDArray[Any]:
    """So many times one value, which is all that is held."""
    return np.broadcast_to(np.array(value, kind), size)
