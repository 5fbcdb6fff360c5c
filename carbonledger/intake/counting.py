"""What the columns of a file count in: days from 1900, 1904 or in ROC years; decimal points."""

from __future__ import annotations

import pyarrow.compute as pc

from carbonledger.books import Book
from carbonledger.books.checks import as_text
from carbonledger.books.days import NAMES_REPUBLIC, REPUBLIC
from carbonledger.books.rows import columns_of
from carbonledger.intake.mapping import Mapped
from carbonledger.issues import Issue, Place
from carbonledger.reading import Table

NUMERIC = ("money", "tonnes", "number")
TWO_WAYS = r"^[-+(]?[0-9]{1,3}[.,][0-9]{3}\)?$"
PROVEN = r"[0-9]\.([0-9]{1,2}|[0-9]{4,})\)?$|,[0-9]{3}[.,]"


def day_counts(table: Table, mapped: Mapped, book: Book) -> dict[str, int]:
    """What each day column counts from; years of the Republic only where a column proves them.

    Proof is the word 民国 in its header or in one of its first cells.
    """
    specs = columns_of(book.row)
    found = {}
    for column, header in mapped.headers.items():
        if column not in specs or specs[column].kind.name != "date" or table.native:
            continue
        proven = NAMES_REPUBLIC.search(header) is not None or _names_republic(table, header)
        counts = REPUBLIC if proven else table.counts_from
        if counts:
            found[column] = counts
    return found


def _names_republic(table: Table, header: str) -> bool:
    if table.first is None or header not in table.first[1].schema.names:
        return False
    cells = as_text(table.first[1].column(header))
    return bool(pc.any(pc.match_substring_regex(cells, NAMES_REPUBLIC.pattern)).as_py())


def ambiguous_decimals(table: Table, mapped: Mapped, book: Book) -> list[Issue]:
    """Columns of a file cut by semicolons whose 1.234 may be 1,234: comma decimals use them.

    A cell such as 12.5 or 1,234.56 proves the point; without one the column is refused.
    """
    if table.shape is None or table.shape.delimiter != ";":
        return []
    specs = columns_of(book.row)
    headers = [h for c, h in mapped.headers.items() if c in specs and specs[c].kind.name in NUMERIC]
    headers += [*mapped.lifted.values(), *mapped.months.values()]
    doubtful: dict[str, str] = {}
    proven = set()
    for _, batch in table.batches(headers):
        for header in headers:
            cells = as_text(batch.column(header))
            if pc.any(pc.match_substring_regex(cells, PROVEN)).as_py():
                proven.add(header)
            odd = cells.filter(pc.fill_null(pc.match_substring_regex(cells, TWO_WAYS), False))
            if len(odd):
                doubtful.setdefault(header, str(odd[0]))
    return [
        Issue("decimals_ambiguous", Place(table.file, table.sheet, None, header), text)
        for header, text in doubtful.items()
        if header not in proven
    ]
