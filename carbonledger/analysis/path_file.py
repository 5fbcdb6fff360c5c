"""One decline path as its YAML states it: keys, years and anchors checked, all problems at once.

A path rests on rows of targets.csv and outcomes.csv; a bank's own target may stand in the file
itself under ``targets``, so that a path of its own is one file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from carbonledger.analysis.anchors import (
    CONFIDENCES,
    OPTIONAL,
    TARGET,
    Anchor,
    Row,
    Segment,
    anchor,
    leads,
    levels,
    typed,
    year,
)
from carbonledger.issues import LANGUAGES, Issue, Place
from carbonledger.strict_yaml import Document
from carbonledger.strict_yaml import Path as At
from carbonledger.units import clean

WORDS = ("title", "official", "interpolated", "wording")
KEYS = ("id", "base_year", "segments", "confidence", *WORDS)
SHAPES = {"geometric": "target", "linear": "target", "annual": "outcomes"}
"""The shapes of a segment, and the key that says what it leads to or follows."""


@dataclass(frozen=True)
class Draft:
    """A path that holds together, before it is an index."""

    id: str
    base_year: int
    segments: tuple[Segment, ...]
    words: dict[str, dict[str, str]]
    confidence: str

    @property
    def levels(self) -> dict[int, Fraction]:
        """The level of each year, 1 in the base year."""
        return levels(self.base_year, self.segments)


def read_draft(
    document: Document,
    *,
    file: str,
    id: str,
    targets: Mapping[str, Row],
    outcomes: Mapping[str, Row],
) -> tuple[Draft | None, list[Issue]]:
    """The path of a document without issues of its own; its id is the name of the file."""
    reader = _Reader(document, file, dict(targets), outcomes)
    draft = reader.draft(id)
    return (None if reader.issues else draft), reader.issues


@dataclass
class _Reader:
    """Reads one document and collects what is wrong with it."""

    document: Document
    file: str
    targets: dict[str, Row]
    outcomes: Mapping[str, Row]
    issues: list[Issue] = field(default_factory=list)

    def draft(self, id: str) -> Draft | None:
        top = self.fields(self.document.value, (), KEYS, ("targets",))
        if top is None:
            return None
        if top["id"] != id:
            self.refuse("path_id", ("id",), self.text(top["id"], ("id",)), name=id)
        self.own_targets(top.get("targets", []))
        base_year = self.year(top["base_year"], ("base_year",))
        segments = [
            self.segment(entry, ("segments", i))
            for i, entry in enumerate(self.entries(top["segments"], ("segments",)))
        ]
        words = {key: self.words(top[key], (key,)) for key in WORDS}
        confidence = self.text(top["confidence"], ("confidence",))
        whole = [s for s in segments if s is not None]
        if base_year is None or len(whole) < len(segments) or not whole:
            return None
        self.joined(base_year, whole)
        self.sure(confidence, [a for s in whole for a in s.anchors])
        return Draft(id, base_year, tuple(whole), words, confidence)

    def own_targets(self, value: object) -> None:
        columns = (*TARGET.required, *OPTIONAL)
        for i, entry in enumerate(self.entries(value, ("targets",)) if value else ()):
            at: At = ("targets", i)
            cells = self.fields(entry, at, TARGET.required, OPTIONAL)
            if cells is None:
                continue
            texts = {c: typed(c, self.text(cells.get(c, ""), (*at, c))) for c in columns}
            if texts["id"] in self.targets:
                self.refuse("path_row_twice", (*at, "id"), texts["id"])
            else:
                place = Place(self.file, row=self.document.row(at))
                self.targets[texts["id"]] = Row(TARGET, texts, place)

    def segment(self, value: object, at: At) -> Segment | None:
        stated = value.get("shape", "") if isinstance(value, dict) else ""
        shape = self.text(stated, (*at, "shape"))
        if shape and shape not in SHAPES:
            self.refuse("path_shape", (*at, "shape"), shape, known=", ".join(SHAPES))
            return None
        leads_to = SHAPES.get(shape, "target")
        optional = ("achieved",) if leads_to == "target" else ()
        cells = self.fields(value, at, ("from", "to", "shape", leads_to), optional)
        if cells is None:
            return None
        start, end = (self.year(cells[key], (*at, key)) for key in ("from", "to"))
        target = self.target(cells["target"], (*at, "target")) if leads_to == "target" else None
        rows, chain = {}, {}
        for key in ("outcomes", "achieved"):
            rows[key] = self.entries(cells[key], (*at, key)) if key in cells else []
            chain[key] = self.outcome_rows(rows[key], (*at, key))
        if start is None or end is None or (target is None and leads_to == "target"):
            return None
        if any(len(chain[key]) < len(rows[key]) for key in rows):
            return None
        segment = Segment(start, end, shape, target, chain["outcomes"], chain["achieved"])
        return segment if self.holds(segment, at) else None

    def holds(self, s: Segment, at: At) -> bool:
        """Whether a segment's years fit those of its anchors."""
        before = len(self.issues)
        if s.start >= s.end:
            self.refuse("path_years_order", (*at, "to"), str(s.end))
        elif s.target is None and not leads(s.outcomes, s.start, s.end, yearly=True):
            self.broken((*at, "outcomes"), s.start, s.end)
        elif s.target and s.target.target_year != s.end:
            self.refuse("path_target_year", (*at, "to"), str(s.end),
                        target=s.target.id, year=str(s.target.target_year))  # fmt: skip
        elif s.target and s.achieved:
            known = s.target.base_year
            if not leads(s.achieved, known, s.start, yearly=False):
                self.broken((*at, "achieved"), known, s.start)
        return len(self.issues) == before

    def broken(self, at: At, start: int, end: int) -> None:
        self.refuse("path_outcomes_broken", at, first=str(start), last=str(end))

    def joined(self, base_year: int, segments: Sequence[Segment]) -> None:
        """Each segment begins where the one before ends, at a level its target can be held to."""
        reached, anchored = base_year, {base_year}
        for i, s in enumerate(segments):
            at: At = ("segments", i)
            if s.start != reached:
                self.refuse("path_gap", (*at, "from"), str(s.start), year=str(reached))
            elif s.target and not s.achieved and s.target.base_year not in anchored:
                self.refuse("path_target_base", (*at, "target"), s.target.id,
                            year=str(s.target.base_year))  # fmt: skip
            reached = s.end
            anchored |= {s.end, *(a.target_year for a in s.outcomes)}

    def sure(self, confidence: str, used: Sequence[Anchor]) -> None:
        """A path is no surer than the least sure of the rows it rests on."""
        if confidence not in CONFIDENCES:
            known = ", ".join(CONFIDENCES)
            self.refuse("path_confidence", ("confidence",), confidence, known=known)
            return
        weakest = max(used, key=lambda a: CONFIDENCES.index(a.confidence))
        if CONFIDENCES.index(confidence) < CONFIDENCES.index(weakest.confidence):
            self.refuse("path_confidence_too_high", ("confidence",), confidence,
                        row=weakest.id, weakest=weakest.confidence)  # fmt: skip

    def target(self, value: object, at: At) -> Anchor | None:
        return self.row(self.targets, "path_target_unknown", value, at)

    def outcome_rows(self, entries: Sequence[object], at: At) -> tuple[Anchor, ...]:
        found = (
            self.row(self.outcomes, "path_outcome_unknown", entry, (*at, i))
            for i, entry in enumerate(entries)
        )
        return tuple(a for a in found if a is not None)

    def row(self, rows: Mapping[str, Row], code: str, value: object, at: At) -> Anchor | None:
        name = clean(self.text(value, at))
        if name not in rows:
            self.refuse(code, at, name)
            return None
        found, issues = anchor(rows[name])
        self.issues += issues
        return found

    def words(self, value: object, at: At) -> dict[str, str]:
        cells = self.fields(value, at, LANGUAGES, ()) or {}
        return {key: self.text(cells[key], (*at, key)) for key in LANGUAGES if key in cells}

    def year(self, value: object, at: At) -> int | None:
        text = clean(self.text(value, at))
        found = year(text)
        if found is None:
            self.refuse("path_year", at, text)
        return found

    def fields(
        self, value: object, at: At, required: Sequence[str], optional: Sequence[str]
    ) -> dict[str, object] | None:
        if not isinstance(value, dict):
            self.refuse("path_layout", at)
            return None
        known = ", ".join((*required, *optional))
        for key in value:
            if key not in required and key not in optional:
                self.refuse("path_key_unknown", (*at, key), key, known=known)
        missing = [key for key in required if value.get(key, "") in ("", [], {})]
        for key in missing:
            self.refuse("path_key_missing", (*at, key), key=key)
        return None if missing else value

    def entries(self, value: object, at: At) -> list[object]:
        if isinstance(value, list):
            return value
        self.refuse("path_layout", at)
        return []

    def text(self, value: object, at: At) -> str:
        if isinstance(value, str):
            return value.strip()
        self.refuse("path_layout", at)
        return ""

    def refuse(self, code: str, at: At, value: str = "", **details: str) -> None:
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in at)
        column = "".join(steps).lstrip(".") or None
        place = Place(self.file, row=self.document.row(at), column=column)
        self.issues.append(Issue(code, place, value, tuple(sorted(details.items()))))
