"""Small books for tests: a valid row by default, so that a test spells out only what matters."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray

from carbonledger import units
from carbonledger.books import ENTITIES
from carbonledger.engine import (
    AboveOne,
    Entries,
    Estimated,
    PoolSums,
    attribute,
    estimate,
    with_share_factors,
)
from carbonledger.factors.sets import unit_of
from carbonledger.ledger import Ledger, Total
from carbonledger.ledger.posting import Posting
from carbonledger.lookup import FactorSource
from carbonledger.method import PARTS, Batch, Column, Flag, Key
from carbonledger.outcomes import REASONS
from carbonledger.standards import standards

settings.register_profile(
    "laws",
    derandomize=True, database=None, deadline=None, max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip

# A loan of 25 to a company of 40 equity and 60 debt that emits 1,000 t and 200 t: share 0.25.
VALID_POSITION = {"asset_class": "business_loan", "outstanding_amount": "25",
                  "average_balance": "25", "ownership_share": None, "sector": "C3011",
                  "region": "500103", "branch": "A", "product": "note",
                  "green_tag": None}  # fmt: skip
VALID_ENTITY = {"total_equity": "40", "total_debt": "60", "total_assets": "125", "evic": None,
                "revenue": "500", "total_project_cost": None, "emissions_scope1_tco2e": "1000",
                "emissions_scope2_tco2e": "200", "emissions_scope12_tco2e": None,
                "emissions_scope3_tco2e": None, "emissions_verified": None, "listed": None,
                "under_construction": None, "matched": True, "sector": "C3011",
                "region": "500103"}  # fmt: skip
_MONEY = {"outstanding_amount", "average_balance", "total_equity", "total_debt", "total_assets",
          "evic", "revenue", "total_project_cost"}  # fmt: skip
_CODES = {"asset_class", "sector", "region", "branch", "product", "green_tag", "activity",
          "dimension"}  # fmt: skip


def seeded_part(count: int) -> int:
    """How many of so many seeded cases to run: a tenth, or all with CARBONLEDGER_FULL=1."""
    return count if os.environ.get("CARBONLEDGER_FULL") else max(count // 10, 1)


def _rows(columns: Mapping[str, Any]) -> int:
    return max((len(v) for v in columns.values() if isinstance(v, list)), default=1)


def _cells(value: Any, size: int) -> list[Any]:
    return value if isinstance(value, list) else [value] * size


def _exact(cell: Any, name: str, unit: str) -> Any:
    """Amounts as whole fen, tonnes as whole grams, exactly; whole numbers pass as they are."""
    if name in _MONEY and isinstance(cell, str | Decimal):
        return units.minor(str(cell), units.money_scale(unit))
    if name.endswith("_tco2e") and isinstance(cell, str | Decimal):
        return units.grams(str(cell))
    return float(Fraction(cell)) if name == "ownership_share" and cell is not None else cell


def _column(name: str, cells: Sequence[Any], unit: str) -> Column:
    exact = [_exact(cell, name, unit) for cell in cells]
    kind = (
        np.float64 if name in ("ownership_share", "quantity") else
        np.int64 if name in _MONEY or name.endswith("_tco2e") else np.bool_
    )  # fmt: skip
    values = np.array([0 if c is None else c for c in exact], kind)
    return Column(values, np.array([c is not None for c in cells], np.bool_))


def _key(cells: Sequence[str | None]) -> Key:
    names = tuple(dict.fromkeys(c for c in cells if c is not None))
    codes = [-1 if c is None else names.index(c) for c in cells]
    return Key(np.array(codes, np.int32), names)


def _batch(columns: Mapping[str, Any], size: int, unit: str, links: Mapping[str, Any]) -> Batch:
    listed = {name: _cells(value, size) for name, value in columns.items()}
    return Batch(
        size,
        {n.replace("_tco2e", "_g"): _column(n, c, unit) for n, c in listed.items()
         if n not in _CODES},
        {n: _key(c) for n, c in listed.items() if n in _CODES},
        {n: np.array(_cells(value, size), np.int32) for n, value in links.items()},
    )  # fmt: skip


def make_positions(unit: str = "元", **columns: Any) -> Batch:
    """Positions; a list gives a cell a row, ``entity`` the row of each one's entity (its own)."""
    size = _rows(columns)
    owner = columns.pop("entity", list(range(size)))
    links = dict.fromkeys(ENTITIES, owner)
    return _batch({**VALID_POSITION, **columns}, size, unit, links)


def make_entities(unit: str = "元", **columns: Any) -> Batch:
    """Entities, good as counterparties and as projects."""
    return _batch({**VALID_ENTITY, **columns}, _rows(columns), unit, {})


