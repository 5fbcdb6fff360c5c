"""What is read as it stands but looks odd: warnings, one a column and kind, with the first row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger import codes, units
from carbonledger.books.checks import Source, Typed, as_text
from carbonledger.issues import Issue, Place
from carbonledger.persons import is_identity_number

MOST = 20
"""Codes of one kind and batch that are listed one by one."""
CODE_LENGTHS = (10, 18, 20)
"""Lengths of 06948006-5, a credit code and an LEI; other company codes are the bank's own."""
ORGANISATION_CODE = "组织机构代码"
"""A header under which every code is one of GB 11714, or the credit code that took its place."""
EXAMPLE = "EXAMPLE-"
"""How the ids of a template's example positions begin."""
YEARS_APART = 1
"""The last statements known are often those of the year before; older ones may want renewing."""
_ERROR_CELL = r"^#(VALUE!|DIV/0!|REF!|NAME\?|NUM!|NULL!|SPILL!|CALC!)$"


def doubts(typed: Typed, texts: Mapping[str, pa.Array], source: Source) -> Iterator[Issue]:
    """Retired regions, failed check digits, figures at odds, cells that were never computed."""
    yield from _at_odds(typed, source)
    yield from _examples(typed, source)
    yield from _of_other_years(typed, source)
    for name in ("region", "country"):
        if name in typed.columns:
            yield from _regions(name, typed, source)
    if "counterparty_id" in typed.columns:
        named = ORGANISATION_CODE in source.headers.get("counterparty_id", "")
        problem = _organisation_code_problem if named else _company_code_problem
        yield from _checked("counterparty_id", problem, typed, source, every=named)
    if "isin" in typed.columns:
        yield from _checked("isin", codes.isin_problem, typed, source)
    for name, cells in texts.items():
        if name in typed.columns and pa.types.is_date32(typed.columns[name].type):
            yield from _serials(name, cells, typed, source)
        bad = _never_computed(cells)
        if bad is not None and bad.any():
            value = str(as_text(cells.slice(int(bad.argmax()), 1))[0])
            yield _first("cell_error", name, value, bad, typed, source)


def _serials(name: str, cells: pa.Array, typed: Typed, source: Source) -> Iterator[Issue]:
    """Days given as the serial number of a spreadsheet; a person may want to see what they mean."""
    if not pa.types.is_string(cells.type) and not pa.types.is_dictionary(cells.type):
        return
    short = pc.fill_null(pc.match_substring_regex(as_text(cells), r"^[0-9]{5}(\.|$)"), False)
    rows = np.asarray(short)
    if rows.any():
        at = int(rows.argmax())
        yield _first("day_serial", name, str(as_text(cells.slice(at, 1))[0]), rows, typed, source,
                     day=str(typed.columns[name][at]))  # fmt: skip


def _never_computed(cells: pa.Array) -> NDArray[np.bool_] | None:
    """Where a cell of text is what a spreadsheet shows for a formula that failed; None: nowhere."""
    if pa.types.is_dictionary(cells.type):
        of_text = _never_computed(cells.dictionary)
        codes_ = cells.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return None if of_text is None else np.append(of_text, False)[codes_]
    if not pa.types.is_string(cells.type) or not _holds(cells, b"#"):
        return None
    return np.asarray(pc.fill_null(pc.match_substring_regex(cells, _ERROR_CELL), False))


def _holds(cells: pa.Array, text: bytes) -> bool:
    """Whether the bytes of a column hold a text at all, asked before any of its cells is."""
    return any(b is not None and text in b.to_pybytes() for b in cells.buffers()[-1:])


def _examples(typed: Typed, source: Source) -> Iterator[Issue]:
    """Positions of a template's invented examples that nobody deleted: real money they are not."""
    for name in ("loan_id", "position_id"):
        ids = typed.columns.get(name)
        if ids is not None and _holds(ids, EXAMPLE.encode()):
            rows = np.asarray(pc.fill_null(pc.starts_with(ids, EXAMPLE), False))
            if rows.any():
                yield _first("example_rows", name, str(ids[int(rows.argmax())]), rows, typed,
                             source)  # fmt: skip


def _of_other_years(typed: Typed, source: Source) -> Iterator[Issue]:
    """Financials too far from the balances that are to be shares of them, both of one date."""
    years = typed.columns.get("financials_year")
    if years is None or source.period is None:
        return
    apart = pc.abs(pc.subtract(years.cast(pa.int64()), source.period))
    rows = np.asarray(pc.fill_null(pc.greater(apart, YEARS_APART), False))
    if rows.any():
        value = str(years[int(rows.argmax())])
        yield _first("financials_years_apart", "financials_year", value, rows, typed, source,
                     period=str(source.period))  # fmt: skip


