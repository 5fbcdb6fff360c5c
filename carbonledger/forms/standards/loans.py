"""Row by row: each position under each standard, the differences and their causes named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.analysis.contrast import EFFECTS, Side, contrast
from carbonledger.figures import View
from carbonledger.form import Entries, EntryColumn
from carbonledger.forms.standards.causes import Causes
from carbonledger.forms.standards.rows import SHEET, PairRows, own
from carbonledger.issues import guarded
from carbonledger.method import Standard
from carbonledger.totals import NONE

FORMULA = "^[=+\\-@\t\r＝＋－＠]"
OWN = ("book", "position_id", "contract_id", "asset_class", "sector", "outstanding_amount")
EACH = {"status": "status", "reason": "reason", "balance": "balance",
        "attribution_factor": "attribution_factor", "share_rule": "share_rule",
        "scope12": "financed_emissions_scope12_g"}  # fmt: skip
"""Columns of each standard here and in its entries; its option stands beside them."""


@dataclass(frozen=True)
class Rows:
    """Makes rows of the entries of several standards; causes are worded in each view."""

    views: Sequence[View]
    standards: Sequence[Standard]

    def of(self, tables: Sequence[pa.Table]) -> pa.Table:
        """The rows of one batch."""
        columns = {name: _plain(tables[0].column(name)) for name in OWN}
        for standard, table in zip(self.standards, tables, strict=True):
            columns |= self._each(standard.id, table)
        sides = [Side(t) for t in tables]
        for one, two in combinations(range(len(tables)), 2):
            columns |= self._pair(one, two, sides)
        provisional = " ".join(s.id for s in self.standards if s.provisional)
        if provisional:  # seen second-hand, which every output says
            columns["provisional"] = pa.array([provisional] * tables[0].num_rows, pa.string())
        return pa.table(columns)

    def _each(self, standard: str, table: pa.Table) -> dict[str, pa.ChunkedArray]:
        found = {own(standard, n): _plain(table.column(c)) for n, c in EACH.items()}
        one, two = (_plain(table.column(f"option_scope{s}")) for s in "12")
        differ = pc.fill_null(pc.not_equal(one, two), False)
        both = pc.binary_join_element_wise(one, two, " / ")
        found[own(standard, "option")] = pc.if_else(differ, both, pc.coalesce(one, two))
        return found

    def _pair(self, one: int, two: int, sides: Sequence[Side]) -> dict[str, pa.Array]:
        first, second = self.standards[one], self.standards[two]
        effects = contrast(sides[one], sides[two])
        names = pa.array([*EFFECTS])
        alone = sides[one].computed != sides[two].computed
        code = np.where(alone, EFFECTS.index("coverage"), effects.main)
        main = pa.array(code, pa.int32(), mask=code < 0)
        found = {"difference": pa.array(sides[two].grams - sides[one].grams)}
        found |= {f"by_{n}": pa.array(e) for n, e in zip(EFFECTS, effects, strict=True)}
        found["cause"] = pc.take(names, main)
        for view in self.views:
            causes = Causes(view, first, second)
            found[f"cause_{view.language}"] = causes.texts(
                sides[one].table, sides[two].table, effects)  # fmt: skip
        named = PairRows(first.id, second.id).column
        return {named(n): v for n, v in found.items()}


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def sheet(
    view: View, standards: Sequence[Standard], batches: Iterable[Sequence[pa.Table]]
) -> Entries:
    """The rows as a sheet that the totals of the form are sums over."""
    made = Rows((view,), standards)
    rows = pa.concat_tables([made.of(tables) for tables in batches])
    left_out = {n for n in ("contract_id",) if rows.column(n).null_count == len(rows)}
    kept = [n for n in rows.column_names if n not in left_out]
    columns = tuple(EntryColumn(n, _label(view, n), _kind(rows, n)) for n in kept)
    shown = {c.name: _dashed(rows.column(c.name)) if c.kind == "text" else rows.column(c.name)
             for c in columns}  # fmt: skip
    for name in kept:
        if name.endswith(":cause"):
            shown[name] = _named(view, rows.column(name))
    return Entries(SHEET, view.say("loans", "sheet"), columns, pa.table(shown))


def _label(view: View, name: str) -> str:
    of, _, column = name.rpartition(":")
    column = "why" if column.startswith("cause_") else column
    text = view.say("loans", column)
    return f"{of.replace('>', ' → ')} {text}" if of else text


def _kind(rows: pa.Table, name: str) -> Literal["text", "number"]:
    return "text" if pa.types.is_string(rows.schema.field(name).type) else "number"


def _dashed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    filled = pc.fill_null(column, NONE)
    return pc.if_else(pc.equal(filled, ""), NONE, filled)


def _named(view: View, causes: pa.ChunkedArray) -> pa.ChunkedArray:
    """The main cause by its name."""
    place = pc.index_in(causes, value_set=pa.array(EFFECTS))
    names = pa.array([view.say("effects", e) for e in EFFECTS])
    return pc.fill_null(pc.take(names, place), NONE)


def guarded_text(rows: pa.Table) -> pa.Table:
    """Text of the books that a spreadsheet would take for a formula, quoted."""
    columns = {n: rows.column(n) for n in rows.column_names}
    for name in ("position_id", "contract_id", "asset_class", "sector"):
        texts = rows.column(name)
        odd = pc.fill_null(pc.match_substring_regex(texts, FORMULA), False)
        if pc.any(odd).as_py():
            quoted = [guarded(t) for t in texts.filter(odd).to_pylist()]
            columns[name] = pc.replace_with_mask(
                texts.combine_chunks(), odd.combine_chunks(), pa.array(quoted, pa.string())
            )
    return pa.table(columns)


def numbers_as_text(rows: pa.Table) -> pa.Table:
    """Whole numbers and decimals as text, for readers that hold numbers as floats."""
    columns = {
        n: rows.column(n).cast(pa.string())
        if np.issubdtype(rows.schema.field(n).type.to_pandas_dtype(), np.number)
        else rows.column(n)
        for n in rows.column_names
    }
    return pa.table(columns)
