"""Looking factors up for the rows of a batch: each distinct combination of codes once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows, alike_by_piece
from carbonledger.method import Array, Batch, Codes, Flag, Key


class Found(Protocol):
    """What a factor look-up answers, one element a key."""

    @property
    def values(self) -> Array:
        """Factors in canonical units, grams per fen, tonne, cubic metre or megajoule."""

    @property
    def row(self) -> Codes:
        """The factor's place in the library, -1 where none answered."""

    @property
    def flags(self) -> NDArray[np.uint8]:
        """Bits: a parent code answered, stale, unsure, caveat."""


class FactorSource(Protocol):
    """Where factors come from, as known on a date and for a year."""

    def find(self, kind: str, keys: Mapping[str, Sequence[str | None]]) -> Found:
        """Look one factor up a position of the equally long key sequences."""

    def alike(self, kind: str, key: str, names: Sequence[str]) -> Sequence[int]:
        """For each code the first of the names that is answered alike."""


_FACTOR_FLAGS = (Flag.FACTOR_PARENT, Flag.FACTOR_STALE, Flag.FACTOR_UNSURE, Flag.FACTOR_CAVEAT)
_OF_BITS = np.array([sum(f for k, f in enumerate(_FACTOR_FLAGS) if bits >> k & 1)
                     for bits in range(256)], np.uint32)  # fmt: skip
"""The flags that each combination of bits means."""


def flags_of_factor(found: Found) -> NDArray[np.uint32]:
    """A look-up's own bits as the flags of an entry."""
    return _OF_BITS.take(found.flags)


@dataclass(frozen=True)
class _Looked:
    values: Array
    row: Codes
    flags: NDArray[np.uint8]


@dataclass(frozen=True)
class Lookup:
    """The distinct combinations of codes that some rows ask a kind of factor for, of any scope.

    ``of`` is the combination of each row.
    """

    factors: FactorSource
    kind: str
    scoped: bool
    wanted: Mapping[str, Sequence[str | None]]
    size: int
    of: NDArray[np.integer[Any]]

    def distinct(self, scope: str) -> Found:
        """The answers to the distinct combinations."""
        scopes = {"scope": [scope] * self.size} if self.scoped else {}
        return self.factors.find(self.kind, {**self.wanted, **scopes})

    def each(self, scope: str) -> Found:
        """The answers to every row."""
        return _taken(self.distinct(scope), self.of)

    def of_rows(self, distinct: Found, rows: Rows) -> Found:
        """The answers to some rows, of those to the distinct combinations."""
        return _taken(distinct, self.of.take(rows))


def _taken(found: Found, at: NDArray[np.integer[Any]]) -> Found:
    at = at.astype(np.intp, copy=False)  # else each of them would make it so for itself
    return _Looked(found.values.take(at), found.row.take(at), found.flags.take(at))


def lookup(factors: FactorSource, kind: str, keys: Sequence[str], rows: Batch) -> Lookup:
    """What rows ask of a kind of factor, worked out once; codes answered alike are asked once."""
    asked = (id(factors), kind, tuple(keys))
    if asked not in rows.kept:
        named = [name for name in keys if name != "scope"]
        asked_by = {name: key_of(rows, name) for name in named}
        plain = [name.partition("=")[0] for name in named]
        first = [_first_alike(factors, kind, name, asked_by[own])
                 for name, own in zip(plain, named, strict=True)]  # fmt: skip
        pairs = list(zip(first, asked_by.values(), strict=True))
        of, some, each = alike_by_piece(
            lambda part: [least.take(key.codes[part], mode="wrap") for least, key in pairs],
            rows.size,
        )
        wanted = {}
        for name, codes, key in zip(plain, each, asked_by.values(), strict=True):
            names = (*key.names, None)
            wanted[name] = [names[code] for code in codes.tolist()]
        rows.kept[asked] = Lookup(factors, kind, "scope" in keys, wanted, len(some), of)
    found: Lookup = rows.kept[asked]
    return found


def key_of(rows: Batch, name: str) -> Key:
    """The codes that a factor is asked by: those of a key, or the one that an option fixes."""
    _, fixed, code = name.partition("=")
    return Key(np.zeros(rows.size, np.int32), (code,)) if fixed else rows.keys[name]


def find(factors: FactorSource, kind: str, keys: Sequence[str], scope: str, rows: Batch) -> Found:
    """Look a factor up for every row."""
    return lookup(factors, kind, keys, rows).each(scope)


def _first_alike(factors: FactorSource, kind: str, name: str, key: Key) -> Codes:
    """For each code the first that is answered alike; behind them -1 for none."""
    return np.array([*factors.alike(kind, name, key.names), -1], np.int32)
