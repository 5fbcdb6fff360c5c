"""The emission factors that answered: their sets with sources, then value by value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from carbonledger import codes
from carbonledger.analysis.disclosure import Disclosure, FactorSetWords, FactorUse
from carbonledger.cells import Cell, figure, words
from carbonledger.factors import FactorRow
from carbonledger.factors.lookup import NEEDS_LEAVE
from carbonledger.factors.naming import licence_named, unit_named
from carbonledger.figures import View, said
from carbonledger.form import Block, Column, Row, Table
from carbonledger.registers import rows as register
from carbonledger.totals import NONE
from carbonledger.words import names

Sets = Mapping[str, FactorSetWords]


def factors(view: View, disclosure: Disclosure) -> list[Block]:
    """The sources of the factors, then every value that answered."""
    used, sets = disclosure.factors, disclosure.factor_sets
    if not used:
        return []
    of = dict.fromkeys((use.row.kind, use.row.set_id) for use in sorted(used, key=_place))
    return [_sets(view, used, sets), *(_values(view, used, sets, *each) for each in of)]


def _title(view: View, sets: Sets, set_id: str) -> str:
    return said(sets[set_id].title, view.language) if set_id in sets else set_id


def _kind(view: View, kind: str) -> str:
    return view.word("kinds", kind) if kind in names("kinds") else kind


def _confidence(view: View, name: str) -> str:
    if name not in names("confidences"):
        return name
    return view.say("notes", "marked", text=view.word("confidences", name), mark=name)


def _columns(view: View, *named: str) -> tuple[Column, ...]:
    return tuple(Column(name, view.say("columns", name), kind="text") for name in named)


def _source(view: View, use: FactorUse) -> str:
    source = use.row.source
    comma = "，" if view.language == "zh" else ", "
    parts = (said(source.publisher, view.language), said(source.document, view.language),
             licence_named(source.licence, view.language))  # fmt: skip
    return comma.join(filter(None, parts))


def _unit(view: View, row: FactorRow) -> str:
    return unit_named(row.unit, row.currency, view.language)


def _published(use: FactorUse) -> str:
    return f"{use.row.published}{'' if use.row.published_basis == 'stated' else '*'}"


def _span(values: Sequence[str]) -> str:
    first, last = min(values), max(values)
    return first if first == last else f"{first}{NONE}{last}"


def _first_known(view: View, used: Sequence[FactorUse]) -> tuple[str, ...]:
    unstated = any(use.row.published_basis != "stated" for use in used)
    return (view.say("notes", "first_known"),) if unstated else ()


def _unsure(view: View, used: Sequence[FactorUse]) -> tuple[str, ...]:
    unsure = any(use.row.confidence in NEEDS_LEAVE for use in used)
    return (view.say("notes", "unsure_factors"),) if unsure else ()


def _sets(view: View, used: Sequence[FactorUse], sets: Sets) -> Table:
    groups: dict[tuple[str, str, str], list[FactorUse]] = {}
    for use in used:
        groups.setdefault((use.row.set_id, use.row.kind, use.row.source.id), []).append(use)
    columns = _columns(view, "set", "source", "years", "published", "confidence", "unit")
    counts = (Column("values", view.say("columns", "values")),
              Column("entities", view.say("columns", "entities")))  # fmt: skip
    return Table(
        id="factor_sets",
        title=view.say("titles", "factor_sets"),
        columns=(*columns, *counts),
        rows=tuple(_set_row(view, key, uses, sets) for key, uses in sorted(groups.items())),
        notes=_first_known(view, used) + _unsure(view, used),
    )


def _set_row(
    view: View, key: tuple[str, str, str], uses: list[FactorUse], sets: Sets
) -> Row:  # fmt: skip
    rows = [use.row for use in uses]
    at = "/".join(("factors", *(part.replace("/", "%2F") for part in key)))
    confidence = sorted({row.confidence for row in rows})
    how = view.prints["rows"]
    return Row((
        words(_title(view, sets, key[0])),
        words(_source(view, uses[0])),
        words(_span([str(row.year) for row in rows])),
        words(_span([_published(use) for use in uses])),
        words("; ".join(_confidence(view, name) for name in confidence)),
        words("; ".join(sorted({_unit(view, row) for row in rows}))),
        figure(len(rows), how, f"{at}/values"),
        figure(sum(use.entities for use in uses), how, f"{at}/entities"),
    ))  # fmt: skip


def _place(use: FactorUse) -> tuple[object, ...]:
    row = use.row
    return (row.kind, row.set_id, row.keys, row.year)


def _values(
    view: View, used: Sequence[FactorUse], sets: Sets, kind: str, set_id: str
) -> Table:  # fmt: skip
    """Every value of one set that answered, under the name of the set."""
    held = [use for use in used if (use.row.kind, use.row.set_id) == (kind, set_id)]
    paged = any(use.row.page for use in held)
    shown = ("keys", "value", "unit", "years", "published", "confidence",
             *(("page_no",) if paged else ()))  # fmt: skip
    caveats = sorted({use.row.caveat for use in held if use.row.caveat})
    return Table(
        id=f"factor_values-{set_id}",
        title=view.say("titles", "factor_values", kind=_kind(view, kind)),
        columns=(*_columns(view, *shown), Column("entities", view.say("columns", "entities"))),
        rows=tuple(_value_row(view, use, caveats, paged) for use in sorted(held, key=_place)),
        notes=(
            *_first_known(view, held),
            *_unsure(view, held),
            *_said(view, sets.get(set_id), caveats),
        ),
        context=_title(view, sets, set_id),
    )


def _said(view: View, about: FactorSetWords | None, caveats: Sequence[str]) -> tuple[str, ...]:
    """The caveats of values that answered, by their marks, then what holds for the whole set."""
    if about is None:
        return ()
    marked = [f"[{k}] {said(about.caveats[name], view.language)}"
              for k, name in enumerate(caveats, 1) if name in about.caveats]  # fmt: skip
    note = said(about.note, view.language)
    return (*marked, *([view.say("notes", "about_set", text=note)] if note else []))


def _value_row(view: View, use: FactorUse, caveats: Sequence[str], paged: bool) -> Row:
    row = use.row
    mark = f" [{caveats.index(row.caveat) + 1}]" if row.caveat else ""
    keys = " · ".join(filter(None, (_key(view, *pair) for pair in row.keys)))
    code = ":".join(value for _, value in row.keys).replace("/", "%2F")
    at = f"factors/{row.set_id}/{code}/{row.year}"
    return Row((
        words(keys + mark),
        Cell(row.value, row.value, key=f"{at}/value"),
        words(_unit(view, row)),
        words(str(row.year)),
        words(_published(use)),
        words(_confidence(view, row.confidence)),
        *((words(row.page or NONE),) if paged else ()),
        figure(use.entities, view.prints["rows"], f"{at}/entities"),
    ))  # fmt: skip


def _key(view: View, name: str, value: str) -> str:
    """A key of a factor as a reader knows it."""
    if name == "sector":
        return f"{value} {codes.sector_name(value, view.language)}"
    if name == "region":
        return codes.region_name(value, view.language)
    if name == "activity":
        return next((r[f"name_{view.language}"] for r in register("activities")
                     if r["activity"] == value), value)  # fmt: skip
    if name == "scope" and value in "123":
        return view.word("measures", f"scope{value}")
    return "" if name == "dimension" else value
