"""What became of every position: outcomes that add up to the book, reasons, flags, warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from carbonledger.analysis.disclosure import Disclosure
from carbonledger.cells import Cell, Criterion, Ratio, figure, words
from carbonledger.figures import Line, Told, View, absences
from carbonledger.form import Block, Column, Row, Stack, Table
from carbonledger.intake.links import JOINED_BY
from carbonledger.issues import Issue
from carbonledger.ledger import Total
from carbonledger.method import Flag
from carbonledger.outcomes import REASONS, STATUSES, status_of
from carbonledger.totals import AMOUNT, NONE, Slice

PARTS = ("computed", "not_covered", "excluded")


def coverage(told: Sequence[Told]) -> list[Block]:
    """The chart of all standards, then each one's outcomes and reasons."""
    blocks: list[Block] = [_chart(told)] if any(t.ledger.whole.book for t in told) else []
    for one in told:
        blocks.append(_outcomes(one))
        if set(one.ledger.by.get("reason", {})) - {""}:
            blocks.append(_reasons(one))
        if set(one.ledger.by.get("joined_by", {})) - {"", "code"}:
            blocks.append(_joins(one))
    return blocks


def _joins(told: Told) -> Table:
    """How positions met their borrower or project, where it was not by code alone."""
    view, totals = told.view, told.ledger.by["joined_by"]
    lines = [
        Line(by, view.word("joined_by", by) if by else view.word("without", "joined_by"),
             totals[by], (("joined_by", by or NONE),))
        for by in (*JOINED_BY, "") if by in totals
    ]  # fmt: skip
    shown = ("rows", "book", "computed", "coverage", "scope12")
    return told.table("joined_by", [*lines, told.whole()], measures=shown)


def _chart(told: Sequence[Told]) -> Stack:
    view = told[0].view
    parts = [*PARTS, "refused"] if any(t.ledger.whole.rows_refused for t in told) else PARTS
    bars = tuple(
        (t.title, tuple(_share(t, part, (("status", part),), ("status", part)) for part in parts))
        for t in told
        if t.ledger.whole.book
    )
    return Stack(
        id="coverage_chart",
        title=view.say("titles", "coverage_chart"),
        description=view.say("notes", "stack" if parts is PARTS else "stack_refused"),
        unit=view.word("measures", "share_of_book"),
        source=" · ".join(t.title for t in told),
        parts=tuple(view.word("statuses", part) for part in parts),
        bars=bars,
    )


def _money(total: Total, part: str) -> int:
    money: int = getattr(total, part)
    return money


def _share(
    told: Told, part: str, where: tuple[tuple[str, Criterion], ...], at: tuple[str, ...],
    total: Total | None = None,
) -> Cell:  # fmt: skip
    """Money of one outcome over the whole book."""
    whole = told.ledger.whole
    value = Fraction(_money(total or whole, part), whole.book) if whole.book else None
    formula = Ratio(Slice(told.sheet, where).sum(AMOUNT), Slice(told.sheet).sum(AMOUNT))
    return figure(
        value, told.view.prints["share"], told.key(*at, "share_of_book"),
        formula if told.sheet else None, told.view.word("missing", "no_base"),
    )  # fmt: skip


def _unpriced(told: Told) -> tuple[str, ...]:
    """That rows without an exchange rate are in no money, where there are any."""
    rows = told.ledger.whole.rows_unpriced
    return (told.view.say("notes", "unpriced", rows=f"{rows:,}"),) if rows else ()


def _of_refused(told: Told) -> str:
    """Whether the run left refused rows out, and how much money of them nobody could read."""
    whole = told.ledger.whole
    if not whole.rows_refused:
        return told.view.say("notes", "no_refused")
    words_ = {"rows": f"{whole.rows_refused:,}", "unread": f"{whole.rows_refused_unpriced:,}"}
    return told.view.say("notes", "refused", **words_)


def _outcomes(told: Told) -> Table:
    view, whole = told.view, told.ledger.whole
    rows = [_outcome(told, status) for status in STATUSES]
    share = figure(Fraction(1) if whole.book else None, view.prints["share"],
                   told.key("total", "share_of_book"), None,
                   view.word("missing", "no_base"))  # fmt: skip
    closing = Row((
        words(view.word("statuses", "book")), told.cell("rows", whole, ("total",)),
        told.cell("book", whole, ("total",)), share,
    ), "total")  # fmt: skip
    return Table(
        id=f"outcome-{told.ledger.standard}",
        title=view.say("titles", "outcome"),
        columns=_columns(view, "outcome", view.say("columns", "outcome")),
        rows=(*rows, closing),
        notes=(*absences(rows, view.language), *_unpriced(told), _of_refused(told)),
        context=told.title,
    )


