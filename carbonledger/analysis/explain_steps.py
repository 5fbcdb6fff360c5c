"""The steps of one position under one page: shares, options, factors, and why some are closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from carbonledger.books.titles import column_title
from carbonledger.engine import Estimated, answer_of, column_of, of_scope
from carbonledger.engine.own_structures import AMOUNT
from carbonledger.factors import prices
from carbonledger.issues import LANGUAGES
from carbonledger.lookup import find, key_of
from carbonledger.method import SCOPES, AssetClass, Batch, Column, Key, Option, Share
from carbonledger.scale.period import Period
from carbonledger.words import word


@dataclass(frozen=True)
class Alone:
    """A position alone with its entity alone."""

    batch: Batch
    estimated: Estimated
    id: str | None
    activities: Batch | None


def _value(column: Column | None) -> str | None:
    if column is None or not len(column.present) or not column.present[0]:
        return None
    return str(column.values[0])


def share_step(
    ready: Period, page: AssetClass, share: Share, one: Alone, answered: bool, counted_as: str
) -> dict[str, Any]:
    """A rule for the share: its inputs, whether it answered, else why not."""
    amount = {"outstanding_amount": counted_as}
    inputs = {
        amount.get(n, n): _value(one.batch.columns.get(n) or one.estimated.entities.columns.get(n))
        for n in share.inputs
    }
    missing = [n for n, v in inputs.items() if v is None]
    why = None
    if not answered:
        why = _closed("missing", missing) if missing else _closed("condition")
    return {"rule": f"{page.name}.{share.name}", "zh": share.text.zh, "en": share.text.en,
            "where": share.where, "unless": share.unless, "inputs": inputs,
            "factors": _looked_up(ready, share.factors, "", one.estimated.entities),
            "answered": answered, "closed": why}  # fmt: skip


def scope_step(ready: Period, page: AssetClass, one: Alone, scope: str) -> dict[str, Any]:
    """An estimate of one scope: every option in order, and the one that answered."""
    estimates = one.estimated.estimates
    s = SCOPES.index(scope)
    chosen = int(estimates.option[s, 0]) if estimates.option.size else -1
    if _added_up(ready, page, one) and scope != "3":
        return _before_adding(ready, page, one, scope, chosen)
    return {
        "scope": scope,
        "option": page.estimates[chosen].name if chosen >= 0 else None,
        "estimate_g": repr(float(estimates.grams[s][0])) if chosen >= 0 else None,
        "options": [_option(ready, o, scope, one, k == chosen)
                    for k, o in enumerate(page.estimates)],
    }  # fmt: skip


def _added_up(ready: Period, page: AssetClass, one: Alone) -> bool:
    """Whether scope 1 and 2 were added for structures whose own nobody can split."""
    both = one.estimated.estimates.option[SCOPES.index("12")]
    if not both.size or both[0] < 0 or AMOUNT not in one.estimated.entities.columns:
        return False
    return not _open(ready, page.estimates[int(both[0])], "12", one)


def _before_adding(
    ready: Period, page: AssetClass, one: Alone, scope: str, chosen: int
) -> dict[str, Any]:
    """What answered for scope 1 or 2, and for both together what was left of the sum."""
    made = one.estimated.estimates
    if scope == "12":
        return {"scope": scope, "option": page.estimates[chosen].name,
                "estimate_g": repr(float(made.grams[2][0])), "options": []}  # fmt: skip
    first = next(k for k, o in enumerate(page.estimates) if _open(ready, o, scope, one))
    options = [_option(ready, o, scope, one, k == first) for k, o in enumerate(page.estimates)]
    return {"scope": scope, "option": page.estimates[first].name,
            "estimate_g": options[first]["value_g"], "options": options}  # fmt: skip


def _open(ready: Period, option: Option, scope: str, one: Alone) -> bool:
    answer = answer_of(option, scope, one.estimated.entities, ready.at, one.activities)
    return answer is not None and bool(answer.open[0])


def steps_without_share(
    ready: Period, page: AssetClass, one: Alone, chosen: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """The options of the position itself that answered by scope, with inputs and factors."""
    return [
        {"option": option.name, "scope": scope, "zh": option.text.zh, "en": option.text.en,
         "inputs": {n: _value(one.batch.columns.get(n)) for n in option.inputs},
         "factors": _factors(ready, option, scope, one.estimated.entities)}
        for option in page.without_share
        for scope, name in chosen.items()
        if name == option.name
    ]  # fmt: skip


def _option(
    ready: Period, option: Option, scope: str, one: Alone, answered: bool
) -> dict[str, Any]:
    entities = one.estimated.entities
    said: dict[str, Any] = {"option": option.name, "zh": option.text.zh, "en": option.text.en,
                            "answered": answered}  # fmt: skip
    if not entities.size:
        return said | {"closed": _closed("nobody")}
    rows = one.activities if option.per else entities
    answer = answer_of(option, scope, entities, ready.at, one.activities)
    said["inputs"] = _inputs(option, scope, rows)
    said["factors"] = _factors(ready, option, scope, rows)
    if answer is not None and answer.open[0]:
        said["value_g"] = repr(float(answer.values[0]))
        return said if answered else said | {"closed": _closed("earlier")}
    return said | {"closed": _why_closed(option, said, answer is None)}


def _inputs(option: Option, scope: str, rows: Batch | None) -> dict[str, Any]:
    if rows is None or option.per:
        return {} if rows is None else {"rows": rows.size}
    named = {n: column_of(rows, n, scope) for n in option.inputs}
    gate = {option.where: rows.columns.get(option.where)} if option.where else {}
    return {n: _value(c) for n, c in {**named, **gate}.items()}


def _why_closed(option: Option, said: Mapping[str, Any], absent: bool) -> dict[str, str]:
    missing = [n for n, v in said["inputs"].items() if v is None]
    if option.where and said["inputs"].get(option.where) == "False":
        return _closed("false", [option.where])
    if missing:
        return _closed("missing", missing)
    below = [n for n in option.above_zero if float(said["inputs"][n]) <= 0]
    if below:
        return _closed("not_above_zero", below)
    return _closed("activity" if absent or option.per else "factor")


def _closed(code: str, what: Sequence[str] = ()) -> dict[str, str]:
    """Why a rule or an option did not answer: a code for scripts, words for people."""
    said = {"code": code, "what": ", ".join(what)}
    for lang in LANGUAGES:
        named = ", ".join(column_title(n, lang) for n in what)
        said[lang] = word("closed", code, lang, "explain", what=named)
    return said


def _factors(ready: Period, option: Option, scope: str, rows: Batch | None) -> list[dict[str, Any]]:
    if rows is None or not rows.size:
        return []
    if option.per:
        rows = rows.take(np.flatnonzero(rows.columns[f"is_{option.per}"].values))
    return _looked_up(ready, option.factors, scope, rows, quantities=option.per is not None)


def _looked_up(
    ready: Period, factors: Mapping[str, tuple[str, ...]], scope: str, rows: Batch,
    quantities: bool = False,
) -> list[dict[str, Any]]:  # fmt: skip
    """The factors that some rows are answered with, each with its source."""
    used: list[dict[str, Any]] = []
    rows = of_scope(rows, scope)
    for kind, keys in factors.items():
        for at in range(rows.size):
            one = rows.take(np.array([at]))
            found = find(ready.at, kind, keys, scope, one)
            asked = {k.partition("=")[0]: _name(key_of(one, k)) for k in keys if k != "scope"}
            if found.row[0] >= 0:
                used.append(_cited(ready, int(found.row[0]), asked, one if quantities else None))
    return used


def _name(key: Key) -> str | None:
    return key.names[key.codes[0]] if key.codes[0] >= 0 else None


def _cited(
    ready: Period, number: int, asked: Mapping[str, str | None], row: Batch | None
) -> dict[str, Any]:
    factor = ready.factors.rows[number]
    said: dict[str, Any] = {
        "factor": number, "set": factor.set_id, "layer": factor.layer,
        "asked": dict(asked), "keys": dict(factor.keys),
        "value": factor.value, "unit": factor.unit, "year": factor.year,
        "published": factor.published.isoformat(), "published_basis": factor.published_basis,
        "confidence": factor.confidence, "zh": factor.citation("zh"), "en": factor.citation("en"),
    }  # fmt: skip
    if row is not None:
        said["quantity"] = str(row.columns["quantity"].values[0])
    adjusted = ready.at.adjusted(number)
    if adjusted is not None:
        said["price"] = prices.said(ready.factors, number, adjusted)
    return said
