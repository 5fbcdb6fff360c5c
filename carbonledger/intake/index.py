"""Where texts stand in a long column, found batch after batch without indexing it anew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.intake.coded import present, texts_of
from carbonledger.method import Codes
from carbonledger.mixing import Words, mix_texts, scattered, started


def _hashes(texts: pa.Array) -> Words:
    hashes = started(len(texts), lanes=1)
    mix_texts(hashes, texts)
    found: Words = scattered(hashes)[0]
    return found


def _cells(texts: pa.Array) -> NDArray[np.uint8] | None:
    """The bytes of texts that are all of one length, a row a text; None where lengths differ."""
    if texts.null_count or not len(texts):
        return None
    if pa.types.is_fixed_size_binary(texts.type):
        return np.frombuffer(texts.buffers()[1], np.uint8).reshape(len(texts), -1)
    _, offsets, data = texts.buffers()
    edges = np.frombuffer(offsets, np.int32, len(texts) + 1, 4 * texts.offset)
    length = int(edges[1] - edges[0])
    if not length or (np.diff(edges) != length).any():
        return None
    raw = np.frombuffer(data, np.uint8, length * len(texts), int(edges[0]))
    return raw.reshape(len(texts), length)


_HALF, _EMPTY = np.uint64(32), np.uint32((1 << 32) - 1)
_PLACES = 2
"""Places for each text: half of them stay empty."""
_PIECE = 1 << 16
"""Texts that are put in at a time."""
_Marks = NDArray[np.uint32]


@dataclass(frozen=True)
class TextIndex:
    """Where each text of a column stands, in one table by the first bits of the text's hash.

    A place holds a row and, as its mark above it, as many of the hash's last bits as four bytes
    have room for; who finds it taken looks at the next. What a mark finds is compared with the text
    itself, so that a row is never taken for another.
    """

    known: pa.Array
    _table: _Marks

    @classmethod
    def of(cls, known: pa.Array) -> TextIndex:
        """The index of a column; of texts that stand twice the first is found."""
        made = cls(known, np.full(max(_PLACES * len(known), 1), _EMPTY))
        for start in range(0, len(known), _PIECE):
            texts = texts_of(known.slice(start, _PIECE))
            there = np.flatnonzero(present(texts))
            at, marks = made._places(_hashes(texts)[there])
            made._put(marks | (there + start).astype(np.uint32), at)
        return made

    @property
    def _row_bits(self) -> np.uint32:
        """How many bits a row takes; no row is all ones, as an empty place is."""
        return np.uint32(len(self.known).bit_length())

    def _places(self, hashes: Words) -> tuple[Rows, _Marks]:
        """Where to look first for each hash, and its mark."""
        at = hashes >> _HALF
        at *= np.uint64(len(self._table))
        at >>= _HALF
        return at.view(np.intp), hashes.astype(np.uint32) << self._row_bits

    def _next(self, at: Rows) -> Rows:
        at = at + 1
        at[at == len(self._table)] = 0
        return at

    def _put(self, values: _Marks, at: Rows) -> None:
        """Put each value where nothing is from its place on; of two that want one the first."""
        while at.size:
            free = np.flatnonzero(self._table.take(at) == _EMPTY)[::-1]
            self._table[at[free]] = values[free]
            left = np.flatnonzero(self._table.take(at) != values)
            values, at = values[left], self._next(at[left])

    def find(self, texts: pa.Array) -> Codes:
        """The row of each text, -1 where there is none; a blank one is nowhere."""
        if pa.types.is_dictionary(texts.type):
            texts = texts.dictionary_decode()
        at, marks = self._places(_hashes(texts))
        rows = self._marked(at, marks)
        if texts.null_count:
            rows[np.asarray(texts.is_null())] = -1
        others = self._others(rows, texts)
        while others.size:
            at[others] = self._next(at.take(others))
            further = at.take(others)
            rows[others] = self._marked(further, marks.take(others))
            at[others] = further
            others = others[self._others(rows.take(others), texts.take(pa.array(others)))]
        return rows

    def _marked(self, at: Rows, marks: _Marks) -> Codes:
        """The first row with each mark from its place on, -1 where none is; moves there."""
        found = self._table.take(at)
        open_ = np.flatnonzero((found ^ marks) >> self._row_bits)
        while (open_ := open_[found.take(open_) != _EMPTY]).size:
            next_ = self._next(at.take(open_))
            at[open_], found[open_] = next_, self._table.take(next_)
            open_ = open_[(found.take(open_) ^ marks.take(open_)) >> self._row_bits != 0]
        rows = found.view(np.int32)
        nowhere = found == _EMPTY
        found &= (np.uint32(1) << self._row_bits) - np.uint32(1)
        rows[nowhere] = -1
        return rows

    @cached_property
    def _known_cells(self) -> NDArray[np.uint8] | None:
        return _cells(self.known)

    def _others(self, rows: Codes, texts: pa.Array) -> Rows:
        """The texts in whose row another one stands."""
        found = np.flatnonzero(rows >= 0)
        rows = rows.take(found)
        known, given = self._known_cells, _cells(texts)
        if known is None or given is None or known.shape[1] != given.shape[1]:
            theirs = texts_of(self.known.take(pa.array(rows)))
            same = np.asarray(pc.equal(theirs, texts.take(pa.array(found))))
            return np.asarray(found[~same])
        apart = np.flatnonzero(known.take(rows, axis=0) != given.take(found, axis=0))
        others: Rows = found[np.unique(apart // known.shape[1])]
        return others
