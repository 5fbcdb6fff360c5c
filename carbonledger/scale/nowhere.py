"""Ids that positions name and no book has, where nothing is computed because of it.

Borrowers are no part of it: a book of loans mostly knows some of them alone, and coverage says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np

from carbonledger.alike import Rows
from carbonledger.books import ENTITIES
from carbonledger.engine import LACKS_DATA, Cases, Entries
from carbonledger.intake.coded import of_entity
from carbonledger.intake.entities import Entities
from carbonledger.intake.positions import Positions
from carbonledger.issues import Issue, Place
from carbonledger.method import Mask, Standard


class Met(NamedTuple):
    """How many rows of a file name such an id in a column, and the first of them."""

    rows: int
    first: int
    id: str


@dataclass
class Nowhere:
    """What was met so far, by file, column and standard."""

    found: dict[tuple[str, str, str], Met] = field(default_factory=dict)

    def note(
        self, standard: Standard, positions: Positions, entries: Entries,
        entities: Mapping[str, Entities],
    ) -> None:  # fmt: skip
        """Take in what a standard could not compute of a batch because nobody has the id."""
        for kind in {page.entity for page in standard.pages} - {"counterparty"}:
            rows = unmet(kind, positions, entities)
            if rows.size:
                lacks = entries.cases.derived(f"lacks {kind}", partial(_lacks, standard, kind))
                self.add(standard.id, kind, positions, rows[lacks[entries.case[rows]]])

    def add(self, standard: str, kind: str, positions: Positions, rows: Rows) -> None:
        """Take in rows of a batch whose entity of a kind is nowhere."""
        if not rows.size:
            return
        first, column = int(rows[0]), f"{kind}_id"
        id_ = str(positions.typed.columns[column][first])
        met = Met(rows.size, int(positions.typed.rows[first]), id_)
        self._count((positions.typed.file, column, standard), met)

    def merge(self, other: Nowhere) -> None:
        """Take in what was met elsewhere."""
        for key, met in other.found.items():
            self._count(key, met)

    def _count(self, key: tuple[str, str, str], met: Met) -> None:
        known = self.found.get(key)
        if known is not None:
            first = min(known, met, key=lambda m: m.first)
            met = first._replace(rows=known.rows + met.rows)
        self.found[key] = met

    def warnings(self, books: Mapping[str, object]) -> list[Issue]:
        """One a file and column; of several standards that which lacks most rows."""
        most: dict[tuple[str, str], Met] = {}
        for (file, column, _), met in sorted(self.found.items()):
            known = most.get((file, column))
            if known is None or met.rows > known.rows:
                most[file, column] = met
        return [_issue(file, column, met, books) for (file, column), met in most.items()]


def unmet(kind: str, positions: Positions, entities: Mapping[str, Entities]) -> Rows:
    """The rows of a batch that name an id of a kind which no book has."""
    kept, ids = positions.batch.kept, positions.typed.columns.get(f"{kind}_id")
    if ids is None:
        return np.zeros(0, np.intp)
    if ("unmet", kind) not in kept:
        link, known = positions.batch.links[kind], entities[kind].batch.columns["matched"].values
        nobody = link < 0
        if known.all() and np.count_nonzero(nobody) == ids.null_count:
            kept["unmet", kind] = np.zeros(0, np.intp)
        else:
            met = of_entity(known, link, False)
            kept["unmet", kind] = np.flatnonzero(~met & np.asarray(ids.is_valid()))
    rows: Rows = kept["unmet", kind]
    return rows


def _lacks(standard: Standard, kind: str, cases: Cases) -> Mask:
    """Where a page of entities of a kind computes nothing for want of what they should bring."""
    of_kind = np.array([page.entity == kind for page in standard.pages])
    lacks: Mask = LACKS_DATA[cases.reason] & of_kind[cases.page]
    return lacks


def _issue(file: str, column: str, met: Met, books: Mapping[str, object]) -> Issue:
    book = ENTITIES[column.removesuffix("_id")]
    words = (("book", book), ("count", str(met.rows)))
    # What no book says of countries is published, so their own book is one of several.
    code = "id_nowhere" if book in books or book == "territories" else "id_without_book"
    return Issue(code, Place(file, row=met.first, column=column), met.id, words)
