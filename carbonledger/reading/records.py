"""What is a record of the book among the rows under a header; the others are said why.

Rows come one by one, or by the block as Arrow columns; in a block only the few rows that may be
totals, notes or ragged are looked at one by one, so that both ways have the same verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.issues import Refusal
from carbonledger.reading.header import Head
from carbonledger.reading.notes import TOTALS, is_footer, is_total
from carbonledger.reading.table import BATCH_ROWS, EDGES, Batches, Block, Cells, RowNumbers, Rows
from carbonledger.units import is_empty

PIECE_ROWS = 2_048
"""Rows that are Python text at one time; more of them keep the garbage collector busy."""
LEAST_ROWS = BATCH_ROWS // 4
"""Blocks of so many rows go on as they are; joining them costs as much as parsing them."""
BATCH_BYTES = 1 << 29
"""A batch of very long texts is cut short here, well below what one Arrow array can hold."""
LOOSE = (
    r"[\s\x0b\x1c-\x1f\x{0085}\x{00a0}\x{1680}\x{3000}\x{00ad}\x{2000}-\x{200f}"
    r"\x{2028}-\x{202f}\x{205f}\x{2060}\x{feff}:：_＿\-－']*"
)
_EDGE_BYTES = sorted({c.encode()[:1] for c in EDGES})
_COLONS = (b":", "：".encode())
_LASTS = {word[-1] for word in TOTALS}
_TOTAL_ENDS = sorted(
    c.encode() for c in {*_LASTS, *map(str.upper, _LASTS), "ſ"}
    | {chr(ord(c) + 0xFEE0) for last in _LASTS for c in (last, last.upper()) if c.isascii()}
)  # fmt: skip
"""What a text must hold to be a total."""

Report = Callable[[int, Refusal, Cells], None]
"""Told of each row that is no record: its number, why, and its cells."""


def not_a_record(head: Head, cells: Cells) -> Refusal | None:
    """Why the row is no record of the book: empty, a total, a line under the table, ragged."""
    first = bare(cells[0]) if cells else ""
    first = first or next((text for cell in cells if (text := bare(cell))), "")
    if not first:
        return Refusal("row_empty")
    if is_total(first) and not _has_id(head, cells):
        return Refusal("total_row_skipped", value=first)
    if is_footer(first) and _is_aside(head, cells, first):
        return Refusal("footer_row_skipped", value=first)
    if len(cells) > head.width or head.gaps:
        own = frozenset(head.at)
        surplus = [t for i, cell in enumerate(cells) if i not in own and (t := bare(cell))]
        if surplus:
            words = {"count": str(len(surplus)), "value": ", ".join(surplus)}
            return Refusal("row_ragged", **words)
    return None


def _has_id(head: Head, cells: Cells) -> bool:
    """Whether a row that begins with a total's word is a record all the same (the firm Total)."""
    if head.key is not None:
        own = bare(cells[head.key]) if head.key < len(cells) else ""
        return not (is_empty(own) or is_total(own))
    texts = [text for cell in cells if (text := bare(cell))]
    return any(any(map(str.isalpha, text)) and not is_total(text) for text in texts)


def _is_aside(head: Head, cells: Cells, first: str) -> bool:
    """Whether a line that begins like a footer has no id and little else in it."""
    texts = [text for cell in cells if (text := bare(cell))]
    if head.key is not None:
        own = bare(cells[head.key]) if head.key < len(cells) else ""
        if own not in ("", first):
            return False
    return 2 * len(texts) <= len(head.columns) or all(map(is_footer, texts))


def bare(cell: str) -> str:
    """A cell without what surrounds its content."""
    return cell.strip(EDGES)


def record_batches(head: Head, rows: Rows, wanted: Mapping[str, int], report: Report) -> Batches:
    """The records under the header in batches of the columns wanted."""
    gathered = _Gathered(dict(wanted))
    for item in rows:
        if isinstance(item, Block):
            yield from gathered.before(len(item.numbers))
            gathered.add(*_block_records(head, item, gathered.at, report))
        elif item[0] > head.row:
            number, cells = item
            refusal = cells if isinstance(cells, Refusal) else not_a_record(head, cells)
            if refusal is None:
                gathered.add_row(number, cells)  # type: ignore[arg-type]
            elif refusal.code != "row_empty":
                report(number, refusal, () if isinstance(cells, Refusal) else cells)
        yield from gathered.full()
    yield from gathered.rest()


