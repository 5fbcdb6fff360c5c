"""Every step from the cells of a position to its grams, worked again from the sealed run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonledger.engine import Estimated, answer_of, attribute, column_of, estimate
from carbonledger.entries import flag_names, share_rules
from carbonledger.intake.exclusions import excluded
from carbonledger.intake.positions import Positions
from carbonledger.issues import LANGUAGES
from carbonledger.lookup import find
from carbonledger.method import (
    FIRST_EXCLUDED,
    REASONS,
    SCOPES,
    AssetClass,
    Batch,
    Codes,
    Column,
    Key,
    Option,
    Share,
    Standard,
)  # fmt: skip
from carbonledger.scale.local import WACI, Period, exclusion_totals
from carbonledger.words import word

SCHEMA = "carbonledger.explain/1"
Excluded = NDArray[np.uint8]


def explain(ready: Period, position_id: str) -> list[dict[str, Any]]:
    """One document for each position of that id: its cells, and every standard's steps."""
    found = []
    for positions in ready.positions():
        name = "loan_id" if positions.book == "loans" else "position_id"
        ids = positions.typed.columns[name].to_pylist()
        for at in (k for k, value in enumerate(ids) if value == position_id):
            found.append(_position(ready, positions, at))
    return found


def _position(ready: Period, positions: Positions, at: int) -> dict[str, Any]:
    typed = positions.typed
    cells = {n: _plain(c[at].as_py()) for n, c in typed.columns.items()
             if n not in ("counterparty_name", "name")}  # fmt: skip
    batch = positions.batch.take(np.array([at]))
    return {
        "schema": SCHEMA,
        "book": positions.book,
        "file": typed.file,
        "row": int(typed.rows[at]),
        "cells": {n: v for n, v in cells.items() if v is not None},
        "exchange": _exchange(ready, cells.get("currency")),
        "standards": [
            _standard(ready, s, batch, _left_out(ready, s, positions, at))
            for s in ready.standards
            if s.id != WACI
        ],
    }


def _exchange(ready: Period, currency: str | None) -> dict[str, Any] | None:
    """The rate that the position's amounts were converted at, with its source."""
    if currency is None or currency == ready.config.currency:
        return None
    rate = ready.exchange.rate(currency)
    said: dict[str, Any] = {"currency": currency, "to": ready.config.currency}
    if rate is None:
        return said | {"rate": None, "zh": "", "en": ""}
    rows = [ready.factors.rows[n] for n in rate.rows]
    cited = {lang: "; ".join(r.citation(lang) for r in rows) for lang in LANGUAGES}
    return {**said, "rate": repr(rate.value), "basis": rate.basis,
            "zh": cited["zh"], "en": cited["en"]}  # fmt: skip


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | str) else str(value)


def _left_out(ready: Period, standard: Standard, positions: Positions, at: int) -> Excluded:
    """The reason code of an exclusion as configured, 0 for none, of one position."""
    rules = ready.config.exclusions.get(standard.id)
    if rules is None:
        return np.zeros(1, np.uint8)
    totals = exclusion_totals(ready) if rules.per == "customer" else None
    return excluded(positions, rules, totals)[at : at + 1]


def _standard(
    ready: Period, standard: Standard, batch: Batch, left_out: Excluded
) -> dict[str, Any]:
    key = batch.keys["asset_class"]
    name = key.names[key.codes[0]] if key.codes[0] >= 0 else None
    page = standard.page_of(name) if name else None
    said: dict[str, Any] = {"standard": standard.id, "asset_class": name,
                            "citation": page.citation if page else standard.citation}  # fmt: skip
    if page is None:
        why = "no_asset_class" if name is None else "class_not_in_standard"
        return said | {"status": "not_covered", "reason": why}
    one = _one_entity(ready, page, batch)
    entries = attribute(one.batch, {page.estimates_key: one.estimated}, ready.at, standard,
                        excluded=left_out,
                        above_one=ready.config.attribution_above_one)  # fmt: skip
    reason = int(entries.reason[0])
    status = "computed" if reason == 0 else "not_covered"
    if reason >= FIRST_EXCLUDED:
        status = "excluded"
    names = standard.option_names
    chosen = [names[k] if k >= 0 else None for k in entries.option[:, 0].tolist()]
    rule = share_rules(standard)
    base = sum(len(p.shares) for p in standard.pages[: standard.pages.index(page)])
    at = int(entries.share_rule[0])
    return said | {
        "status": status, "reason": REASONS[reason],
        "entity": one.id,
        "share": {
            "rule": rule[base + at] if at >= 0 else None,
            "attribution_factor": _decimal(entries.share[0]),
            "rules": [_share(page, s, one, k == at) for k, s in enumerate(page.shares)],
        },
        "scopes": [_scope(ready, page, one, s) for s in SCOPES if s != "3" or standard.scope3],
        "without_share": _without_share(ready, page, one, chosen),
        "answered": dict(zip(("scope1", "scope2", "scope3"), chosen, strict=True)),
        "grams": {"scope1": _grams(entries.grams[0, 0], entries.split[0]),
                  "scope2": _grams(entries.grams[1, 0], entries.split[0]),
                  "scope12": _grams(entries.grams12[0], reason == 0),
                  "scope3": _grams(entries.grams[2, 0], entries.covered3[0])},
        "data_quality_score": int(entries.score[0, 0]) or None,
        "flags": flag_names(int(entries.flags[0])).split(";") if entries.flags[0] else [],
    }  # fmt: skip


