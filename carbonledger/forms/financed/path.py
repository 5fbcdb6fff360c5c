"""The decline path: chart, year by year, by sector, and what must be said beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from carbonledger import codes
from carbonledger.analysis.disclosure import Base, Disclosure
from carbonledger.analysis.path import DeclinePath, PathPoint, PathResult, hold_against
from carbonledger.cells import Cell, Change, Formula, Ratio, figure, words
from carbonledger.figures import Told, absences, said
from carbonledger.form import Block, Column, Figure, Figures, Lines, Note, Point, Row, Series, Table
from carbonledger.forms.financed.glance import cut_cell
from carbonledger.forms.financed.restated import beside, first_told, reasons
from carbonledger.forms.financed.tables import rolled, section_of
from carbonledger.ledger import Total
from carbonledger.totals import Slice


def path(told: Told, disclosure: Disclosure) -> list[Block]:
    """All that stands under the heading of the decline path."""
    if disclosure.path is None:
        return []
    result = disclosure.path
    sectors = [sector_paths(told, disclosure)] if disclosure.sector_paths else []
    basis = _base(told, result, disclosure.base)
    notes = _notes(told, result, disclosure.base)
    chart, table = (made(told, result, disclosure) for made in (_chart, _table))
    return [basis, chart, table, notes, *sectors]


def _base(told: Told, result: PathResult, base: Base | None) -> Figures:
    """Where the path starts from: the base year, its intensity, and what it covered."""
    view = told.view
    covered = base_coverage(told, base, base.coverage if base else None)
    now = told.cell("coverage", told.ledger.whole, ("total",))
    return Figures(
        "path_basis", view.say("titles", "path_basis"), view.say("path", "as_base"),
        (
            Figure(view.say("columns", "intensity_base", year=result.base_year),
                   view.unit("intensity"), _path_cell(told, result.points[0])),
            Figure(view.say("columns", "coverage_base", year=result.base_year), "", covered,
                   base.run_id if base else covered.missing),
            Figure(view.say("columns", "coverage_now", year=result.year), "", now),
        ),
    )  # fmt: skip


def base_coverage(told: Told, base: Base | None, value: Fraction | None, *under: str) -> Cell:
    """How much of the book, or of a section of it, the base year covered."""
    missing = told.view.word("missing", "nothing_left" if base else "base_declared")
    key = told.key("path", *under, "base_coverage")
    return figure(value, told.view.prints["share"], key, None, missing)


def _key(told: Told, point: PathPoint, measure: str, *under: str) -> str:
    return told.key("path", *under, str(point.year), measure)


def _path_cell(told: Told, point: PathPoint, *under: str) -> Cell:
    return figure(point.path, told.view.prints["intensity"], _key(told, point, "path", *under))


def _actual_cell(told: Told, point: PathPoint, year: int, *under: str) -> Cell:
    formula: Formula | None = None
    if told.sheet and point.year == year and point.actual == told.ledger.whole.intensity:
        rows = Slice(told.sheet)
        formula = Ratio(rows.sum("scope12"), rows.sum("balance"))
    return figure(point.actual, told.view.prints["intensity"],
                  _key(told, point, "actual", *under), formula,
                  told.view.word("missing", "no_actual"))  # fmt: skip


def first_cell(told: Told, disclosure: Disclosure, year: int) -> Cell:
    """The intensity first reported of a year that was restated, or nothing."""
    restated = disclosure.restated_in(year)
    total = restated.first(told.ledger.standard) if restated is not None else None
    value = total.intensity if total is not None else None
    missing = "" if restated is None else told.view.word("missing", "no_actual")
    return figure(value, told.view.prints["intensity"],
                  told.key("path", str(year), "first_reported"), None, missing)  # fmt: skip


def _gap_cell(told: Told, point: PathPoint, *under: str) -> Cell:
    how = told.view.prints["share"]._replace(signed=True)
    formula = Change(_key(told, point, "actual", *under), _key(told, point, "path", *under))
    return figure(point.gap, how, _key(told, point, "gap", *under), formula,
                  told.view.word("missing", "no_actual"))  # fmt: skip


def _basis(of: DeclinePath, base_year: int, year: int) -> str:
    if year == base_year:
        return "base"
    if any(anchor.target_year == year for anchor in of.targets):
        return "official"
    return "outcome" if any(a.target_year == year for a in of.outcomes) else "interpolated"


def _chart(told: Told, result: PathResult, disclosure: Disclosure) -> Lines:
    view, points = told.view, result.points
    ends = (result.base_year, result.target_year, result.year)
    reference = tuple(
        Point(p.year, _path_cell(told, p), p.year in ends,
              "between" if _basis(result.path, result.base_year, p.year) == "interpolated"
              else "firm")
        for p in points
    )  # fmt: skip
    actual = tuple(
        Point(p.year, _actual_cell(told, p, result.year), p.year == result.year)
        for p in points
        if p.actual is not None
    )
    first = tuple(Point(p.year, first_cell(told, disclosure, p.year)) for p in points
                  if disclosure.restated_in(p.year) is not None)  # fmt: skip
    now = next((p.cell.text for p in actual if p.x == result.year), "–")
    described = view.say(
        "path", "description", base=result.base_year, target=result.target_year,
        year=result.year, first=reference[0].cell.text, last=reference[-1].cell.text, actual=now,
    )  # fmt: skip
    return Lines(
        id="path_chart",
        title=view.say("titles", "path_chart"),
        description=described,
        unit=view.unit("intensity"),
        source=view.say("path", "source", id=result.path.id, sources="; ".join(_sources(result))),
        series=(
            Series(view.say("path", "series_path"), "reference", reference),
            *([Series(view.say("path", "series_first"), "earlier", first)] if first else ()),
            Series(view.say("path", "series_actual", standard=told.title), "actual", actual),
        ),
        legend=(
            ("firm", view.say("path", "legend_firm")),
            ("between", view.say("path", "legend_between")),
        ),
    )


def _sources(result: PathResult) -> tuple[str, ...]:
    anchors = (*result.path.targets, *result.path.outcomes)
    return tuple(dict.fromkeys(anchor.source for anchor in anchors))


def _table(told: Told, result: PathResult, disclosure: Disclosure) -> Table:
    view = told.view
    unit = view.unit("intensity")
    years = [p.year for p in result.points]
    restated = [r for r in disclosure.restated if r.period in years]
    rows = tuple(
        Row(
            (
                words(str(p.year)),
                words(view.say("basis", _basis(result.path, result.base_year, p.year))),
                _path_cell(told, p),
                *([first_cell(told, disclosure, p.year)] if restated else ()),
                _actual_cell(told, p, result.year),
                _gap_cell(told, p),
            ),
            "total" if p.year == result.year else "",
        )
        for p in result.points
    )
    return Table(
        id="path_table",
        title=view.say("titles", "path_table"),
        columns=(
            Column("year", view.say("columns", "year"), kind="text"),
            Column("basis", view.say("columns", "basis"), kind="text"),
            Column("path", view.say("columns", "path"), unit),
            *([Column("first", view.say("columns", "first"), unit)] if restated else ()),
            Column("actual", view.say("columns", "actual"), unit),
            Column("gap", view.say("columns", "gap")),
        ),
        rows=rows,
        notes=reasons(told.view, restated) + absences(rows, view.language) + told.remarks,
        context=told.title,
    )


def _notes(told: Told, result: PathResult, base: Base | None) -> Note:
    view, of = told.view, result.path
    confidence = view.word("confidences", of.confidence)
    anchors = "; ".join(a.citation for a in (*of.targets, *of.outcomes))
    wording = of.wording[view.language].rstrip("。.")
    paragraphs = (
        wording[:1].upper() + wording[1:] + ("。" if view.language == "zh" else "."),
        view.say("path", "official", text=of.official[view.language].rstrip("。.")),
        view.say("path", "interpolated", text=of.interpolated[view.language].rstrip("。.")),
        _from_base(told, result, base),
        view.say("path", "approach"),
        view.say("path", "money", balance=said(told.standard.balance_name, view.language)),
        ("" if view.language == "zh" else " ").join((
            view.say("path", "compared", standard=told.title),
            view.say("path", "confidence",
                     text=view.say("notes", "marked", text=confidence, mark=of.confidence)),
            view.say("path", "anchors", text=anchors),
        )),
    )  # fmt: skip
    return Note("path_notes", view.say("titles", "path_notes"), paragraphs, important=True)


def _from_base(told: Told, result: PathResult, base: Base | None) -> str:
    view = told.view
    return view.say(
        "path", "base_run" if base else "base_declared", year=result.base_year,
        first=_path_cell(told, result.points[0]).text, unit=view.unit("intensity"),
        run=base.run_id if base else "",
        coverage=base_coverage(told, base, base.coverage if base else None).text,
        now=told.cell("coverage", told.ledger.whole, ("total",)).text,
    )  # fmt: skip


def sector_paths(told: Told, disclosure: Disclosure) -> Table:
    """Each section against the path from its own base; a restated year as first reported too."""
    table = _sector_paths(told, disclosure)
    base = disclosure.base.run_id if disclosure.base else ""
    years = [r for r in disclosure.restated
             if r.period == disclosure.period or base.startswith(f"{r.period}-")]  # fmt: skip
    if not years:
        return table
    first = [first_told(told, disclosure, r.period) for r in years]
    ledgers = {r.period: rolled(t, "sector", section_of)
               for r, t in zip(years, first, strict=True) if t is not None}  # fmt: skip
    before = _as_first_reported(disclosure, ledgers)
    own = first_told(told, disclosure, disclosure.period) or told
    return beside(told.view, table, _sector_paths(replace(own, sheet=None), before), years)


def _as_first_reported(
    disclosure: Disclosure, first: Mapping[int, Mapping[str, Total]]
) -> Disclosure:
    """The sections' paths and what their base covered, from what was first reported."""
    results: dict[str, PathResult] = {}
    for section, result in disclosure.sector_paths.items():
        actuals = {p.year: p.actual for p in result.points if p.actual is not None}
        actuals |= {y: v for y, held in first.items()
                    if (v := held.get(section, Total()).intensity) or (
                        v is not None and y != result.base_year)}  # fmt: skip
        results[section] = hold_against(
            result.path, base_year=result.base_year, base_intensity=actuals[result.base_year],
            actuals=actuals, year=result.year,
        )  # fmt: skip
    base = disclosure.base
    year = next(iter(disclosure.sector_paths.values())).base_year
    if base is not None and year in first:
        base = replace(base, sections={s: t.coverage for s, t in first[year].items() if s})
    return replace(disclosure, sector_paths=results, base=base)


