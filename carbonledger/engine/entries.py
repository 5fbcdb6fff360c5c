"""What attribute() makes: the entries of a batch of positions under one standard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows, alike
from carbonledger.method import Array, Codes, Flag, Grams, Mask
from carbonledger.outcomes import REASONS

Bits = NDArray[np.uint32]

REASON = {name: code for code, name in enumerate(REASONS)}
"""The code of each reason."""


@dataclass(frozen=True)
class Cases:
    """All that entries have in common besides their figures, one element a case.

    ``option`` and ``factor`` have a row per scope 1, 2, 3 and ``score`` one for 1+2 and one for 3,
    in hundredths. ``share_factor`` is the factor that the share took, -1 for none.
    Where ``split`` is false a figure holds scope 1 and 2 together. Options are indices of
    ``Standard.option_names``, factors rows of the factor library, -1 for none.
    """

    page: NDArray[np.int8]
    share_rule: NDArray[np.int8]
    reason: NDArray[np.uint8]
    flags: Bits
    split: Mask
    covered3: Mask
    option: NDArray[np.int8]
    score: NDArray[np.uint16]
    factor: Codes
    share_factor: Codes
    _kept: dict[str, Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What was worked out of the cases already; ``tables`` are those that they were joined of."""

    def take(self, at: Rows) -> Cases:
        """Some of the cases, in the order given, in arrays of their own."""
        return Cases(*(part.take(at, axis=-1) for part in self.parts()))

    def where(self, kept: Mask, other: Cases) -> Cases:
        """The marked cases, and in place of the rest those of another table."""
        pairs = zip(self.parts(), other.parts(), strict=True)
        return Cases(*(np.where(kept, mine, theirs) for mine, theirs in pairs))

    def flagged(self, flag: Flag) -> Cases:
        """The same cases with a flag more wherever anything is computed."""
        bits = np.where((self.reason == 0) | self.covered3, np.uint32(flag), np.uint32(0))
        return replace(self, flags=self.flags | bits) if flag else self

    def left_out(self, reason: NDArray[np.uint8]) -> Cases:
        """The same positions without any figure, each for a reason."""
        nothing: dict[str, Any] = {
            name: np.full_like(getattr(self, name), blank)
            for name, blank in (("share_rule", -1), ("split", False), ("covered3", False),
                                ("option", -1), ("score", 0), ("factor", -1),
                                ("share_factor", -1))
        }  # fmt: skip
        return replace(self, reason=reason, **nothing)

    def distinct(self) -> tuple[Rows, Cases]:
        """The number of each case among those that differ, and these."""
        of, some = alike([row for part in self.parts() for row in np.atleast_2d(part)],
                         len(self.reason))  # fmt: skip
        return of, self.take(some)

    @property
    def starts(self) -> list[int]:
        """Where each of the tables that it was joined of begins, and where the last ends."""
        tables: tuple[Cases, ...] = self._kept.get("tables", (self,))
        return [0, *accumulate(len(table.reason) for table in tables)]

    @property
    def counted_alike(self) -> tuple[Rows, Rows]:
        """The group of each case, of cases that no total tells apart, and a case of each group."""
        return self._alike("counted", lambda c: [
            c.page, c.reason, c.flags, c.split, c.covered3, *c.option, *c.score
        ])  # fmt: skip

    @property
    def told_alike(self) -> tuple[Rows, Rows]:
        """The same of cases that an entry's names, flags and scores do not tell apart."""
        return self._alike("told", lambda c: [
            c.page, c.share_rule, c.reason, c.flags, c.split, c.covered3, *c.option, *c.score
        ])  # fmt: skip

    def _alike(
        self, name: str, columns: Callable[[Cases], list[NDArray[Any]]]
    ) -> tuple[Rows, Rows]:
        if name not in self._kept:
            tables: tuple[Cases, ...] = self._kept.get("tables", ())
            if tables:
                each = [table._alike(name, columns) for table in tables]
                rows, groups = ([0, *accumulate(len(part[k]) for part in each)] for k in (0, 1))
                some = np.concatenate([s + n for (_, s), n in zip(each, rows, strict=False)])
                of, fewer = alike(columns(self.take(some)), len(some))
                all_ = np.concatenate([g + n for (g, _), n in zip(each, groups, strict=False)])
                self._kept[name] = of[all_], some[fewer]
            else:
                self._kept[name] = alike(columns(self), len(self.reason))
        found: tuple[Rows, Rows] = self._kept[name]
        return found

    def derived(self, name: str, make: Callable[[Cases], NDArray[Any]]) -> NDArray[Any]:
        """What follows from each case, worked out once; of joined tables table by table."""
        if name not in self._kept:
            tables: tuple[Cases, ...] = self._kept.get("tables", ())
            self._kept[name] = (
                np.concatenate([t.derived(name, make) for t in tables], axis=-1) if tables
                else make(self)
            )  # fmt: skip
        found: NDArray[Any] = self._kept[name]
        return found

    def parts(self) -> list[NDArray[Any]]:
        """Its arrays in order."""
        return [getattr(self, f.name) for f in fields(self) if f.init]


