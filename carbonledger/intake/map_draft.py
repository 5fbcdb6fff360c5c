"""The mapping file that ``carbonledger map`` drafts: what is applied, what is proposed, and why."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from carbonledger.books import BOOKS, POSITIONS, Book
from carbonledger.books.checks import as_text
from carbonledger.headers import CODED, MONTH, header_aliases, names_of
from carbonledger.intake.lifted import lifted_columns
from carbonledger.intake.mapping_file import Status
from carbonledger.intake.proposals import is_unused, proposal
from carbonledger.issues import Issue, Language
from carbonledger.reading import Table, open_table
from carbonledger.units import clean, is_empty
from carbonledger.words import names, word

ROWS = 200
"""First rows that are looked at for evidence."""
SURE = 0.75
"""Score from which a text counts as a header when the header row is sought."""
Reason = tuple[str, str]


@dataclass(frozen=True)
class Line:
    """One header: its column, whether that is applied, why, and the shape of its values."""

    header: str
    column: str
    status: Status
    score: float | None
    reasons: tuple[Reason, ...]
    sample: str


@dataclass(frozen=True)
class Draft:
    """A mapping not yet decided."""

    book: str
    file: str
    sheet: str | None
    why: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]

    def count(self, *statuses: Status) -> int:
        """How many headers have one of the statuses."""
        return sum(line.status in statuses for line in self.lines)


def draft(path: Path, book: str | None, sheet: str | None) -> tuple[Draft | None, list[Issue]]:
    """What each header of a file is or may be, for the book given or guessed."""
    table, issues = open_table(path, name=path.name, sheet=sheet, is_header=_known_header)
    if table is None and any(i.code == "header_missing" for i in issues):
        table, issues = open_table(path, name=path.name, sheet=sheet, is_header=_looks_like_header)
    if table is None:
        return None, issues
    samples = _samples(table)
    name, why = (book, (("given", ""),)) if book else _guessed(table.columns, samples)
    lines = tuple(_lines(BOOKS[name], table.columns, samples))
    return Draft(name, path.name, table.sheet, why, lines), issues


def _known_header(text: str) -> bool:
    return any(n in header_aliases(b) for b in BOOKS for n in names_of(text)) or any(
        found.score >= SURE for b in BOOKS if (found := proposal(b, text)) is not None
    )


def _looks_like_header(text: str) -> bool:
    """Words rather than a value: for files of which no header is known at all."""
    return re.search(r"[^\W\d_]{2}", clean(text)) is not None and len(text) < 60


def _samples(table: Table) -> dict[str, tuple[str, ...]]:
    """The first values of each column, told apart."""
    _, first = next(table.batches(), (None, None))
    found = {}
    for header in table.columns:
        cells = [] if first is None else as_text(first.column(header).slice(0, ROWS)).to_pylist()
        found[header] = tuple(dict.fromkeys(c for c in cells if c and not is_empty(c)))[:20]
    return found


def _guessed(
    columns: Sequence[str], samples: dict[str, tuple[str, ...]]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The book that knows the most headers, those of its key counting double."""
    found: dict[str, list[str]] = {}
    scores: dict[str, float] = {}
    for name, book in BOOKS.items():
        lines = [ln for ln in _lines(book, columns, samples) if ln.column in book.row.model_fields]
        known = [ln for ln in lines if ln.status in ("exact", "proposed")]
        found[name] = [f"{ln.header} -> {ln.column}" for ln in known]
        keys = {*book.key, *(n for n, f in book.row.model_fields.items() if f.is_required())}
        scores[name] = sum(
            (1.0 if ln.status == "exact" else 0.5 * (ln.score or 0)) * (1 + (ln.column in keys))
            for ln in known
        )
    first, second = sorted(scores, key=lambda n: -scores[n])[:2]
    if not found[first]:
        return first, (("nothing", ""),)
    examples = ", ".join(found[first][:3])
    return first, (("known", str(len(found[first]))), ("examples", examples),
                   ("next", f"{second} ({len(found[second])})"))  # fmt: skip


