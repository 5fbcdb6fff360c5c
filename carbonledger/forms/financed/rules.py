"""How it was worked out: the rules of each standard in words, and the factors that answered."""

from __future__ import annotations

from collections.abc import Sequence

from carbonledger.analysis.disclosure import FactorUse
from carbonledger.figures import NONE, Told, View, said
from carbonledger.form import Block, Cell, Column, Note, Row, Table, figure, words
from carbonledger.method import Option
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
        for k, option in enumerate(page.estimates + page.without_share, 1):
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
    return [_sets(view, used), _values(view, used)] if used else []


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


def _values(view: View, used: Sequence[FactorUse]) -> Table:
    columns = _columns(view, "kind", "keys", "years", "value", "unit", "published", "confidence",
                       "page_no", "set")  # fmt: skip
    ordered = sorted(used, key=lambda u: (u.row.kind, u.row.set_id, u.row.keys, u.row.year))
    return Table(
        id="factor_values",
        title=view.say("titles", "factor_values"),
        columns=(*columns, Column("entities", view.say("columns", "entities"))),
        rows=tuple(_value_row(view, k, use) for k, use in enumerate(ordered, 1)),
        notes=_first_known(view, used),
    )


def _value_row(view: View, number: int, use: FactorUse) -> Row:
    row = use.row
    cells: list[Cell] = [
        words(_kind(view, row.kind)),
        words(" ".join(value for _, value in row.keys)),
        words(str(row.year)),
        Cell(row.value, row.value, key=f"factors/{number}/value"),
        words(row.unit),
        words(_published(use)),
        words(_confidence(view, row.confidence)),
        words(row.page or NONE),
        words(row.set_id),
    ]
    count = figure(use.entities, view.prints["rows"], f"factors/{number}/entities")
    return Row((*cells, count))
