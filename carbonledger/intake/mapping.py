"""Which column of a file is which of the book's: declared names first, then exact aliases.

An alias that banks use in several senses is only proposed; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from carbonledger import headers, units
from carbonledger.books import BOOKS, POSITIONS, Book
from carbonledger.books.rows import columns_of
from carbonledger.config import BookConfig
from carbonledger.issues import Issue, Place, Refusal
from carbonledger.reading import Table

MONTH = re.compile(r"balance_?((?:19|20)\d\d)_?(0[1-9]|1[0-2])")
_NOT_LIFTED = frozenset({"name", "sector", "region", "country", "currency"})


@dataclass(frozen=True)
class Mapped:
    """The columns of one table: header of each canonical column, scale of each amount."""

    headers: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[str, int] = field(default_factory=dict)
    months: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """Header of the month-end balance of each (year, month)."""
    lifted: Mapping[str, str] = field(default_factory=dict)
    """Columns of the counterparty or project that stand in a position book (a flat file)."""


def lifted_columns() -> dict[str, str]:
    """Canonical columns that a flat file may carry for an entity, with the entity's book."""
    positions = {c for name in POSITIONS for c in BOOKS[name].row.model_fields}
    return {
        column: name
        for name in ("projects", "counterparties")
        for column in BOOKS[name].row.model_fields
        if column not in positions | _NOT_LIFTED
    }


def map_columns(
    table: Table, book: Book, config: BookConfig, currency: str
) -> tuple[Mapped, list[Issue]]:
    """The mapping of a table to its book, and everything that is wrong with it."""
    return _Mapping(table, book, config, currency).work()


class _Mapping:
    """The work of mapping one table; issues gather on the way."""

    def __init__(self, table: Table, book: Book, config: BookConfig, currency: str) -> None:
        self.table, self.book, self.config, self.currency = table, book, config, currency
        self.issues: list[Issue] = []
        self.columns: dict[str, str] = {}
        self.lifted: dict[str, str] = {}
        self.months: dict[tuple[int, int], str] = {}
        self.units: dict[str, str | None] = {}

    def work(self) -> tuple[Mapped, list[Issue]]:
        for header in self.table.columns:
            self._place(header)
        for canonical, header in self.config.columns.items():
            if self.columns.get(canonical) is None:
                self._issue("column_not_found", header, canonical=canonical,
                            headers=", ".join(self.table.columns)[:200])  # fmt: skip
        self._required()
        specs = columns_of(self.book.row)
        scales = {c: self._scale(c, h) for c, h in (self.columns | self.lifted).items()
                  if c not in specs or specs[c].kind.scaled}  # fmt: skip
        scales |= {f"{y}-{m}": self._money_scale(h) for (y, m), h in self.months.items()}
        return Mapped(self.columns, scales, self.months, self.lifted), self.issues

    def _issue(self, code: str, value: str, column: str | None = None, **words: str) -> None:
        place = Place(self.table.file, self.table.sheet, None, column)
        self.issues.append(Issue(code, place, value, tuple(sorted(words.items()))))

    def _place(self, header: str) -> None:
        """Give one header its canonical column, if it has one."""
        bare, unit = units.header_unit(header)
        self.units[header] = unit
        names = {headers.normal_header(header), headers.normal_header(bare)}
        declared = [c for c, h in self.config.columns.items() if headers.normal_header(h) in names]
        for canonical in declared:
            self._take(self.columns, canonical, header)
        if declared:
            return None
        month = MONTH.fullmatch(headers.normal_header(bare))
        if month and self.book.name in POSITIONS:
            self.months[int(month.group(1)), int(month.group(2))] = header
            return None
        own = _lookup(self.book.name, bare, header)
        if own is not None and own[1] == "exact":
            if own[0] not in self.config.columns and own[0] in self.book.row.model_fields:
                self._take(self.columns, own[0], header)
            return None
        if self.book.name in POSITIONS and self._lift(bare, header):
            return None
        if own is not None and own[0] not in self.config.columns:
            self._issue("column_proposed", header, header, canonical=own[0])
        return None

    def _lift(self, bare: str, header: str) -> bool:
        for canonical, book in lifted_columns().items():
            alias = _lookup(book, bare, header)
            if alias == (canonical, "exact"):
                self._take(self.lifted, canonical, header)
                return True
        return False

    def _take(self, columns: dict[str, str], canonical: str, header: str) -> None:
        if canonical in columns:
            self._issue("column_twice", header, header, canonical=canonical,
                        other=columns[canonical])  # fmt: skip
        else:
            columns[canonical] = header

    def _required(self) -> None:
        there = set(self.columns) | set(self.config.values)
        for name, spec in columns_of(self.book.row).items():
            if spec.required and name not in there:
                self._issue("column_missing", name, canonical=name, title=spec.title,
                            headers=", ".join(self.table.columns)[:200])  # fmt: skip
        if self.book.one_of and not there & set(self.book.one_of):
            self._issue("column_missing_one_of", " / ".join(self.book.one_of),
                        headers=", ".join(self.table.columns)[:200])  # fmt: skip

    def _scale(self, canonical: str, header: str) -> int:
        unit = self.units.get(header)
        if canonical.endswith("_tco2e"):
            try:
                return units.GRAMS if unit is None else units.grams_scale(unit)
            except Refusal:
                self._issue("unit_not_of_emissions", unit or "", header)
                return units.GRAMS
        return self._money_scale(header)

    def _money_scale(self, header: str) -> int:
        """Fen in one unit of the column: what header, title note and configuration all say."""
        said = {
            "header": self.units.get(header),
            "title": self.table.unit_note,
            "configuration": self.config.unit,
        }
        scales: dict[int, str] = {}
        for who, unit in said.items():
            if unit is not None:
                self._check_currency(unit, header)
                try:
                    scales.setdefault(units.money_scale(unit), f"{unit} ({who})")
                except Refusal:
                    if who == "header":
                        self._issue("unit_not_of_money", unit, header)
        if len(scales) > 1:
            self._issue("unit_contradiction", header, header, said=", ".join(scales.values()))
        return next(iter(scales), 0)

    def _check_currency(self, unit: str, header: str) -> None:
        """A unit that names a currency must agree with the declared one, or a column says it."""
        named = units.unit_currency(unit)
        by_row = "currency" in self.columns or "currency" in self.config.values
        if named not in (None, self.currency) and not by_row:
            self._issue("currency_contradiction", unit, header, currency=self.currency)


def _lookup(book: str, bare: str, header: str) -> tuple[str, str] | None:
    aliases = headers.header_aliases(book)
    return aliases.get(headers.normal_header(header)) or aliases.get(headers.normal_header(bare))
