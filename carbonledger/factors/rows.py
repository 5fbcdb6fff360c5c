"""The rows of all tables that may answer, in one order; a row is made when somebody asks for it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple, overload

import numpy as np

from carbonledger.factors.columns import Columns
from carbonledger.factors.sets import FactorRow


class Part(NamedTuple):
    """The rows of one table that may answer, by their place in it."""

    columns: Columns
    at: list[int]

    def without(self, above: Part) -> Part:
        """What is left below a table laid over this one: rows of other keys and years."""
        laid = {(above.columns.keys[n], above.columns.years[n]) for n in above.at}
        keys, years = self.columns.keys, self.columns.years
        return Part(self.columns, [n for n in self.at if (keys[n], years[n]) not in laid])


class Rows(Sequence[FactorRow]):
    """All rows in one sequence; the place of a row is its reference in entries."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.starts = [0, *accumulate(len(part.at) for part in parts)]
        values = [part.columns.canonical[n] for part in parts for n in part.at]
        self.canonical = np.array([*values, np.nan])
        """Values in canonical units; the last is that of no row."""

    def __len__(self) -> int:
        return self.starts[-1]

    @overload
    def __getitem__(self, at: int) -> FactorRow: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[FactorRow]: ...

    def __getitem__(self, at: int | slice) -> FactorRow | Sequence[FactorRow]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        if not 0 <= at < len(self):
            raise IndexError(at)
        columns, n = self.found(at)
        return columns[n]

    def found(self, at: int) -> tuple[Columns, int]:
        """The table of a row and its place in it, without making the row."""
        k = bisect_right(self.starts, at) - 1
        part = self.parts[k]
        return part.columns, part.at[at - self.starts[k]]

    def __eq__(self, other: object) -> bool:
        return tuple(self) == other if isinstance(other, tuple) else self is other

    __hash__ = None  # type: ignore[assignment]

    def of_set(self, set_id: str) -> Iterator[FactorRow]:
        """The rows of one set, without making those of others."""
        for start, part in zip(self.starts, self.parts, strict=False):
            if part.columns.set.id == set_id:
                yield from (self[start + n] for n in range(len(part.at)))
