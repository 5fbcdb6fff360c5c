"""Month-end files of the same positions: each month's balance beside the rows of the last one.

A position that stands in a month's file was held that month; one that stands in none of the last
files has ended, and its last row counts with nothing outstanding, so that its average stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.books import Book
from carbonledger.books.checks import Typed, as_text
from carbonledger.books.days import day
from carbonledger.headers import normal_header
from carbonledger.intake.keys import Fingerprints, duplicates, hashed, key_of
from carbonledger.intake.month_ends import NONE, Numbers, Positions, Runs
from carbonledger.issues import Issue, Refusal
from carbonledger.reading import Table
from carbonledger.reading.stores import is_url
from carbonledger.reading.table import Batches

if TYPE_CHECKING:
    from carbonledger.intake.files import File

Month = tuple[int, int]
Read = Callable[["File", list[Issue]], Iterator[Typed]]
IN_NAME = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})(?:[-_. ]?(0[1-9]|1[0-2])|年(0?[1-9]|1[0-2])月)"
    r"(?:[-_. ]?(?:[0-2][0-9]|3[01])日?)?(?![0-9])"
)
DATED = frozenset(
    (
        "数据日期",
        "报告日期",
        "报表日期",
        "统计日期",
        "账务日期",
        "数据月份",
        "报告期",
        "期次",
        "月份",
    )
) | {"reportdate", "asofdate", "as_of", "month", "datadate", "reportingdate"}
"""Headers over the day or month that all rows of an export are of."""
OUTSTANDING = "outstanding_amount"
FEN_SCALE = 1
"""Month-ends come in whole fen already."""


def month_of(name: str, table: Table) -> Month | None:
    """The month of a file: the only one in its name, else the only one in a column of dates."""
    own = name.rpartition("/")[2] if is_url(name) else name
    named = {(int(y), int(m or n)) for y, m, n in IN_NAME.findall(own)}
    if len(named) == 1:
        return named.pop()
    header = next((h for h in table.columns if normal_header(h) in DATED), None)
    if named or header is None:
        return None
    texts = {t for _, batch in table.batches([header])
             for t in pc.unique(as_text(batch.column(header))).to_pylist()}  # fmt: skip
    months = {_month(text or "") for text in texts}
    return months.pop() if len(months) == 1 else None


def _month(text: str) -> Month | None:
    found = IN_NAME.fullmatch(text)
    if found:
        return int(found.group(1)), int(found.group(2) or found.group(3))
    try:
        value = day(text)
    except Refusal:
        return None
    return value.year, value.month


@dataclass(frozen=True)
class _Rows:
    """The hashed keys and balances of a month's files, and how many rows each file has."""

    runs: Runs
    counts: tuple[int, ...]


@dataclass(frozen=True)
class _Target:
    """A file of the joined book: its rows, the number of its first position, which rows count."""

    file: File
    rows: int
    first: int
    ended: Numbers | None
    """The rows of positions that ended with this file; None is every row."""


def with_month_ends(
    book: Book, base: Sequence[File], monthly: Mapping[Month, Sequence[File]], read: Read
) -> tuple[list[File], list[Issue]]:
    """The files of the book with a balance a month, ended positions among them."""
    columns = _key_columns(book, [*base, *(f for files in monthly.values() for f in files)])
    own = list(base) or list(monthly[max(monthly)])
    keyed = replace(book, key=columns)
    here = _rows(keyed, own, read, [], ())
    positions = Positions(here.runs, sum(here.counts))
    wrong: dict[Month, list[Issue]] = {month: [] for month in monthly}
    again: dict[Month, list[Issue]] = {}
    ended: dict[Month, list[_Target]] = {}
    for month in sorted(monthly, reverse=True):
        files = monthly[month]
        same = list(files) == own
        rows = here if same else _rows(keyed, files, read, wrong[month], own)
        first, at, twice = positions.add(month, rows.runs)
        ended[month] = [t for t in _targets(files, rows, first, at) if t.file not in own]
        if not same or columns != _key_columns(book, own):
            again[month] = _twice(keyed, files, twice, read)
    targets = [*_targets(own, here, 0, None), *(t for month in monthly for t in ended[month])]
    issues = [i for found in (wrong, again) for month in monthly for i in found.get(month, ())]
    return [_with_columns(t, positions, sorted(monthly)) for t in targets], issues


