"""A period made ready: books open and joined, factors at hand, and what each entity emits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from carbonledger.books import ENTITIES, OWN, POSITIONS
from carbonledger.config import Config
from carbonledger.engine import Estimated, estimate, with_share_factors
from carbonledger.engine.groups import OWN as DECIDING
from carbonledger.factors import Factors, FactorsAt, load_factors, shipped_root
from carbonledger.factors.prices import KIND as PRICE_INDEX
from carbonledger.intake.activities import load_activities
from carbonledger.intake.answers import Answer, once, read_answers
from carbonledger.intake.book import OpenBook, open_book
from carbonledger.intake.corrections import KIND, Correction, load_corrections
from carbonledger.intake.corrections import plain as plain_correction
from carbonledger.intake.decisions import Match, decisions
from carbonledger.intake.documents import Document, document
from carbonledger.intake.entities import IN_ONE_PIECE, Entities, load_entities
from carbonledger.intake.entity_tables import own_parts
from carbonledger.intake.groups import Groups, load_groups
from carbonledger.intake.joining import join_books
from carbonledger.intake.money import Exchange
from carbonledger.intake.positions import Positions, encoded
from carbonledger.intake.reporting import reporting_problems
from carbonledger.intake.sizes import APART
from carbonledger.intake.terms import Sealed, Terms, apply, without_numbers
from carbonledger.issues import Issue, Place
from carbonledger.memory import give_back, settle_memory
from carbonledger.method import SCOPES, AssetClass, Batch, Standard
from carbonledger.reading.ahead import ahead, begun
from carbonledger.scale.footing import footings
from carbonledger.scale.nowhere import Nowhere
from carbonledger.scale.own_structures import less_structures
from carbonledger.scale.pooling import has_proceeds, pooled
from carbonledger.standards import standards

WACI = "waci"
BESIDE = frozenset({"fx_rate", PRICE_INDEX})
NO_TERMS = Terms()


@dataclass
class Period:
    """Everything that the accounting of one period needs, loaded and joined."""

    config: Config
    folder: Path
    period: int
    roots: tuple[Path, ...]
    """The factor library and what lies over it, lowest first."""
    standards: tuple[Standard, ...]
    factors: Factors
    at: FactorsAt
    books: dict[str, OpenBook]
    entities: dict[str, Entities]
    estimated: dict[tuple[str, ...], Estimated]
    exchange: Exchange
    issues: list[Issue]
    activities: dict[str, Batch] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    """Files beside the books that steer how they are read."""
    answers: list[Answer] = field(default_factory=list)
    """Answers of the period to what earlier runs lacked."""
    terms: Terms = NO_TERMS
    before: Sealed | None = None
    """What a sealed run says of the cells that its own books no longer show."""
    groups: Groups = field(default_factory=Groups)
    owing: set[int] = field(default_factory=set)
    """Rows of the territories whose debt is held, as far as the positions were accounted for."""
    nowhere: Nowhere = field(default_factory=Nowhere)
    """Ids that no book has, likewise."""

    def positions(self, names: Sequence[str] = OWN) -> Iterator[Positions]:
        """All positions of the institution's own, or those of some books; loans first."""
        asked = frozenset().union(*(s.position_inputs for s in self.standards))
        for name in names:
            if name in self.books:
                yield from encoded(self.books[name], self.entities, self.exchange, self.period,
                                   self.config.average_balance, self.groups,
                                   tuple(self.config.entities), asked)  # fmt: skip

    def left_out(self) -> list[dict[str, Any]]:
        """How many rows of which book are refused while the rest goes on, and why."""
        if self.before is not None:
            return self.before.left_out
        found = {n: b.refused for n, b in self.books.items() if b.settled and b.refused.reasons}
        return [{"book": n, "read": self.books[n].rows, "rows": len(r.reasons), "codes": r.codes()}
                for n, r in found.items()]  # fmt: skip

    def corrections(self) -> list[dict[str, Any]]:
        """What was corrected, in the order of the file that says so."""
        if self.before is not None:
            return self.before.corrections
        found = [
            (a.correction.place.row or 0, plain_correction(a, b.refused.is_person(a.file, a.row)))
            for b in self.books.values() for a in b.corrections.applied.values()
        ]  # fmt: skip
        return [said for _, said in sorted(found, key=lambda item: item[0])]

    def all_issues(self) -> list[Issue]:
        """What is known to be wrong so far, of the books and their joins."""
        return self.issues + [i for book in self.books.values() for i in book.issues]


