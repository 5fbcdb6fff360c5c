"""What the caller decides of how books are read, beside the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carbonledger.intake.answers import Answer
from carbonledger.intake.book import OpenBook
from carbonledger.intake.corrections import Correction, Corrections
from carbonledger.intake.people import People, know_persons
from carbonledger.issues import Issue
from carbonledger.persons import is_identity_number, masked
from carbonledger.pseudonyms import Pseudonyms


@dataclass(frozen=True)
class Terms:
    """The key of pseudonyms, and whether refused rows are left out instead of the book."""

    pseudonyms: Pseudonyms | None = None
    allow_refused: bool = False

    @property
    def fingerprint(self) -> str | None:
        """That of the key, for the inputs of a run."""
        return None if self.pseudonyms is None else self.pseudonyms.fingerprint

    def known_as(self, text: str) -> str:
        """An id, or its pseudonym where it is an identity number and there is a key."""
        named = self.pseudonyms is not None and is_identity_number(text)
        return self.pseudonyms.of(text) if self.pseudonyms and named else text


def without_numbers(answers: Sequence[Answer], terms: Terms) -> tuple[list[Answer], list[Issue]]:
    """Answers as a run may keep them, and those whose identity number lacks a key."""
    known = [
        replace(a, id=terms.known_as(a.id), answered_by=masked(a.answered_by),
                evidence=masked(a.evidence))
        for a in answers
    ]  # fmt: skip
    words = (("count", "1"),)
    return known, [
        Issue("pseudonym_key_missing", replace(a.place, column="id"), "", words)
        for a in known
        if is_identity_number(a.id)
    ]


@dataclass(frozen=True)
class Sealed:
    """The corrections and the refused rows of a run, as it was sealed with them."""

    corrections: list[dict[str, Any]]
    left_out: list[dict[str, Any]]


def apply(terms: Terms, lines: Sequence[Correction], books: Mapping[str, OpenBook]) -> None:
    """Tell the books of corrections, persons, and whether refused rows are left out."""
    people = People(terms.pseudonyms)
    for name, book in books.items():
        book.people = people
        book.corrections = Corrections(tuple(one for one in lines if one.book == name))
    know_persons(people, books)
    for book in books.values() if terms.allow_refused else ():
        book.settle()
