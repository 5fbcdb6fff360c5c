"""Every step from the cells of a position to its grams, worked again from the sealed run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from carbonledger.analysis.explain_pool import pool_of, structures_of
from carbonledger.analysis.explain_rates import exchange, exchange_usd
from carbonledger.analysis.explain_steps import (
    Alone,
    scope_step,
    share_step,
    steps_without_share,
)
from carbonledger.analysis.routed import routed
from carbonledger.books import BOOKS, ENTITIES, NAMES
from carbonledger.codes import high_carbon
from carbonledger.engine import Entries, Estimated, attribute, estimate, why_none
from carbonledger.entries import flag_names, share_rules
from carbonledger.estimates.pool import REPORTED, REPORTED_VERIFIED
from carbonledger.intake.exclusions import Customers, industry, left_out
from carbonledger.intake.positions import Positions
from carbonledger.intake.sealed import CORRECTIONS, cells_of
from carbonledger.method import (
    PARTS,
    SCOPES,
    AssetClass,
    Batch,
    Codes,
    Key,
    Standard,
)
from carbonledger.outcomes import REASONS, STATUSES, status_of  # fmt: skip
from carbonledger.scale.local import customers_asked
from carbonledger.scale.period import WACI, Period
from carbonledger.scale.standing import own_positions

SCHEMA = "carbonledger.explain/1"
Excluded = NDArray[np.uint8]


def explain(ready: Period, position_id: str, books: Path) -> list[dict[str, Any]]:
    """One document for each position of that id: its cells, and every standard's steps.

    ``books`` is the run's folder of typed copies, which hold each cell as it was read.
    """
    found = []
    customers = customers_asked(ready)
    for positions in ready.positions():
        name = BOOKS[positions.book].key[0]
        ids = pc.equal(positions.typed.columns[name], position_id).fill_null(False)
        for at in np.flatnonzero(np.asarray(ids)).tolist():
            found.append(_position(ready, positions, at, books, customers))
    return found


def _position(
    ready: Period, positions: Positions, at: int, books: Path, customers: Customers | None
) -> dict[str, Any]:
    typed = positions.typed
    cells = {n: _plain(c[at].as_py()) for n, c in typed.columns.items()
             if n not in NAMES and not n.endswith("_joined_by")}  # fmt: skip
    alone = positions.take(np.array([at]))
    batch = alone.batch
    id_name, row = BOOKS[positions.book].key[0], int(typed.rows[at])
    read = cells_of(books / f"{positions.book}.parquet", id_name, str(cells[id_name]), row)
    return {
        "schema": SCHEMA,
        "book": positions.book,
        "file": typed.file,
        "row": row,
        "cells": {n: v for n, v in cells.items() if v is not None},
        "as_read": read,
        "corrected": corrected(books.parent, typed.file, row),
        "entities": _entities(ready, batch, books),
        "answers": _answers(ready, batch),
        "routing": routed(ready, alone),
        "joined_by": _first(batch.keys["joined_by"]),
        "group": _first(batch.keys["group"]) if "group" in batch.keys else None,
        "exchange": exchange(ready, cells.get("currency")),
        "exchange_usd": exchange_usd(ready, batch, cells.get("currency")),
        "standards": [
            _standard(ready, s, mine.batch, _left_out(ready, s, mine, 0, customers))
            | _industry(ready, s, mine, 0, customers)
            for s in ready.standards
            if s.id != WACI and (mine := own_positions(s, alone)) is not None
        ],
    }


def corrected(run: Path, file: str, row: int) -> list[dict[str, Any]]:
    """What a run says was corrected in one row."""
    path = run / CORRECTIONS
    every: list[dict[str, Any]] = json.loads(path.read_bytes()) if path.is_file() else []
    return [one for one in every if (one["file"], one["row"]) == (file, row)]


def _entities(ready: Period, batch: Batch, books: Path) -> dict[str, Any]:
    """Where the position's company and project stood in their own books, as read."""
    found = {}
    for kind, entities in ready.entities.items():
        at = int(batch.links[kind][0])
        if at >= 0:
            book = ENTITIES[kind]
            copy = books / f"{book}.parquet"
            read = cells_of(copy, f"{kind}_id", str(entities.ids[at]))
            if read is not None:
                changed = corrected(books.parent, read["file"], read["row"])
                found[kind] = {"id": str(entities.ids[at]), **read, "corrected": changed}
    return found


