"""Columns that are made only where somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

import pyarrow as pa


class Lazy(Mapping[str, pa.Array]):
    """Columns that are made when they are first asked for, but for those that are given."""

    def __init__(
        self, names: Collection[str], make: Callable[[str], pa.Array],
        given: Mapping[str, pa.Array] | None = None,
    ) -> None:  # fmt: skip
        self.given: Mapping[str, pa.Array] = given or {}
        self._names = dict.fromkeys([*names, *self.given])
        self._make = make
        self._made = dict(self.given)

    def __getitem__(self, name: str) -> pa.Array:
        if name not in self._made:
            if name not in self._names:
                raise KeyError(name)
            self._made[name] = self._make(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def over(columns: Mapping[str, pa.Array], given: Mapping[str, pa.Array]) -> Mapping[str, pa.Array]:
    """The columns with others over them, none of them made for it."""
    return Lazy(columns, columns.__getitem__, given) if given else columns
