"""A figure of a report, followed down to the entries that it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from carbonledger.cells import Cell, Ratio, Sum
from carbonledger.engine import SEVERAL
from carbonledger.method import Standard
from carbonledger.tracing.tally import NOTHING, Tally, tallied


@dataclass
class Part:
    """A sum over entries: how many rows it has, their sum, and which entries weigh most in it."""

    sum: Sum
    rows: int = 0
    total: int = 0
    options: dict[str, list[int]] = field(default_factory=dict)
    """Rows and sum by the option that answered."""
    factors: dict[int, list[int]] = field(default_factory=dict)
    """The same by row of the run's factors.csv."""
    largest: list[tuple[int, str, str]] = field(default_factory=list)
    """Value, position and contract of the entries with the largest values."""


@dataclass(frozen=True)
class Traced:
    """A cell and the sums it is made of, worked anew from the entries."""

    cell: Cell
    parts: tuple[Part, ...]

    @property
    def value(self) -> int | Fraction | None:
        """What the parts give: a sum, or the ratio of two."""
        if isinstance(self.cell.formula, Ratio):
            part, whole = self.parts
            return Fraction(part.total, whole.total) if whole.total else None
        return self.parts[0].total if self.parts else None

    @property
    def agrees(self) -> bool | None:
        """Whether the entries give the cell's value; None where it is not made of entries."""
        return None if not self.parts else self.value == self.cell.value


def traced(
    cell: Cell, entries: Path | None, standard: Standard | None, branches: Mapping[str, int]
) -> Traced:
    """Work the sums of a cell anew, over the entries of its standard."""
    sums = _sums(cell)
    if entries is None or standard is None or not sums:
        return Traced(cell, ())
    found = tallied(entries, sums, standard, branches)
    return Traced(cell, tuple(_part(s, t, standard, entries) for s, t in
                              zip(sums, found, strict=True)))  # fmt: skip


def _sums(cell: Cell) -> list[Sum]:
    rule = cell.formula
    if isinstance(rule, Sum):
        return [rule]
    terms = [rule.part, rule.whole] if isinstance(rule, Ratio) else []
    return [t for t in terms if isinstance(t, Sum)]


def _part(total: Sum, tally: Tally, standard: Standard, entries: Path) -> Part:
    names = ("", *standard.option_names)
    options, factors = (
        {code: [rows, value] for code, (rows, value) in enumerate(table.T.tolist()) if rows}
        for table in (tally.options, tally.factors if tally.rows else NOTHING)
    )
    return Part(total, tally.rows, tally.total,
                {names[code]: found for code, found in options.items()},
                {code + SEVERAL: found for code, found in factors.items()},
                _named(entries, tally.largest))  # fmt: skip


def _named(entries: Path, largest: Sequence[tuple[int, int, int]]) -> list[tuple[int, str, str]]:
    """The largest values with the position and contract that each stands at."""
    from pyarrow import parquet

    columns = ["position_id", "contract_id"]
    with parquet.ParquetFile(entries) as file:
        held = {g: file.read_row_group(g, columns=columns) for g in {g for _, g, _ in largest}}
    found = [(v, *(held[g].column(c)[row].as_py() for c in columns)) for v, g, row in largest]
    return [(v, str(i), "" if c is None else str(c)) for v, i, c in found]
