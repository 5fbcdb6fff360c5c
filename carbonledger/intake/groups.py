"""Groups: the ultimate parent of each company, and which companies are the institution's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.intake.book import OpenBook
from carbonledger.issues import Issue, Place
from carbonledger.method import Codes, Key

GROUP_BOOKS = {"groups": "entity_id", "counterparties": "counterparty_id"}
"""The books that say who stands above a company, and their column of its code."""
PARENTS = ("parent_id", "ultimate_parent_id")


@dataclass(frozen=True)
class Groups:
    """Companies that belong to a group, each with its ultimate parent; and the own ones."""

    members: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    of: Codes = field(default_factory=lambda: np.zeros(0, np.int32))
    names: tuple[str, ...] = ()
    own: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))

    def key(self, ids: pa.Array | None, size: int) -> Key:
        """The group of each row by its counterparty's code; none for a company of no group."""
        none = np.full(size, -1, np.int32)
        if ids is None or not len(self.members):
            return Key(none, self.names)
        at = pc.fill_null(pc.index_in(ids, value_set=self.members), -1)
        found = at.to_numpy(zero_copy_only=False)
        return Key(np.append(self.of, np.int32(-1))[found], self.names)

    def intra(self, ids: pa.Array | None, size: int) -> NDArray[np.bool_]:
        """Rows whose counterparty is a member of the institution's own group."""
        if ids is None or not len(self.own):
            return np.zeros(size, np.bool_)
        return np.asarray(pc.and_(pc.is_valid(ids), pc.is_in(ids, value_set=self.own)))


def load_groups(
    books: Mapping[str, OpenBook], reporting: Mapping[str, object]
) -> tuple[Groups, list[Issue]]:
    """The groups that the books state; a cycle, or two parents of one company, is refused."""
    above: dict[str, tuple[str, Place]] = {}
    ultimate: dict[str, tuple[str, Place]] = {}
    own = set(reporting)
    same: dict[str, str] = {}
    issues: list[Issue] = []
    for row in _rows(books):
        own |= {row.id} if row.own else set()
        same |= {row.id: row.member} if row.member and row.member != row.id else {}
        for parent, stated in ((row.parent, above), (row.ultimate, ultimate)):
            if parent is None:
                continue
            first = stated.setdefault(row.id, (parent, row.place))
            if first[0] != parent:
                issues.append(_two(row.id, first[1], row.place))
    if issues or not (above or ultimate or own):
        return Groups(), issues
    direct = {k: (v, place) for k, (v, place) in above.items() if v != k}
    lines, issues = _lines(direct, ultimate, same)
    tops = dict(_tops(lines, ultimate, issues)) if not issues else {}
    if issues:
        return Groups(), issues
    return _groups(tops, {k for k, line in lines.items() if own & {*line, tops[k]}} | own), []


@dataclass(frozen=True)
class _Row:
    id: str
    parent: str | None
    ultimate: str | None
    own: bool
    member: str | None
    place: Place


def _rows(books: Mapping[str, OpenBook]) -> Iterator[_Row]:
    """The rows that say something of a group, those of the groups book first."""
    for name, id_column in GROUP_BOOKS.items():
        said = (*PARENTS, "reporting_entity", "group_member_id")
        if name not in books or not books[name].may_say(said):
            continue
        for batch in books[name].batches():
            says = [c for c in said if c in batch.columns]
            some = np.zeros(len(batch.rows), np.bool_)
            for column in says:
                some |= np.asarray(batch.columns[column].is_valid())
            at = np.flatnonzero(some)
            columns = {c: batch.columns[c].take(pa.array(at)).to_pylist()
                       for c in (id_column, *says)}  # fmt: skip
            for k, row in enumerate(at.tolist()):
                cells = {c: v[k] for c, v in columns.items()}
                place = Place(batch.file, row=int(batch.rows[row]), column=id_column)
                if cells[id_column] is not None:
                    yield _Row(cells[id_column], cells.get("parent_id"),
                               cells.get("ultimate_parent_id"), bool(cells.get("reporting_entity")),
                               cells.get("group_member_id"), place)  # fmt: skip


def _two(id_: str, first: Place, second: Place) -> Issue:
    return Issue("group_two_parents", second, id_, (("first", f"{first.file}:{first.row}"),))


def _lines(
    direct: Mapping[str, tuple[str, Place]], ultimate: Mapping[str, tuple[str, Place]],
    same: Mapping[str, str],
) -> tuple[dict[str, tuple[str, ...]], list[Issue]]:  # fmt: skip
    """Each company with all above it as far as stated; a circle is told once."""
    lines: dict[str, tuple[str, ...]] = {}
    told: dict[frozenset[str], Issue] = {}
    for start in dict.fromkeys([*direct, *ultimate, *same]):
        line, up = [start], start
        while up in direct or up in same:
            up = direct[up][0] if up in direct else same[up]
            if up in line:
                circle = line[line.index(up) :]
                place = next((direct[k][1] for k in circle if k in direct), Place())
                words = (("way", " > ".join([*circle, up])),)
                told.setdefault(frozenset(circle), Issue("group_cycle", place, up, words))
                break
            line.append(up)
        lines[start] = tuple(line)
    return lines, list(told.values())


def _tops(
    lines: Mapping[str, tuple[str, ...]], ultimate: Mapping[str, tuple[str, Place]],
    issues: list[Issue],
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Each company's ultimate parent: the last of its line, or the one that the line states."""
    for id_, line in lines.items():
        stated = [(k, ultimate[k]) for k in line if k in ultimate]
        tops = {top for _, (top, _) in stated} or {line[-1]}
        top = next(iter(tops))
        if len(tops) > 1 or (top in line and top != line[-1]):
            issues.append(Issue("group_two_parents", stated[0][1][1], id_,
                                (("first", " > ".join(line)),)))  # fmt: skip
        yield id_, top


def _groups(roots: Mapping[str, str], own: set[str]) -> Groups:
    members = dict(roots) | {top: top for top in roots.values()}
    names = tuple(sorted(set(members.values())))
    at = {name: k for k, name in enumerate(names)}
    return Groups(
        pa.array(list(members), pa.string()),
        np.array([at[top] for top in members.values()], np.int32), names,
        pa.array(sorted(own), pa.string()),
    )  # fmt: skip
