"""From a form to a file: one module a format, found in this folder; none of them knows of carbon."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from carbonledger.form import Form


@dataclass(frozen=True)
class Format:
    """A format by its name, which is also the ending of its files."""

    name: str
    media_type: str
    render: Callable[[Form], bytes]


@cache
def formats() -> dict[str, Format]:
    """Every format that a module of the folder offers, by name."""
    modules = [
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    ]
    offered: list[Format] = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {each.name: each for each in sorted(offered, key=lambda f: f.name)}


def render(form: Form, name: str) -> bytes:
    """The form as a file of a format."""
    return formats()[name].render(form)
