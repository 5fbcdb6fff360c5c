"""Month-end files of the same positions: each month's balance beside the rows of the last one.

A position that stands in a month's file was held that month; one that stands in none of the last
files has ended, and its last row counts with nothing outstanding, so that its average stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.books import Book
from carbonledger.books.checks import Typed, as_text
from carbonledger.books.days import day
from carbonledger.headers import normal_header
from carbonledger.intake.keys import Keys, duplicates, fingerprints, key_of
from carbonledger.issues import Issue, Refusal
from carbonledger.reading import Table
from carbonledger.reading.stores import is_url

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
class _Held:
    """The keys of a file's rows in their order, and what is outstanding on each, in fen."""

    file: File
    keys: Any
    amounts: Any


def with_month_ends(
    book: Book, base: Sequence[File], monthly: Mapping[Month, Sequence[File]], read: Read
) -> tuple[list[File], list[Issue]]:
    """The files of the book with a balance a month, ended positions among them."""
    last = max(monthly)
    columns = _key_columns(book, [*base, *(f for files in monthly.values() for f in files)])
    own = list(base) or list(monthly[last])
    issues: list[Issue] = []
    held = {
        month: [_held(book, f, columns, read, [] if f in own else issues) for f in files]
        for month, files in monthly.items()
    }
    for files in monthly.values():
        if list(files) != own:
            issues += _twice(book, files, columns, read)
    targets = [_held(book, f, columns, read, []) for f in own]
    masks = _ended(targets, held, own)
    targets += [h for month in held for h in held[month] if h.file not in own]
    balances = {month: _balances(files, targets) for month, files in held.items()}
    return [
        _with_columns(t.file, {m: balances[m][at] for m in sorted(balances)}, masks.get(at))
        for at, t in enumerate(targets)
    ], issues


def _key_columns(book: Book, files: Sequence[File]) -> tuple[str, ...]:
    return tuple(c for c in book.key if all(c in f.mapped.headers for f in files))


def _narrow(file: File, columns: Sequence[str]) -> File:
    """The file with its key and its balance alone."""
    kept = {c: h for c, h in file.mapped.headers.items() if c in (*columns, OUTSTANDING)}
    return replace(file, mapped=replace(file.mapped, headers=kept, months={}, lifted={}, kept=(),
                                        sectors={}))  # fmt: skip


def _held(book: Book, file: File, columns: Sequence[str], read: Read, issues: list[Issue]) -> _Held:
    keyed = replace(book, key=tuple(columns))
    keys, amounts = [pa.array([], pa.string())], [pa.array([], pa.int64())]
    for batch in read(_narrow(file, columns), issues):
        key = key_of(keyed, batch)
        blank = pc.equal(pc.replace_substring(key, "\x1f", ""), "")
        keys.append(pc.if_else(blank, pa.scalar(None, pa.string()), key))
        amounts.append(batch.columns[OUTSTANDING])
    return _Held(file, pa.concat_arrays(keys), pa.concat_arrays(amounts))


def _twice(book: Book, files: Sequence[File], columns: Sequence[str], read: Read) -> list[Issue]:
    """Rows of one key within a month."""
    keyed = replace(book, key=tuple(columns))
    batches = [b for f in files for b in read(_narrow(f, columns), [])]
    found = Keys()
    for batch in batches:
        found.add(fingerprints(keyed, batch))
    return duplicates(keyed, files, found, batches)


def _ended(
    targets: Sequence[_Held], held: Mapping[Month, Sequence[_Held]], own: Sequence[File]
) -> dict[int, Any]:
    """Which rows of each month's files are the last of a position, by place among the targets."""
    known = pa.concat_arrays([t.keys for t in targets])
    last: dict[str, Any] = {}
    for month in sorted(held, reverse=True):
        for h in held[month]:
            if h.file in own:
                continue
            new = pc.and_(pc.is_valid(h.keys), pc.invert(pc.is_in(h.keys, value_set=known)))
            last[h.file.name] = new
            known = pa.concat_arrays([known, h.keys.filter(new)])
    others = [h.file.name for month in held for h in held[month] if h.file not in own]
    return {len(targets) + at: last[name] for at, name in enumerate(others)}


def _balances(files: Sequence[_Held], targets: Sequence[_Held]) -> list[Any]:
    """What was outstanding at a month's end on each row of each target."""
    keys = pa.concat_arrays([h.keys for h in files])
    amounts = pa.concat_arrays([h.amounts for h in files])
    found = []
    for target in targets:
        at = pc.index_in(target.keys, value_set=keys, skip_nulls=True)
        found.append(amounts.take(pc.if_else(pc.is_valid(target.keys), at, None)))
    return found


def _with_columns(file: File, months: Mapping[Month, Any], mask: Any | None) -> File:
    """The file with a column a month; with a mask, only its ended rows, nothing outstanding."""
    names = {month: f"balance_{month[0]}_{month[1]:02d}" for month in months}
    values = {names[month]: column for month, column in months.items()}
    outstanding = file.mapped.headers[OUTSTANDING]

    def stream(asked: Sequence[str] | None, dictionary: Sequence[str]) -> Iterator[Any]:
        wanted = list(dict.fromkeys([*file.table.columns, *values] if asked is None else asked))
        own = [name for name in wanted if name not in values] or [outstanding]
        at = 0
        for numbers, batch in file.table.batches(own, dictionary=dictionary):
            part = slice(at, at := at + len(numbers))
            columns = {name: batch.column(name) for name in own}
            columns |= {n: v.slice(part.start, len(numbers)) for n, v in values.items()}
            if mask is not None:
                columns[outstanding] = pa.array(np.zeros(len(numbers), np.int64))
                kept = mask.slice(part.start, len(numbers))
                columns = {n: v.filter(kept) for n, v in columns.items()}
                numbers = numbers[np.asarray(kept)]
            arrays = [columns[name] for name in wanted]
            if len(numbers):
                yield numbers, pa.RecordBatch.from_arrays(arrays, names=wanted)

    scales = {**file.scales, **{f"{y}-{m}": FEN_SCALE for y, m in months}}
    if mask is not None:
        scales[OUTSTANDING] = FEN_SCALE
    table = replace(file.table, columns=(*file.table.columns, *values), native=False, first=None,
                    stream=stream)  # fmt: skip
    mapped = replace(file.mapped, months=names)
    return replace(file, table=table, mapped=mapped, scales=scales)
