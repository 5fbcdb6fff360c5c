"""Standards of a user's own: Python packages in folders beside the configuration.

A package is shaped like those of ``carbonledger/standards``: its ``EDITIONS`` are the standards,
and its files import each other with a dot. It is code that runs here, so a folder is only read
where the configuration names it. What is run is the text of the files, never compiled leftovers.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from carbonledger.books import BOOKS, ENTITIES
from carbonledger.books.entities import AVERAGE_ASSETS, PROJECT_VALUE
from carbonledger.issues import Issue, Place
from carbonledger.method import SCOPES, AssetClass, Option, Standard
from carbonledger.standards import shipped

PLACE = Place("carbonledger.yaml", column="standard_folders")
"""Where a folder of standards is named, and so where it can be mended."""
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
"""Ids name files, sheets of a workbook and keys of figures."""
SCORES = range(1, 6)
SECOND_HAND = {"emissions", "scope", "dimension", AVERAGE_ASSETS, PROJECT_VALUE}
"""What formulas and factors ask for that is no column of a book as it stands."""


def load_standards(
    folders: Sequence[Path], names: Sequence[str]
) -> tuple[list[Standard], list[Issue]]:
    """The standards of the folders, and what is wrong with any; ``names`` are said in messages."""
    found: list[Standard] = []
    for folder, name in zip(folders, names, strict=True):
        packages = sorted(p.parent for p in folder.glob("*/__init__.py"))
        if not packages:
            why = "no_folder" if not folder.is_dir() else "no_package"
            return [], [Issue(f"standard_{why}", PLACE, name)]
        for package in packages:
            said = f"{name}/{package.name}"
            editions, problem = _editions(package)
            for edition in editions:
                problem = problem or _wrong(edition, shipped().keys() | {s.id for s in found})
                found.append(edition)
            if problem:
                return [], [Issue("standard_unusable", PLACE, said, (("why", problem),))]
    return found, []


def code_of(folders: Sequence[Path]) -> list[list[list[str]]]:
    """The hash of every file of code, a list a folder."""
    return [
        [[p.relative_to(folder).as_posix(), hashlib.sha256(p.read_bytes()).hexdigest()]
         for p in code_files(folder)]
        for folder in folders
    ]  # fmt: skip


def code_files(folder: Path) -> list[Path]:
    """The files of code of a folder, in order."""
    return sorted(p for p in folder.rglob("*.py") if p.is_file())


def _editions(package: Path) -> tuple[tuple[Standard, ...], str]:
    """What a package offers, or what is wrong with it."""
    try:
        with _source_alone():
            module = _imported(package)
    except Exception as error:  # whatever the user's own code raises is the message
        return (), f"{type(error).__name__}: {error}"
    editions = getattr(module, "EDITIONS", None)
    if not isinstance(editions, tuple) or not editions:
        return (), "EDITIONS is not a tuple of Standard"
    if not all(isinstance(edition, Standard) for edition in editions):
        return (), "EDITIONS holds something that is no Standard"
    return editions, ""


def _imported(package: Path) -> ModuleType:
    """Run a package under a name that follows from its text, so that versions do not mix."""
    digest = hashlib.sha256(repr(code_of([package])).encode()).hexdigest()[:12]
    name = f"carbonledger_own_{digest}_{package.name}"
    spec = importlib.util.spec_from_file_location(
        name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None, "a file that ends in .py has a loader"
    assert spec.loader is not None, "a file that ends in .py has a loader"
    module = importlib.util.module_from_spec(spec)
    for known in [n for n in sys.modules if n == name or n.startswith(f"{name}.")]:
        del sys.modules[known]
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@contextmanager
def _source_alone() -> Iterator[None]:
    """Nothing compiled is read or left in the user's folder meanwhile."""
    before = sys.dont_write_bytecode, sys.pycache_prefix
    sys.dont_write_bytecode, sys.pycache_prefix = True, "carbonledger-reads-no-bytecode"
    try:
        yield
    finally:
        sys.dont_write_bytecode, sys.pycache_prefix = before


def _wrong(standard: Standard, taken: set[str]) -> str:
    """The first thing that would make a standard answer wrongly or not at all."""
    if not ID.fullmatch(standard.id):
        return f"id {standard.id}: small letters, digits and hyphens, at most 30"
    if standard.id in taken:
        return f"id {standard.id} is taken"
    classes = [name for page in standard.pages for name in page.takes]
    if not classes or len(classes) != len(set(classes)):
        return f"{standard.id}: each asset class is taken by one page"
    return next(filter(None, (_wrong_page(standard, page) for page in standard.pages)), "")


def _wrong_page(standard: Standard, page: AssetClass) -> str:
    where = f"{standard.id}, page {page.name}"
    if page.entity not in ENTITIES:
        return f"{where}: no kind of entity {page.entity}"
    if page.otherwise and page.otherwise not in [p.name for p in standard.pages]:
        return f"{where}: no page {page.otherwise}"
    own = set(BOOKS[ENTITIES[page.entity]].row.model_fields)
    positions = {c for book in standard.books for c in BOOKS[book].row.model_fields}
    wanted = {page.balance}.union(*(share.inputs for share in page.shares))
    for option in page.estimates:
        known = own | set(BOOKS["activities"].row.model_fields) if option.per else own
        if unknown := _unknown(option, known):
            return f"{where}, option {option.name}: no column {unknown}"
    for name in (*sorted(wanted), *(n for o in page.without_share for n in o.inputs)):
        if name not in own | positions | SECOND_HAND:
            return f"{where}: no column {name}"
    options = page.estimates + page.without_share
    if standard.scored and any(page.scores.get(o.name, ("", 0))[1] not in SCORES for o in options):
        return f"{where}: an option without a score of 1 to 5"
    return ""


def _unknown(option: Option, known: set[str]) -> str:
    columns = {*option.inputs, *(k for keys in option.factors.values() for k in keys)}
    scoped = {n for n in columns if any(f"{n}_scope{s}_tco2e" in known for s in SCOPES)}
    return ", ".join(sorted(columns - known - scoped - SECOND_HAND))
