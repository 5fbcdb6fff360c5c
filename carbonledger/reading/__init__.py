"""Files into tables: what a file is shows in its first bytes, and one file here reads each format.

A new format is a new module with a ``FORMAT``; the folder is searched.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import shutil
import weakref
from dataclasses import replace
from functools import cache
from pathlib import Path

from carbonledger.issues import Issue, Refusal
from carbonledger.reading.encrypted import is_encrypted
from carbonledger.reading.native import Changed
from carbonledger.reading.packed import DAMAGE as PACKED_DAMAGE
from carbonledger.reading.packed import is_packed, unpack
from carbonledger.reading.parquet import parquet_at
from carbonledger.reading.query import Query, open_query
from carbonledger.reading.stores import Located, Stored
from carbonledger.reading.table import Format, Known, Opened, Request, Table

__all__ = ["Query", "Table", "open_table"]

HEAD_BYTES = 8_192
FOREIGN = (
    ("XML", (".xml",), rb"(?:\xef\xbb\xbf)?\s*<[!?/a-zA-Z]"),
    ("PDF", (".pdf",), rb"%PDF"),
    ("RAR", (".rar",), rb"Rar!"),
    ("7-Zip", (".7z",), rb"7z\xbc\xaf\x27\x1c"),
    ("SQLite", (".sqlite", ".db"), rb"SQLite format 3\0"),
    ("DuckDB", (".duckdb",), rb".{8}DUCK"),
)
"""Formats known by sight and not read: kind, endings, first bytes."""
DATABASES = ("SQLite", "DuckDB")
LOOSE_ENDINGS = {".xls": ("CSV", "HTML", "XLSX")}
"""What core systems and offices give a wrong ending to, and a spreadsheet opens all the same."""


def open_table(
    path: Located,
    *,
    name: str,
    sheet: str | None = None,
    is_header: Known,
    is_key: Known | None = None,
    query: Query | None = None,
) -> Opened:
    """The table in a file, or None, and every problem found; ``is_key`` knows the row's own id."""
    local = path if isinstance(path, Path) else Path(path.name)
    request = Request(local, name, sheet, is_header, is_key)
    try:
        if query is not None and query.dsn is not None:
            return open_query(request, query)
        if not path.exists():
            return None, [request.issue("file_missing")]
        if not path.is_file():
            return None, [request.issue("file_unreadable", reason="not a regular file")]
        if isinstance(path, Stored):
            return _stored(request, path, query)
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        return open_query(request, query) if query else _opened(request, head)
    except Changed:
        return None, [request.issue("file_changed")]
    except OSError as problem:
        reason = problem.strerror or str(problem)
        return None, [request.issue("file_unreadable", reason=reason)]


def _stored(request: Request, stored: Stored, query: Query | None) -> Opened:
    """A table on a store: Parquet is read where it lies, others from a copy while it is used."""
    if stored.is_parquet():
        return parquet_at(request, stored)
    copy = stored.fetched()
    table, issues = None, list[Issue]()
    try:
        table, issues = open_table(
            copy, name=request.name, sheet=request.sheet, is_header=request.is_header,
            is_key=request.is_key, query=query,
        )  # fmt: skip
    finally:
        if table is None:
            shutil.rmtree(copy.parent)
        else:
            weakref.finalize(table, shutil.rmtree, copy.parent, ignore_errors=True)
    return table, issues


def _opened(request: Request, head: bytes) -> Opened:
    if not head.strip():
        return None, [request.issue("nothing_to_read")]
    if is_packed(request.path, head):
        return _unpacked(request, head)
    if is_encrypted(request.path, head):
        return None, [request.issue("file_encrypted")]
    ending = Path(request.inner or request.path.name).suffix.lower()
    found = _format_of(head)
    if found in DATABASES:
        return None, [request.issue("query_missing", kind=str(found))]
    if isinstance(found, str):
        return None, [request.issue("format_unsupported", kind=found)]
    if found is None:
        return None, [request.issue("text_with_nul")]
    if ending in _endings() and ending not in found.endings:
        loose = found.kind in LOOSE_ENDINGS.get(ending, ())
        code = "file_read_as" if loose else "file_not_its_ending"
        said = request.issue(code, kind=found.kind, ending=ending)
        table, issues = found.open(request) if loose else (None, [])
        return table, [said, *issues]
    return found.open(request)


def _unpacked(request: Request, head: bytes) -> Opened:
    """The table of the file inside an archive; the unpacked copy goes with the table."""
    try:
        place, inner = unpack(request.path, request.name, head)
    except Refusal as refusal:
        return None, [request.refused(refusal)]
    except PACKED_DAMAGE as problem:
        return None, [request.issue("file_unreadable", reason=str(problem))]
    table: Table | None = None
    try:
        with place.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if is_packed(place, head):
            return None, [request.issue("archive_nested")]
        table, issues = _opened(replace(request, path=place, inner=inner), head)
        return table, issues
    finally:
        if table is None:
            place.unlink()
        else:
            weakref.finalize(table, place.unlink, missing_ok=True)


def _format_of(head: bytes) -> Format | str | None:
    """The format whose first bytes these are, the bare name of one that is not read, or none."""
    *others, text = formats()
    own = next((f for f in others if f.signature(head)), None)
    if own is not None:
        return own
    for kind, _, magic in FOREIGN:
        if re.match(magic, head, re.DOTALL):
            return kind
    return text if text.signature(head) else None


@cache
def formats() -> tuple[Format, ...]:
    """Every format that the folder holds; text, which has no first bytes of its own, last;
    and XLSX behind ODS, which is a zip too."""
    modules = [
        importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)
    ]
    found: list[Format] = [m.FORMAT for m in modules if hasattr(m, "FORMAT")]
    return tuple(sorted(found, key=lambda f: (f.kind == "CSV", f.kind == "XLSX", f.kind)))


@cache
def _endings() -> frozenset[str]:
    own = {ending for f in formats() for ending in f.endings}
    return frozenset(own | {ending for _, endings, _ in FOREIGN for ending in endings})
