"""The positions that an answer might help: whose they are, and what the ledger has of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.analysis.what_if import ASKS
from carbonledger.intake.people import PERSONS
from carbonledger.intake.positions import Positions
from carbonledger.method import Batch, Mask, Standard
from carbonledger.runs import Run
from carbonledger.scale.period import Period
from carbonledger.scale.standing import own_positions

Ints = NDArray[np.int64]
KINDS = tuple(ASKS)
UNDECIDED = ("no_sector", "partly_high_carbon", "optional_in_standard")
"""Reasons that no figure of a borrower mends."""


@dataclass(frozen=True)
class Rows:
    """The positions of one standard that an answer might help, batch by batch."""

    parts: Sequence[Batch]
    kind: NDArray[np.int8]
    entity: Ints
    score: Ints
    """The score they have, 0 where they are not covered."""
    reason: Sequence[str]
    outstanding: Ints
    grams: Ints
    branch: Sequence[str]

    def of_kind(self, values: Sequence[Ints]) -> Ints:
        """Each row's value from the entities of its kind."""
        found = np.zeros(len(self.kind), np.int64)
        for k, per_entity in enumerate(values):
            mine = self.kind == k
            found[mine] = per_entity[self.entity[mine]]
        return found


def askable_rows(
    ready: Period, run: Run, standard: Standard
) -> tuple[Rows, dict[str, tuple[int, int]]]:
    """The rows that an answer might help, and by reason what no answer can."""
    entries = run.entries(standard.id)
    parts, columns = [], defaultdict[str, list[NDArray[np.int64]]](list)
    reasons: list[str] = []
    branches: list[str] = []
    unmended: dict[str, tuple[int, int]] = {}
    start = 0
    for every in ready.positions():
        positions = own_positions(standard, every)
        if positions is None:
            continue
        size = positions.batch.size
        sealed = entries.slice(start, size)
        start += size
        found = _part(standard, positions, sealed)
        for reason, count, money in found.left:
            rows, fen = unmended.get(reason, (0, 0))
            unmended[reason] = (rows + count, fen + money)
        if found.at.size:
            parts.append(positions.batch.take(found.at))
            for name, values in found.columns.items():
                columns[name].append(values)
            reasons += found.reasons
            branches += found.branches
    whole = {n: np.concatenate(v) for n, v in columns.items()}
    nothing = np.zeros(0, np.int64)
    return Rows(
        parts, whole.get("kind", nothing).astype(np.int8), whole.get("entity", nothing),
        whole.get("score", nothing), reasons, whole.get("outstanding", nothing),
        whole.get("grams", nothing), branches,
    ), unmended  # fmt: skip


@dataclass(frozen=True)
class _Part:
    at: NDArray[np.intp]
    columns: Mapping[str, Ints]
    reasons: Sequence[str]
    branches: Sequence[str]
    left: Sequence[tuple[str, int, int]]


def _part(standard: Standard, positions: Positions, sealed: pa.Table) -> _Part:
    """The rows of one batch: who is asked for each, and what the ledger has of it."""
    batch, size = positions.batch, positions.batch.size
    status = _texts(sealed, "status")
    reason = _texts(sealed, "reason")
    money = sealed.column("outstanding_amount").fill_null(0).to_numpy()
    score = sealed.column("data_quality_score").fill_null(0).to_numpy().astype(np.int64)
    grams = sealed.column("financed_emissions_scope12_g").fill_null(0).to_numpy()
    kind, entity = _owner(standard, batch)
    person = _persons(positions, size)
    open_ = status == "not_covered"
    undecided = np.isin(reason, UNDECIDED)
    wanted = (open_ | (score > 1)) & (entity >= 0) & ~person & ~undecided
    at = np.flatnonzero(wanted)
    left: dict[str, tuple[int, int]] = {}
    for row in np.flatnonzero(open_ & ~wanted).tolist():
        why = "person" if person[row] else str(reason[row])
        count, fen = left.get(why, (0, 0))
        left[why] = (count + 1, fen + int(money[row]))
    branch = batch.keys["branch"]
    names = (*branch.names, "")
    columns = {"kind": kind[at].astype(np.int64), "entity": entity[at], "outstanding": money[at],
               "score": np.where(open_, 0, score)[at], "grams": grams[at]}  # fmt: skip
    return _Part(at, columns, [str(r) for r in reason[at]],
                 [names[c] for c in branch.codes[at].tolist()],
                 [(why, *sums) for why, sums in left.items()])  # fmt: skip


def _texts(table: pa.Table, name: str) -> NDArray[np.object_]:
    column = table.column(name).combine_chunks()
    texts: NDArray[np.object_] = column.cast(pa.string()).to_numpy(zero_copy_only=False)
    return texts


def _owner(standard: Standard, batch: Batch) -> tuple[NDArray[np.int8], Ints]:
    """The kind of entity that each position's page asks, and its row; -1 for nobody."""
    key = batch.keys["asset_class"]
    pages = [standard.page_of(name) for name in key.names]
    asked = [KINDS.index(p.entity) if p and p.entity in KINDS else -1 for p in pages]
    kinds = np.array([*asked, -1], np.int8)
    kind = kinds[key.codes]
    entity = np.full(batch.size, -1, np.int64)
    for k, name in enumerate(KINDS):
        entity = np.where(kind == k, batch.links[name], entity)
    return kind, entity


def _persons(positions: Positions, size: int) -> Mask:
    """Positions of natural persons: they are asked nothing."""
    column = positions.typed.columns.get("customer_type")
    if column is None:
        return np.zeros(size, np.bool_)
    wanted = pa.array(PERSONS)
    texts = column.cast(pa.string())
    found: Mask = np.asarray(pc.is_in(texts, value_set=wanted))
    return found
