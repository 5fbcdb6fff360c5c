"""How factor sets and their rows are printed, as text and as documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import Language
from carbonledger.cli.printing import print_table

if TYPE_CHECKING:
    from carbonledger.factors import FactorRow, Factors, FactorSet, FactorSource


def day_text(known_on: datetime | None) -> str | None:
    """The day of ``--known-on`` as documents have it."""
    return None if known_on is None else known_on.date().isoformat()


def rows_of(factors: Factors, set_id: str) -> list[FactorRow]:
    """The rows of one set."""
    return [row for row in factors.rows if row.set_id == set_id]


def both(text: Any) -> dict[str, str]:
    """Words in both languages."""
    return {"zh": text.zh, "en": text.en}


def _source(source: FactorSource) -> dict[str, Any]:
    return {"id": source.id, "publisher": both(source.publisher), "url": source.url or None,
            "document": both(source.document), "licence": source.licence}  # fmt: skip


def head_document(found: FactorSet, rows: Sequence[FactorRow]) -> dict[str, Any]:
    """What a list says of a set."""
    years = [row.year for row in rows]
    return {
        "id": found.id, "title": both(found.title), "factor": found.kind, "unit": found.unit,
        "units": list(dict.fromkeys(row.unit for row in rows)) or [found.unit],
        "keys": list(found.keys), "gases": found.gases or None, "gwp": found.gwp or None,
        "rows": len(rows), "years": [min(years), max(years)] if years else None,
        "confidence": dict(sorted(Counter(row.confidence for row in rows).items())),
        "sources": [_source(s) for s in found.sources.values()], "file": found.file,
    }  # fmt: skip


def details_document(found: FactorSet, rows: Sequence[FactorRow]) -> dict[str, Any]:
    """The same with the notes and caveats."""
    caveats = {name: both(text) for name, text in found.caveats.items()}
    return {**head_document(found, rows), "stale_after_years": found.stale_after_years,
            "price_year": found.price_year,
            "note": both(found.note), "caveats": caveats}  # fmt: skip


def row_document(row: FactorRow) -> dict[str, Any]:
    """One value for scripts."""
    return {
        "set": row.set_id, "keys": dict(row.keys), "year": row.year, "value": row.value,
        "unit": row.unit, "published": row.published.isoformat(),
        "published_basis": row.published_basis, "confidence": row.confidence,
        "caveat": row.caveat or None, "page": row.page or None, "note": row.note or None,
        "source": row.source.id, "citation": {"zh": row.citation("zh"), "en": row.citation("en")},
    }  # fmt: skip


def say_head(head: Mapping[str, Any], lang: Language) -> None:
    """A set in a few lines."""
    from carbonledger.factors.naming import licence_named
    from carbonledger.words import names, word

    zh = lang == "zh"
    kind = head["factor"]
    called = word("kinds", kind, lang) if kind in names("kinds") else kind
    years = "-".join(map(str, dict.fromkeys(head["years"] or ()))) or "-"
    surety = ", ".join(f"{name} {count}" for name, count in head["confidence"].items()) or "-"
    words = ("行", "年份", "可信度") if zh else ("rows", "years", "confidence")
    click.echo(f"{head['id']}  {head['title'][lang]}")
    click.echo(f"    {kind}  {called}  {', '.join(head['units'])}  {head['gases'] or ''}".rstrip())
    click.echo(f"    {words[0]} {head['rows']}  {words[1]} {years}  {words[2]} {surety}")
    for source in head["sources"]:
        place = f"{source['publisher'][lang]}{'，' if zh else ', '}{source['document'][lang]}"
        click.echo(f"    {source['id']}: {place} [{licence_named(source['licence'], lang)}]")


def say_rows(
    rows: Sequence[FactorRow], sets: Mapping[str, FactorSet], lang: Language, *, with_set: bool
) -> None:
    """A table of rows, and below it what their caveats mean."""
    from carbonledger.factors.naming import named

    if not rows:
        return
    zh = lang == "zh"
    titles = [*(("适用", "年份", "数值", "单位", "发布", "可信度", "来源", "页", "限制") if zh else
               ("keys", "year", "value", "unit", "published", "confidence", "source", "page",
                "caveat"))]  # fmt: skip
    cells = [
        [", ".join(named(key, code, lang) for key, code in row.keys), str(row.year), row.value,
         row.unit, row.published.isoformat(), row.confidence, row.source.id, row.page or "-",
         row.caveat or "-"] for row in rows
    ]  # fmt: skip
    if with_set:
        titles.insert(0, "因子集" if zh else "set")
        cells = [[row.set_id, *line] for row, line in zip(rows, cells, strict=True)]
    click.echo()
    print_table(titles, cells)
    for set_id, name in dict.fromkeys((row.set_id, row.caveat) for row in rows if row.caveat):
        click.echo(f"{name}: {getattr(sets[set_id].caveats[name], lang)}")
