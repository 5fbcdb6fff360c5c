"""The positions of a period cut into units of work that any process can do, and done again.

A unit is a file of a position book, or a range of its row groups. It names everything that it
needs: a pickled function and the units are all that a cluster must carry. What every unit shares
(factors, entities, their estimates) lies once beside the results and is read once a process.
Doing a unit twice, or on another machine, gives the same files and sums.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from carbonledger.books import OWN
from carbonledger.engine import Estimated
from carbonledger.entries import Fingerprint
from carbonledger.footprint import Footprint
from carbonledger.intake.book import File, OpenBook
from carbonledger.intake.exclusions import Customers
from carbonledger.intake.files import open_file
from carbonledger.intake.keys import Fingerprints, fingerprints
from carbonledger.intake.mapping_file import load_mapping
from carbonledger.issues import Issue, Place
from carbonledger.ledger import Ledger
from carbonledger.memory import settle_memory
from carbonledger.reading import Table
from carbonledger.reading.native import DAMAGE
from carbonledger.reading.row_groups import RowGroups, row_groups
from carbonledger.reading.table import BATCH_ROWS
from carbonledger.scale.footing import footings
from carbonledger.scale.nowhere import Nowhere
from carbonledger.scale.parts import Parts
from carbonledger.scale.period import Period
from carbonledger.scale.progress import Tally
from carbonledger.scale.rows import PartRows
from carbonledger.scale.standing import Standing, owing_in, own_positions
from carbonledger.scale.versions import Code, OtherVersion, differing, made_of

UNIT_ROWS = 4 * BATCH_ROWS
"""Rows from which a range of row groups is a unit: half a second of work, little to lose."""
OF_FIRST_BATCH = "unit_unlikely"
"""What is said of the beginning of a file, and not of each of its parts."""


@dataclass(frozen=True)
class Unit:
    """Part of a book's file: what to do, and where the result goes."""

    place: str
    """The folder or URL of the parts, which every process reaches."""
    digest: str
    """The hash of what all units share."""
    number: int
    book: str
    file: int
    part: RowGroups | None
    """Some row groups; None is the whole file."""
    name: str
    """What a person calls the file."""


@dataclass(frozen=True)
class Done:
    """What became of a unit: sums, fingerprints, keys, problems; its entries lie in their files."""

    number: int
    book: str
    rows: int
    money: int
    ledgers: Mapping[str, Ledger]
    bounds: Mapping[str, float]
    """By standard, what proves that no sum overflowed."""
    fingerprints: Mapping[str, Fingerprint]
    footprints: Mapping[str, Footprint]
    issues: tuple[Issue, ...]
    keys: Fingerprints
    unknown: frozenset[tuple[str, str, str]]
    """Currencies without a rate."""
    owing: frozenset[int]
    """Territories whose debt stands in the rows."""
    hidden: bool
    persons: bool
    """Whether the rows named persons that no book had named before."""
    nowhere: Nowhere
    """Ids that no book has."""


@dataclass(frozen=True)
class Shared:
    """All that units have in common."""

    ready: Period
    customers: Customers | None


def write_shared(
    ready: Period, customers: Customers | None, parts: Parts, code: Code
) -> str:  # fmt: skip
    """Leave with the parts what every unit needs; its hash."""
    books = {n: _closed(b) for n, b in ready.books.items() if n in OWN}
    entities = {
        n: replace(e, batch=replace(e.batch, kept={}), table=e.table.slice(0, 0))
        for n, e in ready.entities.items()
    }
    estimated = {k: Estimated(replace(e.entities, kept={}), e.estimates, e.pages)
                 for k, e in ready.estimated.items()}  # fmt: skip
    alone = replace(ready, books=books, entities=entities, estimated=estimated, issues=[],
                    activities={}, documents=[], answers=[],
                    folder=ready.folder.resolve())  # fmt: skip
    # The versions come first: what other versions packed may not even be unpacked.
    said = pickle.dumps((made_of(code), code), 5)
    content = said + pickle.dumps(Shared(alone, customers), 5)
    parts.share(content)
    return hashlib.sha256(content).hexdigest()


def _closed(opened: OpenBook) -> OpenBook:
    """The book without its open files, which no other process could use."""
    files = tuple(
        replace(f, path=f.path.resolve(),
                table=Table(f.name, f.table.sheet, f.table.columns, f.table.rows, f.table.native,
                            stream=_closed_stream))
        for f in opened.files
    )  # fmt: skip
    return replace(opened, files=files, issues=[], _kept=None)


def _closed_stream(*_: object) -> Iterator[tuple[np.ndarray, object]]:
    raise ValueError("the table of a file that was not opened again")


