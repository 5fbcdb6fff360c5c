"""NAME.csv of a factor set: one value a line, every column read as text, every row checked."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from carbonledger import units
from carbonledger.factors.cell import BASES, YEAR, code_of, day_of, is_formula
from carbonledger.factors.cell import canonical_code as canonical_code
from carbonledger.factors.columns import FIRST, Columns, Lines, columns_of, sound_columns
from carbonledger.factors.sets import CONFIDENCES, FactorRow, FactorSet, unit_of
from carbonledger.issues import Issue, Place, Refusal

_COLUMNS = frozenset({
    "year", "published", "published_basis", "value", "low", "high", "unit", "table", "page",
    "confidence", "note", "source", "caveat",
})  # fmt: skip
_REQUIRED = ("year", "published", "value", "confidence")


def read_table(text: str, found: FactorSet, file: str) -> tuple[Columns, list[Issue]]:
    """The good rows in the order of the file, and what is wrong with the others.

    A table that has nothing wrong is read column by column; any other row by row, which words it.
    """
    table = _Table(found, file)
    lines = table.lines(text)
    columns = None if lines is None or table.issues else sound_columns(lines, found, table.row)
    if columns is not None:
        return columns, []
    good = [] if lines is None else table.rows(lines)
    return columns_of(good, found), table.issues


@dataclass
class _Table:
    """Rows of one CSV, checked one by one; every problem of them is collected."""

    set: FactorSet
    file: str
    issues: list[Issue] = field(default_factory=list)
    seen: dict[tuple[object, ...], int] = field(default_factory=dict)
    header: list[str] = field(default_factory=list)

    def refuse(
        self, code: str, row: int | None, column: str | None, value: str = "", **details: str
    ) -> None:
        place = Place(self.file, row=row, column=column)
        self.issues.append(Issue(code, place, value, tuple(sorted(details.items()))))

    def lines(self, text: str) -> Lines | None:
        """The records of the file below its header; None when it is no table of this set."""
        try:
            records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error:
            self.refuse("factor_table_unreadable", None, None)
            return None
        self.header = [name.strip() for name in records[0]] if records else []
        if not self._header_fits(self.header):
            self.issues = self._said_once()
            return None
        return Lines(self.header, records[1:])

    def rows(self, lines: Lines) -> list[FactorRow]:
        """The rows that have nothing wrong."""
        numbered = [(n, r) for n, r in enumerate(lines.records, FIRST) if any(map(str.strip, r))]
        rows = [self._row(*each) for each in numbered]
        self.issues = self._said_once()
        good = [row for row in rows if row is not None]
        demo = sum(row.confidence == "DEMO" for row in good)
        if demo:
            self.refuse("factor_demo", None, None, str(demo))
        return good

    def row(self, number: int, record: Sequence[str]) -> FactorRow:
        """One row of a table that has nothing wrong."""
        found = _Table(self.set, self.file, header=self.header)._row(number, record)
        if found is None:
            raise AssertionError(f"{self.file}:{number} was read as sound and is not")
        return found

    def _said_once(self) -> list[Issue]:
        return list(dict.fromkeys(self._placed(issue, self.header) for issue in self.issues))

    def _placed(self, issue: Issue, header: Sequence[str]) -> Issue:
        """What is wrong with a cell that stands in the YAML for every row is said once, there."""
        column = issue.place.column
        if column in header or column not in self.set.every_row:
            return issue
        return replace(issue, place=Place(self.set.file, column=f"every_row.{column}"))

    def _header_fits(self, header: list[str]) -> bool:
        before = len(self.issues)
        given = {*header, *self.set.every_row}
        needed = {*_REQUIRED, *self.set.keys} - {"dimension"}
        needed |= {"source"} if len(self.set.sources) > 1 else set()
        for name in sorted(needed - given):
            self.refuse("factor_column_missing", 1, name)
        for name in sorted(given - _COLUMNS - {*self.set.keys, *self.set.extra}):
            self.refuse("factor_column_unknown", 1, None, name)
        for name in sorted({name for name in header if header.count(name) > 1}):
            self.refuse("factor_column_repeated", 1, None, name)
        return len(self.issues) == before

    def _row(self, number: int, record: Sequence[str]) -> FactorRow | None:
        before = len(self.issues)
        if any(cell.strip() for cell in record[len(self.header) :]):
            self.refuse("factor_row_long", number, None)
            return None
        cells = {**self.set.every_row, **self._given(number, record)}
        for name in (*_REQUIRED, *self.set.keys):
            if name not in cells and name != "dimension":
                self.refuse("factor_cell_missing", number, name)
        if "source" not in cells and len(self.set.sources) > 1:
            self.refuse("factor_uncited", number, "source", known=", ".join(self.set.sources))
        row = self._typed(number, cells) if len(self.issues) == before else None
        if row is None:
            return None
        first = self.seen.setdefault((row.keys, row.year, row.published), number)
        if first != number:
            self.refuse("factor_row_repeated", number, None, first=str(first))
            return None
        return row

    def _given(self, number: int, record: Sequence[str]) -> dict[str, str]:
        """The cells that hold something; what a spreadsheet would compute is refused."""
        given = {n: c for n, cell in zip(self.header, record, strict=False) if (c := cell.strip())}
        for name, cell in given.items():
            if is_formula(cell):
                self.refuse("factor_formula", number, name, cell)
        return given

    def _typed(self, number: int, cells: Mapping[str, str]) -> FactorRow | None:
        before, unit = len(self.issues), cells.get("unit", self.set.unit)
        canonical, dimension = self._canonical(number, cells["value"], unit)
        year = cells["year"]
        if not YEAR.fullmatch(year):
            self.refuse("factor_year_unreadable", number, "year", year)
        published = day_of(cells["published"])
        if published is None:
            self.refuse("factor_date_unreadable", number, "published", cells["published"])
        elif published.year < int(year if YEAR.fullmatch(year) else 0) and not self.set.outlook:
            day = cells["published"]
            self.refuse("factor_dates_order", number, "published", day, year=year)
        self._ordered(number, cells)
        source = cells.get("source", next(iter(self.set.sources)))
        basis = cells.get("published_basis", "stated")
        self._one_of(number, "published_basis", basis, BASES)
        self._one_of(number, "confidence", cells["confidence"], CONFIDENCES)
        self._one_of(number, "source", source, self.set.sources)
        if "caveat" in cells:
            self._one_of(number, "caveat", cells["caveat"], self.set.caveats)
        keys = self._keys(number, cells, dimension)
        if published is None or len(self.issues) > before:
            return None
        return FactorRow(
            set_id=self.set.id, kind=self.set.kind, keys=keys, year=int(year),
            published=published, published_basis=BASES[basis],
            value=cells["value"], unit=unit, canonical=canonical, confidence=cells["confidence"],
            page=cells.get("page", ""), note=cells.get("note", ""),
            caveat=cells.get("caveat", ""), source=self.set.sources[source],
            gases=self.set.gases, gwp=self.set.gwp, currency=self.set.currency,
            layer=self.set.layer, place=Place(self.file, row=number),
            table=cells.get("table", ""), low=cells.get("low", ""), high=cells.get("high", ""),
        )  # fmt: skip

    def _ordered(self, number: int, cells: Mapping[str, str]) -> None:
        """A range has two ends, and the value between them."""
        low, high = cells.get("low", ""), cells.get("high", "")
        if not low and not high:
            return
        try:
            ends = [units.decimal(text) for text in (low, cells["value"], high)]
        except Refusal:
            ends = []
        if ends != sorted(ends) or not ends:
            self.refuse("factor_range", number, "low", cells["value"], low=low, high=high)

    def _one_of(
        self, number: int, column: str, value: str, allowed: Sequence[str] | Mapping[str, object]
    ) -> None:
        if value not in allowed:
            known = ", ".join(allowed) or "-"
            self.refuse("factor_word_unknown", number, column, value, known=known)

    def _canonical(self, number: int, value: str, unit: str) -> tuple[float, str]:
        try:
            measured = unit_of(self.set.kind, unit, self.set.currency)
        except Refusal as refusal:
            self.refuse(refusal.code, number, "unit", unit, **dict(refusal.details))
            return 0.0, ""
        try:
            exact = Fraction(units.decimal(value)) * measured.multiplier
            return float(exact), measured.under
        except (Refusal, OverflowError):
            self.refuse("factor_value_unreadable", number, "value", value)
            return 0.0, ""

    def _keys(
        self, number: int, cells: Mapping[str, str], dimension: str
    ) -> tuple[tuple[str, str], ...]:
        found = []
        for key in self.set.keys:
            text = cells.get(key, dimension)
            try:
                found.append((key, code_of(self.set.kind, key, text)))
            except Refusal:
                self.refuse("factor_code_unknown", number, key, text)
        return tuple(found)
