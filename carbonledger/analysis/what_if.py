"""What an answer would change: the entities of a run with some of their blanks filled in.

No rule is stated a second time here. The blanks get a value, and intake, estimate and attribute
work as they always do; what opens is what would open if the answer came. The value itself decides
nothing but that a share lies below 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger import units
from carbonledger.engine import Estimated, estimate, with_share_factors
from carbonledger.intake.entities import Entities
from carbonledger.intake.entity_columns import encoded
from carbonledger.intake.gathered import joined
from carbonledger.lookup import find
from carbonledger.method import Batch, Codes, Column, Key, Mask, Standard
from carbonledger.scale.period import Period

ENERGY, VERIFIED, EVIC, SECTOR = "energy", "emissions_verified", "evic", "sector"
SCOPE1, SCOPE2 = "emissions_scope1_tco2e", "emissions_scope2_tco2e"
ASKS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "counterparty": {
        "revenue": ("revenue",),
        "equity_and_debt": ("total_equity", "total_debt"),
        "evic": (EVIC,),
        "market_cap": ("market_cap",),
        "total_assets": ("total_assets",),
        "average_total_assets": ("total_assets", "total_assets_prior"),
        "emissions": (SCOPE1, SCOPE2),
        "scope1": (SCOPE1,),
        "scope2": (SCOPE2,),
        "verification": (VERIFIED,),
        "sector": (SECTOR,),
        "energy": (ENERGY,),
    },
    "project": {
        "equity_and_debt": ("total_equity", "total_debt"),
        "total_project_cost": ("total_project_cost",),
        "project_revenue": ("project_revenue",),
        "construction_cost": ("construction_cost",),
        "emissions": (SCOPE1, SCOPE2),
        "scope1": (SCOPE1,),
        "scope2": (SCOPE2,),
        "verification": (VERIFIED,),
        "energy": (ENERGY,),
    },
}
"""What can be asked of an entity at once, and the columns that it takes, in order of preference."""
MOST = 3
"""Asks that are tried together."""
ENERGY_COLUMNS = 2
"""Energy is asked for as power and fuels: at least two figures."""
LARGE = 10**15
"""Fen of a blank amount: large, so that no share comes to above 1."""


@dataclass(frozen=True)
class World:
    """Entities of one kind, those included that a position names and no book knows."""

    kind: str
    entities: Entities
    activities: Batch | None

    @property
    def blanks(self) -> Mapping[str, Mask]:
        """Where each column that can be asked for is blank; energy where none has counted."""
        table = self.entities.table
        columns = {c for ask in ASKS[self.kind].values() for c in ask} - {ENERGY}
        found = {c: np.asarray(table.column(c).is_null()) for c in columns}
        return found | {ENERGY: np.ones(table.num_rows, np.bool_)}


def world(ready: Period, kind: str, unknown: Sequence[str]) -> World:
    """The entities of a run and, blank all over, those that only positions name."""
    known = ready.entities[kind]
    table = known.table.combine_chunks()
    if unknown:
        size = len(unknown)
        blank = {f.name: pa.nulls(size, f.type) for f in table.schema}
        blank |= {f"{kind}_id": pa.array(unknown, pa.string()),
                  "matched": pa.array(np.zeros(size, np.bool_))}  # fmt: skip
        more = pa.table([blank[n] for n in table.schema.names], schema=table.schema)
        table = pa.concat_tables([table, more]).combine_chunks()
    return World(kind, _entities(ready, kind, table), ready.activities.get(kind))


def _entities(ready: Period, kind: str, table: pa.Table) -> Entities:
    ids = table.column(f"{kind}_id").combine_chunks()
    return Entities(kind, ids, encoded(kind, table, ready.exchange, ready.period), table)


def asks(ready: Period, kind: str, most: int = MOST) -> Iterator[tuple[str, ...]]:
    """Every set of asks of a kind of entity, single ones first; none says the same twice."""
    names = [a for a in ASKS[kind] if a != "energy" or ready.config.complete_activities]
    for size in range(1, most + 1):
        for asked in combinations(names, size):
            columns = [c for ask in asked for c in ASKS[kind][ask]]
            if len(set(columns)) == len(columns) and {"scope1", "scope2"} - set(asked):
                yield asked


def answered(ready: Period, given: World, asked: Sequence[str], may_be_listed: Mask) -> World:
    """The same entities as if they had answered: blanks of the columns asked for filled in."""
    table = given.entities.table
    for column in (c for ask in asked for c in ASKS[given.kind][ask]):
        if column == ENERGY:
            continue
        at = table.schema.names.index(column)
        blank = table.column(column).is_null()
        if column == EVIC:
            blank = pc.and_(blank, pa.array(may_be_listed))
        value = _value(ready, column, table.schema.field(column).type)
        table = table.set_column(at, table.schema.field(column),
                                 pc.if_else(blank, value, table.column(column)))  # fmt: skip
    at = table.schema.names.index("matched")
    table = table.set_column(at, table.schema.field("matched"),
                             pa.array(np.ones(table.num_rows, np.bool_)))  # fmt: skip
    filled = replace(given, entities=_entities(ready, given.kind, table))
    return _with_energy(ready, filled) if "energy" in asked else filled


def _value(ready: Period, column: str, kind: pa.DataType) -> pa.Scalar:
    if column == SECTOR:
        return pa.scalar(_sector(ready), pa.string())
    return pa.scalar(True if pa.types.is_boolean(kind) else LARGE, kind)


def _sector(ready: Period) -> str | None:
    """A sector that has emissions per unit of revenue in both scopes, if any has."""
    known = sorted(ready.at.vocabulary("revenue_intensity", "sector"))
    codes: Codes = np.arange(len(known), dtype=np.int32)
    nation = Key(np.zeros(len(known), np.int32), ("CN",))
    rows = Batch(len(known), {}, {"sector": Key(codes, tuple(known)), "region": nation})
    keys = ("sector", "region", "scope")
    both = [find(ready.at, "revenue_intensity", keys, s, rows).row >= 0 for s in ("1", "2")]
    at = np.flatnonzero(both[0] & both[1])
    return known[int(at[0])] if at.size else None


def energy_carriers(ready: Period) -> dict[str, tuple[str, str]]:
    """A carrier of scope 2 and fuels of scope 1 that a factor answers for: its unit, its scope."""
    offered = {"electricity": ("MWh", "2"), "heat": ("GJ", "2"), "natural_gas": ("万m3", "1"),
               "raw_coal": ("t", "1"), "diesel": ("t", "1")}  # fmt: skip
    known = ready.at.vocabulary("energy_factor", "activity")
    return {name: said for name, said in offered.items() if name in known}


def _with_energy(ready: Period, given: World) -> World:
    """Power and a fuel for every entity, beside what the activities book has of it."""
    size = given.entities.batch.size
    parts = [] if given.activities is None else [given.activities]
    of_scope: dict[str, tuple[str, str]] = {}
    for name, (unit, scope) in energy_carriers(ready).items():
        of_scope.setdefault(scope, (name, unit))
    always = np.ones(size, np.bool_)
    region = given.entities.batch.keys["region"]
    for name, unit in of_scope.values():
        first = np.zeros(size, np.int32)
        never = Column(np.zeros(size, np.bool_), always)
        columns = {"quantity": Column(np.ones(size), always), "is_energy": Column(always, always),
                   "is_production": never}  # fmt: skip
        columns |= {n: never for part in parts for n in part.columns if n.startswith("no_")}
        keys = {"activity": Key(first, (name,)), "region": region,
                "dimension": Key(first, (units.quantity_unit(unit).dimension,))}  # fmt: skip
        owner: Codes = np.arange(size, dtype=np.int32)
        flags = {"region": given.entities.batch.flags["region"],
                 "quantity": np.zeros(size, np.uint32)}  # fmt: skip
        parts.append(Batch(size, columns, keys, {"entity": owner}, flags))
    return replace(given, activities=joined(parts) if parts else None)


def estimated(
    ready: Period, worlds: Mapping[str, World], standard: Standard
) -> dict[tuple[str, ...], Estimated]:
    """What the entities of some worlds emit, for the pages of a standard."""
    found: dict[tuple[str, ...], Estimated] = {}
    for page in standard.pages:
        given, key = worlds.get(page.entity), standard.estimates_key(page)
        if given is None:
            found[key] = ready.estimated[key]
        elif key not in found:
            batch = with_share_factors(given.entities.batch, page, ready.at)
            found[key] = Estimated(batch, estimate(batch, page.estimates, ready.at,
                                                   given.activities))  # fmt: skip
    return found


def cost(given: World, asked: Sequence[str], may_be_listed: Mask) -> NDArray[np.int64]:
    """How many figures each entity would have to supply; 0 where one of the asks is answered."""
    blanks = given.blanks
    total = np.zeros(given.entities.batch.size, np.int64)
    idle = np.zeros(len(total), np.bool_)
    for ask in asked:
        figures = np.zeros(len(total), np.int64)
        for column in ASKS[given.kind][ask]:
            blank = blanks[column] & may_be_listed if column == EVIC else blanks[column]
            figures += blank * (ENERGY_COLUMNS if column == ENERGY else 1)
        idle |= figures == 0
        total += figures
    total[idle] = 0
    return total