def make_activities(option: str = "energy", **columns: Any) -> Batch:
    """Quantities of energy or output, each with its unit and the row of its entity."""
    size = _rows(columns)
    measured = [units.quantity_unit(u) for u in _cells(columns["unit"], size)]
    number = [Fraction(q) for q in _cells(columns["quantity"], size)]
    return _batch(
        {"quantity": [float(q * u.multiplier) for q, u in zip(number, measured, strict=True)],
         "activity": columns["activity"], "dimension": [u.dimension for u in measured],
         "region": columns.get("region"), "is_energy": option == "energy",
         "is_production": option == "production",
         "no_energy_scope1": columns.get("unanswered", False),
         "no_energy_scope2": columns.get("unanswered", False)},
        size, "元", {"entity": columns.get("entity", 0)},
    )  # fmt: skip


class Found(NamedTuple):
    """What the small factor source answers."""

    values: NDArray[np.float64]
    row: NDArray[np.int32]
    flags: NDArray[np.uint8]


@dataclass(frozen=True)
class SmallFactors:
    """A factor source of a few values; codes must match to the letter."""

    values: Sequence[tuple[str, Mapping[str, str], float, int]]

    def find(self, kind: str, keys: Mapping[str, Sequence[str | None]]) -> Found:
        names, wanted = list(keys), list(zip(*keys.values(), strict=True))
        row = [self._row(kind, dict(zip(names, codes, strict=True))) for codes in wanted]
        value = [self.values[r][2] if r >= 0 else float("nan") for r in row]
        flags = [self.values[r][3] if r >= 0 else 0 for r in row]
        return Found(np.array(value), np.array(row, np.int32), np.array(flags, np.uint8))

    def alike(self, kind: str, key: str, names: Sequence[str]) -> Sequence[int]:
        return range(len(names))

    def _row(self, kind: str, wanted: Mapping[str, str | None]) -> int:
        for at, (its_kind, its_keys, _, _) in enumerate(self.values):
            if its_kind == kind and all(wanted.get(k) == v for k, v in its_keys.items()):
                return at
        return -1


def make_factors(*, flags: int = 0, **values: Mapping[str, str]) -> SmallFactors:
    """Factors by kind: ``revenue_intensity={"sector=C3011 scope=1": "2.4 tCO2e/万元"}``."""
    listed = []
    for kind, factors in values.items():
        for keys, text in factors.items():
            number, _, unit = text.partition(" ")
            scale = unit_of(kind, unit).multiplier if unit else Fraction(1)
            named = dict(pair.split("=") for pair in keys.split())
            listed.append((kind, named, float(Fraction(number) * scale), flags))
    return SmallFactors(listed)


