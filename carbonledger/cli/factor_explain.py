"""``carbonledger factors explain``: which value answers, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.factor_printing import row_document
from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.library import Wrong, factors_option, heed, known_on_option, roots
from carbonledger.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from carbonledger.factors import Library
    from carbonledger.factors.candidates import Answer, Candidate, Question

REGISTER = "factors"
LANGUAGES: tuple[Language, ...] = ("zh", "en")
FLAGS = ("parent", "stale", "unsure", "caveat")


@click.command()
@click.argument("code")
@click.option("--factor", "kind", help="Kind of factor; by default what CODE is usually asked for.")
@click.option(
    "--scope", type=click.Choice(["1", "2", "12", "3"]), help="Scope; by default CODE's own."
)
@click.option("--region", help="Place asked for; by default China.")
@click.option("--year", type=int, help="Year accounted for; by default that of --known-on, else "
              "the latest that any value describes.")  # fmt: skip
@click.option("--currency", default="CNY", show_default=True, help="Reporting currency.")
@click.option("--allow", multiple=True, type=click.Choice(["recalled", "uncertain"]),
              help="Confidences that the configuration allows; may be repeated.")  # fmt: skip
@known_on_option
@factors_option
@json_option
@language_option
def explain(
    code: str, kind: str | None, scope: str | None, region: str | None, year: int | None,
    currency: str, allow: tuple[str, ...], known_on: datetime | None, folders: tuple[Path, ...],
    as_json: bool, lang: Language,
) -> None:  # fmt: skip
    """Every value that might answer for CODE, in the order of the look-up, and why it does or not.

    CODE is a sector (C3011, 水泥制造) or an activity (electricity, diesel).

    \b
    carbonledger factors explain C3011 --scope 1
    carbonledger factors explain electricity --region 500103 --year 2023 --known-on 2024-12-31
    """
    from carbonledger.factors import read_library
    from carbonledger.factors.candidates import candidates

    library = read_library(roots(folders))
    heed(library.issues, lang)
    asked = _asked(library, code, kind, scope, region, lang)
    day = date.max if known_on is None else known_on.date()
    questions = _questions(library, asked, year, day, frozenset(allow), currency.upper())
    answers = [candidates(library, question) for question in questions]
    if as_json:
        print_json({"schema": "carbonledger.factor-explanation/1", "asked": code,
                    "answers": [document(a) for a in answers]})  # fmt: skip
        return
    for number, answer in enumerate(answers):
        if number:
            click.echo()
        _say(answer, lang)


Asked = tuple[str, Mapping[str, str | None]]


def _asked(
    library: Library, code: str, kind: str | None, scope: str | None, region: str | None,
    lang: Language,
) -> Asked:  # fmt: skip
    """The kind and keys that a code means; a sector where it is one, else an activity."""
    place = _canonical("region", region or "CN", lang)
    sector = _canonical("sector", code, lang, optional=True)
    if sector is not None:
        keys = {"sector": sector, "region": place, "scope": scope or "1"}
        return kind or "revenue_intensity", keys
    known = {
        dict(row.keys)["activity"] for found, rows in library.sets if "activity" in found.keys
        for row in rows
    }  # fmt: skip
    activity, own_scope = _activity(code)
    if activity not in known:
        raise Wrong(f"没有这个行业或活动：{code}" if lang == "zh" else
                    f"no such sector or activity: {code}")  # fmt: skip
    keys = {"activity": activity, "region": place, "scope": scope or own_scope}
    return kind or "energy_factor", keys


def _activity(code: str) -> tuple[str, str]:
    """An activity by its code or one of its names, with the scope it falls to."""
    from carbonledger.registers import rows as register

    for row in register("activities"):
        called = (row["activity"], row["name_zh"], row["name_en"], *row["aliases"].split())
        if code.casefold() in (name.casefold() for name in called):
            return row["activity"], row["scope"] or "1"
    return code, "1"


def _canonical(key: str, text: str, lang: Language, *, optional: bool = False) -> str | None:
    from carbonledger.factors.table import canonical_code
    from carbonledger.issues import Refusal

    try:
        return canonical_code(key, text)
    except Refusal as refusal:
        if optional:
            return None
        raise Wrong(f"--{key} {text}: " + ("没有这个代码或名称" if lang == "zh" else
                    "no such code or name")) from refusal  # fmt: skip


def _questions(
    library: Library, asked: Asked, year: int | None, day: date, allow: frozenset[str],
    currency: str,
) -> Iterator[Question]:  # fmt: skip
    """One question, or for an activity one for each kind of quantity that has values."""
    from carbonledger.factors.candidates import Question

    kind, keys = asked
    every = [row for found, rows in library.sets if found.kind == kind for row in rows]
    latest = max((row.year for row in every), default=1)
    for_year = year or (latest if day == date.max else day.year)
    mine = [dict(row.keys) for row in every]
    kinds = sorted({k.get("dimension", "") for k in mine if k.get("activity") == keys.get(
        "activity")}) if "activity" in keys else []  # fmt: skip
    for dimension in kinds or [""]:
        wanted = {**keys, "dimension": dimension} if dimension else keys
        yield Question(kind, wanted, for_year, day, allow, currency)


def document(answer: Answer) -> dict[str, Any]:
    """The question, what answered, and every candidate, for scripts."""
    asked, best = answer.question, answer.row
    return {
        "factor": asked.kind, "keys": dict(asked.wanted), "year": asked.year,
        "known_on": None if asked.known_on == date.max else asked.known_on.isoformat(),
        "currency": asked.currency, "allow": sorted(asked.allow),
        "answered": row_document(answer.factors.rows[best]) if best >= 0 else None,
        "flags": [name for bit, name in enumerate(FLAGS) if answer.flags >> bit & 1],
        "price": price_document(answer),
        "candidates": [
            {**row_document(c.row), "sector_level": c.sector_level, "region_level": c.region_level,
             "file": c.row.place.file, "sheet": c.row.place.sheet, "line": c.row.place.row,
             "verdict": c.verdict, "why": {lang: _why(asked, c, lang) for lang in LANGUAGES}}
            for c in answer.candidates
        ],
    }  # fmt: skip


def price_document(answer: Answer) -> dict[str, Any] | None:
    """How the value came to the year's prices."""
    from carbonledger.factors.prices import said

    return said(answer.factors, answer.row, answer.adjusted) if answer.adjusted else None


