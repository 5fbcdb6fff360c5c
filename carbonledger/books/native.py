"""Columns that a typed file holds in a shape that needs no reading of text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger import units
from carbonledger.books.kinds import MOST, Kind

MOST_FEN = 1 << 62
"""Above this, amounts are read as text, which refuses what is absurd."""
_TAKEN_AS_THEY_ARE = ("number", "share", "true or false", "date")


def typed_already(kind: Kind, cells: pa.Array, scale: int) -> pa.Array | None:
    """Columns that a typed file holds in a shape that needs no reading of text."""
    if not kind.scaled:
        return cells if cells.type == kind.type and kind.name in _TAKEN_AS_THEY_ARE else None
    scale = scale or (units.GRAMS if kind.name == "tonnes" else 0)
    try:
        if pa.types.is_integer(cells.type) and scale:
            return pc.multiply_checked(pc.cast(cells, pa.int64()), pa.scalar(scale, pa.int64()))
        if pa.types.is_decimal(cells.type) and scale:
            return _from_decimal(cells, scale)
    except pa.ArrowInvalid:  # too large for 64 bits, or a fraction of a fen: read as text
        return None
    return None


def _from_decimal(cells: pa.Array, scale: int) -> pa.Array | None:
    """Decimals to whole fen where none has a fraction of a fen."""
    if scale >= 10**9:
        return None
    plain = _from_halves(cells, scale)
    if plain is not None:
        return plain
    wide = pc.multiply(
        pc.cast(cells, pa.decimal128(28, cells.type.scale)), pa.scalar(scale, pa.decimal128(9, 0))
    )
    return pc.cast(wide, pa.int64())


def _from_halves(cells: pa.Array, scale: int) -> pa.Array | None:
    """The same by the lower 64 of a decimal's 128 bits, where none is absurdly large.

    Three casts over 128 bits took a tenth of the reading of a book.
    """
    times, left = divmod(scale, 10**cells.type.scale)
    if left or cells.type.bit_width != 128 or not len(cells):
        return None
    data = cells.buffers()[1]
    halves = np.frombuffer(data, np.int64, 2 * len(cells), 16 * cells.offset).reshape(-1, 2)
    absent = np.asarray(cells.is_null()) if cells.null_count else None
    if absent is not None:
        halves = np.where(absent[:, None], 0, halves)
    low, high, most = *halves.T, MOST_FEN // times
    if (high != low >> 63).any() or low.max() > most or low.min() < -most:
        return None
    return pa.array(low * times, pa.int64(), mask=absent)


def out_of_range(values: pa.Array) -> NDArray[np.bool_]:
    """Numbers of a typed file that no text would give: not finite, or absurdly large."""
    if not pa.types.is_floating(values.type):
        return np.zeros(len(values), np.bool_)
    numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
    fits: NDArray[np.bool_] = np.abs(numbers) < MOST
    return ~fits
