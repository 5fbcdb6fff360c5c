"""What entities emit: grams of their own, and what many of them have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger.method import SCOPES, Array, Codes, Option

SEVERAL = -2
"""In place of a factor's row: several factors answered, ``explain`` lists them."""


class Ways(NamedTuple):
    """How entities are estimated, an element a way: few, however many the entities.

    Arrays have a row per scope of ``SCOPES``; an option of -1 means that none answered.
    """

    option: NDArray[np.int8]
    factor: Codes
    flags: NDArray[np.uint32]
    missing: NDArray[np.uint8]
    """Why scope 1 and 2 have no answer."""

    @classmethod
    def of(cls, columns: Sequence[NDArray[Any]]) -> Ways:
        """Those whose columns, a scope at a time, are given one behind the other."""
        count = len(SCOPES)
        option, factor, flags = (
            np.stack(columns[k : k + count]) for k in range(0, 3 * count, count)
        )
        return cls(option, factor, flags, columns[-1])

    @property
    def columns(self) -> list[NDArray[Any]]:
        """Its columns, a scope at a time."""
        return [*self.option, *self.factor, *self.flags, self.missing]

    def take(self, at: NDArray[np.integer[Any]]) -> Ways:
        """Some of the ways, in the order given."""
        return Ways._make(part.take(at, axis=-1) for part in self)

    def before(self, others: Ways) -> Ways:
        """These, and others behind them."""
        return Ways.of([np.append(a, b) for a, b in zip(self.columns, others.columns, strict=True)])

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
    way: NDArray[np.integer[Any]]
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


NOBODY = Ways(np.full((len(SCOPES), 1), -1, np.int8), np.full((len(SCOPES), 1), -1, np.int32),
              np.zeros((len(SCOPES), 1), np.uint32), np.zeros(1, np.uint8))  # fmt: skip
"""How who is no entity is estimated: not at all."""
