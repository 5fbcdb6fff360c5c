"""What anchors a decline path: official targets and published outcomes, one a row of a CSV.

Rows stay text until a path names them, so that a target without a number ("before 2030", or a
figure never published) can stand in the table and is refused only where a number is needed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import reduce
from pathlib import Path
from typing import NamedTuple

from carbonledger.issues import Issue, Place, Refusal
from carbonledger.units import clean, decimal, is_empty

CONFIDENCES = ("SEEN", "DERIVED", "RECALLED", "UNCERTAIN")
"""How sure a value is, the surest first."""

HIGHEST_CHANGE = Decimal(1000)
WHOLE = Decimal(100)
YEAR = re.compile("(19|20)[0-9]{2}")
WORKING = Context(prec=60)
KEPT = Context(prec=40)
"""Roots are taken to 60 digits and kept to 40, which any correct decimal library agrees on."""


class Kind(NamedTuple):
    """A table of anchors: its file and the names of the columns that differ."""

    file: str
    until: str
    number: str

    @property
    def required(self) -> tuple[str, ...]:
        """The columns an anchor can't do without."""
        return ("id", "base_year", self.until, self.number, "confidence", "source")


TARGET = Kind("targets.csv", "target_year", "reduction_pct")
OUTCOME = Kind("outcomes.csv", "year", "change_pct")
OPTIONAL = ("area", "metric", "status")
PROSE = (*OPTIONAL, "source")


@dataclass(frozen=True)
class Row:
    """One target or outcome as its author wrote it."""

    kind: Kind
    cells: Mapping[str, str]
    place: Place


@dataclass(frozen=True)
class Anchor:
    """A target or outcome: the change of a metric from its base year to its target year."""

    id: str
    area: str
    metric: str
    base_year: int
    target_year: int
    change_pct: Decimal
    status: str
    confidence: str
    source: str

    @property
    def ratio(self) -> Fraction:
        """The level of the target year over that of the base year."""
        return 1 + Fraction(self.change_pct) / Fraction(WHOLE)

    @property
    def citation(self) -> str:
        """The source with its confidence, as a report prints it."""
        return f"{self.id}: {self.source} [{self.confidence}]"


def typed(column: str, text: str) -> str:
    """A cell as read: codes and numbers in half width, prose as its author wrote it."""
    return text.strip() if column in PROSE else clean(text)


def read_rows(folder: Path, kind: Kind) -> tuple[dict[str, Row], list[Issue]]:
    """The rows of one table by id; a folder without the table has none."""
    path = folder / kind.file
    if not path.is_file():
        return {}, []
    file = f"{folder.name}/{kind.file}"
    try:
        text = path.read_text(encoding="utf-8-sig")
        lines = csv.DictReader(io.StringIO(text, newline=""), strict=True, restval="")
        records = [(lines.line_num, record) for record in lines]
    except (UnicodeDecodeError, csv.Error):
        return {}, [Issue("path_file_unreadable", Place(file))]
    missing = [c for c in kind.required if c not in (lines.fieldnames or ())]
    issues = [Issue("path_column_missing", Place(file), c) for c in missing]
    rows: dict[str, Row] = {}
    for number, record in records if not missing else ():
        cells = {k: typed(k, v) for k, v in record.items() if isinstance(v, str)}
        place = Place(file, row=number)
        if None in record:
            issues.append(Issue("path_cells_extra", place))
        elif cells["id"] in rows:
            issues.append(Issue("path_row_twice", place, cells["id"]))
        else:
            rows[cells["id"]] = Row(kind, cells, place)
    return rows, issues


