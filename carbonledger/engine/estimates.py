"""What entities emit: grams of their own, and what many of them have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows, alike
from carbonledger.batch import with_nobody
from carbonledger.method import SCOPES, Array, Codes, Option


class Ways(NamedTuple):
    """How entities are estimated, an element a way: few, however many the entities.

    Arrays have a row per scope of ``SCOPES``; an option of -1 means that none answered.
    """

    option: NDArray[np.int8]
    factor: Codes
    flags: NDArray[np.uint32]
    missing: NDArray[np.uint8]
    """Why scope 1 and 2 have no answer."""

    def take(self, at: Rows | Codes) -> Ways:
        """Some of the ways, in the order given."""
        return Ways._make(part.take(at, axis=-1) for part in self)

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Where an option answered."""
        found: NDArray[np.bool_] = self.option >= 0
        return found


@dataclass(frozen=True)
class Estimates:
    """Grams per scope and entity, and the way that each is estimated; the first is nobody's.

    ``grams`` has an array a scope of ``SCOPES``. Scope 12 answers only where 1 and 2 do not both.
    """

    options: tuple[Option, ...]
    grams: tuple[Array, ...]
    way: Codes
    ways: Ways

    @property
    def option(self) -> NDArray[np.int8]:
        """The option that answered, a row a scope."""
        return self.ways.option.take(self.way, axis=1)

    @property
    def factor(self) -> Codes:
        """The factor that it used, likewise."""
        return self.ways.factor.take(self.way, axis=1)

    @property
    def flags(self) -> NDArray[np.uint32]:
        """The flags that come of it, likewise."""
        return self.ways.flags.take(self.way, axis=1)


_NOBODY = Ways(np.full((len(SCOPES), 1), -1, np.int8), np.full((len(SCOPES), 1), -1, np.int32),
               np.zeros((len(SCOPES), 1), np.uint32), np.zeros(1, np.uint8))  # fmt: skip


class Gathered:
    """Estimates of so many entities, put in piece by piece."""

    def __init__(self, options: Sequence[Option], size: int) -> None:
        self._options, self._size = tuple(options), size
        self._grams: list[Array | None] = [None] * len(SCOPES)
        self._way = with_nobody(size, np.int32)
        self._ways = [_NOBODY]
        self._count = 1

    def put(self, rows: slice, grams: Array, each: Ways) -> None:
        """Take in some entities: their grams, a row a scope, and how each is estimated."""
        of, some = alike([*each.option, *each.factor, *each.flags, each.missing], grams.shape[1])
        self._way[1:][rows] = of + self._count
        self._ways.append(each.take(some))
        self._count += len(some)
        for k, own in enumerate(grams):
            if self._ways[-1].answered[k].any():
                whole = self._grams[k]
                if whole is None:
                    whole = self._grams[k] = with_nobody(self._size, np.float64)
                whole[1:][rows] = own

    def estimates(self) -> Estimates:
        """What was put in, each way of all pieces once."""
        ways = Ways._make(np.concatenate(part, axis=-1) for part in zip(*self._ways, strict=True))
        of, some = alike([*ways.option, *ways.factor, *ways.flags, ways.missing], self._count)
        number, nobody = np.arange(len(some), dtype=np.int32), int(of[0])
        for swapped in (number, some):
            swapped[[0, nobody]] = swapped[[nobody, 0]]
        self._way = number[of].take(self._way)
        nothing = np.broadcast_to(np.float64(0), self._size)
        grams = tuple(nothing if whole is None else whole[1:] for whole in self._grams)
        return Estimates(self._options, grams, self._way[1:], ways.take(some))