def _first(
    code: str, name: str, value: str, rows: NDArray[np.bool_], typed: Typed, source: Source,
    **words: str,
) -> Issue:  # fmt: skip
    header = source.headers.get(name, name)
    column = name if header == name else f"{name} ({header})"
    place = Place(source.file, source.sheet, int(typed.rows[int(rows.argmax())]), column)
    details = {"count": str(int(rows.sum())), **words}
    return Issue(code, place, value, tuple(sorted(details.items())))


def _regions(name: str, typed: Typed, source: Source) -> Iterator[Issue]:
    column = typed.columns[name]
    at = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    for k, code in enumerate(column.dictionary.to_pylist()):
        if not codes.region_known(code):
            yield _first("region_unknown_code", name, code, at == k, typed, source)


def _checked(
    name: str,
    problem: Callable[[str], str | None],
    typed: Typed,
    source: Source,
    *,
    every: bool = True,
) -> Iterator[Issue]:
    """The first codes of a column that have a problem, one by one."""
    column = typed.columns[name]
    rows = np.arange(len(column))
    if not every:
        lengths = pc.binary_length(column).fill_null(0).to_numpy()
        rows = np.flatnonzero(np.logical_or.reduce([lengths == n for n in CODE_LENGTHS]))
    given = column.take(pa.array(rows)).dictionary_encode()
    first = np.zeros(len(given.dictionary) + 1, np.intp)
    first[given.indices.fill_null(-1).to_numpy(zero_copy_only=False)[::-1]] = rows[::-1]
    told = ((at, text, problem(text)) for at, text in
            zip(first.tolist(), given.dictionary.to_pylist(), strict=False) if text)  # fmt: skip
    for at, text, code in islice((one for one in told if one[2]), MOST):
        one = np.zeros(len(column), np.bool_)
        one[at] = True
        yield _first(str(code), name, text, one, typed, source)


def _at_odds(typed: Typed, source: Source) -> Iterator[Issue]:
    """Scope 1 and 2 given apart and together that do not agree; the parts are used."""
    names = [f"emissions_scope{s}_tco2e" for s in ("1", "2", "12")]
    if all(name in typed.columns for name in names):
        one, two, both = (typed.columns[name] for name in names)
        differ = pc.fill_null(pc.not_equal(pc.add(one, two), both), False)
        rows = np.asarray(differ)
        if rows.any():
            grams = both[int(rows.argmax())].as_py()
            value = f"{units.tonnes(grams, 0)} t"
            yield _first("emissions_disagree", names[2], value, rows, typed, source)
    for name in names[:2] if names[2] in typed.columns else ():
        if name in typed.columns:
            part, both = typed.columns[name], typed.columns[names[2]]
            rows = np.asarray(pc.fill_null(pc.greater(part, both), False))
            if rows.any():
                value = f"{units.tonnes(part[int(rows.argmax())].as_py(), 0)} t"
                yield _first("emissions_above_whole", name, value, rows, typed, source)


def _company_code_problem(text: str) -> str | None:
    """A failed check digit of what looks like a credit code or an LEI; other ids are the bank's."""
    if is_identity_number(text):
        return None
    if len(text) == 10:
        hyphen = text[8] == "-"
        problem = codes.organisation_code_problem(text) if hyphen else None
        return problem if problem == "organisation_code_check_digit" else None
    credit_code, lei = codes.credit_code_problem(text), codes.lei_problem(text)
    if credit_code == "credit_code_check_digit":
        return credit_code
    return lei if lei == "lei_check_digit" and any(map(str.isalpha, text)) else None


def _organisation_code_problem(text: str) -> str | None:
    """What is wrong under a header of organisation codes; a credit code may stand there too."""
    long = len(text) in (18, 20)
    return _company_code_problem(text) if long else codes.organisation_code_problem(text)


def absent_months(file: str, months: set[int], period: int) -> list[Issue]:
    """Month-end columns of the year that a book has only in part: the others count as zero."""
    if len(months) == 12:
        return []
    absent = ", ".join(f"{period}-{m:02d}" for m in range(1, 13) if m not in months)
    return [Issue("months_absent", Place(file), absent)]
