"""Many processes: units of work go out, sums and entries come back in any order, one run results.

Everything but the pass over the positions is prepared here, as on one machine, and so is the
wording of what is wrong with the rows: whoever refuses a book has read it once more itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from carbonledger.books import OWN
from carbonledger.digests import Digest
from carbonledger.entries import Fingerprint
from carbonledger.footprint import Footprint
from carbonledger.intake.refused import MOST_ALIKE
from carbonledger.issues import Issue, Place, Unavailable, errors
from carbonledger.ledger import Ledger
from carbonledger.ledger.posting import LIMIT
from carbonledger.scale.local import Accounted, account, customers_asked, leave_idle
from carbonledger.scale.parts import Parts
from carbonledger.scale.period import WACI, Period
from carbonledger.scale.progress import Progress, Tally
from carbonledger.scale.rows import part_rows, sealed_rows
from carbonledger.scale.units import Done, Unit, units_of, write_shared
from carbonledger.scale.versions import Code

PARTS = ".parts"
Mapper = Callable[[Sequence[Unit]], Iterable[Done]]
"""Works units wherever it likes, and gives their results in any order."""


def kept_here(ready: Period) -> Issue | None:
    """Why the positions of a period cannot be worked elsewhere; None where they can."""
    if ready.terms.pseudonyms is not None:
        return Issue("engine_local", Place(), "pseudonym_key")
    for name in (n for n in OWN if n in ready.books):
        config = ready.books[name].config
        for key, given in (("months", config.months), ("query", config.query)):
            if given:
                return Issue("engine_local", Place(), f"books.{name}.{key}")
    return None


def account_on(
    mapper: Mapper, code: Code, ready: Period, folder: Path, progress: Progress | None,
    place: str | None = None,
) -> Accounted:  # fmt: skip
    """Account for every position by units; entries and sums are those of one machine.

    The parts lie at ``place``, which every process reaches, or else beside the entries.
    """
    customers = customers_asked(ready)
    for book in ready.books.values():
        if book.corrections.of and not book.rows and book.book.name in OWN:
            for _ in book.batches():  # whether each was met shows over the whole book only
                pass
    parts = Parts(place or str(folder.resolve() / PARTS))
    try:
        digest = write_shared(ready, customers, parts, code)
        units = units_of(ready, parts, digest)
        sums = Sums(ready, Tally(progress, ready.books))
        with ExitStack() as closing:
            entries = _Entries(ready, folder, parts, closing)
            for done in mapper(units):
                sums.add(done)
                entries.add(done)
    finally:
        parts.clear()
    if sums.persons:
        # Whose rows came before the one that says who they are shows only in the order of the file.
        return account(ready, folder, progress)
    sums.settle()
    sums.files = entries.digests()
    leave_idle(ready, {n: f.rows for n, f in sums.fingerprints.items()}, folder)
    return sums.accounted()


class _Entries:
    """The entries of all units in their order, written as they come."""

    def __init__(self, ready: Period, folder: Path, parts: Parts, closing: ExitStack) -> None:
        names = [s.id for s in ready.standards if s.account != WACI]
        self._files = {n: closing.enter_context(sealed_rows(folder / n)) for n in names}
        self._writers = closing.enter_context(ThreadPoolExecutor(max(len(names), 1)))
        self._parts, self._next, self._there = parts, 0, set[int]()

    def add(self, done: Done) -> None:
        """Take what is next, and what waited for it."""
        self._there.add(done.number)
        while self._next in self._there:
            with self._parts.taken(self._next) as part:
                for _ in self._writers.map(lambda n: self._copy(part, n), self._files):
                    pass
            self._next += 1

    def digests(self) -> dict[str, Digest]:
        """The hash of each finished file."""
        return {n: file.digest for n, file in self._files.items() if file.digest}

    def _copy(self, part: Path, name: str) -> None:
        for batch in part_rows(part / name):
            self._files[name].add(batch)


@dataclass
class Sums:
    """What has come back so far."""

    ready: Period
    tally: Tally
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    bounds: dict[str, float] = field(default_factory=dict)
    fingerprints: dict[str, Fingerprint] = field(default_factory=dict)
    footprints: dict[str, Footprint] = field(default_factory=dict)
    units: dict[int, Done] = field(default_factory=dict)
    files: Mapping[str, Digest] = field(default_factory=dict)
    persons: bool = False

    def add(self, done: Done) -> None:
        """Add a unit's sums, exactly and in any order."""
        if done.number in self.units:
            return
        self.units[done.number] = done
        self.persons |= done.persons
        for standard, ledger in done.ledgers.items():
            known = self.ledgers.get(standard)
            self.ledgers[standard] = ledger if known is None else known.merge(ledger)
            self.bounds[standard] = self.bounds.get(standard, 0.0) + done.bounds[standard]
            one = done.fingerprints[standard]
            self.fingerprints[standard] = self.fingerprints.get(standard, Fingerprint()).merge(one)
        for basis, footprint in done.footprints.items():
            self.footprints[basis] = self.footprints.get(basis, Footprint()).plus(footprint)
        if max(self.bounds.values(), default=0.0) >= LIMIT:
            raise OverflowError("totals near the limit of 64 bits: more than 4.6e18 grams or fen")
        self.tally.count(done.rows, done.money)

    def settle(self) -> None:
        """Tell the books what their rows brought up, as one machine would have."""
        in_order = [self.units[n] for n in sorted(self.units)]
        wrong = any(errors(d.issues) for d in in_order)
        if wrong or any(_meet([d.keys for d in in_order if d.book == n]) for n in OWN):
            for _ in self.ready.positions():
                pass
            if wrong and not errors(self.ready.all_issues()):
                first = next(i for d in in_order for i in errors(d.issues))
                if first.code != "file_changed" or _as_opened(self.ready, first.place.file):
                    raise Unavailable("cluster_file_unseen", first.place.file)
                self.ready.issues.append(first)
                return
        else:
            for name in (n for n in OWN if n in self.ready.books):
                own = [d for d in in_order if d.book == name]
                book = self.ready.books[name]
                book.issues += list(_listed(i for d in own for i in d.issues))
                book.rows = book.rows or sum(d.rows for d in own)
                book.hidden |= any(d.hidden for d in own)
            for done in in_order:
                self.ready.exchange.unknown.update(done.unknown)
                self.ready.owing.update(done.owing)
                self.ready.nowhere.merge(done.nowhere)
        self.ready.issues += self.ready.exchange.warnings()
        self.ready.issues += self.ready.nowhere.warnings(self.ready.books)

    def accounted(self) -> Accounted:
        """The totals and hashes of all."""
        kept = [s.id for s in self.ready.standards]
        return Accounted({n: self.ledgers[n] for n in kept},
                         {n: self.fingerprints[n].plain() for n in kept},
                         self.footprints, self.files)  # fmt: skip


