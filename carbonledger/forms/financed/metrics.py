"""Portfolio metrics beside the ledgers: TCFD by basis, carbon-related assets, changed values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from carbonledger.analysis import metrics as made
from carbonledger.analysis.disclosure import Disclosure
from carbonledger.cells import Cell, figure, words
from carbonledger.figures import View, said
from carbonledger.footprint import Footprint
from carbonledger.form import Block, Column, Row, Table

ROWS: Mapping[str, tuple[str, Callable[[Footprint], int | Fraction | None]]] = {
    "value_covered": ("money", lambda f: f.value),
    "weight_covered": ("share", made.covered),
    "total_carbon": ("grams", lambda f: f.grams if f.rows else None),
    "carbon_footprint": ("intensity", made.carbon_footprint),
    "carbon_intensity": ("intensity", made.carbon_intensity),
}
"""Each metric, how it prints, and how it is made."""


def metrics(view: View, disclosure: Disclosure) -> list[Block]:
    """The tables that have anything to show."""
    blocks: list[Block] = []
    if disclosure.footprints:
        blocks.append(_tcfd(view, disclosure))
    if disclosure.accounts and made.exposure(disclosure.accounts[0].ledger).portfolio:
        blocks.append(_exposure(view, disclosure))
    adjusted = made.adjustment(disclosure.footprints, disclosure.base_footprint)
    if adjusted is not None:
        blocks.append(_adjusted(view, adjusted))
    return blocks


def _cell(view: View, value: int | Fraction | None, how: str, *key: str) -> Cell:
    missing = view.word("missing", "nothing_computed") if value is None else ""
    return figure(value, view.prints[how], "/".join(key), None, missing)


def _head(view: View, *more: Column) -> tuple[Column, ...]:
    return (Column("measure", view.say("titles", "measure"), kind="text"),
            Column("unit", view.say("columns", "unit"), kind="text"), *more)  # fmt: skip


def _unit(view: View, name: str, how: str) -> str:
    return view.unit("waci" if name == "carbon_intensity" else how)


def _tcfd(view: View, disclosure: Disclosure) -> Table:
    bases = [name for name in made.BASES if name in disclosure.footprints]
    rows = [
        Row((words(view.say("metrics", name)), words(_unit(view, name, how)),
             *(_cell(view, of(disclosure.footprints[b]), how, "tcfd", b, name) for b in bases)))
        for name, (how, of) in ROWS.items()
    ]  # fmt: skip
    return Table(
        id="tcfd",
        title=view.say("titles", "tcfd"),
        columns=_head(view, *(Column(b, view.say("metrics", b)) for b in bases)),
        rows=tuple(rows),
        notes=(view.say("notes", "tcfd"),),
    )


def _exposure(view: View, disclosure: Disclosure) -> Table:
    account = disclosure.accounts[0]
    found = made.exposure(account.ledger)
    values = {"carbon_related": found.related, "partly_related": found.partly,
              "sector_unknown": found.unknown, "portfolio": found.portfolio}  # fmt: skip
    title = said(account.standard.title, view.language)
    rows = [
        Row((words(view.say("metrics", name)), _cell(view, fen, "money", "exposure", name),
             _cell(view, made.ratio(fen, found.portfolio), "share", "exposure", name, "share")))
        for name, fen in values.items()
    ]  # fmt: skip
    return Table(
        id="exposure",
        title=view.say("titles", "exposure"),
        columns=(Column("measure", view.say("titles", "measure"), kind="text"),
                 Column("book", view.word("measures", "book"), view.unit("money")),
                 Column("share", view.word("measures", "share_of_book"))),
        rows=tuple(rows),
        notes=(view.say("notes", "exposure", standard=title),),
    )  # fmt: skip


def _adjusted(view: View, found: made.Adjustment) -> Table:
    rows = [
        Row((words(view.say("metrics", name)),
             _cell(view, plain, "intensity", "evic_adjustment", name, "unadjusted"),
             _cell(view, adjusted, "intensity", "evic_adjustment", name, "adjusted")))
        for name, plain, adjusted in (("now", found.now, found.adjusted_now),
                                      ("base", found.base, found.adjusted_base))
    ]  # fmt: skip
    share = _cell(view, found.covered, "share", "evic_adjustment", "coverage").text
    factor = _cell(view, found.factor, "intensity", "evic_adjustment", "factor").text
    unit = view.unit("intensity")
    return Table(
        id="evic_adjustment",
        title=view.say("titles", "evic_adjustment"),
        columns=(Column("measure", view.say("titles", "measure"), kind="text"),
                 Column("unadjusted", view.say("metrics", "unadjusted"), unit),
                 Column("adjusted", view.say("metrics", "adjusted"), unit)),
        rows=tuple(rows),
        notes=(view.say("notes", "evic_adjustment", factor=factor, share=share),),
    )  # fmt: skip
