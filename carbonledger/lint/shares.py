"""A printed share must be its row over the total, to the digit that is printed.

Scores lie in 1 to 5 and shares in 0 to 100 %, whatever they are of.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from carbonledger.issues import Issue
from carbonledger.lint.table import Figure, Table
from carbonledger.lint.words import says


def shares(tables: tuple[Table, ...]) -> Iterator[Issue]:
    """Shares that are not of the total, and shares and scores outside of their range."""
    for table in tables:
        for figure in table.figures:
            yield from _range(figure)
        columns = list(table.columns())
        amounts = [c for c in columns if any(f.additive for f in c)]
        for column in columns:
            if all(says("share", f.column_label) and f.dimension == "share" for f in column):
                yield from _of_total(column, amounts)


def _range(figure: Figure) -> Iterator[Issue]:
    if says("growth", figure.label):
        return
    if says("score", figure.label) and figure.dimension in ("", "count"):
        if not 1 <= figure.value <= 5:
            yield figure.issue("lint_band", unit="", low="1", high="5", ratio=figure.text,
                               source="PCAF Part A, data quality scores",
                               source_zh="PCAF 标准 A 部分，数据质量得分")  # fmt: skip
    elif (
        figure.dimension == "share" and says("share", figure.label)
        and not -figure.step <= figure.value <= 1 + figure.step
    ):  # fmt: skip
        yield figure.issue("lint_band", unit="%", low="0", high="100", ratio=figure.text,
                           source="a part of a whole", source_zh="部分不会超过整体")  # fmt: skip


def _of_total(column: list[Figure], amounts: list[list[Figure]]) -> Iterator[Issue]:
    whole = next((f for f in column if f.closes), None)
    if whole is not None and abs(whole.value - 1) > whole.step:
        return
    for share in column:
        if share is whole:
            continue
        expected = []
        for column_of in amounts:
            part = next((f for f in column_of if f.row == share.row), None)
            total = next((f for f in column_of if f.closes), None)
            if part and total and total.value and part.additive and part.unit == total.unit:
                expected.append((part, total))
        if expected and not any(_gives(share, p, t) for p, t in expected):
            part, total = expected[0]
            percent = part.value / total.value * 100
            yield share.issue("lint_share", expected=f"{float(percent):.3f}%")


def _gives(share: Figure, part: Figure, total: Figure) -> bool:
    blur = (part.step + abs(part.value / total.value) * total.step) / abs(total.value) / 2
    slack = share.step / 2 + blur + Fraction(1, 10**9)
    return abs(part.value / total.value - share.value) <= slack


RULE = shares
