"""Where texts stand in a long column, found batch after batch without indexing it anew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.intake.coded import present
from carbonledger.method import Codes
from carbonledger.mixing import Words, mix_texts, scattered, started


def _hashes(texts: pa.Array) -> Words:
    hashes = started(len(texts), lanes=1)
    mix_texts(hashes, texts)
    found: Words = scattered(hashes)[0]
    return found


def _cells(texts: pa.Array) -> NDArray[np.uint8] | None:
    """The bytes of texts that are all of one length, a row a text; None where lengths differ."""
    _, offsets, data = texts.buffers()
    if texts.null_count or not len(texts):
        return None
    edges = np.frombuffer(offsets, np.int32, len(texts) + 1, 4 * texts.offset)
    length = int(edges[1] - edges[0])
    if not length or (np.diff(edges) != length).any():
        return None
    raw = np.frombuffer(data, np.uint8, length * len(texts), int(edges[0]))
    return raw.reshape(len(texts), length)


_LOW, _EMPTY = np.uint64(32), np.uint64((1 << 64) - 1)
_PLACES = 2
"""Places for each text: half of them stay empty."""
_PIECE = 1 << 17
"""Texts that are put in at a time."""


@dataclass(frozen=True)
class TextIndex:
    """Where each text of a column stands, in one table by the first bits of the text's hash.

    A place holds the last 32 bits of a hash above the row; who finds it taken looks at the next.
    What a hash finds is compared with the text itself, so that a row is never taken for another.
    """

    known: pa.Array
    _table: Words

    @classmethod
    def of(cls, known: pa.Array) -> TextIndex:
        """The index of a column; of texts that stand twice the first is found."""
        made = cls(known, np.full(max(_PLACES * len(known), 1), _EMPTY))
        for start in range(0, len(known), _PIECE):
            texts = known.slice(start, _PIECE)
            there = np.flatnonzero(present(texts))
            hashes = _hashes(texts)[there]
            made._put(hashes << _LOW | (there + start).astype(np.uint64), made._places(hashes))
        return made

    def _places(self, hashes: Words) -> Rows:
        at = hashes >> _LOW
        at *= np.uint64(len(self._table))
        at >>= _LOW
        return at.view(np.intp)

    def _next(self, at: Rows) -> Rows:
        at = at + 1
        at[at == len(self._table)] = 0
        return at

    def _put(self, values: Words, at: Rows) -> None:
        """Put each value where nothing is from its place on; of two that want one the first."""
        while at.size:
            free = np.flatnonzero(self._table.take(at) == _EMPTY)[::-1]
            self._table[at[free]] = values[free]
            left = np.flatnonzero(self._table.take(at) != values)
            values, at = values[left], self._next(at[left])

    def find(self, texts: pa.Array) -> Codes:
        """The row of each text, -1 where there is none; a blank one is nowhere."""
        if pa.types.is_dictionary(texts.type):
            return self._searched(texts)
        hashes = _hashes(texts)
        at = self._places(hashes)
        hashes <<= _LOW
        found = self._table.take(at)
        open_ = np.flatnonzero((found ^ hashes) >> _LOW)
        while (open_ := open_[found.take(open_) != _EMPTY]).size:
            next_ = self._next(at.take(open_))
            at[open_], found[open_] = next_, self._table.take(next_)
            open_ = open_[(found.take(open_) ^ hashes.take(open_)) >> _LOW != 0]
        rows = found.astype(np.uint32).view(np.int32)  # an empty place is row -1
        if texts.null_count:
            rows[np.asarray(texts.is_null())] = -1
        return rows if self._same(rows, texts) else self._searched(texts)

    @cached_property
    def _known_cells(self) -> NDArray[np.uint8] | None:
        return _cells(self.known)

    def _same(self, rows: Codes, texts: pa.Array) -> bool:
        """Whether each text that was found is the one that stands in its row."""
        known, given = self._known_cells, _cells(texts)
        if known is None or given is None or known.shape[1] != given.shape[1]:
            sure = pc.equal(self.known.take(pa.array(rows, mask=rows < 0)), texts)
            return pc.all(sure).as_py() is not False
        found = np.flatnonzero(rows >= 0)
        if found.size < len(rows):
            rows, given = rows[found], given.take(found, axis=0)
        return bool((known.take(rows, axis=0) == given).all())

    def _searched(self, texts: pa.Array) -> Codes:
        found = pc.index_in(texts, value_set=self.known)
        found = pc.if_else(pc.is_valid(texts), found, None)
        codes: Codes = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        return codes
