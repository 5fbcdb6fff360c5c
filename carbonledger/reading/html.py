"""The HTML table that a core system saves as ``.xls``: rows and cells, spans laid out, guarded.

Tags are found by splitting the text once at each ``<``, so that no unclosed tag, quote or comment
can make reading take longer than the text is long.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from carbonledger.issues import Refusal
from carbonledger.reading.encoding import Encoded, encoding_of
from carbonledger.reading.layout import Layout
from carbonledger.reading.lines import Dialect, utf8_pieces
from carbonledger.reading.sheets import Page, open_sheets
from carbonledger.reading.table import LONGEST_FIELD, Cells, Format, Opened, Request, Rows

MOST_BYTES = 1 << 27
MOST_CELLS = 20_000_000
MOST_SPAN = 1_000
MOST_DEPTH = 100
LONGEST_TAG, LONGEST_VALUE = 1 << 14, 1 << 10
DROPPED = ("script", "style", "xml", "head")
"""Elements whose text is no content; ``head`` may hold a title and styles."""
START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?"
    rb"<(?:!--|!doctype html|html|table|head|meta|body|div|style)",
    re.IGNORECASE,
)
ATTRIBUTE = re.compile(
    r"""([a-zA-Z][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.ASCII
)
TAG = re.compile(r"(/?)([a-zA-Z][\w:-]*)", re.ASCII)
NUMBER = re.compile(r"[-+(]?[0-9][0-9,.]*\)?")
HIDES = re.compile(r"display\s*:\s*none|mso-hide|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass
class Grid:
    """One table: its rows as they are laid out, and what is hidden or spans rows."""

    rows: list[list[str]] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    waiting: dict[int, int] = field(default_factory=dict)
    """Columns that a cell above still covers, and for how many rows."""
    cell: list[str] | None = None
    exact: str | None = None
    span: int = 1


def open_html(request: Request) -> Opened:
    """The table of an HTML file; each ``<table>`` counts as a sheet."""
    try:
        encoded = encoding_of(request.path)
        text = _text(request, encoded)
        grids = _Reader().read(text)
    except Refusal as refusal:
        return None, [request.refused(refusal)]
    pages = [
        Page(f"table {n}", True, _rows_of(grid), Layout(grid.hidden, (), grid.merged))
        for n, grid in enumerate(grids, 1)
        if grid.rows
    ]
    table, issues = open_sheets(request, pages)
    return table, [request.issue("read_as_html"), *issues]


def _text(request: Request, encoded: Encoded) -> str:
    if request.path.stat().st_size > MOST_BYTES:
        raise Refusal("file_hostile", reason=f"{request.path.stat().st_size:,} bytes of HTML")
    return b"".join(utf8_pieces(request.path, encoded, Dialect(","))).decode()


def _rows_of(grid: Grid) -> Callable[[], Rows]:
    def rows() -> Rows:
        for number, cells in enumerate(grid.rows, 1):
            yield number, _checked(cells)

    return rows


def _checked(cells: Cells) -> Cells | Refusal:
    if any(len(cell) > LONGEST_FIELD for cell in cells):
        return Refusal("field_too_long", limit=f"{LONGEST_FIELD:,}")
    return cells


class _Reader:
    """The reading of one document."""

    def __init__(self) -> None:
        self.grids: list[Grid] = []
        self.open: list[Grid] = []
        self.dropped = ""
        self.cells = 0

    def read(self, text: str) -> list[Grid]:
        for tag, attributes, after in _pieces(text):
            if tag:
                self._tag(tag, attributes)
            if after and self.open and not self.dropped:
                cell = self.open[-1].cell
                if cell is not None:
                    cell.append(after)
        if self.open:
            raise Refusal("file_unreadable", reason="a table without its end")
        return self.grids

    def _tag(self, tag: str, attributes: str) -> None:
        name = tag.lstrip("/")
        if self.dropped:
            self.dropped = "" if tag == f"/{self.dropped}" else self.dropped
            return
        if tag in DROPPED:
            self.dropped = tag
        elif tag == "table":
            self._open_table()
        elif self.open:
            grid = self.open[-1]
            if name in ("td", "th", "tr") or tag == "/table":
                self._close_cell(grid)
            if tag == "/table":
                self.open.pop()
            elif tag == "tr":
                self._open_row(grid, attributes)
            elif tag in ("td", "th"):
                self._open_cell(grid, attributes)
            elif tag in ("br", "p", "div") and grid.cell:
                grid.cell.append("\n")

    def _open_table(self) -> None:
        if len(self.open) >= MOST_DEPTH:
            raise Refusal("file_hostile", reason=f"> {MOST_DEPTH} tables in each other")
        self.open.append(Grid())
        self.grids.append(self.open[-1])

    def _open_row(self, grid: Grid, attributes: str) -> None:
        grid.rows.append([])
        if "style" in attributes and HIDES.search(_attributes(attributes).get("style", "")):
            grid.hidden.append(len(grid.rows))

    def _open_cell(self, grid: Grid, attributes: str) -> None:
        if not grid.rows:
            grid.rows.append([])
        said = _attributes(attributes) if attributes else {}
        row = grid.rows[-1]
        self._cover(grid, row)
        grid.cell, grid.exact = [], said.get("x:num") or None
        grid.span = min(max(_whole(said.get("colspan", "1")), 1), MOST_SPAN)
        down = _whole(said.get("rowspan", "1"))
        if down > 1:
            at = len(grid.rows)
            grid.merged.append((at, at + min(down, 65_534) - 1, len(row) + 1))
            grid.waiting |= {len(row) + n: min(down, 65_534) - 1 for n in range(grid.span)}

    def _cover(self, grid: Grid, row: list[str]) -> None:
        """Leave cells blank that one of a row above reaches down to."""
        while grid.waiting.get(len(row)):
            grid.waiting[len(row)] -= 1
            row.append("")

    def _close_cell(self, grid: Grid) -> None:
        if grid.cell is None:
            return
        text = _plain("".join(grid.cell))
        if grid.exact and NUMBER.fullmatch(text):
            text = grid.exact  # what is shown may be rounded
        grid.rows[-1] += [text, *[""] * (grid.span - 1)]
        self.cells += grid.span
        if self.cells > MOST_CELLS:
            raise Refusal("file_hostile", reason=f"> {MOST_CELLS:,} cells")
        grid.cell, grid.exact = None, None


def _pieces(text: str) -> Iterator[tuple[str, str, str]]:
    """Each tag in small letters with its attributes, and the text behind it."""
    start = text.find("<")
    while start >= 0:
        found = TAG.match(text, start + 1)
        if found:
            close = _tag_end(text, found.end())
            name, attributes = found.group().lower(), text[found.end() : close]
        elif text.startswith(("!", "?"), start + 1):
            comment = text.startswith("--", start + 2) and not text.startswith("[if", start + 4)
            close = text.find("-->" if comment else ">", start) + (2 if comment else 0)
            name = attributes = ""
        else:
            close, name, attributes = start - 1, "", ""
        if close < start - 1:
            return
        following = text.find("<", max(close, start) + 1)
        yield name, attributes, text[close + 1 : following if following >= 0 else len(text)]
        start = following


def _tag_end(text: str, start: int) -> int:
    """Where a tag closes; a > between quotes does not close it."""
    close = text.find(">", start, start + LONGEST_TAG)
    if close >= 0 and text.count('"', start, close) % 2:
        quote = text.find('"', close, close + LONGEST_VALUE)
        close = text.find(">", quote, quote + LONGEST_TAG) if quote >= 0 else close
    if close < 0 and text.find(">", start) >= 0:
        raise Refusal("file_hostile", reason=f"a tag of > {LONGEST_TAG:,} characters")
    return close if close >= 0 else -2


def _attributes(text: str) -> dict[str, str]:
    found = ((m.group(1), m.group(2) or m.group(3) or m.group(4)) for m in ATTRIBUTE.finditer(text))
    return {name.lower(): html.unescape(value or "") for name, value in found}


def _whole(text: str) -> int:
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 10 else 1


def _plain(text: str) -> str:
    """The text of a cell as a browser shows it."""
    return html.unescape(re.sub(r"\s+", " ", text)).strip()


FORMAT = Format("HTML", (".html", ".htm"), lambda head: bool(START.match(head)), open_html)
