"""The review file of joins: what a person decided on two names that might be one company."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from carbonledger.config import Config
from carbonledger.intake.documents import Document, document
from carbonledger.issues import Issue, Language, Place, guarded
from carbonledger.units import clean
from carbonledger.words import word

COLUMNS = ("left_book", "left_id", "left_name", "right_book", "right_id", "right_name", "score",
           "reason", "decision", "decided_by", "decided_on", "note")  # fmt: skip
NEEDED = (*COLUMNS[:6], "decision", "decided_by")
LANGUAGES: tuple[Language, ...] = ("zh", "en")
SAME, DIFFERENT = "same", "different"


@dataclass(frozen=True)
class Match:
    """A row of the review file: two records, and what was decided on them."""

    left_book: str
    left_id: str
    left_name: str
    right_book: str
    right_id: str
    right_name: str
    score: str = ""
    reason: str = ""
    decision: str = ""
    decided_by: str = ""
    decided_on: str = ""
    note: str = ""
    row: int = 0

    @property
    def left(self) -> tuple[str, str, str]:
        """The record that the decision is about."""
        return self.left_book, self.left_id, self.left_name

    @property
    def pair(self) -> tuple[str, str, str, str, str]:
        """Both records; a pair is proposed once."""
        return (*self.left, self.right_book, self.right_id)


def read_matches(path: Path, name: str) -> tuple[list[Match], list[Issue]]:
    """The rows of the file, and what is wrong with them; a decision needs a person."""
    try:
        text = _decoded(path.read_bytes())
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return [], [Issue("matches_unreadable", Place(name))]
    header = [_column(cell) for cell in rows[0]] if rows else []
    missing = [c for c in NEEDED if c not in header]
    if missing:
        return [], [Issue("matches_column_missing", Place(name), missing[0])]
    found = [_match(header, cells, number) for number, cells in enumerate(rows[1:], 2)
             if any(cell.strip() for cell in cells)]  # fmt: skip
    issues = [issue for match in found for issue in _wrong(match, name)]
    return found, issues + _twice(found, name)


def decisions(config: Config, folder: Path) -> tuple[list[Match], list[Document], list[Issue]]:
    """What persons decided on names that might be one company."""
    if config.matches is None:
        return [], [], []
    if not (folder / config.matches).is_file():
        return [], [], [Issue("matches_missing", Place(config.matches))]
    matches, issues = read_matches(folder / config.matches, config.matches)
    return matches, [document("matches", folder, config.matches)], issues


def _decoded(content: bytes) -> str:
    """UTF-8, or GB18030 as a Chinese Excel saves it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _column(cell: str) -> str:
    text = clean(cell).lower()
    named = {word("matches", c, lang).lower(): c for c in COLUMNS for lang in LANGUAGES}
    return named.get(text, text)


def _match(header: list[str], cells: list[str], row: int) -> Match:
    pairs = {h: _plain(c) for h, c in zip(header, cells, strict=False) if h in COLUMNS}
    said = pairs.get("decision", "").lower()
    known = {word("decisions", d, lang).lower(): d for d in (SAME, DIFFERENT) for lang in LANGUAGES}
    pairs["decision"] = known.get(said, said)
    return replace(Match("", "", "", "", "", ""), **pairs, row=row)


def _plain(cell: str) -> str:
    """The cell without the quote that keeps a spreadsheet from reading a formula."""
    return clean(cell)


def _wrong(match: Match, name: str) -> Iterable[Issue]:
    if match.decision not in ("", SAME, DIFFERENT):
        yield Issue("match_decision_unknown", Place(name, row=match.row, column="decision"),
                    match.decision)  # fmt: skip
    elif match.decision and not match.decided_by:
        yield Issue("match_without_person", Place(name, row=match.row, column="decided_by"))


def _twice(found: Iterable[Match], name: str) -> list[Issue]:
    """One record that was decided to be two others."""
    chosen: dict[tuple[str, ...], Match] = {}
    issues = []
    for match in found:
        if match.decision != SAME:
            continue
        key = (*match.left, match.right_book)
        first = chosen.setdefault(key, match)
        if first.right_id != match.right_id:
            place = Place(name, row=match.row, column="right_id")
            words = (("first", str(first.row)),)
            issues.append(Issue("match_two_decisions", place, match.right_id, words))
    return issues


def matches_csv(found: Iterable[Match], language: Language) -> bytes:
    """The file again: UTF-8 with BOM, so that Excel opens it, the rows in the order given."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([word("matches", c, language) for c in COLUMNS])
    for match in found:
        cells = {c: str(getattr(match, c)) for c in COLUMNS}
        if match.decision in (SAME, DIFFERENT):
            cells["decision"] = word("decisions", match.decision, language)
        writer.writerow([guarded(cells[c]) for c in COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def decided(found: Iterable[Match], decision: str) -> Mapping[tuple[str, ...], str]:
    """What a named person decided, by left record and right book."""
    return {(*m.left, m.right_book): m.right_id for m in found
            if m.decision == decision and m.decided_by}  # fmt: skip
