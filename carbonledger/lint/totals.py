"""The sealed totals of a run against each other: every position has one asset class."""

from __future__ import annotations

from collections.abc import Sequence

from carbonledger.issues import Issue, Place
from carbonledger.ledger import Ledger, Total

PARTITIONS = ("asset_class",)
"""Dimensions that split every position, so that their totals must make the whole."""


def parts_of_ledgers(name: str, ledgers: Sequence[Ledger]) -> list[Issue]:
    """The ledgers whose parts do not make their whole, measure by measure."""
    issues = []
    for ledger in ledgers:
        for dimension in (d for d in PARTITIONS if d in ledger.by):
            summed = sum(ledger.by[dimension].values(), Total())
            for measure, part, whole in zip(Total._fields, summed, ledger.whole, strict=True):
                if part != whole:
                    place = Place(f"{name}/totals/{ledger.standard}.parquet", column=measure)
                    details = (("expected", f"{part:,}"), ("label", dimension))
                    issues.append(Issue("lint_footing", place, f"{whole:,}", details))
    return issues
