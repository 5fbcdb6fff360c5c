"""Entries as a table: one row a position and standard, the figures that go back to core systems."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.engine import SEVERAL, Cases, Entries
from carbonledger.intake.positions import Positions
from carbonledger.method import REASONS, STATUSES, Flag, Key, Standard, status_of

_CODE = pa.dictionary(pa.int32(), pa.string())

SCHEMA = pa.schema([
    ("book", _CODE), ("position_id", pa.string()), ("contract_id", pa.string()),
    ("counterparty_id", pa.string()), ("project_id", pa.string()),
    ("asset_class", _CODE), ("sector", _CODE), ("region", _CODE), ("branch", _CODE),
    ("product", _CODE), ("green_tag", _CODE), ("status", _CODE), ("reason", _CODE),
    ("outstanding_amount", pa.int64()), ("balance", pa.int64()),
    ("attribution_factor", pa.float64()), ("share_rule", _CODE),
    ("option_scope1", _CODE), ("option_scope2", _CODE), ("option_scope3", _CODE),
    ("financed_emissions_scope1_g", pa.int64()), ("financed_emissions_scope2_g", pa.int64()),
    ("financed_emissions_scope12_g", pa.int64()), ("financed_emissions_scope3_g", pa.int64()),
    ("data_quality_score", pa.int8()), ("data_quality_score_scope3", pa.int8()),
    ("flags", pa.uint32()),
    ("factor_scope1", pa.int32()), ("factor_scope2", pa.int32()), ("factor_scope3", pa.int32()),
    ("group", _CODE), ("reporting_entity", _CODE), ("joined_by", _CODE),
])  # fmt: skip
"""Grams and fen whole; null where a figure does not exist. ``flags`` are the bits of ``Flag``;
factors are rows of the run's ``factors.csv``, -2 where several answered. New columns come last, for
core systems read them by place."""

_STATUS_OF = np.array([status_of(code) for code in range(len(REASONS))], np.int32)


def share_rules(standard: Standard) -> tuple[str, ...]:
    """Every share of a standard, by page and rule, in the order that entries count them."""
    return tuple(f"{p.name}.{s.name}" for p in standard.pages for s in p.shares)


def table_of(entries: Entries, positions: Positions, standard: Standard) -> pa.RecordBatch:
    """A batch of entries as rows."""
    batch, typed = positions.batch, positions.typed.columns
    id_name = "loan_id" if positions.book == "loans" else "position_id"
    size, cases, each = batch.size, entries.cases, entries.each
    computed = each(cases.reason == 0)
    outstanding = batch.columns["outstanding_amount"]
    nothing = Key(np.full(size, -1, np.int32), ())
    columns: dict[str, pa.Array] = {
        "book": _coded(np.zeros(size, np.int32), (positions.book,)),
        "position_id": typed[id_name],
        **{n: typed[n] if n in typed else pa.nulls(size, pa.string())
           for n in ("contract_id", "counterparty_id", "project_id")},
        **{n: _key(batch.keys.get(n, nothing)) for n in
           ("asset_class", "sector", "region", "branch", "product", "green_tag", "group",
            "reporting_entity", "joined_by")},
        "status": _coded(each(_STATUS_OF[cases.reason]), STATUSES),
        "reason": _coded(each(cases.reason.astype(np.int32)), REASONS),
        "outstanding_amount": _present(outstanding.values, outstanding.present),
        "balance": _present(entries.balance, computed),
        "attribution_factor": _present(entries.share, ~np.isnan(entries.share)),
        "share_rule": _coded(each(_rule_codes(cases, standard)), share_rules(standard)),
        **_figures(entries, computed, standard),
        "flags": pa.array(entries.flags),
    }  # fmt: skip
    return pa.RecordBatch.from_arrays([columns[n] for n in SCHEMA.names], schema=SCHEMA)


def _figures(
    entries: Entries, computed: NDArray[np.bool_], standard: Standard
) -> dict[str, pa.Array]:
    names, cases, each = standard.option_names, entries.cases, entries.each
    split = each(cases.split)
    covered = (split, split, each(cases.covered3))
    columns: dict[str, pa.Array] = {}
    for k, scope in enumerate("123"):
        columns[f"option_scope{scope}"] = _coded(each(cases.option[k].astype(np.int32)), names)
        columns[f"financed_emissions_scope{scope}_g"] = _present(entries.grams[k], covered[k])
        factor = each(cases.factor[k])
        columns[f"factor_scope{scope}"] = _present(factor, (factor >= 0) | (factor == SEVERAL))
    columns["financed_emissions_scope12_g"] = _present(entries.grams12, computed)
    columns["data_quality_score"] = _score(each(cases.score[0].astype(np.int8)))
    columns["data_quality_score_scope3"] = _score(each(cases.score[1].astype(np.int8)))
    return columns


def _score(score: NDArray[np.int8]) -> pa.Array:
    return pa.array(score, pa.int8(), mask=score == 0)


def _rule_codes(cases: Cases, standard: Standard) -> NDArray[np.int32]:
    first = np.cumsum([0, *(len(p.shares) for p in standard.pages)])[:-1]
    base = np.array([*first, 0], np.int32)[cases.page]
    codes: NDArray[np.int32] = np.where(cases.share_rule >= 0, base + cases.share_rule, -1)
    return codes.astype(np.int32)


def _present(values: NDArray[np.generic], present: NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, mask=~present)


def _coded(codes: NDArray[np.int32], names: tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.int32(), mask=codes < 0), pa.array(list(names), pa.string())
    )


def _key(key: Key) -> pa.Array:
    return _coded(key.codes, key.names)


def _number_of(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def flag_names(bits: int) -> str:
    """The names of the flags that are set, joined by ';'."""
    return ";".join(str(f.name).lower() for f in Flag if bits & f)


PRESENT, LENGTHS = ".present", ".lengths"


class Fingerprint:
    """The hash of entries by content: the same rows in the same order, whatever the batches."""

    _TEXT = ("position_id", "contract_id")
    _CODES = ("asset_class", "status", "reason", "option_scope1", "option_scope2", "option_scope3")
    _NUMBERS = tuple(n for n in SCHEMA.names if n.endswith("_g") or n in
                     ("outstanding_amount", "balance", "attribution_factor", "flags"))  # fmt: skip

    def __init__(self) -> None:
        parts = [*self._CODES, *self._NUMBERS, *self._TEXT, *(n + LENGTHS for n in self._TEXT),
                 *(n + PRESENT for n in (*self._NUMBERS, *self._TEXT))]  # fmt: skip
        self._hashes = {name: hashlib.sha256() for name in parts}

    def add(self, batch: pa.RecordBatch) -> None:
        """Take one more batch in."""
        for name in self._NUMBERS:
            column = batch.column(name)
            values = column.fill_null(0).to_numpy(zero_copy_only=False)
            self._hashes[name].update(np.ascontiguousarray(values).data)
        for name in self._CODES:
            column = batch.column(name)
            table = np.array(
                [_number_of(t) for t in column.dictionary.to_pylist()] + [0], np.uint64
            )
            codes = column.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)
            self._hashes[name].update(table[codes].data)
        for name in self._TEXT:
            self._add_text(name, batch.column(name))
        for name in (*self._NUMBERS, *self._TEXT):
            self._hashes[name + PRESENT].update(np.asarray(batch.column(name).is_valid()).data)

    def _add_text(self, name: str, column: pa.Array) -> None:
        filled = column.fill_null("")
        offsets = np.frombuffer(filled.buffers()[1], np.int32)[
            filled.offset : filled.offset + len(filled) + 1
        ]
        if not len(filled):
            return
        data = filled.buffers()[2]
        text = memoryview(data)[int(offsets[0]) : int(offsets[-1])] if data else b""
        self._hashes[name].update(text)
        self._hashes[name + LENGTHS].update(np.diff(offsets).data)

    def hexdigests(self) -> Mapping[str, str]:
        """The hash of each column, of what is present in it and of the lengths of its texts."""
        return {name: h.hexdigest() for name, h in self._hashes.items()}
