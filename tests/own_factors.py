"""Factor sets of a user as tests write them: a folder, or the same as a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml

SOURCE = {"id": "B", "publisher": "Bureau", "document": "Yearbook 2024", "licence": "CC BY 4.0"}
INTENSITY: dict[str, Any] = {
    "id": "own-intensity", "title": {"zh": "自有强度", "en": "own intensity"},
    "factor": "revenue_intensity", "unit": "tCO2e/万元", "currency": "CNY",
    "keys": ["sector", "region", "scope"], "gases": "CO2e", "gwp": "AR5",
    "stale_after_years": "10", "source": SOURCE,
}  # fmt: skip
INDEX: dict[str, Any] = {
    "id": "own-index", "title": {"zh": "自有指数", "en": "own index"}, "factor": "price_index",
    "unit": "index", "currency": "CNY", "keys": ["region"], "stale_after_years": "never",
    "source": SOURCE,
}  # fmt: skip
COLUMNS = ("sector", "region", "scope", "year", "published", "value", "confidence")
INDEX_COLUMNS = ("region", "year", "published", "value", "confidence")

Cells = Sequence[object]


def folder(root: Path, head: Mapping[str, Any], columns: Cells, *rows: Cells) -> Path:
    """A set as two files of a folder."""
    root.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(dict(head), allow_unicode=True, sort_keys=False)
    (root / f"{head['id']}.yaml").write_text(text, encoding="utf-8")
    lines = [",".join(map(str, line)) for line in (columns, *rows)]
    (root / f"{head['id']}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return root


def intensity(root: Path, *rows: Cells, **head: Any) -> Path:
    return folder(root, INTENSITY | head, COLUMNS, *rows)


def index(root: Path, *rows: Cells, **head: Any) -> Path:
    return folder(root, INDEX | head, INDEX_COLUMNS, *rows)


def lines_of(head: Mapping[str, Any], columns: Cells, *rows: Cells) -> list[list[Any]]:
    """A set as the rows of a sheet: its head, an empty row, its values."""
    top: list[list[Any]] = []
    for name, value in head.items():
        if name == "source":
            top += [[f"source.{part}", *_both(text)] for part, text in value.items()]
        else:
            top.append([name, *_both(value)])
    return [*top, [], list(columns), *map(list, rows)]


def _both(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [value["zh"], value["en"]]
    return [", ".join(value)] if isinstance(value, list) else [value]


def workbook(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    """A workbook of sheets as given; a text that begins with = is a formula."""
    with xlsxwriter.Workbook(path) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(lines):
                for column, cell in enumerate(cells):
                    sheet.write(row, column, cell)
    return path
