"""Rows that are refused: which, why, and what is left of them where the rest goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.books import POSITIONS, Book
from carbonledger.books.checks import Typed
from carbonledger.intake.corrections import Corrections
from carbonledger.issues import Issue, Place

OF_A_ROW = frozenset({"row_ragged"})
"""Problems that the reader finds and that spoil no more than their row."""
KEPT = ("contract_id", "sector", "region", "branch", "product", "green_tag", "asset_class",
        "currency", "outstanding_amount")  # fmt: skip
"""What a refused position still says of itself, where it can be read."""
MOST_ALIKE = 200
"""Issues of one kind and column that are listed one by one; the rest are counted."""
PRICED_BY = ("outstanding_amount", "currency")


@dataclass(frozen=True)
class Reason:
    """Why a row is refused: the problem, and the canonical column it lies in."""

    issue: Issue
    column: str | None


@dataclass
class RefusedRows:
    """The refused rows of one book, by file and row."""

    reasons: dict[tuple[str, int], list[Reason]] = field(default_factory=dict)
    persons: dict[str, list[NDArray[np.int64]]] = field(default_factory=dict)
    """Rows of natural persons by file, refused or not."""
    unshaped: set[tuple[str, int]] = field(default_factory=set)
    """Those that the reader could not bring into columns."""

    def note(self, file: str, row: int, issue: Issue, column: str | None) -> None:
        """Keep a problem with its row."""
        self.reasons.setdefault((file, row), []).append(Reason(issue, column))

    def note_shape(self, issues: Iterable[Issue]) -> None:
        """The rows that the reader left out with an error."""
        for issue in issues:
            if issue.code in OF_A_ROW and issue.place.row is not None:
                self.note(issue.place.file, issue.place.row, issue, None)
                self.unshaped.add((issue.place.file, issue.place.row))

    def codes(self) -> list[str]:
        """Every reason that a row is refused for."""
        return sorted({r.issue.code for found in self.reasons.values() for r in found})

    def is_person(self, file: str, row: int) -> bool:
        """Whether the row is a natural person's."""
        return any((rows == row).any() for rows in self.persons.get(file, ()))

    def of(self, file: str) -> Mapping[int, list[Reason]]:
        """The refused rows of one file in order."""
        return {row: found for (name, row), found in sorted(self.reasons.items(),
                                                            key=lambda item: item[0])
                if name == file}  # fmt: skip

    def settled(self, book: Book, issues: Iterable[Issue]) -> list[Issue]:
        """The issues without those of refused rows, which are counted in a warning a code."""
        noted = {r.issue for found in self.reasons.values() for r in found}
        codes = {i.code for i in noted}
        kept = [
            i for i in issues
            if i not in noted and not (i.code == "more_alike" and dict(i.details)["code"] in codes)
        ]  # fmt: skip
        counts = Counter(code for found in self.reasons.values()
                         for code in {r.issue.code for r in found})  # fmt: skip
        first = {r.issue.code: Place(file, row=row)
                 for (file, row), found in sorted(self.reasons.items(), reverse=True)
                 for r in found}  # fmt: skip
        return kept + [
            Issue("rows_refused", first[code], code, (("book", book.name), ("count", str(count))))
            for code, count in sorted(counts.items())
        ]

    def left_out(self, book: Book, batch: Typed) -> Typed:
        """The batch of a book that goes on: positions marked as refused, other rows gone."""
        bad = self._rows(batch)
        if not bad.any():
            return batch
        if book.name not in POSITIONS:
            return taken(batch, ~bad)
        unpriced = np.zeros(len(bad), np.bool_)
        unpriced[[k for k in np.flatnonzero(bad).tolist() if self._unpriced(batch, k)]] = True
        kept = {book.key[0], *KEPT} - {"outstanding_amount"}
        columns = {
            n: v if n in kept else _without(v, unpriced if n == "outstanding_amount" else bad)
            for n, v in batch.columns.items()
        }
        return replace(batch, columns=columns, refused=bad)

    def _rows(self, batch: Typed) -> NDArray[np.bool_]:
        own = [row for (file, row) in self.reasons if file == batch.file]
        return np.isin(batch.rows, np.array(own, np.int64))

    def _unpriced(self, batch: Typed, at: int) -> bool:
        reasons = self.reasons[batch.file, int(batch.rows[at])]
        return any(r.column in PRICED_BY for r in reasons)

    def with_unshaped(self, book: Book, last: Typed) -> Typed:
        """The last batch of a file with the rows that have no columns; nothing of them is known."""
        rows = sorted(row for name, row in self.unshaped if name == last.file)
        if not rows or book.name not in POSITIONS:
            return last
        size = len(last.rows)
        at = pa.array([*range(size), *[None] * len(rows)], pa.int64())
        before = np.zeros(size, np.bool_) if last.refused is None else last.refused
        return replace(
            last, rows=np.append(last.rows, np.array(rows, np.int64)),
            columns={n: v.take(at) for n, v in last.columns.items()},
            texts={n: v.take(at) for n, v in last.texts.items()},
            refused=np.append(before, np.ones(len(rows), np.bool_)),
        )  # fmt: skip


def taken(batch: Typed, keep: NDArray[np.bool_]) -> Typed:
    """Some of the rows of a batch."""
    mask = pa.array(keep)
    return replace(
        batch, rows=batch.rows[keep],
        columns={n: v.filter(mask) for n, v in batch.columns.items()},
        texts={n: v.filter(mask) for n, v in batch.texts.items()},
    )  # fmt: skip


def _without(values: pa.Array, rows: NDArray[np.bool_]) -> pa.Array:
    """The column with some of its cells taken out."""
    if not rows.any():
        return values
    if pa.types.is_dictionary(values.type):
        codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        return pa.DictionaryArray.from_arrays(
            pa.array(codes, pa.int32(), mask=rows | (codes < 0)), values.dictionary
        )
    return pc.if_else(pa.array(rows), pa.scalar(None, values.type), values)


def noted(
    issue: Issue, refused: RefusedRows, corrections: Corrections, headers: Mapping[str, str]
) -> Issue:
    """The issue where it is to be mended; an error refuses its row."""
    column = _canonical(issue.place.column, headers)
    placed = corrections.placed(issue, column)
    if issue.severity == "error" and issue.place.row is not None:
        refused.note(issue.place.file, issue.place.row, placed, column)
    return placed


def _canonical(column: str | None, headers: Mapping[str, str]) -> str | None:
    """The canonical column that an issue names as ``column`` or ``column (header)``."""
    if column is None:
        return None
    named = column.split(" (")[0]
    if named == "average_balance" and column != named:  # a month-end, typed as a balance
        header = column[len(named) + 2 : -1]
        return next((c for c, h in headers.items() if h == header), named)
    return named


def gather(
    issues: list[Issue], problems: Iterable[Issue], counts: dict[tuple[str, str | None], int]
) -> None:
    """List issues one by one up to a number, then count: a spoilt column is one problem."""
    for issue in problems:
        kind = (issue.code, issue.place.column)
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= MOST_ALIKE:
            issues.append(issue)
        elif counts[kind] == MOST_ALIKE + 1:
            place = Place(issue.place.file, issue.place.sheet, issue.place.row, issue.place.column)
            issues.append(Issue("more_alike", place, "", (("code", issue.code),)))
