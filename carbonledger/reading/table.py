"""A table as read: columns with each row's place kept, streamed in batches, whatever the format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from carbonledger.issues import Issue, Place, Refusal
from carbonledger.persons import masked_names
from carbonledger.units import clean

BATCH_ROWS = 65_536
MOST_COLUMNS = 200
HEADER_WITHIN = 30
LONGEST_FIELD = 1 << 18
EDGES = " \t\r\n\x0b\x0c\xa0\ufeff"
"""What is taken off both ends of a cell; anything else in it is the caller's business."""

QUOTING = ("row_ragged", "footer_row_skipped", "total_row_skipped", "unit_note_not_money")
"""Problems that quote cells outside of all columns."""

RowNumbers = npt.NDArray[np.int64]
Cells = Sequence[str]
Batches = Iterator[tuple[RowNumbers, Any]]
Stream = Callable[[Sequence[str] | None, Sequence[str]], Batches]
Known = Callable[[str], bool]


@dataclass(frozen=True)
class Shape:
    """How a text file is written, so that rows of it can be written likewise."""

    encoding: str
    delimiter: str
    newline: str


@dataclass(frozen=True)
class Block:
    """Rows of a text file parsed at once: the line of each, and its cells as Arrow columns."""

    numbers: RowNumbers
    columns: list[Any]


Rows = Iterator[tuple[int, Cells | Refusal] | Block]
"""Each row with its number, or many of them; a row that can't be read is a refusal."""


@dataclass(frozen=True)
class Table:
    """One table of one file; ``native`` columns keep the types of the file, others are text.

    ``unit_note`` is the unit of amounts stated once beside the table (单位：万元), as text.
    """

    file: str
    sheet: str | None
    columns: tuple[str, ...]
    rows: int | None
    native: bool
    unit_note: str | None = None
    first: tuple[RowNumbers, Any] | None = field(default=None, repr=False, compare=False)
    """The first rows, kept for who wants to look at the content before reading it all."""
    counts_from: int = 0
    """1904 where the serial numbers of days count from that year, as in old Mac workbooks."""
    shape: Shape | None = None
    head_row: int = 0
    raw: Callable[[], Iterator[tuple[int, Cells | Refusal]]] | None = field(
        default=None, repr=False, compare=False
    )
    """Every row as it stands with its number, titles and header too; none of a typed file."""
    stream: Stream = field(repr=False, compare=False, kw_only=True)

    def batches(
        self, columns: Sequence[str] | None = None, *, dictionary: Sequence[str] = ()
    ) -> Batches:
        """Row numbers as the user counts them and the columns asked for, 65,536 rows at a time.

        Each call starts anew. Columns named in ``dictionary`` come dictionary encoded.
        """
        return self.stream(columns, dictionary)


@dataclass(frozen=True)
class Request:
    """The file to open, the name it goes by, and how the caller knows its headers."""

    path: Path
    name: str
    sheet: str | None
    is_header: Known
    is_key: Known | None = None
    inner: str = ""
    """The file's own name inside an archive."""

    def issue(
        self, code: str, row: int | None = None, *, sheet: str | None = None, value: str = "",
        **details: str,
    ) -> Issue:  # fmt: skip
        """A problem of this file, at its row where it has one."""
        # What stands outside of all columns may be anybody's name.
        value = masked_names(value) if code in QUOTING else value
        return Issue(code, Place(self.name, sheet, row), value, tuple(sorted(details.items())))

    def refused(
        self, refusal: Refusal, row: int | None = None, *, sheet: str | None = None
    ) -> Issue:
        """The issue that a refusal becomes here; its detail ``value`` is the text as read."""
        words = dict(refusal.details)
        value = words.pop("value", "")
        return self.issue(refusal.code, row, sheet=sheet, value=value, **words)


Opened = tuple[Table | None, list[Issue]]


@dataclass(frozen=True)
class Format:
    """A kind of file: its endings, what its first bytes look like, and how to open it."""

    kind: str
    endings: tuple[str, ...]
    signature: Callable[[bytes], bool]
    open: Callable[[Request], Opened]


def header_text(cell: str) -> str:
    """A header as one line: its line breaks go, the rest stays as written."""
    return cell.replace("\r", "").replace("\n", "").strip(EDGES)


def recognised(cells: Sequence[str], is_header: Known) -> int:
    """How many cells of the row are known headers; 0 where they are too few for a header row."""
    headers = [text for cell in cells if (text := header_text(cell))]
    known = sum(map(is_header, headers))
    return known if known >= min(2, max(1, len(headers) - 1)) else 0


def columns_problems(request: Request, columns: Sequence[str], row: int | None) -> list[Issue]:
    """What forbids reading a table with these headers: too many of them, or one text twice."""
    if len(columns) > MOST_COLUMNS:
        return [request.issue("columns_too_many", row, count=str(len(columns)))]
    seen: dict[str, int] = {}
    for column in columns:
        seen[clean(column)] = seen.get(clean(column), 0) + 1
    twice = [column for column, count in seen.items() if count > 1]
    return [request.issue("header_duplicate", row, value=column) for column in twice]
