"""Names for what is sent out: read from the books in the working folder, for runs hold none."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from carbonledger.books import ENTITIES, POSITIONS
from carbonledger.intake.book import OpenBook, open_book
from carbonledger.intake.people import PERSONS
from carbonledger.persons import is_name
from carbonledger.runs import Run
from carbonledger.scale.period import Period

NAME_COLUMNS = {"name", "counterparty_name"}
Named = dict[tuple[str, str], str]


def names_of(ready: Period, run: Run) -> Named:
    """Names of companies and projects by kind and id, from books that are as they were sealed.

    A name in a position book counts only where the row says that the customer is no natural
    person; whoever any row calls a person gets no name at all.
    """
    sealed = {f["file"]: f["sha256"] for f in run.manifest["inputs"]["files"]}
    found: Named = {}
    kinds = {book: kind for kind, book in ENTITIES.items()}
    for name, config in ready.config.books.items():
        if name not in (*POSITIONS, *kinds):
            continue
        book = open_book(name, config, ready.folder, ready.period, ready.config.currency)
        unchanged = bool(book.files) and all(sealed.get(f.name) == f.sha256 for f in book.files)
        if unchanged and any(book.has(column) for column in NAME_COLUMNS):
            found |= _names(book, kinds.get(name, "counterparty"))
    for person in _persons(ready):
        found.pop(("counterparty", person), None)
    return found


def _names(book: OpenBook, kind: str) -> Named:
    found: Named = {}
    column = "counterparty_name" if book.book.name in POSITIONS else "name"
    for batch in book.batches():
        columns: Mapping[str, pa.Array] = batch.columns
        if column not in columns or f"{kind}_id" not in columns:
            continue
        types = columns.get("customer_type")
        said = [None] * len(batch.rows) if types is None else types.cast(pa.string()).to_pylist()
        pairs = zip(columns[f"{kind}_id"].to_pylist(), columns[column].to_pylist(), said,
                    strict=True)  # fmt: skip
        for id_, name, customer in pairs:
            certain = column == "name" or (customer is not None and customer not in PERSONS)
            if id_ and name and certain and not is_name(name):
                found.setdefault((kind, id_), name)
    return found


def _persons(ready: Period) -> set[str]:
    found: set[str] = set()
    for positions in ready.positions():
        types = positions.typed.columns.get("customer_type")
        ids = positions.typed.columns.get("counterparty_id")
        if types is not None and ids is not None:
            said = zip(ids.to_pylist(), types.cast(pa.string()).to_pylist(), strict=True)
            found |= {id_ for id_, customer in said if id_ and customer in PERSONS}
    return found
