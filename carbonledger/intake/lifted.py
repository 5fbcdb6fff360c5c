"""Which columns of an entity a position book may carry itself (a flat file)."""

from __future__ import annotations

from functools import cache

from carbonledger.books import BOOKS, POSITIONS

OF_POSITION = frozenset({"properties", "vehicles"})
"""Books of assets that a position may carry whole, without a code of their own."""
_NOT_LIFTED = frozenset({"name", "sector", "region", "country", "currency", "parent_id",
                         "ultimate_parent_id"})  # fmt: skip


@cache
def lifted_columns() -> dict[str, str]:
    """Canonical columns that a flat file may carry for an entity, with the entity's book."""
    positions = {c for name in POSITIONS for c in BOOKS[name].row.model_fields}
    return {
        column: name
        for name in ("vehicles", "properties", "projects", "counterparties")
        for column in BOOKS[name].row.model_fields
        if column not in positions | _NOT_LIFTED
    }
