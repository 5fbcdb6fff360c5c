"""The cells of a file under the names of its book's columns, corrected and not typed yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger.books.checks import Source, as_text
from carbonledger.books.rows import columns_of
from carbonledger.intake.files import File
from carbonledger.intake.sectors import into_gbt4754
from carbonledger.issues import Issue, Place, Refusal

if TYPE_CHECKING:
    from carbonledger.intake.book import OpenBook


class Read(NamedTuple):
    """A batch as read, its canonical columns, and what became of its codes of sectors."""

    batch: Any
    rows: NDArray[np.int64]
    columns: dict[str, pa.Array]
    given: dict[str, pa.Array]
    matches: dict[str, pa.Array]
    doubtful: list[Issue]


def canonical(
    opened: OpenBook, file: File, source: Source, every: Mapping[str, str], issues: list[Issue]
) -> Iterator[Read]:
    """The batches of a file, corrected, under the names of the book's columns."""
    mapped = file.mapped
    asked = [*every.values(), *mapped.kept]
    for rows, as_read in _readable(opened, file, asked, issues):
        batch = opened.corrections.correct(as_read, rows, opened.book, source, every)
        columns = {c: batch.column(h) for c, h in mapped.headers.items()}
        columns |= {c: _constant(v, len(rows)) for c, v in opened.config.values.items()
                    if c not in columns}  # fmt: skip
        if file.entity and "reporting_entity" not in columns:
            columns["reporting_entity"] = _constant(file.entity, len(rows))
        given = {c: as_text(columns[c]) for c in mapped.sectors}
        matches, doubtful = into_gbt4754(mapped.sectors, columns, rows, source)
        yield Read(batch, rows, columns, given, matches, doubtful)


def _readable(
    opened: OpenBook, file: File, asked: Sequence[str], issues: list[Issue]
) -> Iterator[tuple[NDArray[np.int64], pa.RecordBatch]]:
    """The batches of a file; a damaged page that shows only now ends them with an issue.

    It refuses the book whenever it shows: also where the file is gone when it is read again.
    """
    coded = [
        file.mapped.headers[name]
        for name, spec in columns_of(opened.book.row).items()
        if name in file.mapped.headers and pa.types.is_dictionary(spec.kind.type)
    ]
    try:
        yield from file.table.batches(asked, dictionary=coded if file.table.native else ())
    except Refusal as refusal:
        found = Issue(refusal.code, Place(file.name), "", refusal.details)
        issues.append(found)
        if found not in opened.issues:
            opened.issues.append(found)


def _constant(value: str, size: int) -> pa.Array:
    indices = pa.array(np.zeros(size, np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array([value], pa.string()))