def _columns(view: View, name: str, label: str) -> tuple[Column, ...]:
    return (
        Column(name, label, kind="text"),
        Column("rows", view.word("measures", "rows")),
        Column("money", view.say("columns", "money"), view.unit("money")),
        Column("share_of_book", view.word("measures", "share_of_book")),
    )


def _outcome(told: Told, status: str) -> Row:
    whole, prints = told.ledger.whole, told.view.prints
    at, where = ("status", status), (("status", status),)
    label = words(told.view.word("statuses", status))
    rows = Slice(told.sheet, where)
    live = told.sheet is not None
    return Row((
        label,
        figure(getattr(whole, f"rows_{status}"), prints["rows"], told.key(*at, "rows"),
               rows.sum("") if live else None),
        figure(_money(whole, status), prints["money"], told.key(*at, "money"),
               rows.sum(AMOUNT) if live else None),
        _share(told, status, where, at),
    ))  # fmt: skip


def _reasons(told: Told) -> Table:
    view, totals = told.view, told.ledger.by["reason"]
    held = [reason for reason in REASONS[1:] if reason in totals]
    rows = [_reason(told, reason, totals[reason]) for reason in held]
    name, *figures = _columns(view, "reason", view.word("dimensions", "reason"))
    return Table(
        id=f"reason-{told.ledger.standard}",
        title=view.say("titles", "reason"),
        columns=(name, Column("status", view.say("columns", "outcome"), kind="text"), *figures),
        rows=tuple(rows),
        notes=absences(rows, view.language),
        context=told.title,
    )


def _reason(told: Told, reason: str, total: Total) -> Row:
    status = STATUSES[status_of(REASONS.index(reason))]
    line = Line(reason, told.view.word("reasons", reason), total, (("reason", reason),))
    at = ("reason", reason)
    return Row((
        words(line.label),
        words(told.view.word("statuses", status)),
        told.cell("rows", total, at, line.where),
        told.cell("book", total, at, line.where),
        _share(told, status, line.where, at, total),
    ))  # fmt: skip


def flags(told: Sequence[Told]) -> list[Block]:
    """What a reader must know of single positions."""
    return [_flags(one) for one in told if one.ledger.by.get("flag")]


def warnings(view: View, disclosure: Disclosure) -> list[Block]:
    """How often the books were warned about."""
    counts = Counter(i.code for i in disclosure.issues if i.severity == "warning")
    first = {i.code: i for i in reversed(disclosure.issues)}
    return [_warnings(view, counts, first)] if counts else []


def _flags(told: Told) -> Table:
    view, totals = told.view, told.ledger.by["flag"]
    held = [name for name in (str(f.name).lower() for f in Flag) if name in totals]
    rows = tuple(_flag(told, name, totals[name]) for name in held)
    of_scope3 = (view.say("notes", "flags_of_scope3"),) if told.standard.scope3 else ()
    return Table(
        id=f"flag-{told.ledger.standard}",
        title=view.say("titles", "flags"),
        columns=(
            Column("flag", view.word("dimensions", "flag"), kind="text"),
            Column("meaning", view.say("columns", "meaning"), kind="text"),
            Column("rows", view.word("measures", "rows")),
            Column("computed", view.say("columns", "computed_flagged"), view.unit("money")),
            Column("scope12", view.say("columns", "scope12_flagged"), view.unit("grams")),
        ),
        rows=rows,
        notes=(*absences(rows, view.language), view.say("notes", "flags_overlap"), *of_scope3),
        context=told.title,
    )


def _flag(told: Told, name: str, total: Total) -> Row:
    at, where = ("flag", name), (("flags", f"*;{name};*"),)
    return Row((
        words(told.view.word("flags", name)),
        words(told.view.word("flag_meanings", name)),
        *(told.cell(m, total, at, where) for m in ("rows", "computed", "scope12")),
    ))  # fmt: skip


def _warnings(view: View, warnings: Counter[str], first: Mapping[str, Issue]) -> Table:
    how = view.prints["rows"]
    return Table(
        id="warnings",
        title=view.say("titles", "warnings"),
        columns=(
            Column("code", view.say("columns", "code"), kind="text"),
            Column("example", view.say("columns", "example"), kind="text"),
            Column("count", view.say("columns", "count")),
        ),
        rows=tuple(
            Row((words(code), words(first[code].text(view.language)),
                 figure(count, how, f"warnings/{code}/count")))
            for code, count in sorted(warnings.items())
        ),
        notes=(view.say("notes", "warnings"),),
    )  # fmt: skip
