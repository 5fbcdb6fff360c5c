"""The form "financed": what a bank discloses of the emissions it finances."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from carbonledger.analysis.disclosure import Disclosure
from carbonledger.cells import figure, words
from carbonledger.figures import Told, View, said
from carbonledger.form import Block, Column, Form, FormKind, Row, Section, Table
from carbonledger.forms.financed import tables
from carbonledger.forms.financed.changes import changes
from carbonledger.forms.financed.corrections import corrections, left_out
from carbonledger.forms.financed.coverage import coverage, flags, warnings
from carbonledger.forms.financed.entries import LIMIT, entries
from carbonledger.forms.financed.factors import factors
from carbonledger.forms.financed.glance import glance
from carbonledger.forms.financed.groups import groups
from carbonledger.forms.financed.metrics import metrics
from carbonledger.forms.financed.path import path
from carbonledger.forms.financed.quality import quality
from carbonledger.forms.financed.restated import both
from carbonledger.forms.financed.rules import rules
from carbonledger.issues import Language
from carbonledger.method import Text
from carbonledger.standards import standards
from carbonledger.totals import money_name, prints
from carbonledger.words import names

REGISTER = "form-financed"


def form(disclosure: Disclosure, language: Language) -> Form:
    """The disclosure of one run as data, in one language."""
    view, told, live = _of(disclosure, language)
    sheets = tuple(
        entries(view, a, tables.branch_numbers(t.ledger))
        for a, t in zip(disclosure.accounts, told, strict=True)
        if live
    )
    entity = said(disclosure.entity, language)
    named = ("；" if language == "zh" else "; ").join(t.title for t in told)
    return Form(
        id="financed",
        language=language,
        title=view.say("form", _title(told)),
        entity=entity,
        subtitle=view.say("form", "subtitle", period=disclosure.period, standards=named),
        facts=_facts(view, disclosure),
        sections=tuple(_sections(view, told, disclosure, live)),
        entries=sheets,
        phrases={name: view.say("form", name) for name in names("form", REGISTER)
                 if name not in ("title", "title_provisional", "title_other", "subtitle")},
    )  # fmt: skip


def sections(disclosure: Disclosure, language: Language) -> Iterator[Section]:
    """The chapters of the form, each made when it is asked for."""
    view, told, live = _of(disclosure, language)
    return _sections(view, told, disclosure, live)


def _of(disclosure: Disclosure, language: Language) -> tuple[View, list[Told], bool]:
    view = view_of(disclosure, language)
    told = [Told(view, a.standard, a.ledger, a.standard.id) for a in disclosure.accounts]
    return view, told, all(a.ledger.whole.rows <= LIMIT for a in disclosure.accounts)


LENT = ("outstanding_amount", "undrawn_amount")
KIND = FormKind("financed", Text("投融资碳排放报告", "Financed emissions report"), form, sections)


def _title(told: Sequence[Told]) -> str:
    """The report says in its title where a standard was seen second-hand only.

    What is facilitated or insured alone is not called financed.
    """
    if any(t.standard.provisional for t in told):
        return "title_provisional"
    return "title" if any(t.standard.exposure in LENT for t in told) else "title_other"


def view_of(disclosure: Disclosure, language: Language) -> View:
    """How the form tells a disclosure: decimals by the size of the whole."""
    wholes = [a.ledger.whole for a in disclosure.accounts]
    grams = max((w.scope12 for w in wholes), default=0)
    money = max((w.book for w in wholes), default=0)
    return View(language, money_name(disclosure.currency, language), prints(grams, money), REGISTER)


def _facts(view: View, disclosure: Disclosure) -> tuple[tuple[str, str], ...]:
    values = {
        "period": str(disclosure.period),
        "as_of": disclosure.as_of.isoformat(),
        "known_on": disclosure.known_on.isoformat(),
        "currency": disclosure.currency,
        "run": disclosure.run_id,
    }
    return tuple((view.say("facts", name), value) for name, value in values.items())


def _sections(
    view: View, told: Sequence[Told], disclosure: Disclosure, live: bool
) -> Iterator[Section]:
    waci = None
    if disclosure.waci is not None and disclosure.waci.whole.rows:
        waci = Told(view, standards()["waci"], disclosure.waci, None)
    period = disclosure.period

    def of_both(blocks: Callable[[Sequence[Told]], Iterable[Block]]) -> list[Block]:
        return both(told, disclosure, blocks)

    def each(blocks: Callable[[Told], list[Block]]) -> Callable[[], list[Block]]:
        return lambda: of_both(lambda several: [b for t in several for b in blocks(t)])

    blocks: dict[str, Callable[[], Iterable[Block]]] = {
        "glance": lambda: of_both(lambda t: glance(t, disclosure, waci)),
        "metrics": lambda: metrics(view, disclosure),
        "path": lambda: path(told[0], disclosure) if told else [],
        "coverage": lambda: [*of_both(coverage), *left_out(view, disclosure)],
        "asset_class": each(tables.asset_classes),
        "sector": each(lambda one: tables.sectors(one, period)),
        "high_carbon": each(tables.high_carbon),
        "region": each(tables.regions),
        "branch": each(tables.branches),
        "group": lambda: of_both(lambda t: groups(t, disclosure)),
        "quality": each(quality),
        "flags": lambda: [*of_both(flags), *warnings(view, disclosure)],
        "corrections": lambda: corrections(view, disclosure),
        "changes": lambda: changes(told, disclosure),
        "rules": lambda: rules(told),
        "factors": lambda: factors(view, disclosure),
        "run": lambda: _run(view, disclosure, live),
    }
    for name, made in blocks.items():
        if found := tuple(made()):
            title = view.say("sections", name)
            yield Section(name, title, title, found, view.say("leads", name))


def _run(view: View, disclosure: Disclosure, live: bool) -> list[Block]:
    note = () if live else (view.say("notes", "entries_left_out", limit=f"{LIMIT:,}"),)
    seal = [("run_id", disclosure.run_id), ("figures_id", disclosure.figures_id)]
    sealed = _pairs(view, "seal", [(view.say("seal", name), value) for name, value in seal], note)
    stated = [(said(a, view.language), said(b, view.language)) for a, b in disclosure.declared]
    declared = [_pairs(view, "declared", stated, ())] if stated else []
    return [sealed, *declared, *([_inputs(view, disclosure)] if disclosure.inputs else [])]


def _pairs(view: View, id: str, pairs: list[tuple[str, str]], notes: tuple[str, ...]) -> Table:
    return Table(
        id=id,
        title=view.say("titles", id),
        columns=(
            Column("setting", view.say("columns", "setting"), kind="text"),
            Column("value", view.say("columns", "value"), kind="text"),
        ),
        rows=tuple(Row((words(label), words(value))) for label, value in pairs),
        notes=notes,
    )


def _inputs(view: View, disclosure: Disclosure) -> Table:
    books = names("books")
    how = view.prints["rows"]
    return Table(
        id="inputs",
        title=view.say("titles", "inputs"),
        columns=(
            Column("book", view.say("columns", "book"), kind="text"),
            Column("file", view.say("columns", "file"), kind="text"),
            Column("rows", view.say("columns", "rows")),
            Column("sha256", view.say("columns", "sha256"), kind="text"),
        ),
        rows=tuple(
            Row((
                words(view.word("books", i.book) if i.book in books else i.book),
                words(i.file),
                figure(i.rows, how, f"inputs/{k}/rows"),
                words(i.sha256),
            ))
            for k, i in enumerate(disclosure.inputs, 1)
        ),
    )  # fmt: skip
