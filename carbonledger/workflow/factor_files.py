"""The factors of a run, sealed with it: the rows that answered, and the sets they were found in.

A run keeps every set of each kind that its standards ask for, and the decline paths, so that it is
worked again and explained years later from its own folder alone.
"""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

from carbonledger.factors import WORKBOOKS
from carbonledger.factors.prices import said
from carbonledger.scale.period import Period
from carbonledger.workflow.used import used_factors

USED = "factors.csv"
SETS = "factors"


def write_used(ready: Period, path: Path) -> None:
    """The factor rows that answered, by the number that entries name."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["row", "set", "kind", "keys", "year", "published", "published_basis", "value",
                     "unit", "confidence", "entities", "citation_zh", "citation_en",
                     "value_at_prices_of_period", "price_index"])  # fmt: skip
    for number, entities in used_factors(ready).items():
        if number >= 0:
            row = ready.factors.rows[number]
            keys = " ".join(f"{k}={v}" for k, v in row.keys)
            writer.writerow([number, row.set_id, row.kind, keys, row.year, row.published,
                             row.published_basis, row.value, row.unit, row.confidence, entities,
                             row.citation("zh"), row.citation("en"),
                             *_priced(ready, number)])  # fmt: skip
    path.write_bytes(out.getvalue().encode("utf-8-sig"))


def _priced(ready: Period, number: int) -> list[str]:
    """The value at the period's prices and the index it follows from, where one was used."""
    found = ready.at.adjusted(number)
    if found is None:
        return ["", ""]
    price = said(ready.factors, number, found)
    indices = (
        f"{price['index_from']} ({price['price_year']}) / {price['index_to']} ({price['year']})"
    )
    return [str(price["adjusted"]), f"{price['index']}: {indices}"]


def write_sets(ready: Period, folder: Path) -> None:
    """The files of every set that could have answered, by layer, as they are."""
    for layer, root in enumerate(ready.roots):
        (folder / str(layer)).mkdir(parents=True)
        if root.is_file():
            shutil.copyfile(root, folder / str(layer) / root.name)
            continue
        files = [root / f"{name}{ending}" for name in _names(ready, layer)
                 for ending in (".yaml", ".csv")]  # fmt: skip
        if ready.config.path is not None:
            files += sorted(p for p in (root / "paths").glob("*") if p.is_file())
        for file in files:
            place = folder / str(layer) / file.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)


def _names(ready: Period, layer: int) -> list[str]:
    """The sets of a layer, also those that another of the same id lies over in part."""
    sets = [*ready.factors.sets.values()]
    sets += [part.columns.set for part in ready.factors.rows.parts if part.at]
    return sorted({s.file.removesuffix(".yaml") for s in sets if s.layer == layer})


def sealed_roots(folder: Path) -> list[Path]:
    """The layers of a run's factors, lowest first; a workbook stands alone in its layer."""
    layers = sorted((folder / SETS).iterdir(), key=lambda layer: int(layer.name))
    books = {layer: [f for f in layer.iterdir() if f.suffix.lower() in WORKBOOKS]
             for layer in layers}  # fmt: skip
    return [books[layer][0] if books[layer] else layer for layer in layers]
