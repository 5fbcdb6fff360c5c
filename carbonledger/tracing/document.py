"""What ``explain --cell`` says of a figure: as data, and as a person reads it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from carbonledger import units
from carbonledger.analysis.option_names import option_name
from carbonledger.cells import Cell, Ratio, Sum, Value
from carbonledger.issues import Language
from carbonledger.tracing.cell import Part, Traced
from carbonledger.words import names, word

SCHEMA = "carbonledger.cell/1"
GRAMS = frozenset({
    "scope1", "scope2", "scope12", "scope3",
    "difference", "by_coverage", "by_balance", "by_denominator", "by_option",
})  # fmt: skip
MONEY = frozenset({"outstanding_amount", "balance", "weight", "weight3"})
NAMED = {"asset_class": "asset_classes", "status": "statuses", "reason": "reasons",
         "option": "options", "option3": "options", "joined_by": "joined_by",
         "green_tag": "green_tags"}  # fmt: skip
"""Where the words for what entries hold stand."""


def document(
    run_id: str,
    found: Traced,
    where: Sequence[str],
    unit: str,
    notes: Iterable[str],
    used: Path,
    currency: str,
) -> dict[str, Any]:
    """The figure, its formula, and of each sum the options, factors and largest entries."""
    cell = found.cell
    factors = _factors(used)
    return {
        "schema": SCHEMA, "run_id": run_id, "key": cell.key, "where": list(where),
        "text": cell.text, "unit": unit, "currency": currency,
        "exact": _exact(cell.value), "missing": cell.missing,
        "notes": [n for n in notes if n],
        "made_of": _kind(cell), "agrees": found.agrees,
        "parts": [_part(p, factors) for p in found.parts],
    }  # fmt: skip


def _exact(value: Value) -> str | None:
    return value if value is None or isinstance(value, str) else str(Fraction(value))


def _kind(cell: Cell) -> str | None:
    kinds = {Sum: "sum", Ratio: "ratio"}
    return None if cell.formula is None else kinds.get(type(cell.formula), "change")


def _part(part: Part, factors: Mapping[int, Mapping[str, str]]) -> dict[str, Any]:
    total = part.sum
    return {
        "column": total.column or "rows",
        "where": [[name, _plain(value)] for name, value in total.where],
        "unless": [[name, _plain(value)] for name, value in total.unless],
        "rows": part.rows, "sum": str(part.total),
        "options": [{"option": o, "rows": n, "sum": str(v)}
                    for o, (n, v) in sorted(part.options.items(), key=lambda i: -i[1][1])],
        "factors": [{"row": n, "rows": k, "sum": str(v),
                     **{c: factors.get(n, {}).get(f"citation_{c}", "") for c in ("zh", "en")}}
                    for n, (k, v) in sorted(part.factors.items(), key=lambda i: -i[1][1])],
        "largest": [{"position_id": i, "contract_id": c, "value": str(v)}
                    for v, i, c in part.largest],
    }  # fmt: skip


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _factors(path: Path) -> dict[int, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {int(row["row"]): row for row in csv.DictReader(file)}


def as_text(said: Mapping[str, Any], lang: Language) -> str:
    """The document, a step a line."""
    lines = [" · ".join(said["where"]), f"  {said['key']}"]
    shown = f"{said['text']} {said['unit']}".strip()
    if said["missing"]:
        shown += f"  ({said['missing']})"
    lines.append(f"  {_say('value', lang)} {shown}")
    if said["exact"] is not None and said["parts"]:
        lines.append(f"  {_say('exact', lang)} {said['exact']}")
    if said["made_of"] in ("sum", "ratio"):
        lines.append(f"  {_say(said['made_of'], lang)}")
    for part in said["parts"]:
        lines += _part_lines(part, said["currency"], lang)
    if said["agrees"] is not None:
        lines.append(f"  {_say('agrees' if said['agrees'] else 'differs', lang)}")
    return "\n".join(lines + [f"  {n}" for n in said["notes"]])


def _part_lines(part: Mapping[str, Any], currency: str, lang: Language) -> list[str]:
    column = part["column"]
    asked = [f"{_criterion(n, lang)} = {_shown(n, v, lang)}" for n, v in part["where"]]
    asked += [f"{_criterion(n, lang)} <> {_shown(n, v, lang)}" for n, v in part["unless"]]
    lines = [f"    {_column(column, lang)} = {_number(int(part['sum']), column, currency)}"
             f"  {_say('of_rows', lang, rows=part['rows'])}"
             + (f"  [{'; '.join(asked)}]" if asked else "")]  # fmt: skip
    for option in part["options"]:
        name = option["option"]
        name = option_name(name, lang) if name else word("without", "option", lang)
        value = _number(int(option["sum"]), column, currency)
        lines.append(f"      {name}: {value}  {_say('of_rows', lang, rows=option['rows'])}")
    for factor in part["factors"] if column in GRAMS else []:
        cited = factor[lang] or _say("several", lang)
        lines.append(f"      {_say('factor', lang, rows=factor['rows'])} {cited}")
    if column != "rows" and part["largest"]:
        lines.append(f"      {_say('largest', lang)}")
        lines += [f"        {e['position_id']}  {_number(int(e['value']), column, currency)}"
                  for e in part["largest"]]  # fmt: skip
    return lines


def _say(name: str, lang: Language, /, **details: object) -> str:
    return word("cell", name, lang, "explain", **details)


def _column(name: str, lang: Language) -> str:
    if name == "outstanding_amount":
        return word("cell", "amount", lang, "explain")
    return word("measures", name, lang) if name in names("measures") else _say(name, lang)


def _criterion(name: str, lang: Language) -> str:
    """What entries are chosen by; English has the names that entries have."""
    if lang == "zh" and name in names("dimensions"):
        return word("dimensions", name, lang)
    return name


def _shown(name: str, value: object, lang: Language) -> str:
    group = NAMED.get(name, "")
    return ", ".join(
        word(group, str(v), lang) if lang == "zh" and group and v in names(group) else str(v)
        for v in (value if isinstance(value, list) else [value])
    )


def _number(value: int, column: str, currency: str) -> str:
    if column in GRAMS:
        return f"{value:,} g"
    if column in MONEY:
        return f"{units.money(value, 100, 2)} {currency}"
    return f"{value:,}"
