"""What data-quality scores weigh: the amount of an entry, of a structure what is allocated of it.

A structure's proceeds count in metrics as far as they are allocated (PCAF Part A 3rd ed., p. 103),
and what has no score leaves both sums. Ledgers add the same up without entries at hand.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.method import Standard

AMOUNT = "outstanding_amount"
SCORES = {
    "score": ("data_quality_score", "data_quality_score_pooled"),
    "score3": ("data_quality_score_scope3", "data_quality_score_scope3_pooled"),
}
"""By name in formulas the columns of entries: a whole score, or the weighted mean of a pool."""
NEEDED = frozenset({"asset_class", "status", AMOUNT, "balance"})
"""What else of an entry says how much it weighs."""


def weight(table: pa.Table, standard: Standard, score: str) -> pa.Array:
    """Whole fen that each entry's score weighs, null where it has none."""
    lighter = [n for p in standard.pages if p.balance != AMOUNT for n in p.takes]
    amount = _of(table, AMOUNT)
    if lighter:
        taken = pc.is_in(_text(table, "asset_class"), value_set=pa.array(lighter, pa.string()))
        computed = pc.equal(_text(table, "status"), "computed")
        amount = pc.if_else(pc.and_(taken, computed), _of(table, "balance"), amount)
    return pc.if_else(has_score(table, score), amount, None)


def scored(table: pa.Table, standard: Standard, score: str) -> pa.Array:
    """Score times weight of each entry, that of a pool rounded once."""
    weighed = weight(table, standard, score)
    whole, mean = (_of(table, name) for name in SCORES[score])
    of_mean = pc.round(pc.multiply(weighed.cast(pa.float64()), mean), round_mode="half_to_even")
    return pc.coalesce(pc.multiply(weighed, whole.cast(pa.int64())), of_mean.cast(pa.int64()))


def mean_of(table: pa.Table, score: str) -> pa.Array:
    """The score of each entry that is the weighted mean of a pool, null elsewhere."""
    return _of(table, SCORES[score][1])


def has_score(table: pa.Table, score: str) -> pa.Array:
    """Whether each entry has a score."""
    whole, mean = (_of(table, name) for name in SCORES[score])
    return pc.or_(whole.is_valid(), mean.is_valid())


def _of(table: pa.Table, name: str) -> pa.Array:
    if name not in table.column_names:  # a run from before the column
        return pa.nulls(table.num_rows, pa.float64())
    return table.column(name).combine_chunks()


def _text(table: pa.Table, name: str) -> pa.Array:
    return _of(table, name).cast(pa.string())
