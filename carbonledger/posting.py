"""Posting: entries added up by every dimension, exactly, batch after batch.

Rows of a batch that agree in all narrow dimensions are one cell and are summed first; the few wide
ones (sector, region, branch) are summed from the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows, alike
from carbonledger.engine import Cases, Entries
from carbonledger.ledger import DIMENSIONS, MEASURES, Ledger, Total
from carbonledger.method import PARTS, REASONS, STATUSES, Batch, Flag, Key, Standard, status_of

LIMIT = 1 << 62
Summable = NDArray[np.int64] | NDArray[np.float64]
_AT = {name: k for k, name in enumerate(MEASURES)}
_NOWHERE = np.zeros(0, np.intp)
_STATUS_OF = np.array([status_of(code) for code in range(len(REASONS))])


class Posting:
    """Adds the entries of batch after batch; ``ledger()`` is what stands so far.

    Inside, each dimension is an int64 table of measures x codes that grows with its codes; a
    running bound on the sums proves that none of them overflowed.
    """

    def __init__(self, standard: Standard, *, whole_only: bool = False) -> None:
        self._standard = standard
        self._whole_only = whole_only
        self._tables: dict[str, NDArray[np.int64]] = {}
        self._seen: dict[str, dict[str, int]] = {}
        self._slot: dict[str, tuple[tuple[str, ...], Rows]] = {}
        self._bound = 0.0

    def post(self, entries: Entries, positions: Batch) -> None:
        """Add one batch of entries."""
        cells = _cells(entries, positions, self._standard)
        values = _values(entries, positions, cells)
        pooled = values.pop("scored", None)
        if all(page.balance == "outstanding_amount" for page in self._standard.pages):
            del values["balance"]
        if self._standard.score_weight == "emissions":
            score = entries.cases.score[0].astype(np.int64) // PARTS
            values["scored_g"] = entries.grams12 * entries.each(score)
        proved = self._proved(values, cells.worst_score)
        if pooled is not None:
            proved["scored"] = pooled
        fates = cells.fates.take(cells.of)
        sums = cells.sums(cells.of, len(cells.fates), proved, fates)
        self._add("", Key(np.zeros(len(cells.fates), np.int32), ("",)), sums)
        if self._whole_only:
            return
        for dimension, key in cells.keys.items():
            self._add(dimension, key, sums)
        for flag in Flag:
            hit = np.flatnonzero(cells.flags & np.uint32(flag))
            if hit.size:
                name = (str(flag.name).lower(),)
                self._add("flag", Key(np.zeros(hit.size, np.int32), name), sums[:, hit])
        for dimension in _OF_POSITIONS:
            if dimension in positions.keys and dimension not in cells.keys:
                key = positions.keys[dimension]
                table, slot = self._slots(dimension, key)
                table += cells.sums(slot[key.codes], table.shape[1], proved, fates)

    def _proved(
        self, values: Mapping[str, NDArray[np.int64]], worst_score: int
    ) -> dict[str, Summable]:
        """The values, once it is certain that no total of them can overflow.

        As floats where every partial sum is a whole number below 2^53, and so exact.
        """
        proved: dict[str, Summable] = {}
        largest = 0.0
        for name, whole in values.items():
            floats = whole.astype(np.float64)
            total = float(np.abs(floats).sum())
            proved[name] = floats if total < 1 << 52 else whole
            largest = max(largest, total * (worst_score if name == "amount" else 1))
        self._bound += largest
        if self._bound >= LIMIT:
            raise OverflowError("totals near the limit of 64 bits: more than 4.6e18 grams or fen")
        return proved

    def _add(self, dimension: str, key: Key, sums: NDArray[np.int64]) -> None:
        """Add the sums of cells to the codes that the cells have in a dimension."""
        if not key.codes.size:
            return
        table, slot = self._slots(dimension, key)
        at = slot[key.codes]
        order = np.argsort(at, kind="stable")
        ordered = at[order]
        starts = np.flatnonzero(np.diff(ordered, prepend=-1))
        table[:, ordered[starts]] += np.add.reduceat(sums[:, order], starts, axis=1)

    def _slots(self, dimension: str, key: Key) -> tuple[NDArray[np.int64], Rows]:
        """The dimension's table, grown to hold the key's codes, and where each code stands."""
        names, slot = self._slot.get(dimension, (None, _NOWHERE))
        if names != key.names:
            seen = self._seen.setdefault(dimension, {})
            slot = np.array([seen.setdefault(n, len(seen)) for n in (*key.names, "")], np.intp)
            self._slot[dimension] = key.names, slot
            grown = np.zeros((len(MEASURES), len(seen)), np.int64)
            table = self._tables.get(dimension, grown[:, :0])
            grown[:, : table.shape[1]] = table
            self._tables[dimension] = grown
        return self._tables[dimension], slot

    def ledger(self) -> Ledger:
        """The totals so far, codes in order, those that nothing was added to left out."""
        by = {d: self._totals(d) for d in DIMENSIONS}
        whole = self._totals("").get("", Total())
        return Ledger(self._standard.id, self._standard.account, whole, by)

    def _totals(self, dimension: str) -> dict[str, Total]:
        if dimension not in self._tables:
            return {}
        table, seen = self._tables[dimension], self._seen[dimension]
        used = (table != 0).any(axis=0).tolist()
        rows = table.T.tolist()
        return {code: Total(*rows[at]) for code, at in sorted(seen.items()) if used[at]}


def _summed(at: Rows, values: Summable, size: int) -> NDArray[np.int64]:
    """Exact integer sums by code, whatever their order."""
    if values.dtype == np.float64:
        return np.bincount(at, weights=values, minlength=size).astype(np.int64)
    total = np.zeros(size, np.int64)
    np.add.at(total, at, values)
    return total


_FEW = 100
"""Codes up to which a dimension is summed from cells, rows that agree in all such dimensions."""
_OF_POSITIONS = ("asset_class", "sector", "region", "branch", "product", "green_tag", "group",
                 "reporting_entity", "joined_by")  # fmt: skip


def _values(entries: Entries, positions: Batch, cells: _Cells) -> dict[str, NDArray[np.int64]]:
    """What is added up: the outstanding amount of every row, and the figures of its entry."""
    column = positions.columns["outstanding_amount"]
    amount = column.values.astype(np.int64, copy=False)
    if not column.present.all():
        amount = np.where(column.present, amount, 0)
    values = {"amount": amount, "balance": entries.balance,
              "scope1": entries.grams[0], "scope2": entries.grams[1]}  # fmt: skip
    if cells.combined:
        values["scope12"] = entries.grams12
    if cells.counts[:, _AT["rows_scope3"]].any():
        values["scope3"] = entries.grams[2]
    mean = entries.cases.score[0] % PARTS
    if mean.any():  # a weighted mean counts for its amount, rounded once an entry
        score = entries.each(np.where(mean != 0, entries.cases.score[0], 0))
        values["scored"] = np.rint(amount * (score / PARTS)).astype(np.int64)
    return values


@dataclass(frozen=True)
class _Cells:
    """Rows that agree in every narrow dimension: the cell of each row, and the cells.

    ``fates`` is each cell's fate: rows of one fate count in the same measures, by the weights that
    ``counts`` and ``amounts`` give to their number and to their outstanding amount.
    """

    of: Rows
    keys: Mapping[str, Key]
    flags: NDArray[np.uint32]
    fates: Rows
    counts: NDArray[np.int64]
    amounts: NDArray[np.int64]
    combined: bool
    worst_score: int

    def sums(
        self, at: Rows, size: int, values: Mapping[str, Summable], fates: Rows
    ) -> NDArray[np.int64]:
        """Sums of every measure by code, measures x codes."""
        several = len(self.counts)
        both = fates * size
        both += at
        count = np.bincount(both, minlength=several * size).reshape(several, size)
        amount = _summed(both, values["amount"], several * size).reshape(several, size)
        table = np.zeros((len(MEASURES), size), np.int64)
        for fate in range(several):
            for measure in np.flatnonzero(self.counts[fate]).tolist():
                table[measure] += count[fate]
            for measure in np.flatnonzero(self.amounts[fate]).tolist():
                table[measure] += amount[fate] * self.amounts[fate, measure]
        for name in values:
            if name != "amount":
                table[_AT[name]] += _summed(at, values[name], size)
        if "balance" not in values:  # the outstanding amount of what is computed
            table[_AT["balance"]] = table[_AT["computed"]]
        if "scope12" not in values:
            table[_AT["scope12"]] = table[_AT["scope1"]] + table[_AT["scope2"]]
        return table


def _cells(entries: Entries, positions: Batch, standard: Standard) -> _Cells:
    few = {
        d: positions.keys[d]
        for d in ("asset_class", "product", "green_tag", "reporting_entity", "joined_by")
        if d in positions.keys and len(positions.keys[d].names) <= _FEW
    }
    kinds, some = entries.cases.counted_alike
    kind, priced = kinds.take(entries.case), positions.columns["outstanding_amount"].present
    of, rows = alike(
        [kind, entries.own_flags, priced, *(key.codes for key in few.values())], positions.size
    )
    cases = entries.cases.take(some[kind[rows]])
    status = _STATUS_OF[cases.reason]
    about = [status, cases.covered3, *cases.score, ~priced[rows]]
    fates, distinct = alike(about, len(rows))
    counts, amounts = _weights([[int(part[at]) for part in about] for at in distinct.tolist()],
                               standard.score_weight == "balance")  # fmt: skip
    keys = {d: Key(key.codes[rows], key.names) for d, key in few.items()}
    combined = (cases.reason == 0) & ~cases.split
    return _Cells(of, keys | _case_keys(cases, standard), cases.flags | entries.own_flags[rows],
                  fates, counts, amounts, bool(combined.any()),
                  max(int(cases.score.max(initial=0)) // PARTS, 1))  # fmt: skip


def _weights(
    fates: list[list[int]], by_balance: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What a row, and its outstanding amount, count for in each measure, a line a fate."""
    counts = np.zeros((len(fates), len(MEASURES)), np.int64)
    amounts = np.zeros_like(counts)
    for k, (status, covered3, score, score3, unpriced) in enumerate(fates):
        name = STATUSES[status]
        counts[k, _AT[f"rows_{name}"]] = amounts[k, _AT[name]] = 1
        counts[k, _AT["rows_scope3"]] = amounts[k, _AT["computed_scope3"]] = covered3
        counts[k, _AT["rows_refused_unpriced" if name == "refused" else "rows_unpriced"]] = unpriced
        whole = score % PARTS == 0
        amounts[k, _AT["scored"]] = score // PARTS * (status == 0) * whole * by_balance
        amounts[k, _AT["scored3"]] = score3 // PARTS * covered3
    return counts, amounts


def _case_keys(cases: Cases, standard: Standard) -> dict[str, Key]:
    names = standard.option_names
    worst = np.maximum(cases.option[0], cases.option[1])
    digits = ("", "1", "2", "3", "4", "5", "pooled")
    score = np.where(cases.score % PARTS != 0, len(digits) - 1, cases.score // PARTS)
    keys = {"option": Key(worst.astype(np.int32), names),
            "reason": Key(cases.reason.astype(np.int32), REASONS)}  # fmt: skip
    if standard.scope3:
        keys["option3"] = Key(cases.option[2].astype(np.int32), names)
    if standard.scored:
        keys["score"] = Key(score[0].astype(np.int32), digits)
        keys["score3"] = Key(score[1].astype(np.int32), digits)
    return keys