@dataclass
class _Gathered:
    """Rows and blocks on their way into batches of equal size."""

    wanted: dict[str, int]
    numbers: list[RowNumbers] = field(default_factory=list)
    pieces: list[list[Any]] = field(default_factory=list)
    held: int = 0
    size: int = 0
    _rows: list[tuple[int, Cells]] = field(default_factory=list)

    @property
    def at(self) -> list[int]:
        return list(self.wanted.values())

    def add_row(self, number: int, cells: Cells) -> None:
        self._rows.append((number, cells))
        if len(self._rows) >= PIECE_ROWS:
            self._close_rows()

    def _close_rows(self) -> None:
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        numbers = np.array([number for number, _ in rows], np.int64)
        arrays = [
            trimmed(pa.array([c[at] if at < len(c) else None for _, c in rows], pa.string()))
            for at in self.at
        ]
        self._append(numbers, arrays)

    def add(self, numbers: RowNumbers, arrays: list[Any]) -> None:
        self._close_rows()
        self._append(numbers, arrays)

    def _append(self, numbers: RowNumbers, arrays: list[Any]) -> None:
        if len(numbers):
            self.numbers.append(numbers)
            self.pieces.append(arrays)
            self.held += len(numbers)
            self.size += sum(array.nbytes for array in arrays)

    def before(self, coming: int) -> Batches:
        """What is held, where a block that comes would not fit into the same batch."""
        if self.held + len(self._rows) + coming > BATCH_ROWS:
            yield from self.rest()

    def full(self) -> Batches:
        while self.held >= LEAST_ROWS or (self.held and self.size >= BATCH_BYTES):
            yield self._batch()

    def rest(self) -> Batches:
        self._close_rows()
        while self.held:
            yield self._batch()

    def _batch(self) -> tuple[RowNumbers, Any]:
        numbers = np.concatenate(self.numbers)
        columns = [joined([piece[i] for piece in self.pieces]) for i in range(len(self.wanted))]
        batch = pa.RecordBatch.from_arrays(columns, names=list(self.wanted))
        self.numbers, self.pieces, self.held, self.size = [], [], 0, 0
        over = batch.slice(BATCH_ROWS)
        if over.num_rows:
            self._append(numbers[BATCH_ROWS:], over.columns)
        return numbers[:BATCH_ROWS], batch.slice(0, BATCH_ROWS)


def joined(arrays: list[Any]) -> Any:
    """Pieces of one column as one array, dictionary encoded where a piece is."""
    if not any(pa.types.is_dictionary(a.type) for a in arrays):
        return pa.concat_arrays(arrays) if len(arrays) > 1 else arrays[0]
    coded = [a if pa.types.is_dictionary(a.type) else a.dictionary_encode() for a in arrays]
    chunked = pa.chunked_array(coded).unify_dictionaries()
    return chunked.chunk(0) if chunked.num_chunks == 1 else pa.concat_arrays(chunked.chunks)


def trimmed(cells: Any) -> Any:
    """Cells without what surrounds their content, empty ones as null."""
    if pa.types.is_dictionary(cells.type):
        if not _has_edges(cells.dictionary):
            return cells
        return trimmed(cells.dictionary_decode()).dictionary_encode()
    text = pc.utf8_trim(cells, characters=EDGES) if _has_edges(cells) else cells
    if pc.min(pc.binary_length(text)).as_py() != 0:
        return text
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _has_edges(texts: Any) -> bool:
    """Whether any byte may belong to a character that is trimmed."""
    return _holds(texts, _EDGE_BYTES)


def _holds(texts: Any, some: Iterable[bytes]) -> bool:
    """Whether the bytes of a column hold any of these; most columns are done with this."""
    data = texts.buffers()[2]
    whole = b"" if data is None else data.to_pybytes()
    if whole.isascii():
        some = filter(bytes.isascii, some)
    return any(one in whole for one in some)


def _block_records(
    head: Head, block: Block, wanted: Iterable[int], report: Report
) -> tuple[RowNumbers, list[Any]]:
    columns = [trimmed(column) for column in block.columns]
    size = len(block.numbers)
    suspects = np.flatnonzero(_suspect(head, columns, size))
    keep = np.ones(size, np.bool_)
    for at, cells in _rows_at(columns, suspects):
        refusal = not_a_record(head, cells)
        if refusal is not None:
            keep[at] = False
            if refusal.code != "row_empty":
                report(int(block.numbers[at]), refusal, cells)
    blank = pa.nulls(size, pa.string())
    kept = [columns[at] if at < len(columns) else blank for at in wanted]
    if keep.all():
        return block.numbers, kept
    mask = pa.array(keep)
    return block.numbers[keep], [column.filter(mask) for column in kept]


def _suspect(head: Head, columns: list[Any], size: int) -> Any:
    """Rows of a block that may be no records, by their first text and what has no header."""
    first = _text(columns[0])
    for column in columns[1:]:
        if not first.null_count:
            break
        first = pc.coalesce(first, _text(column))
    odd = pc.is_null(first)
    if _holds(first, _TOTAL_ENDS):
        odd = pc.or_(odd, pc.fill_null(pc.match_substring_regex(first, _total_pattern()), False))
    if _holds(first, _COLONS):
        colon = pc.or_(pc.match_substring(first, ":"), pc.match_substring(first, "："))
        odd = pc.or_(odd, pc.fill_null(colon, False))
    mask = np.asarray(odd)
    own = frozenset(head.at)
    for at, column in enumerate(columns):
        if at not in own and column.null_count < size:
            mask = mask | np.asarray(column.is_valid())
    return mask


def _total_pattern() -> str:
    """A pattern that takes every text that ``is_total`` takes, and few others."""
    words = sorted(TOTALS)
    wide = str.maketrans({c: f"[{c}{chr(ord(c) + 0xFEE0)}]" for c in map(chr, range(97, 123))})
    spaced = (LOOSE.join(letter.translate(wide) for letter in word) for word in words)
    return rf"(?i)^{LOOSE}(?:{'|'.join(spaced)}){LOOSE}$"


def _text(column: Any) -> Any:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _rows_at(columns: list[Any], at: Any) -> Iterator[tuple[int, list[str]]]:
    if not len(at):
        return
    index = pa.array(at)
    texts = [_text(column.take(index)).to_pylist() for column in columns]
    for row, cells in zip(at.tolist(), zip(*texts, strict=True), strict=True):
        yield row, [cell or "" for cell in cells]
