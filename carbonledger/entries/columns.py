"""Columns of Arrow over the arrays of entries: what follows from a case is worked out by case."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine import Cases
from carbonledger.method import Codes, Mask

CODE = pa.dictionary(pa.int32(), pa.string())
FIRST = 2_048
Bits: TypeAlias = "pa.Buffer | None"
"""Where a column has anything, as Arrow packs it; None where it has all over."""


def bits_of(present: Mask) -> Bits:
    """The same of a truth value a row."""
    if present.all():
        return None
    return pa.py_buffer(np.packbits(present, bitorder="little"))


def numbers(values: NDArray[Any], bits: Bits) -> pa.Array:
    """Numbers as they lie in memory, where they are present."""
    values = np.ascontiguousarray(values)
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [bits, pa.py_buffer(values)])


def coded(codes: Codes, names: tuple[str, ...]) -> pa.Array:
    """Codes of rows, -1 for none, with the names that occur in order."""
    if not names:
        return pa.nulls(len(codes), CODE)
    place, texts = _in_order(names, _used(codes, len(names)))
    own = codes if np.array_equal(place[:-1], _count(len(names))) else place.take(codes)
    return _dictionary(own, bits_of(codes >= 0) if codes.min(initial=0) < 0 else None, texts)


def _used(codes: Codes, names: int) -> Mask:
    """Which names occur; where there are few, the first rows show them all."""
    for some in (codes[:FIRST], codes):
        used = np.bincount(some + 1, minlength=names + 1)[1:] > 0  # what stands first is none
        if used.all():
            break
    return used


def constant(size: int, name: str) -> pa.Array:
    """One name for all rows."""
    return _dictionary(np.zeros(size, np.int32), None, pa.array([name], pa.string()))


class ByCase:
    """Columns whose values follow from the case of an entry, for the cases that occur."""

    def __init__(self, cases: Cases, case: Rows) -> None:
        occurs = np.bincount(case, minlength=len(cases.reason)) > 0
        self.cases = cases.take(np.flatnonzero(occurs))
        self._case = (np.cumsum(occurs) - 1).take(case)
        self._bits: dict[bytes, Bits] = {}

    def bits(self, present: Mask) -> Bits:
        """Where the entries have anything, of a truth value a case."""
        key = present.tobytes()
        if key not in self._bits:
            everywhere = bool(present.all())
            self._bits[key] = None if everywhere else bits_of(present.take(self._case))
        return self._bits[key]

    def numbers(self, values: NDArray[Any], present: Mask) -> pa.Array:
        """Numbers, of one a case."""
        if not present.any():
            return pa.nulls(len(self._case), pa.from_numpy_dtype(values.dtype))
        return numbers(values.take(self._case), self.bits(present))

    def coded(self, codes: NDArray[Any], names: tuple[str, ...]) -> pa.Array:
        """Names, of a code a case, -1 for none."""
        if not names:
            return pa.nulls(len(self._case), CODE)
        used = np.zeros(len(names) + 1, np.bool_)
        used[codes] = True
        place, texts = _in_order(names, used[:-1])
        return _dictionary(place[codes].take(self._case), self.bits(codes >= 0), texts)


def _dictionary(codes: Codes, bits: Bits, names: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(numbers(codes, bits), names, safe=False)


def _in_order(names: tuple[str, ...], used: Mask) -> tuple[Codes, pa.Array]:
    """Where each name stands among those used, which are in order, and these."""
    order, texts = _sorted(names)
    kept = used[order]
    place = np.zeros(len(names) + 1, np.int32)
    place[order[kept]] = _count(int(kept.sum()))
    return place, texts if kept.all() else texts.filter(pa.array(kept))


@lru_cache(maxsize=64)
def _sorted(names: tuple[str, ...]) -> tuple[Rows, pa.Array]:
    """The places of names in their order, and the names so."""
    texts = pa.array(names, pa.string())
    order = pc.sort_indices(texts)
    return order.to_numpy().astype(np.intp), texts.take(order)


def _count(size: int) -> Codes:
    return np.arange(size, dtype=np.int32)
