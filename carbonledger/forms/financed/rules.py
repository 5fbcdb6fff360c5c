"""How it was worked out: the rules of each standard in words."""

from __future__ import annotations

from collections.abc import Sequence

from carbonledger.cells import words
from carbonledger.figures import Told, View, said
from carbonledger.form import Block, Column, Note, Row, Table
from carbonledger.forms.financed.quality import numbered
from carbonledger.method import AssetClass, Option
from carbonledger.totals import NONE
from carbonledger.words import cited


def rules(told: Sequence[Told]) -> list[Block]:
    """Each standard's own words, its attribution rules and its estimates in their order."""
    return [block for one in told for block in (_basis(one), _shares(one), _estimates(one))]


def _basis(told: Told) -> Note:
    view, standard = told.view, told.standard
    return Note(
        f"basis-{standard.id}",
        told.title,
        (
            view.say("notes", "choice", text=cited(standard.citation, view.language)),
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
            Row((words(_named(page, view)), words(order), words(rule),
                 words(cited(page.citation, view.language))))
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
            label = label if numbered(label) else NONE
            named = (str(k), label, _rule(option, told), str(score) if score else NONE)
            uses.setdefault(named, []).append(_named(page, view))
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


def _named(page: AssetClass, view: View) -> str:
    """A class of the standard as a heading."""
    title = said(page.title, view.language)
    return title[:1].upper() + title[1:]


def _rule(option: Option, told: Told) -> str:
    return said(option.text, told.view.language)
