"""The same lines for every engine: totals, a digest of the table of totals, hashes of the files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DIMENSIONS = ("asset_class", "sector", "region", "branch", "product", "green_tag", "option_scope1")


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def say(rows: Iterable[tuple[Any, ...]], target: Path | None, book: str | None) -> None:
    """Rows are the codes of ``DIMENSIONS``, of which one is set or none, and six sums.

    Without ``book`` its files were hashed already.
    """
    size = len(DIMENSIONS)
    table = [[*("" if c is None else str(c) for c in r[:size]), *(int(v or 0) for v in r[size:])]
             for r in rows]  # fmt: skip
    # A code that is absent looks like the whole where no other dimension is set: the largest is it.
    whole = max((r for r in table if not any(r[:size])), key=lambda r: r[size])
    named = sorted(r for r in table if any(r[:size]))
    digest = hashlib.sha256(json.dumps([whole, *named]).encode()).hexdigest()[:16]
    if target is not None:
        sha256(target)
    for name in () if book is None else ("loans.parquet", "counterparties.parquet"):
        sha256(Path(book) / name)
    print(json.dumps({"totals": whole[size:], "digest": digest, "codes": len(named)}))
