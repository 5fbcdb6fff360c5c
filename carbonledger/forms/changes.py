"""The form "changes": what moved financed emissions and intensity from one run to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial

from carbonledger.analysis.comparison import Comparison, Mover, StandardChange
from carbonledger.analysis.decomposition import shown
from carbonledger.cells import Cell, Print, figure, words
from carbonledger.figures import View, key_of, said
from carbonledger.form import (
    Block,
    Column,
    Figure,
    Figures,
    Form,
    Note,
    Row,
    Section,
    Table,
    Waterfall,
)
from carbonledger.issues import Language
from carbonledger.totals import money_name, prints
from carbonledger.words import names

REGISTER = "form-changes"
INTENSITY = Print("g/fen", 1, 6)
CHANGE = "change@"
"""What the second part of a key begins with, before the run that the change is from."""


def form(comparison: Comparison, language: Language) -> Form:
    """The comparison of two runs as data, in one language."""
    grams = max((max(c.split.before, c.split.after) for c in comparison.changes), default=0)
    view = View(language, money_name(comparison.currency, language), prints(grams, 0), REGISTER)
    (before, first), (after, last) = comparison.before, comparison.after
    facts = {"before": before, "after": after, "currency": comparison.currency}
    return Form(
        id="changes",
        language=language,
        title=view.say("form", "title"),
        entity=said(comparison.entity, language),
        subtitle=view.say("form", "subtitle", before=before, first=first, after=after, last=last),
        facts=tuple((view.say("facts", name), value) for name, value in facts.items()),
        sections=(*(_section(view, comparison, c) for c in comparison.changes),
                  _treatment(view, comparison)),
        phrases={n: view.say("form", n) for n in names("form", REGISTER)
                 if n not in ("title", "subtitle")},
    )  # fmt: skip


def _section(view: View, comparison: Comparison, change: StandardChange) -> Section:
    title = said(change.title, view.language)
    blocks: tuple[Block, ...] = (
        _figures(view, comparison, change),
        _waterfall(view, comparison, change),
        _effects(view, comparison, change),
        *_movers(view, comparison, change),
    )
    return Section(change.standard, title, title, blocks, view.say("leads", "standard"))


def _key_of(comparison: Comparison, change: StandardChange) -> Callable[..., str]:
    """The keys that ``explain`` takes, asked of the later run; they name the earlier one."""
    return partial(key_of, change.standard, f"{CHANGE}{comparison.before[0]}")


def _grams(view: View, value: int | None, key: str | None, *, signed: bool = False) -> Cell:
    how = view.prints["grams"]
    return figure(value, how._replace(signed=True) if signed else how, key)


def _intensity(value: Fraction | None, key: str, *, signed: bool = False) -> Cell:
    return figure(value, INTENSITY._replace(signed=signed), key)


def _figures(view: View, comparison: Comparison, change: StandardChange) -> Figures:
    key = _key_of(comparison, change)
    split, per = change.split, view.unit("intensity")
    first, last = split.intensity_before, split.intensity_after
    moved = None if first is None or last is None else last - first
    named = [("before", comparison.before[1], split.before, first),
             ("after", comparison.after[1], split.after, last)]  # fmt: skip
    tonnes = view.unit("grams")
    items = [
        Figure(view.say("titles", "emissions", period=period), tonnes,
               _grams(view, grams, key(name, "scope12")))
        for name, period, grams, _ in named
    ]  # fmt: skip
    change_cell = _grams(view, split.after - split.before, key("scope12"), signed=True)
    items.append(Figure(view.say("titles", "emissions_change"), tonnes, change_cell))
    items += [
        Figure(view.say("titles", "intensity", period=period), per,
               _intensity(value, key(name, "intensity")))
        for name, period, _, value in named
    ]  # fmt: skip
    items.append(Figure(view.say("titles", "intensity_change"), per,
                        _intensity(moved, key("intensity"), signed=True)))  # fmt: skip
    return Figures(f"figures-{change.standard}", view.say("titles", "figures"), "", tuple(items))


def _waterfall(view: View, comparison: Comparison, change: StandardChange) -> Waterfall:
    key = _key_of(comparison, change)
    split = change.split
    (before, first), (after, last) = comparison.before, comparison.after
    return Waterfall(
        f"waterfall-{change.standard}",
        view.say("titles", "waterfall"),
        view.say("titles", "description"),
        view.unit("grams"),
        view.say("titles", "source", before=before, after=after),
        (view.say("titles", "emissions", period=first),
         _grams(view, split.before, key("before", "scope12"))),
        tuple((view.say("effects", e),
               _grams(view, split.grams[e], key(e, "scope12"), signed=True))
              for e in shown(split.grams)),
        (view.say("titles", "emissions", period=last),
         _grams(view, split.after, key("after", "scope12"))),
    )  # fmt: skip


def _effects(view: View, comparison: Comparison, change: StandardChange) -> Table:
    """Every effect, also those that were not at work: a zero is a finding."""
    key = _key_of(comparison, change)
    split = change.split
    moved = split.after - split.before
    before, after = split.intensity_before, split.intensity_after
    rows = [
        Row((words(view.say("effects", e)),
             *_effect(view, key, change, e, split.grams[e],
                      None if split.intensity is None else split.intensity[e])))
        for e in split.grams
    ]  # fmt: skip
    whole = None if before is None or after is None else after - before
    rows.append(Row((words(view.say("titles", "change")),
                     *_effect(view, key, change, "", moved, whole)), "total"))  # fmt: skip
    return Table(
        f"effects-{change.standard}",
        view.say("titles", "effects"),
        (
            Column("effect", view.say("columns", "effect"), kind="text"),
            Column("emissions", view.say("columns", "emissions"), view.unit("grams")),
            Column("share", view.say("columns", "share")),
            Column("intensity", view.say("columns", "intensity"), view.unit("intensity")),
            Column("positions", view.say("columns", "positions")),
        ),
        tuple(rows),
        (view.say("titles", "common", count=f"{change.positions['common']:,}"),),
        context=said(change.title, view.language),
    )


def _effect(
    view: View, key: Callable[..., str], change: StandardChange, name: str, grams: int,
    intensity: Fraction | None,
) -> tuple[Cell, ...]:  # fmt: skip
    before = change.split.before
    at = (name,) if name else ()
    part = Fraction(grams, before) if before else None
    count = change.positions.get(name)
    return (
        _grams(view, grams, key(*at, "scope12"), signed=True),
        figure(part, view.prints["share"]._replace(signed=True), key(*at, "share")),
        _intensity(intensity, key(*at, "intensity"), signed=True),
        words("") if count is None else figure(count, view.prints["rows"],
                                               key(*at, "rows")),
    )  # fmt: skip


def _movers(view: View, comparison: Comparison, change: StandardChange) -> list[Table]:
    tables = []
    listed = {"positions": change.largest_positions, "borrowers": change.largest_borrowers}
    for name, movers in listed.items():
        if movers:
            tables.append(_table(view, comparison, change, name, movers))
    return tables


def _table(
    view: View, comparison: Comparison, change: StandardChange, name: str, movers: Sequence[Mover]
) -> Table:
    key = _key_of(comparison, change)
    positions = name == "positions"
    tonnes = view.unit("grams")
    columns = [
        Column("id", view.say("columns", name.rstrip("s")), kind="text"),
        Column("before", view.say("titles", "before"), tonnes),
        Column("after", view.say("titles", "after"), tonnes),
        Column("change", view.say("titles", "change"), tonnes),
    ]
    columns += [Column("main", view.say("columns", "main"), kind="text")] if positions else []
    rows = []
    for mover in movers:
        at = key(name, *filter(None, (mover.book,)), mover.id)
        grams = [_grams(view, value, f"{at}/{side}") for side, value in
                 (("before", mover.before), ("after", mover.after))]  # fmt: skip
        cells = [words(mover.id), *grams,
                 _grams(view, mover.change, f"{at}/change", signed=True)]  # fmt: skip
        cells += [words(view.say("effects", mover.effect))] if positions else []
        rows.append(Row(tuple(cells)))
    return Table(f"{name}-{change.standard}", view.say("titles", name), tuple(columns),
                 tuple(rows), context=said(change.title, view.language))  # fmt: skip


def _treatment(view: View, comparison: Comparison) -> Section:
    title = view.say("sections", "treatment")
    told = tuple(view.say("treatment", n) for n in names("treatment", REGISTER))
    blocks = [Note("treatment", view.say("titles", "treatment"), told)]
    if comparison.remarks:
        said_ = tuple(view.say("remarks", n) for n in comparison.remarks)
        blocks.insert(0, Note("remarks", view.say("titles", "remarks"), said_, important=True))
    return Section("treatment", title, title, tuple(blocks), view.say("leads", "treatment"))
