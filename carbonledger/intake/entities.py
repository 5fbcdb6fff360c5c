"""Entities of every kind as encoded columns, whatever book their data came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carbonledger.books import ENTITIES, POSITIONS, Book
from carbonledger.books.lazy import over
from carbonledger.intake.answered import fill
from carbonledger.intake.answers import Answer
from carbonledger.intake.book import OpenBook
from carbonledger.intake.coded import texts_of, whole
from carbonledger.intake.entity_columns import SECTOR_MATCH, encoded
from carbonledger.intake.entity_tables import (
    asked_always,
    expected,
    in_one_piece,
    one_table,
    plain,
    schema_of,
    under,
)
from carbonledger.intake.gathered import Gathered, Texts
from carbonledger.intake.index import TextIndex
from carbonledger.intake.lifted import OF_POSITION, lifted_columns
from carbonledger.intake.money import Exchange
from carbonledger.intake.output import output_issues
from carbonledger.intake.sectors import MATCH
from carbonledger.intake.territories import (
    territory_ids,
    with_published,
)
from carbonledger.issues import Issue, Place
from carbonledger.memory import give_back
from carbonledger.method import Batch, Codes, Mask

EMISSIONS = ("emissions_scope1_tco2e", "emissions_scope2_tco2e",
             "emissions_scope12_tco2e", "emissions_scope3_tco2e")  # fmt: skip
IN_ONE_PIECE = ("territory", "pool")
"""Few, and what is said of one depends on others."""
MOST_LINES = 1 << 17
"""What positions say of their entities is brought to each line once when it is more than this."""
NOT_HELD_TO_ONE = ("sector", SECTOR_MATCH, "region", "country", "currency", "customer_number")
"""What rows of one company may say differently."""
FROM_POSITION = {"borrower_sector": "sector", "region": "region", "country": "country",
                 "currency": "currency"}  # fmt: skip


@dataclass(frozen=True)
class Entities:
    """One kind of entity: the ids in row order, their encoded columns, the table they come from."""

    kind: str
    held: pa.Array
    """The ids, only their bytes where all are of one length."""
    batch: Batch
    table: pa.Table
    """Their cells; of a run that is being made, how sectors were matched and who issued a pool."""

    @cached_property
    def index(self) -> TextIndex:
        """Where each id stands."""
        return TextIndex.of(self.held)

    @property
    def ids(self) -> pa.Array:
        """The id of each row."""
        return texts_of(self.held)

    def rows_of(self, ids: pa.Array) -> Codes:
        """The row of each id, -1 where it has none; a blank code is no code."""
        return self.index.find(ids) if len(self.held) else np.full(len(ids), -1, np.int32)

    def with_columns(self, batch: Batch) -> Entities:
        """The same with others in place of its columns; where each id stands is known already."""
        made = replace(self, batch=batch)
        made.__dict__["index"] = self.index
        return made

    def match_of(self, position: Batch) -> str | None:
        """How the sector of a position's entity was matched, where it came from elsewhere."""
        at = int(position.links[self.kind][0])
        match: str | None = None if at < 0 else self.table.column(SECTOR_MATCH)[at].as_py()
        return match


