"""Tables of data quality: by option and by score, for scope 1+2 and for scope 3."""

from __future__ import annotations

from carbonledger.analysis.option_names import option_name
from carbonledger.figures import Line, Told
from carbonledger.form import Block, Table
from carbonledger.totals import BLANK, NONE, Where

QUALITY = ("rows", "computed", "share_of_computed", "scope12", "intensity")
QUALITY3 = ("rows_scope3", "computed_scope3", "scope3")
POOLED = "pooled"
"""In place of a score the weighted mean of a pool."""


def quality(told: Told) -> list[Block]:
    """By option and score, for scope 1+2 and for scope 3."""
    plans: list[tuple[str, tuple[str, ...]]] = [("score", QUALITY), ("option", QUALITY)]
    if told.standard.scope3:
        plans += [("score3", QUALITY3), ("option3", QUALITY3)]
    if not told.standard.scored:
        plans = [plan for plan in plans if not plan[0].startswith("score")]
    return [_quality(told, dimension, measures) for dimension, measures in plans]


def _quality(told: Told, dimension: str, measures: tuple[str, ...]) -> Table:
    totals = told.ledger.by.get(dimension, {})
    order = {name: k for k, name in enumerate(told.standard.option_names)}
    held = sorted(totals, key=lambda c: (not c, order.get(c, 0), c))
    lines = [Line(code, _quality_label(told, dimension, code), totals[code],
                  _quality_rows(dimension, code, POOLED in totals))
             for code in held]  # fmt: skip
    whole = told.ledger.whole
    lighter = {"score": whole.unscored, "score3": whole.unscored3}.get(dimension)
    notes = (told.view.say("notes", "score_weight"),) if lighter else ()
    return told.table(dimension, [*lines, told.whole()], measures=measures, notes=notes)


def _quality_rows(dimension: str, code: str, pooled: bool) -> Where:
    """The entries of a score or option; weighted means of pools stand in a column of their own."""
    if not dimension.startswith("score"):
        return ((dimension, code or NONE),)
    if code == POOLED:
        return ((f"{dimension}_pooled", "*.*"),)
    if code:
        return ((dimension, int(code)),)
    return ((dimension, BLANK), (f"{dimension}_pooled", NONE)) if pooled else ((dimension, BLANK),)


def _quality_label(told: Told, dimension: str, code: str) -> str:
    if not code:
        return told.view.word("without", dimension)
    if code.isdigit():
        return code
    if dimension.startswith("score"):
        return told.view.word("remarks", "pooled_score")
    label = option_label(told, code)
    name = option_name(code, told.view.language)
    return f"{label} {name}" if label else name


def option_label(told: Told, option: str) -> str:
    """What the standard calls an option: 1a, 2b ...; nothing where it has no number for it."""
    labels = (page.scores.get(option, ("", 0))[0] for page in told.standard.pages)
    return next(filter(numbered, labels), "")


def numbered(label: str) -> bool:
    """Whether a label is a number of the standard, not a mark of this tool (pool, none, -)."""
    return label[:1].isdigit()
