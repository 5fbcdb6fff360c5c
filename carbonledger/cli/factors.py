"""``carbonledger factors``: the factor library, every value with the source it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carbonledger.cli.factor_catalogue import catalogue
from carbonledger.cli.factor_diff import diff
from carbonledger.cli.factor_explain import explain
from carbonledger.cli.factor_lint import lint
from carbonledger.cli.factor_printing import (
    day_text,
    details_document,
    head_document,
    row_document,
    rows_of,
    say_head,
    say_rows,
)
from carbonledger.cli.factor_template import template
from carbonledger.cli.language import (
    Language,
    group_language,
    json_option,
    language_option,
)
from carbonledger.cli.library import (
    Wrong,
    factors_option,
    heed,
    known_on_option,
    roots,
    unknown,
)
from carbonledger.cli.printing import print_json

if TYPE_CHECKING:
    from carbonledger.factors import FactorRow, Factors

MOST_PRINTED = 50
"""Rows of a search that are printed; with ``--json`` all of them."""


@click.group()
@group_language
def command() -> None:
    """The factor library: list, show, search, explain, compare, check, catalogue.

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
    factors = every_row(folders, known_on, lang)
    heads = [
        head_document(found, rows_of(factors, id_)) for id_, found in sorted(factors.sets.items())
    ]
    if as_json:
        print_json({"schema": "carbonledger.factor-sets/1", "known_on": day_text(known_on),
                    "sets": heads})  # fmt: skip
        return
    for head in heads:
        say_head(head, lang)


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
    factors = every_row(folders, known_on, lang)
    if id_ not in factors.sets:
        what = "没有这个因子集" if lang == "zh" else "no such factor set"
        raise unknown(what, id_, sorted(factors.sets), lang)
    every = rows_of(factors, id_)
    rows = [row for row in every if year in (None, row.year)]
    for key, text in (("sector", sector), ("region", region)):
        rows = _nearest(rows, key, text, lang)
    found = factors.sets[id_]
    if as_json:
        print_json({"schema": "carbonledger.factor-set/1", "known_on": day_text(known_on),
                    "set": details_document(found, every),
                    "rows": [row_document(r) for r in rows]})  # fmt: skip
        return
    say_head(head_document(found, every), lang)
    if getattr(found.note, lang):
        click.echo(f"    {getattr(found.note, lang)}")
    say_rows(rows, factors.sets, lang, with_set=False)


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

    factors = every_row(folders, known_on, lang)
    sets, rows = matching(factors, text)
    heads = [head_document(found, rows_of(factors, found.id)) for found in sets]
    if as_json:
        print_json({"schema": "carbonledger.factor-search/1", "text": text, "sets": heads,
                    "known_on": day_text(known_on),
                    "rows": [row_document(r) for r in rows]})  # fmt: skip
        return
    if not heads and not rows:
        click.echo(f"没有找到：{text}" if lang == "zh" else f"nothing found for {text}", err=True)
    for head in heads:
        say_head(head, lang)
    say_rows(rows[:MOST_PRINTED], factors.sets, lang, with_set=True)
    if len(rows) > MOST_PRINTED:
        more = len(rows) - MOST_PRINTED
        click.echo(f"另有 {more} 行，用 --json 可得全部" if lang == "zh" else
                   f"{more} more rows; --json has them all", err=True)  # fmt: skip


def every_row(folders: Sequence[Path], known_on: datetime | None, lang: Language) -> Factors:
    """Every row as known on the day; without a day the last there is, which leaves none out."""
    from carbonledger.factors import load_factors
    from carbonledger.factors.lookup import NEEDS_LEAVE

    day = date.max if known_on is None else known_on.date()
    factors, issues = load_factors(
        roots(folders), known_on=day, allow=frozenset(NEEDS_LEAVE.values())
    )
    heed(issues, lang)
    return factors


def _nearest(rows: list[FactorRow], key: str, text: str | None, lang: Language) -> list[FactorRow]:
    """The rows of a code, else of the nearest code above it that has any, which is said."""
    from carbonledger.factors.order import chain
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


for each in (explain, diff, lint, template, catalogue):
    command.add_command(each)
