"""Where an entity is, and how surely that is known."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger import codes
from carbonledger.intake.coded import alike_all, key_of
from carbonledger.method import Flag, Key


def regions(table: pa.Table, currency: str, id_: str) -> tuple[Key, NDArray[np.uint32]]:
    """Region of each entity: given, else its country abroad, else from its credit code.

    In a book in CNY an entity that nothing places is looked up in the national factors only and
    flagged; in other currencies it stays unknown and no Chinese factor answers for it. ``id_`` is
    the column of its code.
    """
    given, land, code = (table.column(name).combine_chunks() for name in ("region", "country", id_))
    given = pc.coalesce(given, land)
    if not given.null_count:
        return key_of(given.dictionary_encode()), alike_all(len(given), np.uint32, 0)
    flags = np.zeros(table.num_rows, np.uint32)
    open_ = np.flatnonzero(np.asarray(given.is_null()))
    of_code = [codes.region_of_credit_code(c or "") for c in code.take(pa.array(open_)).to_pylist()]
    told = np.array([place is not None for place in of_code], np.bool_)
    flags[open_] = np.where(told, Flag.REGION_FROM_CREDIT_CODE, Flag.REGION_UNKNOWN)
    unknown = None if currency == "CNY" else "?"
    found = pa.array([unknown if place is None else place for place in of_code], pa.string())
    places = pc.replace_with_mask(given, np.asarray(given.is_null()), found)
    return key_of(places.dictionary_encode()), flags