def _answers(ready: Period, batch: Batch) -> list[dict[str, Any]]:
    """What somebody answered for the position's company and project, with who, when and where."""
    ids = {(kind, str(e.ids[at])) for kind, e in ready.entities.items()
           if (at := int(batch.links[kind][0])) >= 0}  # fmt: skip
    return [
        {"entity": a.entity, "id": a.id, "field": a.field, "text": a.text, "unit": a.unit,
         "answered_by": a.answered_by, "answered_on": a.answered_on.isoformat(),
         "evidence": a.evidence, "place": {"file": a.file, "row": a.row}}
        for a in ready.answers
        if (a.entity, a.id) in ids
    ]  # fmt: skip


def _first(key: Key) -> str | None:
    return key.names[key.codes[0]] if key.codes[0] >= 0 else None


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | str) else str(value)


def _left_out(
    ready: Period, standard: Standard, positions: Positions, at: int, customers: Customers | None
) -> Excluded:
    """The reason code of an exclusion or refusal, 0 for none, of one position."""
    rules = ready.config.exclusions.get(standard.id)
    found = left_out(positions, rules, customers)
    return np.zeros(1, np.uint8) if found is None else found[at : at + 1]


def _industry(
    ready: Period, standard: Standard, positions: Positions, at: int, customers: Customers | None
) -> dict[str, Any]:
    """How a position's sector matches the high-carbon industries, where they alone are taken."""
    rules = ready.config.exclusions.get(standard.id)
    if rules is None or rules.industries == "all" or customers is None:
        return {}
    key, link = industry(positions, customers), int(positions.batch.links["counterparty"][at])
    sector = key.names[key.codes[at]] if key.codes[at] >= 0 else ""
    several = link >= 0 and bool(customers.several_uses[link])
    found = high_carbon(sector) if sector else None
    return {"industry": {"sector": sector or None, "match": found.kind if found else None,
                         "major": found.major if found else None,
                         "basis": "several_uses" if several else "use_of_funds"}}  # fmt: skip


def _standard(
    ready: Period, standard: Standard, batch: Batch, left_out: Excluded
) -> dict[str, Any]:
    key = batch.keys["asset_class"]
    name = key.names[key.codes[0]] if key.codes[0] >= 0 else None
    page = standard.page_of(name) if name else None
    said: dict[str, Any] = {"standard": standard.id, "asset_class": name,
                            "provisional": standard.provisional,
                            "citation": page.citation if page else standard.citation}  # fmt: skip
    if page is None:
        return said | {"status": "not_covered", "reason": why_none(standard, name)}
    page, one, entries = _attributed(ready, standard, page, batch, left_out)
    reason, split = int(entries.reason[0]), bool(entries.split[0])
    names = standard.option_names
    chosen = [names[k] if k >= 0 else None for k in entries.option[:, 0].tolist()]
    scopes = ("12", "12", "3") if reason == 0 and not split else ("1", "2", "3")
    rule = share_rules(standard)
    base = sum(len(p.shares) for p in standard.pages[: standard.pages.index(page)])
    at = int(entries.share_rule[0])
    made_of = structures_of(one.estimated.entities)
    if chosen[0] not in (REPORTED.name, REPORTED_VERIFIED.name):
        made_of |= pool_of(ready, standard, page, batch)
    return said | made_of | {
        "citation": page.citation, "page": page.name,
        "status": STATUSES[status_of(reason)], "reason": REASONS[reason],
        "entity": one.id, "sector_match": ready.entities[page.entity].match_of(batch),
        "share": {
            "rule": rule[base + at] if at >= 0 else None,
            "attribution_factor": _decimal(entries.share[0]),
            "rules": [share_step(ready, page, s, one, k == at, _counted_as(standard, batch))
                      for k, s in enumerate(page.shares)],
        },
        "scopes": [scope_step(ready, page, one, s) for s in SCOPES if s != "3" or standard.scope3],
        "without_share": steps_without_share(
            ready, page, one, dict(zip(scopes, chosen, strict=True))
        ),
        "answered": dict(zip(("scope1", "scope2", "scope3"), chosen, strict=True)),
        "grams": {"scope1": _grams(entries.grams[0, 0], split and entries.option[0, 0] >= 0),
                  "scope2": _grams(entries.grams[1, 0], split and entries.option[1, 0] >= 0),
                  "scope12": _grams(entries.grams12[0], reason == 0),
                  "scope3": _grams(entries.grams[2, 0], entries.covered3[0])},
        "data_quality_score": _score(int(entries.score[0, 0])),
        "flags": flag_names(int(entries.flags[0])).split(";") if entries.flags[0] else [],
    }  # fmt: skip


