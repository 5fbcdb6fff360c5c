"""Text files: CSV, tab-separated, separated by ``|`` and others, in UTF-8, UTF-16 or GB18030."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from carbonledger.issues import Refusal
from carbonledger.reading.ahead import ahead
from carbonledger.reading.big5 import smells_of_big5
from carbonledger.reading.encoding import Encoded, encoding_of
from carbonledger.reading.grid import open_grid
from carbonledger.reading.lines import (
    Dialect,
    Lines,
    after_lines,
    csv_rows,
    decoded,
    raw_pieces,
    utf8_pieces,
)
from carbonledger.reading.plain import Raw, plain_rows
from carbonledger.reading.table import (
    HEADER_WITHIN,
    Format,
    Opened,
    Request,
    Rows,
    Shape,
    recognised,
)

DIALECTS = (
    *(Dialect(separator) for separator in (",", "\t", "|", ";", "^")),
    *(Dialect(separator, quoted=False) for separator in ("\x01", "\x1b", "\x1f", "|@|")),
)
"""In the order of their right where the header proves two of them."""
APART = (",", "\t", ";", "\x01", "\x1b", "\x1f")
"""Bytes that are never part of a character of GB18030, where | and ^ may be its second half."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def open_text(request: Request) -> Opened:
    """The table of a text file; rows are counted in lines of the file, where the record starts."""
    try:
        encoded = encoding_of(request.path)
        dialect = max(DIALECTS, key=lambda d: _headers_found(request, encoded, d))
        table, issues = open_grid(request, None, lambda: _rows(request, encoded, dialect))
    except Refusal as refusal:
        line = dict(refusal.details).get("line")
        return None, [request.refused(refusal, int(line) if line else None)]
    if encoded.encoding == "gb18030" and smells_of_big5(request.path):
        issues = [request.issue("encoding_big5"), *issues]
    if table is not None:
        table = replace(table, shape=Shape(encoded.encoding, dialect.delimiter, encoded.newline))
    return table, issues


def _headers_found(request: Request, encoded: Encoded, dialect: Dialect) -> tuple[int, int]:
    """The most known headers in one of the first rows, and how few others stand beside them."""
    lines = Lines(utf8_pieces(request.path, encoded, dialect))
    found = [(0, 0)]
    for item in islice(csv_rows(lines, 1, dialect), HEADER_WITHIN):
        if isinstance(item, tuple) and not isinstance(item[1], Refusal):
            known = recognised(item[1], request.is_header)
            found.append((known, known - len(item[1])))
    return max(found)


def _rows(request: Request, encoded: Encoded, dialect: Dialect) -> Rows:
    """The first rows one by one, for a header among them; the others by the block."""
    path = request.path
    lines = Lines(utf8_pieces(path, encoded, dialect))
    yield from islice(csv_rows(lines, 1, dialect), HEADER_WITHIN + 2)
    if encoded.encoding == "gb18030" and encoded.newline == "\n" and dialect.separator in APART:
        start = after_lines(path, lines.taken)
        source = Raw(start, lambda pieces, at: decoded(pieces, path, encoded, at))
        yield from ahead(plain_rows(raw_pieces(path, start), lines.taken + 1, dialect, source))
    else:
        yield from ahead(plain_rows(lines.rest(), lines.taken + 1, dialect))


def _is_text(head: bytes) -> bool:
    nulls = sorted((head[::2].count(0), head[1::2].count(0)))
    return head[:2] in UTF_16 or b"\0" not in head or 4 * nulls[0] <= nulls[1]


FORMAT = Format("CSV", (".csv", ".tsv", ".tab", ".psv", ".txt", ".dat"), _is_text, open_text)