def anchor(row: Row) -> tuple[Anchor | None, list[Issue]]:
    """The row with its years and number typed."""
    kind, cells = row.kind, row.cells
    base_year, target_year = year(cells["base_year"]), year(cells[kind.until])
    change = _change(kind, cells[kind.number])
    wrong = [
        _issue("path_year", row, column)
        for column, value in (("base_year", base_year), (kind.until, target_year))
        if value is None
    ]
    if base_year and target_year and base_year >= target_year:
        wrong.append(_issue("path_years_order", row, kind.until))
    if change is None:
        code = "path_target_without_number" if is_empty(cells[kind.number]) else "path_number"
        wrong.append(_issue(code, row, kind.number))
    if cells["confidence"] not in CONFIDENCES:
        wrong.append(_issue("path_confidence", row, "confidence", known=", ".join(CONFIDENCES)))
    if is_empty(cells["source"]):
        wrong.append(_issue("path_key_missing", row, "source", key="source"))
    if wrong or base_year is None or target_year is None or change is None:
        return None, wrong
    area, metric, status = (cells.get(column, "") for column in OPTIONAL)
    return Anchor(
        cells["id"], area, metric, base_year, target_year, change,
        status, cells["confidence"], cells["source"],
    ), []  # fmt: skip


def _issue(code: str, row: Row, column: str, **details: str) -> Issue:
    place = Place(row.place.file, row=row.place.row, column=column)
    return Issue(code, place, row.cells[column], tuple(sorted(details.items())))


def year(text: str) -> int | None:
    """A year of four digits, or nothing."""
    return int(text) if YEAR.fullmatch(text) else None


def _change(kind: Kind, text: str) -> Decimal | None:
    """The change in per cent: a target states a cut from 0 up to below 100, an outcome a change."""
    try:
        value = decimal(text)
    except Refusal:
        return None
    if kind == TARGET:
        return WORKING.minus(value) if 0 <= value < WHOLE else None
    return value if -WHOLE < value < HIGHEST_CHANGE else None


def chained(anchors: Iterable[Anchor]) -> Fraction:
    """The level at the end of consecutive outcomes, 1 at their beginning."""
    return reduce(lambda level, a: level * a.ratio, anchors, Fraction(1))


def leads(anchors: tuple[Anchor, ...], start: int, end: int, *, yearly: bool) -> bool:
    """Whether outcomes follow on each other from one year to another."""
    reached = start
    for a in anchors:
        if a.base_year != reached or (yearly and a.target_year != reached + 1):
            return False
        reached = a.target_year
    return reached == end


@dataclass(frozen=True)
class Segment:
    """A stretch of a path: to a target by geometric or linear interpolation, or along outcomes."""

    start: int
    end: int
    shape: str
    target: Anchor | None = None
    outcomes: tuple[Anchor, ...] = ()
    achieved: tuple[Anchor, ...] = ()

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """Every row the segment rests on."""
        return (*((self.target,) if self.target else ()), *self.achieved, *self.outcomes)


def levels(base_year: int, segments: Iterable[Segment]) -> dict[int, Fraction]:
    """The level of each year, 1 in the base year; the anchored years are exact."""
    level = {base_year: Fraction(1)}
    for s in segments:
        if s.target is None:
            level |= {a.target_year: level[s.start] * chained(s.outcomes[: i + 1])
                      for i, a in enumerate(s.outcomes)}  # fmt: skip
            continue
        known = level[s.start] / chained(s.achieved) if s.achieved else level[s.target.base_year]
        begin, end, span = level[s.start], known * s.target.ratio, s.end - s.start
        between = geometric if s.shape == "geometric" else linear
        level |= {s.start + k: between(begin, end, Fraction(k, span)) for k in range(1, span)}
        level[s.end] = end
    return level


def geometric(begin: Fraction, end: Fraction, part: Fraction) -> Fraction:
    """The level after a part of the way when each year cuts by the same rate."""
    return begin * power(end / begin, part)


def linear(begin: Fraction, end: Fraction, part: Fraction) -> Fraction:
    """The level after a part of the way when each year cuts by the same amount."""
    return begin + (end - begin) * part


def power(base: Fraction, exponent: Fraction) -> Fraction:
    """A root or power to 40 digits, by decimal arithmetic: no machine's float has a say."""
    return Fraction(KEPT.plus(WORKING.power(_decimal(base), _decimal(exponent))))


def rounded(value: Fraction) -> Decimal:
    """An exact value to 40 digits."""
    return KEPT.plus(_decimal(value))


def _decimal(value: Fraction) -> Decimal:
    return WORKING.divide(Decimal(value.numerator), Decimal(value.denominator))
