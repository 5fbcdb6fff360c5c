"""Factor sets: load, check, and look up as known on a date.

A value is found by its keys, the year it describes and the day it was published. Users lay their
own folder over the shipped one; which row answered is in the entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from importlib import resources
from pathlib import Path

from carbonledger.factors.columns import Columns
from carbonledger.factors.head import kind_said, read_head
from carbonledger.factors.library import Library
from carbonledger.factors.lookup import (
    CAVEAT,
    PARENT,
    STALE,
    UNSURE,
    Factors,
    FactorsAt,
    Found,
    Rate,
)
from carbonledger.factors.sets import FactorRow, FactorSet, FactorSource
from carbonledger.factors.table import read_table
from carbonledger.factors.workbook import WORKBOOKS, read_workbook
from carbonledger.issues import Issue, Place

__all__ = [
    "CAVEAT", "PARENT", "STALE", "UNSURE", "WORKBOOKS", "FactorRow", "FactorSet", "FactorSource",
    "Factors", "FactorsAt", "Found", "Library", "Rate", "load_factors", "read_library",
    "shipped_root",
]  # fmt: skip

_OTHER_ROOMS = frozenset({"paths", "derive"})
"""Folders of the factor tree that hold no factor sets: decline paths, and how sets were derived."""

LARGEST = 8_000_000
"""Bytes of a file that are read; the largest table that ships has a tenth of it."""


def shipped_root() -> Path:
    """The factor sets that come with the tool: in the package, or beside it in a source tree."""
    package = Path(str(resources.files("carbonledger")))
    installed = package / "shipped"
    return installed if installed.is_dir() else package.parent / "factors"


def load_factors(
    roots: Sequence[Path],
    *,
    known_on: date,
    allow: frozenset[str] = frozenset(),
    currency: str = "CNY",
    kinds: frozenset[str] | None = None,
) -> tuple[Factors, list[Issue]]:
    """Every row that may answer on a day, per unit of a currency; later roots lie over earlier.

    With ``kinds`` the tables of other kinds are left unread.
    """
    return read_library(roots, kinds).known(known_on, allow=allow, currency=currency)


def read_library(roots: Sequence[Path], kinds: frozenset[str] | None = None) -> Library:
    """Every set of folders and workbooks, whatever its day, confidence or currency."""
    read: list[Columns] = []
    issues: list[Issue] = []
    for layer, root in enumerate(roots):
        if root.is_file() and root.suffix.lower() in WORKBOOKS:
            found, problems = read_workbook(root, layer)
            read += found
            issues += problems
        elif not root.is_dir():
            issues.append(Issue("factor_folder_missing", Place(root.name)))
        else:
            for file in _files(root, issues):
                columns, problems = _read_set(root, file, layer, kinds)
                issues += problems
                read += [] if columns is None else [columns]
    return Library(tuple(read), tuple(issues))


def _files(root: Path, issues: list[Issue]) -> list[str]:
    """The YAML files of a tree in a fixed order; a table that nothing describes is an issue."""
    places = [path.relative_to(root) for path in root.rglob("*")]
    names = sorted(
        place.as_posix()
        for place in places
        if place.suffix.lower() in (".yaml", ".yml", ".csv")
        and not place.name.startswith(".")
        and not _OTHER_ROOMS & set(place.parts[:-1])
    )
    heads = [name for name in names if name.endswith(".yaml")]
    described = {name.removesuffix(".yaml") for name in heads}
    for name in names:
        if not name.endswith((".yaml", ".csv")):
            issues.append(Issue("factor_file_ending", Place(name)))
        elif name.endswith(".csv") and name.removesuffix(".csv") not in described:
            issues.append(Issue("factor_head_missing", Place(name)))
    return heads


def _read_set(
    root: Path, file: str, layer: int, kinds: frozenset[str] | None
) -> tuple[Columns | None, list[Issue]]:
    text, issues = _text(root, file)
    if text is None:
        return None, issues
    if kinds is not None and root == shipped_root() and kind_said(text) not in kinds:
        return None, []  # what ships has nothing wrong, so no more of it need be read
    found, issues = read_head(text, file, layer)
    if found is None or (kinds is not None and not (found.answers and found.kind in kinds)):
        return None, issues
    table = file.removesuffix(".yaml") + ".csv"
    if not (root / table).is_file():
        return None, [Issue("factor_table_missing", Place(file), table)]
    text, issues = _text(root, table)
    return (None, issues) if text is None else read_table(text, found, table)


def _text(root: Path, file: str) -> tuple[str | None, list[Issue]]:
    """What a file says, unless it is larger than any table of factors or in no encoding."""
    with (root / file).open("rb") as opened:
        raw = opened.read(LARGEST + 1)
    if len(raw) > LARGEST:
        row = raw[:LARGEST].count(b"\n") + 1
        most = (("most", str(LARGEST // 1_000_000)),)
        return None, [Issue("factor_file_large", Place(file, row=row), "", most)]
    text = _decoded(raw)
    return text, [] if text is not None else [Issue("factor_encoding", Place(file))]


def _decoded(raw: bytes) -> str | None:
    """The text of a file that a person saved: UTF-8, else GB18030, else nothing."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
