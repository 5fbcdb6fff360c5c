"""Rows that agree in several columns of codes, numbered exactly, not by hashes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Rows = NDArray[np.intp]
_WIDEST = 1 << 62


def alike(columns: Sequence[NDArray[Any]], size: int) -> tuple[Rows, Rows]:
    """The group of each row, of rows that agree in every column, and one row of each group.

    Columns hold codes of at most 32 bits or truth values.
    """
    of, span = np.zeros(size, np.int64), 1
    for column in columns:
        low, high = (int(column.min()), int(column.max())) if size else (0, 0)
        if low == high:
            continue
        width = high - low + 1
        if span * width > _WIDEST:
            of, span = _numbered(of, span)
        of *= width
        of += column
        of -= low
        span *= width
    group, count = _numbered(of, span)
    some = np.zeros(count, np.intp)
    some[group] = np.arange(size)
    return group, some


def _numbered(codes: NDArray[np.int64], span: int) -> tuple[Rows, int]:
    """The codes below a span as numbers without gaps, and how many there are."""
    if span <= 2 * len(codes):
        seen = np.zeros(span, np.intp)
        seen[codes] = 1
        count = np.cumsum(seen)
        return (count - 1)[codes], int(count[-1])
    encoded = pa.array(codes).dictionary_encode()
    numbers = encoded.indices.to_numpy(zero_copy_only=False).astype(np.intp)
    return numbers, len(encoded.dictionary)
