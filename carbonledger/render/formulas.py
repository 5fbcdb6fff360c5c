"""The formulas of a form in a spreadsheet's own words: SUMIFS over entries, ratios over cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xlsxwriter.utility import xl_col_to_name

from carbonledger.cells import Cell, Change, Criterion, Difference, Formula, Ratio, Sum, Term
from carbonledger.form import Entries

FIRST_ROW = 2
"""The row of the first entry, as a spreadsheet counts; the heading stands above it."""


@dataclass(frozen=True)
class Ranges:
    """Where the columns of the entries sheets lie."""

    ranges: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, total: Sum) -> str | None:
        """A sum over entries as a formula; None where nothing can be named to sum."""
        columns = self.ranges.get(total.sheet)
        if not columns or any(value == () for _, value in total.where):
            return None
        pairs = [f"{columns[name]},{_literal(value)}" for name, value in total.where]
        pairs += [f"{columns[name]},{_literal(value, '<>')}" for name, value in total.unless]
        several = any(isinstance(v, tuple) and len(v) > 1 for _, v in total.where)
        if not pairs:
            first = next(iter(columns.values()))
            return f"SUM({columns[total.column]})" if total.column else f"ROWS({first})"
        criteria = ",".join(pairs)
        made = f"SUMIFS({columns[total.column]},{criteria})" if total.column else (
            f"COUNTIFS({criteria})"
        )  # fmt: skip
        return f"SUMPRODUCT({made})" if several else made


def ranges(sheets: Sequence[tuple[str, Entries]]) -> Ranges:
    """The ranges of the entries sheets, given the name each got in the workbook."""
    found = {}
    for name, entries in sheets:
        last = entries.rows.num_rows + FIRST_ROW - 1
        found[entries.sheet] = {
            column.name: f"{quoted(name)}!${letter}${FIRST_ROW}:${letter}${last}"
            for k, column in enumerate(entries.columns)
            for letter in (xl_col_to_name(k),)
            if entries.rows.num_rows
        }
    return Ranges(found)


def quoted(sheet: str) -> str:
    """The name of a sheet as a formula writes it."""
    return "'" + sheet.replace("'", "''") + "'"


def _literal(value: Criterion, prefix: str = "") -> str:
    if isinstance(value, tuple):
        if len(value) == 1:
            return _literal(value[0], prefix)
        return "{" + ",".join(_literal(v, prefix) for v in value) + "}"
    if isinstance(value, int) and not prefix:
        return str(value)
    return '"' + prefix + str(value).replace('"', '""') + '"'


@dataclass
class Line:
    """One row of cells being written: what they hold and where, for the ratios between them."""

    ranges: Ranges
    by_formula: dict[Formula, tuple[str, int]] = field(default_factory=dict)
    by_key: dict[str, tuple[str, int]] = field(default_factory=dict)

    def note(self, cell: Cell, address: str) -> None:
        """Remember where a number of the row stands."""
        if cell.how is None or cell.value is None:
            return
        if cell.formula is not None:
            self.by_formula[cell.formula] = (address, cell.how.scale)
        if cell.key:
            self.by_key[cell.key] = (address, cell.how.scale)

    def formula(self, cell: Cell) -> str | None:
        """How a cell follows from entries or from its neighbours; None where it is a value."""
        rule = cell.formula
        if rule is None or cell.value is None or cell.how is None:
            return None
        if isinstance(rule, Sum):
            made = self.ranges.of(rule)
            return made and f"={made}" + (f"/{cell.how.scale}" if cell.how.scale != 1 else "")
        one, two = _terms(rule)
        first, second = self._term(one), self._term(two)
        if first is None or second is None:
            return None
        if first[1] == second[1]:
            a, b = first[0], second[0]
        else:
            a, b = (f"({at}*{scale})" if scale != 1 else at for at, scale in (first, second))
        if isinstance(rule, Difference):
            return f"={first[0]}-{second[0]}"
        return f"={a}/{b}" + ("-1" if isinstance(rule, Change) else "")

    def _term(self, term: Term) -> tuple[str, int] | None:
        if isinstance(term, str):
            return self.by_key.get(term)
        if term in self.by_formula:
            return self.by_formula[term]
        made = self.ranges.of(term)
        return (made, 1) if made else None


def _terms(rule: Ratio | Change | Difference) -> tuple[Term, Term]:
    if isinstance(rule, Ratio):
        return rule.part, rule.whole
    return rule.now, rule.before
