"""attribute(): the share of each position, and what its entity's estimate makes of it.

Whatever depends on the entity alone (which share is open, which option answered with what flags
and score) is worked out once an entity and shared by all its positions; a batch only gathers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.entity import Estimated
from carbonledger.engine.entries import (
    WITHOUT_PAGE,
    Entries,
    flagged,
    joined,
    leave_out,
    without_page,
)
from carbonledger.engine.estimate import TOO_LARGE, flags_of
from carbonledger.engine.shares import Taken, shares_of
from carbonledger.engine.terms import AboveOne
from carbonledger.engine.without_share import without_share
from carbonledger.lookup import FactorSource
from carbonledger.method import REASONS, Array, Batch, Standard

Part = tuple[Rows | slice, Entries]
"""Rows of a batch and their entries."""

LACKS_DATA = np.isin(REASONS, ["no_match", "no_denominator", "denominator_not_positive",
                               "no_emissions", "no_factor", "one_scope_only"])  # fmt: skip
"""By reason, whether it means that the entity lacks what a page asks of it."""


def attribute(
    positions: Batch,
    estimated: Mapping[tuple[str, ...], Estimated],
    factors: FactorSource,
    standard: Standard,
    *,
    excluded: NDArray[np.uint8] | None = None,
    above_one: AboveOne = "flag",
) -> Entries:
    """The entries of positions under a standard; every position gets a reason or grams.

    ``excluded`` holds a reason code per position, 0 where it stays in; ``above_one`` says what to
    do with an attribution factor above 1.
    """

    def under(index: int, rows: Rows | slice, size: int) -> Entries:
        page = standard.pages[index]
        shown = estimated[standard.estimates_key(page)]
        terms = shown.terms(standard, index, above_one)
        taken = Taken(positions, rows, size, page, shown, terms)
        return flagged(_account(taken, factors, standard), page.flag)

    parts: list[Part] = []
    for index, rows, size in _by_page(positions, standard):
        parts.append((rows, under(index, rows, size)))
        if standard.pages[index].otherwise:
            parts += _taken_over(standard, index, parts[-1], under)
    whole = [entries for rows, entries in parts if isinstance(rows, slice)]
    entries = whole[0] if whole and len(parts) == 1 else _assembled(positions, standard, parts)
    if excluded is not None and excluded.any():
        return leave_out(entries, excluded)
    return entries


def _taken_over(
    standard: Standard, index: int, first: Part, under: Callable[[int, Rows, int], Entries]
) -> list[Part]:
    """Rows that lack what their page asks of their entity, where another page can compute them."""
    rows, part = first
    lacking = np.flatnonzero(LACKS_DATA[part.reason])
    if not lacking.size:
        return []
    at = lacking if isinstance(rows, slice) else rows[lacking]
    other = [page.name for page in standard.pages].index(standard.pages[index].otherwise)
    found = under(other, at, at.size)
    computed = np.flatnonzero(found.reason == 0)
    return [(at[computed], found.take(computed))]


def _by_page(positions: Batch, standard: Standard) -> Iterator[tuple[int, Rows | slice, int]]:
    """The rows that each page takes, and how many; a slice where it takes them all."""
    key = positions.keys["asset_class"]
    pages = [standard.page_of(name) for name in key.names]
    of_code = np.array([*(standard.pages.index(p) if p else -1 for p in pages), -1], np.int8)
    codes = key.codes
    if positions.size and codes.min() == codes.max() and of_code[codes[0]] >= 0:
        yield int(of_code[codes[0]]), slice(None), positions.size
        return
    page = of_code[codes]
    for index in range(len(standard.pages)):
        rows = np.flatnonzero(page == index)
        if rows.size:
            yield index, rows, rows.size


def _assembled(positions: Batch, standard: Standard, parts: list[Part]) -> Entries:
    """The entries of several pages in the order of their positions."""
    size = positions.size
    tables = [without_page()]
    key = positions.keys["asset_class"]
    fate = [WITHOUT_PAGE.index("optional_in_standard" if n in standard.optional else
                               "class_not_in_standard") for n in key.names]  # fmt: skip
    nameless = WITHOUT_PAGE.index("no_asset_class")
    entries = Entries(
        tables[0], np.array([*fate, nameless], np.intp)[key.codes], _own_flags(positions),
        np.full(size, np.nan), np.zeros(size, np.int64), np.zeros(size, np.int64),
        np.zeros((3, size), np.int64),
    )  # fmt: skip
    before = len(tables[0].reason)
    for rows, part in parts:
        entries.case[rows] = part.case + before
        entries.share[rows], entries.balance[rows] = part.share, part.balance
        entries.grams12[rows], entries.grams[:, rows] = part.grams12, part.grams
        tables.append(part.cases)
        before += len(part.cases.reason)
    return Entries(joined(tables), entries.case, entries.own_flags, entries.share,
                   entries.balance, entries.grams12, entries.grams)  # fmt: skip


def _own_flags(positions: Batch) -> NDArray[np.uint32]:
    return flags_of(positions, ["asset_class", "outstanding_amount", "sector", "joined_by"])


def _account(taken: Taken, factors: FactorSource, standard: Standard) -> Entries:
    """The entries of a page's rows: share x estimate, rounded once.

    Scope 1 and 2 stand apart, or together where nobody can split them.
    """
    shares = shares_of(taken)
    emitted, combined = taken.estimated.emitted(taken.page)
    grams = np.zeros((3, taken.size), np.int64)
    grams12 = np.zeros(taken.size, np.int64)
    for k, scope in ((0, 0), (1, 1), (2, 3)) if standard.scope3 else ((0, 0), (1, 1)):
        _multiply(shares.counts, emitted[scope], shares.entity, grams[k])
    np.add(grams[0], grams[1], out=grams12)
    if combined:
        together = np.empty_like(grams12)
        _multiply(shares.counts, emitted[2], shares.entity, together)
        grams12 += together
    cases = taken.terms.cases
    balance = taken.positions.columns.get(taken.page.balance)
    amount = 0 if balance is None else balance.values[taken.rows]
    entries = Entries(
        cases, shares.case, _own_flags(taken.positions)[taken.rows], shares.share,
        np.where(cases.reason.take(shares.case) == 0, amount, 0), grams12, grams,
    )  # fmt: skip
    if any(taken.estimated.knows(factors, option) for option in taken.page.without_share):
        return without_share(taken, factors, standard, entries)
    return entries


def _multiply(share: Array, emitted: Array, entity: Rows, out: NDArray[np.int64]) -> None:
    product = emitted.take(entity, mode="clip")
    product *= share
    if product.size and max(product.max(), -product.min()) >= TOO_LARGE:
        raise OverflowError("an entry of more than 4.6e18 grams")
    out[:] = np.rint(product, out=product)
