"""Rows that agree in several columns of codes, numbered exactly, not by hashes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.batch import nobody_first, with_nobody

Rows = NDArray[np.intp]
PIECE = 1 << 17
"""Rows that are looked at together where there may be millions."""
_FEW = (1 << 15) - 1
_WIDEST = 1 << 62
_NARROW = 1 << 31


def alike(columns: Sequence[NDArray[Any]], size: int) -> tuple[Rows, Rows]:
    """The group of each row, of rows that agree in every column, and one row of each group.

    Columns hold codes of at most 32 bits, truth values, or as ``uint32`` flags.
    """
    of: NDArray[Any] = np.zeros(size, np.int32)
    least = most = 0
    for column in (one for each in columns for one in _flat(each)):
        low, high = (int(column.min()), int(column.max())) if size else (0, 0)
        if low == high:
            continue
        width, span = high - low + 1, most - least + 1
        if span <= 2 * size < span * width and _follows(column, of, least, span):
            continue
        if max(-least, most) * width + max(-low, high) > _WIDEST:
            of = _numbered(of, least, most)[0]
            least, most = 0, size
        least, most = least * width + low, most * width + high
        if of.dtype != np.int64 and max(-least, most) >= _NARROW:
            of = of.astype(np.int64)
        of *= width
        np.add(of, column, out=of, casting="unsafe")
    return _numbered(of, least, most)


def bits_of(used: int) -> list[int]:
    """The places of the bits that are set."""
    return [k for k in range(used.bit_length()) if used >> k & 1]


def _follows(column: NDArray[Any], of: NDArray[Any], least: int, span: int) -> bool:
    """Whether a column has one value in each group so far, and so tells none of them apart."""
    at = of - least
    told = np.zeros(span, column.dtype)
    told[at] = column
    return np.array_equal(told.take(at, mode="clip"), column)


def alike_by_piece(
    columns_of: Callable[[slice], Sequence[NDArray[Any]]], size: int, piece: int = PIECE
) -> tuple[NDArray[Any], Rows, list[NDArray[Any]]]:
    """The same of columns that are made piece by piece, and what each group has in them.

    The groups are numbered in as few bytes as are enough: millions of rows have one. In memory a
    zero lies before them, for nobody (batch.nobody_first).
    """
    of, count = with_nobody(size, np.int16)[1:], 0
    some: list[Rows] = []
    held: list[list[NDArray[Any]]] = []
    for start in range(0, max(size, 1), piece):
        rows = slice(start, min(start + piece, size))
        columns = columns_of(rows)
        own, first = alike(columns, rows.stop - start)
        if count + len(first) > _FEW and of.dtype == np.int16:
            of = nobody_first(of.astype(np.int32))[1:]
        of[rows] = own + count
        count += len(first)
        some.append(first + start)
        held.append([column[first] for column in columns])
    values = [np.concatenate(parts) for parts in zip(*held, strict=True)]
    number, which = alike(values, count)
    for start in range(0, size, PIECE):  # an index of all at once would be as large as eight bytes
        rows = slice(start, start + PIECE)
        of[rows] = number.take(of[rows])
    kind = np.min_scalar_type(-len(which) - 1)
    of = nobody_first(of.astype(kind))[1:] if kind != of.dtype else of
    return of, np.concatenate(some)[which], [v[which] for v in values]


def _flat(column: NDArray[Any]) -> list[NDArray[Any]]:
    """A column as it is, flags as a column for each that is set anywhere: few, though far apart.

    One value everywhere, held once, tells nothing apart.
    """
    if column.strides == (0,):
        return []
    if column.dtype != np.uint32:
        return [column]
    used = int(np.bitwise_or.reduce(column))
    return [column >> np.uint32(k) & 1 for k in bits_of(used)]


def _numbered(codes: NDArray[Any], least: int, most: int) -> tuple[Rows, Rows]:
    """Codes within bounds as numbers without gaps, and the last row of each."""
    size, span = len(codes), most - least + 1
    at = codes.astype(np.intp)
    if least:
        at -= least
    if span > 2 * size:
        encoded = pa.array(at).dictionary_encode()
        at, span = encoded.indices.to_numpy().astype(np.intp), len(encoded.dictionary)
    last = np.full(span, -1, np.intp)
    last[at] = np.arange(size)
    found = np.flatnonzero(last >= 0)
    if len(found) == span:
        return at, last
    number = np.zeros(span, np.intp)
    number[found] = np.arange(len(found))
    return number.take(at, mode="clip"), last[found]
