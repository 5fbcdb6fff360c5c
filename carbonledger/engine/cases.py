"""Cases: all that entries have in common besides their figures and the factors behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows, alike
from carbonledger.method import Flag, Mask
from carbonledger.outcomes import REASONS

Bits = NDArray[np.uint32]
Made = TypeVar("Made")

REASON = {name: code for code, name in enumerate(REASONS)}
"""The code of each reason."""


@dataclass(frozen=True, eq=False)
class Cases:
    """What entries of a standard can be, one element a case: few, however many the entries.

    ``option`` has a row per scope 1, 2, 3 and ``score`` one for 1+2 and one for 3, in hundredths.
    Where ``split`` is false a figure holds scope 1 and 2 together. Options are indices of
    ``Standard.option_names``, -1 for none.
    """

    page: NDArray[np.int8]
    share_rule: NDArray[np.int8]
    reason: NDArray[np.uint8]
    flags: Bits
    split: Mask
    covered3: Mask
    option: NDArray[np.int8]
    score: NDArray[np.uint16]
    _kept: dict[object, Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What was worked out of the cases already."""

    def take(self, at: Rows) -> Cases:
        """Some of the cases, in the order given, in arrays of their own."""
        return Cases(*(part.take(at, axis=-1) for part in self.parts()))

    def flagged(self, flag: Flag) -> Cases:
        """The same cases with a flag more wherever anything is computed."""
        bits = np.where((self.reason == 0) | self.covered3, np.uint32(flag), np.uint32(0))
        return replace(self, flags=self.flags | bits) if flag else self

    def left_out(self, reason: NDArray[np.uint8]) -> Cases:
        """The same positions without any figure, each for a reason."""
        nothing: dict[str, Any] = {
            name: np.full_like(getattr(self, name), blank)
            for name, blank in (("share_rule", -1), ("split", False), ("covered3", False),
                                ("option", -1), ("score", 0), ("flags", 0))
        }  # fmt: skip
        return replace(self, reason=reason, **nothing)

    def distinct(self) -> tuple[Rows, Cases]:
        """The number of each case among those that differ, and these."""
        of, some = alike(_columns(*self.parts()), len(self.reason))
        return of, self.take(some)

    @property
    def told_alike(self) -> tuple[Rows, Rows]:
        """The group of each case, of cases that agree in everything, and a case of each group."""
        return self.derived("told", lambda c: alike(_columns(*c.parts()), len(c.reason)))

    def derived(self, name: object, make: Callable[[Cases], Made]) -> Made:
        """What follows from the cases, worked out once."""
        if name not in self._kept:
            self._kept[name] = make(self)
        found: Made = self._kept[name]
        return found

    @property
    def pieces(self) -> Sequence[Cases]:
        """The tables that these were joined of, most of which come again with every batch."""
        pieces: Sequence[Cases] = self._kept.get("pieces", (self,))
        return pieces

    def by_piece(self, name: object, make: Callable[[Cases], NDArray[Any]]) -> NDArray[Any]:
        """What follows from each case, worked out once of each piece."""
        return np.concatenate([piece.derived(name, make) for piece in self.pieces])

    def parts(self) -> list[NDArray[Any]]:
        """Its arrays in order."""
        return [getattr(self, f.name) for f in fields(self) if f.init]


def _columns(*parts: NDArray[Any]) -> list[NDArray[Any]]:
    return [row for part in parts for row in np.atleast_2d(part)]


def joined(tables: Sequence[Cases]) -> Cases:
    """Several tables of cases, one behind the other."""
    parts = zip(*(table.parts() for table in tables), strict=True)
    whole = Cases(*(np.concatenate(part, axis=-1) for part in parts))
    whole._kept["pieces"] = [piece for table in tables for piece in table.pieces]
    return whole


WITHOUT_PAGE = ("class_not_in_standard", "no_asset_class", "optional_in_standard",
                "out_of_scope", "undrawn_not_described")  # fmt: skip
"""Why no page of a standard takes a position."""


@cache
def without_page() -> Cases:
    """The cases of positions that no page of a standard takes."""
    reason = np.array([REASON[why] for why in WITHOUT_PAGE], np.uint8)
    size = len(reason)
    blank = np.zeros(size, np.int8)
    bits, nothing = np.zeros(size, np.uint32), np.zeros(size, np.bool_)
    rows, scores = np.zeros((3, size), np.int8), np.zeros((2, size), np.uint16)
    return Cases(blank - 1, blank, reason, bits, nothing, nothing, rows, scores).left_out(reason)
