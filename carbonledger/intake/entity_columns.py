"""Entities of every kind as the columns, codes and flags that the engine takes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.books import BOOKS, ENTITIES
from carbonledger.books.entities import AVERAGE_ASSETS, PROJECT_VALUE
from carbonledger.books.rows import columns_of
from carbonledger.intake.assets import WORKED_OUT
from carbonledger.intake.coded import alike_all, column_of, key_of, whole
from carbonledger.intake.money import Exchange, Rates, converted
from carbonledger.intake.places import regions
from carbonledger.intake.pools import pool_columns, pool_flags
from carbonledger.intake.sectors import MATCH, match_flags
from carbonledger.intake.territories import (
    own_columns,
    places,
    year_flags,
)
from carbonledger.method import Batch, Column, Flag, Key

SECTOR_MATCH = "sector" + MATCH
FlagsOf = Mapping[str, NDArray[np.uint32]]
STOCKS = ("total_assets", "total_assets_prior", "total_equity", "total_debt", "evic",
          "evic_base_year", "market_cap", "minority_interests")  # fmt: skip
_ENDS = ("total_assets_prior", "total_assets")
ONE_FIGURE = {"avoided_emissions_tco2e": "avoided_emissions_scope12_g"}
"""Tonnes that are of no scope, and where the engine looks for what is not split."""
FLOWS = ("revenue", "total_project_cost", "project_revenue", "construction_cost",
         "gross_written_premium")  # fmt: skip
"""Amounts of a year; every other amount of money stands at the period's end."""
_OF_GASES = {"CO2": Flag.EMISSIONS_CO2_ONLY}
_OF_GWP = {"AR2": Flag.EMISSIONS_GWP_AR2, "AR4": Flag.EMISSIONS_GWP_AR4,
           "AR5": Flag.EMISSIONS_GWP_AR5, "AR6": Flag.EMISSIONS_GWP_AR6}  # fmt: skip


def encoded(
    kind: str, table: pa.Table, exchange: Exchange, period: int, file: str = "",
    answered: Mapping[str, NDArray[np.bool_]] = MappingProxyType({}),
) -> Batch:  # fmt: skip
    """The columns of entities as the engine takes them."""
    size = table.num_rows
    currency = whole(table.column("currency")).dictionary_encode()
    rates = exchange.rates_of(currency, size, file)
    columns, keys = _plainly(kind, table, rates)
    flags = {"evic": alike_all(size, np.uint32, 0)}
    if "market_cap" in columns:
        columns["evic"], flags["evic"] = _evic_of_parts(columns)
    if "total_assets_prior" in columns:
        # Two ends of a year whose mean average balances are shares of, which take its average rate.
        ends = (converted(whole(table.column(n)), rates.flow) for n in _ENDS)
        columns[AVERAGE_ASSETS] = _mean(*ends)
    if "total_project_cost" in columns:
        cost = whole(table.column("total_project_cost"))
        columns[PROJECT_VALUE] = converted(cost, rates.stock)
    if kind in WORKED_OUT:
        more, codes = WORKED_OUT[kind].of(columns, keys)
        columns, keys = columns | more, keys | codes
    columns |= _marks(table, rates)
    keys["region"], region_flags = regions(table, exchange.currency, f"{kind}_id")
    if "sector" in table.column_names:
        keys["sector"] = key_of(whole(table.column("sector")).dictionary_encode())
    flags = _joined(_flags(table, rates, region_flags, period), flags)
    if kind == "pool":
        columns |= pool_columns(table, columns)
        flags |= pool_flags(columns)
    if kind == "territory":
        keys["region"] = places(table)
        columns |= own_columns(table, columns, keys["region"])
        flags |= year_flags(table, period)
        flags |= {"region": np.zeros(size, np.uint32), "emissions_incl_lulucf": flags["emissions"]}
    flags = _joined(flags, _answered(answered))
    nothing = alike_all(size, np.uint32, 0)
    flags = {n: f if f.any() else nothing for n, f in flags.items()}
    return Batch(size, columns, keys, flags=flags)


def _plainly(
    kind: str, table: pa.Table, rates: Rates
) -> tuple[dict[str, Column], dict[str, Key]]:  # fmt: skip
    """Each column of the row model by its own kind, and nothing worked out from others."""
    columns: dict[str, Column] = {}
    keys: dict[str, Key] = {}
    for name, spec in columns_of(BOOKS[ENTITIES[kind]].row).items():
        if spec.kind.name == "money":
            of = rates.flow if name in FLOWS else rates.stock
            columns[name] = converted(whole(table.column(name)), of)
        elif name in ONE_FIGURE:
            columns[ONE_FIGURE[name]] = _column(table, name)
        elif spec.kind.name in ("tonnes", "number", "share", "true or false"):
            columns[name.replace("_tco2e", "_g")] = _column(table, name)
        elif spec.kind.name in ("enum", "label"):
            keys[name] = key_of(whole(table.column(name)).dictionary_encode())
    return columns, keys


def _marks(table: pa.Table, rates: Rates) -> dict[str, Column]:
    """What is so or not of each entity, and never unknown."""
    known = alike_all(table.num_rows, np.bool_, 1)
    marks = {"matched": _column(table, "matched"), "no_fx_rate": Column(~rates.known, known)}
    if "listed" in table.column_names:
        marks["listed"] = _listed(table)
    if "status" in table.column_names:
        building = pc.is_in(table.column("status"), value_set=pa.array(["construction", "planned"]))
        sector = pc.fill_null(pc.starts_with(table.column("sector").cast(pa.string()), "E"), False)
        marks["under_construction"] = Column(np.asarray(building), known)
        marks["construction_sector"] = Column(np.asarray(pc.and_(building, sector)), known)
    return marks


