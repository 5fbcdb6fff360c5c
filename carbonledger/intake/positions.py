"""Positions encoded for the engine: amounts in fen, codes for groups, links to their entities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.books import Book
from carbonledger.books.checks import Typed
from carbonledger.books.lazy import over
from carbonledger.books.rows import columns_of
from carbonledger.intake.book import OpenBook
from carbonledger.intake.classes import asset_classes
from carbonledger.intake.coded import each_once, key_of, of_entity
from carbonledger.intake.dollars import in_usd
from carbonledger.intake.entities import Entities, ids_of
from carbonledger.intake.groups import Groups
from carbonledger.intake.links import JOINED_BY, codes_of
from carbonledger.intake.money import Exchange, converted
from carbonledger.intake.pools import (
    USE_OF_PROCEEDS,
    allocated_parts,
    tranche_issues,
    with_original,
)
from carbonledger.intake.sectors import match_flags
from carbonledger.intake.sizes import above_values, against_borrowers
from carbonledger.intake.territories import territory_ids
from carbonledger.intake.undrawn import WEIGHTED, part_of, undrawn
from carbonledger.method import IN_USD, Batch, Codes, Column, Flag, Key


@dataclass(frozen=True)
class Positions:
    """A batch of positions: encoded for the engine, and typed for the entries."""

    book: str
    typed: Typed
    batch: Batch
    intra_group: NDArray[np.bool_]
    """Whether the counterparty belongs to the institution's own group."""
    other_year: NDArray[np.bool_]
    """Whether it is a deal of another year, for deals count once, in their own."""

    def take(self, rows: NDArray[np.intp]) -> Positions:
        """Some of the positions, in the order given."""
        return Positions(self.book, self.typed.take(rows), self.batch.take(rows),
                         self.intra_group[rows], self.other_year[rows])  # fmt: skip


def encoded(
    opened: OpenBook, entities: Mapping[str, Entities], exchange: Exchange, period: int, basis: str,
    groups: Groups, reporting: Sequence[str], asked: frozenset[str] = frozenset(),
) -> Iterator[Positions]:  # fmt: skip
    """Stream a position book's batches, encoded, with the columns that are asked for."""
    for read in opened.batches():
        if opened.book.name == "pool_assets":
            read = replace(read, columns=with_original(read.columns))
        typed = owed_by(read)
        batch = _batch(opened, typed, entities, exchange, period, basis, asked)
        size = len(typed.rows)
        _note_sizes(opened, typed, batch, entities)
        ids = typed.columns.get("counterparty_id")
        institution = _institution(typed.columns.get("reporting_entity"), reporting, size)
        keys = {**batch.keys, "reporting_entity": institution,
                "joined_by": _joined_by(typed.columns, batch, entities)}  # fmt: skip
        if groups.names:
            keys["group"] = groups.key(ids, size)
        by_hand = keys["joined_by"].codes == JOINED_BY.index("decision")
        flags = dict(batch.flags)
        if by_hand.any():
            flags["joined_by"] = by_hand * np.uint32(Flag.JOINED_BY_DECISION)
        yield Positions(opened.book.name, typed, replace(batch, keys=keys, flags=flags),
                        groups.intra(ids, size), _other_year(opened, typed, period))  # fmt: skip


def owed_by(read: Typed) -> Typed:
    """The batch with the territory of each row whose debt it is."""
    ids = territory_ids(read.columns)
    return read if ids is None else replace(read, columns=over(read.columns, {"territory_id": ids}))


def links_of(columns: Mapping[str, pa.Array], book: Book, entities: Mapping[str, Entities],
             size: int) -> dict[str, Codes]:  # fmt: skip
    """The row of each position's entity of every kind."""
    return {kind: linked(ids_of(kind, book, columns), e, size) for kind, e in entities.items()}


def _other_year(opened: OpenBook, typed: Typed, period: int) -> NDArray[np.bool_]:
    day = typed.columns.get("start_date") if opened.book.name == "facilitations" else None
    if day is None:
        return np.zeros(len(typed.rows), np.bool_)
    return np.asarray(pc.fill_null(pc.not_equal(pc.year(day), period), False))


