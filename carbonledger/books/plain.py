"""Plain cells of a whole column at once: those that read one way only, over the bytes of a batch.

Each function gives null where a cell needs the careful reading of its kind; a cell that it takes
has the value that the careful reading would give (a property test holds them together).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

SHORT = 6
"""Bytes of the longest text that says nothing is known (暂无)."""
CODE_LENGTH, CODE_LOST = 18, "000"
"""A code of 18 digits that ends so may have lost its last three to a spreadsheet."""
MOST_DIGITS = 17
"""Digits of a whole number that int64 surely holds."""
_DIGIT = np.zeros(256, np.bool_)
_DIGIT[48:58] = True
_TEXT = _DIGIT.copy()
_TEXT[65:91] = _TEXT[97:123] = _TEXT[[45, 95]] = True
_TEXT[0xE4:0xEA] = _TEXT[0x80:0xC0] = True
"""ASCII letters, digits, - and _, and the bytes of U+4000 to U+9FFF: none changes in NFKC."""

_DAY_DIGITS = [0, 1, 2, 3, 5, 6, 8, 9]
_ZERO, _DOT = np.uint8(48), np.uint8(46)
_HYPHEN = np.uint8(45 - 48 + 256)

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]


def texts(column: pa.Array) -> pa.Array:
    """Codes and names of letters, digits and Chinese characters."""
    raw, starts, ends = _bytes_of(column)
    lengths = ends - starts
    plain = _all_of(_TEXT, raw, starts, ends) & (lengths > SHORT)
    if (lengths == CODE_LENGTH).any():
        lost = np.asarray(pc.fill_null(pc.ends_with(column, CODE_LOST), False))
        plain &= (lengths != CODE_LENGTH) | ~lost
    short = (lengths > 0) & (lengths <= SHORT)
    if short.any():
        plain |= short & _all_of(_TEXT, raw, starts, ends) & (_count(_DIGIT, raw, starts, ends) > 0)
    return _where(plain, column)


def amounts(column: pa.Array, scale: int) -> pa.Array:
    """Amounts written as plain digits with few enough decimals, as whole minor units."""
    places = len(str(scale)) - 1
    if scale != 10**places:
        return pa.nulls(len(column), pa.int64())
    raw, starts, ends = _bytes_of(column)
    if not len(starts):
        return pa.nulls(len(column), pa.int64())
    others = starts[0] + np.flatnonzero(raw[starts[0] : ends.max()] - _ZERO > 9)
    of_dot = raw[others] == _DOT
    count, decimals = _decimals(others[of_dot], starts, ends)
    some = ends > starts
    if of_dot.all():
        digits, plain = ends - starts - count, some & (count <= 1)
    else:
        minus = np.zeros(len(starts), np.int64)
        minus[some] = raw[starts[some]] == 45
        digits = _count(_DIGIT, raw, starts, ends)
        plain = some & (digits + count + minus == ends - starts) & (count <= 1)
    plain &= (decimals <= places) & (digits > decimals) & ((count == 0) | (decimals > 0))
    plain &= digits + places - decimals <= MOST_DIGITS
    whole = pc.cast(_without_dots(column, plain, count), pa.int64())
    if (decimals[plain] == places).all():
        return whole
    powers = 10 ** np.arange(MOST_DIGITS + 1, dtype=np.int64)
    by = powers[np.where(plain, places - np.minimum(decimals, places), 0)]
    return pc.multiply(whole, pa.array(by))


def _decimals(dots: Offsets, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
    """How many points stand in each cell, and how many characters after the one where one does."""
    if len(dots) == len(starts) and (dots >= starts).all() and (dots < ends).all():
        return np.ones(len(starts), np.int64), ends - 1 - dots
    rank = np.searchsorted(dots, starts)
    count = np.searchsorted(dots, ends) - rank
    decimals, one = np.zeros(len(starts), np.int64), count == 1
    decimals[one] = ends[one] - 1 - dots[rank[one]]
    return count, decimals


def dates(column: pa.Array, _: int) -> pa.Array:
    """Days written as 2024-03-05; beside other cells, those after the 28th are left out."""
    try:
        days = pc.cast(column, pa.date32())
    except pa.ArrowInvalid:
        return _days_among_others(column)
    first = pc.min(days).as_py()
    return days if first is None or first.year > 999 else _days_among_others(column)


def _days_among_others(column: pa.Array) -> pa.Array:
    raw, starts, ends = _bytes_of(column)
    fits = ends - starts == len("2024-03-05")
    digits = raw[np.where(fits, starts, 0)[:, None] + np.arange(10)] - 48 if fits.any() else None
    if digits is None:
        return pa.nulls(len(column), pa.date32())
    plain = fits & (digits[:, _DAY_DIGITS] < 10).all(axis=1)
    plain &= (digits[:, 4] == _HYPHEN) & (digits[:, 7] == _HYPHEN)
    year, month, of_month = (
        digits[:, part].astype(np.int64) @ (10 ** np.arange(len(part))[::-1])
        for part in (_DAY_DIGITS[:4], _DAY_DIGITS[4:6], _DAY_DIGITS[6:])
    )
    plain &= (year > 999) & (month > 0) & (month < 13) & (of_month > 0) & (of_month < 29)
    months = np.where(plain, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int32) + of_month.astype(np.int32) - 1
    return pa.array(days.astype(np.int32), pa.int32(), mask=~plain).cast(pa.date32())


def _without_dots(column: pa.Array, plain: NDArray[np.bool_], count: Offsets) -> pa.Array:
    """The plain cells without their decimal point, of which each has a count; the others null."""
    kept = _where(plain, column)
    raw, starts, ends = _bytes_of(pc.fill_null(kept, ""))
    data = raw[starts[0] : ends[-1]].tobytes() if len(starts) else b""
    left = data.translate(None, b".")
    if len(left) == len(data):
        return kept
    offsets = np.zeros(len(plain) + 1, np.int32)
    np.cumsum(ends - starts - np.where(plain, count, 0), out=offsets[1:])
    valid = pa.array(plain).buffers()[1]
    return pa.StringArray.from_buffers(len(plain), pa.py_buffer(offsets), pa.py_buffer(left), valid)


def _bytes_of(column: pa.Array) -> tuple[Bytes, Offsets, Offsets]:
    """The bytes of a text column, and where each cell begins and ends in them."""
    _, offsets, data = column.buffers()
    if offsets is None or not len(column):
        empty = np.zeros(0, np.int64)
        return np.zeros(0, np.uint8), empty, empty
    first = column.offset
    edges = np.frombuffer(offsets, np.int32, len(column) + 1, 4 * first).astype(np.int64)
    starts, ends = edges[:-1], edges[1:]
    raw = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    if column.null_count:
        ends = np.where(np.asarray(column.is_valid()), ends, starts)
    return raw, starts, ends


def _count(of: NDArray[np.bool_], raw: Bytes, starts: Offsets, ends: Offsets) -> Offsets:
    """How many bytes of a class each cell holds."""
    before = np.concatenate(([0], np.cumsum(of[raw], dtype=np.int64)))
    found: Offsets = before[ends] - before[starts]
    return found


def _all_of(of: NDArray[np.bool_], raw: Bytes, starts: Offsets, ends: Offsets) -> NDArray[np.bool_]:
    """Which cells hold bytes of a class only."""
    lo, hi = (int(starts[0]), int(ends.max())) if len(starts) else (0, 0)
    allowed = bytes(np.flatnonzero(of).tolist())
    # Six times as fast as a look-up of every byte; also what lies between cells is looked at.
    if not raw[lo:hi].tobytes().translate(None, allowed):
        return np.ones(len(starts), np.bool_)
    found: NDArray[np.bool_] = _count(of, raw, starts, ends) == ends - starts
    return found


def _where(plain: NDArray[np.bool_], column: pa.Array) -> Any:
    return column if plain.all() else pc.if_else(pa.array(plain), column, None)
