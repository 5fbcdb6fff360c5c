"""From a form to a file: one module a format, found in this folder; none knows of carbon."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from carbonledger.analysis.disclosure import Disclosure
from carbonledger.form import Form
from carbonledger.forms import forms
from carbonledger.issues import LANGUAGES

SEALED = ("html", "xlsx")
"""The formats that a run seals; the others are written when asked for."""


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


def renderers() -> dict[str, Callable[[Form], bytes]]:
    """What makes a file of a form, by the name of the format."""
    return {name: each.render for name, each in formats().items()}


def reports(disclosure: Disclosure) -> dict[str, bytes]:
    """The reports of a run by name: every form in both languages, to read and to reckon with."""
    made: dict[str, bytes] = {}
    for id, kind in forms().items():
        for language in LANGUAGES:
            form = kind.make(disclosure, language)
            made |= {f"{id}.{language}.{name}": formats()[name].render(form) for name in SEALED}
    return made
