"""NAME.csv of a factor set: one value a line, every column read as text, every row checked."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache

from carbonledger import codes, units
from carbonledger.factors.sets import CONFIDENCES, FactorRow, FactorSet, PublishedBasis, unit_of
from carbonledger.issues import Issue, Place, Refusal
from carbonledger.method import SCOPES

_COLUMNS = frozenset({
    "year", "published", "published_basis", "value", "unit", "page", "confidence", "note",
    "source", "caveat",
})  # fmt: skip
_REQUIRED = ("year", "published", "value", "confidence")
_BASES: dict[str, PublishedBasis] = {"stated": "stated", "first_known": "first_known"}
_CODES = {"sector": codes.sector, "currency": codes.currency}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_GRID = re.compile(r"CN-GRID-[A-Z]+")


def read_table(text: str, found: FactorSet, file: str) -> tuple[list[FactorRow], list[Issue]]:
    """The good rows in the order of the file, and what is wrong with the others."""
    table = _Table(found, file)
    return table.rows(text), table.issues


@dataclass
class _Table:
    """Rows of one CSV, checked one by one; every problem of them is collected."""

    set: FactorSet
    file: str
    issues: list[Issue] = field(default_factory=list)
    seen: dict[tuple[object, ...], int] = field(default_factory=dict)

    def refuse(
        self, code: str, row: int | None, column: str | None, value: str = "", **details: str
    ) -> None:
        place = Place(self.file, row=row, column=column)
        self.issues.append(Issue(code, place, value, tuple(sorted(details.items()))))

    def rows(self, text: str) -> list[FactorRow]:
        try:
            records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error:
            self.refuse("factor_table_unreadable", None, None)
            return []
        header = [name.strip() for name in records[0]] if records else []
        if not self._header_fits(header):
            return []
        numbered = [(n, r) for n, r in enumerate(records[1:], 2) if any(c.strip() for c in r)]
        rows = [self._row(number, record, header) for number, record in numbered]
        self.issues = list(dict.fromkeys(self._placed(issue, header) for issue in self.issues))
        good = [row for row in rows if row is not None]
        demo = sum(row.confidence == "DEMO" for row in good)
        if demo:
            self.refuse("factor_demo", None, None, str(demo))
        return good

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

    def _row(self, number: int, record: Sequence[str], header: list[str]) -> FactorRow | None:
        before = len(self.issues)
        if any(cell.strip() for cell in record[len(header) :]):
            self.refuse("factor_row_long", number, None)
            return None
        given = {n: c for n, cell in zip(header, record, strict=False) if (c := cell.strip())}
        cells = {**self.set.every_row, **given}
        for name in (*_REQUIRED, *self.set.keys):
            if name not in cells and name != "dimension":
                self.refuse("factor_cell_missing", number, name)
        row = self._typed(number, cells) if len(self.issues) == before else None
        if row is None:
            return None
        first = self.seen.setdefault((row.keys, row.year, row.published), number)
        if first != number:
            self.refuse("factor_row_repeated", number, None, first=str(first))
            return None
        return row

    def _typed(self, number: int, cells: Mapping[str, str]) -> FactorRow | None:
        before, unit = len(self.issues), cells.get("unit", self.set.unit)
        canonical, dimension = self._canonical(number, cells["value"], unit)
        year = cells["year"]
        if not _YEAR.fullmatch(year):
            self.refuse("factor_year_unreadable", number, "year", year)
        published = _day(cells["published"])
        if published is None:
            self.refuse("factor_date_unreadable", number, "published", cells["published"])
        source = cells.get("source", next(iter(self.set.sources)))
        basis = cells.get("published_basis", "stated")
        self._one_of(number, "published_basis", basis, _BASES)
        self._one_of(number, "confidence", cells["confidence"], CONFIDENCES)
        self._one_of(number, "source", source, self.set.sources)
        if "caveat" in cells:
            self._one_of(number, "caveat", cells["caveat"], self.set.caveats)
        keys = self._keys(number, cells, dimension)
        if published is None or len(self.issues) > before:
            return None
        return FactorRow(
            set_id=self.set.id, kind=self.set.kind, keys=keys, year=int(year),
            published=published, published_basis=_BASES[basis],
            value=cells["value"], unit=unit, canonical=canonical, confidence=cells["confidence"],
            page=cells.get("page", ""), note=cells.get("note", ""),
            caveat=cells.get("caveat", ""), source=self.set.sources[source],
            gases=self.set.gases, gwp=self.set.gwp, currency=self.set.currency,
            layer=self.set.layer, place=Place(self.file, row=number),
        )  # fmt: skip

    def _one_of(
        self, number: int, column: str, value: str, allowed: Sequence[str] | Mapping[str, object]
    ) -> None:
        if value not in allowed:
            known = ", ".join(allowed) or "-"
            self.refuse("factor_word_unknown", number, column, value, known=known)

    def _canonical(self, number: int, value: str, unit: str) -> tuple[float, str]:
        try:
            measured = unit_of(self.set.kind, unit)
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
                found.append((key, canonical_code(key, text)))
            except Refusal:
                self.refuse("factor_code_unknown", number, key, text)
        return tuple(found)


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def canonical_code(key: str, text: str) -> str:
    """A key's canonical code; regional grids keep their own, which no region leads to."""
    if key == "region":
        return text if _GRID.fullmatch(text) else codes.region(text)
    if key == "scope" and text not in SCOPES:
        raise Refusal("factor_code_unknown")
    return _CODES[key](text) if key in _CODES else text
