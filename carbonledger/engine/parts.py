"""What the pages of a standard made of their rows of a batch, brought together in its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.answers import TOO_LARGE
from carbonledger.engine.cases import Cases, joined
from carbonledger.engine.plans import Plans
from carbonledger.engine.sources import Source
from carbonledger.method import SCOPES, Array, Grams

NOTHING: tuple[Array | None, ...] = (None,) * len(SCOPES)


@dataclass(frozen=True)
class Part:
    """Rows of a batch that a page took, and what falls to each; a page of -1 is none.

    ``case`` counts the cases of the page, and behind them those of its own that the part has made.
    ``emitted`` holds grams of scope 1, 2, 12 and 3 that are not rounded yet, none for all zero.
    """

    page: int
    rows: Rows | slice
    case: Rows
    share: Array
    emitted: tuple[Array | None, ...] = NOTHING
    own: Cases | None = None
    source: Source | None = None

    def take(self, at: Rows) -> Part:
        """Some of the rows."""
        rows = at + self.rows.start if isinstance(self.rows, slice) else self.rows[at]
        emitted = tuple(None if of is None else of[at] for of in self.emitted)
        source = self.source and self.source.take(at)
        return Part(self.page, rows, self.case[at], self.share[at], emitted, self.own, source)


class Worked(NamedTuple):
    """The case of each position of a batch, and the figures that came of its share."""

    cases: Cases
    case: Rows
    share: Array
    grams12: Grams
    grams: NDArray[np.int64]


def assembled(size: int, parts: Sequence[Part], plans: Plans) -> Worked:
    """What several pages worked out, in the order of the batch; of two for a row the later."""
    which = _places(size, parts)

    def in_order(each: Sequence[NDArray[Any]]) -> NDArray[Any]:
        whole = each[0] if len(each) == 1 else np.concatenate(each)
        return whole if which is None else whole.take(which, mode="clip")

    one, two, three, both = grams = np.empty((len(SCOPES), size), np.int64)
    for k, into in enumerate((one, two, both, three)):
        each = [part.emitted[k] for part in parts]
        if all(of is None for of in each):
            if into is not both:
                into[:] = 0
        else:
            _round(in_order([np.zeros(len(part.case)) if of is None else of
                             for of, part in zip(each, parts, strict=True)]), into)  # fmt: skip
    if any(part.emitted[2] is not None for part in parts):
        both += one
        both += two
    else:
        np.add(one, two, out=both)
    cases, case = _numbered(parts, plans)
    return Worked(cases, in_order(case), in_order([p.share for p in parts]), both, grams[:3])


def _places(size: int, parts: Sequence[Part]) -> Rows | None:
    """Where each row of the batch stands in the parts; None where they are in order."""
    if len(parts) == 1 and isinstance(parts[0].rows, slice):
        return None
    count = np.arange(sum(len(part.case) for part in parts))
    each = [count[of.rows] if isinstance(of.rows, slice) else of.rows for of in parts]
    which = np.empty(size, np.intp)
    which[np.concatenate(each)] = count
    return which


def _numbered(parts: Sequence[Part], plans: Plans) -> tuple[Cases, list[Rows]]:
    """The cases of all parts, and those of each: own ones stand behind those of every page."""
    pages = tuple(sorted({part.page for part in parts}))
    sizes = [len(plans.cases_of(k).reason) for k in pages]
    *starts, last = accumulate(sizes, initial=0)
    start, usual = dict(zip(pages, starts, strict=True)), dict(zip(pages, sizes, strict=True))
    case, more = list[Rows](), [plans.joined(pages)]
    for part in parts:
        first, count = start[part.page], usual[part.page]
        if part.own is None:
            case.append(part.case + first if first else part.case)
        else:
            case.append(part.case + np.where(part.case < count, first, last - count))
            more.append(part.own)
            last += len(part.own.reason)
    return joined(more) if len(more) > 1 else more[0], case


def _round(emitted: Array, into: Grams) -> None:
    """Round grams once, half to even."""
    if emitted.size and not -TOO_LARGE < emitted.min() <= emitted.max() < TOO_LARGE:
        raise OverflowError("an entry of more than 4.6e18 grams")
    np.rint(emitted, out=into, casting="unsafe")
