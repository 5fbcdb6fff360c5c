"""Where the records of a block of text end and how many cells each has, found over its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonledger.reading.lines import Dialect
from carbonledger.reading.table import LONGEST_FIELD, MOST_COLUMNS

QUOTE, LINE, RETURN = 34, 10, 13

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Shape:
    """Where the records of a block end, how many delimiters and which line each has."""

    ends: Positions
    counts: Positions
    lines: Positions
    odd: NDArray[np.bool_]
    line_count: int


def cut(data: bytes, dialect: Dialect) -> int:
    """Just behind the last line feed outside quotes; 0 where there is none."""
    if not dialect.quoted or b'"' not in data:
        return data.rfind(b"\n") + 1
    raw = np.frombuffer(data, np.uint8)
    feeds = np.flatnonzero(raw == LINE)
    outside = feeds[np.searchsorted(np.flatnonzero(raw == QUOTE), feeds) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


def shape_of(data: bytes, dialect: Dialect) -> Shape | None:
    """The shape of whole records, None where only the careful reader knows what is meant."""
    if not data.endswith(b"\n"):
        data += b"\n"
    raw = np.frombuffer(data, np.uint8)
    feeds = np.flatnonzero(raw == LINE)
    if np.count_nonzero(raw == RETURN) != np.count_nonzero(raw[feeds - 1] == RETURN):
        return None
    cuts = np.flatnonzero(raw == ord(dialect.delimiter))
    ends, inner, swallowed = feeds, cuts, cuts[:0]
    if dialect.quoted and b'"' in data:
        quotes = np.flatnonzero(raw == QUOTE)
        if not _quotes_whole_cells(raw, quotes, ord(dialect.delimiter)):
            return None
        ends = feeds[np.searchsorted(quotes, feeds) % 2 == 0]
        inner = cuts[np.searchsorted(quotes, cuts) % 2 == 0]
        swallowed = cuts[np.searchsorted(quotes, cuts) % 2 == 1]
    starts = np.concatenate(([0], ends[:-1] + 1))
    if len(ends) == 0 or (ends - starts).max() > LONGEST_FIELD:
        return None
    counts = np.diff(np.searchsorted(inner, ends), prepend=0)
    most = int(np.bincount(np.minimum(counts, 10 * MOST_COLUMNS)).argmax())
    odd = counts != most
    lines = np.arange(len(ends))
    if len(ends) != len(feeds):
        lines = np.searchsorted(feeds, starts)
        broken = np.diff(np.searchsorted(feeds, ends), prepend=-1) > 1
        hidden = np.diff(np.searchsorted(swallowed, ends), prepend=0)
        odd = odd | (broken & (hidden > 0))
    return Shape(ends, counts, lines, odd, len(feeds))


def _quotes_whole_cells(raw: Any, quotes: Positions, delimiter: int) -> bool:
    """Whether each pair of quotes encloses a cell; doubled ones inside it open and close anew."""
    if len(quotes) % 2:
        return False
    opened, closed = quotes[0::2], quotes[1::2]
    before = np.where(opened > 0, raw[opened - 1], LINE)
    after = raw[np.minimum(closed + 1, len(raw) - 1)]
    again = np.zeros(len(opened), np.bool_)
    again[1:] = opened[1:] == closed[:-1] + 1
    starts = (before == delimiter) | (before == LINE) | again
    goes_on = np.append(again[1:], False)
    stops = (after == delimiter) | (after == LINE) | (after == RETURN) | goes_on
    return bool(starts.all() and stops.all())
