"""Where texts stand in a long column, found batch after batch without indexing it anew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.method import Codes
from carbonledger.mixing import Words, mix_texts, scattered, started, text_words


def _hashes(texts: pa.Array) -> Words:
    hashes = started(len(texts), lanes=1)
    mix_texts(hashes, texts)
    found: Words = scattered(hashes)[0]
    return found


def _words(texts: pa.Array) -> tuple[int, list[Words]] | None:
    """The length that all texts have, and their bytes as words; None where lengths differ."""
    _, offsets, data = texts.buffers()
    if texts.null_count or not len(texts):
        return None
    edges = np.frombuffer(offsets, np.int32, len(texts) + 1, 4 * texts.offset)
    length = int(edges[1] - edges[0])
    if not length or (np.diff(edges) != length).any():
        return None
    raw = np.frombuffer(data, np.uint8, length * len(texts), int(edges[0]))
    return length, list(text_words(raw, length, len(texts)))


_LOW, _EMPTY = np.uint64(32), np.uint64((1 << 64) - 1)


@dataclass(frozen=True)
class TextIndex:
    """Where each text of a column stands, in one table by the first bits of the text's hash.

    A place holds the last 32 bits of a hash above the row; who finds it taken looks at the next.
    What a hash finds is compared with the text itself, so that a row is never taken for another.
    """

    known: pa.Array
    _shift: np.uint64
    _table: Words

    @classmethod
    def of(cls, known: pa.Array) -> TextIndex:
        """The index of a column; of texts that stand twice the first is found."""
        bits = max(len(known).bit_length() + 1, 4)
        hashes, shift = _hashes(known), np.uint64(64 - bits)
        rows = np.flatnonzero(np.asarray(known.is_valid()))
        rows = rows[np.argsort(hashes[rows], kind="stable")]
        ordered, nth = hashes[rows], np.arange(len(rows))
        at = np.maximum.accumulate((ordered >> shift).astype(np.intp) - nth) + nth
        table = np.full(max((1 << bits), int(at.max(initial=0)) + 1) + 1, _EMPTY)
        table[at] = ordered << _LOW | rows.astype(np.uint64)
        return cls(known, shift, table)

    def find(self, texts: pa.Array) -> Codes:
        """The row of each text, -1 where there is none; a blank one is nowhere."""
        if pa.types.is_dictionary(texts.type):
            return self._searched(texts)
        hashes = _hashes(texts)
        at = (hashes >> self._shift).astype(np.intp)
        hashes <<= _LOW
        found = self._table.take(at)
        open_ = np.flatnonzero((found ^ hashes) >> _LOW)
        while (open_ := open_[found.take(open_) != _EMPTY]).size:
            next_ = at.take(open_) + 1
            at[open_], found[open_] = next_, self._table.take(next_)
            open_ = open_[(found.take(open_) ^ hashes.take(open_)) >> _LOW != 0]
        rows = found.astype(np.uint32).view(np.int32)  # an empty place is row -1
        if texts.null_count:
            rows[np.asarray(texts.is_null())] = -1
        return rows if self._same(rows, texts) else self._searched(texts)

    @cached_property
    def _known_words(self) -> tuple[int, list[Words]] | None:
        return _words(self.known)

    def _same(self, rows: Codes, texts: pa.Array) -> bool:
        """Whether each text that was found is the one that stands in its row."""
        known, given = self._known_words, _words(texts)
        if known is None or given is None or known[0] != given[0]:
            sure = pc.equal(self.known.take(pa.array(rows, mask=rows < 0)), texts)
            return pc.all(sure).as_py() is not False
        pairs = zip(known[1], given[1], strict=True)
        differ = [np.flatnonzero(own.take(rows, mode="clip") != word) for own, word in pairs]
        return all((rows.take(at) < 0).all() for at in differ)

    def _searched(self, texts: pa.Array) -> Codes:
        found = pc.index_in(texts, value_set=self.known)
        found = pc.if_else(pc.is_valid(texts), found, None)
        codes: Codes = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        return codes
