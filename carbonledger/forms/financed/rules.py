"""How it was worked out: the rules of each standard in words, and the factors that answered."""

from __future__ import annotations

from collections.abc import Sequence

from carbonledger import codes
from carbonledger.analysis.disclosure import FactorUse
from carbonledger.cells import Cell, figure, words
from carbonledger.figures import Told, View, said
from carbonledger.form import Block, Column, Note, Row, Table
from carbonledger.method import Option
from carbonledger.totals import NONE
from carbonledger.words import names


def rules(told: Sequence[Told]) -> list[Block]:
    """Each standard's own words, its attribution rules and its estimates in their order."""
    return [block for one in told for block in (_basis(one), _shares(one), _estimates(one))]


def _basis(told: Told) -> Note:
    view, standard = told.view, told.standard
    return Note(
        f"basis-{standard.id}",
        told.title,
        (
            view.say("notes", "choice", text=standard.citation),
            view.say("path", "confidence",
                     text=said(standard.confidence, view.language).rstrip("。.")),
        ),
    )  # fmt: skip


def _shares(told: Told) -> Table:
    view = told.view
    lines = [
        (page, str(k), said(share.text, view.language))
        for page in told.standard.pages
        for k, share in enumerate(page.shares, 1)
    ]
    return Table(
        id=f"shares-{told.standard.id}",
        title=view.say("titles", "shares"),
        columns=_columns(view, "page", "order", "rule", "citation"),
        rows=tuple(
            Row((words(said(page.title, view.language)), words(order), words(rule),
                 words(page.citation)))
            for page, order, rule in lines
        ),
        context=told.title,
    )  # fmt: skip


def _columns(view: View, *named: str) -> tuple[Column, ...]:
    return tuple(Column(name, view.say("columns", name), kind="text") for name in named)


def _estimates(told: Told) -> Table:
    view = told.view
    uses: dict[tuple[str, str, str, str], list[str]] = {}
    for page in told.standard.pages:
        for option in page.estimates + page.without_share:
            k = told.standard.option_names.index(option.name) + 1
            label, score = page.scores.get(option.name, ("", 0))
            score = score or option.score or 0
            named = (str(k), label, _rule(option, told), str(score) if score else NONE)
            uses.setdefault(named, []).append(said(page.title, view.language))
    rows = sorted(uses.items(), key=lambda item: (int(item[0][0]), item[0]))
    scored = told.standard.scored
    columns = _columns(view, "order", "label", "rule", "score", "applies")
    shown = [0, 1, 2, 3, 4] if scored else [0, 2, 4]
    comma = "、" if view.language == "zh" else ", "
    return Table(
        id=f"estimates-{told.standard.id}",
        title=view.say("titles", "estimates"),
        columns=tuple(columns[k] for k in shown),
        rows=tuple(
            Row(tuple(words((*named, comma.join(pages))[k]) for k in shown))
            for named, pages in rows
        ),
        context=told.title,
    )


def _rule(option: Option, told: Told) -> str:
    return said(option.text, told.view.language)


def factors(view: View, used: Sequence[FactorUse]) -> list[Block]:
    """The sources of the factors, then every value that answered."""
    if not used:
        return []
    of = dict.fromkeys((use.row.kind, use.row.set_id) for use in sorted(used, key=_place))
    return [_sets(view, used), *(_values(view, used, *each) for each in of)]


def _kind(view: View, kind: str) -> str:
    return view.word("kinds", kind) if kind in names("kinds") else kind


def _confidence(view: View, name: str) -> str:
    return f"{name} ({view.word('confidences', name)})" if name in names("confidences") else name


def _source(view: View, use: FactorUse) -> str:
    source = use.row.source
    comma = "，" if view.language == "zh" else ", "
    parts = (said(source.publisher, view.language), said(source.document, view.language),
             source.licence)  # fmt: skip
    return comma.join(filter(None, parts))


def _published(use: FactorUse) -> str:
    return f"{use.row.published}{'' if use.row.published_basis == 'stated' else '*'}"


def _span(values: Sequence[str]) -> str:
    first, last = min(values), max(values)
    return first if first == last else f"{first}{NONE}{last}"


def _first_known(view: View, used: Sequence[FactorUse]) -> tuple[str, ...]:
    unstated = any(use.row.published_basis != "stated" for use in used)
    return (view.say("notes", "first_known"),) if unstated else ()


def _sets(view: View, used: Sequence[FactorUse]) -> Table:
    groups: dict[tuple[str, str, str], list[FactorUse]] = {}
    for use in used:
        groups.setdefault((use.row.set_id, use.row.kind, use.row.source.id), []).append(use)
    columns = _columns(view, "kind", "source", "years", "published", "confidence", "unit")
    counts = (Column("values", view.say("columns", "values")),
              Column("entities", view.say("columns", "entities")))  # fmt: skip
    return Table(
        id="factor_sets",
        title=view.say("titles", "factor_sets"),
        columns=(*columns, *counts),
        rows=tuple(_set_row(view, key, uses) for key, uses in sorted(groups.items())),
        notes=_first_known(view, used),
    )


def _set_row(view: View, key: tuple[str, str, str], uses: list[FactorUse]) -> Row:
    rows = [use.row for use in uses]
    at = "/".join(("factors", *(part.replace("/", "%2F") for part in key)))
    confidence = sorted({row.confidence for row in rows})
    how = view.prints["rows"]
    return Row((
        words(_kind(view, key[1])),
        words(_source(view, uses[0])),
        words(_span([str(row.year) for row in rows])),
        words(_span([_published(use) for use in uses])),
        words("; ".join(_confidence(view, name) for name in confidence)),
        words("; ".join(sorted({row.unit for row in rows}))),
        figure(len(rows), how, f"{at}/values"),
        figure(sum(use.entities for use in uses), how, f"{at}/entities"),
    ))  # fmt: skip


def _place(use: FactorUse) -> tuple[object, ...]:
    row = use.row
    return (row.kind, row.set_id, row.keys, row.year)


def _values(view: View, used: Sequence[FactorUse], kind: str, set_id: str) -> Table:
    """Every value of one set that answered, under the name of the set."""
    held = [use for use in used if (use.row.kind, use.row.set_id) == (kind, set_id)]
    names = ("keys", "value", "unit", "years", "published", "confidence", "page_no")
    return Table(
        id=f"factor_values-{set_id}",
        title=view.say("titles", "factor_values", kind=_kind(view, kind)),
        columns=(*_columns(view, *names), Column("entities", view.say("columns", "entities"))),
        rows=tuple(_value_row(view, use) for use in sorted(held, key=_place)),
        notes=_first_known(view, held),
        context=set_id,
    )


def _value_row(view: View, use: FactorUse) -> Row:
    row = use.row
    code = ":".join(value for _, value in row.keys).replace("/", "%2F")
    at = f"factors/{row.set_id}/{code}/{row.year}"
    return Row((
        words(" · ".join(filter(None, (_key(view, *pair) for pair in row.keys)))),
        Cell(row.value, row.value, key=f"{at}/value"),
        words(row.unit),
        words(str(row.year)),
        words(_published(use)),
        words(row.confidence),
        words(row.page or NONE),
        figure(use.entities, view.prints["rows"], f"{at}/entities"),
    ))  # fmt: skip


def _key(view: View, name: str, value: str) -> str:
    """A key of a factor as a reader knows it."""
    if name == "sector":
        return f"{value} {codes.sector_name(value, view.language)}"
    if name == "region":
        return codes.region_name(value, view.language)
    if name == "scope" and value in "123":
        return view.word("measures", f"scope{value}")
    return "" if name == "dimension" else value
