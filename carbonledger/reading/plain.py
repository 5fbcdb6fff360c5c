"""The plain part of a text file, parsed by the block: its cells found in C, its oddities left.

A block is plain where quotes stand only around whole cells and every record has as many cells as
most. Records that are not go through the careful reader one by one; from quotes out of place on,
the rest of the file does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.reading.ahead import ahead, made
from carbonledger.reading.lines import LONGEST_LINE, PIECE_BYTES, Dialect, Lines, csv_rows
from carbonledger.reading.shapes import LINE, QUOTE, Shape, cut, shape_of
from carbonledger.reading.table import LONGEST_FIELD, MOST_COLUMNS, Block, Rows

BLOCK_BYTES = 1 << 22
MOST_ODD = 64
"""Records of a block that may differ from the others before it is read row by row."""
SAMPLE_ROWS, FEW_TEXTS = 4_096, 512
"""A column with few distinct texts among its first cells is kept coded."""
_Located = tuple[int, bytes]
"""Bytes of a file and where they begin."""


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
    parser = _Parser(dialect, raw)
    blocks = ahead(_blocks(pieces, dialect, raw.start if raw else 0))
    found = _parsed_ahead(blocks, parser)
    for (at, block), parsed in found:
        if parsed is None:
            parser.careful = True
            rest = chain([block], (more for (_, more), _ in found))
            yield from csv_rows(Lines(raw.decoded(rest, at) if raw else rest), line, dialect)
            return
        rows, lines = parsed
        for row in rows:
            if isinstance(row, Block):
                yield Block(line + row.numbers, row.columns)
            else:
                yield line + row[0], row[1]
        line += lines


def _parsed_ahead(blocks: Iterator[_Located], parser: _Parser) -> Iterator[tuple[_Located, Any]]:
    """Each block with its rows; two are parsed at once when it is settled how."""
    for block in blocks:
        yield block, parser.parse(block)
        if parser.coded:
            break
    parser.settled = True
    yield from made(blocks, parser.parse)


@dataclass
class _Parser:
    """Parses blocks, any of them in any thread."""

    dialect: Dialect
    raw: Raw | None
    coded: dict[int, list[bool]] = field(default_factory=dict)
    """By how many columns there are, which of them are kept coded."""
    settled: bool = False
    careful: bool = False
    """Whether only the careful reader goes on."""

    def parse(self, located: _Located) -> tuple[Rows, int] | None:
        """The rows of a block, lines from 0 on, and its lines; None for the careful reader."""
        at, block = located
        if self.careful or len(block) >= LONGEST_LINE:
            return None
        columns = self._simple(block)
        if columns is not None:
            lines = len(columns[0])
            return iter([Block(np.arange(lines, dtype=np.int64), columns)]), lines
        text = self.raw.utf8(block, at) if self.raw else block
        shape = shape_of(text, self.dialect)
        if shape is None:
            return None
        odd = np.flatnonzero(shape.odd)
        if len(odd) > MOST_ODD:
            return csv_rows(Lines(iter([text])), 0, self.dialect), shape.line_count
        return iter([*self._rows(text, shape, odd.tolist())]), shape.line_count

    def _rows(self, block: bytes, shape: Shape, odd: list[int]) -> Rows:
        start = 0
        for at in [*odd, len(shape.ends)]:
            if at > start:
                yield self._block(block, shape, slice(start, at))
            if at < len(shape.ends):
                record = block[_start(shape, at) : int(shape.ends[at]) + 1]
                yield from csv_rows(Lines(iter([record])), int(shape.lines[at]), self.dialect)
            start = at + 1

    def _simple(self, block: bytes) -> list[Any] | None:
        """The columns of a block without quotes whose records all have as many cells; else None."""
        raw = np.frombuffer(block, np.uint8)  # unlike bytes, numpy lets other threads go on
        if self.dialect.quoted and (raw == QUOTE).any():
            return None
        first = block[: block.find(b"\n")] if b"\n" in block else block
        width = first.count(self.dialect.delimiter.encode()) + 1
        if width > MOST_COLUMNS + 1:
            return None
        try:
            columns = self._columns(pa.py_buffer(block), width, False)
        except pa.ArrowInvalid:  # records of several widths, blank lines
            return None
        if self.raw:
            columns = [_utf8(column) for column in columns]
        # A lone carriage return ends a record for Arrow; only line feeds do for us.
        lines = np.count_nonzero(raw == LINE) + (raw[-1] != LINE)
        if any(c is None or len(c) != lines or _too_long(c) for c in columns):
            return None
        return columns

    def _block(self, data: bytes, shape: Shape, rows: slice) -> Block:
        first = _start(shape, rows.start)
        last = min(int(shape.ends[rows.stop - 1]) + 1, len(data))
        view = pa.py_buffer(data).slice(first, last - first)
        width = int(shape.counts[rows.start]) + 1
        columns = self._columns(view, width, len(shape.ends) != shape.line_count)
        return Block(shape.lines[rows].astype(np.int64), columns)

    def _columns(self, view: Any, width: int, newlines: bool) -> list[Any]:
        """The columns of records of one width; those with few distinct texts coded."""
        few = self.coded.get(width, [False] * width)
        columns = _parsed(view, few, self.dialect, newlines)
        if not self.settled and width not in self.coded and len(columns[0]) >= SAMPLE_ROWS:
            self.coded[width] = [_few(column) for column in columns]
        return columns


def _start(shape: Shape, at: int) -> int:
    return int(shape.ends[at - 1]) + 1 if at else 0


def _blocks(pieces: Iterator[bytes], dialect: Dialect, at: int) -> Iterator[_Located]:
    """Whole records, some megabytes at a time; of one that does not end what is there of it."""
    waiting = b""
    for found in _joined(pieces):
        data = waiting + found
        end = cut(data, dialect) or (len(data) if len(data) >= LONGEST_LINE else 0)
        if end:
            yield at, data[:end]
        at, waiting = at + end, data[end:]
    if waiting:
        yield at, waiting


def _joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    while part := b"".join(islice(pieces, BLOCK_BYTES // PIECE_BYTES)):
        yield part


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


def _parsed(view: Any, few: list[bool], dialect: Dialect, newlines: bool) -> list[Any]:
    """The columns of records of one width, those of few texts coded."""
    from pyarrow import csv as arrow  # 20 ms that a workbook need not pay

    names = [str(n) for n in range(len(few))]
    text, code = pa.string(), pa.dictionary(pa.int32(), pa.string())
    table = arrow.read_csv(
        pa.BufferReader(view),
        read_options=arrow.ReadOptions(
            column_names=names, block_size=len(view) + LONGEST_FIELD, use_threads=False
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
    return [_whole(column) for column in table.columns]


def _whole(column: Any) -> Any:
    if column.num_chunks == 1:
        return column.chunk(0)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return column.combine_chunks() if column.num_chunks else pa.nulls(0, pa.string())


def _few(column: Any) -> bool:
    return bool(pc.count_distinct(column.slice(0, SAMPLE_ROWS)).as_py() <= FEW_TEXTS)
