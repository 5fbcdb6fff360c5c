"""Entries as a table: one row a position and standard, the figures that go back to core systems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.books import BOOKS
from carbonledger.engine import SEVERAL, Cases, Entries
from carbonledger.entries.columns import CODE, ByCase, bits_of, coded, constant, numbers
from carbonledger.method import PARTS, Batch, Flag, Standard
from carbonledger.mixing import Words, mix, mix_texts, named, scattered, started
from carbonledger.outcomes import REASONS, STATUSES, status_of

if TYPE_CHECKING:
    from carbonledger.intake.positions import Positions

_ALWAYS = {"book", "status", "reason", "flags"}
SCHEMA = pa.schema([pa.field(n, kind, nullable=n not in _ALWAYS) for n, kind in (
    ("book", CODE), ("position_id", pa.string()), ("contract_id", pa.string()),
    ("counterparty_id", pa.string()), ("project_id", pa.string()),
    ("asset_class", CODE), ("sector", CODE), ("region", CODE), ("branch", CODE),
    ("product", CODE), ("green_tag", CODE), ("status", CODE), ("reason", CODE),
    ("outstanding_amount", pa.int64()), ("balance", pa.int64()),
    ("attribution_factor", pa.float64()), ("share_rule", CODE),
    ("option_scope1", CODE), ("option_scope2", CODE), ("option_scope3", CODE),
    ("financed_emissions_scope1_g", pa.int64()), ("financed_emissions_scope2_g", pa.int64()),
    ("financed_emissions_scope12_g", pa.int64()), ("financed_emissions_scope3_g", pa.int64()),
    ("data_quality_score", pa.int8()), ("data_quality_score_scope3", pa.int8()),
    ("flags", pa.uint32()),
    ("factor_scope1", pa.int32()), ("factor_scope2", pa.int32()), ("factor_scope3", pa.int32()),
    ("group", CODE), ("reporting_entity", CODE), ("joined_by", CODE),
    ("property_id", pa.string()), ("vehicle_id", pa.string()), ("territory_id", pa.string()),
    ("pool_id", pa.string()), ("data_quality_score_pooled", pa.float64()),
    ("factor_share", pa.int32()), ("data_quality_score_scope3_pooled", pa.float64()),
)])  # fmt: skip
"""Grams and fen whole; null where a figure does not exist. ``flags`` are the bits of ``Flag``;
factors are rows of the run's ``factors.csv``, -2 where several answered. A score that is the
weighted mean of a pool, and no whole number, has columns of its own. New columns come last, for
core systems read them by place."""

_STATUS_OF = np.array([status_of(code) for code in range(len(REASONS))], np.int32)
_TEXTS = ("contract_id", "counterparty_id", "project_id", "property_id", "vehicle_id",
          "territory_id", "pool_id")  # fmt: skip
_KEYS = ("asset_class", "sector", "region", "branch", "product", "green_tag", "group",
         "reporting_entity", "joined_by")  # fmt: skip


def share_rules(standard: Standard) -> tuple[str, ...]:
    """Every share of a standard, by page and rule, in the order that entries count them."""
    return tuple(f"{p.name}.{s.name}" for p in standard.pages for s in p.shares)


def table_of(entries: Entries, positions: Positions, standard: Standard) -> pa.RecordBatch:
    """A batch of entries as rows; each dictionary is in order and holds what is used only."""
    batch, typed = positions.batch, positions.typed.columns
    by_case = ByCase(entries.cases, entries.case)
    outstanding = batch.columns["outstanding_amount"]
    columns: dict[str, pa.Array] = {
        "book": constant(batch.size, positions.book),
        "position_id": typed[_id_name(positions)],
        **{n: typed[n] if n in typed else pa.nulls(batch.size, pa.string()) for n in _TEXTS},
        **{n: _key(batch, n) for n in _KEYS},
        "outstanding_amount": numbers(outstanding.values, bits_of(outstanding.present)),
        "attribution_factor": numbers(entries.share, bits_of(~np.isnan(entries.share))),
        "flags": pa.array(entries.flags),
        **_said(by_case, standard),
        **_figures(entries, by_case),
        **{f"factor_scope{k}": _factor(of) for k, of in enumerate(entries.factor, start=1)},
        "factor_share": _factor(entries.share_factor),
    }  # fmt: skip
    return pa.RecordBatch.from_arrays([columns[n] for n in SCHEMA.names], schema=SCHEMA)


def _id_name(positions: Positions) -> str:
    return BOOKS[positions.book].key[0]


def _key(batch: Batch, name: str) -> pa.Array:
    """A key of the positions, made once for all standards."""
    if ("entries", name) not in batch.kept:
        key = batch.keys.get(name)
        batch.kept["entries", name] = (
            pa.nulls(batch.size, CODE) if key is None else coded(key.codes, key.names)
        )
    return batch.kept["entries", name]


def _said(by_case: ByCase, standard: Standard) -> dict[str, pa.Array]:
    """What follows from the case of an entry alone."""
    cases, names = by_case.cases, standard.option_names
    columns = {
        "status": by_case.coded(_STATUS_OF[cases.reason], STATUSES),
        "reason": by_case.coded(cases.reason, REASONS),
        "share_rule": by_case.coded(_rule_codes(cases, standard), share_rules(standard)),
    }
    for k, scope in enumerate("123"):
        columns[f"option_scope{scope}"] = by_case.coded(cases.option[k], names)
    for score, end in zip(cases.score, ("", "_scope3"), strict=True):
        mean = score % PARTS != 0
        whole = ~mean & (score > 0)
        columns[f"data_quality_score{end}_pooled"] = by_case.numbers(score / PARTS, mean)
        columns[f"data_quality_score{end}"] = by_case.numbers(
            (score // PARTS).astype(np.int8), whole
        )
    return columns


def _figures(entries: Entries, by_case: ByCase) -> dict[str, pa.Array]:
    """Balance and emissions, where they exist."""
    cases = by_case.cases
    computed = by_case.bits(cases.reason == 0)
    columns = {
        "balance": numbers(entries.balance, computed),
        "financed_emissions_scope12_g": numbers(entries.grams12, computed),
    }
    covered = [*(cases.split & (cases.option[k] >= 0) for k in (0, 1)), cases.covered3]
    for k, scope in enumerate("123"):
        there = by_case.bits(covered[k])
        columns[f"financed_emissions_scope{scope}_g"] = numbers(entries.grams[k], there)
    return columns


def _factor(factor: NDArray[np.int32]) -> pa.Array:
    return numbers(factor, bits_of((factor >= 0) | (factor == SEVERAL)))


def _rule_codes(cases: Cases, standard: Standard) -> NDArray[np.int32]:
    first = np.cumsum([0, *(len(p.shares) for p in standard.pages)])[:-1]
    base = np.array([*first, 0], np.int32)[cases.page]
    codes: NDArray[np.int32] = np.where(cases.share_rule >= 0, base + cases.share_rule, -1)
    return codes.astype(np.int32)


def flag_names(bits: int) -> str:
    """The names of the flags that are set, joined by ';'."""
    return ";".join(str(f.name).lower() for f in Flag if bits & f)


FORM = 2
"""The form of fingerprints: those of form 1 followed the order of rows."""

_ALL = (1 << 64) - 1


@dataclass(frozen=True)
class Fingerprint:
    """The hash of entries by content, whatever their order, batches, files and threads.

    The key and figures of each row make 128 bits, and those of all rows are added up, so that rows
    count as often as they stand. Entries that differ have another fingerprint up to a chance of
    2^-128 a pair; who forges one on purpose is met by the sha256 of the sealed file beside it.
    """

    rows: int = 0
    sums: tuple[int, int] = (0, 0)

    @classmethod
    def of(cls, entries: Entries, positions: Positions, standard: Standard) -> Fingerprint:
        """The fingerprint of a batch of entries."""
        one, two = (int(lane.sum()) for lane in _hashes(entries, positions, standard))
        return cls(positions.batch.size, (one, two))

    def merge(self, other: Fingerprint) -> Fingerprint:
        """Both together; associative and commutative."""
        one, two = ((a + b) & _ALL for a, b in zip(self.sums, other.sums, strict=True))
        return Fingerprint(self.rows + other.rows, (one, two))

    def plain(self) -> dict[str, str]:
        """As the manifest holds it."""
        return {"rows": str(self.rows), "sum": "".join(f"{s:016x}" for s in self.sums)}


def _hashes(entries: Entries, positions: Positions, standard: Standard) -> Words:
    """Two hashes of each row: its key, names, flags and figures."""
    batch, typed = positions.batch, positions.typed.columns
    hashes = started(batch.size)
    for texts in (typed[_id_name(positions)], typed.get("contract_id")):
        mix_texts(hashes, pa.nulls(batch.size, pa.string()) if texts is None else texts)
    told, some = entries.cases.told_alike
    words = _words(entries.cases.take(some), standard).take(told, axis=1)
    mix(hashes, words.take(entries.case, axis=1, mode="clip"))
    asset_class = batch.keys["asset_class"]
    words = named("asset_class", asset_class.names) ^ named("book", [positions.book])[:, :1]
    mix(hashes, words.take(asset_class.codes, axis=1, mode="wrap"))
    outstanding = batch.columns["outstanding_amount"]
    mix(hashes, entries.flags | outstanding.present.astype(np.uint64) << np.uint64(32))
    mix(
        hashes,
        np.where(outstanding.present, outstanding.values, 0).astype(np.int64).view(np.uint64),
    )
    for figures in (entries.balance, entries.share, *entries.grams, entries.grams12):
        mix(hashes, figures.view(np.uint64))
    return scattered(hashes)


def _distinct(score: NDArray[np.uint16]) -> tuple[NDArray[np.intp], list[str]]:
    """Where each score stands among those that occur, and these."""
    values, at = np.unique(score, return_inverse=True)
    return at, [str(value / PARTS) for value in values.tolist()]


def _words(cases: Cases, standard: Standard) -> Words:
    """What names and scores say of a case, in one word a lane."""
    codes = {
        "reason": (cases.reason, REASONS), "split": (cases.split, "01"),
        "share_rule": (_rule_codes(cases, standard), share_rules(standard)),
        "covered3": (cases.covered3, "01"),
        **{f"option{k}": (option, standard.option_names) for k, option in enumerate(cases.option)},
        **{f"score{k}": _distinct(score) for k, score in enumerate(cases.score)},
    }  # fmt: skip
    words = np.zeros((2, len(cases.reason)), np.uint64)
    for name, (at, names) in codes.items():
        words ^= named(name, names)[:, at.astype(np.intp)]
    return words
