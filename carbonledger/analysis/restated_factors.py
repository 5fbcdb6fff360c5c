"""A run's books worked with the factors of two days: which change moved which tonnes.

The book, the shares and the options are those of the run, so every difference is one of factors.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from carbonledger.factors import FactorRow
from carbonledger.scale.local import account
from carbonledger.scale.period import WACI, Period

_COLUMNS = ("project_id", "counterparty_id", "position_id", "book")
_SCOPES = ("1", "2", "3")


@dataclass(frozen=True)
class Restated:
    """Positions that one change of a factor moved, in one scope of one standard."""

    standard: str
    scope: str
    old: FactorRow | None
    new: FactorRow | None
    """None where several factors answer, or none does; the option says which then."""
    old_option: str
    new_option: str
    entities: int
    positions: int
    before: int
    after: int
    change: Fraction | None
    """The new factor over the old one less one, at the period's prices; None without two."""


@dataclass
class _Moved:
    entities: set[str] = field(default_factory=set)
    positions: int = 0
    before: int = 0
    after: int = 0


def restated(first: Period, last: Period) -> list[Restated]:
    """Every change that moves a gram or lets a position in or out, the largest first."""
    found: list[Restated] = []
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / name for name in ("first", "last")]
        for place, ready in zip(places, (first, last), strict=True):
            place.mkdir()
            account(ready, place)
        for standard in (s.id for s in first.standards if s.id != WACI):
            found += _of_standard(standard, places, first, last)
    return sorted(found, key=lambda r: (r.standard, -abs(r.after - r.before), r.scope))


def _of_standard(
    standard: str, places: list[Path], first: Period, last: Period
) -> Iterator[Restated]:
    names = [f"{part}_scope{s}" for part in ("option", "factor") for s in _SCOPES]
    grams = [f"financed_emissions_scope{s}_g" for s in _SCOPES]
    columns = [*_COLUMNS, *names, *grams]
    files = [place / f"{standard}.parquet" for place in places]
    tables = [pq.read_table(file, columns=columns).to_pylist() for file in files]
    groups: dict[tuple[Any, ...], _Moved] = {}
    for old, new in zip(*tables, strict=True):
        for scope, gram in zip(_SCOPES, grams, strict=True):
            sides = [(e[f"option_scope{scope}"], e[f"factor_scope{scope}"]) for e in (old, new)]
            if old[gram] == new[gram] and (old[gram] is None) == (new[gram] is None):
                continue
            moved = groups.setdefault((scope, *sides), _Moved())
            moved.entities.add(old["project_id"] or old["counterparty_id"] or "")
            moved.positions += 1
            moved.before += old[gram] or 0
            moved.after += new[gram] or 0
    for (scope, was, now), moved in groups.items():
        old, new = _answer(first, was[1]), _answer(last, now[1])
        change = old[1] and new[1] and Fraction(new[1]) / Fraction(old[1]) - 1
        yield Restated(standard, scope, old[0], new[0], was[0] or "", now[0] or "",
                       len(moved.entities), moved.positions, moved.before, moved.after,
                       change if isinstance(change, Fraction) else None)  # fmt: skip


def _answer(ready: Period, number: int | None) -> tuple[FactorRow | None, float]:
    """The row of an entry's factor, and its value at the period's prices."""
    if number is None or number < 0:
        return None, 0.0
    row, adjusted = ready.factors.rows[number], ready.at.adjusted(number)
    return row, adjusted.canonical if adjusted else row.canonical
