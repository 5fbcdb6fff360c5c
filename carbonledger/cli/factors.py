"""``carbonledger factors``: the factor library, every value with the source it stands in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.library import Wrong, factors_option, heed, roots, unknown
from carbonledger.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from carbonledger.factors import FactorRow, Factors, FactorSet, FactorSource

MOST_PRINTED = 50
"""Rows of a search that are printed; with ``--json`` all of them."""

known_on_option = click.option(
    "--known-on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
    help="Only what was published by this day; without it, every row whatever its day.",
)  # fmt: skip


@click.group()
def command() -> None:
    """List, show or search the factor sets: values, units, sources, licences, confidence.

    Shown are all rows, also those that a run would use only when the configuration allows them
    (RECALLED, UNCERTAIN). Without --known-on no row is left out for the day of its publication.

    \b
    carbonledger factors list
    carbonledger factors show cn-electricity-average --region 500000 --year 2022
    carbonledger factors search 水泥 --lang zh
    """


@command.command("list")
@factors_option
@known_on_option
@json_option
@language_option
def list_sets(
    folders: tuple[Path, ...], known_on: datetime | None, as_json: bool, lang: Language
) -> None:
    """Every set: factor, unit, rows, confidence, source and licence.

    \b
    carbonledger factors list --known-on 2024-12-31
    """
    factors = _factors(folders, known_on, lang)
    heads = [_head(found, _rows_of(factors, id_)) for id_, found in sorted(factors.sets.items())]
    if as_json:
        print_json({"schema": "carbonledger.factor-sets/1", "known_on": _day(known_on),
                    "sets": heads})  # fmt: skip
        return
    for head in heads:
        _say_head(head, lang)


@command.command("show")
@click.argument("id_", metavar="ID")
@click.option("--region", help="Rows of this place, or of the nearest one above that has any.")
@click.option("--sector", help="Rows of this sector, or of the nearest one above that has any.")
@click.option("--year", type=int, help="Rows that describe this year.")
@factors_option
@known_on_option
@json_option
@language_option
def show(
    id_: str, region: str | None, sector: str | None, year: int | None,
    folders: tuple[Path, ...], known_on: datetime | None, as_json: bool, lang: Language,
) -> None:  # fmt: skip
    """The rows of one set, each with its source.

    \b
    carbonledger factors show cn-sector-intensity-2018 --sector C3011
    carbonledger factors show cn-electricity-average --region 重庆 --year 2022 --json
    """
    factors = _factors(folders, known_on, lang)
    if id_ not in factors.sets:
        what = "没有这个因子集" if lang == "zh" else "no such factor set"
        raise unknown(what, id_, sorted(factors.sets), lang)
    every = _rows_of(factors, id_)
    rows = [row for row in every if year in (None, row.year)]
    for key, text in (("sector", sector), ("region", region)):
        rows = _nearest(rows, key, text, lang)
    found = factors.sets[id_]
    if as_json:
        print_json({"schema": "carbonledger.factor-set/1", "known_on": _day(known_on),
                    "set": _details(found, every), "rows": [_row(r) for r in rows]})  # fmt: skip
        return
    _say_head(_head(found, every), lang)
    if getattr(found.note, lang):
        click.echo(f"    {getattr(found.note, lang)}")
    _say_rows(rows, factors.sets, lang, with_set=False)


@command.command("search")
@click.argument("text")
@factors_option
@known_on_option
@json_option
@language_option
def search(
    text: str, folders: tuple[Path, ...], known_on: datetime | None, as_json: bool, lang: Language
) -> None:
    """Find TEXT in titles, codes and the names of sectors, places and activities, zh or en.

    Of each key the latest year is shown. Where no row bears a sector's name, the row that answers
    for it is shown, as in a run: C301 for 水泥制造 (C3011).

    \b
    carbonledger factors search 水泥
    carbonledger factors search "natural gas" --json
    """
    from carbonledger.cli.factor_search import matching

    factors = _factors(folders, known_on, lang)
    sets, rows = matching(factors, text)
    heads = [_head(found, _rows_of(factors, found.id)) for found in sets]
    if as_json:
        print_json({"schema": "carbonledger.factor-search/1", "text": text, "sets": heads,
                    "known_on": _day(known_on), "rows": [_row(r) for r in rows]})  # fmt: skip
        return
    if not heads and not rows:
        click.echo(f"没有找到：{text}" if lang == "zh" else f"nothing found for {text}", err=True)
    for head in heads:
        _say_head(head, lang)
    _say_rows(rows[:MOST_PRINTED], factors.sets, lang, with_set=True)
    if len(rows) > MOST_PRINTED:
        more = len(rows) - MOST_PRINTED
        click.echo(f"另有 {more} 行，用 --json 可得全部" if lang == "zh" else
                   f"{more} more rows; --json has them all", err=True)  # fmt: skip


def _factors(folders: Sequence[Path], known_on: datetime | None, lang: Language) -> Factors:
    """Every row as known on the day; without a day the last there is, which leaves none out."""
    from carbonledger.factors import load_factors
    from carbonledger.factors.lookup import NEEDS_LEAVE

    day = date.max if known_on is None else known_on.date()
    factors, issues = load_factors(
        roots(folders), known_on=day, allow=frozenset(NEEDS_LEAVE.values())
    )
    heed(issues, lang)
    return factors


def _day(known_on: datetime | None) -> str | None:
    return None if known_on is None else known_on.date().isoformat()


def _rows_of(factors: Factors, set_id: str) -> list[FactorRow]:
    return [row for row in factors.rows if row.set_id == set_id]


def _nearest(rows: list[FactorRow], key: str, text: str | None, lang: Language) -> list[FactorRow]:
    """The rows of a code, else of the nearest code above it that has any, which is said."""
    from carbonledger.factors.lookup import chain
    from carbonledger.factors.table import canonical_code
    from carbonledger.issues import Refusal

    if text is None:
        return rows
    try:
        code = canonical_code(key, text)
    except Refusal as refusal:
        raise Wrong(f"--{key} {text}: " + ("没有这个代码或名称" if lang == "zh" else
                    "no such code or name")) from refusal  # fmt: skip
    for level in chain(key, code):
        found = [row for row in rows if dict(row.keys).get(key) == level]
        if found and level != code:
            said = (f"没有 {code} 的数值，列出的是上级 {level} 的" if lang == "zh" else
                    f"no value for {code}; shown are those of {level} above it")  # fmt: skip
            click.echo(said, err=True)
        if found:
            return found
    click.echo(f"没有 {code} 的数值" if lang == "zh" else f"no value for {code}", err=True)
    return []


def _both(text: Any) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _source(source: FactorSource) -> dict[str, Any]:
    return {"id": source.id, "publisher": _both(source.publisher), "url": source.url or None,
            "document": _both(source.document), "licence": source.licence}  # fmt: skip


def _head(found: FactorSet, rows: Sequence[FactorRow]) -> dict[str, Any]:
    """What a list says of a set."""
    years = [row.year for row in rows]
    return {
        "id": found.id, "title": _both(found.title), "factor": found.kind, "unit": found.unit,
        "units": list(dict.fromkeys(row.unit for row in rows)) or [found.unit],
        "keys": list(found.keys), "gases": found.gases or None, "gwp": found.gwp or None,
        "rows": len(rows), "years": [min(years), max(years)] if years else None,
        "confidence": dict(sorted(Counter(row.confidence for row in rows).items())),
        "sources": [_source(s) for s in found.sources.values()], "file": found.file,
    }  # fmt: skip


def _details(found: FactorSet, rows: Sequence[FactorRow]) -> dict[str, Any]:
    caveats = {name: _both(text) for name, text in found.caveats.items()}
    return {**_head(found, rows), "stale_after_years": found.stale_after_years,
            "note": _both(found.note), "caveats": caveats}  # fmt: skip


def _row(row: FactorRow) -> dict[str, Any]:
    return {
        "set": row.set_id, "keys": dict(row.keys), "year": row.year, "value": row.value,
        "unit": row.unit, "published": row.published.isoformat(),
        "published_basis": row.published_basis, "confidence": row.confidence,
        "caveat": row.caveat or None, "page": row.page or None, "note": row.note or None,
        "source": row.source.id, "citation": {"zh": row.citation("zh"), "en": row.citation("en")},
    }  # fmt: skip


def _say_head(head: Mapping[str, Any], lang: Language) -> None:
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
        click.echo(f"    {source['id']}: {place} [{source['licence']}]")


def _say_rows(
    rows: Sequence[FactorRow], sets: Mapping[str, FactorSet], lang: Language, *, with_set: bool
) -> None:
    """A table of rows, and below it what their caveats mean."""
    from carbonledger.cli.factor_search import named

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
