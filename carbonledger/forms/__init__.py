"""One disclosure form a module or folder; the folder is searched, there is no list to extend."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from carbonledger.form import FormKind


@cache
def forms() -> dict[str, FormKind]:
    """Every form that the folder holds, by id."""
    modules = [
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    ]
    return {module.KIND.id: module.KIND for module in sorted(modules, key=lambda m: m.__name__)}
