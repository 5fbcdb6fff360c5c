"""``carbonledger restate``: earlier years worked again, and whether the policy asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.period import period_option
from carbonledger.cli.printing import (
    FINDING,
    REFUSED,
    named,
    print_json,
    print_table,
    provisional,
    refuse,
    say_issues,
)

if TYPE_CHECKING:
    from carbonledger.config import Config
    from carbonledger.runs import Run, Store
    from carbonledger.workflow.restate import Tested


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@period_option
@click.option("--reason", default="", help="Why the years are restated; stands in every table.")
@click.option("--by", default="", metavar="NAME", help="Who restates, for the record.")
@click.option("--check", is_flag=True, help="Only test the base year against the threshold of "
              "the policy; leaves with 4 where it must be restated.")  # fmt: skip
@click.option("--no-reports", is_flag=True, help="Seal figures only, without reports.")
@json_option
@language_option
def command(
    folder: Path, period: tuple[int, ...] | None, reason: str, by: str, check: bool,
    no_reports: bool, as_json: bool, lang: Language,
) -> None:  # fmt: skip
    """Work earlier sealed years of FOLDER again under today's method, factors and perimeter.

    Books are those that were sealed with each year. What was first reported stays beside what is
    restated, with the reason.

    \b
    carbonledger restate my-bank --check
    carbonledger restate my-bank --period 2020..2024 --reason "new sector factors" --by "Li Na"
    """
    from carbonledger.config import load_config
    from carbonledger.runs import Store

    config, issues = load_config(folder)
    if config is None:
        refuse(issues, lang)
        return
    store = Store(folder / "runs", folder / "refused")
    if check:
        _check(config, folder, store, as_json, lang)
        return
    _ask(period, reason, by, config, lang)
    with store.lock():
        _restate(config, folder, store, period or (), reason.strip(), by.strip(), no_reports,
                 as_json, lang)  # fmt: skip


def _ask(
    period: tuple[int, ...] | None, reason: str, by: str, config: Config, lang: Language
) -> None:
    """What must be said on the command line before anything is worked again."""
    zh = lang == "zh"
    if not period or not reason.strip():
        raise click.UsageError("请用 --period 写明年度，用 --reason 写明原因" if zh else
                               "--period must name the years and --reason say why")  # fmt: skip
    if config.four_eyes and not by.strip():
        raise click.UsageError(
            "配置要求双人复核（four_eyes），请用 --by 写明谁重述" if zh else
            "the configuration asks for four_eyes: --by must say who")  # fmt: skip


def _sealed_run(store: Store, year: int, lang: Language) -> Run:
    from carbonledger.workflow.restate import in_force

    run = in_force(store, year)
    if run is None:
        raise click.UsageError(f"没有 {year} 年的封存批次" if lang == "zh" else
                               f"no run of {year} is sealed")  # fmt: skip
    return run


def _restate(
    config: Config, folder: Path, store: Store, years: tuple[int, ...], reason: str, by: str,
    no_reports: bool, as_json: bool, lang: Language,
) -> None:  # fmt: skip
    from carbonledger.cli.run import _report
    from carbonledger.workflow.restate import restatable, restated
    from carbonledger.workflow.seal import Refused, Sealing

    before: dict[int, Run] = {}
    done = []
    for year, run in [(y, restatable(_sealed_run(store, y, lang), store, reason)) for y in years]:
        found = restated(config, folder, run, store, before, Sealing(_report(no_reports), by),
                         reason)  # fmt: skip
        if isinstance(found, Refused):
            say_issues(found.issues, lang)
            raise click.exceptions.Exit(REFUSED)
        before[year] = found.run
        done.append((run, found.run))
    if as_json:
        print_json({"schema": "carbonledger.restated/1", "reason": reason,
                    "years": [_document(*pair) for pair in done]})  # fmt: skip
        return
    titles = (("年度", "标准", "重述前", "tCO2e", "重述后", "tCO2e", "变动") if lang == "zh" else
              ("year", "standard", "was", "tCO2e", "restated", "tCO2e", "change"))  # fmt: skip
    print_table(titles, [row for pair in done for row in _rows(*pair, lang)])


def _document(was: Run, now: Run) -> dict[str, Any]:
    return {
        "period": now.period, "restates": was.id, "run_id": now.id,
        "standards": [{"standard": s, "provisional": provisional(s),
                       "grams_before": str(_grams(was, s)),
                       "grams_after": str(_grams(now, s))} for s in _both(was, now)],
    }  # fmt: skip


def _both(was: Run, now: Run) -> list[str]:
    from carbonledger.workflow.compared_runs import common_standards

    return common_standards(was, now)


def _grams(run: Run, standard: str) -> int:
    return run.ledger(standard).whole.scope12


def _rows(was: Run, now: Run, lang: Language) -> list[list[str]]:
    from carbonledger import units

    rows = []
    for standard in _both(was, now):
        before, after = _grams(was, standard), _grams(now, standard)
        change = units.ratio((after - before) * 100, before, 2) + "%" if before else "-"
        title = named(standard, lang)
        rows.append([str(now.period), title, was.id, units.tonnes(before, 0), now.id,
                     units.tonnes(after, 0), change])  # fmt: skip
    return rows


def _check(config: Config, folder: Path, store: Store, as_json: bool, lang: Language) -> None:
    """Test the base in force; leave with 4 where the policy obliges to restate."""
    from carbonledger.workflow.restate import tested
    from carbonledger.workflow.seal import Refused

    zh = lang == "zh"
    year = config.base_year.year if config.base_year is not None else None
    if config.recalculation is None or year is None:
        raise click.UsageError(
            "配置没有 recalculation 与 base_year 的年度，无从检验" if zh else
            "the configuration has no recalculation, or no year in base_year")  # fmt: skip
    run = _sealed_run(store, year, lang)
    found = tested(config, folder, run, store)
    if isinstance(found, Refused):
        refuse(found.issues, lang)
        return
    obliged = any(t.obliged for t in found)
    if as_json:
        print_json({"schema": "carbonledger.recalculation/1", "base": run.id,
                    "threshold": str(config.recalculation.threshold),
                    "obliged": obliged,
                    "standards": [_tested_document(t) for t in found]})  # fmt: skip
    else:
        _say_tested(found, run, config, lang)
    if obliged:
        raise click.exceptions.Exit(FINDING)


def _tested_document(one: Tested) -> dict[str, Any]:
    split = one.change.split
    moved = None if one.moved is None else f"{one.moved.numerator}/{one.moved.denominator}"
    return {"standard": one.change.standard, "provisional": provisional(one.change.standard),
            "grams": str(split.before),
            "grams_today": str(split.after), "moved": moved, "obliged": one.obliged,
            "reasons": {n: str(g) for n, g in split.grams.items() if g}}  # fmt: skip


def _say_tested(found: tuple[Tested, ...], run: Run, config: Config, lang: Language) -> None:
    from carbonledger import units
    from carbonledger.words import word

    zh = lang == "zh"
    policy = config.recalculation
    assert policy is not None, "only a configured policy is tested"
    threshold = units.ratio(*(policy.threshold * 100).as_integer_ratio(), 2)
    for one in found:
        split = one.change.split
        moved = "-" if one.moved is None else units.ratio(
            one.moved.numerator * 100, one.moved.denominator, 2)  # fmt: skip
        verdict = (("须重述" if zh else "must be restated") if one.obliged else
                   ("无须重述" if zh else "need not be restated"))  # fmt: skip
        first, last = (units.tonnes(g, 0) for g in (split.before, split.after))
        click.echo(f"{run.id}  {named(one.change.standard, lang)}  {first} -> {last} tCO2e  "
                   f"{moved}% / {threshold}%  {verdict}")  # fmt: skip
        for name, grams in split.grams.items():
            if grams:
                label = word("effects", name, lang, "form-changes")
                click.echo(f"  {label}  {units.tonnes(grams, 3)}")
