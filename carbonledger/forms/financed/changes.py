"""What changed against the compared run: before, now, difference and per cent."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from carbonledger.analysis.disclosure import Compared, Disclosure
from carbonledger.cells import Cell, Change, Difference, figure, words
from carbonledger.figures import Told, View, absences
from carbonledger.form import Block, Column, Note, Row, Table
from carbonledger.ledger import Total
from carbonledger.totals import MEASURES

SHOWN = ("rows", "book", "computed", "coverage", "scope12", "scope3", "balance", "intensity",
         "score")  # fmt: skip
TOTAL = ("total",)


def changes(told: Sequence[Told], disclosure: Disclosure) -> list[Block]:
    """One table a standard; the lead keeps it from being read as a cut in emissions."""
    compared = disclosure.compared
    if compared is None or not told:
        return []
    return [_block(one, disclosure, compared) for one in told]


def _block(told: Told, disclosure: Disclosure, compared: Compared) -> Block:
    view, earlier = told.view, compared.ledgers.get(told.ledger.standard)
    if earlier is None:
        return Note(f"changes-{told.ledger.standard}", told.title,
                    (view.say("notes", "not_comparable", standard=told.title),))  # fmt: skip
    rows = tuple(
        _row(told, measure, earlier.whole, compared.run_id)
        for measure in SHOWN
        if _applies(told, measure)
    )
    return Table(
        id=f"changes-{told.ledger.standard}",
        title=view.say("titles", "changes", run=compared.run_id, before=compared.period,
                       period=disclosure.period),
        columns=(
            Column("measure", view.say("titles", "measure"), kind="text"),
            Column("unit", view.say("columns", "unit"), kind="text"),
            Column("before", view.say("columns", "now", period=compared.period)),
            Column("now", view.say("columns", "now", period=disclosure.period)),
            Column("difference", view.say("columns", "difference")),
            Column("change", view.say("columns", "change")),
        ),
        rows=rows,
        notes=absences(rows, view.language) + told.remarks,
        context=told.title,
    )  # fmt: skip


def _applies(told: Told, measure: str) -> bool:
    if measure == "scope3":
        return told.standard.scope3
    if measure == "balance":
        return told.own_balance
    return told.standard.scored if measure == "score" else True


def _row(told: Told, measure: str, before: Total, run_id: str) -> Row:
    view, rule = told.view, MEASURES[measure]
    key = told.key(*TOTAL, measure)
    now_cell = told.cell(measure, told.ledger.whole, TOTAL)
    lacking = view.word("missing", "before_zero")
    earlier = rule.value(before)
    before_cell = figure(earlier, view.prints[rule.how], f"{key}@{run_id}", None, lacking)
    difference, change = _difference(view, now_cell, before_cell)
    column = told.column(measure)
    unit = words(_unit(view, measure, column.unit))
    return Row((words(column.label), unit, before_cell, now_cell, difference, change))


def _unit(view: View, measure: str, unit: str) -> str:
    if measure == "rows":
        return view.unit("rows")
    return view.say("titles", "points") if measure == "coverage" else unit


def _difference(view: View, now: Cell, before: Cell) -> tuple[Cell, Cell]:
    how, share = now.how or view.prints["rows"], view.prints["share"]._replace(signed=True)
    terms = (now.key or "", before.key or "")
    absolute, relative = None, None
    if isinstance(now.value, int | Fraction) and isinstance(before.value, int | Fraction):
        absolute = now.value - before.value
        relative = Fraction(absolute) / before.value if before.value else None
    ratio = how.percent
    lacking = view.word("missing", "share_of_share" if ratio else "before_zero")
    return (
        figure(absolute, how._replace(signed=True), f"{before.key}/difference",
               Difference(*terms), lacking),
        figure(None if ratio else relative, share, f"{before.key}/change", Change(*terms), lacking),
    )  # fmt: skip
