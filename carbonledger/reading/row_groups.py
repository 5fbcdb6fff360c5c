"""Some row groups of a Parquet file as a table of their own, rows counted as in the whole file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from carbonledger.issues import Refusal
from carbonledger.reading.native import DAMAGE, damaged, with_texts
from carbonledger.reading.parquet import of_one_size
from carbonledger.reading.stores import Located, Stored, opened, readable
from carbonledger.reading.table import BATCH_ROWS, Batches, Table


@dataclass(frozen=True)
class RowGroups:
    """A range of row groups, the rows before it and in it, and the hash of the file's footer.

    The footer names the size and place of every column chunk: a file that was written anew since
    has another.
    """

    path: Located
    first: int
    end: int
    before: int
    rows: int
    footer: str

    def table(self, name: str, columns: Sequence[str]) -> Table:
        """The rows as a table."""
        return Table(name, None, tuple(columns), self.rows, native=True,
                     stream=_Stream(self, tuple(columns)))  # fmt: skip


def row_groups(path: Located, at_least: int) -> list[RowGroups]:
    """A file cut into ranges of so many rows or a little more; none where it is no Parquet file."""
    from pyarrow import parquet

    with opened(path) as file:
        if file.read(4) != b"PAR1":
            return []
    footer = footer_of(path)
    with readable(path) as source, parquet.ParquetFile(source) as file:
        sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    found, first, before, rows = list[RowGroups](), 0, 0, 0
    for n, size in enumerate(sizes):
        rows += size
        if rows >= at_least or n == len(sizes) - 1:
            found.append(RowGroups(path, first, n + 1, before, rows, footer))
            first, before, rows = n + 1, before + rows, 0
    return found


def footer_of(path: Located) -> str:
    """The hash of a Parquet file's last part."""
    with opened(path) as file:
        file.seek(-8, 2)
        size = int.from_bytes(file.read(4), "little")
        file.seek(-(8 + size), 2)
        return hashlib.sha256(file.read()).hexdigest()


@dataclass(frozen=True)
class _Stream:
    """The batches of some row groups; it can be sent to another process, unlike a closure."""

    part: RowGroups
    columns: tuple[str, ...]

    def __call__(self, asked: Sequence[str] | None, dictionary: Sequence[str]) -> Batches:
        names, part = list(self.columns if asked is None else asked), self.part
        done = 0
        try:
            if footer_of(part.path) != part.footer:
                raise Refusal("file_changed")
            for batch in self._batches(names, dictionary):
                batch.validate(full=True)
                first = part.before + done + 1
                done += batch.num_rows
                numbers = np.arange(first, first + batch.num_rows, dtype=np.int64)
                yield numbers, with_texts(batch.select(names))
        except DAMAGE as problem:
            raise damaged(problem) from problem
        if names and done != part.rows:
            raise Refusal("file_unreadable", reason=f"{done:,} of {part.rows:,} rows")

    def _batches(self, names: list[str], dictionary: Sequence[str]) -> Any:
        from pyarrow import parquet

        path = self.part.path
        with (
            readable(path) as source,
            parquet.ParquetFile(source, read_dictionary=list(dictionary),
                                pre_buffer=isinstance(path, Stored)) as file,
        ):  # fmt: skip
            groups = list(range(self.part.first, self.part.end))
            yield from of_one_size(
                file.iter_batches(batch_size=BATCH_ROWS, row_groups=groups, columns=names)
            )