def _lines(
    book: Book, columns: Iterable[str], samples: dict[str, tuple[str, ...]]
) -> Iterable[Line]:
    taken: dict[str, str] = {}
    for header in columns:
        column, reason = _exact(book, header)
        sample = shape(samples[header])
        if column and column in taken:
            yield Line(header, column, "proposed", None, (("taken", taken[column]),), sample)
        elif column:
            taken[column] = header
            yield Line(header, column, "exact", None, ((reason, ""),), sample)
        elif is_unused(header):
            yield Line(header, "", "unknown", None, (("unused", ""),), sample)
        else:
            found = proposal(book.name, header, samples[header])
            if found is None:
                yield Line(header, "", "unknown", None, (("unknown", ""),), sample)
            else:
                yield Line(header, found.column, "proposed", found.score, found.reasons, sample)


def _exact(book: Book, header: str) -> tuple[str, str]:
    """The column that reading gives the header without being asked, and why."""
    for name in sorted(names_of(header)):
        month, coded = MONTH.fullmatch(name), CODED.fullmatch(name)
        if month and book.name in POSITIONS:
            return f"balance_{month.group(1)}_{month.group(2)}", "month_end"
        if coded and coded.group(1) in book.row.model_fields:
            return coded.group(1), "coded"
        found = header_aliases(book.name).get(name)
        if found and found[1] == "exact" and found[0] in book.row.model_fields:
            return found[0], "exact"
        for column, owner in lifted_columns().items() if book.name in POSITIONS else ():
            if found is None and header_aliases(owner).get(name) == (column, "exact"):
                return column, "exact"
    return "", ""


def shape(values: Sequence[str]) -> str:
    """What the values look like, without what they say: AA9999, 文字."""
    return " | ".join(dict.fromkeys(_shape(v) for v in values[:20]))[:60]


def _shape(value: str) -> str:
    plain = re.sub(r"[A-Za-z]", "A", re.sub(r"[0-9]", "9", clean(value)))
    plain = re.sub(r"[^\x00-\x7f]+", "文字", plain)
    return re.sub(r"A{4,}(?:[ .,&'-]*A+)*", "AAA", plain)[:24]


def as_yaml(found: Draft, lang: Language) -> str:
    """The file that a person edits."""
    lines = [f"# {word('comments', n, lang, 'map')}" for n in names("comments", "map")]
    lines += [f"book: {found.book}", f"file: {_quoted(found.file)}"]
    lines += [f"sheet: {_quoted(found.sheet)}"] if found.sheet else []
    lines += [f"reason: {_quoted(why(found, lang))}", 'decided_by: ""', "columns:"]
    for line in found.lines:
        lines += [f"  {_quoted(line.header)}:", f"    column: {line.column or _quoted('')}",
                  f"    status: {line.status}"]  # fmt: skip
        lines += [] if line.score is None else [f"    score: {line.score:.2f}"]
        lines += [f"    reason: {_quoted(said(line.reasons, lang))}"]
        lines += [f"    sample: {_quoted(line.sample)}"] if line.sample else []
    return "\n".join(lines) + "\n"


def why(found: Draft, lang: Language) -> str:
    """Why the file was taken for this book."""
    details = dict(found.why)
    name = next((n for n in ("given", "nothing") if n in details), "guessed")
    return word("books", name, lang, "map", book=found.book, **details)


def said(reasons: Sequence[Reason], lang: Language) -> str:
    """Reasons in words."""
    separator = "；" if lang == "zh" else "; "
    return separator.join(word("reasons", code, lang, "map", text=_kind(text, lang))
                          for code, text in reasons)  # fmt: skip


def _kind(text: str, lang: Language) -> str:
    return word("types", text, lang, "columns") if text in names("types", "columns") else text


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