def factor_roots(config: Config, folder: Path) -> list[Path]:
    """The shipped factor library, and the user's own folders and workbooks over it."""
    return [shipped_root(), *(folder / name for name in config.factors)]


def prepare(config: Config, folder: Path, period: int, terms: Terms = NO_TERMS) -> Period:
    """Open the books, load factors and entities, and estimate what each entity emits."""
    settle_memory()
    books: dict[str, OpenBook] = {
        n: open_book(n, b, folder, period, config.currency) for n, b in config.books.items()
    }
    matches, documents, undecided = decisions(config, folder)
    answers, issues = open_answers([folder / n for n in config.answers], config, period)
    answers, unkeyed = without_numbers(answers, terms)
    lines, problems = list[Correction](), list[Issue]()
    if config.overrides is not None:
        lines, problems = load_corrections(folder, config.overrides, list(config.books))
    roots = factor_roots(config, folder)
    ready = prepare_books(config, folder, period, books, roots, answers, terms, lines, matches)
    ready.issues += issues + unkeyed + problems + undecided
    ready.documents += documents
    mappings = sorted({b.mapping for b in config.books.values() if b.mapping is not None})
    beside = [("mapping", m) for m in mappings] + [("answers", n) for n in config.answers]
    beside.append((KIND, config.overrides or ""))
    ready.documents += [document(k, folder, n) for k, n in beside if (folder / n).is_file()]
    return ready


def open_answers(
    files: Sequence[Path], config: Config, period: int
) -> tuple[list[Answer], list[Issue]]:
    """The answers of a period from their files, and what is wrong with any of them."""
    answers: list[Answer] = []
    issues: list[Issue] = []
    for path in files:
        found, problems = read_answers(path, path.name, config.currency)
        issues += problems
        answers += [a for a in found if a.period == period]
    return list(once(answers, issues)), issues


def prepare_books(
    config: Config, folder: Path, period: int, books: dict[str, OpenBook],
    roots: Sequence[Path], answers: Sequence[Answer] = (), terms: Terms = NO_TERMS,
    lines: Sequence[Correction] = (), matches: Sequence[Match] | None = None,
) -> Period:  # fmt: skip
    """The same for books that are open already, such as those of a sealed run.

    Without ``matches`` nothing is joined: a sealed book has what it met.
    """
    apply(terms, lines, books)
    doubts = [] if matches is None else join_books(books, matches)[1]
    named = [standards()[s] for s in config.standards]
    beside = [name for standard in named for name in standard.beside]
    ids = dict.fromkeys([*config.standards, *beside, WACI])
    chosen = tuple(standards()[s] for s in ids)
    # Millions of companies are read meanwhile.
    parts = {"counterparty": begun(own_parts("counterparty", books))}
    factors, issues = load_factors(
        roots, known_on=config.known_on_of(period), allow=frozenset(config.allow),
        currency=config.currency, kinds=_kinds_of(chosen, books),
    )  # fmt: skip
    at = factors.at(period)
    exchange = Exchange(config.currency, at)
    ready = Period(config, folder, period, tuple(roots), chosen, factors, at, books, {}, {},
                   exchange, issues + doubts, answers=list(answers), terms=terms)  # fmt: skip
    try:
        _load(ready, parts, asked=matches is None)
    except OverflowError as overflow:
        ready.issues.append(Issue("figures_too_large", Place(), str(overflow)))
    return ready


def _kinds_of(chosen: Sequence[Standard], books: Mapping[str, OpenBook]) -> frozenset[str]:
    """The kinds of factors that the standards ask for, and those that convert money.

    Where no book has a column of classes there is no debt of countries, and theirs stay unread.
    """
    classed = any(n in POSITIONS and b.has("asset_class") for n, b in books.items())
    pages = [p for s in chosen for p in s.pages if classed or p.entity != "territory"]
    found = {kind for p in pages for o in (*p.estimates, *p.without_share) for kind in o.factors}
    return BESIDE.union(found, *(share.factors for p in pages for share in p.shares))


