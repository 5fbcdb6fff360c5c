"""A book of the working folder, opened and mapped, that streams typed batches."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger import units
from carbonledger.books import BOOKS, Book
from carbonledger.books.checks import Source, Typed, as_text, typed
from carbonledger.books.rows import columns_of, without_required
from carbonledger.config import BookConfig
from carbonledger.headers import CODED, header_aliases, names_of, normal_header
from carbonledger.intake.doubts import doubts
from carbonledger.intake.keys import duplicates, key_of
from carbonledger.intake.lifted import lifted_columns
from carbonledger.intake.mapping import Mapped, map_columns
from carbonledger.intake.mapping_file import MappingFile, load_mapping
from carbonledger.intake.sectors import into_gbt4754
from carbonledger.issues import Issue, Place, Refusal
from carbonledger.reading import Table, open_table

MOST_ALIKE = 200
"""Issues of one kind and column that are listed one by one; the rest are counted."""


@dataclass(frozen=True)
class File:
    """One file of a book: its table, mapping and the hash of its bytes."""

    path: Path
    name: str
    sha256: str
    table: Table
    mapped: Mapped
    scales: Mapping[str, int]


@dataclass
class OpenBook:
    """A book whose files are open; ``issues`` gathers what its rows bring up."""

    book: Book
    config: BookConfig
    files: tuple[File, ...]
    currency: str
    issues: list[Issue] = field(default_factory=list)
    rows: int = 0
    _kept: list[Typed] | None = None
    _columns: Sequence[str] | None = None

    def has(self, column: str) -> bool:
        """Whether any file has the column, or the configuration declares its value."""
        named = any(column in f.mapped.headers or column in f.mapped.lifted for f in self.files)
        return named or column in self.config.values

    @property
    def native(self) -> bool:
        """Whether every file is typed already, and so is sealed by its hash."""
        return all(f.table.native for f in self.files)

    def batches(self) -> Iterator[Typed]:
        """Typed batches in file order; text files are read once and kept."""
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[Typed] = []
        keys: list[pa.Array] = []
        again = self.rows > 0
        count = 0
        for file in self.files:
            for batch in _typed_batches(self, file, [] if again else self.issues):
                count += len(batch.rows)
                if not again:
                    keys.append(key_of(self.book, batch))
                if not self.native:
                    kept.append(batch)
                yield batch
        if not again:
            self.rows = count
            self.issues += duplicates(self.book, self.files, keys)
        if not self.native:
            self._kept = kept


def open_book(name: str, config: BookConfig, folder: Path, period: int, currency: str) -> OpenBook:
    """Open and map the files of a book; ``{period}`` in a name stands for the year."""
    book, issues = BOOKS[name], list[Issue]()
    files = []
    mapping = None
    if config.mapping is not None:
        mapping, issues = load_mapping(folder, config.mapping, book, config.columns)
        if mapping is None:
            return OpenBook(book, config, (), currency, issues)
    for pattern in config.file:
        wanted = pattern.replace("{period}", str(period))
        for path in _paths(folder, wanted):
            file, problems = _open_file(book, config, path, wanted, currency, mapping)
            issues += problems
            if file is not None:
                files.append(file)
    opened = OpenBook(book, config, tuple(files), currency, issues)
    issues += _absent_months(opened, period)
    return opened


def _paths(folder: Path, wanted: str) -> list[Path]:
    if glob.has_magic(wanted):
        found = sorted(glob.glob(str(folder / wanted)))
        return [Path(p) for p in found] or [folder / wanted]
    return [folder / wanted]


def _absent_months(book: OpenBook, period: int) -> list[Issue]:
    """Month-end columns of the year that a book has only in part: the others count as zero."""
    months = {m for f in book.files for y, m in f.mapped.months if y == period}
    if not months or len(months) == 12 or book.has("average_balance"):
        return []
    absent = ", ".join(f"{period}-{m:02d}" for m in range(1, 13) if m not in months)
    return [Issue("months_absent", Place(book.files[0].name), absent)]


def _open_file(
    book: Book,
    config: BookConfig,
    path: Path,
    wanted: str,
    currency: str,
    mapping: MappingFile | None,
) -> tuple[File | None, list[Issue]]:
    name = path.name if glob.has_magic(wanted) else wanted
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

    table, issues = open_table(
        path, name=name, sheet=config.sheet, is_header=is_header, is_key=is_key
    )
    if table is None:
        return None, issues
    mapped, problems = map_columns(table, book, config, currency, mapping)
    issues += problems
    scales, missing = _settled_scales(table, mapped, book)
    issues += missing
    if any(i.severity == "error" for i in issues):
        return None, issues
    return File(path, name, sha256_of(path), table, mapped, scales), issues


def _lifted_header(names: frozenset[str]) -> bool:
    return any(
        header_aliases(book).get(n, ("", ""))[0] == column
        for column, book in lifted_columns().items()
        for n in names
    )


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _settled_scales(table: Table, mapped: Mapped, book: Book) -> tuple[dict[str, int], list[Issue]]:
    """Scales of amounts; a column with no unit anywhere is refused once, not once a row."""
    issues = []
    everywhere = {**mapped.headers, **mapped.lifted}
    unknown = {c: everywhere.get(c, c) for c, scale in mapped.scales.items() if scale == 0
               and not c.endswith("_tco2e") and _is_money(book, c)}  # fmt: skip
    if unknown:
        _, first = next(table.batches(), (None, None))
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


def _typed_batches(opened: OpenBook, file: File, issues: list[Issue]) -> Iterator[Typed]:
    book, mapped = opened.book, file.mapped
    wanted = {**mapped.headers, **mapped.lifted}
    monthly = {f"{y}-{m}": h for (y, m), h in mapped.months.items()}
    asked = [*wanted.values(), *monthly.values(), *mapped.kept]
    counts: dict[tuple[str, str | None], int] = {}
    for rows, batch in _readable(book, file, asked, issues):
        columns = {c: batch.column(h) for c, h in mapped.headers.items()}
        columns |= {c: _constant(v, len(rows)) for c, v in opened.config.values.items()
                    if c not in columns}  # fmt: skip
        source = Source(file.name, file.table.sheet, wanted, file.scales, opened.currency)
        given = {c: as_text(columns[c]) for c in mapped.sectors}
        matches, doubtful = into_gbt4754(mapped.sectors, columns, rows, source)
        result, problems = typed(book.row, columns, rows, source)
        problems += doubtful
        extra, read = _beside(mapped, monthly, batch, rows, source, problems)
        extra |= {c: batch.column(c) for c in mapped.kept} | matches
        if issues is opened.issues:
            problems += doubts(result, columns, source)
        _gather(issues, problems, counts)
        texts = {} if file.table.native else {**result.texts, **given, **read}
        yield Typed(result.rows, {**result.columns, **extra}, file.name, texts)


def _readable(
    book: Book, file: File, asked: Sequence[str], issues: list[Issue]
) -> Iterator[tuple[NDArray[np.int64], pa.RecordBatch]]:
    """The batches of a file; a damaged page that shows only now ends them with an issue."""
    coded = [
        file.mapped.headers[name]
        for name, spec in columns_of(book.row).items()
        if name in file.mapped.headers and pa.types.is_dictionary(spec.kind.type)
    ]
    try:
        yield from file.table.batches(asked, dictionary=coded if file.table.native else ())
    except Refusal as refusal:
        issues.append(Issue(refusal.code, Place(file.name), "", refusal.details))


def _gather(
    issues: list[Issue], problems: list[Issue], counts: dict[tuple[str, str | None], int]
) -> None:
    """List issues one by one up to a number, then count: a spoilt column is one problem."""
    for issue in problems:
        kind = (issue.code, issue.place.column)
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= MOST_ALIKE:
            issues.append(issue)
        elif counts[kind] == MOST_ALIKE + 1:
            place = Place(issue.place.file, issue.place.sheet, issue.place.row, issue.place.column)
            issues.append(Issue("more_alike", place, "", (("code", issue.code),)))


def _constant(value: str, size: int) -> pa.Array:
    indices = pa.array(np.zeros(size, np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array([value], pa.string()))


def _beside(
    mapped: Mapped, monthly: Mapping[str, str], batch: pa.RecordBatch, rows: NDArray[np.int64],
    source: Source, problems: list[Issue],
) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:  # fmt: skip
    """What stands beside a book's own columns, typed and as read: entities and month-ends."""
    columns: dict[str, pa.Array] = {}
    texts: dict[str, pa.Array] = {}
    for name in ("counterparties", "projects"):
        lifted = {c: batch.column(h) for c, h in mapped.lifted.items()
                  if lifted_columns()[c] == name}  # fmt: skip
        if lifted:
            model = without_required(BOOKS[name].row)
            values, issues = typed(model, lifted, rows, source)
            problems += issues
            columns |= values.columns
            texts |= values.texts
    for month, header in monthly.items():
        where = Source(source.file, source.sheet, {"average_balance": header},
                       {"average_balance": source.scales[month]}, source.currency)  # fmt: skip
        model = without_required(BOOKS["loans"].row)
        values, issues = typed(model, {"average_balance": batch.column(header)}, rows, where)
        problems += issues
        columns[f"balance {month}"] = values.columns["average_balance"]
        texts |= {f"balance {month}": cells for cells in values.texts.values()}
    return columns, texts
