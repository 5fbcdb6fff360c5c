"""Deals and structures: what follows from their columns, and what is wrong between these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.books.checks import Typed
from carbonledger.books.lazy import over
from carbonledger.estimates.pool import APART
from carbonledger.intake.book import OpenBook
from carbonledger.intake.coded import of_entity
from carbonledger.intake.undrawn import WEIGHTED
from carbonledger.issues import Issue, Place, errors
from carbonledger.method import SCOPES, Batch, Column, Flag

USE_OF_PROCEEDS = "use_of_proceeds"
ALLOCATED = {
    "allocated_amount": "outstanding_amount", "allocated_undrawn_amount": "undrawn_amount",
    "allocated_weighted_undrawn_amount": WEIGHTED,
}  # fmt: skip
"""What is held of a structure, or committed to it, times the share of its proceeds that is
allocated (p. 103), by name the amount that it is a part of.

All of it where the structure is the issuer's own: what is not allocated emits as the issuer does.
"""
TRANCHE = "tranche_outstanding_amount"
OUT_OF_SCOPE = ("credit_card", "student_loan", "other")
DERIVED = frozenset({"out_of_scope", "nothing_allocated"})


def pool_columns(table: pa.Table, columns: Mapping[str, Column]) -> dict[str, Column]:
    """Whether its collateral is outside the standard, and whether nothing of it emits yet."""
    always = np.ones(table.num_rows, np.bool_)
    outside = pc.is_in(table.column("collateral"), value_set=pa.array(OUT_OF_SCOPE))
    share = columns["allocated_share"]
    nothing = share.present & (share.values == 0) & ~integrated(columns)
    return {"out_of_scope": Column(np.asarray(outside.combine_chunks()), always),
            "nothing_allocated": Column(nothing, always)}  # fmt: skip


def pool_flags(columns: Mapping[str, Column]) -> dict[str, NDArray[np.uint32]]:
    """The flag of a figure that is zero because no proceeds are allocated."""
    nothing = columns["nothing_allocated"].values.astype(np.bool_)
    bits = np.where(nothing, np.uint32(Flag.PROCEEDS_UNALLOCATED), np.uint32(0))
    return {"allocated_share": bits.astype(np.uint32)}


def allocated_parts(
    amounts: Mapping[str, Column], asked: frozenset[str], link: NDArray[np.int32], pools: Batch
) -> dict[str, Column]:
    """Of the amounts of each position what counts in metrics, as far as it is asked for."""
    known = {n: of for n, of in ALLOCATED.items() if n in asked and of in amounts}
    return {n: allocated(amounts[of], link, pools) for n, of in known.items()}


def allocated(amount: Column, link: NDArray[np.int32], pools: Batch) -> Column:
    """Of each amount the part that counts in metrics, in whole fen."""
    share, whole = pools.columns["allocated_share"], integrated(pools.columns)
    value = of_entity(np.where(whole, 1.0, share.values.astype(np.float64)), link, 0.0)
    known = of_entity(share.present | whole, link, False)
    part = np.rint(amount.values.astype(np.float64) * value).astype(np.int64)
    return Column(part, amount.present & (known | (link < 0)))


def unallocated(pools: Batch) -> Column:
    """What of each structure that is its issuer's own is not allocated yet, in whole fen."""
    size, share = size_of(pools.columns), pools.columns["allocated_share"]
    left = np.rint(size.values.astype(np.float64) * (1.0 - share.values.astype(np.float64)))
    present = integrated(pools.columns) & size.present & share.present
    return Column(left.astype(np.int64), present)


def size_of(columns: Mapping[str, Column]) -> Column:
    """Equity and debt of each structure, or debt alone."""
    equity, debt = columns["total_equity"], columns["total_debt"]
    whole = np.where(equity.present, np.maximum(equity.values, 0), 0) + debt.values
    return Column(whole.astype(np.int64), debt.present)


def integrated(columns: Mapping[str, Column]) -> NDArray[np.bool_]:
    """Whether each structure stands in the balance sheet of its issuer."""
    column = columns["integrated"]
    said: NDArray[np.bool_] = column.present & column.values.astype(np.bool_)
    return said


def with_original(columns: Mapping[str, pa.Array]) -> Mapping[str, pa.Array]:
    """The current outstanding amount of each asset, else the original one: the standard's order."""
    size = len(next(iter(columns.values())))
    nothing = pa.nulls(size, pa.int64())
    amounts = (columns.get(n, nothing) for n in ("outstanding_amount", "granted_amount"))
    return over(columns, {"outstanding_amount": pc.coalesce(*amounts)})


