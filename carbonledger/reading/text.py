"""Text files: CSV, tab-separated, separated by ``|``, in UTF-8, UTF-16 or GB18030."""

from __future__ import annotations

import csv
from dataclasses import replace
from itertools import islice

from carbonledger.issues import Refusal
from carbonledger.reading.encoding import Encoded, encoding_of
from carbonledger.reading.grid import Rows, open_grid
from carbonledger.reading.table import (
    HEADER_WITHIN,
    LONGEST_FIELD,
    Format,
    Opened,
    Request,
    Shape,
    recognised,
)

DELIMITERS = (",", "\t", "|")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def open_text(request: Request) -> Opened:
    """The table of a text file; rows are counted in lines of the file, where the record starts."""
    try:
        encoded = encoding_of(request.path)
    except Refusal as refusal:
        return None, [request.refused(refusal, int(dict(refusal.details)["line"]))]
    delimiter = max(DELIMITERS, key=lambda d: _headers_found(request, encoded, d))
    table, issues = open_grid(request, None, lambda: _rows(request, encoded, delimiter))
    if table is not None:
        table = replace(table, shape=Shape(encoded.encoding, delimiter, encoded.newline))
    return table, issues


def _headers_found(request: Request, encoded: Encoded, delimiter: str) -> int:
    first = islice(_rows(request, encoded, delimiter), HEADER_WITHIN)
    return max(
        (recognised(c, request.is_header) for _, c in first if not isinstance(c, Refusal)),
        default=0,
    )


def _rows(request: Request, encoded: Encoded, delimiter: str) -> Rows:
    csv.field_size_limit(LONGEST_FIELD)
    newline = encoded.newline
    with request.path.open(encoding=encoded.encoding, newline=newline) as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as problem:
                yield line, _refusal(str(problem))
            else:
                yield line, cells


def _refusal(problem: str) -> Refusal:
    if "new-line character" in problem:
        return Refusal("line_break_lone")
    if "field limit" in problem:
        return Refusal("field_too_long", limit=f"{LONGEST_FIELD:,}")
    return Refusal("quote_broken")


def _is_text(head: bytes) -> bool:
    return head[:2] in UTF_16 or b"\0" not in head


FORMAT = Format("CSV", (".csv", ".tsv", ".tab", ".psv", ".txt", ".dat"), _is_text, open_text)
