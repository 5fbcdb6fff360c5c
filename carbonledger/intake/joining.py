"""Joins: by code, then by customer number, then by what a person decided, then by exact name.

Nothing is joined on a guess: a name joins only where place, core and legal form are equal and no
second record on either side could be meant. The rest is for the review file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.codes import region_parents
from carbonledger.intake.book import OpenBook
from carbonledger.intake.contradictions import code_kind, numbers_with_two_codes, very_different
from carbonledger.intake.decisions import DIFFERENT, SAME, Match
from carbonledger.intake.links import Links, record_keys
from carbonledger.intake.records import SIDES, WITH, Records, Side, records_of
from carbonledger.issues import Issue, Place
from carbonledger.names import Name, may_be_person, parse, plain

MOST = 20
"""Doubts of one kind that are listed one by one."""


def join_books(
    books: Mapping[str, OpenBook], matches: Sequence[Match]
) -> tuple[list[Joined], list[Issue]]:
    """Join every book with those that it names, and give its rows what came of it."""
    every, issues = [], []
    for kind in ("group", "counterparty", "project"):
        other = WITH[kind]
        sides = [s for s in SIDES[kind] if _names(books.get(s.book), s)]
        if not sides or not _names(books.get(other.book), other):
            continue
        lefts = [records_of(books[s.book], s) for s in sides]
        done, found = join(kind, lefts, records_of(books[other.book], other), matches)
        issues += found
        every += done
        for joined in done:
            links = links_of(joined)
            if links is not None:
                books[joined.records.side.book].links.append(links)
    return every, issues


def _names(opened: OpenBook | None, side: Side) -> bool:
    """Whether a book has anything but the code to join by."""
    return opened is not None and any(
        opened.has(c) for c in (side.number, side.name) if c
    )  # fmt: skip


@dataclass(frozen=True)
class Joined:
    """How the records of a book join that do so by something else than their code."""

    kind: str
    records: Records
    at: Mapping[int, tuple[str, str]]
    """By record: the code it joins with, and by what."""
    open: tuple[int, ...]
    """Records that joined with nothing and have a name."""


@dataclass
class Right:
    """The records to join with, by everything that names them."""

    records: Records
    kind: str
    ids: list[str] = field(default_factory=list)
    numbers: list[str | None] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    regions: list[str | None] = field(default_factory=list)
    parsed: list[Name | None] = field(default_factory=list)
    by_id: dict[str, int] = field(default_factory=dict)
    by_number: dict[str, int | None] = field(default_factory=dict)
    by_key: dict[object, list[int]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, records: Records, kind: str) -> Right:
        """Indexed; a number of two records is no key."""
        table = records.table.filter(pc.is_valid(records.table.column("id")))
        right = cls(Records(records.side, table), kind)
        right.ids, right.numbers, right.names, right.regions = (
            table.column(c).to_pylist() for c in ("id", "number", "name", "region")
        )
        persons = table.column("person").to_pylist()
        right.parsed = [None if person else _parsed(name, kind)
                        for name, person in zip(right.names, persons, strict=True)]  # fmt: skip
        for at, id_ in enumerate(right.ids):
            right.by_id.setdefault(id_, at)
            number, name = right.numbers[at], right.parsed[at]
            if number is not None:
                right.by_number[number] = None if number in right.by_number else at
            if name is not None:
                right.by_key[name.key].append(at)
        return right


def _parsed(name: str | None, kind: str) -> Name | None:
    """The parts of a name that may join: never a natural person's, never an empty core.

    A project has no legal form, so its whole name is its core.
    """
    if name is None:
        return None
    if kind == "project":
        whole = plain(name)
        return Name((), whole, "", "", False, "") if whole else None
    parts = parse(name)
    return None if may_be_person(name) or not parts.core else parts


def join(
    kind: str, lefts: Sequence[Records], records: Records, matches: Iterable[Match]
) -> tuple[list[Joined], list[Issue]]:
    """The joins of several books with one, and what is doubtful or wrong about them."""
    right = Right.of(records, kind)
    work = [_Left(left, right) for left in lefts]
    issues = numbers_with_two_codes([*lefts, records]) if records.side.number else []
    stated: dict[object, set[tuple[str, ...]]] = defaultdict(set)
    for left in work:
        for name in left.parsed.values():
            stated[name.key].add(name.places)
    found = list(matches)
    for left in work:
        left.by_number()
        left.by_decision(found)
        left.by_name(stated, found)
        issues += left.issues()
    return [left.joined() for left in work], issues


class _Left:
    """The records of one book on their way through the ways of joining."""

    def __init__(self, records: Records, right: Right) -> None:
        self.records, self.right = records, right
        self.ids, self.numbers, self.names, self.regions, persons = (
            records.table.column(c).to_pylist()
            for c in ("id", "number", "name", "region", "person")
        )
        known = pa.array(right.ids, pa.string())
        coded = pc.fill_null(pc.index_in(records.table.column("id"), value_set=known), -1)
        self.code = np.asarray(coded)
        self.open = np.flatnonzero(self.code < 0).tolist()
        parsed = {at: _parsed(self.names[at], right.kind) for at in self.open if not persons[at]}
        self.parsed = {at: name for at, name in parsed.items() if name is not None}
        self.at: dict[int, tuple[int, str]] = {}

    def _take(self, at: int, right: int, by: str) -> None:
        self.at[at] = right, by

    def _left(self) -> list[int]:
        return [at for at in self.open if at not in self.at]

    def by_number(self) -> None:
        """The same customer number, where one record alone has it."""
        for at in self._left():
            number = self.numbers[at]
            found = self.right.by_number.get(number) if number is not None else None
            if found is not None:
                self._take(at, found, "customer_number")

    def by_decision(self, matches: Sequence[Match]) -> None:
        """What a named person decided to be the same."""
        side = self.right.records.side.book
        same = {m.left: m.right_id for m in matches
                if m.decision == SAME and m.decided_by and m.right_book == side}  # fmt: skip
        for at in self._left() if same else ():
            found = self.right.by_id.get(same.get(self.key(at), ""))
            if found is not None:
                self._take(at, found, "decision")

    def key(self, at: int) -> tuple[str, str, str]:
        """The record as the review file names it."""
        return (self.records.side.book, self.ids[at] or self.numbers[at] or "",
                self.names[at] or "")  # fmt: skip

    def by_name(
        self, stated: Mapping[object, set[tuple[str, ...]]], matches: Sequence[Match]
    ) -> None:
        """The exact name, unless a person said that it is another."""
        apart = {m.pair for m in matches if m.decision == DIFFERENT and m.decided_by}
        for at in self._left():
            name = self.parsed.get(at)
            found = None if name is None else self._named(at, name, stated)
            if found is None or not _may_be(self.ids[at], self.right.ids[found]):
                continue
            pair = (*self.key(at), self.right.records.side.book, self.right.ids[found])
            if pair not in apart:
                self._take(at, found, "name")

    def _named(
        self, at: int, name: Name, stated: Mapping[object, set[tuple[str, ...]]]
    ) -> int | None:
        """The one record of that name and place; a name may leave the place to its region column.

        A name that states no place at all fits any namesake, so it is never joined by itself.
        """
        alike = self.right.by_key.get(name.key, [])
        same = [r for r in alike if self.right.parsed[r].places == name.places]  # type: ignore[union-attr]
        if same:
            return same[0] if len(same) == 1 else None
        if len(alike) != 1 or len(stated[name.key]) != 1 or len(name.brand) < 2:
            return None
        theirs = self.right.parsed[alike[0]].places  # type: ignore[union-attr]
        if not name.places:
            return alike[0] if _lies_in(self.regions[at], theirs) else None
        if not theirs:
            return alike[0] if _lies_in(self.right.regions[alike[0]], name.places) else None
        return None

    def joined(self) -> Joined:
        """What was found."""
        at = {k: (self.right.ids[r], by) for k, (r, by) in sorted(self.at.items())}
        left = tuple(k for k in self._left() if k in self.parsed)
        return Joined(self.right.kind, self.records, at, left)

    def issues(self) -> list[Issue]:
        """Names that say something else than the code or customer number by which they joined."""
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        coded = np.flatnonzero(self.code >= 0)
        names = self.records.table.column("name").take(pa.array(coded))
        theirs = pa.array(self.right.names, pa.string()).take(pa.array(self.code[coded]))
        odd = coded[np.asarray(pc.fill_null(pc.not_equal(names, theirs), False))]
        firm = [(at, int(self.code[at])) for at in odd.tolist()]
        firm += [(at, r) for at, (r, by) in self.at.items() if by == "customer_number"]
        for at, r in firm:
            code, other = self._contradiction(at, r)
            if code:
                found[code].append((at, other))
        return [issue for code, rows in found.items() for issue in self._told(code, rows)]

    def _contradiction(self, at: int, r: int) -> tuple[str, str]:
        own, theirs = _parsed(self.names[at], self.right.kind), self.right.parsed[r]
        if own is None or theirs is None or own == theirs or self.right.kind == "project":
            return "", ""
        others = [k for k in self.right.by_key.get(own.key, ())
                  if k != r and self.right.parsed[k] == own]  # fmt: skip
        if others:
            return "name_of_another", self.right.ids[others[0]]
        both_full = bool(own.form and theirs.form)
        return ("name_differs", "") if both_full and very_different(own, theirs) else ("", "")

    def _told(self, code: str, rows: Sequence[tuple[int, str]]) -> Iterable[Issue]:
        side, counts = self.records.side, self.records.table.column("count")
        for at, other in rows[:MOST]:
            words = {"count": str(counts[at].as_py())} | ({"other": other} if other else {})
            who = self.ids[at] or self.numbers[at] or ""
            place = self.records.place(at, side.name)
            yield Issue(code, place, who, tuple(sorted(words.items())))
        if len(rows) > MOST:
            place = self.records.place(rows[MOST][0], side.name)
            yield Issue("more_alike", Place(place.file, column=side.name), "", (("code", code),))


def _lies_in(region: str | None, places: tuple[str, ...]) -> bool:
    """Whether the region of a record lies in the one place that the other's name states."""
    within = region is not None and len(places) == 1 and places != ("CN",)
    return within and places[0] in region_parents(str(region))


def _may_be(one: str | None, other: str) -> bool:
    """Whether records with these codes can be one: not where both state a code of one kind."""
    return one is None or code_kind(one) != code_kind(other)


def links_of(joined: Joined) -> Links | None:
    """What the book's rows are given; None where all of it joins by code, or not at all."""
    if not joined.at:
        return None
    side = joined.records.side
    rows = joined.records.table.take(pa.array(list(joined.at), pa.int64()))
    names = (side.id, side.number, side.name)
    parts = dict(zip(names, (rows.column(c).combine_chunks() for c in ("id", "number", "name")),
                     strict=True))  # fmt: skip
    codes, by = zip(*joined.at.values(), strict=True)
    return Links(joined.kind, names, side.target, record_keys(parts, names, rows.num_rows),
                 pa.array(codes, pa.string()), pa.array(by, pa.string()))  # fmt: skip
