"""The rows behind the totals: whole grams and fen, from which a workbook's formulas start."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.analysis.disclosure import Account
from carbonledger.entries import flag_names
from carbonledger.figures import View
from carbonledger.form import Entries, EntryColumn
from carbonledger.method import Standard
from carbonledger.totals import NONE
from carbonledger.weights import mean_of, scored, weight

LIMIT = 50_000

NUMBERS = frozenset(
    {"outstanding_amount", "balance", "attribution_factor", "scope1", "scope2", "scope12",
     "scope3", "score", "score3", "weight", "scored", "weight3", "scored3", "scored_g",
     "branch_no"}
)  # fmt: skip
PLAIN = {
    "position_id": "position_id", "contract_id": "contract_id", "asset_class": "asset_class",
    "sector": "sector", "region": "region", "branch": "branch", "group": "group",
    "reporting_entity": "reporting_entity", "joined_by": "joined_by", "status": "status",
    "reason": "reason", "share_rule": "share_rule", "option3": "option_scope3",
    "outstanding_amount": "outstanding_amount", "balance": "balance",
    "attribution_factor": "attribution_factor", "scope1": "financed_emissions_scope1_g",
    "scope2": "financed_emissions_scope2_g", "scope12": "financed_emissions_scope12_g",
    "scope3": "financed_emissions_scope3_g", "score": "data_quality_score",
    "score3": "data_quality_score_scope3",
}  # fmt: skip
"""Names of the columns here, and in the run's entries. No name of a person or company is there."""

ORDER = ("position_id", "contract_id", "asset_class", "sector", "region", "branch", "branch_no",
         "group", "reporting_entity", "joined_by", "status", "reason", "outstanding_amount",
         "balance", "attribution_factor", "share_rule",
         "option", "score", "score_pooled", "scope1", "scope2", "scope12", "option3", "score3",
         "score3_pooled", "scope3", "weight", "scored", "weight3", "scored3", "scored_g",
         "flags")  # fmt: skip


def entries(view: View, account: Account, branches: dict[str, int]) -> Entries:
    """The entries of one standard as a sheet."""
    shown = columns_of(account, branches)
    name = account.standard.id
    return Entries(
        sheet=name,
        title=view.say("notes", "entries_sheet", standard=name),
        columns=tuple(
            EntryColumn(c, view.say("entry_columns", c), "number" if c in NUMBERS else "text")
            for c in shown.column_names
        ),
        rows=shown,
    )


def columns_of(account: Account, branches: dict[str, int]) -> pa.Table:
    """The columns of the sheet; what a text column lacks is a dash, so that formulas find it."""
    table, standard, whole = account.entries, account.standard, account.ledger.whole
    made = {name: _decoded(table.column(source)) for name, source in PLAIN.items()}
    made["option"] = _worse_option(table, standard)
    made["flags"] = _flags(table.column("flags"))
    made["branch_no"] = _numbers(made["branch"], branches)
    skipped: set[str] = set()
    for score, end, lighter in (("score", "", whole.unscored), ("score3", "3", whole.unscored3)):
        made |= _scores(table, standard, score, end)
        skipped |= set() if lighter else {f"weight{end}"}
        if made[f"{score}_pooled"].null_count == table.num_rows:
            skipped.add(f"{score}_pooled")
    made["scored_g"] = pc.multiply(made["scope12"], made["score"].cast(pa.int64()))
    skipped.add("scored" if standard.score_weight == "emissions" else "scored_g")
    skipped |= set() if standard.scope3 else {"option3", "score3", "scope3", "scored3"}
    skipped |= set() if standard.scored else {"score", "score3", "scored", "scored3"}
    skipped |= {"contract_id"} if made["contract_id"].null_count == table.num_rows else set()
    skipped |= set() if any(branches) else {"branch", "branch_no"}
    skipped |= {n for n in ("group", "reporting_entity")
                if made[n].null_count == table.num_rows}  # fmt: skip
    names = [name for name in ORDER if name not in skipped]
    return pa.table({n: made[n] if n in NUMBERS else _dashed(made[n]) for n in names})


def _scores(table: pa.Table, standard: Standard, score: str, end: str) -> dict[str, Any]:
    """What the score of each entry weighs, the product of both, and as text that of a pool."""
    return {f"weight{end}": weight(table, standard, score),
            f"scored{end}": scored(table, standard, score),
            f"{score}_pooled": mean_of(table, score).cast(pa.string())}  # fmt: skip


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    coded = pa.types.is_dictionary(column.type)
    return column.cast(column.type.value_type) if coded else column


def _dashed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    filled = pc.fill_null(column, NONE)
    return pc.if_else(pc.equal(filled, ""), NONE, filled)


def _worse_option(table: pa.Table, standard: Standard) -> pa.ChunkedArray:
    """Of scope 1 and scope 2 the option further down the standard's order, as totals have it."""
    order = pa.array(standard.option_names)
    one, two = (
        pc.index_in(_decoded(table.column(f"option_scope{scope}")), value_set=order)
        for scope in "12"
    )
    return pc.take(order, pc.max_element_wise(one, two))


def _flags(bits: pa.ChunkedArray) -> pa.ChunkedArray:
    """Names between semicolons, so that a formula finds one and not a part of another."""
    coded = bits.combine_chunks().dictionary_encode()
    names = [f";{flag_names(b)};" if b else "" for b in coded.dictionary.to_pylist()]
    return pa.chunked_array([pc.take(pa.array(names, pa.string()), coded.indices)])


def _numbers(branch: pa.ChunkedArray, branches: dict[str, int]) -> pa.ChunkedArray:
    order = pa.array(sorted(branches, key=branches.__getitem__), pa.string())
    return pc.index_in(pc.fill_null(branch, ""), value_set=order)
