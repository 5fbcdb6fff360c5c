"""One row model a book: the schema, its meaning in both languages, and its key."""

from __future__ import annotations

from dataclasses import dataclass

from carbonledger.books.activities import Activity
from carbonledger.books.assets import Pool, Property, Territory, Vehicle
from carbonledger.books.entities import Counterparty, Member, Project
from carbonledger.books.general_ledger import LedgerBalance
from carbonledger.books.positions import Facilitation, Investment, Loan, Policy, PoolAsset
from carbonledger.books.rows import Row


@dataclass(frozen=True)
class Book:
    """A kind of book: its row model, the columns that identify a row, and those it must have."""

    name: str
    row: type[Row]
    key: tuple[str, ...]
    one_of: tuple[str, ...] = ()
    exposure: str = "outstanding_amount"
    """The column of money that its rows count by, in a book of positions."""


NAMED = ("counterparty_id", "project_id", "customer_number", "counterparty_name", "project_name")
"""The columns that can say who or what is financed; a book of positions has one of them."""
ASSETS = ("property_id", "vehicle_id", "territory_id", "pool_id")
"""What can be financed beside companies and projects; a bond of a state may name its country."""

BOOKS = {
    book.name: book
    for book in (
        Book("loans", Loan, ("loan_id", "contract_id"), NAMED + ASSETS),
        Book("investments", Investment, ("position_id", "contract_id"),
             (*NAMED, *ASSETS, "country")),
        Book("counterparties", Counterparty, ("counterparty_id",)),
        Book("projects", Project, ("project_id",)),
        Book("activities", Activity, (), (*NAMED, "property_id", "vehicle_id")),
        Book("properties", Property, ("property_id",)),
        Book("vehicles", Vehicle, ("vehicle_id",)),
        Book("territories", Territory, ("territory_id",)),
        Book("pools", Pool, ("pool_id",)),
        Book("pool_assets", PoolAsset, ("loan_id", "contract_id"), ("pool_id",)),
        Book("facilitations", Facilitation, ("deal_id", "contract_id"), NAMED,
             "facilitated_amount"),
        Book("policies", Policy, ("policy_id", "contract_id"), (*NAMED, "vehicle_id"),
             "premium"),
        Book("general_ledger", LedgerBalance, ()),
        Book("groups", Member, ()),
    )
}  # fmt: skip
HELD = ("loans", "investments")
"""What the institution has on its balance sheet."""
POOL_ASSETS = "pool_assets"
OWN = (*HELD, "facilitations", "policies")
"""The books of the institution's own positions."""
POSITIONS = (*OWN, POOL_ASSETS)
"""Every book whose rows take a share of what something emits."""
ENTITIES = {"counterparty": "counterparties", "project": "projects", "property": "properties",
            "vehicle": "vehicles", "territory": "territories", "pool": "pools"}  # fmt: skip
"""The book of each kind of entity."""
NAMES = frozenset({"name", "counterparty_name", "project_name"})
"""Columns that join and are never sealed or shown."""
