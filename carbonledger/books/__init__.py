"""One row model a book: the schema, its meaning in both languages, and its key."""

from __future__ import annotations

from dataclasses import dataclass

from carbonledger.books.activities import Activity
from carbonledger.books.entities import Counterparty, Member, Project
from carbonledger.books.general_ledger import LedgerBalance
from carbonledger.books.positions import Investment, Loan
from carbonledger.books.rows import Row


@dataclass(frozen=True)
class Book:
    """A kind of book: its row model, the columns that identify a row, and those it must have."""

    name: str
    row: type[Row]
    key: tuple[str, ...]
    one_of: tuple[str, ...] = ()


NAMED = ("counterparty_id", "project_id", "customer_number", "counterparty_name", "project_name")
"""The columns that can say what is financed; a book of positions has one of them."""

BOOKS = {
    book.name: book
    for book in (
        Book("loans", Loan, ("loan_id", "contract_id"), NAMED),
        Book("investments", Investment, ("position_id", "contract_id"), NAMED),
        Book("counterparties", Counterparty, ("counterparty_id",)),
        Book("projects", Project, ("project_id",)),
        Book("activities", Activity, (), NAMED),
        Book("general_ledger", LedgerBalance, ()),
        Book("groups", Member, ()),
    )
}  # fmt: skip
POSITIONS = ("loans", "investments")
ENTITIES = {"counterparty": "counterparties", "project": "projects"}
NAMES = frozenset({"name", "counterparty_name", "project_name"})
"""Columns that join and are never sealed or shown."""
