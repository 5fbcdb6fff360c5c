"""Several reporting entities in one book: each position belongs to one that is configured."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.books import POSITIONS
from carbonledger.intake.book import OpenBook
from carbonledger.issues import Issue, Place

COLUMN = "reporting_entity"


def reporting_problems(books: Mapping[str, OpenBook], known: Collection[str]) -> list[Issue]:
    """Positions of an entity that is not configured, or of none where there are several."""
    issues: list[Issue] = []
    if not known:
        return issues
    for name in POSITIONS:
        opened = books.get(name)
        if opened is None or not opened.files:
            continue
        if not opened.has(COLUMN) and not any(f.entity for f in opened.files):
            if len(known) > 1:
                issues.append(Issue("reporting_entity_missing", Place(opened.files[0].name)))
            continue
        issues += _of_book(opened, known)
    return issues


def _of_book(opened: OpenBook, known: Collection[str]) -> list[Issue]:
    """The first row of each entity that is not known, and the first that names none."""
    found: dict[str | None, Issue] = {}
    for batch in opened.some([COLUMN]):
        size = len(batch.rows)
        column = batch.columns.get(COLUMN, pa.nulls(size, pa.string())).cast(pa.string())
        for value in column.unique().to_pylist():
            if value in known or value in found:
                continue
            at = int(np.asarray(column.is_null() if value is None else
                                pc.fill_null(pc.equal(column, value), False)).argmax())  # fmt: skip
            place = Place(batch.file, row=int(batch.rows[at]), column=COLUMN)
            code = "reporting_entity_missing" if value is None else "reporting_entity_unknown"
            words = () if value is None else (("known", ", ".join(known)),)
            found[value] = Issue(code, place, value or "", words)
    if len(known) == 1:
        found.pop(None, None)
    return list(found.values())
