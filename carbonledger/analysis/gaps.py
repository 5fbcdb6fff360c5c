"""What to ask whom: the smallest answers that would cover a position or improve its score.

Money, tonnes and scores come from the sealed entries, whole numbers all; what an answer would open
comes from the engine itself (``what_if``). Gains of coverage add up with what no answer mends to
the money that the ledger has as not covered. Gains of score are alternatives to one another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.analysis.askable import KINDS, Ints, Rows, askable_rows
from carbonledger.analysis.what_if import (
    ASKS,
    ENERGY,
    EVIC,
    World,
    answered,
    asks,
    cost,
    estimated,
    world,
)
from carbonledger.engine import attribute
from carbonledger.ledger import Total
from carbonledger.method import PARTS, Flag, Mask, Standard
from carbonledger.runs import Run
from carbonledger.scale.period import WACI, Period

FOR_SCORE = 2
"""Asks that are tried together where only the score would gain."""
WORST = 5
Asked = tuple[int, tuple[str, ...]]
"""A kind of entity and what is asked of it at once."""
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Gap:
    """One entity and the smallest set of figures that would gain something under a standard.

    ``outstanding`` and ``grams`` are what lies behind; ``gain`` is what the score is weighted by
    times its step, with the emissions as they stand. ``score_from`` is None where the positions
    are not covered.
    """

    standard: str
    effect: str
    entity: str
    id: str
    branch: str
    fields: tuple[str, ...]
    positions: int
    outstanding: int
    grams: int | None
    score_from: int | None
    score_to: int | None
    gain: int


@dataclass(frozen=True)
class Account:
    """The gaps of one standard, most first, and the money that no answer would bring in."""

    standard: Standard
    whole: Total
    coverage: tuple[Gap, ...]
    score: tuple[Gap, ...]
    unmended: Mapping[str, tuple[int, int]]
    """Rows and money by reason."""

    @property
    def gained(self) -> int:
        """Outstanding amount that all the answers together would cover."""
        return sum(g.outstanding for g in self.coverage)

    def score_step(self, gap: Gap) -> Fraction | None:
        """By how much the portfolio's weighted score would fall."""
        by_emissions = self.standard.score_weight == "emissions"
        weighed = self.whole.computed - self.whole.unscored
        whole = self.whole.scope12 if by_emissions else weighed
        return Fraction(gap.gain, whole) if whole else None


@dataclass
class _Best:
    """The cheapest set found so far for each row, by the score that it leads to."""

    rank: Ints
    pick: NDArray[np.int32]
    sets: list[Asked] = field(default_factory=list)

    def offer(self, rank: Ints, score: Ints, open_: Mask, name: Asked) -> None:
        """Take a set over wherever it is cheaper than what stands."""
        self.sets.append(name)
        for value in range(WORST + 1):
            better = open_ & (score == value) & (rank < self.rank[value])
            self.rank[value, better] = rank[better]
            self.pick[value, better] = len(self.sets) - 1


def gaps(ready: Period, run: Run, only: Sequence[str] = ()) -> list[Account]:
    """The gaps of every standard of a sealed run, or of some."""
    wanted = [s for s in ready.standards if s.id != WACI and s.whole_book
              and (not only or s.id in only)]  # fmt: skip
    worlds = {kind: world(ready, kind, _unknown(ready, kind)) for kind in KINDS}
    seen = replace(ready, entities=ready.entities | {k: w.entities for k, w in worlds.items()})
    listed = {kind: _listed(seen, kind, w) for kind, w in worlds.items()}
    return [_account(seen, run, standard, worlds, listed) for standard in wanted]


def _unknown(ready: Period, kind: str) -> list[str]:
    """Ids that positions name and no book knows, in their own order."""
    found: dict[str, None] = {}
    for positions in ready.positions():
        ids = positions.typed.columns.get(f"{kind}_id")
        if ids is not None:
            unlinked = ids.filter(pa.array(positions.batch.links[kind] < 0))
            found |= dict.fromkeys(i for i in unlinked.unique().to_pylist() if i)
    return sorted(found)


def _listed(ready: Period, kind: str, given: World) -> Mask:
    """Entities whose shares are listed, as the book says or a holding of them shows."""
    table = given.entities.table
    if "listed" not in table.schema.names:
        return np.zeros(table.num_rows, np.bool_)
    listed: Mask = np.asarray(table.column("listed").fill_null(False)).copy()
    for positions in ready.positions():
        key = positions.batch.keys["asset_class"]
        names = np.array([*(n == "listed_equity" for n in key.names), False], np.bool_)
        link = positions.batch.links[kind]
        listed[link[names[key.codes] & (link >= 0)]] = True
    return listed


