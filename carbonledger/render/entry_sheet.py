"""A sheet of many plain rows, written by the column: cell by cell it takes twenty times as long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

SPAN = 16
"""Rows of one block, for which a sheet says once how wide they are."""
EXACT = 2**53
"""From here on a whole number is written as the float that a spreadsheet makes of it."""


@dataclass(frozen=True)
class _Column:
    """What stands in the cells of a column below its heading; null where there is no cell."""

    style: Any
    written: pa.Array
    is_text: bool


class FormulaSheet(Worksheet):  # type: ignore[misc]
    """A worksheet that takes formulas as they are: ours use no function younger than 2007."""

    def _prepare_formula(self, formula: str, _: bool = False) -> str:
        return formula.removeprefix("=")


class EntrySheet(Worksheet):  # type: ignore[misc]
    """A worksheet with a heading in row 1 and columns below it; the first is never empty.

    Its bytes are those of the same cells written one by one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.below: dict[int, _Column] = {}
        self.rows = 0

    def write_column_of(self, column: int, values: pa.ChunkedArray, style: Any) -> None:
        """A whole column below its heading: texts, or numbers with blanks between them."""
        is_text = pa.types.is_string(values.type)
        written = self._shared(column, values, style) if is_text else _numbers(values)
        self.below[column] = _Column(style, written, is_text)
        self.rows = len(values)
        self._check_dimensions(self.rows, column)

    def _shared(self, column: int, values: pa.ChunkedArray, style: Any) -> pa.Array:
        """The number of each text in the workbook's table of texts, which takes it in."""
        coded = values.combine_chunks().dictionary_encode()
        numbers = []
        for text in coded.dictionary.to_pylist():
            self.write_string(1, column, text, style)
            numbers.append(str(self.table[1].pop(column).string))
        self.str_table.count += len(coded) - len(numbers)
        return pa.array(numbers, pa.string()).take(coded.indices)

    def _write_rows(self) -> None:
        """The heading by the library, the rows below it from their columns."""
        self.dim_rowmax = 0
        super()._write_rows()
        self.dim_rowmax = self.rows
        if self.rows:
            self.fh.writelines(self._rows_below())

    def _rows_below(self) -> Iterator[str]:
        numbers = pc.cast(pa.array(np.arange(2, self.rows + 2)), pa.string())
        styles = self._styles()
        cells = [pc.binary_join_element_wise('<row r="', numbers, '" spans="',
                                             pa.array(self._spans()), '">', "")]  # fmt: skip
        for k, column in sorted(self.below.items()):
            kind = ' t="s"' if column.is_text else ""
            head, tail = f'<c r="{xl_col_to_name(k)}', f'" s="{styles[k]}"{kind}><v>'
            cell = pc.binary_join_element_wise(head, numbers, tail, column.written, "</v></c>", "")
            cells.append(pc.fill_null(cell, ""))
        yield from pc.binary_join_element_wise(*cells, "</row>", "").to_pylist()

    def _styles(self) -> dict[int, int]:
        """The number of each column's style; styles are numbered as they are met, by the row."""
        first = {k: pc.index(column.written.is_valid(), True).as_py()
                 for k, column in self.below.items()}  # fmt: skip
        met = sorted((row, k) for k, row in first.items() if row >= 0)
        return dict.fromkeys(self.below, 0) | {
            k: self.below[k].style._get_xf_index() for _, k in met
        }

    def _spans(self) -> list[str]:
        """The first and the last column of the block in which each row stands."""
        ends: NDArray[np.int64] = np.zeros(self.rows + 1, np.int64)
        for k, column in sorted(self.below.items()):
            ends[1:][column.written.is_valid().to_numpy(zero_copy_only=False)] = k + 1
        ends[0] = self.dim_colmax + 1
        widest = np.maximum.reduceat(ends, np.arange(0, self.rows + 1, SPAN))
        return [f"1:{end}" for end in np.repeat(widest, SPAN)[1 : self.rows + 1].tolist()]


def _numbers(values: pa.ChunkedArray) -> pa.Array:
    """Numbers as the library writes each."""
    column = values.combine_chunks()
    if pa.types.is_integer(column.type):
        widest = pc.min_max(column.cast(pa.int64())).as_py()
        if max(abs(widest["min"] or 0), abs(widest["max"] or 0)) <= EXACT:
            return pc.cast(column, pa.string())
    return pa.array([None if v is None else f"{v:.16G}" for v in column.to_pylist()], pa.string())
