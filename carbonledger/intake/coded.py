"""Coded columns of Arrow as the engine's keys."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from carbonledger.method import Key


def key_of(array: pa.DictionaryArray) -> Key:
    """The codes of a column and their names; -1 where a row has none."""
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return Key(codes, tuple(array.dictionary.to_pylist()))