def _institution(column: pa.Array | None, reporting: Sequence[str], size: int) -> Key:
    """The reporting entity of each row: as the book says, else the only one there is."""
    key = _key(column, size)
    if len(reporting) != 1:
        return key
    names = (*key.names, *reporting)
    return Key(np.where(key.codes < 0, len(key.names), key.codes).astype(np.int32), names)


def _joined_by(
    columns: Mapping[str, pa.Array], batch: Batch, entities: Mapping[str, Entities]
) -> Key:
    """How each row met the project or counterparty that it is worked out by."""
    key, by = batch.keys["asset_class"], _met("counterparty", columns, batch, entities)
    if "project_finance" in key.names:
        project = np.array([*(n == "project_finance" for n in key.names), False])[key.codes]
        by = np.where(project, _met("project", columns, batch, entities), by)
    return Key(by, JOINED_BY)


def _met(
    kind: str, columns: Mapping[str, pa.Array], batch: Batch, entities: Mapping[str, Entities]
) -> Codes:
    """How each row met its entity of a kind: by its code unless it is said; -1 where by nothing."""
    linked = of_entity(entities[kind].batch.columns["matched"].values, batch.links[kind], False)
    said = codes_of(columns.get(f"{kind}_joined_by"), JOINED_BY, batch.size)
    by: Codes = np.where(linked, np.maximum(said, 0), -1).astype(np.int32)
    return by


def _note_sizes(
    opened: OpenBook, typed: Typed, batch: Batch, entities: Mapping[str, Entities]
) -> None:
    """Warn once a file of amounts that contradict what they are a part of."""
    said = {(i.code, i.place.file) for i in opened.issues}
    theirs = entities["counterparty"].batch.columns
    owed = batch.columns["outstanding_amount"]
    found = chain(
        against_borrowers(owed, theirs, batch.links["counterparty"], typed),
        above_values(owed, entities["property"].batch.columns, batch.links["property"], typed),
        tranche_issues(batch, entities["pool"].batch, typed),
    )
    opened.issues += [i for i in found if (i.code, i.place.file) not in said]


def _batch(
    opened: OpenBook, typed: Typed, entities: Mapping[str, Entities], exchange: Exchange,
    period: int, basis: str, asked: frozenset[str],
) -> Batch:  # fmt: skip
    columns, size = typed.columns, len(typed.rows)
    rates = exchange.rates_of(columns.get("currency"), size, typed.file)
    links = links_of(columns, opened.book, entities, size)
    exposure = opened.book.exposure
    # A deal is held to what its issuer is worth at the year's end, by one rate; premiums to a year.
    of_exposure = rates.flow if exposure == "premium" else rates.stock
    values = {"outstanding_amount": converted(columns[exposure], of_exposure)}
    if exposure in asked:
        values[exposure] = values["outstanding_amount"]
    average = average_balance(columns, size, period, basis, bool(opened.config.months))
    if average is not None:
        values["average_balance"] = converted(average, rates.flow)
    for name, spec in columns_of(opened.book.row).items():
        if name in asked and name in columns and name not in values:
            held, money = columns[name], spec.kind.name == "money"
            values[name] = converted(held, of_exposure) if money else _number(held)
    if "undrawn_amount" in asked and "outstanding_amount" in columns:
        values["undrawn_amount"] = converted(undrawn(columns), rates.stock)
    if WEIGHTED in asked and "utilisation_factor" in values:
        values[WEIGHTED] = part_of(values["undrawn_amount"], values["utilisation_factor"])
    dollars = in_usd(columns, exchange, typed.file) if IN_USD in asked else None
    if dollars is not None:
        values[IN_USD] = dollars[0]
    asset_class, class_flags = asset_classes(opened.book.name, columns, entities, links)
    if USE_OF_PROCEEDS in asset_class.names:
        values |= allocated_parts(values, asked, links["pool"], entities["pool"].batch)
    keys = {"asset_class": asset_class}
    keys |= {n: _key(columns.get(n), size) for n in ("branch", "product", "green_tag")}
    for name in ("sector", "region"):
        keys[name] = _reporting(name, columns, entities, links, size)
    flags = {"outstanding_amount": rates.stock_flags | rates.flow_flags,
             "asset_class": class_flags,
             "sector": _sector_flags(columns, size)}  # fmt: skip
    if dollars is not None:
        flags[IN_USD] = dollars[1]
    # Flags that no row has need not be met again by every standard.
    return Batch(size, values, keys, links, {n: bits for n, bits in flags.items() if bits.any()})