def _sector_paths(told: Told, disclosure: Disclosure) -> Table:
    view, unit = told.view, told.view.unit("intensity")
    first = next(iter(disclosure.sector_paths.values()))
    sections = rolled(told, "sector", section_of)
    rows = tuple(
        _sector_row(told, section, result, point, disclosure.base, sections.get(section, Total()))
        for section, result in sorted(disclosure.sector_paths.items())
        for point in result.points
        if point.year == result.year
    )
    return Table(
        id="sector_paths",
        title=view.say("titles", "sector_paths", year=disclosure.period),
        columns=(
            Column("section", view.word("dimensions", "section"), kind="text"),
            Column("base", view.say("columns", "base", year=first.base_year), unit),
            Column("actual", view.say("columns", "actual"), unit),
            Column("path", view.say("columns", "path"), unit),
            Column("gap", view.say("columns", "gap")),
            Column("cut", view.say("columns", "cut"), view.unit("yearly")),
            Column("coverage_base", view.say("columns", "coverage_base", year=first.base_year)),
            Column("coverage", view.say("columns", "coverage_now", year=disclosure.period)),
        ),
        rows=rows,
        notes=absences(rows, view.language) + told.remarks,
        context=told.title,
    )


def _sector_row(
    told: Told, section: str, result: PathResult, point: PathPoint, base: Base | None, total: Total
) -> Row:
    name = f"{section} {codes.sector_name(section, told.view.language)}"
    lacking = "target_year" if result.year == result.target_year else "no_actual"
    covered = base.sections.get(section) if base else None
    return Row((
        words(name),
        _path_cell(told, result.points[0], section),
        _actual_cell(told, point, -1, section),
        _path_cell(told, point, section),
        _gap_cell(told, point, section),
        cut_cell(told, result, told.key("path", section, "required_annual_cut"), lacking),
        base_coverage(told, base, covered, section),
        told.cell("coverage", total, ("section", section), (("sector", f"{section}*"),)),
    ))  # fmt: skip
