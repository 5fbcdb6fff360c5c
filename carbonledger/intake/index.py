"""Where texts stand in a long column, found batch after batch without indexing it anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.method import Codes
from carbonledger.mixing import Words, mix_texts, scattered, started


def _hashes(texts: pa.Array) -> Words:
    hashes = started(len(texts), lanes=1)
    mix_texts(hashes, texts)
    found: Words = scattered(hashes)[0]
    return found


@dataclass(frozen=True)
class TextIndex:
    """The hashes of a column in order, the row of each, and where each range of them begins.

    What a hash finds is compared with the text itself, so that a row is never taken for another.
    """

    known: pa.Array
    _shift: np.uint64
    _sorted: Words
    _rows: Codes
    _starts: Codes
    _unique: bool

    @classmethod
    def of(cls, known: pa.Array) -> TextIndex:
        """The index of a column; of texts that stand twice the first is found."""
        bits = max(len(known).bit_length() + 1, 4)
        hashes, valid = _hashes(known), np.flatnonzero(np.asarray(known.is_valid()))
        rows = valid[np.argsort(hashes[valid], kind="stable")]
        ordered, shift = hashes[rows], np.uint64(64 - bits)
        ranges = np.bincount((ordered >> shift).astype(np.intp), minlength=1 << bits)
        twice = ordered[1:] == ordered[:-1]
        return cls(
            known, shift, np.append(ordered, np.uint64((1 << 64) - 1)),
            np.append(rows, -1).astype(np.int32),
            np.concatenate([[0], np.cumsum(ranges)]).astype(np.int32), not twice.any(),
        )  # fmt: skip

    def find(self, texts: pa.Array) -> Codes:
        """The row of each text, -1 where there is none; a blank one is nowhere."""
        if not self._unique or pa.types.is_dictionary(texts.type):
            return self._searched(texts)
        hashes = _hashes(texts)
        at = self._starts.take((hashes >> self._shift).astype(np.intp))
        open_ = np.flatnonzero(self._sorted.take(at) < hashes)
        while open_.size:
            at[open_] += 1
            open_ = open_[self._sorted.take(at[open_]) < hashes[open_]]
        hit = (self._sorted.take(at) == hashes) & np.asarray(texts.is_valid())
        rows = np.where(hit, self._rows.take(at), np.int32(-1))
        sure = pc.equal(self.known.take(pa.array(rows, mask=rows < 0)), texts)
        return rows if pc.all(sure).as_py() is not False else self._searched(texts)

    def _searched(self, texts: pa.Array) -> Codes:
        found = pc.index_in(texts, value_set=self.known)
        found = pc.if_else(pc.is_valid(texts), found, None)
        codes: Codes = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        return codes
