"""A row model compiled to checks over whole batches of columns.

Plain cells are taken at once, coded ones by their distinct texts; only rows with a cell that
neither path could take go through Pydantic itself, which has the last word and words the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import ValidationError

from carbonledger import units
from carbonledger.books.kinds import Context, Kind
from carbonledger.books.lazy import Lazy
from carbonledger.books.native import out_of_range, typed_already
from carbonledger.books.rows import ColumnSpec, Row, columns_of
from carbonledger.issues import Issue, Place, Refusal


@dataclass(frozen=True)
class Typed:
    """A batch with its values typed: canonical columns, and the row of each in its file."""

    rows: NDArray[np.int64]
    columns: Mapping[str, pa.Array]
    file: str = ""
    texts: Mapping[str, pa.Array] = field(default_factory=dict)
    """The cells as read, where the file holds text."""
    refused: NDArray[np.bool_] | None = None
    """Rows that are refused while the rest of their book goes on; none unless allowed."""

    def take(self, rows: NDArray[np.intp]) -> Typed:
        """Some of the rows, in the order given."""
        at = pa.array(rows)
        columns, texts = self.columns, self.texts
        return Typed(
            self.rows[rows], Lazy(columns, lambda n: columns[n].take(at)), self.file,
            Lazy(texts, lambda n: texts[n].take(at)),
            None if self.refused is None else self.refused[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Where a batch comes from, for the places of its issues, and the scale of its amounts."""

    file: str
    sheet: str | None
    headers: Mapping[str, str]
    """The header as read of each canonical column."""
    scales: Mapping[str, int]
    currency: str = "CNY"
    period: int | None = None
    """The year that is accounted for, where what is read is of a year."""


def typed(
    model: type[Row], columns: Mapping[str, pa.Array], rows: NDArray[np.int64], source: Source
) -> tuple[Typed, list[Issue]]:
    """Type a batch of canonical columns; a row that fails is reported cell by cell."""
    specs = columns_of(model)
    values: dict[str, pa.Array] = {}
    suspect = np.zeros(len(rows), np.bool_)
    texts: dict[str, pa.Array] = {}
    for name, cells in columns.items():
        spec = specs[name]
        texts[name] = cells
        values[name], bad = _typed_column(spec, cells, source.scales.get(name, 0), source.currency)
        suspect |= bad
    for name, spec in specs.items():
        if spec.required and name not in columns:
            suspect[:] = True
    issues = _word(model, texts, np.flatnonzero(suspect), rows, source)
    read = {name: cells for name, cells in texts.items() if _is_text(cells)}
    return Typed(rows, values, source.file, read), issues


_BUILDING = Lock()


def _is_text(cells: pa.Array) -> bool:
    kind = cells.type.value_type if pa.types.is_dictionary(cells.type) else cells.type
    return bool(pa.types.is_string(kind))


def _typed_column(
    spec: ColumnSpec, cells: pa.Array, scale: int, currency: str
) -> tuple[pa.Array, NDArray[np.bool_]]:
    """The typed values of a column and the rows that Pydantic must look at."""
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    kind = spec.kind
    already = typed_already(kind, cells, scale)
    if already is not None:
        bad = out_of_range(already)
        values = pc.if_else(pa.array(bad), None, already) if bad.any() else already
    elif pa.types.is_dictionary(kind.type):
        values, bad = _coded(kind, cells, scale, currency)
    elif pa.types.is_dictionary(cells.type) and len(cells.dictionary) < len(cells):
        values, bad = _by_text(kind, cells, scale, currency)
    else:
        values, bad = _parsed(kind, as_text(cells), scale, currency)
    if spec.required:
        bad = bad | np.asarray(values.is_null())
    if spec.lowest is not None:
        low = pc.fill_null(pc.less(values, pa.scalar(spec.lowest).cast(values.type)), False)
        bad = bad | np.asarray(low)
    if spec.highest is not None:
        high = pc.fill_null(pc.greater(values, pa.scalar(spec.highest).cast(values.type)), False)
        bad = bad | np.asarray(high)
    return values, bad


def as_text(cells: pa.Array) -> pa.Array:
    """Cells as text; what a typed file holds is written the way a person would."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_string(cells.type):
        return cells
    if pa.types.is_floating(cells.type):
        return pa.array([None if v is None else repr(v).removesuffix(".0") for v in
                         cells.to_pylist()], pa.string())  # fmt: skip
    return pc.cast(cells, pa.string())


def _coded(
    kind: Kind, cells: pa.Array, scale: int, currency: str
) -> tuple[pa.Array, NDArray[np.bool_]]:
    """A column of codes: each distinct text is read once."""
    if not pa.types.is_dictionary(cells.type):
        cells = as_text(cells).dictionary_encode()
    texts = as_text(cells.dictionary).to_pylist()
    read = _read_codes if len(texts) <= _FEW else _read_codes.__wrapped__
    names, slots, failed = read(kind, tuple(texts), scale, currency)
    if slots == list(range(len(slots))):
        codes = pa.DictionaryArray.from_arrays(cells.indices.cast(pa.int32()), names)
        return codes, np.zeros(len(cells), np.bool_)
    codes = cells.indices.fill_null(len(slots)).to_numpy(zero_copy_only=False)
    place = np.array([*slots, -1], np.int32)[codes]
    bad = np.array([*failed, False], np.bool_)[codes]
    indices = pa.array(place, pa.int32(), mask=place < 0)
    return pa.DictionaryArray.from_arrays(indices, names), bad


_FEW = 1 << 12
"""Codes of a column that are remembered together: mostly every batch of a file has the same."""


@lru_cache(maxsize=32)
def _read_codes(
    kind: Kind, texts: tuple[str | None, ...], scale: int, currency: str
) -> tuple[pa.Array, list[int], list[bool]]:
    """The distinct values of codes, the place of each text's among them, and what failed."""
    names: dict[str, int] = {}
    slots, failed = [], []
    for text in texts:
        value = _read_code(kind, text, scale, currency)
        failed.append(isinstance(value, Refusal))
        empty = value is None or isinstance(value, Refusal) or value == ""
        slots.append(-1 if empty else names.setdefault(str(value), len(names)))
    return pa.array(list(names), pa.string()), slots, failed


