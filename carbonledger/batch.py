"""Rows of encoded columns, as intake makes them and the engine takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Grams = NDArray[np.int64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.int32]


class Column(NamedTuple):
    """Values of one column and where they are present; a value that is absent means nothing."""

    values: NDArray[np.generic]
    present: Mask

    def rows(self, rows: NDArray[np.intp] | slice) -> Column:
        """Some of its rows."""
        return Column(self.values[rows], self.present[rows])


class Packed(Column):
    """A column of millions of rows; made with its marks of presence in eight bits a byte."""

    __slots__ = ()

    @property
    def present(self) -> Mask:
        """The marks, unpacked."""
        return self._unpacked(0, len(self.values))

    def rows(self, rows: NDArray[np.intp] | slice) -> Column:
        """Some of its rows, unpacked."""
        if isinstance(rows, slice):
            return Column(self.values[rows], self._unpacked(rows.start, rows.stop))
        return super().rows(rows)

    def _unpacked(self, start: int, stop: int) -> Mask:
        first = start // 8
        bits = self[1].view(np.uint8)[first : -(-stop // 8)]
        marks = np.unpackbits(bits, count=stop - 8 * first, bitorder="little")
        return marks[start - 8 * first :].view(np.bool_)


class Key(NamedTuple):
    """A column of codes: ``names[codes[i]]`` is row i's code, -1 means it has none."""

    codes: Codes
    names: tuple[str, ...]


def nobody_first(values: NDArray[Any]) -> NDArray[Any]:
    """A column behind one of zero, for rows that have no entity; as it lies where that is so."""
    whole = values.base
    if isinstance(whole, np.ndarray) and whole.shape == (len(values) + 1,) and not whole[0]:
        behind = whole[1:]
        if behind.dtype == values.dtype and behind.ctypes.data == values.ctypes.data:
            return whole
    if values.strides == (0,) and len(values) and not values[0]:
        return np.broadcast_to(values[0], len(values) + 1)
    whole = with_nobody(len(values), values.dtype)
    whole[1:] = values
    return whole


def nowhere(marks: NDArray[Any]) -> bool:
    """Whether a column is zero, or false, everywhere and so held once."""
    return marks.strides == (0,) and not marks[:1].any()


def with_nobody(size: int, kind: Any) -> NDArray[Any]:
    """Zeros for so many entities, and one before them for nobody."""
    return np.zeros(size + 1, kind)


@dataclass(frozen=True)
class Batch:
    """Rows of encoded columns: numbers with their presence, and codes for look-ups and groups."""

    size: int
    columns: Mapping[str, Column] = field(default_factory=dict)
    keys: Mapping[str, Key] = field(default_factory=dict)
    links: Mapping[str, Codes] = field(default_factory=dict)
    """Row of the entity of each kind (counterparty, property) that belongs to a row; -1 is none."""
    flags: Mapping[str, NDArray[np.uint32]] = field(default_factory=dict)
    """Flags that come with a column or key: whoever uses it hands them on."""
    kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """What was worked out of the rows already, so that it need not be again."""

    def take(self, rows: NDArray[np.intp]) -> Batch:
        """Some of the rows, in the order given."""
        return self._of(rows, len(rows))

    def part(self, rows: slice) -> Batch:
        """Some of the rows as they lie, or the same where these are all."""
        whole = rows == slice(0, self.size)
        return self if whole else self._of(rows, rows.stop - rows.start)

    def _of(self, rows: NDArray[np.intp] | slice, size: int) -> Batch:
        return Batch(
            size,
            {n: c.rows(rows) for n, c in self.columns.items()},
            {n: Key(k.codes[rows], k.names) for n, k in self.keys.items()},
            {n: link[rows] for n, link in self.links.items()},
            {n: flags[rows] for n, flags in self.flags.items()},
        )
