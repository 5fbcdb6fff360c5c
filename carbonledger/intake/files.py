"""The files of a book: opened, mapped, the scale of each amount settled."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from carbonledger import units
from carbonledger.books import BOOKS, Book
from carbonledger.books.checks import as_text
from carbonledger.books.rows import columns_of
from carbonledger.config import BookConfig
from carbonledger.digests import Digest
from carbonledger.headers import CODED, header_aliases, names_of, normal_header
from carbonledger.intake.counting import ambiguous_decimals, day_counts
from carbonledger.intake.lifted import lifted_columns
from carbonledger.intake.mapping import Mapped, map_columns
from carbonledger.intake.mapping_file import MappingFile
from carbonledger.intake.refused import OF_A_ROW
from carbonledger.issues import Issue, Place
from carbonledger.reading import Query, Table, open_table
from carbonledger.reading.stores import Located, Stored, files_at, is_url

OF_A_UNIT = frozenset({"unit_contradiction", "unit_unlikely"})


@dataclass(frozen=True)
class File:
    """One file of a book: its table, mapping and the hash of its bytes."""

    path: Located
    name: str
    digest: Digest
    table: Table
    mapped: Mapped
    scales: Mapping[str, int]
    entity: str = ""
    """The reporting entity whose positions the file holds, where the configuration says it."""
    without_unit: frozenset[str] = frozenset()
    """Columns of amounts with no unit anywhere, for which the book is refused, and their headers.

    They are read as yuan, so that all else that is wrong with them is told at once.
    """

    def believed(self, issues: list[Issue]) -> list[Issue]:
        """Issues without what only the unit brings up that stands in for none."""
        if not self.without_unit:
            return issues
        return [i for i in issues if i.code not in OF_A_UNIT
                or (i.place.column or "").split(" (")[0] not in self.without_unit]  # fmt: skip

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""
        return self.digest.text


def paths_of(folder: Path, wanted: str) -> Sequence[Located]:
    """The files that a name or a pattern stands for; one that is none stands for itself."""
    if is_url(wanted):
        return files_at(wanted)
    if glob.has_magic(wanted):
        found = sorted(glob.glob(str(folder / wanted)))
        return [Path(p) for p in found] or [folder / wanted]
    return [folder / wanted]


def open_file(
    book: Book,
    config: BookConfig,
    path: Located,
    wanted: str,
    currency: str,
    mapping: MappingFile | None,
) -> tuple[File | None, list[Issue]]:
    """One file of the book with its mapping, None where it can't be read or mapped."""
    name = wanted
    if glob.has_magic(wanted):
        name = path.url if isinstance(path, Stored) else path.name
    is_header, is_key = _recognisers(book, config, mapping)
    query = None if config.query is None else Query(config.query, config.dsn)
    digest = None
    if config.dsn is None and isinstance(path, Path) and os.path.isfile(path):
        # pathlib's own way raises where a name is too long, which the table says itself
        digest = Digest.of(path)  # a large file is hashed while it is gone through
    table, issues = open_table(
        path, name=name, sheet=config.sheet, is_header=is_header, is_key=is_key, query=query
    )
    if table is None:
        return None, issues
    mapped, problems = map_columns(table, book, config, currency, mapping)
    issues += problems
    scales, missing = _settled_scales(table, mapped, book)
    scales |= day_counts(table, mapped, book)
    issues += [*missing, *ambiguous_decimals(table, mapped, book)]
    if any(i.severity == "error" and i not in missing and i.code not in OF_A_ROW for i in issues):
        return None, issues
    digest = digest or Digest(_digest_of(path, table))
    unit_of = {str(dict(i.details)["canonical"]): i.value for i in missing}
    scales |= dict.fromkeys(unit_of, units.FEN)
    return File(path, name, digest, table, mapped, scales,
                without_unit=frozenset({*unit_of, *unit_of.values()})), issues  # fmt: skip


def _recognisers(
    book: Book, config: BookConfig, mapping: MappingFile | None
) -> tuple[Callable[[str], bool], Callable[[str], bool]]:
    """What tells whether a cell is a header of the book, and whether it is that of its key."""
    decided = {} if mapping is None else {c: d.header for c, d in mapping.applied.items()}
    decided |= config.columns
    declared = {normal_header(h) for h in decided.values()}

    def is_header(text: str) -> bool:
        names = names_of(text)
        known = header_aliases(book.name)
        return (
            bool(names & declared) or any(n in known or CODED.fullmatch(n) for n in names)
            or _lifted_header(names) or (mapping is not None and bool(mapping.of(text)))
        )  # fmt: skip

    def is_key(text: str) -> bool:
        known = header_aliases(book.name).get(normal_header(units.header_unit(text)[0]), ("",))
        named = [c for c, h in decided.items() if normal_header(h) == normal_header(text)]
        return bool(book.key) and book.key[0] in (known[0], *named)

    return is_header, is_key


def _digest_of(path: Located, table: Table) -> str:
    return path.sha256() if isinstance(path, Stored) else sha256_of_rows(table)


def _lifted_header(names: frozenset[str]) -> bool:
    return not _lifted_headers().isdisjoint(names)


@cache
def _lifted_headers() -> frozenset[str]:
    """Every header under which a book of positions may carry a column of its entities."""
    lifted = lifted_columns()
    return frozenset(
        header for book in set(lifted.values())
        for header, (column, *_) in header_aliases(book).items() if lifted.get(column) == book
    )  # fmt: skip


def sha256_of_rows(table: Table) -> str:
    """The hash of what a query answered."""
    found = hashlib.sha256("\x1f".join(table.columns).encode())
    for _, batch in table.batches():
        for row in zip(*(as_text(c).to_pylist() for c in batch.columns), strict=True):
            found.update("\x1f".join("\x00" if c is None else c for c in row).encode() + b"\x1e")
    return found.hexdigest()


def _settled_scales(table: Table, mapped: Mapped, book: Book) -> tuple[dict[str, int], list[Issue]]:
    """Scales of amounts; a column with no unit anywhere is refused once, not once a row."""
    issues = []
    everywhere = {**mapped.headers, **mapped.lifted}
    unknown = {c: everywhere.get(c, c) for c, scale in mapped.scales.items() if scale == 0
               and not c.endswith("_tco2e") and _is_money(book, c)}  # fmt: skip
    if unknown:
        _, first = table.first or next(table.batches(), (None, None))
        for canonical, header in unknown.items():
            cells = [] if first is None else as_text(first.column(header)).to_pylist()[:200]
            own = any(units.cell_unit(c)[1] is not None for c in cells if c)
            if not own and any(c and not units.is_empty(c, number=True) for c in cells):
                place = Place(table.file, table.sheet, None, header)
                issues.append(Issue("unit_missing", place, header, (("canonical", canonical),)))
    return dict(mapped.scales), issues


def _is_money(book: Book, column: str) -> bool:
    spec = columns_of(book.row).get(column)
    if spec is None:
        other = lifted_columns().get(column)
        spec = columns_of(BOOKS[other].row).get(column) if other else None
    return spec is not None and spec.kind.name == "money"