def _joined(flags: FlagsOf, more: FlagsOf) -> dict[str, NDArray[np.uint32]]:
    """The flags of each input with those that another reason adds."""
    both = {n: flags[n] | more[n] for n in flags if n in more}
    return {**flags, **more, **both}


def _answered(rows: Mapping[str, NDArray[np.bool_]]) -> dict[str, NDArray[np.uint32]]:
    """The flag of what somebody answered, by input; all emissions of an entity share theirs."""
    found: dict[str, NDArray[np.uint32]] = {}
    for name, given in rows.items():
        used = "emissions" if name.startswith("emissions_") else name
        found = _joined(found, {used: given * np.uint32(Flag.ANSWERED)})
    return found


def _evic_of_parts(columns: Mapping[str, Column]) -> tuple[Column, NDArray[np.uint32]]:
    """EVIC as given, else market capitalisation, debt and minority interests; and the flags.

    A lower EVIC is the prudent one, so what is not known of minority interests is left out and
    said; market capitalisation and debt are never (PCAF Part A, section 5.1, fn 45-46).
    """
    evic, market, debt, minority = (
        columns[n] for n in ("evic", "market_cap", "total_debt", "minority_interests")
    )
    made = ~evic.present & _above_zero(market) & debt.present
    if not made.any():
        return evic, alike_all(len(made), np.uint32, 0)
    parts = [np.where(c.present, c.values.astype(np.int64), 0) for c in (market, debt, minority)]
    flags = made * np.uint32(Flag.EVIC_FROM_PARTS)
    flags |= (made & ~minority.present) * np.uint32(Flag.EVIC_PART_OMITTED)
    values = np.where(made, sum(parts), evic.values.astype(np.int64))
    return Column(values, evic.present | made), flags.astype(np.uint32)


def _mean(opening: Column, closing: Column) -> Column:
    """The mean of two balances, where both are there, in whole fen."""
    if not opening.present.any():
        return opening
    halves = (opening.values.astype(np.float64) + closing.values.astype(np.float64)) / 2
    return Column(np.rint(halves).astype(np.int64), opening.present & closing.present)


def _column(table: pa.Table, name: str) -> Column:
    return column_of(whole(table.column(name)))


def _listed(table: pa.Table) -> Column:
    """Listed where the book says so; where it is silent, a company with EVIC or a market cap is."""
    said = whole(table.column("listed"))
    evic = table.column("evic").is_valid().combine_chunks()
    # Exports write 0 where there is none: no company that is listed is worth nothing.
    listed = pc.coalesce(said, pc.or_(evic, pa.array(_above_zero(_column(table, "market_cap")))))
    return Column(np.asarray(listed), alike_all(table.num_rows, np.bool_, 1))


def _above_zero(column: Column) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = column.present & (column.values.astype(np.int64) > 0)
    return found


def _flags(
    table: pa.Table, rates: Rates, region: NDArray[np.uint32], period: int
) -> dict[str, NDArray[np.uint32]]:
    stocks = rates.stock_flags
    financials = _other_year(table, "financials_year", period, Flag.FINANCIALS_OTHER_YEAR)
    flags = dict.fromkeys(STOCKS, stocks | financials)
    flags |= {AVERAGE_ASSETS: rates.flow_flags | financials, PROJECT_VALUE: stocks}
    flags |= dict.fromkeys(FLOWS, rates.flow_flags)
    flags |= {"revenue": rates.flow_flags | financials, "region": region}
    flags["emissions"] = _other_year(table, "emissions_year", period, Flag.EMISSIONS_OTHER_YEAR)
    for name, by_value in (("emissions_gases", _OF_GASES), ("emissions_gwp", _OF_GWP)):
        if name in table.column_names:
            for value, flag in by_value.items():
                said = np.asarray(pc.fill_null(pc.equal(table.column(name), value), False))
                flags["emissions"] |= np.where(said, np.uint32(flag), np.uint32(0))
    given = np.asarray(table.column("sector_given").fill_null(True))
    flags["sector"] = np.where(given, 0, np.uint32(Flag.SECTOR_FROM_POSITION)).astype(np.uint32)
    crosswalked = match_flags({SECTOR_MATCH: table.column(SECTOR_MATCH)}, "sector", len(given))
    flags["sector"] |= crosswalked * np.uint32(Flag.SECTOR_CROSSWALKED)
    if "total_equity" not in table.column_names:
        return flags
    equity = whole(table.column("total_equity"))
    negative = np.asarray(pc.fill_null(pc.less(equity, 0), False))
    flags["total_equity"] = flags["total_equity"] | np.where(
        negative, np.uint32(Flag.NEGATIVE_EQUITY), np.uint32(0)
    ).astype(np.uint32)
    return flags


def _other_year(table: pa.Table, name: str, period: int, flag: Flag) -> NDArray[np.uint32]:
    if name not in table.column_names:
        return np.zeros(table.num_rows, np.uint32)
    other = pc.fill_null(pc.not_equal(table.column(name), period), False)
    return np.where(np.asarray(other), np.uint32(flag), np.uint32(0)).astype(np.uint32)
