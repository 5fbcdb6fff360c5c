"""Corrections: cells that a named person has changed, each with its reason and its evidence.

A correction applies only where the cell still holds the old text, so that one made for another
month's export can't change this one. What it did is an input of the run and stands in its report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.books import BOOKS, Book
from carbonledger.books.checks import Source, as_text
from carbonledger.books.kinds import MONEY
from carbonledger.headers import normal_header
from carbonledger.intake.lifted import lifted_columns
from carbonledger.issues import Issue, Place, Refusal
from carbonledger.persons import masked, pattern
from carbonledger.reading import open_table
from carbonledger.words import names, word

FIELDS = ("book", "id", "contract_id", "column", "old_value", "new_value", "who", "why", "evidence")
REQUIRED = ("book", "id", "column", "who", "why", "evidence")
KIND = "overrides"


@dataclass(frozen=True)
class Correction:
    """One line of the overrides file, and the cell that it changed."""

    place: Place
    book: str
    id: str
    contract_id: str
    column: str
    old: str
    new: str
    who: str
    why: str
    evidence: str

    def issue(self, code: str, column: str, value: str, **details: str) -> Issue:
        """A problem of this line."""
        place = replace(self.place, column=column)
        return Issue(code, place, value, tuple(sorted(details.items())))


@dataclass(frozen=True)
class Applied:
    """A correction where it was applied, with its effect in fen where the cell is an amount."""

    correction: Correction
    file: str
    row: int
    column: str
    """The canonical column."""
    old_fen: int | None = None
    new_fen: int | None = None
    currency: str | None = None


@dataclass
class Corrections:
    """The corrections of one book, and what became of them."""

    of: tuple[Correction, ...] = ()
    applied: dict[tuple[str, int, str], Applied] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    found: set[Correction] = field(default_factory=set)

    def correct(
        self,
        batch: pa.RecordBatch,
        rows: Any,
        book: Book,
        source: Source,
        headers: Mapping[str, str],
    ) -> pa.RecordBatch:
        """The batch with its cells corrected; ``headers`` has that of each canonical column."""
        for one in self.of:
            at = _row_of(one, batch, book, headers)
            if len(at) > 1 or (len(at) and self._elsewhere(one, source.file, rows[at[0]])):
                self._say(one.issue("override_row_ambiguous", "id", one.id))
            elif len(at):
                self.found.add(one)
                batch = self._changed(one, batch, int(at[0]), int(rows[at[0]]), source, headers)
        return batch

    def _elsewhere(self, one: Correction, file: str, row: int) -> bool:
        return any(a.correction == one and (a.file, a.row) != (file, int(row))
                   for a in self.applied.values())  # fmt: skip

    def _say(self, issue: Issue) -> None:
        if issue not in self.issues:
            self.issues.append(issue)

    def _changed(
        self, one: Correction, batch: pa.RecordBatch, at: int, row: int, source: Source,
        headers: Mapping[str, str],
    ) -> pa.RecordBatch:  # fmt: skip
        canonical = _column_of(one.column, headers)
        if canonical is None:
            known = ", ".join(headers)[:200]
            self._say(one.issue("override_column_unknown", "column", one.column, known=known))
            return batch
        prior = self.applied.get((source.file, row, canonical))
        if prior is not None and prior.correction != one:
            first = str(prior.correction.place)
            self._say(one.issue("override_twice", "id", one.id, first=first))
            return batch
        header = headers[canonical]
        k = batch.schema.get_field_index(header)
        cells = as_text(batch.column(k))
        old = cells[at].as_py() or ""
        if old != one.old:
            place = Place(source.file, source.sheet, row, header)
            self._say(one.issue("override_old_differs", "old_value", one.old,
                                place=str(place), cell=old))  # fmt: skip
            return batch
        self.applied[source.file, row, canonical] = self._applied(
            one, batch, at, row, canonical, source, headers
        )
        mask = np.zeros(len(cells), np.bool_)
        mask[at] = True
        new = pc.replace_with_mask(cells, pa.array(mask), pa.array([one.new or None], pa.string()))
        columns = [new if i == k else batch.column(i) for i in range(batch.num_columns)]
        return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)

    def _applied(
        self, one: Correction, batch: pa.RecordBatch, at: int, row: int, canonical: str,
        source: Source, headers: Mapping[str, str],
    ) -> Applied:  # fmt: skip
        said = headers.get("currency")
        currency = as_text(batch.column(said))[at].as_py() if said else None
        fen = partial(_fen, scale=source.scales.get(canonical.removeprefix("balance "), 0),
                      currency=source.currency)  # fmt: skip
        money = canonical.startswith("balance ") or canonical in _money(one.book)
        return Applied(one, source.file, row, canonical, fen(one.old) if money else None,
                       fen(one.new) if money else None, currency)  # fmt: skip

    def placed(self, issue: Issue, column: str | None) -> Issue:
        """A problem of a corrected cell stands where the new value does."""
        row = issue.place.row
        if column is None or row is None:
            return issue
        applied = self.applied.get((issue.place.file, row, column))
        if applied is None:
            return issue
        return replace(issue, place=replace(applied.correction.place, column="new_value"))

    def missing(self) -> Iterator[Issue]:
        """The corrections whose row is nowhere in the book."""
        for one in self.of:
            if one not in self.found and not any(i.place.row == one.place.row for i in self.issues):
                yield one.issue("override_row_missing", "id", one.id, book=one.book)


def _money(book: str) -> frozenset[str]:
    own = {n for n, info in BOOKS[book].row.model_fields.items() if MONEY in info.metadata}
    lifted = {c for c, b in lifted_columns().items()
              if MONEY in BOOKS[b].row.model_fields[c].metadata}  # fmt: skip
    return frozenset(own | lifted)


def _fen(text: str, scale: int, currency: str) -> int | None:
    try:
        value = MONEY.parse(text, scale, currency)
    except Refusal:
        return None
    return value if isinstance(value, int) else None


def _column_of(named: str, headers: Mapping[str, str]) -> str | None:
    """The canonical column that a correction names so, or by the file's header."""
    wanted = normal_header(named)
    return next((c for c, h in headers.items() if wanted in (c, normal_header(h))), None)


