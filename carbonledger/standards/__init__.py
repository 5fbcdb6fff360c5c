"""One folder a standard, one file a page of it; folders are searched, no list to extend."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

from carbonledger.method import Standard

_BESIDE: dict[str, Standard] = {}


def standards() -> dict[str, Standard]:
    """Every standard and edition by id: those shipped, and a user's own laid beside them."""
    return dict(sorted((shipped() | _BESIDE).items()))


@cache
def shipped() -> dict[str, Standard]:
    """Every standard and edition that the installed folders hold, by id."""
    found: dict[str, Standard] = {}
    for module in pkgutil.iter_modules(__path__):
        editions: tuple[Standard, ...] = importlib.import_module(
            f"{__name__}.{module.name}"
        ).EDITIONS
        found |= {edition.id: edition for edition in editions}
    return found


def lay_beside(editions: Iterable[Standard], *, alone: bool) -> None:
    """Take a user's own standards in; ``alone`` puts away those taken in before."""
    if alone:
        _BESIDE.clear()
    _BESIDE.update({edition.id: edition for edition in editions})
