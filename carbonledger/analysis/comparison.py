"""What two runs are compared by: the change of each standard they share, and what moved most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carbonledger.analysis.decomposition import Decomposition
from carbonledger.method import Text

LARGEST = 10
"""Movers that are listed, positions and borrowers each."""


@dataclass(frozen=True)
class Mover:
    """A position or a borrower, its grams before and after, and what moved it most."""

    id: str
    book: str
    before: int | None
    after: int | None
    effect: str

    @property
    def change(self) -> int:
        """After less before; what was not computed counts nothing."""
        return (self.after or 0) - (self.before or 0)


@dataclass(frozen=True)
class StandardChange:
    """The change under one standard."""

    standard: str
    title: Text
    split: Decomposition
    positions: Mapping[str, int]
    """Positions that stand on each line of their own; ``common`` counts those computed twice."""
    largest_positions: tuple[Mover, ...]
    largest_borrowers: tuple[Mover, ...]


@dataclass(frozen=True)
class Comparison:
    """Two sealed runs and the change from the first to the second."""

    entity: Text
    currency: str
    before: tuple[str, int]
    after: tuple[str, int]
    """Run and period."""
    changes: tuple[StandardChange, ...]
    remarks: tuple[str, ...]
    """What a reader must know of this comparison, by name."""
