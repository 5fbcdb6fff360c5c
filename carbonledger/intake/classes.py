"""The asset class of each position of a batch: what tells them apart is routed once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.alike import alike
from carbonledger.books import HELD
from carbonledger.intake.coded import key_of, of_entity
from carbonledger.intake.entities import Entities
from carbonledger.intake.routing import COUNTRY, REGION, Facts, route
from carbonledger.intake.territories import SUB_SOVEREIGN
from carbonledger.method import Codes, Flag, Key

ROUTED = (*HELD, "pool_assets")
Columns = Mapping[str, pa.Array]
_DIGITS = 6


def asset_classes(
    book: str, columns: Columns, entities: Mapping[str, Entities], links: Mapping[str, Codes]
) -> tuple[Key, NDArray[np.uint32]]:
    """The class of every position, flagged where the book does not give it."""
    size = len(next(iter(columns.values())))
    given = _coded(columns.get("asset_class"), size)
    none = np.zeros(size, np.uint32)
    # What is given stands, but for the debt of a company that a region's would hide.
    stands = SUB_SOVEREIGN not in given.names or "customer_type" not in columns
    if book not in ROUTED or (stands and (given.codes >= 0).all()):
        return given, none
    of, facts = distinct_facts(book, columns, entities, links)
    routes = [route(fact).asset_class for fact in facts]
    names = tuple(dict.fromkeys((*given.names, *(n for n in routes if n is not None))))
    codes = np.array([-1 if n is None else names.index(n) for n in routes], np.int32)[of]
    derived = (codes != given.codes) & (codes >= 0)
    flags = np.where(derived, np.uint32(Flag.ASSET_CLASS_FROM_BOOK), none)
    return Key(codes, names), flags.astype(np.uint32)


def distinct_facts(
    book: str, columns: Columns, entities: Mapping[str, Entities], links: Mapping[str, Codes]
) -> tuple[NDArray[np.intp], list[Facts]]:
    """The facts that differ among some positions, and which of them are each one's."""
    size = len(next(iter(columns.values())))
    keys = {n: _coded(columns.get(n), size)
            for n in ("asset_class", "product", "instrument", "customer_type")}  # fmt: skip
    named = {n: _named(columns.get(f"{n}_id"), links[n])
             for n in ("project", "property", "vehicle", "pool")}  # fmt: skip
    level = _level(columns.get("territory_id"), size)
    residential = _residential(entities["property"], links["property"])
    listed = _listed(entities["counterparty"], links["counterparty"])
    matched = entities["counterparty"].batch.columns["matched"].values
    business = of_entity(matched, links["counterparty"], False).astype(np.bool_)
    parts = [*(k.codes for k in keys.values()), *named.values(), level, residential, listed,
             business]  # fmt: skip
    of, some = alike(parts, size)
    facts = []
    for at in some.tolist():
        text = {n: _name(key, at) for n, key in keys.items()}
        facts.append(Facts(
            book, text["asset_class"], f"{text['product']} {text['instrument']}".lower().strip(),
            **{n: bool(mask[at]) for n, mask in named.items()},
            territory=("", COUNTRY, REGION)[level[at]],
            company=text["customer_type"] == "corporate",
            person=text["customer_type"] == "person",
            business=bool(business[at]), residential=bool(residential[at]),
            listed=(None, False, True)[listed[at] + 1],
        ))  # fmt: skip
    return of, facts


def _coded(array: pa.Array | None, size: int) -> Key:
    return Key(np.full(size, -1, np.int32), ()) if array is None else key_of(array)


def _name(key: Key, at: int) -> str:
    return key.names[key.codes[at]] if key.codes[at] >= 0 else ""


def _named(ids: pa.Array | None, link: Codes) -> NDArray[np.bool_]:
    """Where a position names an entity of a kind, or carries the data of its own."""
    found: NDArray[np.bool_] = link >= 0
    return found if ids is None else found | np.asarray(ids.is_valid())


def _level(ids: pa.Array | None, size: int) -> NDArray[np.int8]:
    """0 where no issuer is named, 1 a country, 2 a place of GB/T 2260."""
    if ids is None:
        return np.zeros(size, np.int8)
    place = np.asarray(pc.fill_null(pc.equal(pc.utf8_length(ids), _DIGITS), False))
    level: NDArray[np.int8] = np.where(np.asarray(ids.is_valid()), 1 + place, 0).astype(np.int8)
    return level


def _residential(properties: Entities, link: Codes) -> NDArray[np.bool_]:
    key = properties.batch.keys["building_type"]
    homes = np.array([*(n == "residential" for n in key.names), False])
    found: NDArray[np.bool_] = homes[of_entity(key.codes, link, -1)]
    return found


def _listed(companies: Entities, link: Codes) -> NDArray[np.int8]:
    """1 where the investee is listed, 0 where it is not, -1 where it is not known."""
    column = companies.batch.columns["listed"]
    said = of_entity(column.values, link, 0).astype(np.int8)
    found: NDArray[np.int8] = np.where(of_entity(column.present, link, False), said, np.int8(-1))
    return found
