"""What changed against the compared run: before, now, difference and per cent."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from carbonledger.analysis.disclosure import Compared, Disclosure, Restated
from carbonledger.cells import Cell, Change, Difference, figure, words
from carbonledger.figures import Told, View, absences
from carbonledger.form import Block, Column, Note, Row, Table
from carbonledger.forms.financed.restated import first_key, reasons
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
    years = (compared.period, disclosure.period)
    first = [disclosure.restated_in(year) for year in years]
    rows = tuple(
        _row(told, measure, earlier.whole, compared.run_id, first)
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
            *_columns(view, "before", compared.period, first[0]),
            *_columns(view, "now", disclosure.period, first[1]),
            Column("difference", view.say("columns", "difference")),
            Column("change", view.say("columns", "change")),
        ),
        rows=rows,
        notes=reasons(view, [r for r in first if r]) + absences(rows, view.language)
        + told.remarks,
        context=told.title,
    )  # fmt: skip


def _applies(told: Told, measure: str) -> bool:
    if measure == "scope3":
        return told.standard.scope3
    if measure == "balance":
        return told.own_balance
    return told.standard.scored if measure == "score" else True


def _columns(view: View, name: str, period: int, first: Restated | None) -> list[Column]:
    """A year's column; one that was restated has what was first reported before it."""
    shown = [Column(name, view.say("columns", "now", period=period))]
    if first is not None:
        shown.insert(0, Column(f"{name}_first", view.say("columns", "first_of", period=period)))
    return shown


def _row(
    told: Told, measure: str, before: Total, run_id: str, first: Sequence[Restated | None]
) -> Row:
    view, rule = told.view, MEASURES[measure]
    key = told.key(*TOTAL, measure)
    now_cell = told.cell(measure, told.ledger.whole, TOTAL)
    lacking = view.word("missing", "before_zero")
    earlier = rule.value(before)
    before_cell = figure(earlier, view.prints[rule.how], f"{key}@{run_id}", None, lacking)
    difference, change = _difference(view, now_cell, before_cell)
    column = told.column(measure)
    unit = words(_unit(view, measure, column.unit))
    was, is_now = (_first(told, measure, r) for r in first)
    return Row((words(column.label), unit, *was, before_cell, *is_now, now_cell, difference,
                change))  # fmt: skip


def _first(told: Told, measure: str, restated: Restated | None) -> tuple[Cell, ...]:
    """The measure as it was first reported, where the year was restated."""
    if restated is None:
        return ()
    total, rule = restated.first(told.ledger.standard), MEASURES[measure]
    value = None if total is None else rule.value(total)
    key = first_key(told.key(*TOTAL, measure), restated)
    return (figure(value, told.view.prints[rule.how], key, None,
                   told.view.word("missing", "before_zero")),)  # fmt: skip


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