def joined(tables: Sequence[Cases]) -> Cases:
    """Several tables of cases, one behind the other."""
    parts = zip(*(table.parts() for table in tables), strict=True)
    whole = Cases(*(np.concatenate(part, axis=-1) for part in parts))
    whole._kept["tables"] = tuple(tables)
    return whole


WITHOUT_PAGE = ("class_not_in_standard", "no_asset_class", "optional_in_standard",
                "out_of_scope")  # fmt: skip
"""Why no page of a standard takes a position."""


@cache
def without_page() -> Cases:
    """The cases of positions that no page of a standard takes."""
    reason = np.array([REASON[why] for why in WITHOUT_PAGE], np.uint8)
    size = len(reason)
    blank = np.zeros(size, np.int8)
    bits, nothing = np.zeros(size, np.uint32), np.zeros(size, np.bool_)
    rows, scores = np.zeros((3, size), np.int8), np.zeros((2, size), np.uint16)
    cases = Cases(blank - 1, blank, reason, bits, nothing, nothing, rows, scores,
                  rows.astype(np.int32), blank.astype(np.int32))  # fmt: skip
    return cases.left_out(reason)


@dataclass(frozen=True)
class Worked:
    """The case of each of some positions, and the figures that came of its share.

    ``grams`` has a row per scope 1, 2, 3 and ``grams12`` the whole of scope 1 and 2.
    """

    cases: Cases
    case: Rows
    share: Array
    grams12: Grams
    grams: NDArray[np.int64]

    def take(self, at: Rows) -> Worked:
        """Some of them, in the order given."""
        return Worked(self.cases, self.case[at], self.share[at], self.grams12[at],
                      self.grams[:, at])  # fmt: skip

    def each(self, values: NDArray[Any]) -> NDArray[Any]:
        """What the cases say, an element an entry."""
        return values.take(self.case, axis=-1)

    @property
    def reason(self) -> NDArray[np.uint8]:
        """Why each is not computed, 0 where it is."""
        return self.each(self.cases.reason)

    @property
    def share_rule(self) -> NDArray[np.int8]:
        """The share of its page that each goes by, -1 for none."""
        return self.each(self.cases.share_rule)

    @property
    def split(self) -> Mask:
        """Where scope 1 and 2 are known apart."""
        return self.each(self.cases.split)

    @property
    def covered3(self) -> Mask:
        """Where scope 3 is computed."""
        return self.each(self.cases.covered3)

    @property
    def option(self) -> NDArray[np.int8]:
        """The options that answered, a row a scope."""
        return self.each(self.cases.option)

    @property
    def score(self) -> NDArray[np.uint16]:
        """Data-quality scores of scope 1+2 and of 3 in hundredths, 0 for none."""
        return self.each(self.cases.score)

    @property
    def factor(self) -> Codes:
        """The factors used, a row a scope."""
        return self.each(self.cases.factor)


@dataclass(frozen=True)
class Entries(Worked):
    """The account of positions under one standard, with what they bring of their own.

    ``own_flags`` come with the position whatever becomes of it; ``balance`` is zero where nothing
    is computed.
    """

    own_flags: Bits
    balance: Grams

    @property
    def flags(self) -> Bits:
        """The bits of ``Flag`` of each."""
        return self.each(self.cases.flags) | self.own_flags


def recased(worked: Worked, at: Rows, cases: Cases) -> Worked:
    """The same with new cases for some rows, an element of ``cases`` a row."""
    of, fewer = cases.distinct()
    case = worked.case.copy()
    case[at] = of + len(worked.cases.reason)
    return replace(worked, cases=joined([worked.cases, fewer]), case=case)


def flagged(worked: Worked, flag: Flag) -> Worked:
    """The same with a flag more wherever anything is computed."""
    return replace(worked, cases=worked.cases.flagged(flag)) if flag else worked


def leave_out(worked: Worked, why: NDArray[np.uint8]) -> Worked:
    """The same without the positions that have a reason code to be left out."""
    at = np.flatnonzero(why)
    cases = worked.cases.take(worked.case[at]).left_out(why[at])
    share, grams12, grams = worked.share.copy(), worked.grams12.copy(), worked.grams.copy()
    share[at], grams12[at], grams[:, at] = np.nan, 0, 0
    out = replace(worked, share=share, grams12=grams12, grams=grams)
    return recased(out, at, cases)
