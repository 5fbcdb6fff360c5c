"""An intensity implies the balance it was divided by: the three must agree."""

from __future__ import annotations

from collections.abc import Iterator

from carbonledger.issues import Issue
from carbonledger.lint.bands import is_a
from carbonledger.lint.sheet import measure
from carbonledger.lint.table import Figure, Table, parsed
from carbonledger.lint.words import says


def implied(tables: tuple[Table, ...]) -> Iterator[Issue]:
    """The intensities that their own line does not give."""
    for table in tables:
        for line in table.lines():
            rates = [f for f in line if "/" in f.unit and says("intensity", f.label)]
            tonnes = [f for f in line if is_a("emitted", f)]
            money = [f for f in line if is_a("loans", f)]
            for rate in rates:
                own = [(t, m) for t in tonnes for m in money
                       if t.period == m.period == rate.period and m.value]  # fmt: skip
                if len(own) == 1:
                    yield from _checked(rate, *own[0])


def _checked(rate: Figure, tonnes: Figure, money: Figure) -> Iterator[Issue]:
    above, _, below = rate.unit.partition("/")
    (kind, up), (per, down) = measure(above), measure(below)
    printed = parsed(rate.text)
    if kind != "mass" or per != "money" or printed is None:
        return
    expected = tonnes.value / money.value * down / up
    blur = abs(expected) * (tonnes.step / max(abs(tonnes.value), tonnes.step)
                            + money.step / money.value) / 2  # fmt: skip
    if abs(expected - printed) > rate.step / 2 + abs(blur):
        yield rate.issue("lint_implied", expected=f"{float(expected):.6g} {rate.unit}")


RULE = implied
