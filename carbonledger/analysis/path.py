"""The decline path: what a portfolio's carbon intensity is held against, year by year.

Official targets concern a country's CO2 per unit of GDP, whose level no portfolio shares. A
portfolio therefore takes over only the rate of decline, from its own base year: the contraction
approach. The anchors are official; how the years between are filled, and that a portfolio follows
the path at all, is our choice, and every path says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from carbonledger.analysis.anchors import OUTCOME, TARGET, Anchor, Row, power, read_rows, rounded
from carbonledger.analysis.path_file import Draft, read_draft
from carbonledger.issues import Issue, Place, Refusal
from carbonledger.strict_yaml import read


@dataclass(frozen=True)
class DeclinePath:
    """A reference path: an index that is 1 in its base year, and what it rests on."""

    id: str
    title: dict[str, str]
    base_year: int
    target_year: int
    official: dict[str, str]
    interpolated: dict[str, str]
    wording: dict[str, str]
    confidence: str
    targets: tuple[Anchor, ...]
    outcomes: tuple[Anchor, ...]
    indices: tuple[Decimal, ...] = field(repr=False)

    @property
    def years(self) -> range:
        """Every year the path covers, the first and the last included."""
        return range(self.base_year, self.target_year + 1)

    @property
    def sources(self) -> tuple[str, ...]:
        """Citations of the targets, then of the outcomes, each with its confidence."""
        return tuple(a.citation for a in (*self.targets, *self.outcomes))

    def covers(self, year: int) -> bool:
        """Whether the path has a value for the year."""
        return year in self.years

    def index(self, year: int) -> Decimal:
        """The level of a year, 1 in the base year; outside its years the path says nothing."""
        if not self.covers(year):
            raise Refusal(
                "path_year_outside", path=self.id, year=str(year),
                first=str(self.base_year), last=str(self.target_year),
            )  # fmt: skip
        return self.indices[year - self.base_year]


def load_paths(roots: Sequence[Path]) -> tuple[dict[str, DeclinePath], list[Issue]]:
    """The paths of every root's folder ``paths``; a later root is laid over those before it.

    Rows of targets.csv and outcomes.csv are laid over by id before any path is computed, so a
    corrected target reaches the paths that name it. A path that can't be read takes its
    namesake with it: an older one never answers in its place.
    """
    folders = [root / "paths" for root in roots]
    targets, outcomes, issues = _laid_over(folders)
    paths: dict[str, DeclinePath] = {}
    for folder in folders:
        files, found = _files(folder)
        issues += found
        for file in files:
            paths.pop(file.stem, None)
            draft, found = _draft(file, targets, outcomes)
            issues += found
            if draft is not None:
                paths[file.stem] = _path(draft)
    return dict(sorted(paths.items())), list(dict.fromkeys(issues))


def _files(folder: Path) -> tuple[list[Path], list[Issue]]:
    """The YAML files of a folder in a fixed order; one with another ending is never passed over."""
    named = sorted(f for f in folder.glob("[!.]*") if f.suffix.lower() in (".yaml", ".yml"))
    other = [f for f in named if f.suffix != ".yaml"]
    issues = [Issue("factor_file_ending", Place(f"{folder.name}/{f.name}")) for f in other]
    return [f for f in named if f.suffix == ".yaml"], issues


def _laid_over(folders: Sequence[Path]) -> tuple[dict[str, Row], dict[str, Row], list[Issue]]:
    targets: dict[str, Row] = {}
    outcomes: dict[str, Row] = {}
    issues: list[Issue] = []
    for folder in folders:
        for kind, rows in ((TARGET, targets), (OUTCOME, outcomes)):
            read_here, found = read_rows(folder, kind)
            rows |= read_here
            issues += found
    return targets, outcomes, issues


def _draft(
    file: Path, targets: Mapping[str, Row], outcomes: Mapping[str, Row]
) -> tuple[Draft | None, list[Issue]]:
    name = f"{file.parent.name}/{file.name}"
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return None, [Issue("path_file_unreadable", Place(name))]
    document = read(text, file=name)
    if document.issues:
        return None, document.issues
    return read_draft(document, file=name, id=file.stem, targets=targets, outcomes=outcomes)


def _path(draft: Draft) -> DeclinePath:
    used = dict.fromkeys(a for s in draft.segments for a in s.anchors)
    targets = dict.fromkeys(s.target for s in draft.segments if s.target)
    level = draft.levels
    return DeclinePath(
        id=draft.id,
        title=draft.words["title"],
        base_year=draft.base_year,
        target_year=max(level),
        official=draft.words["official"],
        interpolated=draft.words["interpolated"],
        wording=draft.words["wording"],
        confidence=draft.confidence,
        targets=tuple(targets),
        outcomes=tuple(a for a in used if a not in targets),
        indices=tuple(rounded(level[year]) for year in sorted(level)),
    )


@dataclass(frozen=True)
class PathPoint:
    """One year: the intensity the path allows, the actual one, and actual / path - 1."""

    year: int
    path: Fraction
    actual: Fraction | None
    gap: Fraction | None


@dataclass(frozen=True)
class PathResult:
    """A portfolio's intensity held against a path, from its base year to the target year."""

    path: DeclinePath
    base_year: int
    target_year: int
    points: tuple[PathPoint, ...]
    required_annual_cut: Decimal | None
    year: int
    on_track: bool | None


def hold_against(
    path: DeclinePath,
    *,
    base_year: int,
    base_intensity: Fraction,
    actuals: Mapping[int, Fraction],
    year: int,
) -> PathResult:
    """The path from the portfolio's own base year, and where the portfolio stands in a year.

    The base year's actual is the base intensity unless the actuals name another. A base year the
    path does not cover is refused; a reporting year outside the points is neither on track nor off.
    """
    base = Fraction(path.index(base_year))
    known = {base_year: base_intensity, **actuals}
    points = tuple(
        _point(y, base_intensity * Fraction(path.index(y)) / base, known.get(y))
        for y in range(base_year, path.target_year + 1)
    )
    now = next((p for p in points if p.year == year), None)
    return PathResult(
        path=path,
        base_year=base_year,
        target_year=path.target_year,
        points=points,
        required_annual_cut=_required_annual_cut(now, points[-1]),
        year=year,
        on_track=None if now is None or now.actual is None else now.actual <= now.path,
    )


def _point(year: int, path: Fraction, actual: Fraction | None) -> PathPoint:
    return PathPoint(year, path, actual, None if actual is None or not path else actual / path - 1)


def _required_annual_cut(now: PathPoint | None, target: PathPoint) -> Decimal | None:
    """The yearly cut from now on that meets the path in the target year; below zero, a margin."""
    if now is None or not now.actual or now.year == target.year:
        return None
    return rounded(1 - power(target.path / now.actual, Fraction(1, target.year - now.year)))
