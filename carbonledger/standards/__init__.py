"""One folder a standard, one file a page of it; folders are searched, no list to extend."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from carbonledger.method import Standard


@cache
def standards() -> dict[str, Standard]:
    """Every standard and edition that the installed folders hold, by id."""
    found: dict[str, Standard] = {}
    for module in pkgutil.iter_modules(__path__):
        editions: tuple[Standard, ...] = importlib.import_module(
            f"{__name__}.{module.name}"
        ).EDITIONS
        found |= {edition.id: edition for edition in editions}
    return dict(sorted(found.items()))
