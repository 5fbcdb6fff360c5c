"""Rows of text cells into a table: the header found, what is no record left out and reported.

Every format without types of its own hands its rows to :func:`open_grid`. The rows are gone
through once on opening, so that every problem of their shape is known before the first batch;
what that pass reads is kept for the first ``batches()`` unless the file is large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pyarrow as pa

from carbonledger.issues import Issue, Refusal
from carbonledger.reading.ahead import ahead
from carbonledger.reading.header import Head, find_head
from carbonledger.reading.kept import Kept
from carbonledger.reading.layout import NO_LAYOUT, Layout, layout_issues
from carbonledger.reading.notes import stated_units
from carbonledger.reading.records import bare, record_batches
from carbonledger.reading.table import (
    HEADER_WITHIN,
    Batches,
    Block,
    Cells,
    Opened,
    Request,
    RowNumbers,
    Rows,
    Table,
    columns_problems,
)
from carbonledger.units import money_scale

MOST_ALIKE = 1_000
"""Rows of wrong shape listed one by one; a file cut wrongly throughout is one problem."""


@dataclass
class Survey:
    """What one passage over the rows brings up."""

    request: Request
    sheet: str | None
    rows: int = 0
    issues: list[Issue] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    misshapen: int = 0
    first: tuple[RowNumbers, Any] | None = None

    def report(self, number: int, refusal: Refusal, cells: Cells = ()) -> None:
        """Note a row that is no record."""
        issue = self.request.refused(refusal, number, sheet=self.sheet)
        if issue.severity == "error":
            self.misshapen += 1
            if self.misshapen == MOST_ALIKE + 1:
                issue = self.request.issue(
                    "rows_misshapen", number, sheet=self.sheet, count=str(MOST_ALIKE)
                )
        if self.misshapen <= MOST_ALIKE + 1 or issue.severity == "warning":
            self.issues.append(issue)
        if refusal.code == "footer_row_skipped":
            self.note_units(number, cells)

    def note_units(self, number: int, cells: Cells) -> None:
        """Keep a unit of money stated beside the table; report one that can't be applied."""
        units, others = stated_units(cells)
        for text in others:
            self._issue("unit_note_not_money", number, value=text)
        for unit in units:
            if self.units and money_scale(unit) != money_scale(self.units[0]):
                self._issue("unit_notes_differ", number, value=unit, first=self.units[0])
            self.units.append(unit)

    def _issue(self, code: str, number: int, **words: str) -> None:
        self.issues.append(self.request.issue(code, number, sheet=self.sheet, **words))


def open_grid(
    request: Request, sheet: str | None, rows: Callable[[], Rows], layout: Layout = NO_LAYOUT,
    counts_from: int = 0,
) -> Opened:  # fmt: skip
    """The table that the rows hold, and everything wrong with their shape."""
    head = find_head(request, rows())
    if head is None:
        return None, _without_head(request, sheet, rows)
    problems = columns_problems(request, head.columns, head.row)
    if problems:
        return None, problems
    survey, kept = Survey(request, sheet), Kept()
    survey.issues += layout_issues(request, sheet, head, layout)
    _survey(survey, head, rows, kept)
    if not survey.rows and not survey.misshapen:
        survey.issues.append(request.issue("nothing_to_read", head.row, sheet=sheet))
    if not survey.rows:
        return None, survey.issues
    at = dict(zip(head.columns, head.at, strict=True))

    def stream(asked: Sequence[str] | None, dictionary: Sequence[str]) -> Batches:
        names = list(dict.fromkeys(head.columns if asked is None else asked))
        if kept.has(names):
            source = ahead(kept.take(names))
        else:
            source = record_batches(head, rows(), {n: at[n] for n in names}, lambda *_: None)
        for numbers, batch in source:
            yield numbers, _encoded(batch, dictionary)

    unit = survey.units[0] if survey.units else None
    table = Table(request.name, sheet, head.columns, survey.rows, False, unit, survey.first,
                  counts_from, head_row=head.row, raw=lambda: _one_by_one(head, rows()),
                  stream=stream)  # fmt: skip
    return table, survey.issues


def _one_by_one(head: Head, rows: Rows) -> Iterator[tuple[int, Cells | Refusal]]:
    """Every row as it stands; a header of two rows as one."""
    for item in rows:
        if isinstance(item, Block):
            texts = (column.to_pylist() for column in item.columns)
            for number, cells in zip(item.numbers.tolist(), zip(*texts, strict=True), strict=True):
                yield number, [cell or "" for cell in cells]
        elif item[0] == head.row:
            names = dict(zip(head.at, head.columns, strict=True))
            yield item[0], [names.get(at, "") for at in range(head.width)]
        elif not head.first <= item[0] < head.row:
            yield item


def _survey(survey: Survey, head: Head, rows: Callable[[], Rows], kept: Kept) -> None:
    for item in islice(rows(), HEADER_WITHIN):
        if isinstance(item, Block) or item[0] >= head.first:
            break
        if not isinstance(item[1], Refusal):
            survey.note_units(item[0], item[1])
    known = [name for name in head.columns if survey.request.is_header(name)]
    wanted = {name: at for name, at in zip(head.columns, head.at, strict=True) if name in known}
    for numbers, batch in record_batches(head, rows(), wanted, survey.report):
        survey.rows += len(numbers)
        survey.first = survey.first or (numbers, batch)
        kept.add(numbers, batch)


def _without_head(request: Request, sheet: str | None, rows: Callable[[], Rows]) -> list[Issue]:
    survey = Survey(request, sheet)
    filled = False
    for at, item in enumerate(rows()):
        if isinstance(item, Block):
            filled = True
        elif isinstance(item[1], Refusal):
            filled = True
            if at < HEADER_WITHIN:
                survey.report(item[0], item[1])
        else:
            filled = filled or any(map(bare, item[1]))
    code = "header_missing" if filled else "nothing_to_read"
    return [*survey.issues, request.issue(code, sheet=sheet)]


def _encoded(batch: Any, dictionary: Sequence[str]) -> Any:
    """The batch with the columns asked for, and no others, guaranteed to be coded."""
    if not dictionary:
        return batch
    columns = [
        column.dictionary_encode()
        if name in dictionary and not pa.types.is_dictionary(column.type) else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]  # fmt: skip
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
