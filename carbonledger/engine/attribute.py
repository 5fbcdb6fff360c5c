"""attribute(): the share of each position, and what its entity's estimate makes of it.

Whatever depends on the entity alone (which share is open, which option answered with what flags
and score) is worked out once an entity and shared by all its positions; a batch only gathers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.entity import Estimated
from carbonledger.engine.entries import (
    WITHOUT_PAGE,
    Cases,
    Entries,
    Worked,
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
from carbonledger.method import IN_USD, OUT_OF_SCOPE, Array, Batch, Grams, Mask, Standard
from carbonledger.outcomes import REASONS

LACKS_DATA = np.isin(REASONS, ["no_match", "no_denominator", "denominator_not_positive",
                               "no_emissions", "no_factor", "one_scope_only"])  # fmt: skip
"""By reason, whether it means that the entity lacks what a page asks of it."""


class Part(NamedTuple):
    """The rows of positions that a page took, and what it worked out; a page of -1 is none."""

    page: int
    rows: Rows | slice
    worked: Worked


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

    def under(index: int, rows: Rows | slice) -> Part:
        page = standard.pages[index]
        shown = estimated[standard.estimates_keys[index]]
        terms = shown.terms(standard, index, above_one)
        worked = _account(Taken(positions, rows, page, shown, terms), factors, standard)
        own = worked.cases is not terms.cases  # cases of its own bear no flag of the page yet
        return Part(index, rows, flagged(worked, page.flag) if own else worked)

    parts: list[Part] = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for index, rows in _by_page(positions, standard):
            if index < 0:
                parts.append(Part(index, rows, _of_no_page(positions, rows, standard)))
                continue
            parts.append(under(index, rows))
            if standard.pages[index].otherwise:
                parts += _taken_over(standard, parts[-1], under)
    if len(parts) == 1 and isinstance(parts[0].rows, slice):
        worked = parts[0].worked
    else:
        worked = _assembled(positions.size, parts, _tables(standard, estimated, above_one))
    if excluded is not None and excluded.any():
        worked = leave_out(worked, excluded)
    return Entries(worked.cases, worked.case, worked.share, worked.grams12, worked.grams,
                   _own_flags(positions), _balance(positions, standard, worked))  # fmt: skip


def _taken_over(standard: Standard, first: Part, under: Callable[[int, Rows], Part]) -> list[Part]:
    """Rows that lack what their page asks of their entity, where another page can compute them."""
    lacking = np.flatnonzero(LACKS_DATA[first.worked.reason])
    if not lacking.size:
        return []
    names = [page.name for page in standard.pages]
    other = names.index(standard.pages[first.page].otherwise)
    rows = lacking if isinstance(first.rows, slice) else first.rows[lacking]
    found = under(other, rows).worked
    computed = np.flatnonzero(found.reason == 0)
    return [Part(other, rows[computed], found.take(computed))]


def _by_page(positions: Batch, standard: Standard) -> list[tuple[int, Rows | slice]]:
    """The pages that take positions, -1 for none, and the rows of each; all of them are a slice."""
    key = positions.keys["asset_class"]
    pages = [standard.page_of(name) for name in key.names]
    of_code = np.array([*(standard.pages.index(p) if p else -1 for p in pages), -1], np.int8)
    page = of_code.take(key.codes, mode="wrap")
    if not positions.size or page.min() == page.max():
        return [(int(page[0]) if positions.size else -1, slice(0, positions.size))]
    order = np.argsort(page, kind="stable")
    spans = pairwise([0, *np.searchsorted(page.take(order), range(len(standard.pages) + 1))])
    return [(k, order[slice(*span)]) for k, span in enumerate(spans, -1) if span[0] < span[1]]


def _of_no_page(positions: Batch, rows: Rows | slice, standard: Standard) -> Worked:
    """Why no page takes some positions."""
    key = positions.keys["asset_class"]
    fate = [WITHOUT_PAGE.index(why_none(standard, name)) for name in (*key.names, None)]
    case = np.array(fate, np.intp).take(key.codes[rows], mode="wrap")
    size = len(case)
    nothing = np.zeros((3, size), np.int64)
    return Worked(without_page(), case, np.full(size, np.nan), nothing[0], nothing)


def _tables(
    standard: Standard, estimated: Mapping[tuple[str, ...], Estimated], above_one: AboveOne
) -> Cases:
    """The cases of all pages of a standard, one page behind the other, joined once."""
    shown = [estimated[key] for key in standard.estimates_keys]

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


def _assembled(size: int, parts: Sequence[Part], tables: Cases) -> Worked:
    """What several pages worked out, in the order of the positions.

    Where two pages took a row, the later holds. Cases that a page made of its own for
    these positions stand behind those of all pages.
    """
    starts, case, more = tables.starts, list[Rows](), [tables]
    which, seen, last = np.empty(size, np.intp), 0, starts[-1]
    for index, rows, part in parts:
        which[rows] = np.arange(seen, seen + len(part.case))
        seen += len(part.case)
        start, usual = starts[index + 1], starts[index + 2] - starts[index + 1]
        count = len(part.cases.reason) - usual
        if count:
            more.append(part.cases.take(np.arange(usual, usual + count)))
            case.append(part.case + np.where(part.case < usual, start, last - usual))
            last += count
        else:
            case.append(part.case + start)

    def together(each: Iterable[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate([*each], axis=-1).take(which, axis=-1)

    made = [part.worked for part in parts]
    return Worked(
        tables if len(more) == 1 else joined(more), together(case),
        together(w.share for w in made), together(w.grams12 for w in made),
        together(w.grams for w in made),
    )  # fmt: skip


def _balance(positions: Batch, standard: Standard, worked: Worked) -> Grams:
    """What intensity divides by: of what is computed the column that its page names."""
    balance = np.zeros(positions.size, np.int64)
    named = np.array([page.balance for page in standard.pages])
    for name in positions.columns.keys() & {*named.tolist()}:
        computed = partial(_computed, named == name)
        values = positions.columns[name].values.astype(np.int64, copy=False)
        balance += worked.each(worked.cases.derived(f"balance {name}", computed)) * values
    return balance


def _computed(pages: Mask, cases: Cases) -> Grams:
    """One where something is computed by any of some pages, else zero."""
    computed: Mask = (cases.reason == 0) & pages[cases.page]
    return computed.astype(np.int64)


def _own_flags(positions: Batch) -> NDArray[np.uint32]:
    return flags_of(positions, ["asset_class", "outstanding_amount", IN_USD, "sector",
                                "joined_by"])  # fmt: skip


def _account(taken: Taken, factors: FactorSource, standard: Standard) -> Worked:
    """The grams of a page's rows: share x estimate, rounded once.

    Scope 1 and 2 stand apart, or together where nobody can split them.
    """
    shares = shares_of(taken)
    one, two, both, three = taken.estimated.emitted(taken.page)
    grams = np.empty((3, taken.size), np.int64)
    for into, emitted in zip(grams, (one, two, three if standard.scope3 else None), strict=True):
        _multiply(shares.counts, emitted, shares.entity, into)
    grams12 = grams[0] + grams[1]
    if both is not None:
        together = np.empty_like(grams12)
        _multiply(shares.counts, both, shares.entity, together)
        grams12 += together
    worked = Worked(taken.terms.cases, shares.case, shares.share, grams12, grams)
    if any(taken.estimated.knows(factors, option) for option in taken.page.without_share):
        return without_share(taken, factors, standard, worked)
    return worked


def _multiply(share: Array, emitted: Array | None, entity: Rows, out: Grams) -> None:
    if emitted is None:
        out[:] = 0
        return
    product = emitted.take(entity, mode="clip")
    product *= share
    if product.size and max(product.max(), -product.min()) >= TOO_LARGE:
        raise OverflowError("an entry of more than 4.6e18 grams")
    np.rint(product, out=out, casting="unsafe")
