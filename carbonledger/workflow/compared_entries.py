"""Entries of two runs side by side: which are the same position, and what moved each.

A position is the same where book, position, contract, borrower and project are. What moved an
estimate is read off the entries: another option is data quality; the same option with another
factor row is the factor's doing as far as its value goes, and the rest, like all change under the
same factor row, is the borrower's own. A factor of other keys, where the position's sector or
region changed too, is the borrower's reclassification and counts as its own.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from carbonledger import units
from carbonledger.analysis.lmdi import (
    COVERAGE,
    DATA_QUALITY,
    ENTRIES,
    EXCHANGE,
    EXITS,
    FACTORS,
    METHOD,
    OWN,
    SHARE,
    Parts,
)
from carbonledger.method import Array, Codes, Flag, Mask
from carbonledger.runs import ENTRIES as FOLDER
from carbonledger.runs import Run

KEY = ("book", "position_id", "contract_id", "counterparty_id", "project_id")
_GRAMS = "financed_emissions_scope{}_g"
COLUMNS = (
    *KEY, "sector", "region", "status", "reason", "balance", "attribution_factor", "flags",
    *(_GRAMS.format(s) for s in ("1", "2", "12")), "option_scope1", "option_scope2",
    "factor_scope1", "factor_scope2",
)  # fmt: skip
_MONETARY = ("revenue",)
_BY_ACTIVITY = ("energy", "production")
_NO_DATA = ("no_emissions", "no_factor", "one_scope_only")
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Side:
    """One run's entries of a standard, column by column."""

    run: Run
    table: pa.Table

    @classmethod
    def of(cls, run: Run, standard: str) -> Side:
        """Only the columns that the comparison needs are read."""
        table = pq.read_table(run.folder / FOLDER / f"{standard}.parquet", columns=list(COLUMNS))
        return cls(run, table.combine_chunks())

    @cached_property
    def keys(self) -> pa.ChunkedArray:
        """What identifies each position, as one text."""
        parts = [pc.fill_null(self.table.column(n).cast(pa.string()), "") for n in KEY]
        return pc.binary_join_element_wise(*parts, "\x1f")

    @cached_property
    def computed(self) -> Mask:
        """Whether each entry is computed."""
        return np.asarray(pc.equal(self.table.column("status").cast(pa.string()), "computed"))

    @cached_property
    def factors(self) -> Mapping[int, tuple[str, ...]]:
        """The factor rows that answered: keys, identity, unit, value, that at prices of now."""
        with (self.run.folder / "factors.csv").open(encoding="utf-8-sig", newline="") as stream:
            return {
                int(r["row"]): (r["keys"], "\x1f".join(r[n] for n in (
                    "set", "kind", "keys", "year", "published", "value", "unit")), r["unit"],
                    r["value"], r["value_at_prices_of_period"] or r["value"])
                for r in csv.DictReader(stream)
            }  # fmt: skip

    @property
    def config(self) -> dict[str, Any]:
        """The configuration the run was sealed under."""
        config: dict[str, Any] = self.run.manifest["inputs"]["config"]
        return config

    def numbers(self, name: str, rows: Rows) -> tuple[Rows, Mask]:
        """A column of whole numbers, and where it is present."""
        column = self.table.column(name).take(pa.array(rows))
        values = column.fill_null(0).to_numpy()
        return values.astype(np.int64), np.asarray(column.is_valid())

    def shares(self, rows: Rows) -> Array:
        """Attribution factors, NaN where the option uses none."""
        column = self.table.column("attribution_factor").take(pa.array(rows))
        shares: Array = column.to_numpy().astype(np.float64)
        return shares

    def texts(self, name: str, rows: Rows) -> NDArray[np.object_]:
        """A column of codes as text, empty where there is none."""
        column = pc.fill_null(self.table.column(name).cast(pa.string()), "")
        return np.asarray(column.take(pa.array(rows)).to_numpy(zero_copy_only=False), object)