def _decimal(value: Any) -> str | None:
    return None if np.isnan(value) else repr(float(value))


def _grams(value: Any, there: Any) -> str | None:
    return str(int(value)) if there else None


class _One:
    """A position alone with its entity alone."""

    def __init__(self, batch: Batch, estimated: Estimated, id_: str | None,
                 activities: Batch | None) -> None:  # fmt: skip
        self.batch, self.estimated, self.id, self.activities = batch, estimated, id_, activities


def _one_entity(ready: Period, page: AssetClass, batch: Batch) -> _One:
    """Cut the position's entity and its activities out, and estimate it again."""
    entity = ready.entities[page.entity]
    at = int(batch.links[page.entity][0])
    if at < 0:
        nothing = _empty(entity.batch)
        return _One(
            batch, Estimated(nothing, estimate(nothing, page.estimates, ready.at)), None, None
        )
    alone = entity.batch.take(np.array([at]))
    activities = ready.activities.get(page.entity)
    mine = None
    if activities is not None:
        own = activities.take(np.flatnonzero(activities.links["entity"] == at))
        zero: Codes = np.zeros(own.size, np.int32)
        mine = Batch(own.size, own.columns, own.keys, {"entity": zero}, own.flags)
    links = {**batch.links, page.entity: np.zeros(1, np.int32)}
    moved = Batch(1, batch.columns, batch.keys, links, batch.flags)
    made = estimate(alone, page.estimates, ready.at, mine)
    return _One(moved, Estimated(alone, made), str(entity.ids[at]), mine)


def _empty(batch: Batch) -> Batch:
    return batch.take(np.array([], np.intp))


def _value(column: Column | None) -> str | None:
    if column is None or not len(column.present) or not column.present[0]:
        return None
    return str(column.values[0])


def _share(page: AssetClass, share: Share, one: _One, answered: bool) -> dict[str, Any]:
    inputs = {n: _value(one.batch.columns.get(n) or one.estimated.entities.columns.get(n))
              for n in share.inputs}  # fmt: skip
    missing = [n for n, v in inputs.items() if v is None]
    why = None
    if not answered:
        why = _closed("missing", missing) if missing else _closed("condition")
    return {"rule": f"{page.name}.{share.name}", "zh": share.text.zh, "en": share.text.en,
            "where": share.where, "unless": share.unless, "inputs": inputs,
            "answered": answered, "closed": why}  # fmt: skip


def _scope(ready: Period, page: AssetClass, one: _One, scope: str) -> dict[str, Any]:
    estimates = one.estimated.estimates
    s = SCOPES.index(scope)
    chosen = int(estimates.option[s, 0]) if estimates.option.size else -1
    return {
        "scope": scope,
        "option": page.estimates[chosen].name if chosen >= 0 else None,
        "estimate_g": repr(float(estimates.grams[s, 0])) if chosen >= 0 else None,
        "options": [_option(ready, o, scope, one, k == chosen)
                    for k, o in enumerate(page.estimates)],
    }  # fmt: skip


def _without_share(
    ready: Period, page: AssetClass, one: _One, chosen: Sequence[str | None]
) -> list[dict[str, Any]]:
    """The options of the position itself that answered, with their inputs and factors."""
    return [
        {"option": option.name, "scope": scope, "zh": option.text.zh, "en": option.text.en,
         "inputs": {n: _value(one.batch.columns.get(n)) for n in option.inputs},
         "factors": _factors(ready, option, scope, one.estimated.entities)}
        for option in page.without_share
        for scope, name in zip("123", chosen, strict=True)
        if name == option.name
    ]  # fmt: skip


def _option(ready: Period, option: Option, scope: str, one: _One, answered: bool) -> dict[str, Any]:
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
    return _closed("activity" if absent or option.per else "factor")


def _closed(code: str, what: Sequence[str] = ()) -> dict[str, str]:
    """Why a rule or an option did not answer: a code for scripts, words for people."""
    named = ", ".join(what)
    said = {"code": code, "what": named}
    for lang in LANGUAGES:
        said[lang] = word("closed", code, lang, "explain", what=named)
    return said


def _factors(ready: Period, option: Option, scope: str, rows: Batch | None) -> list[dict[str, Any]]:
    if rows is None or not rows.size:
        return []
    used: list[dict[str, Any]] = []
    for kind, keys in option.factors.items():
        for at in range(rows.size):
            if option.per and not rows.columns[f"is_{option.name}"].values[at]:
                continue
            one = rows.take(np.array([at]))
            found = find(ready.at, kind, keys, scope, one)
            asked = {k: _name(one.keys[k]) for k in keys if k != "scope"}
            if found.row[0] >= 0:
                used.append(_cited(ready, int(found.row[0]), asked, one if option.per else None))
    return used


def _name(key: Key) -> str | None:
    return key.names[key.codes[0]] if key.codes[0] >= 0 else None


def _cited(
    ready: Period, number: int, asked: Mapping[str, str | None], row: Batch | None
) -> dict[str, Any]:
    factor = ready.factors.rows[number]
    said: dict[str, Any] = {
        "factor": number, "set": factor.set_id, "asked": dict(asked), "keys": dict(factor.keys),
        "value": factor.value, "unit": factor.unit, "year": factor.year,
        "published": factor.published.isoformat(), "published_basis": factor.published_basis,
        "confidence": factor.confidence, "zh": factor.citation("zh"), "en": factor.citation("en"),
    }  # fmt: skip
    if row is not None:
        said["quantity"] = str(row.columns["quantity"].values[0])
    return said
