"""The factors of a run, sealed with it: the rows that answered, and the sets they were found in.

A run keeps every set of each kind that its standards ask for, and the decline paths, so that it is
worked again and explained years later from its own folder alone.
"""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

from carbonledger.scale.local import Period
from carbonledger.workflow.telling import used_factors

USED = "factors.csv"
SETS = "factors"


def write_used(ready: Period, path: Path) -> None:
    """The factor rows that answered, by the number that entries name."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["row", "set", "kind", "keys", "year", "published", "published_basis", "value",
                     "unit", "confidence", "entities", "citation_zh", "citation_en"])  # fmt: skip
    for number, entities in used_factors(ready).items():
        if number >= 0:
            row = ready.factors.rows[number]
            keys = " ".join(f"{k}={v}" for k, v in row.keys)
            writer.writerow([number, row.set_id, row.kind, keys, row.year, row.published,
                             row.published_basis, row.value, row.unit, row.confidence, entities,
                             row.citation("zh"), row.citation("en")])  # fmt: skip
    path.write_bytes(out.getvalue().encode("utf-8-sig"))


def write_sets(ready: Period, folder: Path) -> None:
    """The files of every set that could have answered, by layer, as they are."""
    for layer, root in enumerate(ready.roots):
        own = [s.file for s in ready.factors.sets.values() if s.layer == layer]
        files = [root / f for name in own for f in (name, name.removesuffix(".yaml") + ".csv")]
        if ready.config.path is not None:
            files += sorted(p for p in (root / "paths").glob("*") if p.is_file())
        (folder / str(layer)).mkdir(parents=True)
        for file in files:
            place = folder / str(layer) / file.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)


def sealed_roots(folder: Path) -> list[Path]:
    """The layers of a run's factors, lowest first."""
    return sorted((folder / SETS).iterdir(), key=lambda layer: int(layer.name))
