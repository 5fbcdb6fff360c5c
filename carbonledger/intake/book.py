"""A book of the working folder, opened and mapped, that streams typed batches."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from carbonledger.intake.beside import beside
from carbonledger.intake.corrections import Corrections
from carbonledger.intake.doubts import absent_months, doubts
from carbonledger.intake.keys import duplicates, key_of
from carbonledger.intake.lifted import lifted_columns
from carbonledger.intake.links import Links
from carbonledger.intake.mapping import Mapped, map_columns
from carbonledger.intake.mapping_file import MappingFile, load_mapping
from carbonledger.intake.people import People, masked_issues
from carbonledger.intake.refused import OF_A_ROW, RefusedRows, gather, noted
from carbonledger.intake.sectors import into_gbt4754
from carbonledger.issues import Issue, Place, Refusal
from carbonledger.reading import Table, open_table


@dataclass(frozen=True)
class File:
    """One file of a book: its table, mapping and the hash of its bytes."""

    path: Path
    name: str
    sha256: str
    table: Table
    mapped: Mapped
    scales: Mapping[str, int]
    entity: str = ""
    """The reporting entity whose positions the file holds, where the configuration says it."""


@dataclass
class OpenBook:
    """A book whose files are open; ``issues`` gathers what its rows bring up."""

    book: Book
    config: BookConfig
    files: tuple[File, ...]
    currency: str
    issues: list[Issue] = field(default_factory=list)
    rows: int = 0
    links: list[Links] = field(default_factory=list)
    """What joining adds to the rows."""
    people: People = field(default_factory=People)
    corrections: Corrections = field(default_factory=Corrections)
    refused: RefusedRows = field(default_factory=RefusedRows)
    settled: bool = False
    """Whether refused rows are left out and the rest of the book goes on."""
    _kept: list[Typed] | None = None
    hidden: bool = False
    """Whether cells of natural persons are not as they were read."""
    _unkeyed: Issue | None = None

    def has(self, column: str) -> bool:
        """Whether any file has the column, or the configuration declares its value."""
        named = any(column in f.mapped.headers or column in f.mapped.lifted for f in self.files)
        return named or column in self.config.values

    @property
    def native(self) -> bool:
        """Whether every file is typed already, and so is sealed by its hash."""
        return all(f.table.native for f in self.files)

    @property
    def changed(self) -> bool:
        """Whether the book is no longer what its file says: cells corrected, hidden or refused."""
        left_out = self.settled and bool(self.refused.reasons)
        return self.hidden or left_out or bool(self.corrections.applied)

    def batches(self) -> Iterator[Typed]:
        """Typed batches in file order, joined; text files are read once and kept."""
        for batch in self._batches():
            columns = batch.columns
            for link in self.links:
                columns = link.added(columns)
            yield replace(batch, columns=columns) if self.links else batch

    def some(self, columns: Collection[str]) -> Iterator[Typed]:
        """Some optional columns as they stand, before joining; typed files are read for them."""
        if not self.native or self.corrections.of or self.settled:
            yield from self._batches()
            return
        part = without_required(self.book.row)
        asked = set(columns) & set(part.model_fields)
        held = {c: v for c, v in self.config.values.items() if c in asked}
        narrow = replace(self, book=replace(self.book, row=part), issues=[],
                         config=self.config.model_copy(update={"values": held}))  # fmt: skip
        for file in self.files:
            headers = {c: h for c, h in file.mapped.headers.items() if c in asked}
            if headers:
                yield from _typed_batches(narrow, replace(file, mapped=Mapped(headers)), [])

    def _batches(self) -> Iterator[Typed]:
        if self._kept is not None:
            yield from self._kept
        elif self.rows:
            yield from self._left_out([])
        elif self.native:
            yield from self._first()
        else:
            self._kept = list(self._first())
            yield from self._kept

    def _first(self) -> Iterator[Typed]:
        """The first passage, which brings up everything that is wrong with the rows."""
        count, keys = 0, list[pa.Array]()
        for file in self.files:
            for batch in _typed_batches(self, file, self.issues):
                count += len(batch.rows)
                keys.append(key_of(self.book, batch))
                yield batch
        self.rows = count
        again = duplicates(self.book, self.files, keys)
        for issue in again:
            self.refused.note(issue.place.file, issue.place.row or 0, issue, None)
        self.issues += [*again, *self.corrections.issues, *self.corrections.missing()]
        self.issues += [self._unkeyed] if self._unkeyed else []

    def _left_out(self, kept: Sequence[Typed]) -> Iterator[Typed]:
        """The batches once more; refused rows are marked or gone where the rest goes on."""
        for file in self.files:
            before = None
            again = [b for b in kept if b.file == file.name] or _typed_batches(self, file, [])
            for batch in again:
                yield from () if before is None else (before,)
                before = self.refused.left_out(self.book, batch) if self.settled else batch
            if before is not None:
                yield self.refused.with_unshaped(self.book, before) if self.settled else before

    def settle(self) -> None:
        """Read everything, and go on without the rows that are refused."""
        for _ in self.batches():
            pass
        self.issues = self.refused.settled(self.book, self.issues)
        self.settled = True
        if self._kept is not None:
            self._kept = list(self._left_out(self._kept))

    def guard_again(self) -> None:
        """Kept batches once more, now that the persons of all books are known."""
        if self._kept is not None:
            self._kept = [self.guarded(batch, [], False) for batch in self._kept]

    def guarded(self, typed: Typed, problems: list[Issue], first: bool) -> Typed:
        """The batch without what names a person; its issues likewise, in their list."""
        batch, persons, lacking = self.people.guarded(typed)
        problems[:] = masked_issues(problems, persons, batch.rows)
        self.hidden |= any(batch.columns[n] is not v for n, v in typed.columns.items())
        if first:
            self._unkeyed = self._unkeyed or lacking
            self.refused.persons.setdefault(batch.file, []).append(batch.rows[persons])
        return batch


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
                files.append(replace(file, entity=config.entity_of(pattern)))
    opened = OpenBook(book, config, tuple(files), currency, issues)
    opened.refused.note_shape(issues)
    months = {m for f in files for y, m in f.mapped.months if y == period}
    if months and not opened.has("average_balance"):
        issues += absent_months(files[0].name, months, period)
    return opened


def _paths(folder: Path, wanted: str) -> list[Path]:
    if glob.has_magic(wanted):
        found = sorted(glob.glob(str(folder / wanted)))
        return [Path(p) for p in found] or [folder / wanted]
    return [folder / wanted]


def _open_file(
    book: Book, config: BookConfig, path: Path, wanted: str, currency: str,
    mapping: MappingFile | None,
) -> tuple[File | None, list[Issue]]:  # fmt: skip
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
    if any(i.severity == "error" and i.code not in OF_A_ROW for i in issues):
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
    every = wanted | {f"balance {month}": h for month, h in monthly.items()}
    source = Source(file.name, file.table.sheet, wanted, file.scales, opened.currency)
    asked = [*wanted.values(), *monthly.values(), *mapped.kept]
    counts: dict[tuple[str, str | None], int] = {}
    for rows, as_read in _readable(book, file, asked, issues):
        batch = opened.corrections.correct(as_read, rows, book, source, every)
        columns = {c: batch.column(h) for c, h in mapped.headers.items()}
        columns |= {c: _constant(v, len(rows)) for c, v in opened.config.values.items()
                    if c not in columns}  # fmt: skip
        if file.entity and "reporting_entity" not in columns:
            columns["reporting_entity"] = _constant(file.entity, len(rows))
        given = {c: as_text(columns[c]) for c in mapped.sectors}
        matches, doubtful = into_gbt4754(mapped.sectors, columns, rows, source)
        result, problems = typed(book.row, columns, rows, source)
        problems += doubtful
        extra, read = beside(mapped, monthly, batch, rows, source, problems)
        extra |= {c: batch.column(c) for c in mapped.kept} | matches
        texts = {} if file.table.native else {**result.texts, **given, **read}
        whole = Typed(result.rows, {**result.columns, **extra}, file.name, texts)
        first = issues is opened.issues
        whole = opened.guarded(whole, problems, first)
        if first:
            own = replace(whole, columns={c: whole.columns[c] for c in result.columns})
            problems += doubts(own, columns, source)
            problems = [noted(i, opened.refused, opened.corrections, every) for i in problems]
        gather(issues, problems, counts)
        yield whole


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


def _constant(value: str, size: int) -> pa.Array:
    indices = pa.array(np.zeros(size, np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array([value], pa.string()))
