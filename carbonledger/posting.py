"""Posting: entries added up by every dimension, exactly, batch after batch.

Rows that agree in all narrow dimensions are one cell and are summed by cell; the few wide ones
(sector, region, branch) are summed by code. What the sums mean is worked out once, at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows, alike
from carbonledger.engine import Entries
from carbonledger.ledger import MEASURES, Ledger, Total
from carbonledger.method import PARTS, Batch, Flag, Grams, Key, Standard
from carbonledger.outcomes import REASONS, STATUSES, status_of

LIMIT = 1 << 62
_AT = {name: k for k, name in enumerate(MEASURES)}
_SUMMED = ("rows", "amount", "scope1", "scope2", "combined", "scope3", "balance", "pooled")
_STATUS_OF = np.array([status_of(code) for code in range(len(REASONS))])
_SCORES = ("", "1", "2", "3", "4", "5", "pooled")
_POOLED = 1
"""In place of the score of a case in hundredths: a weighted mean, which each entry has its own."""
_FEW = 100
"""Codes up to which a dimension is narrow."""
_NARROW = ("asset_class", "product", "green_tag", "reporting_entity", "joined_by")
_OF_POSITIONS = ("asset_class", "sector", "region", "branch", "product", "green_tag", "group",
                 "reporting_entity", "joined_by")  # fmt: skip
_MANY = 1 << 16
"""Cells beyond which they are worked out before the end."""
_ELSEWHERE = -2
"""In place of a code, of which -1 is none: the dimension is not counted by cell."""

_CELL = ("status", "covered3", "score", "score3", "unpriced", "flags", "reason", "option",
         "option3", *_NARROW)  # fmt: skip
"""What rows of a cell have in common; the first five are their fate."""
_FATE = 5
Weights = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
Fate = tuple[int, ...]
"""What decides in which measures a row, and its outstanding amount, count."""


def _weights(fates: Sequence[Fate], by_emissions: bool) -> Weights:
    """By measure and fate: what a row, each fen of its amount and each gram of it count for."""
    rows, amount, grams = np.zeros((3, len(MEASURES), len(fates)), np.int64)
    for k, (status, covered3, score, score3, unpriced) in enumerate(fates):
        name = STATUSES[status]
        rows[_AT[f"rows_{name}"], k] = amount[_AT[name], k] = 1
        rows[_AT["rows_scope3"], k] = amount[_AT["computed_scope3"], k] = covered3
        of = "rows_refused_unpriced" if name == "refused" else "rows_unpriced"
        rows[_AT[of], k] = unpriced
        amount[_AT["scored"], k] = score // PARTS * (status == 0) * (not by_emissions)
        amount[_AT["scored3"], k] = score3 // PARTS * covered3
        grams[_AT["scope12"], k] = 1
        grams[_AT["scored_g"], k] = score // PARTS * by_emissions
    return rows, amount, grams


class _Sums:
    """Exact sums by fate and code; the tables grow with the fates and codes that come."""

    def __init__(self) -> None:
        self._table = np.zeros((len(_SUMMED), 0, 0), np.int64)

    def add(self, fates: Rows | int, codes: Rows, values: Mapping[str, Grams]) -> None:
        """Add rows and their values where they belong."""
        _, height, width = self._table.shape
        flat = self._table.reshape(len(_SUMMED), height * width)
        at = fates * width
        at += codes
        flat[0] += np.bincount(at, minlength=flat.shape[1])
        for name, each in values.items():
            np.add.at(flat[_SUMMED.index(name)], at, each)

    def hold(self, fates: int, codes: int) -> None:
        """Make room for so many fates and codes."""
        _, height, width = self._table.shape
        if fates > height or codes > width:
            room = max(fates, height), codes + width if codes > width else width
            table = np.zeros((len(_SUMMED), *room), np.int64)
            table[:, :height, :width] = self._table
            self._table = table

    def of_fate(self, fate: int) -> NDArray[np.int64]:
        """The sums of a fate by code."""
        return self._table[:, fate]


class Posting:
    """Adds the entries of batch after batch; ``ledger()`` is what stands so far.

    A running bound on the sums proves that none of them overflowed.
    """

    def __init__(self, standard: Standard, *, whole_only: bool = False) -> None:
        self._standard = standard
        self._whole_only = whole_only
        self._of_amount = all(p.balance == "outstanding_amount" for p in standard.pages)
        self._by_emissions = standard.score_weight == "emissions"
        self._bound = 0.0
        self._before = Ledger(standard.id, standard.account)
        self._begin()

    def _begin(self) -> None:
        self._fates: dict[Fate, int] = {}
        self._cells: dict[tuple[int, ...], int] = {}
        self._by_cell = _Sums()
        self._by_code: dict[str, _Sums] = {}
        self._codes: dict[str, dict[str, int]] = {}
        self._slot: dict[str, tuple[tuple[str, ...], Rows]] = {}

    def post(self, entries: Entries, positions: Batch) -> None:
        """Add one batch of entries."""
        keys = {} if self._whole_only else positions.keys
        of, cells, combined = self._cells_of(entries, positions, keys)
        covered3 = any(c[_CELL.index("covered3")] for c in cells)
        values = self._values(entries, positions, combined, covered3)
        self._prove(values, max((max(c[2:4]) // PARTS for c in cells), default=1))
        number = [self._cells.setdefault(c, len(self._cells)) for c in cells]
        self._by_cell.hold(1, len(self._cells))
        self._by_cell.add(0, np.array(number, np.intp).take(of), values)
        fate = [self._fates.setdefault(c[:_FATE], len(self._fates)) for c in cells]
        fates = np.array(fate, np.intp).take(of)
        for dimension in (d for d in _OF_POSITIONS if d in keys and not _is_narrow(d, keys[d])):
            slot = self._slots(dimension, keys[dimension])
            sums = self._by_code.setdefault(dimension, _Sums())
            sums.hold(len(self._fates), len(self._codes[dimension]))
            sums.add(fates, slot.take(keys[dimension].codes, mode="wrap"), values)
        if len(self._cells) > _MANY:
            self._before = self.ledger()
            self._begin()

    def _cells_of(
        self, entries: Entries, positions: Batch, keys: Mapping[str, Key]
    ) -> tuple[Rows, list[tuple[int, ...]], bool]:
        """The cell of each row, the cells, and whether any has scope 1 and 2 together only."""
        narrow = {d: keys[d] for d in _NARROW if d in keys and _is_narrow(d, keys[d])}
        kinds, some = entries.cases.counted_alike
        kind, priced = kinds.take(entries.case), positions.columns["outstanding_amount"].present
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
            cases.flags | entries.own_flags[rows], cases.reason,
            np.maximum(cases.option[0], cases.option[1]), cases.option[2],
            *(self._slots(d, narrow[d])[narrow[d].codes[rows]] if d in narrow else elsewhere
              for d in _NARROW),
        ]  # fmt: skip
        combined = bool((~cases.split & (cases.reason == 0)).any())
        return of, list(zip(*(c.tolist() for c in columns), strict=True)), combined

    def _values(
        self, entries: Entries, positions: Batch, combined: bool, covered3: bool
    ) -> dict[str, Grams]:
        """What is added up: the outstanding amount of every row, and the figures of its entry."""
        column = positions.columns["outstanding_amount"]
        amount = column.values.astype(np.int64, copy=False)
        if not column.present.all():
            amount = np.where(column.present, amount, 0)
        one, two, three = entries.grams
        values = {"amount": amount, "scope1": one, "scope2": two}
        if combined:
            values["combined"] = entries.grams12 - one - two
        if covered3:
            values["scope3"] = three
        if not self._of_amount:
            values["balance"] = entries.balance
        mean = entries.cases.score[0] % PARTS
        if mean.any():  # a weighted mean counts for its amount, rounded once an entry
            score = entries.each(np.where(mean != 0, entries.cases.score[0], 0))
            values["pooled"] = np.rint(amount * (score / PARTS)).astype(np.int64)
        return values

    def _prove(self, values: Mapping[str, Grams], worst_score: int) -> None:
        """Make certain that no total of the values can overflow."""
        largest = 0.0
        for name, each in values.items():
            low, high = (int(each.min()), int(each.max())) if each.size else (0, 0)
            surely = low >= 0 and high < LIMIT // max(each.size, 1)
            total = float(each.sum() if surely else np.abs(each.astype(np.float64)).sum())
            scored = name == "amount" or self._by_emissions
            largest = max(largest, total * (max(worst_score, 1) if scored else 1))
        self._bound += largest
        if self._bound >= LIMIT:
            raise OverflowError("totals near the limit of 64 bits: more than 4.6e18 grams or fen")

    def _slots(self, dimension: str, key: Key) -> Rows:
        """Where each code of the key stands among those of the dimension, and last having none."""
        names, slot = self._slot.get(dimension, (None, np.zeros(0, np.intp)))
        if names != key.names:
            seen = self._codes.setdefault(dimension, {})
            slot = np.array([seen.setdefault(n, len(seen)) for n in (*key.names, "")], np.intp)
            self._slot[dimension] = key.names, slot
        return slot

    @property
    def bound(self) -> float:
        """What no sum so far exceeds."""
        return self._bound

    def ledger(self) -> Ledger:
        """The totals so far, codes in order, those that nothing was added to left out."""
        cells = dict(zip(_CELL, np.array(list(self._cells), np.int64).reshape(-1, len(_CELL)).T,
                         strict=True))  # fmt: skip
        self._by_cell.hold(1, 1)
        fates = [c[:_FATE] for c in self._cells]
        sums = self._by_cell.of_fate(0)[:, : len(fates)]
        table = _measured(sums, _weights(fates, self._by_emissions), self._of_amount)
        for name in ("score", "score3"):
            mean = cells[name] == _POOLED
            cells[name] = np.where(mean, _SCORES.index("pooled"), cells[name] // PARTS)
        by = {d: _by_code(cells[d], names, table) for d, names in self._names_of_cells().items()}
        flagged = [table[:, cells["flags"] & int(f) > 0].sum(axis=1) for f in Flag]
        names = [str(f.name).lower() for f in Flag]
        by["flag"] = _by_code(np.arange(len(names)), names, np.array(flagged).T)
        whole = Total._make(table.sum(axis=1).tolist())
        wide = {d: self._by_code_of(d) for d in self._by_code}
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

    def _by_code_of(self, dimension: str) -> dict[str, Total]:
        """Totals of a dimension that is not counted by cell."""
        names = list(self._codes[dimension])
        rows, fen, grams = _weights(list(self._fates), self._by_emissions)
        table = np.zeros((len(MEASURES), len(names)), np.int64)
        for k in range(len(self._fates)):
            sums = self._by_code[dimension].of_fate(k)[:, : len(names)]
            weights = rows[:, [k]], fen[:, [k]], grams[:, [k]]
            table += _measured(sums, weights, self._of_amount)
        return _by_code(np.arange(len(names)), names, table)


def _measured(sums: NDArray[np.int64], weights: Weights, of_amount: bool) -> NDArray[np.int64]:
    """Every measure of some sums, a line a measure, by what their rows and fen count for."""
    rows, amount, scope1, scope2, combined, scope3, balance, pooled = sums
    of_row, of_fen, of_gram = weights
    table: NDArray[np.int64] = of_row * rows + of_fen * amount
    table += of_gram * (scope1 + scope2 + combined)
    table[_AT["scope1"]], table[_AT["scope2"]], table[_AT["scope3"]] = scope1, scope2, scope3
    table[_AT["scored"]] += pooled
    table[_AT["balance"]] = table[_AT["computed"]] if of_amount else balance
    return table


def _by_code(
    codes: NDArray[np.int64], names: Sequence[str], table: NDArray[np.int64]
) -> dict[str, Total]:
    """The columns of a table added up by code, those that are zero left out."""
    kept = np.flatnonzero(codes != _ELSEWHERE)
    summed = np.zeros((len(MEASURES), len(names)), np.int64)
    for into, each in zip(summed, table, strict=True):
        np.add.at(into, codes[kept], each[kept])
    used = np.flatnonzero(summed.any(axis=0))
    rows = dict(zip(used.tolist(), summed.T[used].tolist(), strict=True))
    return {names[k]: Total._make(rows[k]) for k in sorted(rows, key=names.__getitem__)}


def _is_narrow(dimension: str, key: Key) -> bool:
    return dimension in _NARROW and len(key.names) <= _FEW