@dataclass(frozen=True)
class Pair:
    """Two runs under one standard: the rows of each that are computed in both, or in one."""

    before: Side
    after: Side

    @cached_property
    def _matched(self) -> tuple[Rows, Rows]:
        """For each later row its earlier one, or -1; and the other way round."""
        later = pc.index_in(self.after.keys, value_set=self.before.keys.combine_chunks())
        found = later.fill_null(-1).to_numpy().astype(np.int64)
        earlier = np.full(self.before.table.num_rows, -1, np.int64)
        hit = np.flatnonzero(found >= 0)
        earlier[found[hit]] = hit
        return found, earlier

    @cached_property
    def common(self) -> tuple[Rows, Rows]:
        """Earlier and later rows of the positions computed in both."""
        found, _ = self._matched
        both = (found >= 0) & self.after.computed
        both[both] = self.before.computed[found[both]]
        rows = np.flatnonzero(both)
        return found[rows], rows

    def alone(self, later: bool) -> tuple[Rows, Codes]:
        """Rows computed on one side only, and the effect that each counts with."""
        side, other = (self.after, self.before) if later else (self.before, self.after)
        match = self._matched[0 if later else 1]
        there = match >= 0
        there[there] = other.computed[match[there]]
        rows = np.flatnonzero(side.computed & ~there)
        known = match[rows] >= 0
        effects = np.full(len(rows), ENTRIES if later else EXITS, np.int32)
        reasons = other.texts("reason", match[rows][known])
        effects[known] = [self._why_not(r) for r in reasons.tolist()]
        return rows, effects

    def _why_not(self, reason: str) -> int:
        """The effect behind a position that only one of the runs computes."""
        if reason == "no_fx_rate":
            return EXCHANGE
        settings: tuple[str, ...] = ()
        if reason == "attribution_above_one":
            settings = (reason,)
        elif reason in ("small_balance", "person", "enterprise_scale", "overseas"):
            settings = ("exclusions",)
        elif reason in _NO_DATA:
            settings = ("complete_activities", "allow")
        return METHOD if any(self.differs(s) for s in settings) else COVERAGE

    def differs(self, setting: str) -> bool:
        """Whether the configurations differ in a setting."""
        return bool(self.before.config.get(setting) != self.after.config.get(setting))

    def share_cause(self) -> Codes:
        """A share that only one run capped follows from the rule, where the rules differ."""
        first, last = self.common
        capped = [side.numbers("flags", rows)[0] & int(Flag.ATTRIBUTION_CAPPED) != 0
                  for side, rows in ((self.before, first), (self.after, last))]  # fmt: skip
        by_rule = (capped[0] != capped[1]) & self.differs("attribution_above_one")
        return np.where(by_rule, METHOD, SHARE).astype(np.int32)

    def parts(self) -> Parts:
        """Grams by scope where both runs tell scope 1 and 2 apart, else together."""
        first, last = self.common
        grams = {
            (s, k): side.numbers(_GRAMS.format(s), rows)
            for s in ("1", "2", "12")
            for k, (side, rows) in enumerate(((self.before, first), (self.after, last)))
        }
        split = np.ones(len(first), np.bool_)
        for k in (0, 1):
            split &= grams["1", k][1] & grams["2", k][1]
            split &= grams["1", k][0] + grams["2", k][0] == grams["12", k][0]
        found = [self._scope(s, at, grams[s, 0][0], grams[s, 1][0]) for s, at in (
            ("1", split), ("2", split), ("12", ~split))]  # fmt: skip
        names = Parts.__dataclass_fields__
        return Parts(*(np.concatenate([getattr(p, n) for p in found]) for n in names))

    def _scope(self, scope: str, at: Mask, before: Rows, after: Rows) -> Parts:
        rows = np.flatnonzero(at)
        scopes = "12" if scope == "12" else scope
        option = [self._both("option_scope" + s, rows) for s in scopes]
        cause = np.full(len(rows), OWN, np.int32)
        factor, price = np.ones(len(rows)), np.ones(len(rows))
        for s in scopes:
            self._of_factor(s, rows, cause, factor, price, alone=scope != "12")
        moved = np.any([a != b for a, b in option], axis=0)
        by_activity = np.any([np.isin(a, _BY_ACTIVITY) | np.isin(b, _BY_ACTIVITY)
                              for a, b in option], axis=0)  # fmt: skip
        method = by_activity & self.differs("complete_activities")
        cause = np.where(moved, np.where(method, METHOD, DATA_QUALITY), cause).astype(np.int32)
        factor, price = np.where(moved, 1.0, factor), np.where(moved, 1.0, price)
        monetary = np.all([np.isin(b, _MONETARY) for _, b in option], axis=0)
        return Parts(rows, before[rows], after[rows], cause, factor, price, monetary & ~moved)

    def _both(self, name: str, rows: Rows) -> tuple[NDArray[Any], NDArray[Any]]:
        first, last = self.common
        return self.before.texts(name, first[rows]), self.after.texts(name, last[rows])

    def _of_factor(
        self, scope: str, rows: Rows, cause: Codes, factor: Array, price: Array, alone: bool
    ) -> None:
        """Write what each pair of factor rows explains into the three columns."""
        first, last = self.common
        name = f"factor_scope{scope}"
        numbers = np.stack([self.before.numbers(name, first[rows])[0],
                            self.after.numbers(name, last[rows])[0]])  # fmt: skip
        there = np.stack([self.before.numbers(name, first[rows])[1],
                          self.after.numbers(name, last[rows])[1]])  # fmt: skip
        numbers = np.where(there, numbers, -1)
        moved = self._reclassified(rows)
        pairs, at = np.unique(numbers, axis=1, return_inverse=True)
        for k, (one, two) in enumerate(pairs.T.tolist()):
            own = at.reshape(-1) == k
            why, values, prices, other_keys = self._explained(one, two)
            kept = own & ~(moved & other_keys)
            if not alone and (values, prices) != (1.0, 1.0):
                why, values, prices = FACTORS, 1.0, 1.0  # one of two scopes told as one figure
            cause[kept] = np.where(cause[kept] == OWN, why, cause[kept])
            factor[kept] *= values
            price[kept] *= prices

    def _reclassified(self, rows: Rows) -> Mask:
        pairs = [self._both(n, rows) for n in ("sector", "region")]
        return np.asarray(np.any([a != b for a, b in pairs], axis=0), np.bool_)

    def _explained(self, one: int, two: int) -> tuple[int, float, float, bool]:
        """Cause of what the values leave, their ratio, that of price levels, other keys."""
        earlier, later = self.before.factors.get(one), self.after.factors.get(two)
        if earlier is None or later is None:
            several = (one == -2 or two == -2) and self.same_files
            return (FACTORS if several else OWN), 1.0, 1.0, False
        was, now = (units.decimal(f[3]) for f in (earlier, later))
        if earlier[2] != later[2] or not was or not now:
            return FACTORS, 1.0, 1.0, earlier[0] != later[0]
        level = [
            float(Fraction(f[4].replace(",", "")) / Fraction(f[3].replace(",", "")))
            for f in (earlier, later)
        ]
        if self.differs("allow") and earlier[1] != later[1]:
            return METHOD, 1.0, 1.0, False
        ratio = 1.0 if earlier[1] == later[1] else float(now / was)
        return OWN, ratio, level[1] / level[0], earlier[0] != later[0]

    @cached_property
    def same_files(self) -> bool:
        """Whether both runs read the same books as declared, for the same period."""
        one, two = self.before.run.manifest["inputs"], self.after.run.manifest["inputs"]
        return all(
            one.get(n) == two.get(n)
            for n in ("files", "documents", "period", "as_of", "allow_refused", "pseudonym_key")
        ) and not (self.differs("books") or self.differs("currency"))

    @cached_property
    def only_method(self) -> bool:
        """Whether books and factors are the same, so that all change follows from the method."""
        names = ("known_on", "factors")
        one, two = self.before.run.manifest["inputs"], self.after.run.manifest["inputs"]
        return self.same_files and all(one[n] == two[n] for n in names)
