"""Which column of a file is which of the book's: declared names first, then exact aliases.

An alias that banks use in several senses is only proposed; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from carbonledger import units
from carbonledger.books import POSITIONS, Book
from carbonledger.books.rows import columns_of
from carbonledger.config import BookConfig
from carbonledger.headers import (
    CODED,
    MONTH,
    header_aliases,
    names_of,
    normal_header,
    without_years,
)
from carbonledger.intake.lifted import OF_POSITION
from carbonledger.intake.lifted import lifted_columns as lifted_columns
from carbonledger.intake.mapping_file import APPLIED, MappingFile
from carbonledger.intake.proposals import proposal
from carbonledger.intake.sectors import SECTORS, Reading
from carbonledger.issues import Issue, Place, Refusal
from carbonledger.reading import Table


@dataclass(frozen=True)
class Mapped:
    """The columns of one table: header of each canonical column, scale of each amount."""

    headers: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[str, int] = field(default_factory=dict)
    months: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """Header of the month-end balance of each (year, month)."""
    lifted: Mapping[str, str] = field(default_factory=dict)
    """Columns of the counterparty or project that stand in a position book (a flat file)."""
    sectors: Mapping[str, Reading] = field(default_factory=dict)
    """How each sector column is written, where it is not plain GB/T 4754."""
    kept: tuple[str, ...] = ()
    """Columns of a sealed copy that are taken over as they are."""


def map_columns(
    table: Table, book: Book, config: BookConfig, currency: str, mapping: MappingFile | None = None
) -> tuple[Mapped, list[Issue]]:
    """The mapping of a table to its book, and everything that is wrong with it."""
    return _Mapping(table, book, config, currency, mapping).work()


class _Mapping:
    """The work of mapping one table; issues gather on the way."""

    def __init__(
        self, table: Table, book: Book, config: BookConfig, currency: str,
        mapping: MappingFile | None,
    ) -> None:  # fmt: skip
        self.table, self.book, self.config, self.currency = table, book, config, currency
        self.mapping = mapping
        self.declared = set(config.columns) | set(mapping.applied if mapping else ())
        self.issues: list[Issue] = []
        self.columns: dict[str, str] = {}
        self.lifted: dict[str, str] = {}
        self.months: dict[tuple[int, int], str] = {}
        self.systems: dict[str, str] = {}
        self.units: dict[str, str | None] = {}

    def work(self) -> tuple[Mapped, list[Issue]]:
        for header in self.table.columns:
            self._place(header)
        self._gone()
        self._required()
        self._valued()
        specs = columns_of(self.book.row)
        scales = {c: self._scale(c, h) for c, h in (self.columns | self.lifted).items()
                  if c not in specs or specs[c].kind.scaled}  # fmt: skip
        scales |= {f"{y}-{m}": self._money_scale(h) for (y, m), h in self.months.items()}
        sectors = self._sectors()
        return Mapped(self.columns, scales, self.months, self.lifted, sectors), self.issues

    def _issue(self, code: str, value: str, column: str | None = None, **words: str) -> None:
        place = Place(self.table.file, self.table.sheet, None, column)
        self.issues.append(Issue(code, place, value, tuple(sorted(words.items()))))

    def _place(self, header: str) -> None:
        """Give one header its canonical column, if it has one: what was decided goes first."""
        bare, unit = units.header_unit(header)
        self.units[header] = unit
        names = names_of(header)
        decided = {c for c, h in self.config.columns.items() if normal_header(h) in names}
        decisions = self.mapping.of(header) if self.mapping else ()
        decided |= {d.column for d in decisions if d.status in APPLIED}
        for canonical in sorted(decided):
            self._take(canonical, header)
        if decided or any(d.status == "ignored" for d in decisions):
            return
        coded = CODED.fullmatch(normal_header(bare))
        month = MONTH.fullmatch(normal_header(bare)) if self.book.name in POSITIONS else None
        own = _lookup(self.book.name, bare, header)
        if month and f"balance_{month.group(1)}_{month.group(2)}" not in self.declared:
            self._take(f"balance_{month.group(1)}_{month.group(2)}", header)
        elif coded and coded.group(1) in self.book.row.model_fields:
            self.systems[coded.group(1)] = coded.group(2)
            self._take(coded.group(1), header)
        elif own is not None and own[1] == "exact":
            if own[0] not in self.declared and own[0] in self.book.row.model_fields:
                self._take(own[0], header)
        elif not (self.book.name in POSITIONS and self._lift(bare, header)):
            self._propose(header, own, decided_already=bool(decisions))

    def _propose(self, header: str, own: tuple[str, str] | None, *, decided_already: bool) -> None:
        """Name what is not applied: an alias with several senses, a header new this month."""
        if own is not None and own[0] not in self.declared:
            self._issue("column_proposed", header, header, canonical=own[0])
        elif own is None and self.mapping is not None and not decided_already:
            found = proposal(self.book.name, header)
            if found is not None:
                self._issue("column_new", header, header, canonical=found.column,
                            mapping=self.mapping.file, score=f"{found.score:.2f}")  # fmt: skip

    def _lift(self, bare: str, header: str) -> bool:
        for canonical, book in lifted_columns().items():
            if canonical not in self.declared and _lookup(book, bare, header) == (
                canonical, "exact",
            ):  # fmt: skip
                self._take(canonical, header)
                return True
        return False

    def _take(self, canonical: str, header: str) -> None:
        """Put a header where its column belongs: the book's own, a month-end, the entity's."""
        month = MONTH.fullmatch(canonical)
        if month:
            key = (int(month.group(1)), int(month.group(2)))
            other = self.months.setdefault(key, header)
        else:
            own = canonical in self.book.row.model_fields
            other = (self.columns if own else self.lifted).setdefault(canonical, header)
        if other != header:
            self._issue("column_twice", header, header, canonical=canonical, other=other)

    def _gone(self) -> None:
        """Headers that the configuration or the mapping names and this file does not have."""
        there = {*self.columns, *self.lifted, *(f"balance_{y}_{m:02}" for y, m in self.months)}
        headers = ", ".join(self.table.columns)[:200]
        for canonical, header in self.config.columns.items():
            if canonical not in there:
                self._issue("column_not_found", header, canonical=canonical, headers=headers)
        for canonical, decision in (self.mapping.applied if self.mapping else {}).items():
            if canonical not in there and canonical not in self.config.columns:
                words = {"canonical": canonical, "headers": headers, "table": self.table.file}
                place = Place(self.mapping.file if self.mapping else "", row=decision.row)
                self.issues.append(
                    Issue("mapping_header_gone", place, decision.header,
                          tuple(sorted(words.items())))
                )  # fmt: skip

    def _valued(self) -> None:
        """A column that the file has cannot also have one value for every row."""
        for canonical in self.config.values:
            if canonical in self.columns:
                header = self.columns[canonical]
                self._issue("column_and_value", header, header, canonical=canonical)

    def _sectors(self) -> dict[str, Reading]:
        """How sector columns are written: by their header, else by the configuration."""
        found: dict[str, Reading] = {}
        for column in SECTORS:
            said = self.config.classification.get(column)
            system = self.systems.get(column, said)
            if said not in (None, system) and column in self.columns:
                self._issue("classification_contradiction", self.columns[column],
                            self.columns[column], said=str(said))  # fmt: skip
            length = self.config.code_length.get(column)
            if column in self.columns and (system not in (None, "gbt4754") or length):
                found[column] = Reading(system or "gbt4754", length)
        return found

    def _required(self) -> None:
        there = set(self.columns) | set(self.config.values)
        for name, spec in columns_of(self.book.row).items():
            if spec.required and name not in there:
                self._issue("column_missing", name, canonical=name, title=spec.title,
                            headers=", ".join(self.table.columns)[:200])  # fmt: skip
        # What a row carries of its own building or vehicle says what is financed as well.
        own = {b for c, b in lifted_columns().items() if c in self.lifted} & OF_POSITION
        if self.book.one_of and not there & set(self.book.one_of) and not own:
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
    aliases = header_aliases(book)
    names = (header, bare, without_years(bare))
    return next((aliases[n] for n in map(normal_header, names) if n in aliases), None)
