"""Where the factors of entries stand, which are found only when somebody asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonledger.alike import Rows
from carbonledger.engine.entity import Estimated
from carbonledger.method import AssetClass, Codes


class Told(NamedTuple):
    """Factors of scope 1, 2 or 3, counted from 0, of rows that do not take their entity's."""

    scope: int
    rows: Rows
    factor: Codes


@dataclass(frozen=True)
class Source:
    """Rows that a page took, with the entity of each, nobody first, whose factors it shares."""

    rows: Rows | slice
    page: AssetClass
    estimated: Estimated
    entity: Rows
    others: tuple[Told, ...] = ()

    def take(self, at: Rows) -> Source:
        """Some of the rows."""
        place = np.full(len(self.entity), -1, np.intp)
        place[at] = np.arange(len(at))
        others = []
        for scope, rows, factor in self.others:
            kept = place[rows] >= 0
            others.append(Told(scope, place[rows[kept]], factor[kept]))
        rows = at + self.rows.start if isinstance(self.rows, slice) else self.rows[at]
        return Source(rows, self.page, self.estimated, self.entity[at], tuple(others))

    def tell(self, into: Codes) -> None:
        """Write the factors of these rows into those of all: a row a scope, used or not."""
        way, factors = self.estimated.factors
        found = factors.take(way.take(self.entity, mode="clip"), axis=1)
        for told in self.others:
            found[told.scope, told.rows] = told.factor
        into[:, self.rows] = found

    def tell_of_share(self, into: Codes, rule: NDArray[np.int8]) -> None:
        """The same of the factors that shares take, by the rule that each row goes by."""
        mine = rule[self.rows]
        found = np.full(len(self.entity), -1, np.int32)
        for k, share in enumerate(self.page.shares):
            if share.factors:
                factor = self.estimated.factor_of_share(next(iter(share.factors)))
                found = np.where(mine == k, factor.take(self.entity, mode="clip"), found)
        into[self.rows] = found