def _account(
    ready: Period, run: Run, standard: Standard, worlds: Mapping[str, World],
    listed: Mapping[str, Mask],
) -> Account:  # fmt: skip
    rows, unmended = askable_rows(ready, run, standard)
    best = _search(ready, standard, rows, worlds, listed)
    names = {kind: worlds[kind].entities.ids.to_pylist() for kind in KINDS}

    def collected(effect: str, chosen: Iterable[tuple[int, int, int]]) -> tuple[Gap, ...]:
        groups: dict[tuple[int, int, int, int, int], list[int]] = defaultdict(list)
        for at, pick, to in chosen:
            key = (int(rows.kind[at]), int(rows.entity[at]), pick, int(rows.score[at]), to)
            groups[key].append(at)
        found = []
        for (k, entity, pick, before, to), members in groups.items():
            fields = _fields(worlds[KINDS[k]], best.sets[pick][1], entity, listed[KINDS[k]])
            found.append(_gap(standard, effect, rows, members, KINDS[k], names[KINDS[k]][entity],
                              fields, before, to))  # fmt: skip
        return tuple(sorted(found, key=lambda g: (-g.gain, -g.outstanding, g.id, g.fields)))

    covered, scored, left = _chosen(rows, best)
    for at in left:
        count, money = unmended.get(rows.reason[at], (0, 0))
        unmended[rows.reason[at]] = (count + 1, money + int(rows.outstanding[at]))
    return Account(
        standard, run.ledger(standard.id).whole, collected("coverage", covered),
        collected("score", scored), dict(sorted(unmended.items(), key=lambda i: (-i[1][1], i[0]))),
    )  # fmt: skip


def _gap(
    standard: Standard, effect: str, rows: Rows, members: Sequence[int], kind: str, id_: str,
    fields: tuple[str, ...], before: int, to: int,
) -> Gap:  # fmt: skip
    money = sum(int(rows.outstanding[at]) for at in members)
    by_branch: dict[str, int] = defaultdict(int)
    for at in members:
        by_branch[rows.branch[at]] += int(rows.outstanding[at])
    branch = min(by_branch, key=lambda b: (-by_branch[b], b))
    computed = effect == "score"
    grams = sum(int(rows.grams[at]) for at in members) if computed else None
    weight = money if grams is None or standard.score_weight == "balance" else grams
    return Gap(
        standard.id, effect, kind, id_, branch, fields, len(members), money,
        grams, before if computed else None, to or None,
        weight * (before - to) if computed else money,
    )  # fmt: skip


def _fields(
    given: World, asked: Sequence[str], entity: int, may_be_listed: Mask
) -> tuple[str, ...]:
    """The columns of the asks that the entity has not answered."""
    blanks = given.blanks
    columns = [c for ask in asked for c in ASKS[given.kind][ask]]
    return tuple(c for c in columns if blanks[c][entity] and (c != EVIC or may_be_listed[entity]))


def _chosen(
    rows: Rows, best: _Best
) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]], list[int]]:
    """For each row its cheapest sets: those that cover, those that improve the score; and none."""
    covered, scored, left = [], [], []
    for at in range(len(rows.kind)):
        ranks = best.rank[:, at]
        if rows.score[at] == 0:
            to = int(ranks.argmin())
            if ranks[to] == NEVER:
                left.append(at)
            else:
                covered.append((at, int(best.pick[to, at]), to))
            continue
        cheapest = NEVER
        for to in range(int(rows.score[at]) - 1, 0, -1):
            cheapest = min((int(r) for r in ranks[1:to]), default=NEVER)
            if ranks[to] < cheapest:
                scored.append((at, int(best.pick[to, at]), to))
    return covered, scored, left


def _search(
    ready: Period, standard: Standard, rows: Rows, worlds: Mapping[str, World],
    listed: Mapping[str, Mask],
) -> _Best:  # fmt: skip
    """Try every set of asks on every row; the cheapest that opens something stays."""
    size = len(rows.kind)
    best = _Best(np.full((WORST + 1, size), NEVER), np.full((WORST + 1, size), -1, np.int32))
    if not size:
        return best
    for k, kind in enumerate(KINDS):
        mine = rows.kind == k
        if not mine.any():
            continue
        most = asks(ready, kind) if (rows.score[mine] == 0).any() else asks(ready, kind, FOR_SCORE)
        for asked in most:
            figures = cost(worlds[kind], asked, listed[kind])
            costs = rows.of_kind([figures if n == k else np.zeros(len(w.blanks[ENERGY]), np.int64)
                                  for n, w in enumerate(worlds.values())])  # fmt: skip
            if not (costs > 0).any():
                continue
            filled = {**worlds, kind: answered(ready, worlds[kind], asked, listed[kind])}
            reason, score, flags = _attributed(ready, standard, rows, filled)
            better = (rows.score == 0) | ((score > 0) & (score < rows.score))
            fallback = (flags & np.uint32(Flag.BALANCE_SHEET_FALLBACK)) > 0
            best.offer(2 * costs + (fallback & (rows.score == 0)), score,
                       mine & (costs > 0) & (reason == 0) & better, (k, asked))  # fmt: skip
    return best


def _attributed(
    ready: Period, standard: Standard, rows: Rows, worlds: Mapping[str, World]
) -> tuple[Ints, Ints, NDArray[np.uint32]]:
    """Reason, score and flags of every row in these worlds."""
    shown = estimated(ready, worlds, standard)
    made = [attribute(part, shown, ready.at, standard,
                      above_one=ready.config.attribution_above_one)
            for part in rows.parts]  # fmt: skip
    return (
        np.concatenate([e.reason for e in made]).astype(np.int64),
        np.concatenate([e.score[0] for e in made]).astype(np.int64) // PARTS,
        np.concatenate([e.flags for e in made]),
    )
