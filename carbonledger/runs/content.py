"""What a run holds, whatever the versions that wrote it: one hash over rows and parts.

Another version of Arrow may pack the same rows into other bytes. So a Parquet file counts by its
values in the order of their key, a workbook by its parts unpacked, and all else byte by byte. The
manifest, which names the versions, does not count.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from carbonledger.digests import sha256_of
from carbonledger.runs.manifest import FILE, digest

KEYS = ("dimension", "code", "book", "position_id", "contract_id", "file", "row")
"""What orders the rows of totals, entries and books, as far as a file has it."""


def content_sha256(folder: Path) -> str:
    """The hash of a run's content, which is the same under any version of the libraries."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != FILE)
    return digest({p.relative_to(folder).as_posix(): _of(p) for p in files})


def _of(path: Path) -> object:
    if path.suffix == ".parquet":
        return rows_digest(path)
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as held:
            return {n: hashlib.sha256(held.read(n)).hexdigest() for n in sorted(held.namelist())}
    return sha256_of(path)


def rows_digest(path: Path) -> dict[str, str]:
    """The hash of each column of a Parquet file, its rows in the order of their key."""
    names = sorted(pq.read_schema(path).names)
    order = _order(path, [k for k in KEYS if k in names])
    return {name: _column(path, name, order) for name in names}


def _order(path: Path, keys: list[str]) -> pa.Array | None:
    """Where the rows stand by their key; None where they are in its order already."""
    if not keys:
        return None
    table = pq.read_table(path, columns=keys)
    table = pa.table({k: _decoded(table.column(k)) for k in keys})
    order = pc.sort_indices(table, sort_keys=[(k, "ascending") for k in keys])
    places = order.to_numpy()
    return None if np.array_equal(places, np.arange(len(places))) else order


def _column(path: Path, name: str, order: pa.Array | None) -> str:
    values = _decoded(pq.read_table(path, columns=[name]).column(name))
    return _digest(values if order is None else values.take(order))


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Plain values: text for all that is no whole number, float or truth."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    elif pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return column.cast(pa.int64())
    elif pa.types.is_floating(kind):
        return column.cast(pa.float64())
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def _digest(column: pa.ChunkedArray) -> str:
    """The hash of values, of the lengths of texts and of what is absent, however they are cut."""
    held = [hashlib.sha256() for _ in range(3)]
    for chunk in (c for c in column.chunks if len(c)):
        text = pa.types.is_string(column.type)
        filled = chunk.fill_null("" if text else 0)
        held[0].update(np.asarray(chunk.is_valid()).astype(np.uint8).tobytes())
        if text:
            lengths = pc.binary_length(filled).to_numpy().astype("<i8")
            held[1].update(lengths.tobytes())
            held[2].update(_texts(filled))
        else:
            held[2].update(_numbers(filled).tobytes())
    return digest([str(column.type), *(h.hexdigest() for h in held)])


def _texts(values: pa.Array) -> memoryview:
    """The bytes of texts, one after the other."""
    _, offsets, data = values.buffers()
    edges = np.frombuffer(offsets, np.int32, len(values) + 1, 4 * values.offset)
    return memoryview(data or b"")[int(edges[0]) : int(edges[-1])]


def _numbers(values: pa.Array) -> Any:
    """Little-endian numbers, all that are not a number alike."""
    plain = values.to_numpy(zero_copy_only=False)
    if pa.types.is_floating(values.type):
        return np.where(np.isnan(plain), np.nan, plain).astype("<f8")
    return plain.astype("<i8")
