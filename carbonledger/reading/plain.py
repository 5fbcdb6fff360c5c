"""The plain part of a text file, parsed by the block: its cells found in C, its oddities left.

A block is plain where quotes stand only around whole cells and every record has as many cells as
most. Records that are not go through the careful reader one by one; from quotes out of place on,
the rest of the file does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.reading.ahead import ahead
from carbonledger.reading.lines import LONGEST_LINE, PIECE_BYTES, Dialect, Lines, csv_rows
from carbonledger.reading.table import LONGEST_FIELD, MOST_COLUMNS, Block, Rows

BLOCK_BYTES = 1 << 22
MOST_ODD = 64
"""Records of a block that may differ from the others before it is read row by row."""
SAMPLE_ROWS, FEW_TEXTS = 4_096, 512
"""A column with few distinct texts among its first cells is kept coded."""
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


@dataclass(frozen=True)
class Raw:
    """Pieces that are not decoded yet: where they begin in the file, and how to decode them.

    Only in an encoding whose characters hold no byte of a separator, quote or line break.
    """

    start: int
    decoded: Callable[[Iterator[bytes], int], Iterator[bytes]]

    def utf8(self, data: bytes, at: int) -> bytes:
        """One piece of whole characters."""
        return b"".join(self.decoded(iter([data]), at))


def plain_rows(
    pieces: Iterator[bytes], line: int, dialect: Dialect, raw: Raw | None = None
) -> Rows:
    """Rows by the block where a file is plain, from the given line on; else one by one."""
    coded: dict[int, list[bool]] = {}
    waiting, more, at = b"", True, raw.start if raw else 0
    blocks = ahead(_joined(pieces))
    while more:
        found = next(blocks, None)
        data, more = waiting + (found or b""), found is not None
        end = _cut(data, dialect) if more else len(data)
        block, waiting = data[:end], data[end:]
        if not block and (not more or len(waiting) < LONGEST_LINE):
            continue
        simple = _simple(block, line, dialect, coded, raw is not None)
        if simple is not None:
            yield simple
            line, at = line + len(simple.numbers), at + len(block)
            continue
        text = raw.utf8(block, at) if raw else block
        shape = _shape(text, dialect)
        if shape is None:
            rest = chain([data], blocks)
            yield from csv_rows(Lines(raw.decoded(rest, at) if raw else rest), line, dialect)
            return
        yield from _rows(text, line, shape, dialect, coded)
        line, at = line + shape.line_count, at + len(block)


def _joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    while part := b"".join(islice(pieces, BLOCK_BYTES // PIECE_BYTES)):
        yield part


def _cut(data: bytes, dialect: Dialect) -> int:
    """Just behind the last line feed outside quotes; 0 where there is none."""
    if not dialect.quoted or b'"' not in data:
        return data.rfind(b"\n") + 1
    raw = np.frombuffer(data, np.uint8)
    feeds = np.flatnonzero(raw == LINE)
    outside = feeds[np.searchsorted(np.flatnonzero(raw == QUOTE), feeds) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


def _shape(data: bytes, dialect: Dialect) -> Shape | None:
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


def _rows(
    block: bytes, line: int, shape: Shape, dialect: Dialect, coded: dict[int, list[bool]]
) -> Rows:
    odd = np.flatnonzero(shape.odd)
    if len(odd) > MOST_ODD:
        yield from csv_rows(Lines(iter([block])), line, dialect)
        return
    start = 0
    for at in [*odd.tolist(), len(shape.ends)]:
        if at > start:
            yield _block(block, line, shape, slice(start, at), dialect, coded)
        if at < len(shape.ends):
            record = block[_start(shape, at) : int(shape.ends[at]) + 1]
            yield from csv_rows(Lines(iter([record])), line + int(shape.lines[at]), dialect)
        start = at + 1


def _start(shape: Shape, at: int) -> int:
    return int(shape.ends[at - 1]) + 1 if at else 0


def _simple(
    block: bytes, line: int, dialect: Dialect, coded: dict[int, list[bool]], raw: bool
) -> Block | None:
    """A block without quotes whose records all have as many cells as its first; else None."""
    if not block or (dialect.quoted and b'"' in block):
        return None
    first = block[: block.find(b"\n")] if b"\n" in block else block
    width = first.count(dialect.delimiter.encode()) + 1
    if width > MOST_COLUMNS + 1:
        return None
    try:
        columns = _parsed(pa.py_buffer(block), width, dialect, False, coded)
    except pa.ArrowInvalid:  # records of several widths, blank lines
        return None
    if raw:
        columns = [_utf8(column) for column in columns]
    # A lone carriage return ends a record for Arrow; only line feeds do for us.
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    if any(c is None or len(c) != lines or _too_long(c) for c in columns):
        return None
    return Block(np.arange(line, line + lines, dtype=np.int64), columns)


def _utf8(column: Any) -> Any:
    """A column of GB18030 bytes as text, None where a cell is no text or breaks its line."""
    if pa.types.is_dictionary(column.type):
        texts = _utf8(column.dictionary)
        return None if texts is None else pa.DictionaryArray.from_arrays(column.indices, texts)
    _, offsets, data = column.buffers()
    if data is None:
        return column
    edges = np.frombuffer(offsets, np.int32, len(column) + 1, 4 * column.offset)
    if memoryview(data)[edges[0] : edges[-1]].tobytes().isascii():
        return column
    ended = pc.binary_join_element_wise(pc.fill_null(column, ""), "\n", "").buffers()[2]
    try:
        text = ended.to_pybytes().decode("gb18030").encode()
    except UnicodeDecodeError:
        return None
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == LINE)
    if len(ends) != len(column):
        return None
    places = np.append(0, ends - np.arange(len(ends))).astype(np.int32)
    valid = pa.array(np.asarray(column.is_valid())).buffers()[1]
    return pa.StringArray.from_buffers(
        len(column), pa.py_buffer(places), pa.py_buffer(text.translate(None, b"\n")), valid
    )


def _too_long(column: Any) -> bool:
    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    return bool((pc.max(pc.binary_length(texts)).as_py() or 0) > LONGEST_FIELD)


def _block(
    data: bytes, line: int, shape: Shape, rows: slice, dialect: Dialect,
    coded: dict[int, list[bool]],
) -> Block:  # fmt: skip
    first, last = _start(shape, rows.start), min(int(shape.ends[rows.stop - 1]) + 1, len(data))
    width = int(shape.counts[rows.start]) + 1
    view = pa.py_buffer(data).slice(first, last - first)
    columns = _parsed(view, width, dialect, len(shape.ends) != shape.line_count, coded)
    return Block(line + shape.lines[rows].astype(np.int64), columns)


def _parsed(
    view: Any, width: int, dialect: Dialect, newlines: bool, coded: dict[int, list[bool]]
) -> list[Any]:
    """The columns of records of one width; those with few distinct texts coded."""
    from pyarrow import csv as arrow  # 20 ms that a workbook need not pay

    names = [str(n) for n in range(width)]
    few = coded.get(width, [False] * width)
    text, code = pa.string(), pa.dictionary(pa.int32(), pa.string())
    table = arrow.read_csv(
        pa.BufferReader(view),
        read_options=arrow.ReadOptions(
            column_names=names, block_size=(len(view) >> 1) + LONGEST_FIELD
        ),
        parse_options=arrow.ParseOptions(
            delimiter=dialect.delimiter, quote_char='"' if dialect.quoted else False,
            newlines_in_values=newlines, ignore_empty_lines=False,
        ),
        convert_options=arrow.ConvertOptions(
            column_types={n: code if c else text for n, c in zip(names, few, strict=True)},
            null_values=[""], strings_can_be_null=True, check_utf8=False,
        ),
    )  # fmt: skip
    columns = [_whole(column) for column in table.columns]
    if width not in coded and table.num_rows >= SAMPLE_ROWS:
        coded[width] = [_few(column) for column in columns]
    return columns


def _whole(column: Any) -> Any:
    if column.num_chunks == 1:
        return column.chunk(0)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return column.combine_chunks() if column.num_chunks else pa.nulls(0, pa.string())


def _few(column: Any) -> bool:
    return bool(pc.count_distinct(column.slice(0, SAMPLE_ROWS)).as_py() <= FEW_TEXTS)
