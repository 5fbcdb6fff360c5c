"""What a standard makes of the batches that go by: its own positions, posted and written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from carbonledger.books import BOOKS
from carbonledger.digests import Digest
from carbonledger.engine import attribute
from carbonledger.entries import Fingerprint, table_of
from carbonledger.intake.exclusions import Customers, left_out
from carbonledger.intake.positions import Positions
from carbonledger.intake.undrawn import stated
from carbonledger.ledger.posting import Posting
from carbonledger.method import IN_USD, Standard
from carbonledger.scale.period import WACI, Period
from carbonledger.scale.rows import Rows, sealed_rows

AHEAD = 2
"""Row groups that may wait while one is written: who works them must not wait for the file."""


def owing_in(positions: Positions) -> set[int]:
    """The territories whose debt stands in a batch."""
    if IN_USD not in positions.batch.columns:
        return set()
    return set(np.unique(positions.batch.links["territory"]).tolist()) - {-1}


def own_positions(standard: Standard, positions: Positions) -> Positions | None:
    """The positions that are of a standard's account, counted by its own column of money."""
    batch = positions.batch
    takes = [standard.page_of(n) is not None for n in batch.keys["asset_class"].names]
    if positions.book not in standard.books or not (standard.whole_book or any(takes)):
        return None
    if standard.asks and standard.asks not in positions.typed.columns:
        return None
    kept = np.ones(batch.size, np.bool_)
    if BOOKS[positions.book].exposure != standard.exposure:
        amounts = stated(standard.exposure, positions.typed.columns)
        if amounts is None:
            return None
        # In its own currency: what no rate is known for is of the book, and not covered.
        kept &= np.asarray(pc.fill_null(pc.greater(amounts, 0), False))
    if not standard.whole_book:
        kept &= np.array([*takes, False])[batch.keys["asset_class"].codes]
    if not kept.any():
        return None
    if not kept.all():
        positions = positions.take(np.flatnonzero(kept))
    if standard.exposure in ("outstanding_amount", BOOKS[positions.book].exposure):
        return positions
    columns = positions.batch.columns
    columns = {**columns, "outstanding_amount": columns[standard.exposure]}
    return replace(positions, batch=replace(positions.batch, columns=columns, kept={}))


class Standing:
    """One standard's posting, fingerprint and writer while the batches go by."""

    def __init__(
        self, standard: Standard, folder: Path | None,
        rows_into: Callable[[Path], Rows] = sealed_rows,
    ) -> None:  # fmt: skip
        self.standard = standard
        self.keeps = standard.account != WACI
        self.posting = Posting(standard, whole_only=not self.keeps)
        self.fingerprint = Fingerprint()
        self._writer: Rows | None = None
        self._pen = ThreadPoolExecutor(1)
        self._written = deque[Future[None]]()
        """Row groups before, which are written while this batch is worked on."""
        if folder is not None and self.keeps:
            self._writer = rows_into(folder / standard.id)

    def add(self, ready: Period, positions: Positions, customers: Customers | None) -> None:
        """Account for one batch, or what of it belongs to the account."""
        mine = own_positions(self.standard, positions)
        if mine is None:
            return
        positions = mine
        rules = ready.config.exclusions.get(self.standard.id)
        entries = attribute(
            positions.batch, ready.estimated, ready.at, self.standard,
            excluded=left_out(positions, rules, customers),
            above_one=ready.config.attribution_above_one,
        )  # fmt: skip
        self.posting.post(entries, positions.batch)
        if self.keeps:
            ready.nowhere.note(self.standard, positions, entries, ready.entities)
            one = Fingerprint.of(entries, positions, self.standard)
            self.fingerprint = self.fingerprint.merge(one)
            if self._writer is not None:
                table = table_of(entries, positions, self.standard)
                for group in self._writer.ready(table):
                    self._written.append(self._pen.submit(self._writer.write, group))
                while len(self._written) > AHEAD:
                    self._written.popleft().result()

    def close(self) -> Digest | None:
        """Finish the file, and give its hash."""
        self._pen.shutdown()
        for written in self._written:  # before more goes to a file that may have failed
            written.result()
        if self._writer is not None:
            self._writer.close()
        return None if self._writer is None else self._writer.digest

    def drop(self) -> None:
        """Let go of the file: something went wrong, and nothing that follows from it counts."""
        self._pen.shutdown(cancel_futures=True)
        if self._writer is not None:
            with suppress(Exception):
                self._writer.close()
