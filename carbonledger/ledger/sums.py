"""Exact sums of values by fate and code, and the measures of a ledger that come of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.ledger import MEASURES
from carbonledger.method import PARTS, Codes, Grams, Key
from carbonledger.outcomes import STATUSES

AT = {name: k for k, name in enumerate(MEASURES)}
SUMMED = ("rows", "amount", "scope1", "scope2", "combined", "scope3", "balance", "pooled",
          "pooled3", "lighter")  # fmt: skip
ALL = slice(None)
Fate = tuple[int, ...]
"""What decides in which measures a row, and its outstanding amount, count."""
FATE = ("status", "covered3", "score", "score3", "unpriced", "of_amount")
"""What its elements are."""
Values = dict[str, tuple[Rows | slice, Grams]]
"""What is added up: of each name the rows that have any, all of them as a slice, and theirs."""
Placed = tuple[Codes | int, int]
"""A number a row, or one of all rows, and what is to be added to each."""
Weights = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def weights_of(fates: Sequence[Fate], scored_by: str) -> Weights:
    """By measure and fate: what a row, each fen of its amount and each gram of it count for.

    ``scored_by`` is what scores are weighed by, '' where the standard has none.
    """
    by_amount, by_emissions = scored_by == "balance", scored_by == "emissions"
    rows, amount, grams = np.zeros((3, len(MEASURES), len(fates)), np.int64)
    for k, (status, covered3, score, score3, unpriced, of_amount) in enumerate(fates):
        name = STATUSES[status]
        rows[AT[f"rows_{name}"], k] = amount[AT[name], k] = 1
        rows[AT["rows_scope3"], k] = amount[AT["computed_scope3"], k] = covered3
        of = "rows_refused_unpriced" if name == "refused" else "rows_unpriced"
        rows[AT[of], k] = unpriced
        amount[AT["balance"], k] = of_amount
        amount[AT["scored"], k] = score // PARTS * (status == 0) * (not by_emissions)
        amount[AT["scored3"], k] = score3 // PARTS * covered3
        amount[AT["unscored"], k] = (status == 0) * (score == 0) * by_amount
        amount[AT["unscored3"], k] = covered3 * (score3 == 0) * by_amount
        grams[AT["scope12"], k] = 1
        grams[AT["scored_g"], k] = score // PARTS * by_emissions
    return rows, amount, grams


class Slots:
    """Where the codes of a dimension stand in a table: as they came, having none first."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {"": 0}
        self._of: tuple[str, ...] | None = None
        self._slots = np.zeros(0, np.int32)
        self._in_order = False

    def of(self, key: Key) -> Codes:
        """The slot of each code of a key, and last that of having none."""
        if self._of != key.names:
            self.names |= {n: len(self.names) + k for k, n in enumerate(
                [name for name in key.names if name not in self.names])}  # fmt: skip
            slots = [*map(self.names.__getitem__, key.names), 0]
            self._of, self._slots = key.names, np.array(slots, np.int32)
            self._in_order = slots == [*range(1, len(slots)), 0]
        return self._slots

    def of_rows(self, key: Key) -> tuple[Codes, int]:
        """The slot of each row less a number, so that codes in order are taken as they are."""
        slots = self.of(key)
        return (key.codes, 1) if self._in_order else (slots.take(key.codes, mode="wrap"), 0)


class Sums:
    """Exact sums by fate and code; the tables grow with the fates and codes that come."""

    def __init__(self) -> None:
        self._table = np.zeros((len(SUMMED), 0, 0), np.int64)

    def add(self, fates: Rows, cell: Rows, placed: Placed, values: Values) -> None:
        """Add rows and their values where they belong; the fate of a row is that of its cell."""
        _, height, width = self._table.shape
        flat = self._table.reshape(len(SUMMED), height * width)
        codes, more = placed
        at = (fates * width + more).take(cell)
        at += codes
        np.add.at(flat[0], at, 1)
        for name, (rows, each) in values.items():
            np.add.at(flat[SUMMED.index(name)], at[rows], each)

    def hold(self, fates: int, codes: int) -> None:
        """Make room for so many fates and codes."""
        _, height, width = self._table.shape
        if fates > height or codes > width:
            room = max(fates, height), codes + width if codes > width else width
            table = np.zeros((len(SUMMED), *room), np.int64)
            table[:, :height, :width] = self._table
            self._table = table

    def of_fate(self, fate: int) -> NDArray[np.int64]:
        """The sums of a fate by code."""
        return self._table[:, fate]

    def of_fates(self) -> NDArray[np.int64]:
        """The sums of each fate over all codes."""
        whole: NDArray[np.int64] = self._table.sum(axis=2)
        return whole

    def gathered(self, into: Rows, fates: int) -> Sums:
        """The sums of several fates as those of one, which ``into`` names for each."""
        sums = Sums()
        sums.hold(fates, self._table.shape[2])
        for table, each in zip(sums._table, self._table, strict=True):
            np.add.at(table, into, each[: len(into)])
        return sums


def measured(sums: NDArray[np.int64], weights: Weights) -> NDArray[np.int64]:
    """Every measure of some sums, a line a measure, by what their rows and fen count for."""
    rows, amount, scope1, scope2, combined, scope3, balance, pooled, pooled3, lighter = sums
    of_row, of_fen, of_gram = weights
    table = np.zeros((len(MEASURES), *rows.shape), np.int64)
    for weight, each in ((of_row, rows), (of_fen, amount), (of_gram, scope1 + scope2 + combined)):
        for measure in np.flatnonzero(weight.any(axis=1)):
            table[measure] += weight[measure] * each
    table[AT["scope1"]], table[AT["scope2"]], table[AT["scope3"]] = scope1, scope2, scope3
    for scored, unscored, counted, mean in (
        ("scored", "unscored", "computed", pooled),
        ("scored3", "unscored3", "computed_scope3", pooled3),
    ):
        # What an amount weighs less in the score than it is, such as proceeds not yet allocated.
        table[AT[scored]] += mean - of_fen[AT[scored]] * lighter
        table[AT[unscored]] += (of_fen[AT[counted]] - of_fen[AT[unscored]]) * lighter
    table[AT["balance"]] += balance
    return table