def _why(asked: Question, candidate: Candidate, lang: Language) -> str:
    from carbonledger.words import word

    row = candidate.row
    return word("verdicts", candidate.verdict, lang, REGISTER, day=row.published, year=row.year,
                known_on=asked.known_on, currency=candidate.set.currency)  # fmt: skip


def _say(answer: Answer, lang: Language) -> None:
    from carbonledger.factors.naming import named
    from carbonledger.factors.prices import sentences
    from carbonledger.words import names, word

    asked = answer.question
    known = word("lines", "always", lang, REGISTER) if asked.known_on == date.max else (
        word("lines", "known", lang, REGISTER, day=asked.known_on))  # fmt: skip
    keys = ", ".join(named(key, code or "", lang) for key, code in asked.wanted.items())
    click.echo(word("lines", "asked", lang, REGISTER, kind=asked.kind, keys=keys, year=asked.year,
                    known=known))  # fmt: skip
    if answer.row >= 0:
        cited = answer.factors.rows[answer.row].citation(lang)
        click.echo(word("lines", "answers", lang, REGISTER, citation=cited))
    else:
        click.echo(word("lines", "none", lang, REGISTER))
    flags = [name for bit, name in enumerate(FLAGS) if answer.flags >> bit & 1]
    if flags:
        told = ("、" if lang == "zh" else ", ").join(
            word("flags", f, lang, REGISTER) for f in flags
        )
        click.echo(word("lines", "flagged", lang, REGISTER, flags=told))
    price = price_document(answer)
    for line in sentences(price, lang) if price else ():
        click.echo(line)
    if not answer.candidates:
        click.echo(word("lines", "no_candidate", lang, REGISTER))
        return
    titles = [word("explain_columns", n, lang, REGISTER)
              for n in names("explain_columns", REGISTER)]  # fmt: skip
    print_table(["", *titles], [_line(asked, c, lang) for c in answer.candidates])


def _line(asked: Question, candidate: Candidate, lang: Language) -> Sequence[str]:
    row = candidate.row
    keys = " ".join(code for key, code in row.keys if key != "dimension")
    return ["*" if candidate.verdict == "answered" else "-", _level(candidate, lang), row.set_id,
            keys, str(row.year), row.value, row.unit, row.published.isoformat(), row.confidence,
            _why(asked, candidate, lang)]  # fmt: skip


def _level(candidate: Candidate, lang: Language) -> str:
    from carbonledger.words import word

    levels = candidate.sector_level + candidate.region_level
    if not levels:
        return word("levels", "own", lang, REGISTER)
    return word("levels", "above", lang, REGISTER, n=levels)
