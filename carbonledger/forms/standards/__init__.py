"""The form "standards": the same book under each standard of a run, and why the figures differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carbonledger.analysis.disclosure import Disclosure
from carbonledger.analysis.side_by_side import Contrast
from carbonledger.cells import words
from carbonledger.figures import Told, View, said
from carbonledger.form import Column, Entries, Form, Note, Row, Section, Table
from carbonledger.forms.financed import view_of as financed_view
from carbonledger.forms.financed.glance import summary
from carbonledger.forms.standards.pair import Pair
from carbonledger.issues import Language
from carbonledger.method import Standard
from carbonledger.totals import NONE
from carbonledger.words import names

REGISTER = "form-standards"


@dataclass(frozen=True)
class Compared:
    """What the form is made of: a run's disclosure, every pair, and rows where they are asked."""

    disclosure: Disclosure
    pairs: Sequence[Contrast]
    rows: Entries | None = None


def view_of(disclosure: Disclosure, language: Language) -> View:
    """The decimals of the financed report, in the words of this form."""
    like = financed_view(disclosure, language)
    return View(language, like.money, like.prints, REGISTER)


def form(compared: Compared, language: Language) -> Form:
    """The comparison of a run's standards as data, in one language."""
    disclosure = compared.disclosure
    view = view_of(disclosure, language)
    named = dict.fromkeys(n for p in compared.pairs for n in (p.first, p.second))
    accounts = [a for a in disclosure.accounts if a.standard.id in named]
    like = financed_view(disclosure, language)
    told = [Told(like, a.standard, a.ledger, None) for a in accounts]
    known = {t.standard.id: t for t in told}
    pairs = [_pair(view, known[p.first], known[p.second], p, disclosure.run_id)
             for p in compared.pairs]  # fmt: skip
    comma = "；" if language == "zh" else "; "
    return Form(
        id="standards",
        language=language,
        title=view.say("form", _title(told)),
        entity=said(disclosure.entity, language),
        subtitle=view.say("form", "subtitle", period=disclosure.period,
                          standards=comma.join(t.title for t in told)),
        facts=_facts(view, disclosure),
        sections=(_totals(view, told, compared), *pairs, _treatment(view)),
        entries=() if compared.rows is None else (compared.rows,),
        phrases={n: view.say("form", n) for n in names("form", REGISTER)
                 if n not in ("title", "title_provisional", "subtitle")},
    )  # fmt: skip


def _title(told: Sequence[Told]) -> str:
    return "title_provisional" if any(t.standard.provisional for t in told) else "title"


def _pair(view: View, first: Told, second: Told, found: Contrast, run_id: str) -> Section:
    remarks = tuple(dict.fromkeys((*first.remarks, *second.remarks)))
    return Pair(view, first.standard, second.standard, found, run_id, remarks).section()


def _facts(view: View, disclosure: Disclosure) -> tuple[tuple[str, str], ...]:
    values = {
        "period": str(disclosure.period),
        "as_of": disclosure.as_of.isoformat(),
        "known_on": disclosure.known_on.isoformat(),
        "currency": disclosure.currency,
        "run": disclosure.run_id,
    }
    return tuple((view.say("facts", name), value) for name, value in values.items())


def _totals(view: View, told: Sequence[Told], compared: Compared) -> Section:
    title = view.say("sections", "totals")
    classes = dict.fromkeys(c for p in compared.pairs for c in p.by["asset_class"] if c)
    shares = _shares(view, [t.standard for t in told], list(classes))
    return Section("totals", title, title, (summary(told), shares), view.say("leads", "totals"))


def _shares(view: View, standards: Sequence[Standard], classes: Sequence[str]) -> Table:
    """What each standard divides by, class by class of the book."""
    return Table(
        "shares",
        view.say("titles", "shares"),
        (Column("asset_class", view.say("columns", "asset_class"), kind="text"),
         *(Column(s.id, s.id, kind="text") for s in standards)),
        tuple(Row((words(view.word("asset_classes", c)),
                   *(words(_rules(view, s, c)) for s in standards))) for c in classes),
    )  # fmt: skip


def _rules(view: View, standard: Standard, asset_class: str) -> str:
    page = standard.page_of(asset_class)
    if page is None:
        return view.say("causes", "no_class")
    comma = "；" if view.language == "zh" else "; "
    return comma.join(said(s.text, view.language) for s in page.shares) or NONE


def _treatment(view: View) -> Section:
    title = view.say("sections", "treatment")
    told = tuple(view.say("treatment", n) for n in names("treatment", REGISTER))
    block = Note("treatment", view.say("titles", "treatment"), told)
    return Section("treatment", title, title, (block,), view.say("leads", "treatment"))
