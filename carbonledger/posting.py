"""Posting: entries added up by every dimension, exactly, batch after batch.

Rows that agree in all narrow dimensions are one cell and are summed by cell; the few wide ones
(sector, region, branch) are summed by code, the narrowest of them beside the cells in one table.
What the sums mean is worked out once, at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows, alike
from carbonledger.engine import Cases, Entries
from carbonledger.ledger import MEASURES, Ledger, Total
from carbonledger.method import PARTS, Batch, Flag, Key, Mask, Standard
from carbonledger.outcomes import REASONS, status_of
from carbonledger.sums import ALL, SUMMED, Fate, Sums, Values, measured, weights_of

LIMIT = 1 << 62
_STATUS_OF = np.array([status_of(code) for code in range(len(REASONS))])
_SCORES = ("", "1", "2", "3", "4", "5", "pooled")
_POOLED = 1
"""In place of the score of a case in hundredths: a weighted mean, which each entry has its own."""
_MEANS: dict[str, Callable[[Cases], Mask]] = {
    "pooled": lambda cases: cases.score[0] % PARTS != 0,
    "pooled3": lambda cases: cases.score[1] % PARTS != 0,
}
"""Where the score of scope 1+2, and that of 3, is a weighted mean."""
_FEW = 100
"""Codes up to which a dimension is narrow."""
_NARROW = ("asset_class", "product", "green_tag", "reporting_entity", "joined_by")
_OF_POSITIONS = ("asset_class", "sector", "region", "branch", "product", "green_tag", "group",
                 "reporting_entity", "joined_by")  # fmt: skip
_MANY = 1 << 16
"""Cells, times the codes beside them, beyond which they are worked out before the end."""
_ELSEWHERE = -2
"""In place of a code, of which -1 is none: the dimension is not counted by cell."""

_CELL = ("status", "covered3", "score", "score3", "unpriced", "of_amount", "flags", "reason",
         "option", "option3", *_NARROW)  # fmt: skip
"""What rows of a cell have in common; the first six are their fate."""
_FATE = 6


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
        self._fates: dict[Fate, int] = {}
        self._cells: dict[tuple[int, ...], int] = {}
        self._by_cell = Sums()
        self._beside = ""
        """The dimension that is counted beside the cells, if any: chosen for the first batch."""
        self._by_code: dict[str, Sums] = {}
        self._codes: dict[str, dict[str, int]] = {}
        self._slot: dict[str, tuple[tuple[str, ...], Rows]] = {}

    def post(self, entries: Entries, positions: Batch) -> None:
        """Add one batch of entries."""
        if not positions.size:
            return
        keys = {} if self._whole_only else positions.keys
        if self._beside and self._beside not in keys:
            self._settle()
        of, cells, cases = self._cells_of(entries, positions, keys)
        values = self._values(entries, positions, cases)
        self._prove(values, max((max(c[2:4]) // PARTS for c in cells), default=1))
        wide = [d for d in _OF_POSITIONS if d in keys and not _is_narrow(d, keys[d])]
        if not self._cells:
            self._beside = _narrowest(wide, keys, len(cells))
        codes = {d: self._slots_of_rows(d, keys[d]) for d in wide}
        number = [self._cells.setdefault(c, len(self._cells)) for c in cells]
        width = len(self._codes[self._beside]) if self._beside else 1
        self._by_cell.hold(len(self._cells), width)
        self._by_cell.add(np.array(number, np.intp), of, codes.pop(self._beside, 0), values)
        fate = [self._fates.setdefault(c[:_FATE], len(self._fates)) for c in cells]
        for dimension, each in codes.items():
            sums = self._by_code.setdefault(dimension, Sums())
            sums.hold(len(self._fates), len(self._codes[dimension]))
            sums.add(np.array(fate, np.intp), of, each, values)
        if len(self._cells) * width > _MANY:
            self._settle()

    def _settle(self) -> None:
        """Work out what stands so far and begin anew."""
        self._before = self.ledger()
        self._begin()

    def _cells_of(
        self, entries: Entries, positions: Batch, keys: Mapping[str, Key]
    ) -> tuple[Rows, list[tuple[int, ...]], Cases]:
        """The cell of each row, the cells, and the case of each."""
        narrow = {d: keys[d] for d in _NARROW if d in keys and _is_narrow(d, keys[d])}
        kinds, some = entries.cases.counted_alike
        kind = kinds.astype(np.int32).take(entries.case)
        priced = positions.columns["outstanding_amount"].present
        of, rows = alike([kind, entries.own_flags, priced, *(k.codes for k in narrow.values())],
                         positions.size)  # fmt: skip
        cases = entries.cases.take(some[kind[rows]])
        score = np.where(cases.score % PARTS != 0, _POOLED, cases.score)
        elsewhere = np.full(len(rows), _ELSEWHERE)
        columns = [
            _STATUS_OF[cases.reason],
            cases.covered3,
            *score,
            ~priced[rows],
            self._of_amount[cases.page] & (cases.reason == 0),
            cases.flags | entries.own_flags[rows], cases.reason,
            np.maximum(cases.option[0], cases.option[1]), cases.option[2],
            *(self._slots(d, narrow[d])[narrow[d].codes[rows]] if d in narrow else elsewhere
              for d in _NARROW),
        ]  # fmt: skip
        return of, list(zip(*(c.tolist() for c in columns), strict=True)), cases

    def _values(self, entries: Entries, positions: Batch, cases: Cases) -> Values:
        """What is added up: the outstanding amount of every row, and the figures of its entry."""
        column = positions.columns["outstanding_amount"]
        amount = column.values.astype(np.int64, copy=False)
        if not column.present.all():
            amount = np.where(column.present, amount, 0)
        weight, (one, two, three) = amount, entries.grams
        values: Values = {"amount": (ALL, amount), "scope1": (ALL, one), "scope2": (ALL, two)}
        if cases.covered3.any():
            values["scope3"] = ALL, three
        if (rows := _rows_of(entries, cases, "together", _together)).size:
            values["combined"] = rows, (entries.grams12 - one - two)[rows]
        others = _rows_of(entries, cases, "other", self._other)
        if not self._of_amount.any():
            values["balance"] = ALL, entries.balance
        elif others.size:
            values["balance"] = others, entries.balance[others]
        if self._scored_by == "balance" and others.size:
            weight = amount.copy()
            weight[others] = entries.balance[others]
            values["lighter"] = others, (amount - weight)[others]
        for k, (name, mark) in enumerate(_MEANS.items()):
            if (rows := _rows_of(entries, cases, name, mark)).size:
                # a weighted mean counts for what weighs in it, rounded once an entry
                score = entries.cases.score[k][entries.case[rows]]
                values[name] = rows, np.rint(weight[rows] * (score / PARTS)).astype(np.int64)
        return values

    def _other(self, cases: Cases) -> Mask:
        """Where the balance is another column than the outstanding amount."""
        other: Mask = (cases.reason == 0) & ~self._of_amount[cases.page]
        return other

    def _prove(self, values: Values, worst_score: int) -> None:
        """Make certain that no total of the values can overflow, whatever they add up to."""
        total = dict.fromkeys(SUMMED, 0.0)
        for name, (_, each) in values.items():
            # Read without a sign, a number below zero is larger than any other.
            surely = int(each.view(np.uint64).max(initial=0)) < LIMIT // max(each.size, 1)
            total[name] = float(each.sum() if surely else np.abs(each.astype(np.float64)).sum())
        worst = max(worst_score, 1)
        grams = total["scope1"] + total["scope2"] + total["combined"]
        scored = worst * (total["amount"] + total["lighter"]) + total["pooled"] + total["pooled3"]
        self._bound += max(grams * (worst if self._scored_by == "emissions" else 1), scored,
                           total["scope3"], total["amount"] + total["balance"])  # fmt: skip
        if self._bound >= LIMIT:
            raise OverflowError("totals near the limit of 64 bits: more than 4.6e18 grams or fen")

    def _slots(self, dimension: str, key: Key) -> Rows:
        """Where each code of the key stands among those of the dimension, and last having none."""
        names, slot = self._slot.get(dimension, (None, np.zeros(0, np.intp)))
        if names != key.names:
            seen = self._codes.setdefault(dimension, {"": 0})
            slot = np.array([seen.setdefault(n, len(seen)) for n in (*key.names, "")], np.intp)
            self._slot[dimension] = key.names, slot
        return slot

    def _slots_of_rows(self, dimension: str, key: Key) -> NDArray[np.integer[Any]]:
        """Where the code of each row stands; having none stands first, then mostly all in order."""
        slot = self._slots(dimension, key)
        in_order = np.array_equal(slot[:-1], np.arange(1, len(slot)))
        return key.codes + 1 if in_order else slot.take(key.codes, mode="wrap")

    @property
    def bound(self) -> float:
        """What no sum so far exceeds."""
        return self._bound

    def ledger(self) -> Ledger:
        """The totals so far, codes in order, those that nothing was added to left out."""
        cells = dict(zip(_CELL, np.array(list(self._cells), np.int64).reshape(-1, len(_CELL)).T,
                         strict=True))  # fmt: skip
        fates = [c[:_FATE] for c in self._cells]
        sums = self._by_cell.of_fates()[:, : len(fates)]
        table = measured(sums, weights_of(fates, self._scored_by))
        for name in ("score", "score3"):
            mean = cells[name] == _POOLED
            cells[name] = np.where(mean, _SCORES.index("pooled"), cells[name] // PARTS)
        by = {d: _by_code(cells[d], names, table) for d, names in self._names_of_cells().items()}
        flagged = [table[:, cells["flags"] & int(f) > 0].sum(axis=1) for f in Flag]
        names = [str(f.name).lower() for f in Flag]
        by["flag"] = _by_code(np.arange(len(names)), names, np.array(flagged).T)
        whole = Total._make(table.sum(axis=1).tolist())
        wide = {d: self._by_code_of(d, sums) for d, sums in self._by_code.items()}
        if self._beside:
            into = np.array([self._fates[fate] for fate in fates], np.intp)
            sums_beside = self._by_cell.gathered(into, len(self._fates))
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
        return names | {d: list(self._codes[d]) for d in _NARROW if d in self._codes}

    def _by_code_of(self, dimension: str, by_fate: Sums) -> dict[str, Total]:
        """Totals of a dimension that is not counted by cell."""
        names = list(self._codes[dimension])
        rows, fen, grams = weights_of(list(self._fates), self._scored_by)
        table = np.zeros((len(MEASURES), len(names)), np.int64)
        for k in range(len(self._fates)):
            sums = by_fate.of_fate(k)[:, : len(names)]
            table += measured(sums, (rows[:, [k]], fen[:, [k]], grams[:, [k]]))
        return _by_code(np.arange(len(names)), names, table)


def _by_code(
    codes: NDArray[np.int64], names: Sequence[str], table: NDArray[np.int64]
) -> dict[str, Total]:
    """The columns of a table added up by code, those that are zero left out."""
    kept = np.flatnonzero(codes != _ELSEWHERE)
    summed = np.zeros((len(MEASURES), len(names)), np.int64)
    for into, each in zip(summed, table, strict=True):
        np.add.at(into, codes[kept], each[kept])
    used = sorted(np.flatnonzero(summed.any(axis=0)).tolist(), key=names.__getitem__)
    totals = map(Total._make, zip(*summed[:, used].tolist(), strict=True))
    return dict(zip((names[k] for k in used), totals, strict=True))


def _is_narrow(dimension: str, key: Key) -> bool:
    return dimension in _NARROW and len(key.names) <= _FEW


def _narrowest(wide: Sequence[str], keys: Mapping[str, Key], cells: int) -> str:
    """The dimension of fewest codes, where a table of so many cells by them stays small."""
    size = {d: cells * len(keys[d].names) for d in wide if keys[d].names}
    least = min(size, key=size.__getitem__, default="")
    return least if least and 2 * size[least] <= _MANY else ""


def _rows_of(entries: Entries, cases: Cases, name: str, mark: Callable[[Cases], Mask]) -> Rows:
    """The rows whose cases are marked, of which there are none if none of the cases at hand is."""
    if not mark(cases).any():
        return np.zeros(0, np.intp)
    return np.flatnonzero(entries.each(entries.cases.derived(name, mark)))


def _together(cases: Cases) -> Mask:
    """Where a figure holds scope 1 and 2 together."""
    together: Mask = ~cases.split & (cases.reason == 0)
    return together
