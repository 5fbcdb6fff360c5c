"""Coded columns of Arrow as the engine's keys."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from carbonledger.method import Key


def key_of(array: pa.DictionaryArray) -> Key:
    """The codes of a column and their names; -1 where a row has none."""
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return Key(codes, tuple(array.dictionary.to_pylist()))


def each_once(key: Key) -> Key:
    """The same key with each name once: Arrow writes a name that stands twice in other bytes."""
    unique = {name: at for at, name in enumerate(dict.fromkeys(key.names))}
    if len(unique) == len(key.names):
        return key
    slot = np.array([*(unique[name] for name in key.names), -1], np.int32)
    return Key(slot[key.codes], tuple(unique))
