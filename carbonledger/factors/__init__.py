"""Factor sets: load, check, and look up as known on a date.

A value is found by its keys, the year it describes and the day it was published. Users lay their
own folder over the shipped one; which row answered is in the entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from importlib import resources
from pathlib import Path

from carbonledger.factors.head import read_head
from carbonledger.factors.lookup import (
    CAVEAT,
    NEEDS_LEAVE,
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
from carbonledger.issues import Issue, Place

__all__ = [
    "CAVEAT", "PARENT", "STALE", "UNSURE", "FactorRow", "FactorSet", "FactorSource", "Factors",
    "FactorsAt", "Found", "Rate", "load_factors", "shipped_root",
]  # fmt: skip

_OTHER_ROOMS = frozenset({"paths"})
"""Folders of the factor tree that hold no factor sets: decline paths have their own loader."""


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
    sets: dict[str, FactorSet] = {}
    rows: dict[str, list[FactorRow]] = {}
    issues: list[Issue] = []
    for layer, root in enumerate(roots):
        if not root.is_dir():
            issues.append(Issue("factor_folder_missing", Place(root.name)))
            continue
        for file in _files(root, issues):
            found, values, problems = _read_set(root, file, layer, kinds)
            issues += problems
            if found is None:
                continue
            problem = _clash(sets.get(found.id), found, currency)
            if problem:
                issues.append(problem)
                continue
            known = [row for row in values if _admissible(row, known_on, allow)]
            laid = {(row.keys, row.year) for row in known}
            below = [r for r in rows.get(found.id, ()) if (r.keys, r.year) not in laid]
            sets[found.id], rows[found.id] = found, below + known
    every = tuple(row for values in rows.values() for row in values)
    return Factors(sets, known_on, every), issues


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
) -> tuple[FactorSet | None, list[FactorRow], list[Issue]]:
    text = _decoded((root / file).read_bytes())
    if text is None:
        return None, [], [Issue("factor_encoding", Place(file))]
    found, issues = read_head(text, file, layer)
    if found is None or (kinds is not None and found.kind not in kinds):
        return None, [], issues
    table = file.removesuffix(".yaml") + ".csv"
    if not (root / table).is_file():
        return None, [], [Issue("factor_table_missing", Place(file), table)]
    text = _decoded((root / table).read_bytes())
    if text is None:
        return None, [], [Issue("factor_encoding", Place(table))]
    rows, issues = read_table(text, found, table)
    return found, rows, issues


def _decoded(raw: bytes) -> str | None:
    """The text of a file that a person saved: UTF-8, else GB18030, else nothing."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _clash(below: FactorSet | None, found: FactorSet, currency: str) -> Issue | None:
    """What keeps a set out: another currency, or an id that is taken or means something else."""
    if found.currency not in ("", currency):
        details = (("other", found.currency),)
        return Issue("factor_currency_other", Place(found.file), currency, details)
    if below is None:
        return None
    if below.layer == found.layer:
        return Issue("factor_id_repeated", Place(found.file), found.id, (("first", below.file),))
    same = (below.kind, below.keys) == (found.kind, found.keys)
    return None if same else Issue("factor_set_changed", Place(found.file), found.id)


def _admissible(row: FactorRow, known_on: date, allow: frozenset[str]) -> bool:
    leave = NEEDS_LEAVE.get(row.confidence)
    return (
        row.published <= known_on and row.confidence != "DEMO" and (leave is None or leave in allow)
    )
