"""The entries of a sealed run under each of its standards, position by position, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from carbonledger.analysis.sealed import disclosure_of
from carbonledger.analysis.side_by_side import Contrast, side_by_side
from carbonledger.form import Entries
from carbonledger.forms.standards import Compared
from carbonledger.runs import ENTRIES, Run
from carbonledger.standards import standards

KEY = ("book", "position_id", "contract_id", "counterparty_id", "project_id")
COLUMNS = (
    *KEY, "asset_class", "sector", "status", "reason", "outstanding_amount", "balance",
    "attribution_factor", "share_rule", "option_scope1", "option_scope2",
    "financed_emissions_scope12_g", "flags",
)  # fmt: skip
BATCH = 65_536
ACCOUNT = "financed"
"""Accounts never net: what is compared is financed emissions."""


def comparable(run: Run) -> list[str]:
    """The standards of the run that have entries of financed emissions."""
    named: list[str] = run.manifest["inputs"]["config"]["standards"]
    return [n for n in named if standards()[n].account == ACCOUNT]


def comparison(run: Run, names: Sequence[str], rows: Entries | None = None) -> Compared:
    """What the form is made of."""
    return Compared(disclosure_of(run), compared(run, names), rows)


def compared(run: Run, names: Sequence[str]) -> tuple[Contrast, ...]:
    """Every pair of standards of the run."""
    return side_by_side(names, batches(run, names))


def batches(run: Run, names: Sequence[str]) -> Iterator[tuple[pa.Table, ...]]:
    """The same positions under each standard; entries are sealed in the order of the books."""
    paths = [run.folder / ENTRIES / f"{name}.parquet" for name in names]
    if not _in_one_order(paths):
        yield from _joined(paths)
        return
    for group in _in_step(paths, COLUMNS):
        yield tuple(pa.Table.from_batches([b]) for b in group)


def _in_step(paths: Sequence[Path], columns: Sequence[str]) -> Iterator[tuple[pa.RecordBatch, ...]]:
    """Batches of all files side by side, as long as they last."""
    with ExitStack() as stack:
        files = [stack.enter_context(pq.ParquetFile(p)) for p in paths]
        readers = [f.iter_batches(BATCH, columns=list(columns)) for f in files]
        yield from zip(*readers, strict=False)


def _in_one_order(paths: Sequence[Path]) -> bool:
    """Whether all files hold the same positions in the same batches."""
    sizes = [pq.read_metadata(p).num_rows for p in paths]
    if len(set(sizes)) > 1:
        return False
    for first, *others in _in_step(paths, KEY):
        if any(len(o) != len(first) for o in others):
            return False
        same = all(_texts(o, n).equals(_texts(first, n)) for o in others for n in KEY)
        if not same:
            return False
    return True


def _texts(table: pa.RecordBatch | pa.Table, name: str) -> pa.Array:
    return pc.fill_null(table.column(name).cast(pa.string()), "")


def _joined(paths: Sequence[Path]) -> Iterator[tuple[pa.Table, ...]]:
    """The same by key, where a standard holds other positions or another order.

    A position that a standard does not hold has no status there. Entries of one key are told apart
    by their number.
    """
    tables = [pq.read_table(p, columns=list(COLUMNS)) for p in paths]
    keys = [_keys(t) for t in tables]
    every = pc.unique(pa.chunked_array([c for k in keys for c in k.chunks]))
    places = [pc.index_in(every, value_set=k.combine_chunks()) for k in keys]
    whole = [t.take(at) for t, at in zip(tables, places, strict=True)]
    known = whole[0]
    for other in whole[1:]:
        known = _filled(known, other)
    named = [_with_names(t, known) for t in whole]
    for start in range(0, len(every), BATCH):
        yield tuple(t.slice(start, BATCH).combine_chunks() for t in named)


def _keys(table: pa.Table) -> pa.ChunkedArray:
    import pandas as pd

    text = pc.binary_join_element_wise(*(_texts(table, n) for n in KEY), "\x1f")
    number = pd.Series(text.to_pandas()).groupby(text.to_pandas()).cumcount()
    return pc.binary_join_element_wise(
        text, pa.chunked_array([pa.array(number.astype(str), pa.string())]), "\x1f")  # fmt: skip


_OWN = (*KEY, "asset_class", "sector", "outstanding_amount")
"""What a position is under every standard."""


def _filled(known: pa.Table, other: pa.Table) -> pa.Table:
    columns = {n: pc.coalesce(_plain(known, n), _plain(other, n)) for n in _OWN}
    return pa.table(columns)


def _with_names(table: pa.Table, known: pa.Table) -> pa.Table:
    columns = {n: known.column(n) if n in _OWN else table.column(n) for n in COLUMNS}
    return pa.table(columns)


def _plain(table: pa.Table, name: str) -> pa.ChunkedArray:
    column = table.column(name)
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
