"""A form as one JSON document: numbers as strings, exact values beside their print."""

from __future__ import annotations

import json
from fractions import Fraction

from carbonledger.cells import Cell
from carbonledger.form import (
    Bars,
    Block,
    Chart,
    Figures,
    Form,
    Lines,
    Note,
    Table,
    Waterfall,
)
from carbonledger.render import Format
from carbonledger.units import ratio

SCHEMA = "carbonledger.form/1"
PLACES = 12


def render(form: Form) -> bytes:
    """The form with all its blocks; the entries behind it stay in the run."""
    document = {
        "schema": SCHEMA,
        "form": form.id,
        "language": form.language,
        "title": form.title,
        "entity": form.entity,
        "subtitle": form.subtitle,
        "facts": [{"label": label, "value": value} for label, value in form.facts],
        "sections": [
            {"id": s.id, "title": s.title, "lead": s.lead, "blocks": [_block(b) for b in s.blocks]}
            for s in form.sections
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


FORMAT = Format("json", "application/json", render)


def _cell(cell: Cell) -> dict[str, object]:
    """A figure: key, value, print; a ratio as decimals and exactly."""
    if cell.how is None:
        return {"key": cell.key, "text": cell.text} if cell.key else {"text": cell.text}
    value = cell.value
    shown: dict[str, object] = {"key": cell.key, "value": None, "text": cell.text}
    if isinstance(value, Fraction):
        decimals = ratio(value.numerator, value.denominator, PLACES).replace(",", "")
        shown |= {"value": decimals, "exact": f"{value.numerator}/{value.denominator}"}
    elif value is not None:
        shown["value"] = str(value)
    shown["unit"] = cell.how.unit
    return shown | ({"missing": cell.missing} if cell.missing else {})


def _block(block: Block) -> dict[str, object]:
    if isinstance(block, Table):
        return {"type": "table"} | _table(block)
    if isinstance(block, Figures):
        items = [{"label": i.label, "unit": i.unit, "note": i.note} | _cell(i.cell)
                 for i in block.items]  # fmt: skip
        return {"type": "figures", "id": block.id, "title": block.title, "note": block.note,
                "items": items, "remarks": list(block.remarks)}  # fmt: skip
    if isinstance(block, Note):
        return {"type": "note", "id": block.id, "title": block.title,
                "paragraphs": list(block.paragraphs)}  # fmt: skip
    return {
        "id": block.id,
        "title": block.title,
        "description": block.description,
        "unit": block.unit,
        "source": block.source,
    } | _drawn(block)


def _table(table: Table) -> dict[str, object]:
    return {
        "id": table.id,
        "title": table.title,
        "context": table.context,
        "columns": [
            {"name": c.name, "label": c.label, "unit": c.unit, "kind": c.kind}
            for c in table.columns
        ],
        "rows": [{"kind": r.kind, "cells": [_cell(c) for c in r.cells]} for r in table.rows],
        "notes": list(table.notes),
    }


def _drawn(chart: Chart) -> dict[str, object]:
    if isinstance(chart, Lines):
        series = [
            {"name": s.name, "role": s.role,
             "points": [{"x": p.x, "mark": p.mark} | _cell(p.cell) for p in s.points]}
            for s in chart.series
        ]  # fmt: skip
        return {"type": "lines", "series": series}
    if isinstance(chart, Bars):
        return {"type": "bars", "bars": [{"label": n} | _cell(c) for n, c in chart.bars]}
    if isinstance(chart, Waterfall):
        first, last = ({"label": n} | _cell(c) for n, c in (chart.first, chart.last))
        steps = [{"label": n} | _cell(c) for n, c in chart.steps]
        return {"type": "waterfall", "first": first, "steps": steps, "last": last}
    bars = [{"label": n, "parts": [_cell(c) for c in cells]} for n, cells in chart.bars]
    return {"type": "stack", "parts": list(chart.parts), "bars": bars}
