"""What is emitted and what is avoided are two kinds that no table may file as one.

A saving in a field of emissions would count against the bank, an emission among savings for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from carbonledger.issues import Issue
from carbonledger.lint.table import Table
from carbonledger.lint.words import says


def kinds(tables: tuple[Table, ...]) -> Iterator[Issue]:
    """Figures labelled as emissions whose own remark calls them savings."""
    for table in tables:
        for figure in table.figures:
            filed = says("emitted", figure.label) and not figure.avoided
            if filed and figure.additive and says("avoided", figure.remark):
                yield figure.issue("lint_kind", remark=figure.remark)


RULE = kinds
