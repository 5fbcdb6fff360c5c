"""From totals of a ledger to cells and tables of a form: a measure, its print, its formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from carbonledger.form import (
    Cell,
    Column,
    Criterion,
    Formula,
    Print,
    Ratio,
    Row,
    RowKind,
    Sum,
    figure,
    words,
)
from carbonledger.form import Table as FormTable
from carbonledger.issues import Language
from carbonledger.ledger import Ledger, Total
from carbonledger.method import Standard, Text
from carbonledger.words import word

TEN_THOUSAND_TONNES = TEN_THOUSAND_MONEY = 1_000_000
"""Grams in a tonne and fen in 10,000 of money are the same number, so g/fen prints as it is."""

NONE = "–"
"""What stands in an entries column that has no code."""

BLANK = "="
"""What matches an empty cell of an entries column that holds numbers."""

Where = tuple[tuple[str, Criterion], ...]


def said(text: Text, language: Language) -> str:
    """The words in one language."""
    return text.zh if language == "zh" else text.en


@dataclass(frozen=True)
class View:
    """How a disclosure is told: in which language and currency, with how many decimals."""

    language: Language
    money: str
    prints: Mapping[str, Print]
    register: str

    def say(self, group: str, name: str, /, **details: object) -> str:
        """Words of the form itself."""
        return word(group, name, self.language, self.register, **details)

    def word(self, group: str, name: str, /, **details: object) -> str:
        """Words that every form shares."""
        return word(group, name, self.language, **details)

    def unit(self, name: str) -> str:
        """The printed unit of a kind of figure."""
        return self.word("units", name, money=self.money)


def money_name(currency: str, language: Language) -> str:
    """10,000 of a currency, as the language says it."""
    if language == "zh":
        return "万元" if currency == "CNY" else f"万{currency}"
    return f"{currency} 10,000"


def prints(largest_grams: int, largest_money: int) -> dict[str, Print]:
    """Decimals by the size of the whole: the fewer the larger it is."""
    grams, money = largest_grams // TEN_THOUSAND_TONNES, largest_money // TEN_THOUSAND_MONEY
    tonnes = next(places for floor, places in ((10**5, 0), (10**3, 1), (10, 2), (0, 4))
                  if grams >= floor)  # fmt: skip
    return {
        "rows": Print("rows"),
        "grams": Print("g", TEN_THOUSAND_TONNES, tonnes),
        "money": Print("fen", TEN_THOUSAND_MONEY, 0 if money >= 10**5 else 2),
        "intensity": Print("g/fen", 1, 4),
        "share": Print("share", 1, 2, percent=True),
        "score": Print("score", 1, 2),
    }


class Slice(NamedTuple):
    """Rows of an entries sheet that a total is made of; without a sheet it has no formula."""

    sheet: str | None
    where: Where = ()

    def sum(self, column: str, *more: tuple[str, Criterion], unless: Where = ()) -> Sum:
        """The sum of a column over these rows."""
        return Sum(self.sheet or "", column, self.where + more, unless)


COMPUTED = ("status", "computed")
EXCLUDED = ("status", "excluded")
WITHOUT_SCOPE3 = ("option3", NONE)
AMOUNT = "outstanding_amount"


def _in_scope(rows: Slice) -> Sum:
    return rows.sum(AMOUNT, unless=(EXCLUDED,))


class Measure(NamedTuple):
    """What a column of figures shows: how it prints, its value and how entries make it."""

    how: str
    value: Callable[[Total], int | Fraction | None]
    formula: Callable[[Slice], Formula]
    missing: str = ""


def _where_any(rows: str, measure: str) -> Callable[[Total], int | None]:
    """A sum that exists only where positions of its kind were computed."""
    return lambda total: getattr(total, measure) if getattr(total, rows) else None


def _split(measure: str) -> Callable[[Total], int | None]:
    def value(total: Total) -> int | None:
        apart = total.rows_computed and (total.scope1 or total.scope2 or not total.scope12)
        return getattr(total, measure) if apart else None

    return value


def _combined(total: Total) -> int | None:
    return total.scope12 - total.scope1 - total.scope2 if total.rows_computed else None


MEASURES: dict[str, Measure] = {
    "rows": Measure("rows", lambda t: t.rows, lambda s: s.sum("")),
    "rows_computed": Measure("rows", lambda t: t.rows_computed, lambda s: s.sum("", COMPUTED)),
    "book": Measure("money", lambda t: t.book, lambda s: s.sum(AMOUNT)),
    "computed": Measure("money", lambda t: t.computed, lambda s: s.sum(AMOUNT, COMPUTED)),
    "not_covered": Measure(
        "money", lambda t: t.not_covered, lambda s: s.sum(AMOUNT, ("status", "not_covered"))
    ),
    "excluded": Measure("money", lambda t: t.excluded, lambda s: s.sum(AMOUNT, EXCLUDED)),
    "coverage": Measure(
        "share", lambda t: t.coverage,
        lambda s: Ratio(s.sum(AMOUNT, COMPUTED), _in_scope(s)), "nothing_left",
    ),
    "coverage3": Measure(
        "share", lambda t: t.coverage3,
        lambda s: Ratio(s.sum(AMOUNT, unless=(WITHOUT_SCOPE3,)), _in_scope(s)), "nothing_left",
    ),
    "scope1": Measure("grams", _split("scope1"), lambda s: s.sum("scope1"), "no_split"),
    "scope2": Measure("grams", _split("scope2"), lambda s: s.sum("scope2"), "no_split"),
    "combined": Measure(
        "grams", _combined, lambda s: s.sum("scope12", ("flags", "*;scopes_combined;*")),
        "nothing_computed",
    ),
    "scope12": Measure(
        "grams", _where_any("rows_computed", "scope12"), lambda s: s.sum("scope12"),
        "nothing_computed",
    ),
    "rows_scope3": Measure(
        "rows", lambda t: t.rows_scope3, lambda s: s.sum("", unless=(WITHOUT_SCOPE3,))
    ),
    "computed_scope3": Measure(
        "money", _where_any("rows_scope3", "computed_scope3"),
        lambda s: s.sum(AMOUNT, unless=(WITHOUT_SCOPE3,)), "scope3_not_computed",
    ),
    "scope3": Measure(
        "grams", _where_any("rows_scope3", "scope3"), lambda s: s.sum("scope3"),
        "scope3_not_computed",
    ),
    "balance": Measure(
        "money", _where_any("rows_computed", "balance"), lambda s: s.sum("balance"),
        "nothing_computed",
    ),
    "intensity": Measure(
        "intensity", lambda t: t.intensity, lambda s: Ratio(s.sum("scope12"), s.sum("balance")),
        "nothing_computed",
    ),
    "score": Measure(
        "score", lambda t: t.score, lambda s: Ratio(s.sum("scored"), s.sum(AMOUNT, COMPUTED)),
        "nothing_computed",
    ),
    "score3": Measure(
        "score", lambda t: t.score3,
        lambda s: Ratio(s.sum("scored3"), s.sum(AMOUNT, unless=(WITHOUT_SCOPE3,))),
        "scope3_not_computed",
    ),
}  # fmt: skip

SCOPE3_MEASURES = frozenset({"scope3", "coverage3", "rows_scope3", "computed_scope3"})
SCORE_MEASURES = frozenset({"score", "score3"})


class Line(NamedTuple):
    """A row of a table before it is cells: what it is called and the total it shows."""

    code: str
    label: str
    total: Total
    where: Where = ()
    kind: RowKind = ""


@dataclass(frozen=True)
class Told:
    """One standard's ledger as a form tells it."""

    view: View
    standard: Standard
    ledger: Ledger
    sheet: str | None

    @property
    def title(self) -> str:
        """The standard's own title."""
        return said(self.standard.title, self.view.language)

    @property
    def balance_name(self) -> str:
        """What the standard divides by, as a heading."""
        name = said(self.standard.balance_name, self.view.language)
        return name[:1].upper() + name[1:]

    @property
    def own_balance(self) -> bool:
        """Whether intensity divides by something else than the outstanding amount."""
        return any(page.balance != AMOUNT for page in self.standard.pages)

    def key(self, *parts: str) -> str:
        """The key that ``explain`` takes."""
        safe = (p.replace("%", "%25").replace("/", "%2F") or "-" for p in parts)
        return "/".join((self.ledger.standard, self.ledger.account, *safe))

    def cell(self, measure: str, total: Total, at: tuple[str, ...], where: Where = ()) -> Cell:
        """One measure of one total."""
        rule = MEASURES[measure]
        absent = rule.missing if total.rows else "no_positions"
        lacking = self._lacking(measure) or absent
        value = None if self._lacking(measure) else rule.value(total)
        missing = self.view.word("missing", lacking) if value is None and lacking else ""
        formula = rule.formula(Slice(self.sheet, where)) if self.sheet else None
        return figure(value, self.view.prints[rule.how], self.key(*at, measure), formula, missing)

    def _lacking(self, measure: str) -> str:
        """Why the standard itself has no such figure."""
        if measure in SCOPE3_MEASURES | {"score3"} and not self.standard.scope3:
            return "no_scope3"
        return "no_score" if measure in SCORE_MEASURES and not self.standard.scored else ""

    def column(self, measure: str) -> Column:
        """The heading and unit of a measure."""
        how = MEASURES[measure].how
        unit = "" if how in ("rows", "share", "score") else self.view.unit(how)
        own = measure == "balance" and self.own_balance
        return Column(measure, self.balance_name if own else self.view.word("measures", measure),
                      unit)  # fmt: skip

    @property
    def measures(self) -> tuple[str, ...]:
        """What a table by a dimension shows under this standard."""
        named = ["rows", "book", "computed", "coverage", "scope12"]
        named += ["scope3"] if self.standard.scope3 else []
        named += ["balance"] if self.own_balance else []
        named += ["intensity"]
        named += ["score"] if self.standard.scored else []
        return tuple(named)

    def share_of_computed(self, total: Total, at: tuple[str, ...], where: Where) -> Cell:
        """A line's part of all computed money."""
        whole = self.ledger.whole.computed
        part = Slice(self.sheet, where).sum(AMOUNT, COMPUTED)
        all_of_it = Slice(self.sheet).sum(AMOUNT, COMPUTED)
        return figure(
            Fraction(total.computed, whole) if whole else None, self.view.prints["share"],
            self.key(*at, "share_of_computed"), Ratio(part, all_of_it) if self.sheet else None,
            self.view.word("missing", "nothing_computed"),
        )  # fmt: skip

    def table(
        self, dimension: str, lines: Iterable[Line], *, id: str | None = None,
        measures: tuple[str, ...] | None = None, notes: tuple[str, ...] = (),
    ) -> FormTable:  # fmt: skip
        """A table of the lines by a dimension, closed by the whole where ``lines`` says so."""
        shown = measures or self.measures
        rows = tuple(self._row(dimension, line, shown) for line in lines)
        return FormTable(
            id=f"{id or dimension}-{self.ledger.standard}",
            title=self.view.say("titles", id or dimension),
            columns=(
                Column(dimension, self.view.word("dimensions", dimension), kind="text"),
                *(self._heading(m) for m in shown),
            ),
            rows=rows,
            notes=notes + absences(rows, self.view.language),
            context=self.title,
        )

    def _heading(self, measure: str) -> Column:
        if measure == "share_of_computed":
            return Column(measure, self.view.word("measures", measure))
        return self.column(measure)

    def _row(self, dimension: str, line: Line, shown: tuple[str, ...]) -> Row:
        at = ("total",) if line.kind == "total" and not line.code else (dimension, line.code)
        cells = [
            self.share_of_computed(line.total, at, line.where)
            if measure == "share_of_computed"
            else self.cell(measure, line.total, at, line.where)
            for measure in shown
        ]
        return Row((words(line.label), *cells), line.kind)

    def whole(self) -> Line:
        """The closing line of a table: all positions."""
        label = self.view.word("dimensions", "total")
        return Line("", label, self.ledger.whole, (), "total")


def absences(rows: Iterable[Row], language: Language) -> tuple[str, ...]:
    """Why figures of a table are missing, each reason once."""
    reasons = dict.fromkeys(c.missing for row in rows for c in row.cells if c.missing)
    return (f"{NONE} " + ("；" if language == "zh" else "; ").join(reasons),) if reasons else ()