def _as_opened(ready: Period, name: str) -> bool:
    """Whether the files of a name lie on this machine as they were opened."""
    paths = [(f.digest, f.path) for b in ready.books.values() for f in b.files if f.name == name]
    return all(isinstance(path, Path) and digest.holds(path) for digest, path in paths)


def _meet(keys: Sequence[np.ndarray]) -> bool:
    """Whether any two keys of a book may be the same."""
    ordered = np.sort(np.concatenate([np.zeros(0, np.uint64), *keys]))
    return bool((ordered[1:] == ordered[:-1]).any())


ONCE_A_FILE = ("amounts_far_apart", "loan_above_assets", "loan_above_property_value",
               "holding_above_tranche", "tranche_above_deal")  # fmt: skip


def _listed(issues: Iterable[Issue]) -> Iterator[Issue]:
    """The warnings of all parts as those of whole files: so many of a kind, or one."""
    counts: dict[tuple[str, str, str | None], int] = {}
    for issue in issues:
        code = dict(issue.details)["code"] if issue.code == "more_alike" else issue.code
        kind = (issue.place.file, code, issue.place.column)
        counts[kind] = counts.get(kind, 0) + 1
        if code in ONCE_A_FILE:
            if counts[kind] == 1:
                yield issue
        elif counts[kind] <= MOST_ALIKE:
            yield issue
        elif counts[kind] == MOST_ALIKE + 1:
            yield Issue("more_alike", issue.place, "", (("code", code),))
