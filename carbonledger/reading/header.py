"""The header of a table among the first rows of a file: one row, or two that belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from carbonledger.issues import Refusal
from carbonledger.reading.table import (
    HEADER_WITHIN,
    Block,
    Cells,
    Known,
    Request,
    Rows,
    header_text,
    recognised,
)
from carbonledger.units import header_unit

MOST_GROUPS = 0.75
"""A row above the header names groups only where so many of its columns share a label."""


@dataclass(frozen=True)
class Head:
    """The header: its last row, its texts, the cell each stands in, and the row's own id."""

    row: int
    columns: tuple[str, ...]
    at: tuple[int, ...]
    key: int | None
    first: int
    """The row it begins in: the one above ``row`` where groups stand over the columns."""

    @property
    def width(self) -> int:
        """Cells of a full row."""
        return self.at[-1] + 1

    @property
    def gaps(self) -> bool:
        """Whether a cell between two headers has none."""
        return len(self.at) < self.width


def find_head(request: Request, rows: Rows) -> Head | None:
    """The row of the first thirty with the most known headers, the first of equals."""
    listed = list(_first(rows))
    best, most = -1, 0
    for at, (_, cells) in enumerate(listed[:HEADER_WITHIN]):
        known = 0 if cells is None else recognised(cells, request.is_header)
        if known > most:
            best, most = at, known
    if best < 0:
        return None
    row, texts = _texts(listed, best)
    first = row
    above = _texts(listed, best - 1)[1] if best else []
    below = _texts(listed, best + 1)[1] if best + 1 < len(listed) else []
    if _is_lower_half(texts, below, request.is_header):
        row, texts = listed[best + 1][0], _joined(texts, below, request.is_header)
    elif _is_group_row(above, texts):
        first, texts = listed[best - 1][0], _joined(above, texts, request.is_header)
    return _head(request, row, first, texts)


def _first(rows: Rows) -> Iterator[tuple[int, Cells | None]]:
    for item in islice(rows, HEADER_WITHIN + 1):
        if isinstance(item, Block):
            return
        yield item[0], None if isinstance(item[1], Refusal) else item[1]


def _texts(listed: Sequence[tuple[int, Cells | None]], at: int) -> tuple[int, list[str]]:
    row, cells = listed[at]
    return row, [header_text(cell) for cell in cells or ()]


def _head(request: Request, row: int, first: int, texts: Sequence[str]) -> Head:
    at = tuple(i for i, text in enumerate(texts) if text)
    is_key = request.is_key
    key = next((i for i in at if is_key is not None and is_key(texts[i])), None)
    return Head(row, tuple(texts[i] for i in at), at, key, first)


def _is_lower_half(upper: Sequence[str], lower: Sequence[str], known: Known) -> bool:
    """Whether a row under the header is its second half: words under the gaps, blank elsewhere.

    A first record has its id under a header; a second half stands only under the gaps of a group
    and under the group's own first cell, and holds no digits.
    """
    filled = [i for i, text in enumerate(lower) if text]
    if not filled or any(any(map(str.isdigit, lower[i])) for i in filled):
        return False
    gaps = [i for i in filled if i >= len(upper) or not upper[i]]
    starts = [i for i in filled if i < len(upper) and upper[i] and i + 1 in gaps]
    outside = [i for i in filled if i not in gaps and i not in starts]
    kept = [i for i, text in enumerate(upper) if text and known(text) and i not in filled]
    return bool(gaps) and bool(starts) and not outside and len(kept) >= 1


def _is_group_row(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether the row above the header names groups of columns, or columns merged with it."""
    labels = [text for text in upper if text]
    if len(labels) < 2 or any(":" in t or "：" in t for t in labels) or len(upper) > len(lower) + 1:
        return False
    over = [i for i, text in enumerate(upper) if text and i < len(lower) and lower[i]]
    merged = [i for i, text in enumerate(upper) if text and (i >= len(lower) or not lower[i])]
    spans = [i for i in over if i + 1 < len(lower) and lower[i + 1]
             and (i + 1 >= len(upper) or not upper[i + 1])]  # fmt: skip
    return bool(spans) and (bool(merged) or len(labels) <= MOST_GROUPS * len(lower))


def _joined(upper: Sequence[str], lower: Sequence[str], known: Known) -> list[str]:
    """One header a column of two rows: the lower one, with its group where that says more."""
    width = max(len(upper), len(lower))
    tops = [*upper, *[""] * (width - len(upper))]
    bottoms = [*lower, *[""] * (width - len(lower))]
    group, names = "", list[str]()
    for top, bottom in zip(tops, bottoms, strict=True):
        group = top or (group if bottom else "")
        names.append(_name(top, group, bottom, bottoms.count(bottom) > 1, known))
    return names


def _name(top: str, group: str, bottom: str, repeated: bool, known: Known) -> str:
    if not bottom:
        return top
    if not group or (known(bottom) and not repeated):
        return bottom if not group else _with_unit(bottom, group)
    return next((n for n in (bottom + group, group + bottom) if known(n)), f"{group}/{bottom}")


def _with_unit(bottom: str, group: str) -> str:
    """The lower header, with the unit that only its group states."""
    unit = header_unit(group)[1]
    return bottom if unit is None or header_unit(bottom)[1] is not None else f"{bottom}({unit})"
