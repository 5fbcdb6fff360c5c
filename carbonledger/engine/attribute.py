"""attribute(): the share of each position, and what its entity's estimate makes of it.

Whatever depends on the entity alone (which share is open, which option answered with what flags
and score) is worked out once an entity and shared by all its positions; a batch only gathers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.entity import Estimated
from carbonledger.engine.entries import (
    WITHOUT_PAGE,
    Cases,
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
from carbonledger.method import IN_USD, OUT_OF_SCOPE, Array, Batch, Column, Standard
from carbonledger.outcomes import REASONS

LACKS_DATA = np.isin(REASONS, ["no_match", "no_denominator", "denominator_not_positive",
                               "no_emissions", "no_factor", "one_scope_only"])  # fmt: skip
"""By reason, whether it means that the entity lacks what a page asks of it."""


class Part(NamedTuple):
    """Rows of sorted positions, their entries and the page that made them."""

    page: int
    rows: Rows | slice
    entries: Entries


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
    grouped = _grouped(positions, standard)

    def under(index: int, rows: Rows | slice) -> Part:
        page = standard.pages[index]
        shown = estimated[standard.estimates_key(page)]
        terms = shown.terms(standard, index, above_one)
        entries = _account(Taken(grouped.rows, rows, page, shown, terms), factors, standard)
        own = entries.cases is not terms.cases  # cases of its own bear no flag of the page yet
        return Part(index, rows, flagged(entries, page.flag) if own else entries)

    parts: list[Part] = []
    for index, rows in grouped.spans:
        parts.append(under(index, rows))
        if standard.pages[index].otherwise:
            parts += _taken_over(standard, parts[-1], rows.start, under)
    if grouped.order is None and len(parts) == 1:
        entries = replace(parts[0].entries, own_flags=_own_flags(positions))
    else:
        tables = _tables(standard, estimated, above_one)
        entries = _assembled(positions, standard, grouped.order, parts, tables)
    if excluded is not None and excluded.any():
        return leave_out(entries, excluded)
    return entries


def _taken_over(
    standard: Standard, first: Part, start: int, under: Callable[[int, Rows], Part]
) -> list[Part]:
    """Rows that lack what their page asks of their entity, where another page can compute them."""
    lacking = np.flatnonzero(LACKS_DATA[first.entries.reason]) + start
    if not lacking.size:
        return []
    names = [page.name for page in standard.pages]
    other = names.index(standard.pages[first.page].otherwise)
    found = under(other, lacking).entries
    computed = np.flatnonzero(found.reason == 0)
    return [Part(other, lacking[computed], found.take(computed))]


@dataclass(frozen=True)
class _Grouped:
    """Positions in the order of the pages that take them, and the rows of each page."""

    rows: Batch
    spans: Sequence[tuple[int, slice]]
    order: Rows | None
    """Where each row stood; none where one page takes them all as they stand."""


def _grouped(positions: Batch, standard: Standard) -> _Grouped:
    """Positions sorted once by the page that takes them, those that none takes first."""
    key = positions.keys["asset_class"]
    pages = [standard.page_of(name) for name in key.names]
    of_code = np.array([*(standard.pages.index(p) if p else -1 for p in pages), -1], np.int8)
    codes = key.codes
    if positions.size and codes.min() == codes.max() and of_code[codes[0]] >= 0:
        return _Grouped(positions, [(int(of_code[codes[0]]), slice(0, positions.size))], None)
    page = of_code.take(codes, mode="wrap")
    order = np.argsort(page, kind="stable")
    ends = np.cumsum(np.bincount(page + 1, minlength=len(standard.pages) + 1)).tolist()
    spans = [(k, slice(*span)) for k, span in enumerate(pairwise(ends)) if span[0] < span[1]]
    columns = {
        n: Column(c.values.take(order), c.present if c.present.all() else c.present.take(order))
        for n, c in positions.columns.items()
    }
    links = {n: link.take(order) for n, link in positions.links.items()}
    return _Grouped(Batch(positions.size, columns, links=links), spans, order)


def _tables(
    standard: Standard, estimated: Mapping[tuple[str, ...], Estimated], above_one: AboveOne
) -> Cases:
    """The cases of all pages of a standard, one page behind the other, joined once."""
    shown = [estimated[standard.estimates_key(page)] for page in standard.pages]

    def together() -> tuple[list[Estimated], Cases]:
        terms = [of.terms(standard, k, above_one) for k, of in enumerate(shown)]
        return shown, joined([without_page(), *(t.cases for t in terms)])

    # They hold for these estimates alone, which are kept with them so that no id comes again.
    names = (p.name for p in standard.pages)
    cases: Cases = shown[0].kept((standard.id, *names, above_one, *map(id, shown)), together)[1]
    return cases


def why_none(standard: Standard, asset_class: str | None) -> str:
    """Why no page of a standard takes a class, or a position without one."""
    if asset_class is None:
        return "no_asset_class"
    if asset_class == OUT_OF_SCOPE:
        return "out_of_scope"
    optional = asset_class in standard.optional
    return "optional_in_standard" if optional else "class_not_in_standard"


def _assembled(
    positions: Batch, standard: Standard, order: Rows | None, parts: Sequence[Part], tables: Cases
) -> Entries:
    """The entries of several pages in the order of their positions.

    Cases that a page made of its own for these positions stand behind those of all pages.
    """
    size, starts = positions.size, tables.starts
    key = positions.keys["asset_class"]
    fate = [WITHOUT_PAGE.index(why_none(standard, name)) for name in (*key.names, None)]
    case = np.array(fate, np.intp).take(key.codes, mode="wrap")
    share, balance = np.full(size, np.nan), np.zeros(size, np.int64)
    grams12, grams = np.zeros(size, np.int64), np.zeros((3, size), np.int64)
    more, last = [tables], starts[-1]
    for index, rows, part in parts:
        start, usual = starts[index + 1], starts[index + 2] - starts[index + 1]
        at = rows if order is None else order[rows]
        count = len(part.cases.reason) - usual
        if count:
            more.append(part.cases.take(np.arange(usual, usual + count)))
            case[at] = np.where(part.case < usual, part.case + start, part.case - usual + last)
            last += count
        else:
            case[at] = part.case + start
        share[at], balance[at], grams12[at] = part.share, part.balance, part.grams12
        for into, of in zip(grams, part.grams, strict=True):
            into[at] = of
    cases = tables if len(more) == 1 else joined(more)
    return Entries(cases, case, _own_flags(positions), share, balance, grams12, grams)


def _own_flags(positions: Batch) -> NDArray[np.uint32]:
    return flags_of(positions, ["asset_class", "outstanding_amount", IN_USD, "sector",
                                "joined_by"])  # fmt: skip


def _account(taken: Taken, factors: FactorSource, standard: Standard) -> Entries:
    """The entries of a page's rows: share x estimate, rounded once.

    Scope 1 and 2 stand apart, or together where nobody can split them.
    """
    shares = shares_of(taken)
    emitted, combined = taken.estimated.emitted(taken.page)
    grams = np.zeros((3, taken.size), np.int64)
    for k, scope in ((0, 0), (1, 1), (2, 3)) if standard.scope3 else ((0, 0), (1, 1)):
        _multiply(shares.counts, emitted[scope], shares.entity, grams[k])
    grams12 = grams[0] + grams[1]
    if combined:
        together = np.empty_like(grams12)
        _multiply(shares.counts, emitted[2], shares.entity, together)
        grams12 += together
    cases = taken.terms.cases
    balance = taken.positions.columns.get(taken.page.balance)
    computed = (cases.reason == 0).take(shares.case)
    amount = computed * (0 if balance is None else balance.values[taken.rows].astype(np.int64))
    entries = Entries(cases, shares.case, np.zeros(taken.size, np.uint32), shares.share,
                      amount, grams12, grams)  # fmt: skip
    if any(taken.estimated.knows(factors, option) for option in taken.page.without_share):
        return without_share(taken, factors, standard, entries)
    return entries


def _multiply(share: Array, emitted: Array, entity: Rows, out: NDArray[np.int64]) -> None:
    product = emitted.take(entity, mode="clip")
    product *= share
    if product.size and max(product.max(), -product.min()) >= TOO_LARGE:
        raise OverflowError("an entry of more than 4.6e18 grams")
    out[:] = np.rint(product, out=product)
