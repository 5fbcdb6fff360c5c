"""A sealed run's books against the general ledger, to the fen.

Why one would want it: coverage is a share of the book, and a book that lacks loans covers nothing
of them. Balances are compared in their own currencies, by account, branch and currency as far as
the ledger keeps them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.intake.book import OpenBook
from carbonledger.ledger import Ledger

KEYS = ("gl_account", "branch", "currency")
Sums = Mapping[tuple[str, ...], int]


@dataclass(frozen=True)
class Line:
    """One account, branch and currency: what the general ledger says and what the book holds."""

    key: tuple[str, ...]
    ledger: int
    book: int

    @property
    def difference(self) -> int:
        """Book less general ledger, fen of the line's currency."""
        return self.book - self.ledger


@dataclass(frozen=True)
class Fates:
    """One standard's book by what became of its positions, in fen of the reporting currency."""

    standard: str
    book: int
    computed: int
    not_covered: int
    excluded: int
    refused: int

    @property
    def foots(self) -> bool:
        """Whether the parts are the whole."""
        return self.book == self.computed + self.not_covered + self.excluded + self.refused


@dataclass(frozen=True)
class Reconciliation:
    """Every line, and the keys that the general ledger keeps apart."""

    keys: tuple[str, ...]
    lines: tuple[Line, ...]
    fates: tuple[Fates, ...]

    @property
    def differences(self) -> tuple[Line, ...]:
        """The lines that do not agree."""
        return tuple(line for line in self.lines if line.difference)

    @property
    def agrees(self) -> bool:
        """Whether every line agrees and every ledger foots."""
        return not self.differences and all(f.foots for f in self.fates)


def reconciled(
    general: OpenBook, books: Iterable[OpenBook], ledgers: Sequence[Ledger], currency: str
) -> Reconciliation:
    """The sums of the books beside those of the general ledger; a blank key is a key of its own."""
    keys = tuple(k for k in KEYS if general.has(k))
    theirs = _sums([general], "balance", keys, currency)
    ours = _sums(books, "outstanding_amount", keys, currency)
    lines = tuple(Line(k, theirs.get(k, 0), ours.get(k, 0))
                  for k in sorted(theirs.keys() | ours.keys()))  # fmt: skip
    return Reconciliation(keys, lines, tuple(_fates(ledger) for ledger in ledgers))


def _sums(books: Iterable[OpenBook], amount: str, keys: tuple[str, ...], currency: str) -> Sums:
    sums: dict[tuple[str, ...], int] = {}
    for book in books:
        for batch in book.batches():
            columns = {k: _texts(batch.columns.get(k), len(batch.rows),
                                 currency if k == "currency" else "") for k in keys}  # fmt: skip
            table = pa.table({**columns, amount: batch.columns[amount]})
            grouped = table.group_by(list(keys), use_threads=False).aggregate([(amount, "sum")])
            for row in grouped.to_pylist():
                key = tuple(row[k] for k in keys)
                sums[key] = sums.get(key, 0) + (row[f"{amount}_sum"] or 0)
    return sums


def _texts(column: pa.Array | None, size: int, blank: str) -> pa.Array:
    if column is None:
        return pa.repeat(blank, size)
    return pc.fill_null(column.cast(pa.string()), blank)


def _fates(ledger: Ledger) -> Fates:
    whole = ledger.whole
    return Fates(ledger.standard, whole.book, whole.computed, whole.not_covered, whole.excluded,
                 whole.refused)  # fmt: skip
