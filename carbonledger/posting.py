"""Posting: entries added up by every dimension, exactly, batch after batch.

Rows of a batch that agree in all narrow dimensions are one cell and are summed first; the few wide
ones (sector, region, branch) are summed from the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.engine import Entries
from carbonledger.ledger import DIMENSIONS, MEASURES, Ledger, Total
from carbonledger.method import FIRST_EXCLUDED, REASONS, STATUSES, Batch, Flag, Key, Standard

LIMIT = 1 << 62
Summable = NDArray[np.int64] | NDArray[np.float64]
_AT = {name: k for k, name in enumerate(MEASURES)}


class Posting:
    """Adds the entries of batch after batch; ``ledger()`` is what stands so far.

    Inside, each dimension is an int64 table of codes x measures that grows with its codes; a
    running bound on the sums proves that none of them overflowed.
    """

    def __init__(self, standard: Standard, *, whole_only: bool = False) -> None:
        self._standard = standard
        self._whole_only = whole_only
        self._tables: dict[str, NDArray[np.int64]] = {}
        self._seen: dict[str, dict[str, int]] = {}
        self._bound = 0.0

    def post(self, entries: Entries, positions: Batch) -> None:
        """Add one batch of entries."""
        values = self._proved(_values(entries, positions), int(entries.score.max(initial=1)))
        cells = _cells(entries, positions, self._standard)
        sums = cells.sums(cells.of, len(cells.first), values, cells.fates[cells.of])
        nothing = np.zeros(len(cells.first), np.intp)
        self._add("", Key(nothing.astype(np.int32), ("",)), sums)
        if self._whole_only:
            return
        for dimension, key in cells.keys.items():
            self._add(dimension, Key(key.codes[cells.first], key.names), sums)
        self._add_flags(entries.flags[cells.first], sums)
        for dimension in _OF_POSITIONS:
            if dimension in positions.keys and dimension not in cells.keys:
                key = positions.keys[dimension]
                table, slot = self._slots(dimension, key)
                table += cells.sums(slot[key.codes], len(table), values, cells.fates[cells.of])

    def _proved(
        self, values: Mapping[str, NDArray[np.int64]], worst_score: int
    ) -> dict[str, Summable]:
        """The values, once it is certain that no total of them can overflow."""
        proved: dict[str, Summable] = {}
        largest = 0.0
        for name, whole in values.items():
            proved[name] = _as_floats(whole)
            worst = worst_score if name == "amount" else 1
            largest = max(largest, float(whole.sum(dtype=np.float64)) * worst)
        self._bound += largest
        if self._bound >= LIMIT:
            raise OverflowError("totals near the limit of 64 bits: more than 4.6e18 grams or fen")
        return proved

    def _add(self, dimension: str, key: Key, sums: NDArray[np.int64]) -> None:
        """Add the sums of cells to the codes that the cells have in a dimension."""
        table, slot = self._slots(dimension, key)
        at = slot[key.codes]
        for measure in np.flatnonzero(sums.any(axis=0)).tolist():
            table[:, measure] += _summed(at, _as_floats(sums[:, measure]), len(table))

    def _add_flags(self, bits: NDArray[np.uint32], sums: NDArray[np.int64]) -> None:
        for flag in Flag:
            cells = np.flatnonzero(bits & np.uint32(flag))
            if cells.size:
                key = Key(np.zeros(cells.size, np.int32), (str(flag.name).lower(),))
                self._add("flag", key, sums[cells])

    def _slots(self, dimension: str, key: Key) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """The dimension's table, grown to hold the key's codes, and where each code stands."""
        seen = self._seen.setdefault(dimension, {})
        slot = np.array([seen.setdefault(n, len(seen)) for n in (*key.names, "")], np.intp)
        table = self._tables.get(dimension)
        if table is None or len(table) < len(seen):
            grown = np.zeros((len(seen), len(MEASURES)), np.int64)
            if table is not None:
                grown[: len(table)] = table
            table = self._tables[dimension] = grown
        return table, slot

    def ledger(self) -> Ledger:
        """The totals so far, codes in order, those that nothing was added to left out."""
        by = {d: self._totals(d) for d in DIMENSIONS}
        whole = self._totals("").get("", Total())
        return Ledger(self._standard.id, self._standard.account, whole, by)

    def _totals(self, dimension: str) -> dict[str, Total]:
        if dimension not in self._tables:
            return {}
        table, seen = self._tables[dimension], self._seen[dimension]
        used = (table != 0).any(axis=1).tolist()
        rows = table.tolist()
        return {code: Total(*rows[at]) for code, at in sorted(seen.items()) if used[at]}


def _as_floats(whole: NDArray[np.int64]) -> Summable:
    """The numbers as floats where every partial sum is a whole number below 2^53."""
    floats = whole.astype(np.float64)
    return floats if floats.sum() < 1 << 52 else whole


def _summed(at: NDArray[np.intp], values: Summable, size: int) -> NDArray[np.int64]:
    """Exact integer sums by code; none of the values is negative."""
    if values.dtype == np.float64:
        return np.bincount(at, weights=values, minlength=size).astype(np.int64)
    total = np.zeros(size, np.int64)
    np.add.at(total, at, values)
    return total


_FEW = 100
"""Codes up to which a dimension is summed from cells, rows that agree in all such dimensions; the
product of them all stays below 2^62."""
_OF_POSITIONS = ("asset_class", "sector", "region", "branch", "product", "green_tag")


def _values(entries: Entries, positions: Batch) -> dict[str, NDArray[np.int64]]:
    """What is added up: the outstanding amount of every row, and the figures of its entry."""
    column = positions.columns["outstanding_amount"]
    amount = column.values.astype(np.int64, copy=False)
    if not column.present.all():
        amount = np.where(column.present, amount, 0)
    values = {"amount": amount, "balance": entries.balance,
              "scope1": entries.grams[0], "scope2": entries.grams[1]}  # fmt: skip
    if not np.array_equal(entries.split, entries.reason == 0):
        values["unsplit"] = np.where(entries.split, 0, entries.grams12)
    if entries.covered3.any():
        values["scope3"] = entries.grams[2]
    return values


@dataclass(frozen=True)
class _Cells:
    """Rows that agree in every narrow dimension: the cell of each row and a row of each cell.

    ``fates`` is each cell's fate: rows of one fate count in the same measures, by the weights that
    ``counts`` and ``amounts`` give to their number and to their outstanding amount.
    """

    keys: Mapping[str, Key]
    of: NDArray[np.intp]
    first: NDArray[np.intp]
    fates: NDArray[np.intp]
    counts: NDArray[np.int64]
    amounts: NDArray[np.int64]

    def sums(
        self, at: NDArray[np.intp], size: int, values: Mapping[str, Summable],
        fates: NDArray[np.intp],
    ) -> NDArray[np.int64]:  # fmt: skip
        """Sums of every measure by code, codes x measures."""
        several = len(self.counts)
        both = at * several + fates
        count = np.bincount(both, minlength=size * several).reshape(size, several)
        amount = _summed(both, values["amount"], size * several).reshape(size, several)
        table = np.zeros((size, len(MEASURES)), np.int64)
        for fate in range(several):
            for measure in np.flatnonzero(self.counts[fate]).tolist():
                table[:, measure] += count[:, fate]
            for measure in np.flatnonzero(self.amounts[fate]).tolist():
                table[:, measure] += amount[:, fate] * self.amounts[fate, measure]
        for name in ("balance", "scope1", "scope2", "scope3"):
            if name in values:
                table[:, _AT[name]] = _summed(at, values[name], size)
        table[:, _AT["scope12"]] = table[:, _AT["scope1"]] + table[:, _AT["scope2"]]
        if "unsplit" in values:
            table[:, _AT["scope12"]] += _summed(at, values["unsplit"], size)
        return table


def _cells(entries: Entries, positions: Batch, standard: Standard) -> _Cells:
    few = {
        d: positions.keys[d]
        for d in ("asset_class", "product", "green_tag")
        if d in positions.keys and len(positions.keys[d].names) <= _FEW
    }
    keys = few | _entry_keys(entries, standard)
    combined = entries.flags.astype(np.int64)
    for key in keys.values():
        combined *= len(key.names) + 1
        combined += key.codes
    priced = positions.columns["outstanding_amount"].present
    combined *= 2
    combined += priced
    encoded = pa.array(combined).dictionary_encode()
    of = encoded.indices.to_numpy(zero_copy_only=False).astype(np.intp)
    first = np.zeros(len(encoded.dictionary), np.intp)
    first[of[::-1]] = np.arange(len(of) - 1, -1, -1)
    reason = entries.reason[first]
    status = np.where(reason == 0, 0, np.where(reason < FIRST_EXCLUDED, 1, 2))
    about = np.stack(
        [status, entries.covered3[first], *entries.score[:, first], ~priced[first]], axis=1
    )
    distinct, fates = np.unique(about, axis=0, return_inverse=True)
    counts, amounts = _weights(distinct)
    return _Cells(keys, of, first, fates.reshape(-1), counts, amounts)


def _weights(fates: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What a row, and its outstanding amount, count for in each measure, a line a fate."""
    counts = np.zeros((len(fates), len(MEASURES)), np.int64)
    amounts = np.zeros_like(counts)
    for k, (status, covered3, score, score3, unpriced) in enumerate(fates.tolist()):
        name = STATUSES[status]
        counts[k, _AT[f"rows_{name}"]] = amounts[k, _AT[name]] = 1
        counts[k, _AT["rows_scope3"]] = amounts[k, _AT["computed_scope3"]] = covered3
        counts[k, _AT["rows_unpriced"]] = unpriced
        amounts[k, _AT["scored"]] = score * (status == 0)
        amounts[k, _AT["scored3"]] = score3 * covered3
    return counts, amounts


def _entry_keys(entries: Entries, standard: Standard) -> dict[str, Key]:
    names = standard.option_names
    worst = np.maximum(entries.option[0], entries.option[1])
    digits = ("", "1", "2", "3", "4", "5")
    keys = {"option": Key(worst.astype(np.int32), names),
            "reason": Key(entries.reason.astype(np.int32), REASONS)}  # fmt: skip
    if standard.scope3:
        keys["option3"] = Key(entries.option[2].astype(np.int32), names)
    if standard.scored:
        keys["score"] = Key(entries.score[0].astype(np.int32), digits)
        keys["score3"] = Key(entries.score[1].astype(np.int32), digits)
    return keys
