"""One disclosure form a module or folder; the folder is searched, there is no list to extend."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from carbonledger.form import FormKind


@cache
def forms() -> dict[str, FormKind]:
    """Every form of a run that the folder holds, by id; one of two runs is asked for by its own."""
    modules = [
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    ]
    kinds = [m.KIND for m in sorted(modules, key=lambda m: m.__name__) if hasattr(m, "KIND")]
    return {kind.id: kind for kind in kinds}
