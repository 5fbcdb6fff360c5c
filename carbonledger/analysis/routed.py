"""How a position came to its asset class: the questions asked in order, and the one that told."""

from __future__ import annotations

from typing import Any

from carbonledger.intake.classes import ROUTED, distinct_facts
from carbonledger.intake.positions import Positions
from carbonledger.intake.routing import answers, route
from carbonledger.issues import LANGUAGES, Language
from carbonledger.scale.period import Period
from carbonledger.words import word


def routed(ready: Period, alone: Positions) -> dict[str, Any] | None:
    """The class of one position with its reason; none in a book whose rows all give it."""
    if alone.book not in ROUTED:
        return None
    columns, links = alone.typed.columns, alone.batch.links
    _, (facts,) = distinct_facts(alone.book, columns, ready.entities, links)
    asked = list(answers(facts))
    found = route(facts)
    steps = [{"question": name, "answered": answer is not None, **_said("routing_questions", name)}
             for name, answer in asked]  # fmt: skip
    why = _said("routing_reasons", found.reason)
    return {"asset_class": found.asset_class, "reason": found.reason, **why, "steps": steps}


def _said(group: str, name: str) -> dict[str, Any]:
    return {lang: word(group, name, lang, "explain") for lang in LANGUAGES}


def printed(said: dict[str, Any], lang: Language) -> list[str]:
    """The class in words, and each question before it."""
    name = said["asset_class"]
    shown = word("asset_classes", name, lang) if name else "-"
    lines = [f"  {word('lines', 'routing', lang, 'explain')}: {shown}  [{said[lang]}]"]
    return lines + [
        f"    {'*' if step['answered'] else '-'} {step[lang]}" for step in said["steps"]
    ]
