"""What is read as it stands but looks odd: warnings, one a column and kind, with the first row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger import codes
from carbonledger.books.checks import Source, Typed
from carbonledger.issues import Issue, Place

LENGTHS = {"counterparty_id": 18, "isin": 12}
_ERROR_CELL = r"^#(VALUE!|DIV/0!|REF!|NAME\?|NUM!|NULL!)$"


def doubts(
    book: str, typed: Typed, texts: Mapping[str, pa.Array], source: Source
) -> Iterator[Issue]:
    """Retired region codes, failed check digits, and cells that a spreadsheet could not compute."""
    for name in ("region", "country"):
        if name in typed.columns:
            yield from _regions(name, typed, source)
    if book == "counterparties":
        yield from _checked("counterparty_id", _company_code_problem, typed, source)
    if "isin" in typed.columns:
        yield from _checked("isin", codes.isin_problem, typed, source)
    for name, cells in texts.items():
        if pa.types.is_string(cells.type):
            bad = np.asarray(pc.fill_null(pc.match_substring_regex(cells, _ERROR_CELL), False))
            if bad.any():
                yield _first("cell_error", name, str(cells[int(bad.argmax())]), bad, typed, source)


def _first(
    code: str, name: str, value: str, rows: NDArray[np.bool_], typed: Typed, source: Source
) -> Issue:
    header = source.headers.get(name, name)
    column = name if header == name else f"{name} ({header})"
    place = Place(source.file, source.sheet, int(typed.rows[int(rows.argmax())]), column)
    return Issue(code, place, value, (("count", str(int(rows.sum()))),))


def _regions(name: str, typed: Typed, source: Source) -> Iterator[Issue]:
    column = typed.columns[name]
    at = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    for k, code in enumerate(column.dictionary.to_pylist()):
        if not codes.region_known(code):
            yield _first("region_unknown_code", name, code, at == k, typed, source)


def _checked(
    name: str, problem: Callable[[str], str | None], typed: Typed, source: Source
) -> Iterator[Issue]:
    """The first codes of a column that have a problem, one by one."""
    texts = typed.columns[name].to_pylist()
    found = [problem(text) if text else None for text in texts]
    for at in [k for k, code in enumerate(found) if code][:20]:
        one = np.zeros(len(texts), np.bool_)
        one[at] = True
        yield _first(str(found[at]), name, texts[at], one, typed, source)


def _company_code_problem(text: str) -> str | None:
    """A failed check digit of what looks like a credit code or an LEI; other ids are the bank's."""
    credit_code, lei = codes.credit_code_problem(text), codes.lei_problem(text)
    if credit_code == "credit_code_check_digit":
        return credit_code
    return lei if lei == "lei_check_digit" and any(map(str.isalpha, text)) else None
