"""What cannot be right of two records that joined, or of two rows of one customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.codes import credit_code_problem, lei_problem
from carbonledger.intake.records import Records
from carbonledger.issues import Issue, Place
from carbonledger.names import Name


def very_different(one: Name, other: Name) -> bool:
    """Whether two full names have so little in common that a code must be wrong."""
    if not one.brand or not other.brand:
        return False
    short, long = sorted((one.core, other.core), key=len)
    letters = iter(long)
    if all(letter in letters for letter in short):
        return False  # an abbreviation
    words, others = (set(b.split() if " " in b else b) for b in (one.brand, other.brand))
    return not words & others


def code_kind(code: str) -> str:
    """What a code is: a credit code, an LEI, or the bank's own."""
    if len(code) == 18 and credit_code_problem(code) != "credit_code_malformed":
        return "credit_code"
    return "lei" if len(code) == 20 and lei_problem(code) != "lei_malformed" else "own"


def numbers_with_two_codes(every: Sequence[Records]) -> list[Issue]:
    """A customer number under two credit codes: one of the rows is wrong, nobody knows which."""
    codes: dict[str, dict[str, tuple[Records, int]]] = defaultdict(dict)
    for records in every:
        table = records.table
        both = pc.and_(pc.is_valid(table.column("id")), pc.is_valid(table.column("number")))
        rows = np.flatnonzero(np.asarray(both))
        ids = table.column("id").take(pa.array(rows)).to_pylist()
        numbers = table.column("number").take(pa.array(rows)).to_pylist()
        for at, id_, number in zip(rows.tolist(), ids, numbers, strict=True):
            if code_kind(id_) == "credit_code":
                codes[number].setdefault(id_, (records, at))
    issues = []
    for number, of in codes.items():
        (first, at), *others = of.values()
        for records, other in others:
            words = (("first", _shown(first.place(at))),)
            place = records.place(other, records.side.number)
            issues.append(Issue("customer_number_two_codes", place, number, words))
    return issues[:200]


def _shown(place: Place) -> str:
    return f"{place.file}:{place.row}"
