"""Batches brought together as one, each column growing in place: there are millions of rows."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.batch import Batch, Column, Key, Mask, Packed, with_nobody
from carbonledger.intake.coded import present

_FEW = (1 << 15) - 1
"""Names whose codes two bytes hold, beside -1 for none."""


class Gathered:
    """Batches of one kind, taken in one by one, of so many rows as are expected at least.

    ``batch()`` is what stands in the end.
    """

    def __init__(self, expected: int = 0) -> None:
        self._size, self._expected, self._begun = 0, expected, False
        self._columns: dict[str, tuple[_Grown, _Marks]] = {}
        self._keys: dict[str, _Codes] = {}
        self._links: dict[str, _Grown] = {}
        self._flags: dict[str, _Grown] = {}
        """Names whose flags are the same so far have one column of them."""

    def add(self, batch: Batch) -> None:
        """Take a batch in; all of them have the same columns."""
        if not self._begun:
            self._begin(batch)
        self._size += batch.size
        for name, column in batch.columns.items():
            values, marks = self._columns[name]
            values.add(column.values)
            marks.add(column.present)
        for name, key in batch.keys.items():
            self._keys[name].add(key)
        for name, link in batch.links.items():
            self._links[name].add(link)
        self._add_flags(batch)

    def _begin(self, batch: Batch) -> None:
        self._begun, room = True, self._expected
        self._columns = {n: (_Grown(room), _Marks(room)) for n in batch.columns}
        self._keys = {n: _Codes(room) for n in batch.keys}
        self._links = {n: _Grown(room) for n in batch.links}
        self._flags = dict.fromkeys(batch.flags, _Grown(room))

    def _add_flags(self, batch: Batch) -> None:
        together: dict[int, list[str]] = {}
        for name, grown in self._flags.items():
            together.setdefault(id(grown), []).append(name)
        for names in together.values():
            names.sort(key=lambda n: id(batch.flags[n]))
            grown = self._flags[names[0]]
            for _, some in groupby(names, key=lambda n: id(batch.flags[n])):
                alike = list(some)
                own = grown if len(alike) == len(names) else grown.copy()
                own.add(batch.flags[alike[0]])
                self._flags |= dict.fromkeys(alike, own)

    def batch(self) -> Batch:
        """All rows so far; nothing can be taken in any more."""
        made = {id(grown): grown.values() for grown in self._flags.values()}
        return Batch(
            self._size,
            {n: marks.column(grown.values()) for n, (grown, marks) in self._columns.items()},
            {n: key.key() for n, key in self._keys.items()},
            {n: link.values() for n, link in self._links.items()},
            {n: made[id(grown)] for n, grown in self._flags.items()},
        )


def joined(batches: Iterable[Batch]) -> Batch:
    """Batches of one kind as one."""
    made = Gathered()
    for batch in batches:
        made.add(batch)
    return made.batch()


class Texts:
    """Texts taken in part by part, held as one column of Arrow."""

    def __init__(self, expected: int = 0) -> None:
        self._expected = expected
        self._bytes, self._lengths, self._known = (_Grown(expected) for _ in range(3))
        self._count = 0

    def add(self, texts: pa.Array) -> None:
        """Take some in."""
        _, offsets, data = texts.buffers()
        edges = np.frombuffer(offsets, np.int32, len(texts) + 1, 4 * texts.offset)
        if not self._count and len(texts):
            mean = -(-int(edges[-1] - edges[0]) // len(texts))
            self._bytes = _Grown(mean * self._expected)
        lengths = np.diff(edges)
        alike = bool(len(lengths)) and lengths.min() == lengths.max()
        self._lengths.add(np.broadcast_to(lengths[:1], lengths.shape) if alike else lengths)
        self._bytes.add(np.frombuffer(data or b"", np.uint8)[edges[0] : edges[-1]])
        self._known.add(present(texts))
        self._count += len(texts)

    def column(self) -> pa.Array:
        """All of them; of texts of one length, as most codes are, their bytes alone."""
        if not self._count:
            return pa.array([], pa.string())
        known, lengths, blanks = self._known.values(), self._lengths.values(), None
        data = pa.py_buffer(np.ascontiguousarray(self._bytes.values()))
        if known.all() and lengths.strides == (0,) and lengths[0]:
            return pa.Array.from_buffers(pa.binary(int(lengths[0])), self._count, [None, data])
        if not known.all():
            blanks = pa.py_buffer(np.packbits(known, bitorder="little"))
        ends = self._lengths.whole().cumsum(dtype=np.int32)
        return pa.StringArray.from_buffers(self._count, pa.py_buffer(ends), data, blanks)


class _Grown:
    """A column that grows: one value as long as it stands everywhere, then all of them."""

    def __init__(self, expected: int) -> None:
        self._expected, self._size = expected, 0
        self._one: NDArray[Any] = np.zeros(1, np.bool_)
        self._whole: NDArray[Any] | None = None
        """Room for all that is expected, and before it for nobody."""

    def add(self, part: NDArray[Any]) -> None:
        """Put a part behind the others."""
        if not len(part):
            self._one = self._one if self._size else np.zeros(1, part.dtype)
            return
        size = self._size + len(part)
        if part.dtype == np.bool_ and part.all() == part.any():
            part = np.broadcast_to(part[0], len(part))
        if not self._size and part.strides == (0,):
            self._one = part[:1].copy()
        elif self._whole is not None or not self._agrees(part):
            self._roomy(size, part.dtype)[self._size + 1 : size + 1] = part
        self._size = size

    def _agrees(self, part: NDArray[Any]) -> bool:
        """Whether the part is the one value that stands everywhere before it."""
        one = self._one
        return part.strides == (0,) and one.dtype == part.dtype and bool(one[0] == part[0])

    def _roomy(self, size: int, kind: Any) -> NDArray[Any]:
        """Room for so many values of a type that holds one more kind."""
        whole = self._whole
        if whole is None or len(whole) <= size or np.result_type(whole, kind) != whole.dtype:
            wider = np.result_type(self._one if whole is None else whole, kind)
            room = with_nobody(
                max(self._expected, size + size // 2 * (size > self._expected)), wider
            )
            room[1 : self._size + 1] = self._one if whole is None else whole[1 : self._size + 1]
            self._whole = whole = room
        return whole

    def whole(self) -> NDArray[Any]:
        """The values behind one of zero for nobody."""
        return self._roomy(self._size, self._one.dtype)[: self._size + 1]

    def values(self) -> NDArray[Any]:
        """All of them; what is one value everywhere is held once."""
        if self._whole is None:
            return np.broadcast_to(self._one[0], self._size)
        whole = self._whole
        if len(whole) > self._size + 1:
            whole = whole[: self._size + 1].copy()
        return whole[1:]

    def copy(self) -> _Grown:
        """The same, to grow by itself."""
        own = copy(self)
        own._whole = None if self._whole is None else self._whole.copy()
        return own


class _Marks:
    """Marks of presence, eight of them a byte unless they are one everywhere."""

    def __init__(self, expected: int) -> None:
        self._bits = _Grown(expected // 8 + 1)
        self._rest = np.zeros(0, np.bool_)
        """Fewer than eight, for which there is no whole byte yet."""

    def add(self, part: Mask) -> None:
        marks = np.concatenate([self._rest, part])
        whole = len(marks) // 8 * 8
        self._put(np.packbits(marks[:whole], bitorder="little"))
        self._rest = marks[whole:]

    def _put(self, bits: NDArray[np.uint8]) -> None:
        alike = bool(len(bits)) and bits.min() == bits.max()
        self._bits.add(np.broadcast_to(bits[:1], bits.shape) if alike else bits)

    def column(self, values: NDArray[Any]) -> Column:
        """The column of some values that these are the marks of; nothing can be added any more."""
        bits, rest = self._bits.values(), self._rest
        ends = {*(bits[:1].tolist() if bits.strides == (0,) else [-1]), *(rest * 255).tolist()}
        if len(bits) + len(rest) and ends in ({0}, {255}):
            return Column(values, np.broadcast_to(np.bool_(255 in ends), len(values)))
        self._put(np.packbits(rest, bitorder="little"))
        return Packed(values, self._bits.values().view(np.bool_))


class _Codes:
    """A column of codes, in two bytes each where these are enough for all names.

    Each name has one code, whatever it was in its part.
    """

    def __init__(self, expected: int) -> None:
        self._codes = _Grown(expected)
        self._names: dict[str, int] = {}

    def add(self, key: Key) -> None:
        slots = [self._names.setdefault(name, len(self._names)) for name in key.names]
        kind = np.int16 if len(self._names) <= _FEW else np.int32
        codes: NDArray[Any] = key.codes
        if slots != list(range(len(slots))):
            codes = np.array([*slots, -1], kind)[codes]
        once = codes.strides == (0,)  # one code everywhere stays held once
        narrow: NDArray[Any] = (codes[:1] if once else codes).astype(kind, copy=False)
        self._codes.add(np.broadcast_to(narrow, codes.shape))

    def key(self) -> Key:
        return Key(self._codes.values(), tuple(self._names))
