"""A mapping file: which header of a bank's export is which column, as a person decided it.

``carbonledger map`` writes one with its proposals; only what is exact or confirmed is applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from carbonledger import strict_yaml
from carbonledger.books import POSITIONS, Book
from carbonledger.headers import MONTH, header_aliases, names_of, normal_header
from carbonledger.intake.lifted import lifted_columns
from carbonledger.issues import Issue, Place

Status = Literal["exact", "confirmed", "proposed", "ignored", "unknown"]
APPLIED = ("exact", "confirmed")


class _Entry(BaseModel):
    """What stands under one header; score, reason and sample are for people."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    column: str = ""
    status: Status
    score: str = ""
    reason: str | tuple[str, ...] = ""
    sample: str = ""
    note: str = ""
    decided_by: str = ""


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    book: str
    file: str = ""
    sheet: str = ""
    reason: str = ""
    decided_by: str = ""
    note: str = ""
    columns: Mapping[str, _Entry]


@dataclass(frozen=True)
class Decision:
    """What was decided of one header, and the row of the mapping file that says so."""

    header: str
    column: str
    status: Status
    row: int | None


@dataclass(frozen=True)
class MappingFile:
    """The decisions of one file."""

    file: str
    decisions: tuple[Decision, ...]

    @property
    def applied(self) -> Mapping[str, Decision]:
        """The decision that gives each column its header."""
        return {d.column: d for d in self.decisions if d.status in APPLIED}

    def of(self, header: str) -> tuple[Decision, ...]:
        """What was decided of a header of the table; one may give several columns."""
        names = names_of(header)
        return tuple(d for d in self.decisions if normal_header(d.header) in names)


def load_mapping(
    folder: Path, name: str, book: Book, declared: Mapping[str, str]
) -> tuple[MappingFile | None, list[Issue]]:
    """The mapping of a book; ``declared`` are the columns that the configuration names itself."""
    path = folder / name
    if not path.is_file():  # a device would be read without end
        return None, [Issue("yaml_unreadable" if path.exists() else "file_missing", Place(name))]
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (UnicodeDecodeError, OSError):
        return None, [Issue("yaml_unreadable", Place(name))]
    document = strict_yaml.read(text, file=name)
    if document.issues:
        return None, document.issues
    try:
        file = _File.model_validate(document.value)
    except ValidationError as error:
        return None, [_misplaced(found, document, name) for found in error.errors()]
    decisions = tuple(
        Decision(header, column.strip(), e.status, document.row(("columns", header)))
        for header, e in file.columns.items()
        for column in e.column.split(",")
    )
    issues = _problems(file.book, decisions, book, declared, name)
    return (None if issues else MappingFile(name, decisions)), issues


def _misplaced(found: Any, document: strict_yaml.Document, name: str) -> Issue:
    way = tuple(found["loc"])
    place = Place(name, row=document.row(way), column=".".join(map(str, way)) or None)
    if found["type"] == "literal_error" and way[-1] == "status":
        return Issue("mapping_status", place, str(found["input"]))
    return Issue("mapping_layout", place, str(way[-1]) if way else "")


def _problems(
    written_for: str, decisions: tuple[Decision, ...], book: Book, declared: Mapping[str, str],
    name: str,
) -> list[Issue]:  # fmt: skip
    if written_for != book.name:
        return [Issue("mapping_other_book", Place(name), written_for, (("book", book.name),))]
    issues: list[Issue] = []
    seen: dict[str, Decision] = {}
    for decision in decisions:
        if decision.status not in APPLIED:
            continue
        place = Place(name, row=decision.row)
        first = seen.setdefault(decision.column, decision)
        if first is not decision:
            words = (("canonical", decision.column), ("other", first.header))
            issues.append(Issue("mapping_column_twice", place, decision.header, words))
        elif not is_column(book, decision.column):
            whose = (("book", book.name),)
            issues.append(Issue("mapping_column_unknown", place, decision.column, whose))
        elif decision.status == "exact" and not _is_exact(book, decision):
            of = (("canonical", decision.column),)
            issues.append(Issue("mapping_not_exact", place, decision.header, of))
        issues += _contradicted(decision, declared, place)
    return issues


def is_column(book: Book, column: str) -> bool:
    """Whether a file of the book may have the column, also as a month-end or an entity's."""
    if column in book.row.model_fields:
        return True
    month = MONTH.fullmatch(column) is not None
    return book.name in POSITIONS and (month or column in lifted_columns())


def _is_exact(book: Book, decision: Decision) -> bool:
    if MONTH.fullmatch(decision.column):
        return any(MONTH.fullmatch(n) for n in names_of(decision.header))
    owner = book.name if decision.column in book.row.model_fields else ""
    known = header_aliases(owner or lifted_columns()[decision.column])
    return any(known.get(n) == (decision.column, "exact") for n in names_of(decision.header))


def _contradicted(decision: Decision, declared: Mapping[str, str], place: Place) -> list[Issue]:
    names = names_of(decision.header)
    for column, header in declared.items():
        same_header = normal_header(header) in names
        if (column == decision.column) != same_header:
            words = (("canonical", decision.column), ("other", f"{column}: {header}"))
            return [Issue("mapping_contradicts", place, decision.header, words)]
    return []
