"""``carbonledger path``: the reference paths, what of each is official and what is interpolated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import (
    Language,
    group_language,
    json_option,
    language_option,
)
from carbonledger.cli.library import factors_option, heed, roots, unknown
from carbonledger.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from carbonledger.analysis.anchors import Anchor
    from carbonledger.analysis.path import DeclinePath

PLACES = 6


@click.group()
@group_language
def command() -> None:
    """Show decline paths: targets, sources, confidence and yearly index.

    A path is a reference path: no document prescribes one for a portfolio. Each says what of it is
    official and what is interpolated.

    \b
    carbonledger path list
    carbonledger path show cn-14fyp --lang zh
    carbonledger path show my-path --factors my-bank/factors --json
    """


@command.command("list")
@factors_option
@json_option
@language_option
def list_paths(folders: tuple[Path, ...], as_json: bool, lang: Language) -> None:
    """Every path: id, base year, target year, title.

    \b
    carbonledger path list --lang zh
    """
    paths = _paths(folders, lang)
    if as_json:
        print_json({"schema": "carbonledger.paths/1", "paths": [_head(p) for p in paths.values()]})
        return
    titles = (("路径", "基准年", "目标年", "可信度", "名称") if lang == "zh" else
              ("path", "base year", "target year", "confidence", "title"))  # fmt: skip
    print_table(titles, [
        [p.id, str(p.base_year), str(p.target_year), p.confidence, p.title[lang]]
        for p in paths.values()
    ])  # fmt: skip


@command.command("show")
@click.argument("id_", metavar="ID")
@factors_option
@json_option
@language_option
def show(id_: str, folders: tuple[Path, ...], as_json: bool, lang: Language) -> None:
    """One path: targets with source and confidence, and the index of every year.

    \b
    carbonledger path show cn-14fyp-15fyp
    """
    paths = _paths(folders, lang)
    if id_ not in paths:
        what = "没有这条路径" if lang == "zh" else "no such path"
        raise unknown(what, id_, list(paths), lang)
    document = _document(paths[id_])
    if as_json:
        print_json(document)
    else:
        _say(document, lang)


def _paths(folders: Sequence[Path], lang: Language) -> dict[str, DeclinePath]:
    from carbonledger.analysis.path import load_paths

    paths, issues = load_paths(roots(folders))
    heed(issues, lang)
    return paths


def _head(path: DeclinePath) -> dict[str, Any]:
    return {"id": path.id, "title": path.title, "base_year": path.base_year,
            "target_year": path.target_year, "confidence": path.confidence}  # fmt: skip


def _document(path: DeclinePath) -> dict[str, Any]:
    return {
        "schema": "carbonledger.path/1", **_head(path), "wording": path.wording,
        "official": path.official, "interpolated": path.interpolated,
        "targets": [_anchor(a) for a in path.targets],
        "outcomes": [_anchor(a) for a in path.outcomes],
        "index": [_year(path, year) for year in path.years],
    }  # fmt: skip


def _anchor(anchor: Anchor) -> dict[str, Any]:
    return {
        "id": anchor.id, "area": anchor.area, "metric": anchor.metric,
        "base_year": anchor.base_year, "target_year": anchor.target_year,
        "change_pct": str(anchor.change_pct), "status": anchor.status,
        "confidence": anchor.confidence, "source": anchor.source,
    }  # fmt: skip


def _year(path: DeclinePath, year: int) -> dict[str, Any]:
    """The index of a year, exact to six decimals, and the anchor that fixes it if one does."""
    from fractions import Fraction

    from carbonledger import units

    exact = Fraction(path.index(year))
    fixed = [a.id for a in (*path.targets, *path.outcomes) if a.target_year == year]
    basis = "base" if year == path.base_year else "anchor" if fixed else "interpolated"
    index = units.ratio(exact.numerator, exact.denominator, PLACES)
    return {"year": year, "index": index, "basis": basis,
            "anchor": fixed[0] if basis == "anchor" else None}  # fmt: skip


def _say(document: dict[str, Any], lang: Language) -> None:
    zh = lang == "zh"
    click.echo(f"{document['id']}  {document['title'][lang]}")
    click.echo(document["wording"][lang])
    click.echo(("官方内容：" if zh else "official: ") + document["official"][lang])
    click.echo(("插值：" if zh else "interpolated: ") + document["interpolated"][lang])
    click.echo(("可信度：" if zh else "confidence: ") + _confidence(document["confidence"], lang))
    for group, title in (("targets", "目标" if zh else "targets"),
                         ("outcomes", "实际结果" if zh else "outcomes")):  # fmt: skip
        if document[group]:
            click.echo(f"\n{title}")
        for anchor in document[group]:
            years = f"{anchor['base_year']}-{anchor['target_year']}"
            area, metric, status = (_called(anchor[n], lang) for n in ("area", "metric", "status"))
            comma = "，" if zh else ", "
            click.echo(f"  {anchor['id']}  {area}{comma}{metric}{comma}{years}: "
                       f"{anchor['change_pct']} %  {status}")  # fmt: skip
            click.echo(f"    {anchor['source']} [{_confidence(anchor['confidence'], lang)}]")
    click.echo()
    titles = ("年份", "指数", "依据") if zh else ("year", "index", "basis")
    words = ("基准年", "插值") if zh else ("base year", "interpolated")
    bases = dict(zip(("base", "interpolated"), words, strict=True))
    print_table(titles, [
        [str(y["year"]), y["index"], y["anchor"] or bases[y["basis"]]] for y in document["index"]
    ])  # fmt: skip


def _called(name: str, lang: Language) -> str:
    """What an anchor's area, metric or status is called; a user's own words stay as they are."""
    from carbonledger.words import names, word

    return word("anchors", name, lang) if name in names("anchors") else name


def _confidence(name: str, lang: Language) -> str:
    from carbonledger.words import word

    said = word("confidences", name, lang)
    return f"{name}（{said}）" if lang == "zh" else f"{name} ({said})"
