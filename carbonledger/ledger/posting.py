"""Posting: entries added up by every dimension, exactly, batch after batch.

Rows that agree in all narrow dimensions are one cell and are summed by cell; the few wide ones
(sector, region, branch) are summed by code, the narrowest of them beside the cells in one table.
What the sums mean is worked out once, at the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine import Entries
from carbonledger.ledger import MEASURES, Ledger, Total
from carbonledger.ledger.cells import ELSEWHERE, NARROW, POOLED, Cells, Digit
from carbonledger.ledger.sums import ALL, SUMMED, Placed, Slots, Sums, Values, measured, weights_of
from carbonledger.method import PARTS, Batch, Flag, Key, Mask, Standard
from carbonledger.outcomes import REASONS

LIMIT = 1 << 62
_SCORES = ("", "1", "2", "3", "4", "5", "pooled")
_FEW = 100
"""Codes up to which a dimension is narrow."""
_OF_POSITIONS = ("asset_class", "sector", "region", "branch", "product", "green_tag", "group",
                 "reporting_entity", "joined_by")  # fmt: skip
_MANY = 1 << 16
"""Cells, times the codes beside them, beyond which they are worked out before the end."""


class Posting:
    """Adds the entries of batch after batch; ``ledger()`` is what stands so far.

    A running bound on the sums proves that none of them overflowed.
    """

    def __init__(self, standard: Standard, *, whole_only: bool = False) -> None:
        self._standard = standard
        self._whole_only = whole_only
        self._of_amount = np.array([p.balance == "outstanding_amount" for p in standard.pages])
        """By page whether its balance is the outstanding amount."""
        self._scored_by = standard.score_weight if standard.scored else ""
        self._bound = 0.0
        self._before = Ledger(standard.id, standard.account)
        self._begin()

    def _begin(self) -> None:
        self._cells = Cells(self._of_amount)
        self._by_cell = Sums()
        self._beside = ""
        """The dimension that is counted beside the cells, if any: chosen for the first batch."""
        self._by_code: dict[str, Sums] = {}
        self._slots: dict[str, Slots] = defaultdict(Slots)

    def post(self, entries: Entries, positions: Batch) -> None:
        """Add one batch of entries."""
        if not positions.size:
            return
        keys = {} if self._whole_only else positions.keys
        if self._beside and self._beside not in keys:
            self._settle()
        cells, begins = self._cells, not len(self._cells.fate)
        narrow = [d for d in NARROW if d in keys and _is_narrow(d, keys[d])]
        cell = cells.of(entries, positions, [self._digit(d, keys[d]) for d in narrow])
        values = self._values(entries, positions, cell)
        self._prove(values)
        wide = [d for d in _OF_POSITIONS if d in keys and d not in narrow]
        if begins:
            self._beside = _narrowest(wide, keys, len(cells.fate))
        placed: dict[str, Placed] = {d: self._slots[d].of_rows(keys[d]) for d in wide}
        width = len(self._slots[self._beside].names) if self._beside else 1
        self._by_cell.hold(len(cells.fate), width)
        number = np.arange(len(cells.fate))
        self._by_cell.add(number, cell, placed.pop(self._beside, (0, 0)), values)
        for dimension, each in placed.items():
            sums = self._by_code.setdefault(dimension, Sums())
            sums.hold(len(cells.fates), len(self._slots[dimension].names))
            sums.add(cells.fate, cell, each, values)
        if len(cells.fate) * width > _MANY:
            self._settle()

    def _digit(self, dimension: str, key: Key) -> Digit:
        """The slot of each row in a dimension."""
        placed = self._slots[dimension].of_rows(key)
        return Digit(dimension, *placed, len(self._slots[dimension].names))

    def _settle(self) -> None:
        """Work out what stands so far and begin anew."""
        self._before = self.ledger()
        self._begin()

    def _values(self, entries: Entries, positions: Batch, cell: Rows) -> Values:
        """What is added up: the outstanding amount of every row, and the figures of its entry."""
        told = self._cells.told
        column = positions.columns["outstanding_amount"]
        amount = column.values.astype(np.int64, copy=False)
        if not column.present.all():
            amount = np.where(column.present, amount, 0)
        weight, (one, two, three) = amount, entries.grams
        values: Values = {"amount": (ALL, amount), "scope1": (ALL, one), "scope2": (ALL, two)}
        if told["covered3"].any():
            values["scope3"] = ALL, three
        if (rows := _rows_where(told["together"] > 0, cell)).size:
            values["combined"] = rows, (entries.grams12 - one - two)[rows]
        if not self._of_amount.any() and self._scored_by != "balance":
            values["balance"] = ALL, entries.balance
        elif (rows := _rows_where((told["reason"] == 0) & (told["of_amount"] == 0), cell)).size:
            balance = entries.balance[rows]
            values["balance"] = rows, balance
            if self._scored_by == "balance":
                weight = amount.copy()
                weight[rows] = balance
                values["lighter"] = rows, amount[rows] - balance
        for k, (name, score) in enumerate((("pooled", "score"), ("pooled3", "score3"))):
            if (rows := _rows_where(told[score] == POOLED, cell)).size:
                # a weighted mean counts for what weighs in it, rounded once an entry
                mean = entries.cases.score[k][entries.case[rows]]
                values[name] = rows, np.rint(weight[rows] * (mean / PARTS)).astype(np.int64)
        return values

    def _prove(self, values: Values) -> None:
        """Make certain that no total of the values can overflow, whatever they add up to."""
        total = dict.fromkeys(SUMMED, 0.0)
        for name, (_, each) in values.items():
            # Read without a sign, a number below zero is larger than any other.
            surely = int(each.view(np.uint64).max(initial=0)) < LIMIT // max(each.size, 1)
            total[name] = float(each.sum() if surely else np.abs(each.astype(np.float64)).sum())
        told = self._cells.told
        worst = max(1, int(np.maximum(told["score"], told["score3"]).max(initial=0)) // PARTS)
        grams = total["scope1"] + total["scope2"] + total["combined"]
        scored = worst * (total["amount"] + total["lighter"]) + total["pooled"] + total["pooled3"]
        self._bound += max(grams * (worst if self._scored_by == "emissions" else 1), scored,
                           total["scope3"], total["amount"] + total["balance"])  # fmt: skip
        if self._bound >= LIMIT:
            raise OverflowError("totals near the limit of 64 bits: more than 4.6e18 grams or fen")

    @property
    def bound(self) -> float:
        """What no sum so far exceeds."""
        return self._bound

    def ledger(self) -> Ledger:
        """The totals so far, codes in order, those that nothing was added to left out."""
        cells, fates = self._cells, [*self._cells.fates]
        count, told = len(cells.fate), dict(cells.told)
        weights = weights_of([fates[k] for k in cells.fate], self._scored_by)
        table = measured(self._by_cell.of_fates()[:, :count], weights)
        for name in ("score", "score3"):
            mean = told[name] == POOLED
            told[name] = np.where(mean, _SCORES.index("pooled"), told[name] // PARTS)
        by = {d: _by_code(told[d], names, table) for d, names in self._names_of_cells().items()}
        flagged = [table[:, told["flags"] & int(f) > 0].sum(axis=1) for f in Flag]
        names = [str(f.name).lower() for f in Flag]
        by["flag"] = _named(names, np.array(flagged).T)
        whole = Total._make(table.sum(axis=1).tolist())
        wide = {d: self._by_code_of(d, sums) for d, sums in self._by_code.items()}
        if self._beside:
            sums_beside = self._by_cell.gathered(cells.fate, len(fates))
            wide[self._beside] = self._by_code_of(self._beside, sums_beside)
        standard, account = self._standard.id, self._standard.account
        now = Ledger(standard, account, whole, by).merge(Ledger(standard, account, by=wide))
        return self._before.merge(now)

    def _names_of_cells(self) -> dict[str, Sequence[str]]:
        """The dimensions that are counted by cell, and the names of their codes."""
        options = (*self._standard.option_names, "")
        names: dict[str, Sequence[str]] = {"option": options, "reason": REASONS}
        if self._standard.scope3:
            names["option3"] = options
        if self._standard.scored:
            names |= {"score": _SCORES, "score3": _SCORES}
        return names | {d: [*self._slots[d].names] for d in NARROW if d in self._slots}

    def _by_code_of(self, dimension: str, by_fate: Sums) -> dict[str, Total]:
        """Totals of a dimension that is not counted by cell."""
        names = list(self._slots[dimension].names)
        rows, fen, grams = weights_of(list(self._cells.fates), self._scored_by)
        table = np.zeros((len(MEASURES), len(names)), np.int64)
        for k in range(len(self._cells.fates)):
            sums = by_fate.of_fate(k)[:, : len(names)]
            table += measured(sums, (rows[:, [k]], fen[:, [k]], grams[:, [k]]))
        return _named(names, table)


def _by_code(
    codes: NDArray[np.int64], names: Sequence[str], table: NDArray[np.int64]
) -> dict[str, Total]:
    """The columns of a table added up by code, those that are zero left out."""
    kept = np.flatnonzero(codes != ELSEWHERE)
    summed = np.zeros((len(MEASURES), len(names)), np.int64)
    for into, each in zip(summed, table, strict=True):
        np.add.at(into, codes[kept], each[kept])
    return _named(names, summed)


def _named(names: Sequence[str], table: NDArray[np.int64]) -> dict[str, Total]:
    """The columns of a table as totals in the order of names, those that are zero left out."""
    used = sorted(np.flatnonzero(table.any(axis=0)).tolist(), key=names.__getitem__)
    totals = map(Total._make, table.T.take(used, axis=0).tolist())
    return dict(zip((names[k] for k in used), totals, strict=True))


def _is_narrow(dimension: str, key: Key) -> bool:
    return dimension in NARROW and len(key.names) <= _FEW


def _narrowest(wide: Sequence[str], keys: Mapping[str, Key], cells: int) -> str:
    """The dimension of fewest codes, where a table of so many cells by them stays small."""
    size = {d: cells * len(keys[d].names) for d in wide if keys[d].names}
    least = min(size, key=size.__getitem__, default="")
    return least if least and 2 * size[least] <= _MANY else ""


def _rows_where(mark: Mask, cell: Rows) -> Rows:
    """The rows of the cells that are marked."""
    return np.flatnonzero(mark.take(cell)) if mark.any() else np.zeros(0, np.intp)