@dataclass(frozen=True)
class Accounted:
    """Positions accounted for under a standard, in the words of the standard."""

    standard: str
    positions: Batch
    entries: Entries
    ledger: Ledger

    @property
    def whole(self) -> Total:
        return self.ledger.whole

    @property
    def grams12(self) -> list[int]:
        return self.entries.grams12.tolist()

    @property
    def reasons(self) -> list[str]:
        return [REASONS[code] for code in self.entries.reason]

    @property
    def shares(self) -> list[float]:
        return self.entries.share.tolist()

    @property
    def scores(self) -> list[int]:
        return (self.entries.score[0] // PARTS).tolist()

    @property
    def flags(self) -> list[Flag]:
        return [Flag(int(bits)) for bits in self.entries.flags]

    def options(self, scope: int) -> list[str]:
        names = (*standards()[self.standard].option_names, "")
        return [names[code] for code in self.entries.option[scope - 1]]


def entries_of(
    standard: str, positions: Batch, entities: Batch, factors: FactorSource | None = None,
    activities: Batch | None = None, *, excluded: Sequence[str] | None = None,
    above_one: AboveOne = "flag",
) -> Entries:  # fmt: skip
    """Estimate and attribute, the same entities serving as counterparties and projects."""
    source = factors or make_factors()
    estimated = {}
    for page in standards()[standard].pages:
        pools = PoolSums.empty(entities.size)
        batch = pools.onto(entities, page.scores) if page.pooled else entities
        batch = with_share_factors(batch, page, source)
        made = estimate(batch, page.estimates, source, activities)
        estimated[standards()[standard].estimates_key(page)] = Estimated(batch, made)
    left_out = None
    if excluded is not None:
        left_out = np.array([REASONS.index(name) for name in excluded], np.uint8)
    return attribute(positions, estimated, source, standards()[standard],
                     excluded=left_out, above_one=above_one)  # fmt: skip


def posted(standard: str, *batches: tuple[Entries, Batch]) -> Ledger:
    """The ledger of batches of entries, posted one after the other."""
    posting = Posting(standards()[standard])
    for entries, positions in batches:
        posting.post(entries, positions)
    return posting.ledger()


def account(
    standard: str = "pcaf-2025", *, positions: Batch | None = None, entities: Batch | None = None,
    factors: FactorSource | None = None, activities: Batch | None = None,
    excluded: Sequence[str] | None = None, above_one: AboveOne = "flag", unit: str = "元",
    **columns: Any,
) -> Accounted:  # fmt: skip
    """Account for positions; named columns make rows of a position and its own entity."""
    size = _rows(columns)
    whole = {name: _cells(value, size) for name, value in columns.items()}
    unknown = set(whole) - set(VALID_POSITION) - set(VALID_ENTITY)
    assert not unknown, f"no such column: {unknown}"
    if positions is None:
        own = {n: v for n, v in whole.items() if n in VALID_POSITION}
        positions = make_positions(unit, entity=list(range(size)), **own)
    if entities is None:
        own = {n: v for n, v in whole.items() if n in VALID_ENTITY}
        entities = make_entities(unit, **{"matched": [True] * size, **own})
    entries = entries_of(standard, positions, entities, factors, activities,
                         excluded=excluded, above_one=above_one)  # fmt: skip
    return Accounted(standard, positions, entries, posted(standard, (entries, positions)))


def cut(batch: Batch, rows: Sequence[int]) -> Batch:
    """Some rows of a batch, in the order given."""
    at = np.array(rows, np.intp)
    return Batch(
        len(at),
        {n: Column(c.values[at], c.present[at]) for n, c in batch.columns.items()},
        {n: Key(k.codes[at], k.names) for n, k in batch.keys.items()},
        {n: link[at] for n, link in batch.links.items()},
        {n: bits[at] for n, bits in batch.flags.items()},
    )


def run(*args: object) -> Result:
    """Call the command line as a user would."""
    from carbonledger.cli import cli

    return CliRunner().invoke(cli, [str(arg) for arg in args])


CONFIG: dict[str, Any] = {
    "entity": {"zh": "示例银行", "en": "Example Bank"},
    "period": "2025",
    "currency": "CNY",
    "standards": ["pboc-2021", "pcaf-2025"],
}

Rows = str | Sequence[Mapping[str, object]]


def write_folder(folder: Path, config: Mapping[str, Any] | None = None, **books: Rows) -> Path:
    """A working folder: ``loans=[{"loan_id": "L1", ...}]`` or the text of the file, in 万元.

    ``config`` goes over a minimal one; ``config={"unit": None}`` leaves the unit to headers.
    """
    settings_ = {**CONFIG, **(config or {})}
    unit = settings_.pop("unit", "万元")
    folder.mkdir(parents=True, exist_ok=True)
    named = {}
    for name, rows in books.items():
        (folder / f"{name}.csv").write_bytes(csv_text(rows).encode())
        named[name] = {"file": f"{name}.csv"}
        if unit and name != "activities":
            named[name]["unit"] = unit
    settings_.setdefault("books", named)
    text = yaml.safe_dump(settings_, allow_unicode=True, sort_keys=False)
    (folder / "carbonledger.yaml").write_text(text, encoding="utf-8")
    return folder


def csv_text(rows: Rows) -> str:
    """Rows as the text of a CSV; a column that a row lacks is an empty cell."""
    if isinstance(rows, str):
        return rows
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


_EVERY_ROW = {"region": "CN", "year": "2025", "published": "2025-12-31", "confidence": "SEEN"}


def write_factors(folder: Path, factors: Sequence[Mapping[str, str]]) -> Path:
    """A user's factor folder: one set a value, ``{"factor": ..., "unit": ..., "value": ...}``."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, factor in enumerate(factors):
        keys = [k for k in factor if k not in ("factor", "unit", "value", "currency")]
        every = {k: v for k, v in _EVERY_ROW.items() if k not in keys}
        asked = {"fx_rate": ["currency"]}.get(factor["factor"])
        if asked:
            every.pop("region")
            keys = asked
        else:
            keys = sorted({*keys, "region"})
            measured = factor["factor"] in ("energy_factor", "production_factor")
            keys += ["dimension"] if measured and "activity" in keys else []
        head = {
            "id": f"user-{number}", "title": "of the example", "factor": factor["factor"],
            "unit": factor["unit"], "keys": keys, "stale_after_years": "never",
            "every_row": every,
            "source": {"id": "EXAMPLE", "publisher": "example", "document": "the vector itself",
                       "licence": "none needed"},
        }  # fmt: skip
        if factor["factor"] not in ("fx_rate", "asset_turnover"):
            head |= {"gases": "CO2e", "gwp": "AR5"}
        if factor["factor"] in ("revenue_intensity", "asset_intensity"):
            head["currency"] = "CNY"
        (folder / f"user-{number}.yaml").write_text(yaml.safe_dump(head), encoding="utf-8")
        row = {k: v for k, v in factor.items() if k in keys or k == "value"}
        (folder / f"user-{number}.csv").write_text(csv_text([row]), encoding="utf-8")
    return folder
