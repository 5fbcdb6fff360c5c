"""The questions that follow from gaps: one a borrower and figure, with what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carbonledger import units
from carbonledger.analysis.gaps import Account, Gap
from carbonledger.analysis.what_if import ENERGY, energy_carriers
from carbonledger.books import ENTITIES
from carbonledger.books.titles import column_title
from carbonledger.intake.answers import spec_of
from carbonledger.issues import Language
from carbonledger.registers import rows
from carbonledger.scale.period import Period
from carbonledger.words import word

WAN = 10**6
"""Fen in 万元, the unit that amounts are asked for and shown in."""


def money_unit(currency: str, language: Language = "zh") -> str:
    """The unit of amounts that are shown and asked for; 万元 for the currency of China."""
    if language == "en":
        return f"{currency} 10,000"
    return "万元" if currency == "CNY" else f"万{currency}"


@dataclass(frozen=True)
class Question:
    """One figure that is asked of one borrower or project, and the gaps that it would mend."""

    branch: str
    entity: str
    id: str
    field: str
    unit: str
    kind: str
    """The kind of value that is asked for."""
    gaps: tuple[Gap, ...]

    def title(self, language: Language) -> str:
        """The field as it is sent out: what is read back, then its name."""
        if self.field.startswith(f"{ENERGY}:"):
            carrier = self.field.removeprefix(f"{ENERGY}:")
            names = {r["activity"]: r[f"name_{language}"] for r in rows("activities")}
            return f"{self.field} {names[carrier]}"
        if language == "en":
            return self.field
        return f"{self.field} {column_title(self.field, 'zh', ENTITIES.get(self.entity, ''))}"


def questions(ready: Period, accounts: Sequence[Account]) -> list[Question]:
    """What to ask, the borrower with most behind it first; each figure once over all standards."""
    of: dict[tuple[str, str], dict[str, list[Gap]]] = {}
    for effect in ("coverage", "score"):
        gaps = [g for a in accounts for g in getattr(a, effect)]
        for gap in sorted(gaps, key=lambda g: (-g.gain, g.id)):
            figures = of.setdefault((gap.entity, gap.id), {})
            for field in gap.fields:
                figures.setdefault(field, []).append(gap)
    currencies = {kind: _currencies(ready, kind) for kind in ready.entities}
    return [
        Question(found[0].branch, entity, id_, name, unit, kind, tuple(found))
        for (entity, id_), figures in of.items()
        for field, found in figures.items()
        for name, unit, kind in _figures(ready, entity, field, currencies[entity].get(id_))
    ]


def _currencies(ready: Period, kind: str) -> dict[str, str]:
    """Entities whose amounts are in a currency of their own."""
    table = ready.entities[kind].table
    pairs = zip(table.column(f"{kind}_id").to_pylist(), table.column("currency").to_pylist(),
                strict=True)  # fmt: skip
    return {id_: c for id_, c in pairs if c not in (None, ready.config.currency)}


def _figures(
    ready: Period, entity: str, field: str, currency: str | None
) -> Iterator[tuple[str, str, str]]:
    """The figures of a field with unit and kind of value; energy is asked carrier by carrier."""
    if field == ENERGY:
        for carrier, (unit, _) in energy_carriers(ready).items():
            yield f"{ENERGY}:{carrier}", unit, "number"
        return
    spec = spec_of(entity, field)
    kind = spec.kind.name if spec is not None else "text"
    asked = money_unit(currency or ready.config.currency)
    unit = {"money": asked, "tonnes": "tCO2e"}.get(kind, "")
    yield field, unit, kind


def behind(gap: Gap, unit: str, language: Language) -> str:
    """What hangs on a gap, in a few words."""
    money = units.money(gap.outstanding, WAN, 2)
    if gap.effect == "coverage":
        return word("why", "coverage", language, "gaps", standard=gap.standard, money=money,
                    unit=unit)  # fmt: skip
    return word("why", "score", language, "gaps", standard=gap.standard, money=money, unit=unit,
                before=gap.score_from, after=gap.score_to,
                tonnes="-" if gap.grams is None else units.tonnes(gap.grams, 0))  # fmt: skip


def document(
    run_id: str, period: int, currency: str, accounts: Sequence[Account]
) -> Mapping[str, Any]:
    """Everything for scripts; money in fen and emissions in grams, as strings."""
    return {
        "schema": "carbonledger.gaps/1", "run_id": run_id, "period": period, "currency": currency,
        "accounts": [
            {
                "standard": a.standard.id, "provisional": a.standard.provisional,
                "not_covered": str(a.whole.not_covered),
                "covered_by_answers": str(a.gained),
                "unmended": {r: {"rows": n, "outstanding": str(m)}
                             for r, (n, m) in a.unmended.items()},
                "coverage": [plain(a, g) for g in a.coverage],
                "score": [plain(a, g) for g in a.score],
            }
            for a in accounts
        ],
    }  # fmt: skip


def plain(account: Account, gap: Gap) -> dict[str, Any]:
    """A gap as plain values."""
    step = account.score_step(gap) if gap.effect == "score" else None
    return {
        "entity": gap.entity, "id": gap.id, "branch": gap.branch or None,
        "fields": list(gap.fields), "positions": gap.positions,
        "outstanding": str(gap.outstanding),
        "financed_emissions_scope12_g": None if gap.grams is None else str(gap.grams),
        "score_from": gap.score_from, "score_to": gap.score_to,
        "portfolio_score_step": None if step is None else
        units.ratio(step.numerator, step.denominator, 6),
    }  # fmt: skip
