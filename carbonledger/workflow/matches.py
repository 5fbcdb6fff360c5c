"""The review file of joins: what stands open is proposed, what was decided stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from carbonledger.config import Config
from carbonledger.intake.book import OpenBook, open_book
from carbonledger.intake.corrections import Correction, load_corrections
from carbonledger.intake.decisions import Match, matches_csv, read_matches
from carbonledger.intake.joining import Joined, join_books
from carbonledger.intake.records import WITH, records_of
from carbonledger.intake.terms import Terms, apply
from carbonledger.issues import Issue, Language, errors
from carbonledger.names import may_be_person
from carbonledger.names.alike import alike
from carbonledger.words import word

FILE = "matches.csv"
"""The name of the review file where the configuration gives none."""


@dataclass(frozen=True)
class Review:
    """A review file as it now stands."""

    path: Path
    content: bytes
    open: int
    new: int
    same: int
    different: int


def review(
    config: Config, folder: Path, periods: Sequence[int], language: Language, terms: Terms
) -> tuple[Review | None, list[Issue]]:
    """The review file with new proposals added; None where a book or the file is refused."""
    name = config.matches or FILE
    path = folder / name
    held, issues = read_matches(path, name) if path.is_file() else ([], [])
    kept = list(held)
    for period in periods if not errors(issues) else ():
        books: dict[str, OpenBook] = {
            n: open_book(n, b, folder, period, config.currency) for n, b in config.books.items()
        }
        lines, problems = list[Correction](), list[Issue]()
        if config.overrides is not None:
            lines, problems = load_corrections(folder, config.overrides, list(config.books))
        issues += problems
        apply(terms, lines, books)
        joined, _ = join_books(books, held)
        issues += [i for b in books.values() for i in errors(b.issues)]
        known = {m.pair for m in kept}
        kept += [m for m in proposals(books, joined, language) if m.pair not in known]
    if errors(issues):
        return None, issues
    said = [m.decision for m in kept]
    content = matches_csv(kept, language)
    return Review(path, content, said.count(""), len(kept) - len(held), said.count("same"),
                  said.count("different")), issues  # fmt: skip


def proposals(
    books: dict[str, OpenBook], joined: Sequence[Joined], language: Language
) -> Iterator[Match]:
    """Pairs of names that might be one, both sides shown; natural persons are never among them."""
    for one in joined:
        other = records_of(books[WITH[one.kind].book], WITH[one.kind])
        columns = (other.table.column(c).to_pylist() for c in ("id", "name", "person"))
        theirs = [(id_, name) for id_, name, person in zip(*columns, strict=True)
                  if id_ and name and not person
                  and (one.kind == "project" or not may_be_person(name))]  # fmt: skip
        ids, numbers, names = (
            one.records.table.column(c).to_pylist() for c in ("id", "number", "name")
        )
        left = [names[k] for k in one.open]
        for found in alike(left, [name for _, name in theirs]):
            at = one.open[found.left]
            right_id, right_name = theirs[found.right]
            side = one.records.side
            reasons = found.reasons or ("code" if ids[at] else "several",)
            yield Match(
                side.book, ids[at] or numbers[at] or "", names[at], WITH[one.kind].book,
                right_id, right_name, f"{found.score:.2f}",
                "; ".join(word("match_reasons", r, language) for r in reasons),
            )  # fmt: skip
