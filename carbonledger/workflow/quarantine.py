"""Refused rows in the shape of their file, to be mended and fed back, each with its reasons.

This is the one output that holds cells of the input. It is for its owner's eyes only, lies in no
run, and shows nothing by which a natural person is known.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from carbonledger.intake.book import File, OpenBook
from carbonledger.intake.people import IDS, NAMES
from carbonledger.intake.refused import Reason
from carbonledger.issues import Issue, Refusal, as_csv, guarded
from carbonledger.persons import hidden, is_identity_number, is_name, masked, masked_names, pattern
from carbonledger.reading.notes import is_footer
from carbonledger.reading.table import header_text
from carbonledger.runs import digest

OWN = ("carbonledger_code", "carbonledger_reason")
"""The columns added at the end; a book that has them is read as if it had not."""
ABOUT = "about.json"
_PACKED = (".gz", ".zip")
Rows = list[list[str]]


def leave(root: Path, period: int, books: Mapping[str, OpenBook], issues: Sequence[Issue]) -> Path:
    """Write the issues and the refused rows to ``refused/<hash>/``; the same again changes nothing.

    What an earlier run left of the same books goes, unless somebody has begun to mend it.
    """
    files = {"issues.csv": as_csv(issues), **_quarantined(books)}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    about = {"period": period, "files": hashes,
             "books": sorted(f.name for b in books.values() for f in b.files)}  # fmt: skip
    place = root / digest(about)[:8]
    _sweep(root, about, place, {f.path.resolve() for b in books.values() for f in b.files
                               if isinstance(f.path, Path)})  # fmt: skip
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    files[ABOUT] = json.dumps(about, ensure_ascii=False, indent=1).encode() + b"\n"
    written: list[Path] = []
    try:
        for name, content in files.items():
            _write(place / name, content, written)
    except OSError:
        for path in written:
            path.unlink(missing_ok=True)
        for folder in (place, root):
            with suppress(OSError):  # what was there before stays
                folder.rmdir()
        raise
    return place


def _write(path: Path, content: bytes, written: list[Path]) -> None:
    """A file for its owner alone; one that is there already may be half mended and stays."""
    if path.exists():
        return
    unfinished = path.with_name(f".{path.name}")
    written.append(unfinished)
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(content)
    unfinished.replace(path)
    written[-1] = path


def _sweep(root: Path, about: Mapping[str, object], place: Path, read: set[Path]) -> None:
    for path in sorted(root.glob(f"*/{ABOUT}")):
        folder = path.parent
        try:
            old = json.loads(path.read_bytes())
        except ValueError:
            continue
        same = all(old.get(k) == about[k] for k in ("period", "books"))
        inside = [p for p in folder.iterdir() if p.name != ABOUT]
        if folder == place or not same or any(p.resolve() in read for p in inside):
            continue
        now = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in inside}
        if now == old["files"]:
            for p in (*inside, path):
                p.unlink()
            folder.rmdir()


def _quarantined(books: Mapping[str, OpenBook]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name, book in books.items():
        for file in book.files:
            reasons = book.refused.of(file.name)
            if reasons:
                written, content = _file(_Refused(book, file, reasons))
                found[written if written not in found else f"{name}-{written}"] = content
    return found


@dataclass(frozen=True)
class _Refused:
    """The refused rows of one file."""

    book: OpenBook
    file: File
    reasons: Mapping[int, Sequence[Reason]]

    def canonical(self) -> dict[str, str]:
        """The canonical column of each header that has one."""
        mapped = self.file.mapped
        months = {h: f"balance {y}-{m}" for (y, m), h in mapped.months.items()}
        return {h: c for c, h in {**mapped.headers, **mapped.lifted}.items()} | months

    def said(self, row: int) -> list[str]:
        """The codes of a row and its reasons, in both languages."""
        issues = [r.issue for r in self.reasons[row]]
        texts = [f"{i.text('zh')} / {i.text('en')}" for i in issues]
        return [", ".join(dict.fromkeys(i.code for i in issues)), "; ".join(texts)]

    def shown(self, row: int, columns: Sequence[str | None], cells: Sequence[str]) -> list[str]:
        """A row's cells as they may be seen."""
        person = self.book.refused.is_person(self.file.name, row) or any(
            is_identity_number(cell) for cell in cells
        )
        spoilt = {r.column for r in self.reasons[row]}
        return [
            self._cell(cell, column, person, column in spoilt)
            for cell, column in zip(cells, columns, strict=True)
        ]

    def _cell(self, cell: str, column: str | None, person: bool, spoilt: bool) -> str:
        if column in IDS:
            return self.book.people.shown(cell)
        if column in NAMES:
            return hidden(cell) if person or is_name(cell) else masked(cell)
        if column is None or (person and (spoilt or is_name(cell))):
            return pattern(cell)  # nothing reads a column that is not the book's
        return masked_names(cell) if spoilt else masked(cell)


