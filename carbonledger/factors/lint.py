"""What is odd about factor sets beyond what refuses them, for those who write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from carbonledger.factors import Library, read_library
from carbonledger.factors.bounds import outside
from carbonledger.factors.sets import RATIOS, SHAPES, FactorRow, FactorSet
from carbonledger.issues import Issue, Place, in_order


def lint(path: Path, below: Path) -> tuple[Library, list[Issue]]:
    """A folder or workbook by itself, and every problem of it laid over the shipped library."""
    own = read_library([path])
    issues = list(own.issues)
    over = own if path.resolve() == below.resolve() else _over(own, read_library([below]))
    mine = list(over.admitted())[len(over.tables) - len(own.tables) :]
    issues += [p for _, p in mine if p is not None and p.code != "factor_currency_other"]
    for found, rows in own.sets:
        issues += _of_head(found, rows)
        issues += [issue for row in rows if found.answers for issue in _of_row(row)]
    return own, in_order(dict.fromkeys(issues))


def _over(own: Library, shipped: Library) -> Library:
    """The user's sets a layer above the shipped ones."""
    raised = tuple(
        replace(table, set=replace(table.set, layer=1), _made={}) for table in own.tables
    )
    return Library(shipped.tables + raised, own.issues)


def _of_head(found: FactorSet, rows: Sequence[FactorRow]) -> Iterator[Issue]:
    known = (*SHAPES, *RATIOS)
    if found.answers and found.kind not in known:
        words = (("known", ", ".join(known)),)
        yield Issue("factor_kind_unknown", Place(found.file, column="factor"), found.kind, words)
    if not rows:
        return
    for name in found.sources.keys() - {row.source.id for row in rows}:
        yield Issue("factor_source_unused", Place(found.file, column="sources"), name)
    for name in found.caveats.keys() - {row.caveat for row in rows}:
        yield Issue("factor_caveat_unused", Place(found.file, column="caveats"), name)


def _of_row(row: FactorRow) -> Iterator[Issue]:
    if not row.canonical and not (row.note or row.caveat):
        yield Issue("factor_value_zero", replace(row.place, column="value"), row.value)
        return
    issue = outside(row)
    if issue is not None:
        yield issue
