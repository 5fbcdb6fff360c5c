"""Rows of natural persons: recognised by evidence, ids as pseudonyms, the rest masked when shown.

An id that is an identity number says so itself, wherever it stands. A passport, an older number or
a phone is one only in the row of a person; once seen there it counts in every book, so that a join
by it finds the same pseudonym on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.books import POSITIONS
from carbonledger.books.checks import Typed, as_text
from carbonledger.books.lazy import over
from carbonledger.books.positions import CUSTOMER_TYPE
from carbonledger.issues import Issue, Place, Refusal
from carbonledger.persons import (
    is_document,
    is_identity_number,
    is_name,
    is_organisation,
    masked,
    masked_names,
    pattern,
)
from carbonledger.pseudonyms import Pseudonyms
from carbonledger.reading import Table

if TYPE_CHECKING:
    from carbonledger.intake.book import OpenBook

PERSONS = ("person", "sole_trader", "farmer")
IDS = ("counterparty_id", "project_id", "loan_id", "position_id", "contract_id",
       "customer_number", "entity_id", "parent_id", "ultimate_parent_id")  # fmt: skip
NAMES = ("counterparty_name", "name")
LABELS = ("product", "branch", "instrument", "risk_class", "green_tag", "activity", "unit")
CODES = ("gl_account",)
"""Labels of digits: an account of eleven digits that begins with 13 is no phone."""
_PRODUCT = re.compile("个人|个贷|按揭|住房贷款|信用卡|助学|消费贷|农户")
_SHORT = r"^[\p{Han}]{2,4}$|·"
_LONG = r"^[0-9]{17}[0-9Xx]$"

Rows = NDArray[np.bool_]


@dataclass
class People:
    """What is known of natural persons over all the books of a run."""

    pseudonyms: Pseudonyms | None = None
    documents: set[str] = field(default_factory=set)
    """Ids that are a person's document because some row says so."""
    names: set[str] = field(default_factory=set)
    """Names of persons in any book."""

    def guarded(self, typed: Typed) -> tuple[Typed, Rows, Issue | None]:
        """The batch without what names a person, which rows are a person's, and a key that lacks.

        Without a key the ids stay, and the issue refuses the book.
        """
        persons = persons_of(typed)
        self._gather(typed, persons)
        columns, texts = dict[str, pa.Array](), dict[str, pa.Array]()
        found: dict[str, NDArray[np.intp]] = {}
        for name in (n for n in IDS if n in typed.columns):
            at = self._numbers(name, typed.columns[name])
            if at.size:
                found[name] = at
                self._replace(name, at, typed, columns, texts)
        for name in (n for n in (*LABELS, *CODES) if n in typed.columns):
            hide = self._label if name in LABELS else _number_masked
            _mask_label(name, typed.columns, columns, hide)
            _mask_label(name, typed.texts, texts, hide)
        lacking = None
        if found and self.pseudonyms is None:
            name, at = next(iter(found.items()))
            place = Place(typed.file, row=int(typed.rows[at[0]]), column=name)
            count = str(sum(len(rows) for rows in found.values()))
            lacking = Issue("pseudonym_key_missing", place, "", (("count", count),))
        guarded = replace(typed, columns=over(typed.columns, columns),
                          texts=over(typed.texts, texts))  # fmt: skip
        return guarded, persons, lacking

    def _gather(self, typed: Typed, persons: Rows) -> None:
        ids = typed.columns.get("counterparty_id")
        if ids is not None and persons.any():
            texts = ids.filter(pa.array(persons)).unique().to_pylist()
            self.documents |= {t for t in texts if t is not None and _names_a_person(t)}
        for names in (typed.columns[n] for n in NAMES if n in typed.columns and persons.any()):
            own = names.filter(pa.array(persons)).unique().to_pylist()
            self.names |= {t for t in own if t is not None and is_name(t)}

    def _label(self, text: str) -> str:
        return pattern(text) if text in self.names else masked(text)

    def _numbers(self, name: str, ids: pa.Array) -> NDArray[np.intp]:
        """Rows whose id is an identity number, or known to be a person's document."""
        at = np.flatnonzero(_matches(ids, _LONG, 18))
        sure = [k for k in at.tolist() if is_identity_number(ids[k].as_py())]
        if name == "counterparty_id" and self.documents:
            known = pc.is_in(ids, value_set=pa.array(sorted(self.documents)))
            sure += np.flatnonzero(np.asarray(known)).tolist()
        return np.unique(np.array(sure, np.intp))

    def _replace(
        self, name: str, at: NDArray[np.intp], typed: Typed, columns: dict[str, pa.Array],
        texts: dict[str, pa.Array],
    ) -> None:  # fmt: skip
        if self.pseudonyms is None:
            return
        of = self.pseudonyms.of
        columns[name] = _changed(typed.columns[name], at, of)
        if name in typed.texts:
            own = columns[name].take(pa.array(at)).to_pylist()
            texts[name] = _set(typed.texts[name], at, own)

    def shown(self, text: str) -> str:
        """An id outside of a batch, such as one in a file of refused rows."""
        if not (is_identity_number(text) or text in self.documents):
            return masked(text)
        return self.pseudonyms.of(text) if self.pseudonyms else pattern(text)


def know_persons(people: People, books: Mapping[str, OpenBook]) -> None:
    """Ask every book whose its rows are before any of them is used.

    Text is read once and kept, so asking costs nothing; of a typed file two columns are read.
    """
    for name, book in books.items():
        if not book.native:
            for _ in book.batches():
                pass
        for file in book.files if book.native and name in POSITIONS else ():
            headers = [file.mapped.headers.get(n) for n in ("counterparty_id", "customer_type")]
            if all(headers):
                people.documents |= _documents(file.table, *map(str, headers))
    for book in books.values() if people.documents or people.names else ():
        book.guard_again()