def load_entities(
    kind: str,
    parts: Iterator[pa.Table],
    books: Mapping[str, OpenBook],
    exchange: Exchange,
    period: int,
    answers: Sequence[Answer] = (),
    *,
    asked: bool = True,
) -> tuple[Entities, list[Issue]]:
    """The entities of a kind: their own book, what the position books carry, then answers.

    The parts of their own book are taken in one by one where nothing else says anything of them;
    unless somebody asks what is blank in it, little of their table stays.
    """
    opened, key = books.get(ENTITIES[kind]), f"{kind}_id"
    file = opened.files[0].name if opened is not None and opened.files else ""
    positions = [b for name, b in books.items() if name in POSITIONS]
    issues = list[Issue]()
    masks: Mapping[str, Mask] = {}
    carried = needs_positions(kind, opened, positions)
    if asked or carried or kind in IN_ONE_PIECE or any(a.entity == kind for a in answers):
        table = one_table(parts)
        if carried:
            extra, issues = _from_positions(kind, positions)
            table = _completed(table, extra, key)
        if kind == "territory":
            table = with_published(table, exchange.factors)
            issues = output_issues(opened, exchange.factors)
        filled = fill(kind, table, answers, exchange.currency)
        masks, parts = filled.masks, iter([in_one_piece(filled.table)])
        issues += filled.issues
    size = expected(opened)
    batches, ids, kept = Gathered(size), Texts(size), list[pa.Table]()
    for part in parts:
        batches.add(encoded(kind, part, exchange, period, file, masks))
        ids.add(whole(part.column(key)))
        kept.append(part if asked else asked_always(kind, part))
        del part  # it need not stay while the next one is read
        give_back()
    tables = pa.concat_tables(kept, promote_options="default")
    return Entities(kind, ids.column(), batches.batch(), tables), issues


def needs_positions(kind: str, opened: OpenBook | None, positions: Sequence[OpenBook]) -> bool:
    """Whether position books describe the entities of a kind, all the rows that name one."""
    book = ENTITIES[kind]
    if kind in ("territory", "pool"):
        return False  # what no book knows of countries is published; a deal is no borrower
    flat = any(p.has(c) for p in positions for c, b in lifted_columns().items() if b == book)
    if not any(p.has(f"{kind}_id") for p in positions) and not (flat and book in OF_POSITION):
        return False
    if opened is None or flat:
        return True
    if book in OF_POSITION:
        return not opened.has("region")
    return kind == "counterparty" and not (opened.has("sector") and opened.has("region"))


def _from_positions(kind: str, positions: Sequence[OpenBook]) -> tuple[pa.Table, list[Issue]]:
    """One row an entity from the position rows that name it; values that differ are refused."""
    key, schema = f"{kind}_id", schema_of(kind)
    said = _Said(key)
    for opened in positions:
        for batch in opened.batches():
            ids = ids_of(kind, opened.book, batch.columns)
            if ids is not None:
                said.add(_entity_part(kind, over(batch.columns, {key: ids}), schema))
    table = said.rows()
    if table is None:
        return schema.empty_table(), []
    columns = [c for c in schema.names if c != key and c in table.column_names]
    grouped = table.group_by(key, use_threads=False).aggregate(
        [(c, "first") for c in columns] + [(c, "count_distinct") for c in columns]
    )
    issues = _conflicts(grouped, key, columns, positions)
    size = len(grouped)
    arrays = {key: grouped.column(key)} | {c: grouped.column(f"{c}_first") for c in columns}
    carried = any(p.has(c) for p in positions for c in lifted_columns())
    arrays |= {
        "matched": pa.array(np.full(size, carried)),
        "sector_given": pa.array(np.zeros(size, np.bool_)),
    }
    return under(schema, arrays), issues


