"""Which sheet of a workbook is read: the one named, else the only one that shows a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from carbonledger.issues import Issue
from carbonledger.reading.grid import open_grid
from carbonledger.reading.header import find_head
from carbonledger.reading.layout import NO_LAYOUT, Layout
from carbonledger.reading.table import Opened, Request, Rows


@dataclass(frozen=True)
class Page:
    """One sheet: the name on its tab, whether it shows, its rows, anew at each call."""

    name: str
    visible: bool
    rows: Callable[[], Rows]
    layout: Layout = NO_LAYOUT
    counts_from: int = 0


def open_sheets(
    request: Request, pages: Sequence[Page], also: Callable[[Page], list[Issue]] = lambda _: []
) -> Opened:
    """The table of the sheet to be read; ``also`` gives what else is to be said of it."""
    if not pages:
        return None, [request.issue("nothing_to_read")]
    wanted = [p for p in pages if p.name == request.sheet]
    if request.sheet is None:
        wanted = [p for p in pages if p.visible]
    if not wanted:
        names = ", ".join(p.name for p in pages)
        return None, [request.issue("sheet_missing", value=request.sheet or "", names=names)]
    if len(wanted) > 1:
        wanted = [p for p in wanted if find_head(request, p.rows()) is not None]
    if not wanted:
        return None, [request.issue("header_missing")]
    if len(wanted) > 1:
        names = ", ".join(p.name for p in wanted)
        return None, [request.issue("sheet_ambiguous", names=names)]
    page = wanted[0]
    table, issues = open_grid(request, page.name, page.rows, page.layout, page.counts_from)
    return table, [*issues, *also(page)]
