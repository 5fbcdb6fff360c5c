"""The cells of a posting: rows that agree in all narrow dimensions, numbered as they come."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows, alike, bits_of
from carbonledger.engine import Cases, Entries
from carbonledger.ledger.sums import FATE, Fate
from carbonledger.method import PARTS, Batch, Mask
from carbonledger.outcomes import REASONS, status_of

NARROW = ("asset_class", "product", "green_tag", "reporting_entity", "joined_by")
"""The dimensions of positions that are narrow as long as they have few codes."""
ELSEWHERE = -2
"""In place of a slot: the dimension is not counted by cell."""
POOLED = 1
"""In place of the score of a case in hundredths: a weighted mean, which each entry has its own."""
_STATUS_OF = np.array([status_of(code) for code in range(len(REASONS))])
_MOST = 1 << 18
"""Combinations of codes up to which each has its place in a table, whether it comes or not."""


class Kind(NamedTuple):
    """What a case says of the rows that are it."""

    status: int
    covered3: int
    score: int
    score3: int
    of_amount: int
    together: int
    """Whether their figures hold scope 1 and 2 together."""
    flags: int
    reason: int
    option: int
    option3: int


class Cell(NamedTuple):
    """What rows of a cell have in common: the number of their kind, and what is their own."""

    kind: int
    unpriced: int
    flags: int
    asset_class: int
    product: int
    green_tag: int
    reporting_entity: int
    joined_by: int


class Digit(NamedTuple):
    """A code of each row that its cell follows from, less ``more``; ``width`` is above them all."""

    name: str | int
    codes: NDArray[Any]
    more: int
    width: int


class Cells:
    """The cells of all batches so far, numbered as they came."""

    def __init__(self, of_amount: Mask) -> None:
        self._of_amount = of_amount
        """By page whether its balance is the outstanding amount."""
        self._kinds: dict[tuple[int, ...], int] = {}
        """The fields of each ``Kind`` that has come, and its number."""
        self._cells: dict[Cell, int] = {}
        self.fates: dict[Fate, int] = {}
        self.fate: Rows = np.zeros(0, np.intp)
        """The number of each cell's fate."""
        self.told = dict.fromkeys((*Kind._fields, *Cell._fields), np.zeros(0, np.int64))
        """What rows of a cell have in common, by name an element a cell."""
        self._kind_of: WeakKeyDictionary[Cases, NDArray[np.int32]] = WeakKeyDictionary()
        """The kinds of the cases at hand, most of which come again with every batch."""
        self._flags, self._unpriced = 0, False
        self._meaning: tuple[Any, ...] = ()
        self._known: Rows = np.zeros(0, np.intp)
        """The cell of each combination of digits, -1 where it has not come yet."""

    def of(self, entries: Entries, positions: Batch, narrow: Sequence[Digit]) -> Rows:
        """The cell of each row; only combinations of its digits that are new are looked into."""
        digits = [*self._own_digits(entries, positions), *narrow]
        shape = [digit.width for digit in digits]
        if math.prod(shape) > _MOST:
            of, some = alike([digit.codes for digit in digits], positions.size)
            return self._numbered(digits, [d.codes[some] + d.more for d in digits]).take(of)
        self._make_room(digits)
        combined = _combined(digits)
        cell = self._known.take(combined)
        if cell.min() < 0:
            comes = np.zeros(len(self._known), np.bool_)
            comes[combined[cell < 0]] = True
            new = np.flatnonzero(comes)
            self._known[new] = self._numbered(digits, np.unravel_index(new, shape))
            cell = self._known.take(combined)
        return cell

    def _own_digits(self, entries: Entries, positions: Batch) -> list[Digit]:
        """What the cell of each row follows from besides its narrow codes."""
        kinds = np.concatenate([self._kinds_of(piece) for piece in entries.cases.pieces])
        digits = [Digit("kind", kinds.take(entries.case), 0, len(self._kinds))]
        priced = positions.columns["outstanding_amount"].present
        self._unpriced |= not priced.all()
        if self._unpriced:
            digits.append(Digit("unpriced", ~priced, 0, 2))
        self._flags |= int(np.bitwise_or.reduce(entries.own_flags))
        return digits + [Digit(bit, entries.own_flags >> np.uint32(bit) & 1, 0, 2)
                         for bit in bits_of(self._flags)]  # fmt: skip

    def _kinds_of(self, cases: Cases) -> NDArray[np.int32]:
        """The number of the kind of each case."""
        if cases in self._kind_of:
            return self._kind_of[cases]
        computed = cases.reason == 0
        columns = [
            _STATUS_OF[cases.reason],
            cases.covered3,
            *np.where(cases.score % PARTS != 0, POOLED, cases.score),
            computed & self._of_amount[cases.page],
            computed & ~cases.split,
            cases.flags,
            cases.reason,
            np.maximum(cases.option[0], cases.option[1]),
            cases.option[2],
        ]
        each = zip(*(c.tolist() for c in columns), strict=True)
        number = [self._kinds.setdefault(kind, len(self._kinds)) for kind in each]
        return self._kind_of.setdefault(cases, np.array(number, np.int32))

    def _make_room(self, digits: Sequence[Digit]) -> None:
        """Have a place for every combination of digits, the first of which may have grown."""
        meaning = tuple((digit.name, digit.width) for digit in digits[1:])
        if meaning != self._meaning:
            self._meaning, self._known = meaning, np.zeros(0, np.intp)
        more = math.prod(digit.width for digit in digits) - len(self._known)
        if more:
            self._known = np.concatenate([self._known, np.full(more, -1)])

    def _numbered(self, digits: Sequence[Digit], codes: Sequence[NDArray[Any]]) -> Rows:
        """The numbers of cells, of which ``codes`` hold each digit."""
        told = {digit.name: code for digit, code in zip(digits, codes, strict=True)}
        none = np.zeros(len(codes[0]), np.int64)
        flags = sum((told[bit].astype(np.int64) << bit for bit in bits_of(self._flags)), none)
        narrow = [told.get(name, none + ELSEWHERE) for name in NARROW]
        columns = [told["kind"], told.get("unpriced", none), flags, *narrow]
        cells = [Cell(*cell) for cell in zip(*(c.tolist() for c in columns), strict=True)]
        before = len(self._cells)
        numbers = [self._cells.setdefault(cell, len(self._cells)) for cell in cells]
        if len(self._cells) > before:
            self._tell([*self._cells][before:])
        return np.array(numbers, np.intp)

    def _tell(self, new: Sequence[Cell]) -> None:
        """Add what new cells are."""
        kinds = [*self._kinds]
        kind = Kind._make(np.array([kinds[cell.kind] for cell in new]).T)
        cell = Cell._make(np.array(new).T)
        told = cell._asdict() | kind._asdict() | {"flags": kind.flags | cell.flags}
        self.told = {n: np.concatenate([of, told[n]]) for n, of in self.told.items()}
        fates = zip(*(told[name].tolist() for name in FATE), strict=True)
        number = [self.fates.setdefault(fate, len(self.fates)) for fate in fates]
        self.fate = np.concatenate([self.fate, np.array(number, np.intp)])


def _combined(digits: Sequence[Digit]) -> NDArray[np.int32]:
    """The digits of each row as one number."""
    first, *others = digits
    combined = first.codes.astype(np.int32)
    for digit in others:
        if digit.width > 1:
            combined *= digit.width
            np.add(combined, digit.codes, out=combined, casting="unsafe")
            if digit.more:
                combined += digit.more
    return combined