def tranche_issues(batch: Batch, pools: Batch, typed: Typed) -> Iterator[Issue]:
    """Holdings of more than their tranche, and tranches of more than their deal, once a batch.

    The two factors would multiply to a share that looks right.
    """
    tranche, held = batch.columns.get(TRANCHE), batch.columns["outstanding_amount"]
    if tranche is None or not tranche.present.any():
        return
    deal, link = pools.columns["deal_outstanding_amount"], batch.links["pool"]
    whole = of_entity(deal.values.astype(np.int64), link, 0)
    known = of_entity(deal.present, link, False) & tranche.present
    of = tranche.values.astype(np.int64)
    above = tranche.present & held.present & (held.values.astype(np.int64) > of)
    wrong = {"holding_above_tranche": above, "tranche_above_deal": known & (of > whole)}
    for code, where in wrong.items():
        rows = np.flatnonzero(where)
        if rows.size:
            place = Place(typed.file, None, int(typed.rows[rows[0]]), TRANCHE)
            yield Issue(code, place, "", (("count", str(len(rows))),))


def pool_issues(
    opened: OpenBook | None, pools: Batch, ids: pa.Array, issuer_unknown: frozenset[int]
) -> Iterator[Issue]:
    """Pools whose own figures and those of their assets do not agree, or that lack some."""
    own = integrated(pools.columns)
    said = () if opened is None else errors(opened.issues)
    refused = {(i.place.file, i.place.row) for i in said}
    for file, number, at, id_ in rows_of(opened, ids):
        if (file, number) in refused:
            continue  # a cell that is refused is not blank besides
        figures = {n: _figure(pools, n, at) for n in _FIGURES}
        reported = [g for n in _REPORTED if (g := _figure(pools, n, at)) is not None]
        problems = [p for p in _of_pool(figures)
                    if not (reported and p[0] == "pool_without_assets")]  # fmt: skip
        if any(reported) and figures["allocated_share"] == 0 and not own[at]:
            problems.append(("pool_unallocated_emits", "allocated_share", ()))
        for code, column, words in problems:
            yield Issue(code, Place(file, row=number, column=column), id_, words)
        if at in issuer_unknown and not reported:
            yield Issue("pool_issuer_unknown", Place(file, row=number, column="counterparty_id"),
                        id_)  # fmt: skip


def rows_of(opened: OpenBook | None, ids: pa.Array) -> Iterator[tuple[str, int, int, str]]:
    """Each row of the book of pools: its file and number, which pool it is, and its id."""
    at = {id_: k for k, id_ in enumerate(ids.to_pylist())}
    for typed in () if opened is None else opened.batches():
        rows = typed.rows.tolist()
        for number, id_ in zip(rows, typed.columns["pool_id"].to_pylist(), strict=True):
            yield typed.file, number, at[id_], id_


_FIGURES = ("deal_outstanding_amount", "total_equity", "total_debt", "allocated_share",
            "pool_amount")  # fmt: skip


def _figure(pools: Batch, name: str, at: int) -> float | None:
    column = pools.columns[name]
    return float(column.values[at]) if column.present[at] else None


_REPORTED = tuple(f"emissions_scope{scope}_g" for scope in SCOPES)
"""What the issuer of a structure may report of it."""
Problem = tuple[str, str, tuple[tuple[str, str], ...]]


def _of_pool(figures: Mapping[str, float | None]) -> Iterator[Problem]:
    deal, equity, debt, share, assets = (figures[n] for n in _FIGURES)
    structure = None if debt is None else max(equity or 0.0, 0.0) + debt
    if structure is not None and deal is None and share is None:
        yield "pool_allocation_missing", "allocated_share", ()
        return
    if assets is None:
        if share != 0:
            yield "pool_without_assets", "pool_id", ()
        return
    if share == 0:
        yield "pool_unallocated_has_assets", "allocated_share", ()
        return
    whole, column = deal, "deal_outstanding_amount"
    if whole is None and structure is not None and share is not None:
        whole, column = structure * share, "allocated_share"
    if whole and abs(assets / whole - 1) > APART:
        words = (("assets", f"{assets / 100:.2f}"), ("pool", f"{whole / 100:.2f}"))
        yield "pool_does_not_sum", column, words