def _load(ready: Period, begun_parts: dict[str, Iterator[pa.Table]], *, asked: bool) -> None:
    ready.groups, issues = load_groups(ready.books, ready.config.entities)
    ready.issues += issues + reporting_problems(ready.books, ready.config.entities)
    for kind in ENTITIES:
        parts = begun_parts.get(kind) or ahead(own_parts(kind, ready.books))
        ready.entities[kind], issues = load_entities(
            kind, parts, ready.books, ready.exchange, ready.period, ready.answers, asked=asked
        )
        ready.issues += issues
    ready.issues += _unmatched_answers(ready)
    ready.activities, issues = load_activities(
        ready.books.get("activities"), ready.entities, ready.at, ready.period,
        ready.config.complete_activities, ready.answers,
    )  # fmt: skip
    ready.issues += issues
    with ThreadPoolExecutor(1) as beside:
        # Every position will ask where its company stands.
        beside.submit(getattr, ready.entities["counterparty"], "index")
        for standard in ready.standards:
            # The assets of pools are accounted for first: what they come to is what pools emit.
            # Then companies less their own structures, which are pools.
            for page in sorted(standard.pages, key=lambda p: (p.less_structures, p.pooled)):
                _estimate(ready, standard, page)
    _group(ready)
    if not asked:
        _let_go(ready)
    give_back()


def _group(ready: Period) -> None:
    """Group entities once for all pages, before several standards ask for it at the same time."""
    bases = footings(ready.entities["counterparty"].batch)
    asking = [*ready.standards, *(base.standard for base in bases)]
    pages: dict[int, list[AssetClass]] = {}
    for standard in asking:
        for page, key in zip(standard.pages, standard.estimates_keys, strict=True):
            pages.setdefault(id(ready.estimated[key]), []).append(page)
    for key, known in ready.estimated.items():
        if id(known) in pages:
            ready.estimated[key] = made = replace(known, pages=pages[id(known)])
            made.groups(made.pages)


def _let_go(ready: Period) -> None:
    """Leave the columns that only estimates read: there may be millions of entities."""
    pages = [page for standard in standards().values() for page in standard.pages]
    asked = {n for p in pages for s in p.shares for n in (*s.inputs, s.where, s.unless)}
    read = {n for p in pages for o in p.estimates for n in (*o.inputs, o.where) if n}
    read |= {f"{n}_scope{scope}{unit}" for n in read for scope in SCOPES for unit in ("", "_g")}
    gone = read - asked - APART.keys() - {*DECIDING}

    def left(batch: Batch) -> Batch:
        columns = {n: c for n, c in batch.columns.items() if n not in gone}
        return replace(batch, columns=columns, kept={})

    many = ENTITIES.keys() - set(IN_ONE_PIECE)
    ready.entities |= {k: ready.entities[k].with_columns(left(ready.entities[k].batch))
                       for k in many}  # fmt: skip
    ready.estimated |= {k: replace(e, entities=left(e.entities))
                        for k, e in ready.estimated.items() if k[0] in many}  # fmt: skip


def _estimate(ready: Period, standard: Standard, page: AssetClass) -> None:
    """What the entities of a page emit, unless it is known already."""
    key = standard.estimates_key(page)
    if key in ready.estimated:
        return
    entities = ready.entities[page.entity].batch
    if page.pooled:
        for own in page.assets:
            _estimate(ready, standard, own)
        entities = pooled(ready, standard, page)
    if page.less_structures:
        whole = replace(page, less_structures=False)
        _estimate(ready, standard, whole)
        known, home = ready.estimated[standard.estimates_key(whole)], standard.drawn or standard
        for own in filter(has_proceeds, home.pages):
            _estimate(ready, home, own)
        ready.estimated[key] = less_structures(ready, home, page, known)
        return
    entities = with_share_factors(entities, page, ready.at)
    ready.estimated[key] = Estimated(entities, estimate(
        entities, page.estimates, ready.at, ready.activities.get(page.entity)
    ))  # fmt: skip


def _unmatched_answers(ready: Period) -> list[Issue]:
    """Answers for somebody whom no position names: they would change nothing, and say so."""
    asked = {(a.entity, a.id): a for a in reversed(ready.answers)}
    if not asked:
        return []
    linked: set[tuple[str, str]] = set()
    for name in POSITIONS:
        for batch in ready.books[name].batches() if name in ready.books else ():
            for kind in ENTITIES:
                ids = batch.columns.get(f"{kind}_id")
                known = () if ids is None else ids.unique().to_pylist()
                linked |= {(kind, i) for i in known if (kind, i) in asked}
    return [Issue("answer_unmatched", Place(a.file, row=a.row, column="id"), a.id)
            for k, a in asked.items() if k not in linked]  # fmt: skip
