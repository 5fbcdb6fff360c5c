"""The footprints of a period on each basis that any company has, batch by batch."""

from __future__ import annotations

from collections.abc import Mapping

from carbonledger.engine import Estimated, attribute
from carbonledger.footprint import Footprint, footprint_of
from carbonledger.intake.exclusions import left_out
from carbonledger.intake.positions import Positions
from carbonledger.lookup import FactorSource
from carbonledger.method import Batch, Standard
from carbonledger.standards import standards

ACCOUNT = "tcfd"


class Footing:
    """One basis: its standard, and the sums so far."""

    def __init__(self, standard: Standard) -> None:
        self.standard = standard
        self.basis = standard.pages[0].name
        self.sums = Footprint()

    def add(
        self, positions: Positions | None, estimated: Mapping[tuple[str, ...], Estimated],
        factors: FactorSource,
    ) -> None:  # fmt: skip
        """Take one batch in."""
        if positions is None:
            return
        entries = attribute(positions.batch, estimated, factors, self.standard,
                            excluded=left_out(positions, None, None))  # fmt: skip
        shown = estimated[self.standard.estimates_key(self.standard.pages[0])]
        self.sums = self.sums.plus(footprint_of(entries, positions.batch, shown))


def footings(companies: Batch) -> list[Footing]:
    """The bases that any company has a value of."""
    found = []
    for standard in standards().values():
        column = companies.columns.get(standard.pages[0].name)
        if standard.account == ACCOUNT and column is not None and column.present.any():
            found.append(Footing(standard))
    return found
