"""Words mixed into hashes by fixed arithmetic: the same on every machine and library version.

What these hashes tell apart they tell apart up to chance, not against a forger, for their constants
are public: where somebody might forge, a sha256 or a signature stands beside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Words = NDArray[np.uint64]
_ODD = (0x9E3779B97F4A7C15, 0xD1342543DE82EF95)
"""Odd multipliers of two hashes of 64 bits that have nothing in common."""
_TAIL = np.array([(1 << 64) - 1, *((1 << 8 * n) - 1 for n in range(1, 8))], np.uint64)
_HALF, _THIRD = np.uint64(32), np.uint64(29)
_ABSENT = np.uint64((1 << 64) - 1)
_BITS = (1 << 64) - 1
_FEW = 16
"""Rows up to which a call of numpy for each of their words takes longer than doing without."""


def started(rows: int, lanes: int = 2) -> Words:
    """The hashes of rows of which nothing is mixed in yet, a line for each of the lanes."""
    return np.repeat(np.array(_ODD[:lanes], np.uint64)[:, None], rows, axis=1)


def mix(hashes: Words, words: Words | np.uint64) -> None:
    """Take one more word of each row in, or one a lane; words that differ never give one hash."""
    for lane, word, odd in zip(hashes, np.broadcast_to(words, hashes.shape), _ODD, strict=False):
        lane ^= word
        lane *= np.uint64(odd)
        lane ^= lane >> _HALF


def scattered(hashes: Words) -> Words:
    """The finished hashes: each bit depends on every bit, so that they may be added up."""
    for odd in _ODD:
        hashes *= np.uint64(odd)
        hashes ^= hashes >> _THIRD
    return hashes


def mix_texts(hashes: Words, texts: pa.Array) -> None:
    """Take one text of each row in: its length, all ones where it is absent, then its bytes."""
    if texts.null_count == len(texts):
        mix(hashes, _ABSENT)
        return
    _, offsets, data = texts.buffers()
    edges = np.frombuffer(offsets, np.int32, len(texts) + 1, 4 * texts.offset)
    raw = np.frombuffer(data or b"", np.uint8)[edges[0] : edges[-1]]
    lengths = np.diff(edges)
    longest = int(lengths.max())
    if len(texts) > _FEW and lengths.min() == longest and not texts.null_count:
        mix(hashes, np.uint64(longest))
        for word in text_words(raw, longest, len(texts)):
            mix(hashes, word)
        return
    absent = np.asarray(texts.is_null())
    mix(hashes, np.where(absent, _ABSENT, lengths.astype(np.uint64)))
    _mix_unequal(hashes, raw, edges[:-1] - edges[0], np.where(absent, 0, lengths))


def text_words(raw: NDArray[np.uint8], length: int, rows: int) -> Iterator[Words]:
    """The bytes of texts of one length, eight of each at a time, beyond the end zeros."""
    whole, left = divmod(length, 8)
    places = [8 * k for k in range(whole)]
    if left and not whole:
        cells = np.zeros((rows, 8), np.uint8)
        cells[:, :length] = raw.reshape(rows, length)
        yield cells.view("<u8")[:, 0]
    for at in [*places, length - 8] if left and whole else places:
        word = np.ndarray(rows, "<u8", raw, at, (length,)).astype(np.uint64)
        # The last eight bytes of a text hold its tail above bytes that were taken before.
        yield word if at % 8 == 0 else word >> np.uint64(64 - 8 * left)


def _mix_unequal(hashes: Words, raw: NDArray[np.uint8], at: Any, lengths: Any) -> None:
    """Take the bytes from some places on in, eight at a time, beyond each length zeros."""
    size = (lengths + 7) >> 3
    padded = np.concatenate([raw, np.zeros(8 * int(size.max()), np.uint8)])
    for count in np.flatnonzero(np.bincount(size)).tolist():
        if not count:
            continue
        rows = np.flatnonzero(size == count)
        windows = np.ndarray(len(padded) - 8 * count + 1, f"V{8 * count}", padded, strides=(1,))
        words = windows[at[rows]].view("<u8").reshape(len(rows), count)
        words[:, -1] &= _TAIL[lengths[rows] & 7]
        if len(rows) <= _FEW and count > _FEW:
            _mix_few(hashes, rows, words)
            continue
        some = hashes[:, rows]
        for word in words.T:
            mix(some, word)
        hashes[:, rows] = some


def _mix_few(hashes: Words, rows: Any, words: Words) -> None:
    """Take many words of a few rows in, which may be as long as a file, row by row."""
    for row, its in zip(rows.tolist(), words, strict=True):
        for lane, odd in zip(hashes, _ODD, strict=False):
            mixed = int(lane[row])
            for word in memoryview(its):
                mixed = (mixed ^ word) * odd & _BITS
                mixed ^= mixed >> 32
            lane[row] = mixed


@cache
def words_of(name: str) -> tuple[int, int]:
    """The words, one a lane, that stand for a name."""
    made = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(made[:8], "little"), int.from_bytes(made[8:16], "little")


def named(column: str, names: Iterable[str | None]) -> Words:
    """The words of a column's names, and last that of having none."""
    words = [words_of(f"{column}={n}") for n in names]
    return np.array([*words, words_of(column)], np.uint64).T