def _by_text(
    kind: Kind, cells: pa.Array, scale: int, currency: str
) -> tuple[pa.Array, NDArray[np.bool_]]:
    """A coded column of values: each distinct text is read once."""
    values, failed = _parsed(kind, as_text(cells.dictionary), scale, currency)
    bad = np.append(failed, False)
    at = cells.indices.fill_null(len(failed)).to_numpy(zero_copy_only=False)
    return values.take(cells.indices), bad[at]


def _parsed(
    kind: Kind, cells: pa.Array, scale: int, currency: str
) -> tuple[pa.Array, NDArray[np.bool_]]:
    """A column of values: plain cells at once where the kind can, the rest by distinct text."""
    fast = None if kind.fast is None else kind.fast(cells, scale)
    if fast is not None and fast.null_count == cells.null_count:
        return fast, np.zeros(len(cells), np.bool_)
    left = cells if fast is None else pc.if_else(fast.is_valid(), None, cells)
    encoded = left.dictionary_encode()
    read = [_read(kind, text, scale, currency) for text in encoded.dictionary.to_pylist()]
    good = pa.array([None if isinstance(v, Refusal) else v for v in read], kind.type)
    failed = pa.array([isinstance(v, Refusal) for v in read], pa.bool_())
    values = good.take(encoded.indices)
    bad = np.asarray(pc.fill_null(failed.take(encoded.indices), False))
    return (values if fast is None else pc.coalesce(fast, values)), bad


@lru_cache(maxsize=1 << 16)
def _read_code(kind: Kind, text: str | None, scale: int, currency: str) -> Any:
    """The same, of texts that come again in every batch."""
    return _read(kind, text, scale, currency)


def _read(kind: Kind, text: str | None, scale: int, currency: str) -> Any:
    """A cell's value, None where it says that nothing is known, the refusal where unreadable."""
    if text is None or is_blank(kind, text):
        return None
    try:
        return kind.parse(text, scale, currency)
    except Refusal as refusal:
        return refusal


def is_blank(kind: Kind, text: str) -> bool:
    """Whether the cell says that nothing is known."""
    return not text.strip() or units.is_empty(
        text, number=kind.name in ("money", "tonnes", "number", "share", "year")
    )


def _word(
    model: type[Row], texts: Mapping[str, pa.Array], suspects: NDArray[np.intp],
    rows: NDArray[np.int64], source: Source,
) -> list[Issue]:  # fmt: skip
    """The issues of the suspect rows, in Pydantic's verdict and our words."""
    issues: list[Issue] = []
    specs = columns_of(model)
    if suspects.size:
        _built(model)
    for at in suspects.tolist():
        cells = {name: _cell(column, at) for name, column in texts.items()}
        row = {n: c for n, c in cells.items() if c is not None and not is_blank(specs[n].kind, c)}
        try:
            model.model_validate(row, context=Context(source.scales, source.currency))
        except ValidationError as error:
            for found in error.errors():
                name = str(found["loc"][0])
                issues.append(_issue(found, specs[name], row.get(name, ""), int(rows[at]), source))
    return issues


def _built(model: type[Row]) -> None:
    """Let Pydantic compile the model for its first suspect row, in one thread at a time."""
    with _BUILDING:
        model.model_rebuild()


def _cell(column: pa.Array, at: int) -> str | None:
    value = as_text(column.slice(at, 1)).to_pylist()[0]
    return None if value is None else str(value)


_BUILT_IN = {
    "missing": "{kind}_blank",
    "greater_than_equal": "{kind}_negative",
    "less_than_equal": "share_out_of_range",
}
_BOUNDS = ("greater_than_equal", "less_than_equal")
_WORDS = {"money": "amount", "text": "id", "date": "day"}
"""What the message of a blank or negative cell calls it, by kind; else a value."""
_OWED = ("outstanding_amount", "average_balance")
_BELOW_ZERO = {"undrawn_amount": "undrawn_negative"}
"""Columns with a message of their own; what is neither owed nor one of them is a value."""


def _issue(found: Any, spec: ColumnSpec, value: str, row: int, source: Source) -> Issue:
    header = source.headers.get(spec.name, spec.name)
    place = Place(source.file, source.sheet, row, _named(spec.name, header))
    code = _BUILT_IN.get(found["type"], found["type"])
    if found["type"] in _BOUNDS and spec.name.endswith("_score"):
        code = "score_out_of_range"
    word = _WORDS.get(spec.kind.name, "value")
    if found["type"] == "greater_than_equal" and spec.name not in _OWED:
        code, word = _BELOW_ZERO.get(spec.name, code), "value"
    context = {k: str(v) for k, v in (found.get("ctx") or {}).items() if k != "why"}
    return Issue(code.format(kind=word), place, value, tuple(sorted(context.items())))


def _named(name: str, header: str) -> str:
    return name if header == name else f"{name} ({header})"
