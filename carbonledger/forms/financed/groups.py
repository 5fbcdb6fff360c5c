"""The largest groups by ultimate parent, and the reporting entities that are consolidated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from carbonledger.analysis.disclosure import Disclosure
from carbonledger.figures import Line, Told, said
from carbonledger.form import Block
from carbonledger.ledger import Total

MOST = 20
"""Groups that are listed one by one."""


def groups(told: Sequence[Told], disclosure: Disclosure) -> list[Block]:
    """Both tables of each standard, where there is anything to list.

    They carry no formulas: a spreadsheet compares codes of 18 digits as rounded numbers.
    """
    blocks: list[Block] = []
    for one in (replace(t, sheet=None) for t in told):
        held = one.ledger.by.get("group", {})
        if any(held):
            lines = [*_largest(one, held), one.whole()]
            blocks.append(one.table("group", lines, notes=_more(one, held)))
        institutions = one.ledger.by.get("reporting_entity", {})
        if any(institutions):
            named = [Line(code, _institution(one, disclosure, code), total)
                     for code, total in sorted(institutions.items(), key=_last)]  # fmt: skip
            blocks.append(one.table("reporting_entity", [*named, one.whole()]))
    return blocks


def _last(item: tuple[str, Total]) -> tuple[bool, str]:
    return not item[0], item[0]


def _ordered(held: Mapping[str, Total]) -> list[str]:
    """Groups by what they owe, the largest first."""
    return sorted(filter(None, held), key=lambda code: (-held[code].book, code))


def _largest(told: Told, held: Mapping[str, Total]) -> list[Line]:
    order = _ordered(held)
    lines = [Line(code, code, held[code]) for code in order[:MOST]]
    rest = sum((held[code] for code in order[MOST:]), Total())
    if order[MOST:]:
        lines.append(Line("others", told.view.say("notes", "other_groups"), rest))
    if "" in held:
        lines.append(Line("", told.view.word("without", "group"), held[""]))
    return lines


def _more(told: Told, held: Mapping[str, Total]) -> tuple[str, ...]:
    count = len(_ordered(held))
    return (told.view.say("notes", "largest_groups", most=MOST, count=count),)


def _institution(told: Told, disclosure: Disclosure, code: str) -> str:
    """The name that the configuration gives a reporting entity, with its code."""
    if not code:
        return told.view.word("without", "reporting_entity")
    name = disclosure.entities.get(code)
    return f"{said(name, told.view.language)} {code}" if name else code
