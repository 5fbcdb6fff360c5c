"""One machine: books stream through intake, engine, ledger and writer, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from carbonledger.digests import Digest
from carbonledger.footprint import Footprint
from carbonledger.intake.customers import customers_of
from carbonledger.intake.exclusions import Customers
from carbonledger.ledger import Ledger
from carbonledger.reading.ahead import ahead
from carbonledger.scale.footing import footings
from carbonledger.scale.period import WACI, Period
from carbonledger.scale.progress import Progress, Tally
from carbonledger.scale.standing import Standing, owing_in, own_positions


@dataclass(frozen=True)
class Accounted:
    """The ledgers of a period by standard, and the hashes of their entries."""

    ledgers: Mapping[str, Ledger]
    fingerprints: Mapping[str, Mapping[str, str]]
    footprints: Mapping[str, Footprint] = field(default_factory=dict)
    """By basis, where any company has a value of it."""
    files: Mapping[str, Digest] = field(default_factory=dict, compare=False)
    """The hash of the sealed entries of each standard, worked out as they were written."""


Account = Callable[[Period, Path | None, Progress | None], Accounted]
"""Accounts for every position; entries go to the folder when given."""


def account(ready: Period, folder: Path | None, progress: Progress | None = None) -> Accounted:
    """Account for every position; entries go to ``folder``, a file a standard, when given."""
    customers, tally = customers_asked(ready), Tally(progress, ready.books)
    books = [Standing(s, folder) for s in ready.standards]
    bases = footings(ready.entities["counterparty"].batch)
    try:
        with ThreadPoolExecutor(len(books)) as pool:
            for positions in ahead(ready.positions()):
                ready.owing |= owing_in(positions)
                adding = [pool.submit(book.add, ready, positions, customers) for book in books]
                adding += [pool.submit(b.add, own_positions(b.standard, positions),
                                       ready.estimated, ready.at) for b in bases]  # fmt: skip
                for added in adding:
                    added.result()
                tally.add(positions)
        files = {book.standard.id: book.close() for book in books}
    except BaseException:
        for book in books:
            book.drop()
        raise
    ready.issues += ready.exchange.warnings() + ready.nowhere.warnings(ready.books)
    leave_idle(ready, {b.standard.id: b.fingerprint.rows for b in books}, folder)
    books = [b for b in books if b.standard in ready.standards]
    return Accounted({b.standard.id: b.posting.ledger() for b in books},
                     {b.standard.id: b.fingerprint.plain() for b in books},
                     {b.basis: b.sums for b in bases},
                     {n: found for n, found in files.items() if found})  # fmt: skip


def leave_idle(ready: Period, rows: Mapping[str, int], folder: Path | None) -> None:
    """Leave out again the standards that came by themselves and have no rows."""
    idle = [s for s in ready.standards
            if s.id not in ready.config.standards and s.account != WACI
            and not rows[s.id]]  # fmt: skip
    for path in [] if folder is None else [folder / f"{s.id}.parquet" for s in idle]:
        path.unlink()
    ready.standards = tuple(s for s in ready.standards if s not in idle)


def customers_asked(ready: Period) -> Customers | None:
    """What is known of each customer over all positions, where an exclusion asks for it."""
    rules = [r for r in ready.config.exclusions.values() if r.asks_customers]
    if not rules:
        return None
    return customers_of(ready.books, ready.entities, ready.exchange, ready.period,
                        ready.config.average_balance, rules)  # fmt: skip
