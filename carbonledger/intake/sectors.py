"""Sector codes that need the configuration to be read: other classifications, lost zeros."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger import codes
from carbonledger.books.checks import Source, as_text, is_blank
from carbonledger.books.kinds import OVERSEAS, SECTOR
from carbonledger.issues import Issue, Place, Refusal
from carbonledger.units import clean

MATCH = " match"
"""Ending of the column that holds, beside a translated sector, how it was translated."""
SECTORS: tuple[Literal["sector", "borrower_sector"], ...] = ("sector", "borrower_sector")


@dataclass(frozen=True)
class Reading:
    """How the sector column of a book is written: in which classification, in how many digits."""

    system: str = "gbt4754"
    length: int | None = None


@dataclass(frozen=True)
class _Read:
    """What one text became: the sector, how it was matched, or why it was not."""

    code: str | None
    match: str | None = None
    issue: str | None = None
    details: tuple[tuple[str, str], ...] = ()


def into_gbt4754(
    how: Mapping[str, Reading], columns: dict[str, pa.Array], rows: NDArray[np.int64],
    source: Source,
) -> tuple[dict[str, pa.Array], list[Issue]]:  # fmt: skip
    """Put sectors of other classifications and those without their zeros into plain GB/T 4754."""
    matches, issues = dict[str, pa.Array](), list[Issue]()
    for column, reading in how.items():
        columns[column], match, found = read_sectors(columns[column], reading, rows, source, column)
        issues += found
        if match is not None:
            matches[column + MATCH] = match
    return matches, issues


def read_sectors(
    cells: pa.Array, how: Reading, rows: NDArray[np.int64], source: Source, column: str
) -> tuple[pa.Array, pa.Array | None, list[Issue]]:
    """The cells as GB/T 4754, how each was matched, and those that stand for no one sector."""
    encoded = as_text(cells).dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    read = [_read(text, how) for text in texts]
    at = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    issues = [
        i
        for k, one in enumerate(read)
        if one.issue is not None
        for i in _issues(one, texts[k], np.flatnonzero(at == k), rows, source, column)
    ]
    sectors = pa.array([one.code for one in read], pa.string()).take(encoded.indices)
    if how.system == "gbt4754":
        return sectors, None, issues
    return sectors, pa.array([o.match for o in read], pa.string()).take(encoded.indices), issues


def _read(text: str, how: Reading) -> _Read:
    if is_blank(SECTOR, text) or clean(text) in OVERSEAS:
        return _Read(text)
    try:
        if how.system == "gbt4754":
            return _Read(codes.sector(text, how.length))
        foreign = codes.foreign_code(how.system, text)
    except Refusal as refusal:
        return _Read(None, None, refusal.code, refusal.details)
    found = codes.translated(how.system, foreign)
    if found is None:
        words = (("choices", codes.choices(how.system, foreign)),
                 ("system", codes.NAMES[how.system]))  # fmt: skip
        return _Read(None, None, "sector_not_translated", words)
    return _Read(found.code, f"{how.system} {foreign} {found.kind}")


def _issues(
    one: _Read, text: str, at: NDArray[np.intp], rows: NDArray[np.int64], source: Source,
    column: str,
) -> list[Issue]:  # fmt: skip
    """One issue a row where the cell is wrong; one a code where it is right but too coarse."""
    header = source.headers.get(column, column)
    named = column if header == column else f"{column} ({header})"
    places = [Place(source.file, source.sheet, int(rows[k]), named) for k in at]
    code = one.issue or ""
    if code == "sector_not_translated":
        return [Issue(code, places[0], text, (*one.details, ("count", str(len(at)))))]
    return [Issue(code, place, text, one.details) for place in places]


def match_flags(columns: Mapping[str, pa.Array], column: str, size: int) -> NDArray[np.bool_]:
    """Rows whose sector another classification gave, and not exactly."""
    match = columns.get(column + MATCH)
    if match is None or match.null_count == len(match):
        return np.zeros(size, np.bool_)
    inexact = [v is not None and not v.endswith(" exact") for v in match.to_pylist()]
    return np.array(inexact, np.bool_)