def linked(ids: pa.Array | None, entities: Entities, size: int) -> Codes:
    """The row of each position's entity, -1 where it has none."""
    return np.full(size, -1, np.int32) if ids is None else entities.rows_of(ids)


def _number(array: pa.Array) -> Column:
    return Column(array.fill_null(0).to_numpy(zero_copy_only=False), np.asarray(array.is_valid()))


def _key(array: pa.Array | None, size: int) -> Key:
    return Key(np.full(size, -1, np.int32), ()) if array is None else key_of(array)


def _reporting(
    name: str, columns: Mapping[str, pa.Array], entities: Mapping[str, Entities],
    links: Mapping[str, Codes], size: int,
) -> Key:  # fmt: skip
    """The position's own sector or region, else the borrower's, else that of its entity."""
    merged = _key(columns.get(name), size)
    for key in _others(name, columns, entities, links):
        open_ = merged.codes < 0
        if not open_.any():
            break
        if open_.all():
            merged = key
        elif (open_ := open_ & (key.codes >= 0)).any():
            codes = np.where(open_, key.codes + np.int32(len(merged.names)), merged.codes)
            merged = each_once(Key(codes, merged.names + key.names))
    if "?" not in merged.names:
        return merged
    return each_once(Key(merged.codes, tuple("" if n == "?" else n for n in merged.names)))


def _others(
    name: str, columns: Mapping[str, pa.Array], entities: Mapping[str, Entities],
    links: Mapping[str, Codes],
) -> Iterator[Key]:  # fmt: skip
    """What stands for a sector or region that the position does not have, in this order."""
    if name == "sector" and "borrower_sector" in columns:
        yield key_of(columns["borrower_sector"])
    for kind in ("project", "counterparty", "property", "vehicle", "territory"):
        theirs = entities[kind].batch.keys.get(name)
        if theirs is not None and len(theirs.codes):
            codes = of_entity(theirs.codes, links[kind], -1)
            yield Key(codes.astype(np.int32, copy=False), theirs.names)


def _sector_flags(columns: Mapping[str, pa.Array], size: int) -> NDArray[np.uint32]:
    """Positions whose sector, their own or else the borrower's, was matched and not exactly."""
    own = match_flags(columns, "sector", size)
    if "sector" in columns:
        borrower = match_flags(columns, "borrower_sector", size)
        own |= borrower & np.asarray(columns["sector"].is_null())
    else:
        own = match_flags(columns, "borrower_sector", size)
    return own * np.uint32(Flag.SECTOR_CROSSWALKED)


def average_balance(
    columns: Mapping[str, pa.Array], size: int, period: int, basis: str, by_file: bool
) -> pa.Array | None:
    """The balance given, else the mean of the period's month-ends.

    On the ``year`` basis the sum of the month-ends over 12, a missing month counting zero; on the
    ``held`` basis over the months held in the year: those in whose file the position stands, or,
    where the months are columns, those since its start. Without any month-end there is none.
    """
    given = columns.get("average_balance")
    months = [columns[f"balance {period}-{m}"] for m in range(1, 13)
              if f"balance {period}-{m}" in columns]  # fmt: skip
    if not months:
        return given
    total = np.zeros(size, np.int64)
    some = np.zeros(size, np.bool_)
    for month in months:
        total += month.fill_null(0).to_numpy(zero_copy_only=False)
        some |= np.asarray(month.is_valid())
    held: Any = 12
    if basis == "held":
        held = _months_held(columns.get("start_date"), size, period)
        if by_file:
            held = np.maximum(sum(np.asarray(m.is_valid()).astype(np.int64) for m in months), 1)
    mean = np.rint(total / held).astype(np.int64)
    average = pa.array(mean, pa.int64(), mask=~some)
    return average if given is None else pc.coalesce(given, average)


def _months_held(start: pa.Array | None, size: int, period: int) -> NDArray[np.int64]:
    """Months held in the year: all 12 if drawn before it or on an unknown day, else the rest."""
    held = np.full(size, 12, np.int64)
    if start is None:
        return held
    year = pc.year(start).fill_null(0).to_numpy(zero_copy_only=False)
    month = pc.month(start).fill_null(1).to_numpy(zero_copy_only=False)
    return np.where(year == period, np.maximum(12 - month + 1, 1), held)
