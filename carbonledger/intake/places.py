"""Where an entity is, and how surely that is known."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from carbonledger import codes
from carbonledger.intake.coded import key_of
from carbonledger.method import Flag, Key


def regions(table: pa.Table, currency: str, id_: str) -> tuple[Key, NDArray[np.uint32]]:
    """Region of each entity: given, else its country abroad, else from its credit code.

    In a book in CNY an entity that nothing places is looked up in the national factors only and
    flagged; in other currencies it stays unknown and no Chinese factor answers for it. ``id_`` is
    the column of its code.
    """
    columns = (table.column(name).to_pylist() for name in ("region", "country", id_))
    found: list[str | None] = []
    flags = np.zeros(table.num_rows, np.uint32)
    for at, (region, land, code) in enumerate(zip(*columns, strict=True)):
        place = region if region is not None else land
        if place is None:
            place = codes.region_of_credit_code(code or "")
            if place is not None:
                flags[at] = Flag.REGION_FROM_CREDIT_CODE
            else:
                flags[at] = Flag.REGION_UNKNOWN
                place = None if currency == "CNY" else "?"
        found.append(place)
    return key_of(pa.array(found, pa.string()).dictionary_encode()), flags