def _row_of(one: Correction, batch: pa.RecordBatch, book: Book, headers: Mapping[str, str]) -> Any:
    """The places in the batch whose key is the one of the correction."""
    key = book.key[0]
    if key not in headers:
        return np.array([], np.intp)
    same = pc.equal(as_text(batch.column(headers[key])), one.id)
    if one.contract_id and "contract_id" in headers:
        contract = as_text(batch.column(headers["contract_id"]))
        same = pc.and_(same, pc.equal(contract, one.contract_id))
    return np.flatnonzero(np.asarray(pc.fill_null(same, False)))


def load_corrections(
    folder: Path, name: str, books: Sequence[str]
) -> tuple[list[Correction], list[Issue]]:
    """The lines of an overrides file, and everything wrong with them before a book is read."""
    known = _aliases()
    table, issues = open_table(
        folder / name, name=name, is_header=lambda text: normal_header(text) in known,
        is_key=lambda text: known.get(normal_header(text)) == "id",
    )  # fmt: skip
    if table is None:
        return [], issues
    at = {known[normal_header(h)]: h for h in table.columns if normal_header(h) in known}
    absent = [f for f in FIELDS if f not in at and f != "contract_id"]
    issues += [Issue("override_field_missing", Place(name, table.sheet), f) for f in absent]
    if absent:
        return [], issues
    found: list[Correction] = []
    for rows, batch in table.batches(list(at.values())):
        cells = {f: as_text(batch.column(h)).to_pylist() for f, h in at.items()}
        for k, row in enumerate(rows.tolist()):
            line = {f: (values[k] or "") for f, values in cells.items()}
            found.append(_correction(line, Place(name, table.sheet, row)))
    issues += [issue for one in found for issue in _wrong(one, books)]
    issues += _twice(found)
    return found, issues


def _aliases() -> dict[str, str]:
    """Each way to write a heading of the overrides file."""
    found = {}
    for name in names("fields", "overrides"):
        said = word("fields", name, "zh", "overrides")
        for alias in (name, *said.split()):
            found[normal_header(alias)] = name
    return found


def _correction(line: Mapping[str, str], place: Place) -> Correction:
    titles = {word("books", name, "zh"): name for name in BOOKS}
    book = line["book"].strip()
    return Correction(
        place, titles.get(book, book), line["id"], line.get("contract_id", ""), line["column"],
        line["old_value"], line["new_value"], line["who"], line["why"], line["evidence"],
    )  # fmt: skip


def _wrong(one: Correction, books: Sequence[str]) -> Iterator[Issue]:
    for name in REQUIRED:
        if not getattr(one, name):
            yield one.issue("override_blank", name, "", field=name)
    keyed = [b for b in books if BOOKS[b].key]
    if one.book and one.book not in keyed:
        yield one.issue("override_book_unknown", "book", one.book, known=", ".join(keyed))
    if one.old == one.new:
        yield one.issue("override_no_change", "new_value", one.new)


def _twice(found: Sequence[Correction]) -> Iterator[Issue]:
    seen: dict[tuple[str, str, str, str], Correction] = {}
    for one in found:
        cell = (one.book, one.id, one.contract_id, normal_header(one.column))
        if cell in seen:
            yield one.issue("override_twice", "id", one.id, first=str(seen[cell].place))
        seen.setdefault(cell, one)


def plain(applied: Applied, person: bool) -> dict[str, Any]:
    """A correction as a run keeps it; the values of a person's row as patterns."""
    one = applied.correction
    hide = pattern if person else masked
    return {
        "book": one.book, "id": masked(one.id), "file": applied.file, "row": applied.row,
        "column": applied.column, "old": hide(one.old), "new": hide(one.new),
        "who": masked(one.who), "why": masked(one.why), "evidence": masked(one.evidence),
        "place": str(one.place), "old_fen": applied.old_fen, "new_fen": applied.new_fen,
        "currency": applied.currency,
    }  # fmt: skip
