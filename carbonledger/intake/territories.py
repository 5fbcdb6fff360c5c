"""Countries and regions that issue debt: the user's book first, else what is published of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger import codes
from carbonledger.books.assets import EMISSIONS_BASIS
from carbonledger.factors import FactorsAt
from carbonledger.intake.coded import key_of
from carbonledger.issues import Refusal
from carbonledger.method import Column, Flag, Key

SOVEREIGN, SUB_SOVEREIGN = "sovereign_debt", "sub_sovereign_debt"
GDP = ("gdp_ppp_international_dollar", "gdp_nominal_usd", "gdp_regional_usd")
EXCLUDING, INCLUDING = (f"production_emissions_{part}_lulucf_g" for part in ("excl", "incl"))
PUBLISHED = "gdp_ppp"
"""The factor that says which countries are known without a book of the user's."""
DERIVED = frozenset({"is_country", "inventory_verified", "emissions_incl_lulucf",
                     *EMISSIONS_BASIS.values})  # fmt: skip
"""Columns that are made of those of the book."""
_OF_THEIR_OWN = ("71", "81", "82")
"""Divisions whose output and emissions are published apart from the nation's."""


def territory_ids(columns: Mapping[str, pa.Array]) -> pa.Array | None:
    """Whose debt each row is: as it says, else its country, of sub-sovereign debt its region."""
    classes = columns.get("asset_class")
    if classes is None or not {SOVEREIGN, SUB_SOVEREIGN} & set(classes.dictionary.to_pylist()):
        return None
    said = classes.cast(pa.string())
    nothing = pa.nulls(len(said), pa.string())
    found = columns.get("territory_id", nothing)
    for name, column in ((SOVEREIGN, "country"), (SUB_SOVEREIGN, "region")):
        place = columns[column].cast(pa.string()) if column in columns else nothing
        mine = pc.fill_null(pc.equal(said, name), False)
        found = pc.coalesce(found, pc.if_else(mine, place, nothing))
    owed = pc.is_in(said, value_set=pa.array([SOVEREIGN, SUB_SOVEREIGN]))
    return pc.if_else(owed, found, nothing)


def with_published(table: pa.Table, factors: FactorsAt) -> pa.Table:
    """The territories of the book, and every other whose output is published."""
    known = sorted(factors.vocabulary(PUBLISHED, "region"))
    new = pa.array(sorted(set(known) - set(table.column("territory_id").to_pylist())), pa.string())
    if not len(new):
        return table
    blank = {f.name: pa.nulls(len(new), f.type) for f in table.schema}
    blank |= {"territory_id": new, "matched": pa.array(np.ones(len(new), np.bool_))}
    more = pa.table([blank[n] for n in table.schema.names], schema=table.schema)
    return pa.concat_tables([table, more]).combine_chunks()


def places(table: pa.Table) -> Key:
    """Where factors are looked up for each: its own place, else its country; ? where unknown."""
    rows = zip(*(table.column(n).to_pylist() for n in ("territory_id", "region", "country")),
               strict=True)  # fmt: skip
    found = [region or _place(id_) or country or "?" for id_, region, country in rows]
    return key_of(pa.array(found, pa.string()).dictionary_encode())


def _place(text: str | None) -> str | None:
    try:
        return codes.region(text or "")
    except Refusal:
        return None


def own_columns(table: pa.Table, columns: Mapping[str, Column], place: Key) -> dict[str, Column]:
    """Emissions by scope, by whether an inventory says them, and whether it is a country."""
    size = table.num_rows
    always = np.ones(size, np.bool_)
    nation = np.array([*((not n[:1].isdigit() and n != "?") or n.startswith(_OF_THEIR_OWN)
                         for n in place.names), False])  # fmt: skip
    made = {"emissions_scope1_g": columns[EXCLUDING],
            "emissions_incl_lulucf_scope1_g": columns[INCLUDING],
            "is_country": Column(nation[place.codes], always)}  # fmt: skip
    said = table.column("emissions_basis").combine_chunks()
    for basis in EMISSIONS_BASIS.values:
        hit = np.asarray(pc.fill_null(pc.equal(said, basis), basis == "inventory"))
        made[basis] = Column(hit, always)
    verified = columns["emissions_verified"]
    checked = made["inventory"].values.astype(np.bool_) & verified.present
    checked &= verified.values.astype(np.bool_)
    return made | {"inventory_verified": Column(checked, always)}


def year_flags(table: pa.Table, period: int) -> dict[str, NDArray[np.uint32]]:
    """What of a territory is of another year than the period."""
    other = np.asarray(pc.fill_null(pc.not_equal(table.column("gdp_year"), period), False))
    bits = np.where(other, np.uint32(Flag.FINANCIALS_OTHER_YEAR), 0).astype(np.uint32)
    return dict.fromkeys(GDP, bits)
