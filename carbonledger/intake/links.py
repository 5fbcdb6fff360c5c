"""What joining adds to the typed rows of a book: the code joined with, and by what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.books.lazy import over

JOINED_BY = ("code", "customer_number", "name", "decision")
"""The ways in which two records meet."""
SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Links:
    """Records of one book that join by something else than their own code.

    ``keys`` are the records (code, number and name as they stand in a row), ``codes`` what each
    joins with and ``by`` in which way.
    """

    kind: str
    columns: tuple[str, str, str]
    target: str
    keys: pa.Array
    codes: pa.Array
    by: pa.Array

    def added(self, columns: Mapping[str, pa.Array]) -> Mapping[str, pa.Array]:
        """The columns with the codes joined with; a row that joins by its own code is as it was."""
        size = len(next(iter(columns.values())))
        at = pc.index_in(record_keys(columns, self.columns, size), value_set=self.keys)
        own = columns.get(self.columns[0], pa.nulls(size, pa.string()))
        return over(columns, {self.target: pc.coalesce(self.codes.take(at), own),
                              f"{self.kind}_joined_by": self.by.take(at)})  # fmt: skip


def record_keys(
    columns: Mapping[str, pa.Array], names: tuple[str, str, str], size: int
) -> pa.Array:
    """Code, number and name of each row as one text."""
    parts = [pc.fill_null(columns[n], "") if n in columns else pa.array([""] * size, pa.string())
             for n in names]  # fmt: skip
    return pc.binary_join_element_wise(*parts, SEPARATOR)


def codes_of(array: pa.Array | None, names: tuple[str, ...], size: int) -> NDArray[np.int32]:
    """A column of words as indices of ``names``, -1 where it has none."""
    if array is None:
        return np.full(size, -1, np.int32)
    text = array.cast(pa.string())
    found = pc.index_in(text, value_set=pa.array(names, pa.string()))
    return np.asarray(pc.fill_null(pc.if_else(pc.is_valid(text), found, None), -1), np.int32)