def _documents(table: Table, ids: str, kinds: str) -> set[str]:
    """The documents among the ids of a typed file's rows of persons."""
    found: set[str] = set()
    for _, batch in table.batches([ids, kinds], dictionary=[kinds]):
        column = batch.column(ids)
        if not pa.types.is_string(column.type):
            continue
        kind = as_text(batch.column(kinds)).dictionary_encode()
        own = _asked(kind, np.arange(len(kind)), _is_person)
        texts = column.filter(pa.array(own)).unique().to_pylist()
        found |= {t for t in texts if t is not None and _names_a_person(t)}
    return found


def _names_a_person(text: str) -> bool:
    """Whether the id in a person's row says who it is, where a bank's own number would not."""
    return is_document(text) or is_name(text)


def _is_person(text: str) -> bool:
    try:
        return CUSTOMER_TYPE.parse(text, 0, "") in PERSONS
    except Refusal:
        return False


def persons_of(typed: Typed) -> Rows:
    """Which rows are a natural person's: the customer type, the id, the product with a name."""
    columns, size = typed.columns, len(typed.rows)
    kind = columns.get("customer_type")
    person, other = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    if kind is not None:
        person = _asked(kind, np.arange(size), lambda text: text in PERSONS)
        other = ~person & np.asarray(kind.is_valid())
    ids = columns.get("counterparty_id")
    if ids is not None:
        for k in np.flatnonzero(_matches(ids, _LONG, 18)).tolist():
            person[k] |= is_identity_number(ids[k].as_py())
    open_ = np.flatnonzero(~(person | other))
    if open_.size:
        person[open_] = _by_words(typed, open_)
    return person


def _by_words(typed: Typed, rows: NDArray[np.intp]) -> Rows:
    """Rows that do not say whose they are: a product of persons, or a name beside a document."""
    columns, size = typed.columns, len(typed.rows)
    ids = columns.get("counterparty_id")
    person, company = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    if "product" in columns:
        own = _asked(columns["product"], rows, lambda text: _PRODUCT.search(text) is not None)
        person[rows] = own
    loud = np.flatnonzero(person)
    if loud.size and ids is not None:
        company[loud] = _asked(ids, loud, lambda text: len(text) == 18)
    for name in (columns[n] for n in NAMES if n in columns):
        if loud.size:
            company[loud] |= _asked(name, loud, is_organisation)
        if ids is not None:
            short = np.asarray(pc.fill_null(pc.match_substring_regex(name, _SHORT), False))
            named = rows[short[rows]]
            named = named[_asked(name, named, is_name)]
            person[named] |= _asked(ids, named, is_document)
    return (person & ~company)[rows]


def _asked(column: pa.Array, rows: NDArray[np.intp], what: Callable[[str], bool]) -> Rows:
    """The answer for each of the rows, asked once a distinct text; no where there is none."""
    taken = column if len(rows) == len(column) else column.take(pa.array(rows))
    encoded = taken if pa.types.is_dictionary(taken.type) else taken.dictionary_encode()
    answers = np.array([*(t is not None and what(t) for t in encoded.dictionary.to_pylist()),
                        False], np.bool_)  # fmt: skip
    codes = encoded.indices.fill_null(len(answers) - 1).to_numpy(zero_copy_only=False)
    found: Rows = answers[codes]
    return found


def masked_issues(issues: Sequence[Issue], persons: Rows, rows: NDArray[np.int64]) -> list[Issue]:
    """Issues of persons' rows with their values as patterns, names in others likewise."""
    own = set(rows[persons].tolist()) if persons.any() else set()
    return [
        replace(i, value=pattern(i.value)) if i.place.row in own else
        replace(i, value=masked_names(i.value)) if _names_somebody(i) else i
        for i in issues
    ]  # fmt: skip


def _names_somebody(issue: Issue) -> bool:
    """Whether a cell that is no value of its column could be a name; sectors have names too."""
    coded = issue.code.startswith(("sector_", "region_"))
    return bool(issue.value) and is_name(issue.value) and not (coded and len(issue.value) > 3)


def _matches(column: pa.Array, regex: str, length: int) -> Rows:
    """Rows whose text has the shape; the length is asked first, which costs next to nothing."""
    long = pc.fill_null(pc.equal(pc.binary_length(column), length), False)
    if not pc.any(long).as_py():
        return np.zeros(len(column), np.bool_)
    shaped = pc.fill_null(pc.match_substring_regex(column, regex), False)
    return np.asarray(pc.and_(long, shaped))


def _changed(column: pa.Array, at: NDArray[np.intp], of: Callable[[str], str]) -> pa.Array:
    return _set(column, at, [of(text) for text in column.take(pa.array(at)).to_pylist()])


def _set(column: pa.Array, at: NDArray[np.intp], values: Sequence[str | None]) -> pa.Array:
    mask = np.zeros(len(column), np.bool_)
    mask[at] = True
    return pc.replace_with_mask(
        column.cast(pa.string()), pa.array(mask), pa.array(values, pa.string())
    )


def _mask_label(
    name: str, held: Mapping[str, pa.Array], masked: dict[str, pa.Array],
    hide: Callable[[str], str],
) -> None:  # fmt: skip
    """What names a person in labels, asked once a distinct label."""
    if name not in held:
        return
    column = held[name]
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    known = encoded.dictionary.to_pylist()
    shown = [None if k is None else hide(k) for k in known]
    if shown != known:
        plain = pa.array(shown, pa.string()).take(encoded.indices)
        same = pa.types.is_dictionary(column.type)
        masked[name] = plain.dictionary_encode() if same else plain


def _number_masked(text: str) -> str:
    return pattern(text) if is_identity_number(text) else text
