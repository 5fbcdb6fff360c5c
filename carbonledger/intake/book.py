"""A book of the working folder, opened and mapped, that streams typed batches."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path

from carbonledger.books import BOOKS, Book
from carbonledger.books.checks import Source, Typed, typed
from carbonledger.books.rows import nothing_required
from carbonledger.config import BookConfig
from carbonledger.intake.beside import beside
from carbonledger.intake.canonical import Read, canonical
from carbonledger.intake.corrections import Corrections
from carbonledger.intake.doubts import absent_months, doubts
from carbonledger.intake.files import File as File
from carbonledger.intake.files import open_file, paths_of
from carbonledger.intake.held import Held
from carbonledger.intake.keys import Keys, duplicates, fingerprints
from carbonledger.intake.links import Links
from carbonledger.intake.mapping import Mapped
from carbonledger.intake.mapping_file import MappingFile, load_mapping
from carbonledger.intake.months import Month, month_of, with_month_ends
from carbonledger.intake.people import People, masked_issues
from carbonledger.intake.refused import RefusedRows, gather, noted
from carbonledger.intake.sizes import unlikely_sizes
from carbonledger.issues import Issue, Place
from carbonledger.reading.ahead import made


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
    _kept: Held | None = None
    hidden: bool = False
    """Whether cells of natural persons are not as they were read."""
    _unkeyed: Issue | None = None
    period: int | None = None

    def has(self, column: str) -> bool:
        """Whether any file has the column, or the configuration declares its value."""
        named = any(column in f.mapped.headers or column in f.mapped.lifted for f in self.files)
        return named or column in self.config.values

    def may_say(self, columns: Collection[str]) -> bool:
        """Whether rows may hold any of some columns, those that joining adds included."""
        added = {link.target for link in self.links}
        for file in self.files:
            added |= {*file.mapped.kept} | ({"reporting_entity"} if file.entity else set())
        return any(c in added or self.has(c) for c in columns)

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
        yield from map(self._joined, self._batches())

    def heads(self) -> Iterator[Typed]:
        """The first batch of each file that has any."""
        for file in self.files:
            own = _typed_batches(self, file, []) if self._kept is None else self._kept.of(file.name)
            yield from map(self._joined, islice(own, 1))

    def _joined(self, batch: Typed) -> Typed:
        columns = batch.columns
        for link in self.links:
            columns = link.added(columns)
        return replace(batch, columns=columns) if self.links else batch

    def narrow(self, columns: Collection[str] | None, *, months: bool) -> Iterator[Typed]:
        """Some columns of the rows, or every one, joined, without looking what is wrong."""
        if columns is None:
            yield from self.batches()
            return
        asked = {*columns, *(c for link in self.links for c in link.columns)}
        yield from map(self._joined, self.some(asked, months=months))

    def some(self, columns: Collection[str], *, months: bool = False) -> Iterator[Typed]:
        """Some columns as they stand, before joining; typed files are read for them alone."""
        if not self.native or self.corrections.of or self.settled:
            yield from self._batches()
            return
        part = nothing_required(self.book.row)
        asked = set(columns) & set(part.model_fields)
        held = {c: v for c, v in self.config.values.items() if c in asked}
        narrow = replace(self, book=replace(self.book, row=part), issues=[],
                         config=self.config.model_copy(update={"values": held}))  # fmt: skip
        for file in self.files:
            own = file.mapped
            mapped = Mapped(
                {c: h for c, h in own.headers.items() if c in asked},
                months=own.months if months else {},
                sectors={c: how for c, how in own.sectors.items() if c in asked},
            )
            if mapped.headers:
                yield from _typed_batches(narrow, replace(file, mapped=mapped), [])

    def _batches(self) -> Iterator[Typed]:
        if self._kept is None and not self.rows:
            if self.native:
                yield from self._first(None)
                return
            kept = Held()
            for _ in self._first(kept):
                pass
            self._kept = kept
        yield from self._left_out(self._kept)

    def _first(self, kept: Held | None) -> Iterator[Typed]:
        """The first passage, which brings up everything that is wrong with the rows."""
        count, keys, wrong = 0, Keys(), len(self.refused.reasons)
        for file in self.files:
            for batch in _typed_batches(self, file, self.issues):
                count += len(batch.rows)
                if self.book.key:
                    keys.add(fingerprints(self.book, batch))
                if kept is not None:
                    wrong, before = len(self.refused.reasons), wrong
                    kept.add(batch, private=wrong > before)
                yield batch
                del batch  # it need not stay while the next one is read
        self.rows = count
        again = duplicates(self.book, self.files, keys.twice(), self._left_out(kept))
        for issue in again:
            self.refused.note(issue.place.file, issue.place.row or 0, issue, None)
        self.issues += [*again, *self.corrections.issues, *self.corrections.missing()]
        self.issues += [self._unkeyed] if self._unkeyed else []

    def _left_out(self, kept: Held | None) -> Iterator[Typed]:
        """The batches once more; refused rows are marked or gone where the rest goes on."""
        before = None
        for batch in self._again() if kept is None else kept:
            if before is not None:
                yield before if before.file == batch.file else self._last(before)
            before = self.refused.left_out(self.book, batch) if self.settled else batch
        if before is not None:
            yield self._last(before)

    def _again(self) -> Iterator[Typed]:
        for file in self.files:
            yield from _typed_batches(self, file, [])

    def _last(self, batch: Typed) -> Typed:
        return self.refused.with_unshaped(self.book, batch) if self.settled else batch

    def settle(self) -> None:
        """Read everything, and go on without the rows that are refused."""
        for _ in self.batches():
            pass
        self.issues = self.refused.settled(self.book, self.issues)
        self.settled = True

    def guard_again(self) -> None:
        """Kept batches once more, now that the persons of all books are known."""
        if self._kept is not None:
            self._kept.change(lambda batch: self.guarded(batch, [], False))

    def guarded(self, typed: Typed, problems: list[Issue], first: bool) -> Typed:
        """The batch without what names a person; its issues likewise, in their list."""
        batch, persons, lacking = self.people.guarded(typed)
        problems[:] = masked_issues(problems, persons, batch.rows)
        self.hidden |= batch.columns is not typed.columns
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
    for pattern in config.file or ((f"{name}.odbc",) if config.dsn else ()):
        wanted = pattern.replace("{period}", str(period))
        for path in paths_of(folder, wanted):
            file, problems = open_file(book, config, path, wanted, currency, mapping)
            issues += problems
            if file is not None:
                files.append(replace(file, entity=config.entity_of(pattern)))
    opened = OpenBook(book, config, tuple(files), currency, issues, period=period)
    if config.months:
        opened.files = _with_months(opened, folder, period, mapping)
    opened.refused.note_shape(issues)
    months = {m for f in opened.files for y, m in f.mapped.months if y == period}
    if months and not opened.has("average_balance"):
        issues += absent_months(opened.files[0].name, months, period)
    return opened


def _with_months(
    opened: OpenBook, folder: Path, period: int, mapping: MappingFile | None
) -> tuple[File, ...]:
    """The files of the book joined with its month-end files of the period."""
    monthly: dict[Month, list[File]] = {}
    for pattern in opened.config.months:
        wanted = pattern.replace("{period}", str(period))
        for path in paths_of(folder, wanted):
            file, problems = open_file(
                opened.book, opened.config, path, wanted, opened.currency, mapping
            )
            opened.issues += problems
            month = None if file is None else month_of(file.name, file.table)
            if file is not None and month is None:
                opened.issues.append(Issue("month_unclear", Place(file.name)))
            elif file is not None and month is not None and month[0] == period:
                monthly.setdefault(month, []).append(file)
    if any(i.severity == "error" for i in opened.issues):
        return opened.files
    if not monthly:
        place = Place(", ".join(opened.config.months))
        opened.issues.append(Issue("months_none", place, str(period)))
        return opened.files
    read = partial(_typed_batches, opened)
    files, issues = with_month_ends(opened.book, opened.files, monthly, read)
    opened.issues += issues
    return tuple(files)


def _typed_batches(opened: OpenBook, file: File, issues: list[Issue]) -> Iterator[Typed]:
    book, mapped = opened.book, file.mapped
    wanted = {**mapped.headers, **mapped.lifted}
    monthly = {f"{y}-{m}": h for (y, m), h in mapped.months.items()}
    every = wanted | {f"balance {month}": h for month, h in monthly.items()}
    source = Source(file.name, file.table.sheet, wanted, file.scales, opened.currency,
                    opened.period)  # fmt: skip
    counts: dict[tuple[str, str | None], int] = {}
    read = canonical(opened, file, source, every, issues)

    def whole_of(part: tuple[Read, tuple[Typed, list[Issue]]]) -> Typed:
        found, (result, problems) = part
        batch, rows = found.batch, found.rows
        problems += found.doubtful
        extra, texts = beside(mapped, monthly, batch, rows, source, problems)
        extra |= {c: batch.column(c) for c in mapped.kept} | found.matches
        texts = {} if file.table.native else {**result.texts, **found.given, **texts}
        whole = Typed(result.rows, {**result.columns, **extra}, file.name, texts)
        first = issues is opened.issues
        whole = opened.guarded(whole, problems, first)
        if first:
            own = replace(whole, columns={c: whole.columns[c] for c in result.columns})
            problems += doubts(own, found.columns, source)
            problems += unlikely_sizes(book.name, own, source) if not counts else ()
            counts["", None] = 1
            problems = [noted(i, opened.refused, opened.corrections, every)
                        for i in file.believed(problems)]  # fmt: skip
        gather(issues, problems, counts)
        return whole

    yield from map(
        whole_of, made(read, lambda part: typed(book.row, part.columns, part.rows, source))
    )
