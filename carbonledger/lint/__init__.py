"""Checks before publishing: what a reader of the tables would find wrong, found before them.

One rule is one module with a ``RULE``; the folder is searched. A rule reads tables, never a file,
so that it holds for the report of a run and for a workbook that somebody else made.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache

from carbonledger.issues import Issue, in_order
from carbonledger.lint.table import Table

__all__ = ["Table", "findings", "rules"]

Rule = Callable[[tuple[Table, ...]], Iterator[Issue]]


@cache
def rules() -> dict[str, Rule]:
    """Every rule by the name of its module."""
    names = [found.name for found in pkgutil.iter_modules(__path__)]
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {name: m.RULE for name, m in sorted(modules.items()) if hasattr(m, "RULE")}


def findings(tables: tuple[Table, ...]) -> list[Issue]:
    """What every rule finds in the tables, each finding once."""
    found = [issue for rule in rules().values() for issue in rule(tables)]
    return in_order(dict.fromkeys(found))