def _counted_as(standard: Standard, batch: Batch) -> str:
    """The column that stands as the outstanding amount in a standard's account."""
    own = standard.exposure
    return own if own in batch.columns else "outstanding_amount"


def _score(hundredths: int) -> int | float | None:
    """A whole number, or the weighted mean of a pool."""
    if hundredths % PARTS:
        return hundredths / PARTS
    return hundredths // PARTS or None


def _attributed(
    ready: Period, standard: Standard, page: AssetClass, batch: Batch, left_out: Excluded
) -> tuple[AssetClass, Alone, Entries]:
    """The page that answers for a position, its entity alone, and the entry."""
    pages = [page, *(p for p in standard.pages if p.name == page.otherwise)]
    alone = {p.name: _one_entity(ready, p, standard.estimates_key(p), batch) for p in pages}
    links = {p.entity: alone[p.name].batch.links[p.entity] for p in pages}
    both = replace(batch, links={**batch.links, **links})
    own = {standard.estimates_key(p): alone[p.name].estimated for p in pages}
    shown = {**ready.estimated, **own}
    entries = attribute(both, shown, ready.at, standard, excluded=left_out,
                        above_one=ready.config.attribution_above_one)  # fmt: skip
    used = int(entries.each(entries.cases.page)[0])
    page = standard.pages[used] if used >= 0 else page
    return page, replace(alone[page.name], batch=both), entries


def _decimal(value: Any) -> str | None:
    return None if np.isnan(value) else repr(float(value))


def _grams(value: Any, there: Any) -> str | None:
    return str(int(value)) if there else None


def _one_entity(ready: Period, page: AssetClass, key: tuple[str, ...], batch: Batch) -> Alone:
    """Cut the position's entity and its activities out, and estimate it again."""
    entity = ready.entities[page.entity]
    known = ready.estimated[key].entities
    at = int(batch.links[page.entity][0])
    if at < 0:
        nothing = _empty(known)
        return Alone(
            batch, Estimated(nothing, estimate(nothing, page.estimates, ready.at)), None, None
        )
    alone = known.take(np.array([at]))
    activities = ready.activities.get(page.entity)
    mine = None
    if activities is not None:
        own = activities.take(np.flatnonzero(activities.links["entity"] == at))
        zero: Codes = np.zeros(own.size, np.int32)
        mine = Batch(own.size, own.columns, own.keys, {"entity": zero}, own.flags)
    links = {**batch.links, page.entity: np.zeros(1, np.int32)}
    moved = Batch(1, batch.columns, batch.keys, links, batch.flags)
    made = estimate(alone, page.estimates, ready.at, mine)
    return Alone(moved, Estimated(alone, made), str(entity.ids[at]), mine)


def _empty(batch: Batch) -> Batch:
    return batch.take(np.array([], np.intp))
