"""The columns of rows position by position, and what the figures of a pair are sums of."""

from __future__ import annotations

from typing import NamedTuple

from carbonledger.cells import Sum
from carbonledger.totals import Where

SHEET = "positions"


def own(standard: str, name: str) -> str:
    """A column of one standard."""
    return f"{standard}:{name}"


class PairRows(NamedTuple):
    """The rows as a pair of standards adds them up."""

    first: str
    second: str

    def column(self, name: str) -> str:
        """A column of the pair."""
        return f"{self.first}>{self.second}:{name}"

    def sum(self, measure: str, where: Where = ()) -> Sum:
        """What a measure is the sum of."""
        column = self.column(f"by_{measure}")
        if measure in ("first", "second"):
            column = own(self.first if measure == "first" else self.second, "scope12")
        elif measure == "difference":
            column = self.column(measure)
        elif measure.startswith("only_"):
            column = self.column("by_coverage")
            where = (*where, (own(self._alone(measure)[0], "status"), "computed"))
        return Sum(SHEET, column, where)

    def counted(self, measure: str) -> Sum:
        """The positions that a measure counts."""
        if measure.startswith("only_"):
            computed, other = (own(s, "status") for s in self._alone(measure))
            return Sum(SHEET, "", ((computed, "computed"),), ((other, "computed"),))
        return Sum(SHEET, "", (), ((self.sum(measure).column, 0),))

    def _alone(self, measure: str) -> tuple[str, str]:
        """The standard that alone computes, and the other."""
        both = (self.first, self.second)
        return both if measure == "only_first" else both[::-1]
