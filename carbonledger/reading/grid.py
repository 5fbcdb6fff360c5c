"""Rows of text cells into a table: the header found, what is no record left out and reported.

Every format without types of its own hands its rows to :func:`open_grid`. The rows are gone
through once on opening, so that every problem of their shape is known before the first batch,
and again for each ``batches()``; no row is held in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.issues import Issue, Refusal
from carbonledger.reading.notes import is_footer, is_total, stated_units
from carbonledger.reading.table import (
    BATCH_ROWS,
    EDGES,
    HEADER_WITHIN,
    Batches,
    Opened,
    Request,
    RowNumbers,
    Table,
    columns_problems,
    header_text,
    recognised,
)
from carbonledger.units import is_empty, money_scale

PIECE_ROWS = 2_048
"""Rows that are Python text at one time; more of them keep the garbage collector busy."""
BATCH_BYTES = 1 << 29
"""A batch of very long texts is cut short here, well below what one Arrow array can hold."""
MOST_ALIKE = 1_000
"""Rows of wrong shape listed one by one; a file cut wrongly throughout is one problem."""

Cells = Sequence[str]
Rows = Iterator[tuple[int, Cells | Refusal]]
"""Each row with its number; a row that can't be read is a refusal with its code."""


@dataclass(frozen=True)
class Head:
    """The header row: its number, its texts, the cell each stands in, and the row's own id."""

    row: int
    columns: tuple[str, ...]
    at: tuple[int, ...]
    key: int | None

    @property
    def width(self) -> int:
        """Cells of a full row."""
        return self.at[-1] + 1

    @property
    def gaps(self) -> bool:
        """Whether a cell between two headers has none."""
        return len(self.at) < self.width


@dataclass
class Survey:
    """What one passage over the rows brings up."""

    rows: int = 0
    skipped: set[int] = field(default_factory=set)
    issues: list[Issue] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    misshapen: int = 0


def open_grid(request: Request, sheet: str | None, rows: Callable[[], Rows]) -> Opened:
    """The table that the rows hold, and everything wrong with their shape."""
    head = find_head(request, rows())
    if head is None:
        return None, _without_head(request, sheet, rows)
    problems = columns_problems(request, head.columns, head.row)
    if problems:
        return None, problems
    survey = _surveyed(request, sheet, head, rows())
    if not survey.rows and not survey.misshapen:
        survey.issues.append(request.issue("nothing_to_read", head.row, sheet=sheet))
    issues = survey.issues
    if not survey.rows:
        return None, issues
    skipped = frozenset(survey.skipped)

    def stream(asked: Sequence[str] | None, dictionary: Sequence[str]) -> Batches:
        named = dict(zip(head.columns, head.at, strict=True))
        wanted = {name: named[name] for name in (head.columns if asked is None else asked)}
        return _batches(head, skipped, rows(), wanted, frozenset(dictionary))

    unit = survey.units[0] if survey.units else None
    table = Table(request.name, sheet, head.columns, survey.rows, False, unit,
                  head_row=head.row, raw=rows, stream=stream)  # fmt: skip
    return table, issues


def find_head(request: Request, rows: Rows) -> Head | None:
    """The row of the first thirty with the most known headers, the first of equals."""
    best, most = None, 0
    for number, cells in islice(rows, HEADER_WITHIN):
        known = 0 if isinstance(cells, Refusal) else recognised(cells, request.is_header)
        if known > most:
            best, most = (number, cells), known
    if best is None or isinstance(best[1], Refusal):
        return None
    texts = [header_text(cell) for cell in best[1]]
    at = tuple(i for i, text in enumerate(texts) if text)
    is_key = request.is_key
    key = next((i for i in at if is_key is not None and is_key(texts[i])), None)
    return Head(best[0], tuple(texts[i] for i in at), at, key)


def _without_head(request: Request, sheet: str | None, rows: Callable[[], Rows]) -> list[Issue]:
    survey = Survey()
    for number, cells in islice(rows(), HEADER_WITHIN):
        if isinstance(cells, Refusal):
            _report(survey, request, sheet, number, cells)
    filled = any(isinstance(cells, Refusal) or any(map(_bare, cells)) for _, cells in rows())
    code = "header_missing" if filled else "nothing_to_read"
    return [*survey.issues, request.issue(code, sheet=sheet)]


def _surveyed(request: Request, sheet: str | None, head: Head, rows: Rows) -> Survey:
    survey = Survey()
    for number, cells in rows:
        if number <= head.row:
            if number < head.row and not isinstance(cells, Refusal):
                _note_units(survey, request, sheet, number, cells)
            continue
        refusal = cells if isinstance(cells, Refusal) else _not_a_record(head, cells)
        if refusal is None:
            survey.rows += 1
            continue
        if refusal.code == "row_empty":
            continue
        survey.skipped.add(number)
        _report(survey, request, sheet, number, refusal)
        if refusal.code == "footer_row_skipped" and not isinstance(cells, Refusal):
            _note_units(survey, request, sheet, number, cells)
    return survey


