"""From totals of a ledger to cells and tables of a form: a measure, its print, its formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from carbonledger.cells import Cell, Print, Ratio, figure, words
from carbonledger.form import Column, Row, RowKind
from carbonledger.form import Table as FormTable
from carbonledger.issues import Language
from carbonledger.ledger import Ledger, Total
from carbonledger.method import Standard, Text
from carbonledger.totals import (
    AMOUNT,
    COMPUTED,
    MEASURES,
    NONE,
    SCOPE3_MEASURES,
    SCORE_MEASURES,
    Slice,
    Where,
)
from carbonledger.words import word


def said(text: Text, language: Language) -> str:
    """The words in one language."""
    return text.zh if language == "zh" else text.en


def key_of(*parts: str) -> str:
    """Parts of a key as one; a slash in a part does not divide it, and none is a dash."""
    return "/".join(p.replace("%", "%25").replace("/", "%2F") or "-" for p in parts)


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


AVOIDED = {"scope12": "avoided", "intensity": "avoided_intensity"}
"""What measures of savings are called."""


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
    def band(self) -> str:
        """The letter of the weighted data-quality score, '' where the standard has none."""
        return self.standard.band_of(self.ledger.whole.score)

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
        return key_of(self.ledger.standard, self.ledger.account, *parts)

    def cell(self, measure: str, total: Total, at: tuple[str, ...], where: Where = ()) -> Cell:
        """One measure of one total."""
        rule = MEASURES[self._weighed(measure)]
        lacking = self._lacking(measure) or _why_absent(rule.missing, total)
        value = None if self._lacking(measure) else rule.value(total)
        missing = self.view.word("missing", lacking) if value is None and lacking else ""
        formula = rule.formula(Slice(self.sheet, where)) if self.sheet else None
        return figure(value, self.view.prints[rule.how], self.key(*at, measure), formula, missing)

    def _weighed(self, measure: str) -> str:
        """The name of a score by what it is weighed by, that of any other measure as it is."""
        if measure == "score" and self.standard.score_weight == "emissions":
            return "score_by_emissions"
        whole = self.ledger.whole
        lighter = {"score": whole.unscored, "score3": whole.unscored3}.get(measure)
        return f"{measure}_by_weight" if lighter else measure

    def _lacking(self, measure: str) -> str:
        """Why the standard itself has no such figure."""
        if measure in SCOPE3_MEASURES | {"score3"} and not self.standard.scope3:
            return "no_scope3"
        return "no_score" if measure in SCORE_MEASURES and not self.standard.scored else ""

    def column(self, measure: str) -> Column:
        """The heading and unit of a measure."""
        how = MEASURES[measure].how
        unit = "" if how in ("rows", "share") else self.view.unit(how)
        own = measure == "balance" and self.own_balance
        name = AVOIDED.get(measure, measure) if self.avoided else measure
        return Column(measure, self.balance_name if own else self.view.word("measures", name),
                      unit)  # fmt: skip

    @property
    def avoided(self) -> bool:
        """Whether the tonnes are what is saved, which is nobody's scope 1 and 2."""
        return self.standard.account == "avoided"

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
            notes=notes + absences(rows, self.view.language) + self.remarks,
            context=self.title,
        )

    @property
    def unsure(self) -> Total | None:
        """The positions that use a factor whose source was not seen or is in doubt, if any."""
        return self.ledger.by.get("flag", {}).get("factor_unsure")

    @property
    def provisional(self) -> tuple[str, ...]:
        """That the standard itself was seen second-hand, where it was."""
        return (self.view.word("remarks", "provisional"),) if self.standard.provisional else ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What stands under every table of totals: that factors in doubt are in them."""
        unsure = (self.view.word("remarks", "unsure"),) if self.unsure else ()
        return (*self.provisional, *unsure)

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


def _why_absent(usual: str, total: Total) -> str:
    """Why a measure has no value: what it lacks as a rule, unless there was nothing to measure."""
    if not total.rows:
        return "no_positions"
    return "nothing_computed" if usual == "no_split" and not total.rows_computed else usual


def absences(rows: Iterable[Row], language: Language) -> tuple[str, ...]:
    """Why figures of a table are missing, each reason once."""
    reasons = dict.fromkeys(c.missing for row in rows for c in row.cells if c.missing)
    return (f"{NONE} " + ("；" if language == "zh" else "; ").join(reasons),) if reasons else ()
