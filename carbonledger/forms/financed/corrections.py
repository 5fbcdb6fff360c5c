"""What people changed before the books were checked, and the rows that the run goes on without."""

from __future__ import annotations

from carbonledger.analysis.disclosure import Corrected, Disclosure
from carbonledger.books.titles import column_title
from carbonledger.cells import figure, printed, words
from carbonledger.figures import View
from carbonledger.form import Block, Column, Row, Table


def corrections(view: View, disclosure: Disclosure) -> list[Block]:
    """Every corrected cell: old, new, who, why, evidence; and its money where it is an amount."""
    if not disclosure.corrections:
        return []
    how, unit = view.prints["money"], view.unit("money")
    balances = [c.effect for c in disclosure.corrections if c.column == "outstanding_amount"]
    money = printed(sum(e for e in balances if e is not None), how)
    count = str(len(disclosure.corrections))
    return [Table(
        id="corrections",
        title=view.say("titles", "corrections"),
        columns=(
            *(_text(view, n) for n in ("book", "id", "column", "old", "new")),
            Column("effect", view.say("columns", "effect"), unit),
            *(_text(view, n) for n in ("who", "why", "evidence", "place")),
        ),
        rows=tuple(_row(view, k, one) for k, one in enumerate(disclosure.corrections, 1)),
        notes=(view.say("notes", "corrections_effect", count=count, money=money, unit=unit),),
    )]  # fmt: skip


def _text(view: View, name: str) -> Column:
    return Column(name, view.say("columns", name), kind="text")


def _row(view: View, number: int, one: Corrected) -> Row:
    title = column_title(one.column, view.language, one.book)
    before = (view.word("books", one.book), one.id, title, one.old, one.new)
    effect = figure(one.effect, view.prints["money"], f"corrections/{number}/effect")
    after = (one.who, one.why, one.evidence, one.place)
    return Row((*map(words, before), effect, *map(words, after)))


def left_out(view: View, disclosure: Disclosure) -> list[Block]:
    """How many rows of which book were refused while the rest went on."""
    if not disclosure.left_out:
        return []
    how = view.prints["rows"]
    return [Table(
        id="left_out",
        title=view.say("titles", "left_out"),
        columns=(_text(view, "book"), Column("rows", view.say("columns", "rows")),
                 _text(view, "codes")),
        rows=tuple(
            Row((words(view.word("books", one.book)),
                 figure(one.rows, how, f"left_out/{one.book}/rows"),
                 words(", ".join(one.codes))))
            for one in disclosure.left_out
        ),
        notes=(view.say("notes", "left_out"),),
    )]  # fmt: skip
