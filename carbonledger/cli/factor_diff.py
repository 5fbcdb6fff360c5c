"""``carbonledger factors diff``: what became known between two days, and what a run would make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.factor_printing import row_document
from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.library import factors_option, heed, roots
from carbonledger.cli.printing import print_json, print_table, refuse

if TYPE_CHECKING:
    from fractions import Fraction

    from carbonledger.analysis.restated_factors import Restated
    from carbonledger.factors import FactorRow
    from carbonledger.factors.diff import Answered, Change

REGISTER = "factors"
DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--from", "first", type=DAY, required=True, metavar="DATE",
              help="The day as of which values were known then.")  # fmt: skip
@click.option("--to", "last", type=DAY, required=True, metavar="DATE",
              help="The day as of which they are known now.")  # fmt: skip
@click.option("--period", type=int, metavar="YEAR", help="Only what a run of this year would take; "
              "without it, each value for the year it describes.")  # fmt: skip
@click.option("--run", "run_name", metavar="RUN", help="Work this run with the factors of both "
              "days: its positions, entities and tonnes behind each change.")  # fmt: skip
@click.option("--folder", type=click.Path(path_type=Path), help="With --run: the working folder, "
              "where the run lies outside of it.")  # fmt: skip
@click.option("--currency", default="CNY", show_default=True, help="Reporting currency.")
@click.option("--allow", multiple=True, type=click.Choice(["recalled", "uncertain"]),
              help="Confidences that the configuration allows; may be repeated.")  # fmt: skip
@factors_option
@json_option
@language_option
def diff(
    first: datetime, last: datetime, period: int | None, run_name: str | None,
    folder: Path | None, currency: str, allow: tuple[str, ...], folders: tuple[Path, ...],
    as_json: bool, lang: Language,
) -> None:  # fmt: skip
    """What a restatement would be made of: values that became known between two days.

    A value counts with the look-up that it answers: the old value is what answered the same keys
    before, also from another set or a code above.

    \b
    carbonledger factors diff --from 2025-03-31 --to 2026-03-31 --period 2024
    carbonledger factors diff --from 2024-12-31 --to 2025-12-31 --run my-bank/runs/2024
    """
    if last < first:
        raise click.UsageError("--to 早于 --from" if lang == "zh" else "--to is before --from")
    if run_name is not None:
        _of_run(run_name, folder, first, last, as_json, lang)
        return
    from carbonledger.factors import read_library
    from carbonledger.factors.diff import Days

    library = read_library(roots(folders))
    heed(library.issues, lang)
    days = Days.of(library, first.date(), last.date(), allow=frozenset(allow),
                   currency=currency.upper())  # fmt: skip
    changes = days.changes(period)
    if as_json:
        print_json({"schema": "carbonledger.factor-diff/1", **_days(first, last), "period": period,
                    "currency": currency.upper(), "allow": sorted(allow),
                    "changes": [_document(c) for c in changes]})  # fmt: skip
    elif changes:
        _say(changes, lang)
    else:
        _unchanged("unchanged", first, last, lang)


def _days(first: datetime, last: datetime) -> dict[str, str]:
    return {"from": first.date().isoformat(), "to": last.date().isoformat()}


def _unchanged(line: str, first: datetime, last: datetime, lang: Language, run: str = "") -> None:
    from carbonledger.words import word

    click.echo(word("lines", line, lang, REGISTER, first=first.date(), last=last.date(), run=run),
               err=True)  # fmt: skip


def _answer(answered: Answered | None) -> dict[str, Any] | None:
    if answered is None:
        return None
    return row_document(answered.row) | {"value_for_year": _plain(answered)}


def _plain(answered: Answered | None) -> str:
    """The value as printed, or as adjusted to the year's prices."""
    from carbonledger import units
    from carbonledger.factors.prices import PLACES

    if answered is None:
        return "-"
    exact = answered.value
    if exact == units.decimal(answered.row.value):
        return answered.row.value
    return units.ratio(exact.numerator, exact.denominator, PLACES)


def _percent(change: Change) -> str | None:
    return None if change.change is None else _signed(change.change * 100)


def _document(change: Change) -> dict[str, Any]:
    return {"change": change.word, "factor": change.kind, "keys": dict(change.keys),
            "year": change.year, "old": _answer(change.old), "new": _answer(change.new),
            "change_pct": _percent(change)}  # fmt: skip


def _titles(group: str, lang: Language) -> list[str]:
    from carbonledger.words import names, word

    return [word(group, name, lang, REGISTER) for name in names(group, REGISTER)]


def _say(changes: Sequence[Change], lang: Language) -> None:
    from carbonledger.words import word

    lines = []
    for change in changes:
        told = change.new or change.old
        assert told is not None, "a change has an answer on one of the days"
        lines.append([
            word("lines", change.word, lang, REGISTER), told.row.set_id,
            " ".join(code for key, code in change.keys if key != "dimension"), str(change.year),
            _plain(change.old), _plain(change.new), told.row.unit, _percent(change) or "-",
            told.row.published.isoformat(), told.row.source.id,
        ])  # fmt: skip
    print_table(_titles("diff_columns", lang), lines)


def _of_run(
    name: str, folder: Path | None, first: datetime, last: datetime, as_json: bool, lang: Language
) -> None:
    """The run worked with the factors of both days."""
    from carbonledger.analysis.restated_factors import restated
    from carbonledger.cli.places import run_named
    from carbonledger.issues import errors
    from carbonledger.workflow.reopen import reopened

    run, sides = run_named(name, lang), []
    for day in (first.date(), last.date()):
        ready, issues = reopened(run, folder, known_on=day)
        if ready is None or errors(issues):
            refuse(issues, lang)
            return
        sides.append(ready)
    found = restated(sides[0], sides[1])
    if as_json:
        print_json({"schema": "carbonledger.factor-diff-run/1", **_days(first, last),
                    "run_id": run.id, "period": run.period,
                    "changes": [_restated(r) for r in found]})  # fmt: skip
    elif found:
        print_table(_titles("run_columns", lang), [_line(r, lang) for r in found])
    else:
        _unchanged("run_same", first, last, lang, run.id)


def _restated(one: Restated) -> dict[str, Any]:
    rows = {side: None if row is None else row_document(row)
            for side, row in (("old", one.old), ("new", one.new))}  # fmt: skip
    return {"standard": one.standard, "scope": one.scope, **rows,
            "option_old": one.old_option or None, "option_new": one.new_option or None,
            "entities": one.entities, "positions": one.positions,
            "grams_old": str(one.before), "grams_new": str(one.after)}  # fmt: skip


def _line(one: Restated, lang: Language) -> list[str]:
    from carbonledger import units

    percent = _signed(one.change * 100) if one.change is not None else "-"
    return [one.standard, one.scope, _factor(one.old, one.old_option, lang),
            _factor(one.new, one.new_option, lang), percent, f"{one.entities:,}",
            f"{one.positions:,}", units.tonnes(one.before, 3), units.tonnes(one.after, 3),
            units.tonnes(one.after - one.before, 3)]  # fmt: skip


def _factor(row: FactorRow | None, option: str, lang: Language) -> str:
    """The value that answered, else the option whose several factors did."""
    from carbonledger.analysis.option_names import option_name

    if row is None:
        return option_name(option, lang) if option else "-"
    keys = " ".join(code for key, code in row.keys if key != "dimension")
    return f"{row.value} {row.unit} ({row.set_id} {keys} {row.year})"


def _signed(exact: Fraction) -> str:
    from carbonledger import units

    text = units.ratio(exact.numerator, exact.denominator, 2)
    return f"+{text}" if exact > 0 else text
