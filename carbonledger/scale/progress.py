"""How far the accounting has come, told batch by batch to whoever shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from carbonledger.books import BOOKS, POSITIONS
from carbonledger.intake.book import OpenBook
from carbonledger.intake.positions import Positions

Progress = Callable[[int, int | None, int], None]
"""Told the rows accounted for so far, of how many where that is known, and their money."""


@dataclass
class Tally:
    """Rows and money so far."""

    progress: Progress | None
    books: Mapping[str, OpenBook]
    rows: int = 0
    money: int = 0

    def add(self, positions: Positions) -> None:
        """Count a batch and tell it."""
        if self.progress is not None:
            amount = positions.batch.columns.get(BOOKS[positions.book].exposure)
            money = 0 if amount is None else int(amount.values[amount.present].sum())
            self.count(positions.batch.size, money)

    def count(self, rows: int, money: int) -> None:
        """Count so many rows and their money and tell it."""
        self.rows += rows
        self.money += money
        if self.progress is not None:
            self.progress(self.rows, self._of(), self.money)

    def _of(self) -> int | None:
        """How many rows the files of positions have, where all of them say so."""
        files = [f for n in POSITIONS if n in self.books for f in self.books[n].files]
        counts = [f.table.rows for f in files if f.table.rows is not None]
        return sum(counts) if len(counts) == len(files) else None
