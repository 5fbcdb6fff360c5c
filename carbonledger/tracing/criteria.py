"""Which entries a formula means, and what it adds up of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.cells import Criterion, Sum
from carbonledger.entries import flag_names
from carbonledger.method import Standard
from carbonledger.totals import BLANK, NONE
from carbonledger.weights import NEEDED, SCORES, mean_of, scored, weight

COLUMNS = {
    "asset_class": "asset_class", "sector": "sector", "region": "region", "branch": "branch",
    "status": "status", "reason": "reason", "option3": "option_scope3",
    "joined_by": "joined_by",
    "score": "data_quality_score", "score3": "data_quality_score_scope3",
    "score_pooled": "data_quality_score_pooled",
    "score3_pooled": "data_quality_score_scope3_pooled",
    "outstanding_amount": "outstanding_amount", "balance": "balance",
    "scope1": "financed_emissions_scope1_g", "scope2": "financed_emissions_scope2_g",
    "scope12": "financed_emissions_scope12_g", "scope3": "financed_emissions_scope3_g",
}  # fmt: skip
"""Names that formulas use, and in the run's entries."""

BY_WEIGHT = {"scored": (scored, "score"), "weight": (weight, "score"),
             "scored3": (scored, "score3"), "weight3": (weight, "score3")}  # fmt: skip
"""Products that formulas sum: scores times what they weigh, and what they weigh."""
BY_EMISSIONS = {"scored_g": ("data_quality_score", "financed_emissions_scope12_g")}
"""The same where the standard weighs by emissions."""
OPTIONS = ("option_scope1", "option_scope2")
Mask = NDArray[np.bool_]


def asked_by(total: Sum) -> set[str]:
    """The columns of entries that say which rows a sum takes."""
    named = {name for name, _ in (*total.where, *total.unless)}
    columns = {COLUMNS[n] for n in named if n in COLUMNS} | ({"flags"} & named)
    columns |= set(OPTIONS) if "option" in named else set()
    return columns | ({"branch"} if "branch_no" in named else set())


def summed_by(total: Sum) -> set[str]:
    """The columns of entries that a sum adds up."""
    if total.column in BY_WEIGHT:
        return {*SCORES[BY_WEIGHT[total.column][1]], *NEEDED}
    return set(BY_EMISSIONS.get(total.column, ())) or {COLUMNS[c] for c in (total.column,) if c}


def values_of(table: pa.Table, column: str, standard: Standard) -> pa.Array:
    """What is added up of each entry; without a column, one."""
    if not column:
        return pa.array(np.ones(table.num_rows, np.int64))
    if column in BY_WEIGHT:
        worked_out, score = BY_WEIGHT[column]
        return worked_out(table, standard, score)
    if column in BY_EMISSIONS:
        score, grams = BY_EMISSIONS[column]
        return pc.multiply(_of(table, score).cast(pa.int64()), _of(table, grams))
    return _of(table, COLUMNS[column]).cast(pa.int64())


def _of(table: pa.Table, column: str) -> pa.Array:
    return table.column(column).combine_chunks()


def _whole(table: pa.Table, column: str) -> NDArray[np.int64]:
    values: NDArray[np.int64] = _of(table, column).fill_null(0).to_numpy().astype(np.int64)
    return values


def chosen(
    table: pa.Table, total: Sum, standard: Standard, branches: Mapping[str, int]
) -> Mask | None:
    """The rows of a sum; None for all of them."""
    mask: Mask | None = None
    for name, value in total.where:
        met = _meets(table, name, value, standard, branches)
        mask = met if mask is None else mask & met
    for name, value in total.unless:
        met = ~_meets(table, name, value, standard, branches)
        mask = met if mask is None else mask & met
    return mask


def _meets(
    table: pa.Table, name: str, value: Criterion, standard: Standard, branches: Mapping[str, int]
) -> Mask:
    """Where an entry's column is what a criterion of a formula asks for."""
    wanted = value if isinstance(value, tuple) else (value,)
    if name == "flags":
        bits = _of(table, "flags").dictionary_encode()
        names = [f";{flag_names(b)};" for b in bits.dictionary.to_pylist()]
        hit = np.array([any(_like(n, str(w)) for w in wanted) for n in names], np.bool_)
        met: Mask = hit[bits.indices.to_numpy()]
        return met
    if name == "option":
        found = worse_option(table, standard)
        order = {n: k for k, n in enumerate(standard.option_names)}
        return np.isin(found, [order.get(str(w), -1) for w in wanted])
    if name == "branch_no":
        codes = {number: code for code, number in branches.items()}
        return _texts_meet(table, "branch", tuple(codes[int(w)] for w in wanted))
    if name.endswith("_pooled"):
        mean = mean_of(table, name.removesuffix("_pooled"))
        return np.asarray(mean.is_null() if wanted == (NONE,) else mean.is_valid())
    if any(isinstance(w, int) for w in wanted) or name.startswith("score"):
        numbers = _whole(table, COLUMNS[name])
        return np.isin(numbers, [w if isinstance(w, int) else 0 for w in wanted])
    return _texts_meet(table, COLUMNS[name], tuple(map(str, wanted)))


def _texts_meet(table: pa.Table, column: str, wanted: Sequence[str]) -> Mask:
    coded = _of(table, column)
    hit = _hits((*coded.dictionary.to_pylist(), None), tuple(wanted))
    met: Mask = hit[coded.indices.fill_null(-1).to_numpy()]
    return met


@lru_cache(maxsize=64)
def _hits(texts: tuple[str | None, ...], wanted: tuple[str, ...]) -> Mask:
    """Which of the texts of a column meet a criterion: row groups mostly hold the same ones."""
    return np.array([any(_like(t or "", w) for w in wanted) for t in texts], np.bool_)


def _like(text: str, pattern: str) -> bool:
    """Whether a text is what a spreadsheet's criterion means; a dash is what has no code."""
    if pattern in (NONE, BLANK, ""):
        return text == ""
    if pattern.startswith("*") and pattern.endswith("*"):
        return pattern[1:-1] in text
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def worse_option(table: pa.Table, standard: Standard) -> NDArray[np.int64]:
    """Of scope 1 and 2 the option further down the standard's order, -1 for none."""
    order = {name: k for k, name in enumerate(standard.option_names)}
    found = []
    for column in OPTIONS:
        coded = _of(table, column)
        places = np.array([*(order.get(t, -1) for t in coded.dictionary.to_pylist()), -1], np.int8)
        found.append(places[coded.indices.fill_null(-1).to_numpy()])
    worse: NDArray[np.int64] = np.maximum(*found).astype(np.int64)
    return worse
