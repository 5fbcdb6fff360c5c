"""A sealed run opened again, to explain or to work it anew."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from carbonledger.books import BOOKS, ENTITIES, POSITIONS
from carbonledger.config import Config
from carbonledger.intake.answers import Answer
from carbonledger.intake.book import OpenBook
from carbonledger.intake.sealed import CORRECTIONS, LEFT_OUT, Only, open_sealed
from carbonledger.intake.terms import Sealed, Terms
from carbonledger.issues import Issue, errors
from carbonledger.reading.parquet import rows_where
from carbonledger.runs import ENTRIES, Run
from carbonledger.scale.period import Period, factor_roots, open_answers, prepare_books
from carbonledger.workflow.factor_files import sealed_roots
from carbonledger.workflow.files import ANSWERS
from carbonledger.workflow.own_code import adopt


def reopened(
    run: Run, folder: Path | None = None, only: Mapping[str, Only] | None = None, *,
    known_on: date | None = None, under: Config | None = None, trusted: bool = False,
) -> tuple[Period | None, list[Issue]]:  # fmt: skip
    """A sealed run's books, factors and entities again, as they were when it was sealed.

    ``folder`` is the working folder, for a run that lies outside of it; ``only`` narrows the books.
    With ``known_on`` the factors are those of another day, from the library as it stands now; with
    ``under`` the method and factors are those of another configuration.
    """
    unknown = adopt(run, folder, trusted=trusted)
    if unknown:
        return None, unknown
    books, issues = sealed_books(run, folder, only)
    wider = None if only is None else _with_structures(only, books)
    if wider is not only:
        only, (books, issues) = wider, sealed_books(run, folder, wider)
    if errors(issues):
        return None, issues
    config, working = under or _config(run), _working(run, folder)
    roots = sealed_roots(run.folder) if under is None else factor_roots(config, working)
    if known_on is not None:
        config = config.model_copy(update={"known_on": known_on})
        roots = factor_roots(config, working)
    kept = [p for p in (run.folder / ANSWERS,) if p.is_file()]
    answers, _ = open_answers(kept, config, run.period)
    used = answers if only is None else _narrowed(answers, only)
    terms = Terms(allow_refused=bool(run.manifest["inputs"].get("allow_refused")))
    ready = prepare_books(config, working, run.period, books, roots, used, terms)
    ready.before = Sealed(*(_listed(run.folder / name) for name in (CORRECTIONS, LEFT_OUT)))
    return ready, issues + ready.all_issues()


def _with_structures(only: Mapping[str, Only], books: Mapping[str, OpenBook]) -> Mapping[str, Only]:
    """What is wanted with every asset of the structures that are its companies' own.

    They are taken off what the companies emit, and may be of whatever there is.
    """
    pools = books.get("pools")
    if pools is None or not (pools.has("integrated") and pools.has("counterparty_id")):
        return only
    of_issuer = only.get("pools", {}).get("counterparty_id", ())
    found = {
        pool for batch in pools.batches()
        for pool, issuer in zip(*(batch.columns[n].to_pylist() for n in
                                  ("pool_id", "counterparty_id")), strict=True)
        if issuer in of_issuer
    }  # fmt: skip
    if not found:
        return only
    wanted = {"pool_id": found.union(only["pools"]["pool_id"])}
    positions = {n: v for n, v in only.items() if n in POSITIONS}
    return positions | {"pools": wanted, "pool_assets": wanted}


def _narrowed(answers: Sequence[Answer], only: Mapping[str, Only]) -> list[Answer]:
    """The answers for the entities that the books are narrowed to."""
    wanted = {kind: only.get(book, {}).get(f"{kind}_id") for kind, book in ENTITIES.items()}
    return [a for a in answers if (ids := wanted[a.entity]) is None or a.id in ids]


def sealed_books(
    run: Run, folder: Path | None = None, only: Mapping[str, Only] | None = None
) -> tuple[dict[str, OpenBook], list[Issue]]:
    """The books of a sealed run alone, as they were when it was sealed."""
    inputs = run.manifest["inputs"]
    files = {f["file"]: f["sha256"] for f in (*inputs["files"], *inputs["documents"])}
    return open_sealed(run.folder, _config(run), run.period, _working(run, folder), files, only)


def _config(run: Run) -> Config:
    return Config.model_validate(run.manifest["inputs"]["config"] | {"period": str(run.period)})


def _working(run: Run, folder: Path | None) -> Path:
    return folder or run.folder.resolve().parent.parent


def _listed(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_bytes()) if path.is_file() else []
    return found


def _entries_of(run: Run, position_id: str, keys: Sequence[str]) -> list[dict[str, Any]]:
    """A position's entries under the first standard whose account it is in."""
    for standard in run.manifest["inputs"]["config"]["standards"]:
        path = run.folder / ENTRIES / f"{standard}.parquet"
        names = [n for n in ("position_id", *keys) if n in pq.read_schema(path).names]
        found = [row for _, batch in rows_where(path, names, {"position_id": (position_id,)})
                 for row in batch.to_pylist()]  # fmt: skip
        if found:
            return found
    return []


def around(run: Run, position_id: str) -> dict[str, Only] | None:
    """What of each book a position's figures follow from; None where the run has no such position.

    Those are the position, its entities, what describes them in other positions, and all that its
    customer owes; of a position in a pool every asset of the pool, and whatever these may be of.
    """
    keys = tuple(f"{kind}_id" for kind in ENTITIES)
    found = _entries_of(run, position_id, keys)
    if not found:
        return None
    own = {n: {row[n] for row in found if row.get(n) is not None} for n in keys}
    for asset in ("property_id", "vehicle_id"):  # what a position carries itself goes by its id
        own[asset].add(position_id)
    positions = {b: own | {BOOKS[b].key[0]: {position_id}} for b in POSITIONS}
    pool = {"pool_id": own["pool_id"]}
    if own["pool_id"]:
        return positions | {"pools": pool, "pool_assets": pool}
    books: dict[str, Only] = {b: {f"{k}_id": own[f"{k}_id"]} for k, b in ENTITIES.items()}
    pools = pool | {"counterparty_id": own["counterparty_id"]}
    return positions | books | {"pools": pools, "activities": own, "pool_assets": pool}
