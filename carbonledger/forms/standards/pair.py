"""Two standards of a run: their figures, the causes of the difference, and where it arises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from carbonledger.analysis.contrast import EFFECTS
from carbonledger.analysis.side_by_side import (
    MEASURES,
    Absence,
    Contrast,
    Gone,
    Listed,
    Sums,
    rolled,
)
from carbonledger.cells import Cell, Ratio, Sum, figure, words
from carbonledger.codes import sector_name
from carbonledger.figures import View, said
from carbonledger.form import (
    Block,
    Column,
    Figure,
    Figures,
    Row,
    RowKind,
    Section,
    Table,
    Waterfall,
)
from carbonledger.forms.financed.tables import division_of, section_of
from carbonledger.forms.standards.causes import Causes, reason, told_of
from carbonledger.forms.standards.rows import SHEET, PairRows, own
from carbonledger.method import Standard
from carbonledger.totals import NONE, Where

STEPS = MEASURES[2:]
SHOWN = ("first", "second", "difference", *EFFECTS)
KEY = "standards"
"""Where keys of this form begin: standards/FIRST/SECOND/total/denominator."""


@dataclass(frozen=True)
class Pair:
    """A pair of standards as the form tells it."""

    view: View
    first: Standard
    second: Standard
    found: Contrast
    run_id: str
    remarks: tuple[str, ...]
    """What stands under every table: that a standard is provisional, or factors are in doubt."""

    def section(self) -> Section:
        """The chapter of the pair."""
        named = {"first": self.first.id, "second": self.second.id}
        title = self.view.say("sections", "pair", **named)
        blocks: list[Block] = [self._figures(), self._waterfall(), self._effects()]
        blocks += [self._absences()] if self.found.absences else []
        blocks += [self._by_class(), *self._by_sector()]
        blocks += [self._largest()] if self.found.largest else []
        return Section("-".join(named.values()), title, title, tuple(blocks),
                       self.view.say("leads", "pair", **named))  # fmt: skip

    def _key(self, *parts: str) -> str:
        safe = (p.replace("%", "%25").replace("/", "%2F") or "-" for p in parts)
        return "/".join((KEY, self.first.id, self.second.id, *safe))

    @property
    def _rows(self) -> PairRows:
        return PairRows(self.first.id, self.second.id)

    def _grams(
        self, measure: str, sums: Sums, at: tuple[str, ...] = ("total",), where: Where = ()
    ) -> Cell:
        how = self.view.prints["grams"]
        how = how if measure in ("first", "second") else how._replace(signed=True)
        return figure(
            sums.of(measure), how, self._key(*at, measure), self._rows.sum(measure, where)
        )

    def _effect(self, measure: str) -> str:
        return self.view.say("effects", measure, first=self.first.id, second=self.second.id)

    def _figures(self) -> Figures:
        whole, tonnes = self.found.whole, self.view.unit("grams")
        items = [
            Figure(self.view.say("titles", "emissions", standard=s.id), tonnes,
                   self._grams(measure, whole), said(s.title, self.view.language))
            for measure, s in (("first", self.first), ("second", self.second))
        ]  # fmt: skip
        items.append(Figure(self.view.say("titles", "difference"), tonnes,
                            self._grams("difference", whole)))  # fmt: skip
        return Figures(self._id("figures"), self.view.say("titles", "figures"), "", tuple(items),
                       self.remarks)  # fmt: skip

    def _id(self, name: str) -> str:
        return f"{name}-{self.first.id}-{self.second.id}"

    @property
    def _context(self) -> str:
        return self.view.say("titles", "waterfall", first=self.first.id, second=self.second.id)

    def _waterfall(self) -> Waterfall:
        whole = self.found.whole
        ends = [(self.view.say("titles", "emissions", standard=s.id), self._grams(m, whole))
                for m, s in (("first", self.first), ("second", self.second))]  # fmt: skip
        return Waterfall(
            self._id("waterfall"), self._context, self.view.say("titles", "description"),
            self.view.unit("grams"), self.view.say("titles", "source", run=self.run_id), ends[0],
            tuple((self._effect(m), self._grams(m, whole)) for m in STEPS if whole.of(m)),
            ends[1],
        )  # fmt: skip

    def _effects(self) -> Table:
        """Every cause, also those that were not at work: a zero is a finding."""
        whole = self.found.whole
        lines: list[tuple[str, str, RowKind]] = [(self._effect(m), m, "") for m in STEPS]
        lines.append((self.view.say("titles", "difference"), "difference", "total"))
        rows = [Row((words(label), self._grams(m, whole), self._part(m), self._count(m)), kind)
                for label, m, kind in lines]  # fmt: skip
        return Table(
            self._id("effects"),
            self.view.say("titles", "effects"),
            (
                Column("effect", self.view.say("columns", "effect"), kind="text"),
                Column("emissions", self.view.say("columns", "emissions"),
                       self.view.unit("grams")),
                Column("share", self.view.say("columns", "share", first=self.first.id)),
                Column("positions", self.view.say("columns", "positions")),
            ),
            tuple(rows),
            notes=self.remarks,
            context=self._context,
        )  # fmt: skip

    def _part(self, measure: str) -> Cell:
        whole = self.found.whole
        base = whole.of("first")
        value = Fraction(whole.of(measure), base) if base else None
        formula = Ratio(self._rows.sum(measure), self._rows.sum("first"))
        return figure(value, self.view.prints["share"]._replace(signed=True),
                      self._key("total", measure, "share"), formula)  # fmt: skip

    def _count(self, measure: str) -> Cell:
        if measure not in MEASURES:
            return words("")
        count = self.found.whole.rows[MEASURES.index(measure)]
        formula = self._rows.counted(measure)
        return figure(count, self.view.prints["rows"], self._key("total", measure, "rows"), formula)

    def _absences(self) -> Table:
        view = self.view
        texts = ("missing", "status", "reason")
        return Table(
            self._id("absences"),
            view.say("titles", "absences"),
            (
                *(Column(n, view.say("loans" if n == "status" else "columns", n), kind="text")
                  for n in texts),
                Column("positions", view.say("columns", "positions")),
                Column("outstanding", view.say("columns", "outstanding"), view.unit("money")),
                Column("emissions", view.say("columns", "emissions"), view.unit("grams")),
            ),
            tuple(self._absence(*item) for item in sorted(self.found.absences.items())),
            notes=self.remarks,
            context=self._context,
        )  # fmt: skip

    def _absence(self, why: Absence, gone: Gone) -> Row:
        view, computed = self.view, self.first.id
        computed = self.second.id if why.standard == computed else computed
        where = ((own(why.standard, "status"), why.status or NONE),
                 (own(why.standard, "reason"), why.reason or NONE),
                 (own(computed, "status"), "computed"))  # fmt: skip
        values = {"rows": (gone.rows, ""), "money": (gone.outstanding, "outstanding_amount"),
                  "grams": (gone.grams, own(computed, "scope12"))}  # fmt: skip
        at = ("absence", why.standard, why.reason or why.status)
        status = view.word("statuses", why.status) if why.status else NONE
        return Row((
            words(why.standard), words(status), words(reason(view, why.status, why.reason)),
            *(figure(value, view.prints[kind], self._key(*at, kind), Sum(SHEET, column, where))
              for kind, (value, column) in values.items()),
        ))  # fmt: skip

    def _by_class(self) -> Table:
        view, by = self.view, self.found.by["asset_class"]
        rows = [
            self._row(view.word("asset_classes", c) if c else view.word("without", "asset_class"),
                      sums, ("asset_class", c), (("asset_class", c or NONE),))
            for c, sums in sorted(by.items(), key=lambda i: (not i[0], i[0]))
        ]  # fmt: skip
        return self._table("asset_class", [*rows, self._whole()])

    def _by_sector(self) -> list[Table]:
        by, tables = self.found.by["sector"], []
        for dimension, up in (("section", section_of), ("division", division_of)):
            held = rolled(by, {c: up(c) if c else "" for c in by})
            rows = [
                self._row(self._sector(dimension, c), sums, (dimension, c), _where(dimension, c))
                for c, sums in held.items()
            ]
            tables.append(self._table(dimension, [*rows, self._whole()]))
        return tables

    def _sector(self, dimension: str, code: str) -> str:
        if not code:
            return self.view.word("without", "section")
        name = f"{code} {sector_name(code, self.view.language)}"
        lone = dimension == "division" and len(code) == 1
        return self.view.word("without", "division_of", name=name) if lone else name

    def _whole(self) -> Row:
        label = self.view.word("dimensions", "total")
        return self._row(label, self.found.whole, ("total",), (), "total")

    def _row(
        self, label: str, sums: Sums, at: tuple[str, ...], where: Where, kind: RowKind = ""
    ) -> Row:
        return Row((words(label), *(self._grams(m, sums, at, where) for m in SHOWN)), kind)

    def _table(self, dimension: str, rows: list[Row]) -> Table:
        names: Mapping[str, str] = {
            "first": self.first.id,
            "second": self.second.id,
            "difference": self.view.say("titles", "difference"),
        }
        tonnes = self.view.unit("grams")
        return Table(
            self._id(dimension),
            self.view.say("titles", dimension),
            (Column(dimension, self.view.say("columns", dimension), kind="text"),
             *(Column(m, names.get(m) or self.view.say("effects", m), tonnes) for m in SHOWN)),
            tuple(rows),
            notes=self.remarks,
            context=self._context,
        )  # fmt: skip

    def _largest(self) -> Table:
        view, tonnes = self.view, self.view.unit("grams")
        return Table(
            self._id("largest"),
            view.say("titles", "largest"),
            (
                Column("position", view.say("columns", "position"), kind="text"),
                Column("first", self.first.id, tonnes),
                Column("second", self.second.id, tonnes),
                Column("difference", view.say("titles", "difference"), tonnes),
                Column("why", view.say("columns", "why"), kind="text"),
            ),
            tuple(self._position(k, one) for k, one in enumerate(self.found.largest, 1)),
            notes=self.remarks,
            context=self._context,
        )

    def _position(self, number: int, one: Listed) -> Row:
        how = self.view.prints["grams"]
        change = (one.second or 0) - (one.first or 0)
        values = {"first": one.first, "second": one.second, "difference": change}
        why = Causes(self.view, self.first, self.second).text(
            *told_of(one.row), [bool(e) for e in one.effects])  # fmt: skip
        grams = (
            figure(
                v,
                how._replace(signed=name == "difference"),
                self._key("largest", str(number), name),
            )
            for name, v in values.items()
        )
        return Row((words(one.id), *grams, words(why)))  # fmt: skip


def _where(dimension: str, code: str) -> Where:
    """The rows of a section or division."""
    if not code:
        return (("sector", NONE),)
    whole = dimension == "division" and len(code) == 1
    return (("sector", code if whole else f"{code}*"),)