def _key_columns(book: Book, files: Sequence[File]) -> tuple[str, ...]:
    return tuple(c for c in book.key if all(c in f.mapped.headers for f in files))


def _narrow(file: File, columns: Sequence[str]) -> File:
    """The file with its key and its balance alone."""
    kept = {c: h for c, h in file.mapped.headers.items() if c in (*columns, OUTSTANDING)}
    return replace(file, mapped=replace(file.mapped, headers=kept, months={}, lifted={}, kept=(),
                                        sectors={}))  # fmt: skip


def _rows(
    book: Book, files: Sequence[File], read: Read, issues: list[Issue], own: Sequence[File]
) -> _Rows:
    """Go through the files once; what is wrong with those of the book itself shows later."""
    runs, counts, number = Runs(), [], 0
    for file in files:
        start = number
        for batch in read(_narrow(file, book.key), [] if file in own else issues):
            at = np.flatnonzero(np.asarray(_told(book, batch)))
            amounts = batch.columns[OUTSTANDING].fill_null(NONE).to_numpy()
            hashes = hashed(book, batch, 2)
            runs.add(hashes[:, at], number + at, amounts[at])
            number += len(batch.rows)
        counts.append(number - start)
    return _Rows(runs, tuple(counts))


def _told(book: Book, batch: Typed) -> pa.Array:
    """Which rows have a key."""
    key = pc.replace_substring(key_of(book, batch), "\x1f", "")
    return pc.fill_null(pc.not_equal(key, ""), False)


def _targets(
    files: Sequence[File], rows: _Rows, first: int, ended: Numbers | None
) -> Iterator[_Target]:
    """The files with their own part of the positions, which stand in the order of the files."""
    start = 0
    for file, count in zip(files, rows.counts, strict=True):
        if ended is None:
            yield _Target(file, count, first, None)
            first += count
        else:
            mine = ended[slice(*np.searchsorted(ended, [start, start + count]))] - start
            yield _Target(file, count, first, mine)
            first += len(mine)
        start += count


def _twice(book: Book, files: Sequence[File], twice: Fingerprints, read: Read) -> list[Issue]:
    """Rows of one key within a month."""
    batches = (b for f in files for b in read(_narrow(f, book.key), []))
    return duplicates(book, files, twice, batches)


def _with_columns(target: _Target, positions: Positions, months: Sequence[Month]) -> File:
    """The file with a column a month; of an ended position's rows nothing is outstanding."""
    file = target.file
    names = {f"balance_{year}_{month:02d}": (year, month) for year, month in months}
    scales = {**file.scales, **{f"{y}-{m}": FEN_SCALE for y, m in months}}
    if target.ended is not None:
        scales[OUTSTANDING] = FEN_SCALE
    table = replace(file.table, columns=(*file.table.columns, *names), native=False, first=None,
                    stream=partial(_stream, target, positions, names))  # fmt: skip
    mapped = replace(file.mapped, months={month: name for name, month in names.items()})
    return replace(file, table=table, mapped=mapped, scales=scales)


def _stream(
    target: _Target, positions: Positions, names: Mapping[str, Month],
    asked: Sequence[str] | None, dictionary: Sequence[str],
) -> Batches:  # fmt: skip
    """The rows of a target that count, in batches, with their balances beside them."""
    table, ended = target.file.table, target.ended
    outstanding = target.file.mapped.headers[OUTSTANDING]
    wanted = list(dict.fromkeys([*table.columns, *names] if asked is None else asked))
    own = [name for name in wanted if name not in names] or [outstanding]
    at, number = 0, target.first
    if ended is not None and not len(ended):
        return
    for numbers, batch in table.batches(own, dictionary=dictionary):
        start, at = at, at + len(numbers)
        if at > target.rows:  # or its rows would take the balances of others
            raise Refusal("file_changed")
        if ended is not None:
            few = ended[slice(*np.searchsorted(ended, [start, at]))] - start
            numbers, batch = numbers[few], batch.take(pa.array(few))
        columns = {name: batch.column(name) for name in own}
        if ended is not None:
            columns[outstanding] = pa.array(np.zeros(len(numbers), np.int64))
        for name in names.keys() & set(wanted):
            columns[name] = positions.balances(names[name], number, len(numbers))
        number += len(numbers)
        if len(numbers):
            arrays = [columns[name] for name in wanted]
            yield numbers, pa.RecordBatch.from_arrays(arrays, names=wanted)