def units_of(ready: Period, parts: Parts, digest: str) -> list[Unit]:
    """The units of all positions, in the order of books, files and row groups."""
    found: list[Unit] = []
    for name in (n for n in OWN if n in ready.books):
        for at, file in enumerate(ready.books[name].files):
            ranges: list[RowGroups | None] = [None]
            if file.table.native:
                with suppress(*DAMAGE):  # since it was opened; said by who reads it
                    ranges = [*row_groups(file.path.resolve(), UNIT_ROWS)] or ranges
            for part in ranges:
                found.append(Unit(parts.place, digest, len(found), name, at, part, file.name))
    return found


@lru_cache(maxsize=1)
def _shared(place: str, digest: str) -> Shared:
    settle_memory()
    pa.set_memory_pool(pa.system_memory_pool())  # as the command line chooses where it starts
    content = Parts(place).shared()
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError("what the units share is not what was written")
    stream = io.BytesIO(content)
    theirs, code = pickle.load(stream)
    if others := differing(made_of(code), theirs):
        raise OtherVersion(others)
    shared: Shared = pickle.load(stream)
    return shared


def work(unit: Unit) -> Done:
    """Work a unit: its entries into files, its sums back."""
    shared = _shared(unit.place, unit.digest)
    opened = _opened(shared.ready, unit)
    exchange = replace(shared.ready.exchange, unknown=set())
    ready = replace(shared.ready, books={unit.book: opened}, exchange=exchange, nowhere=Nowhere())
    known = len(opened.people.documents), len(opened.people.names)
    parts = Parts(unit.place)
    with parts.unfinished() as unfinished:
        rows_into = partial(PartRows, compression=parts.compression)
        done = _worked(ready, unit, shared.customers, unfinished, rows_into, parts)
        parts.put(unfinished, unit.number)
    persons = known != (len(opened.people.documents), len(opened.people.names))
    issues = tuple(i for i in opened.issues if i.code != OF_FIRST_BATCH or _begins(unit))
    return replace(done, issues=issues, unknown=frozenset(exchange.unknown),
                   hidden=opened.hidden, persons=persons, nowhere=ready.nowhere)  # fmt: skip


def _begins(unit: Unit) -> bool:
    return unit.part is None or unit.part.first == 0


def _opened(ready: Period, unit: Unit) -> OpenBook:
    """The book of a unit with the one file, or the rows of it, that the unit is about."""
    book = ready.books[unit.book]
    file = book.files[unit.file]
    issues: list[Issue] = []
    if unit.part is not None:
        table = unit.part.table(file.name, file.table.columns)
        file = replace(file, table=table)
    else:
        again, issues = _again(ready, book, file)
        file = file if again is None else replace(file, table=again.table)
        issues = [i for i in issues if i.severity == "error"]
        if again is not None and again.sha256 != file.sha256:
            issues.append(_changed(file))
    people = replace(book.people, documents=set(book.people.documents),
                     names=set(book.people.names))  # fmt: skip
    files = () if issues else (file,)
    return replace(book, files=files, issues=issues, people=people, hidden=False)


def _again(ready: Period, book: OpenBook, file: File) -> tuple[File | None, list[Issue]]:
    """A file that has no row groups, opened and mapped as it was before."""
    mapping = None
    if book.config.mapping is not None:
        mapping, _ = load_mapping(ready.folder, book.config.mapping, book.book, book.config.columns)
    return open_file(book.book, book.config, file.path, file.name, book.currency, mapping)


def _changed(file: File) -> Issue:
    return Issue("file_changed", Place(file.name))


def _nobody(rows: int, of: int | None, money: int) -> None:
    """Nobody looks on."""


def _worked(
    ready: Period, unit: Unit, customers: Customers | None, folder: Path,
    rows_into: Callable[[Path], PartRows], parts: Parts,
) -> Done:  # fmt: skip
    opened, keys, tally = ready.books[unit.book], list[Fingerprints](), Tally(_nobody, {})
    owing = set[int]()
    asks = not opened.rows  # a book that was read before has no keys left to compare
    with ExitStack() as closing:
        books = [Standing(s, folder, rows_into) for s in ready.standards]
        for book in books:
            closing.callback(book.drop)  # once it is closed, there is nothing to let go of
        bases = footings(ready.entities["counterparty"].batch)
        for number, positions in enumerate(ready.positions((unit.book,))):
            parts.look(number)
            tally.add(positions)
            owing |= owing_in(positions)
            if asks:
                keys.append(fingerprints(opened.book, positions.typed))
            for book in books:
                book.add(ready, positions, customers)
            for basis in bases:
                mine = own_positions(basis.standard, positions)
                basis.add(mine, ready.estimated, ready.at)
        for book in books:
            book.close()
    return Done(
        unit.number, unit.book, tally.rows, tally.money,
        {b.standard.id: b.posting.ledger() for b in books},
        {b.standard.id: b.posting.bound for b in books},
        {b.standard.id: b.fingerprint for b in books}, {b.basis: b.sums for b in bases},
        (), np.concatenate([*keys, np.zeros(0, np.uint64)]), frozenset(), frozenset(owing),
        False, False, ready.nowhere,
    )  # fmt: skip
