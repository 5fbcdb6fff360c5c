"""How the day columns of a file count: from 1900, from 1904, or in years of the Republic."""

from __future__ import annotations

import pyarrow.compute as pc

from carbonledger.books import Book
from carbonledger.books.checks import as_text
from carbonledger.books.days import NAMES_REPUBLIC, REPUBLIC
from carbonledger.books.rows import columns_of
from carbonledger.intake.mapping import Mapped
from carbonledger.reading import Table


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