def _file(refused: _Refused) -> tuple[str, bytes]:
    """The name and bytes of what is left of one file, in its own kind of file."""
    table, name = refused.file.table, PurePath(refused.file.name).name
    if table.raw is None:
        return PurePath(name).stem + ".parquet", _parquet(refused)
    while PurePath(name).suffix.lower() in _PACKED:
        name = PurePath(name).stem
    name = name if PurePath(name).suffix else name + ".csv"
    rows = _rows(refused)
    if table.shape is None:
        return PurePath(name).stem + ".xlsx", _workbook(rows, table.sheet or "Sheet1")
    shape = table.shape
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=shape.delimiter, lineterminator=shape.newline)
    writer.writerows([[guarded(cell) for cell in row] for row in rows])
    return name, out.getvalue().encode(shape.encoding)


def _rows(refused: _Refused) -> Rows:
    """Titles, header, the refused rows, and lines under the table that state a unit."""
    table, found = refused.file.table, Rows()
    columns: list[str | None] = []
    assert table.raw is not None
    for number, cells in _read(table.raw()):
        if number < table.head_row:
            found.append([masked_names(cell) for cell in cells])
        elif number == table.head_row:
            at = [header_text(cell) for cell in cells]
            width = max(k for k, text in enumerate(at) if text) + 1
            known = refused.canonical()
            columns = [known.get(text) for text in at[:width]]
            found.append([*cells[:width], *OWN])
        elif number in refused.reasons:
            whole = [*cells, *[""] * (len(columns) - len(cells))]
            own, surplus = whole[: len(columns)], whole[len(columns) :]
            rest = refused.shown(number, [None] * len(surplus), surplus)
            shown = refused.shown(number, columns, own)
            found.append([*shown, *refused.said(number), *rest])
        elif any(is_footer(cell) for cell in cells[:1]):
            found.append([masked_names(cell) for cell in cells])
    return found


def _read(rows: Iterator[tuple[int, Sequence[str] | Refusal]]) -> Iterator[tuple[int, list[str]]]:
    for number, cells in rows:
        if not isinstance(cells, Refusal):
            yield number, list(cells)


def _workbook(rows: Rows, sheet: str) -> bytes:
    """All cells as text, so that no spreadsheet changes a code or runs a formula."""
    from datetime import datetime

    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})
        page = book.add_worksheet(sheet)
        text = book.add_format({"num_format": "@"})
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                page.write_string(at, column, cell, text)
    return out.getvalue()


def _parquet(refused: _Refused) -> bytes:
    """The rows with the types of the file; cells of text are shown as they may be seen."""
    numbers = sorted(refused.reasons)
    wanted = pa.array(numbers, pa.int64())
    table = pa.Table.from_batches([
        batch.filter(pc.is_in(pa.array(rows), value_set=wanted))
        for rows, batch in refused.file.table.batches()
    ])  # fmt: skip
    known = refused.canonical()
    texts = [k for k, field in enumerate(table.schema) if _is_text(field.type)]
    columns = [known.get(table.schema.names[k]) for k in texts]
    cells = [table.column(k).cast(pa.string()).to_pylist() for k in texts]
    shown = [refused.shown(row, columns, [c[at] or "" for c in cells])
             for at, row in enumerate(numbers)]  # fmt: skip
    for at, k in enumerate(texts):
        values = [line[at] or None for line in shown]
        table = table.set_column(k, table.schema.names[k], pa.array(values, pa.string()))
    for at, name in enumerate(OWN):
        said = pa.array([refused.said(row)[at] for row in numbers], pa.string())
        table = table.append_column(name, said)
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(None), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _is_text(kind: pa.DataType) -> bool:
    own = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(own) or pa.types.is_large_string(own))
