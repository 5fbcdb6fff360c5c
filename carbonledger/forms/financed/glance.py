"""The figures at a glance: headline figures a standard, and all standards side by side."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from carbonledger.analysis.disclosure import Disclosure
from carbonledger.analysis.path import PathResult
from carbonledger.cells import MISSING, Cell, figure, printed, words
from carbonledger.factors.lookup import NEEDS_LEAVE
from carbonledger.figures import Told, absences, said
from carbonledger.form import Block, Column, Figure, Figures, Row, Table
from carbonledger.totals import NONE
from carbonledger.words import cited

TOTAL = ("total",)
OUTSTANDING = "outstanding_amount"

SIDE_BY_SIDE = (
    "rows", "book", "computed", "not_covered", "excluded", "coverage", "scope1", "scope2",
    "combined", "scope12", "balance", "intensity", "score",
    "scope3", "computed_scope3", "coverage3", "score3",
)  # fmt: skip

OF_EMISSIONS = frozenset({"scope1", "scope2", "combined", "scope12", "intensity"})


def glance(told: Sequence[Told], disclosure: Disclosure, waci: Told | None) -> list[Block]:
    """Headline figures of each standard, of the path and of WACI, then the table of record."""
    first = told[0] if told else None
    path = [_path(first, disclosure.path)] if first and disclosure.path else []
    more = [_waci(waci, disclosure)] if waci else []
    return [*map(_headline, told), *path, *more, *([summary(told)] if told else [])]


def _headline(told: Told) -> Figures:
    whole = told.ledger.whole
    balance = told.balance_name if told.view.language == "zh" else told.balance_name.lower()
    covered_by = told.view.say("glance", "coverage_of")
    if told.standard.exposure != OUTSTANDING:
        covered_by = told.view.say("glance", "coverage_by", balance=balance)
    items = [
        _figure(told, "scope12"),
        _figure(told, "intensity", told.view.say("glance", "intensity_note", balance=balance)),
        _figure(told, "coverage", covered_by),
    ]
    if told.standard.scored:
        items.append(_figure(told, "score", _band(told)))
    if told.standard.scope3:
        covered = told.cell("coverage3", whole, TOTAL).text
        note = told.view.say("glance", "scope3_coverage", coverage=covered)
        items.append(_figure(told, "scope3", note))
    return Figures(f"glance-{told.ledger.standard}", told.title,
                   cited(told.standard.citation, told.view.language),
                   tuple(items), (_confidence(told), *_unsure(told)))  # fmt: skip


def _confidence(told: Told) -> str:
    """How well the standard itself is known, beside the figures that follow it."""
    text = said(told.standard.confidence, told.view.language).rstrip("。.")
    return told.view.say("path", "confidence", text=text)


def _unsure(told: Told) -> tuple[str, ...]:
    """How much of the emissions rests on factors whose source was not seen or is in doubt."""
    if told.unsure is None:
        return ()
    cells = {m: told.cell(m, told.unsure, TOTAL).text for m in ("rows", "scope12")}
    whole = told.ledger.whole.scope12
    share = printed(Fraction(told.unsure.scope12, whole), told.view.prints["share"]) if whole else (
        MISSING
    )  # fmt: skip
    return (told.view.word("remarks", "unsure_of", share=share, grams=cells["scope12"],
                           unit=told.view.unit("grams"), rows=cells["rows"]),)  # fmt: skip


def _band(told: Told) -> str:
    """The letter of the score and what it is weighted by, where the standard says so."""
    if told.standard.score_weight == "balance":
        return ""
    weight = told.view.word("remarks", "weighted_by_emissions")
    name = told.view.word("measures", "band")
    return f"{name} {told.band}; {weight}" if told.band else weight


def _figure(told: Told, measure: str, note: str = "") -> Figure:
    cell = told.cell(measure, told.ledger.whole, TOTAL)
    column = told.column(measure)
    return Figure(column.label, column.unit, cell, note or cell.missing)


def _path(told: Told, result: PathResult) -> Figures:
    view = told.view
    point = next((p for p in result.points if p.year == result.year), None)
    lacking = "no_actual" if point is None or result.required_annual_cut is None else ""
    if point and point.actual is not None and result.year == result.target_year:
        lacking = "target_year"
    gap = gap_cell(told, result.year, point.gap if point else None)
    state = "no_point" if result.on_track is None else "on_track" if result.on_track else "above"
    cut = cut_cell(told, result, told.key("path", "required_annual_cut"), lacking)
    met = isinstance(cut.value, Fraction) and cut.value <= 0
    title = view.say("glance", "path_title")
    return Figures(
        "glance-path", title, _own(result.path.title, told),
        (
            Figure(view.say("glance", "gap", year=result.year), "", gap,
                   view.say("glance", state)),
            Figure(view.say("glance", "cut", target=result.target_year), view.unit("yearly"), cut,
                   cut.missing or view.say("glance", "met" if met else "cut_note")),
        ),
        told.remarks,
    )  # fmt: skip


def _own(text: dict[str, str], told: Told) -> str:
    return text[told.view.language]


def gap_cell(told: Told, year: int, gap: Fraction | None, *under: str) -> Cell:
    """Actual over path less one, signed."""
    how = told.view.prints["share"]._replace(signed=True)
    missing = told.view.word("missing", "no_actual")
    return figure(gap, how, told.key("path", *under, str(year), "gap"), None, missing)


def cut_cell(told: Told, result: PathResult, key: str, lacking: str = "no_actual") -> Cell:
    """The yearly cut that brings the portfolio back, as a share."""
    cut = result.required_annual_cut
    missing = told.view.word("missing", lacking) if lacking else ""
    return figure(None if cut is None else Fraction(cut), told.view.prints["share"], key, None,
                  missing)  # fmt: skip


def _waci(waci: Told, disclosure: Disclosure) -> Figures:
    cell = waci.cell("intensity", waci.ledger.whole, TOTAL)
    coverage = waci.cell("coverage", waci.ledger.whole, TOTAL).text
    note = waci.view.say("glance", "waci_note", coverage=coverage)
    item = Figure(waci.view.word("measures", "waci"), waci.view.unit("waci"), cell, note)
    title = waci.view.say("titles", "waci")
    unsure = any(use.row.confidence in NEEDS_LEAVE for use in disclosure.factors)
    remarks = (waci.view.word("remarks", "unsure_possible"),) if unsure else ()
    return Figures("glance-waci", title, cited(waci.standard.citation, waci.view.language), (item,),
                   remarks)  # fmt: skip


def summary(told: Sequence[Told]) -> Table:
    """All standards side by side, the table of record."""
    view = told[0].view
    rows = [_measure_row(told, measure) for measure in SIDE_BY_SIDE]
    if any(t.standard.bands for t in told):
        rows.insert(SIDE_BY_SIDE.index("score") + 1, _bands(told))
    if any(t.avoided for t in told):
        rows.insert(SIDE_BY_SIDE.index("intensity") + 1, _savings(told))
    return Table(
        id="summary",
        title=view.say("titles", "summary"),
        columns=(
            Column("measure", view.say("titles", "measure"), kind="text"),
            Column("unit", view.say("columns", "unit"), kind="text"),
            *(Column(t.ledger.standard, t.title) for t in told),
        ),
        rows=tuple(rows),
        notes=(
            *absences(rows, view.language),
            view.say("notes", "rounding"),
            *dict.fromkeys(remark for t in told for remark in t.remarks),
        ),
    )


def _bands(told: Sequence[Told]) -> Row:
    """The letters of the weighted scores."""
    view = told[0].view
    cells = [words(t.band or NONE) for t in told]
    return Row((words(view.word("measures", "band")), words(view.unit("letter")), *cells))


def _savings(told: Sequence[Told]) -> Row:
    """What projects avoid, on a line of its own: it is no emission of anybody."""
    view = told[0].view
    cells = [t.cell("scope12", t.ledger.whole, TOTAL) if t.avoided else words(NONE) for t in told]
    return Row((words(view.word("measures", "avoided")), words(view.unit("grams")), *cells))


def _measure_row(told: Sequence[Told], measure: str) -> Row:
    view, column = told[0].view, told[0].column(measure)
    label = view.word("measures", measure)
    if measure == "computed_scope3":
        label = view.say("titles", measure)
    elif measure == "balance":
        named = dict.fromkeys(said(t.standard.balance_name, view.language) for t in told)
        label = view.say("titles", measure, names=" / ".join(named))
    cells = [words(NONE) if t.avoided and measure in OF_EMISSIONS else
             t.cell(measure, t.ledger.whole, TOTAL) for t in told]  # fmt: skip
    return Row((words(label), words(column.unit or _bare(told[0], measure)), *cells))


def _bare(told: Told, measure: str) -> str:
    names = {"rows": "rows", "coverage": "share", "coverage3": "share"}
    return told.view.unit(names[measure]) if measure in names else ""