def _report(
    survey: Survey, request: Request, sheet: str | None, number: int, refusal: Refusal
) -> None:
    issue = request.refused(refusal, number, sheet=sheet)
    if issue.severity == "error":
        survey.misshapen += 1
        if survey.misshapen == MOST_ALIKE + 1:
            issue = request.issue("rows_misshapen", number, sheet=sheet, count=str(MOST_ALIKE))
    if survey.misshapen <= MOST_ALIKE + 1 or issue.severity == "warning":
        survey.issues.append(issue)


def _not_a_record(head: Head, cells: Cells) -> Refusal | None:
    """Why the row is no record of the book: empty, a total, a line under the table, ragged."""
    first = _bare(cells[0]) if cells else ""
    first = first or next((text for cell in cells if (text := _bare(cell))), "")
    if not first:
        return Refusal("row_empty")
    if is_total(first) and not _has_id(head, cells):
        return Refusal("total_row_skipped", value=first)
    if is_footer(first) and _is_aside(head, cells, first):
        return Refusal("footer_row_skipped", value=first)
    if len(cells) > head.width or head.gaps:
        own = frozenset(head.at)
        surplus = [t for i, cell in enumerate(cells) if i not in own and (t := _bare(cell))]
        if surplus:
            words = {"count": str(len(surplus)), "value": ", ".join(surplus)}
            return Refusal("row_ragged", **words)
    return None


def _has_id(head: Head, cells: Cells) -> bool:
    """Whether a row that begins with a total's word is a record all the same (the firm Total)."""
    if head.key is not None:
        own = _bare(cells[head.key]) if head.key < len(cells) else ""
        return not (is_empty(own) or is_total(own))
    texts = [text for cell in cells if (text := _bare(cell))]
    return any(any(map(str.isalpha, text)) and not is_total(text) for text in texts)


def _is_aside(head: Head, cells: Cells, first: str) -> bool:
    """Whether a line that begins like a footer has no id and little else in it."""
    texts = [text for cell in cells if (text := _bare(cell))]
    if head.key is not None:
        own = _bare(cells[head.key]) if head.key < len(cells) else ""
        if own not in ("", first):
            return False
    return 2 * len(texts) <= len(head.columns) or all(map(is_footer, texts))


def _note_units(
    survey: Survey, request: Request, sheet: str | None, number: int, cells: Cells
) -> None:
    """Keep a unit of money stated beside the table; report one that can't be applied."""
    units, others = stated_units(cells)
    for text in others:
        survey.issues.append(request.issue("unit_note_not_money", number, sheet=sheet, value=text))
    for unit in units:
        if survey.units and money_scale(unit) != money_scale(survey.units[0]):
            words = {"value": unit, "first": survey.units[0]}
            survey.issues.append(request.issue("unit_notes_differ", number, sheet=sheet, **words))
        survey.units.append(unit)


def _bare(cell: str) -> str:
    return cell.strip(EDGES)


def _batches(
    head: Head, skipped: frozenset[int], rows: Rows, wanted: dict[str, int],
    dictionary: frozenset[str],
) -> Batches:  # fmt: skip
    records = _records(head, skipped, rows)
    pieces: list[tuple[RowNumbers, list[Any]]] = []
    held = size = 0
    while piece := list(islice(records, PIECE_ROWS)):
        numbers = np.array([number for number, _ in piece], np.int64)
        arrays = [pa.array([c[at] for _, c in piece], pa.string()) for at in wanted.values()]
        pieces.append((numbers, arrays))
        held, size = held + len(piece), size + sum(array.nbytes for array in arrays)
        if held >= BATCH_ROWS or size >= BATCH_BYTES:
            yield _batch(pieces, list(wanted), dictionary)
            pieces, held, size = [], 0, 0
    if pieces:
        yield _batch(pieces, list(wanted), dictionary)


def _records(head: Head, skipped: frozenset[int], rows: Rows) -> Iterator[tuple[int, Cells]]:
    """The rows that are records of the book, each as wide as the header."""
    for number, cells in rows:
        if number <= head.row or number in skipped or isinstance(cells, Refusal):
            continue
        if any(map(_bare, cells)):
            short = head.width - len(cells)
            yield number, ([*cells, *[""] * short] if short > 0 else cells)


def _batch(
    pieces: list[tuple[RowNumbers, list[Any]]], names: list[str], dictionary: frozenset[str]
) -> tuple[RowNumbers, Any]:
    columns = []
    for i, name in enumerate(names):
        whole = pa.concat_arrays([arrays[i] for _, arrays in pieces])
        text = pc.utf8_trim(whole, characters=EDGES)
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
        columns.append(text.dictionary_encode() if name in dictionary else text)
    numbers = np.concatenate([numbers for numbers, _ in pieces])
    return numbers, pa.RecordBatch.from_arrays(columns, names=names)