class _Said:
    """What rows say of their entities, each different line once and in the order first met."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._parts: list[pa.Table] = []
        self._once = 0
        """Lines of the first part, in which none stands twice."""

    def add(self, part: pa.Table) -> None:
        """Take the rows of a batch in."""
        self._parts.append(_each_once(part.filter(part.column(self._key).is_valid())))
        if sum(map(len, self._parts[1:])) > max(self._once, MOST_LINES):
            self.rows()

    def rows(self) -> pa.Table | None:
        """All lines; None where no row names an entity."""
        if not self._parts:
            return None
        self._parts = [_each_once(pa.concat_tables(self._parts, promote_options="default"))]
        self._once = len(self._parts[0])
        return self._parts[0]


def _each_once(lines: pa.Table) -> pa.Table:
    return lines.group_by(lines.column_names, use_threads=False).aggregate([]).combine_chunks()


def ids_of(kind: str, book: Book, columns: Mapping[str, pa.Array]) -> pa.Array | None:
    """The code of each position's entity; what a position carries of its own asset goes by its id.

    So a book of mortgages needs no codes of properties where each row holds its own.
    """
    if kind == "territory":
        return territory_ids(columns)
    own, assets = columns.get(f"{kind}_id"), ENTITIES[kind]
    if assets not in OF_POSITION:
        return own
    carried = [c for c, b in lifted_columns().items() if b == assets and c in columns]
    ids = columns.get(book.key[0]) if carried else None
    if own is None or ids is None:
        return ids if own is None else own
    said = np.logical_or.reduce([np.asarray(columns[c].is_valid()) for c in carried])
    return pc.coalesce(own, pc.if_else(pa.array(said), ids, None))


def _entity_part(kind: str, columns: Mapping[str, pa.Array], schema: pa.Schema) -> pa.Table:
    """The columns of position rows that describe their entity, as far as there are any."""
    own = {c: columns[c] for c in columns if c in schema.names and c not in FROM_POSITION}
    project = columns.get("project_id")
    if ENTITIES[kind] in OF_POSITION:
        # Where a building or vehicle is not placed itself, the place of its loan stands for it.
        own |= {c: columns[c] for c in ("region", "country", "currency") if c in columns}
    if kind == "counterparty":
        own |= {to: columns[c] for c, to in FROM_POSITION.items() if c in columns}
        for end in ("", MATCH):
            own.pop("sector" + end, None)
            if "borrower_sector" + end in columns:
                own["sector" + end] = columns["borrower_sector" + end]
        if project is not None:
            keep = pc.is_null(project)
            own = {c: v if c not in EMISSIONS else pc.if_else(keep, v, pa.scalar(None, v.type))
                   for c, v in own.items()}  # fmt: skip
    return plain(own, schema)


def _conflicts(
    grouped: pa.Table, key: str, columns: Sequence[str], positions: Sequence[OpenBook]
) -> list[Issue]:
    """Amounts and emissions of one entity that differ between its rows."""
    file = positions[0].files[0].name if positions and positions[0].files else ""
    issues = []
    for column in columns:
        if column in NOT_HELD_TO_ONE:
            continue
        counts = grouped.column(f"{column}_count_distinct")
        for at in np.flatnonzero(np.asarray(pc.greater(counts, 1)))[:50].tolist():
            words = (("column", column),)
            issues.append(Issue("entity_conflict", Place(file, column=column),
                                str(grouped.column(key)[at]), words))  # fmt: skip
    return issues


def _completed(own: pa.Table, extra: pa.Table, key: str) -> pa.Table:
    """The own book's rows, gaps filled from the positions, and the entities it does not have."""
    if not extra.num_rows:
        return own
    at = pc.index_in(own.column(key), value_set=extra.column(key).combine_chunks())
    filled = []
    for name in own.schema.names:
        theirs = extra.column(name).take(at) if own.num_rows else extra.column(name).slice(0, 0)
        # Amounts of the entity's own book are in its own currency, whatever that of a loan is.
        if name in ("matched", "sector_given", "currency"):
            filled.append(own.column(name))
        elif name == SECTOR_MATCH and "sector" in own.schema.names:
            # It belongs to the sector, whichever of the two gives that.
            theirs = pc.if_else(pc.is_valid(own.column("sector")), None, theirs)
            filled.append(pc.coalesce(own.column(name), theirs))
        else:
            filled.append(pc.coalesce(own.column(name), theirs))
    if "sector" in own.schema.names:
        given = pc.is_valid(own.column("sector"))
        filled[own.schema.names.index("sector_given")] = given
    new = pc.invert(pc.is_in(extra.column(key), value_set=own.column(key).combine_chunks()))
    joined = pa.concat_tables([pa.Table.from_arrays(filled, schema=own.schema), extra.filter(new)])
    return joined.combine_chunks()
