"""``carbonledger run``: books in, a sealed run and its reports out."""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from carbonledger.cli.keys import terms_of
from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.log import Log, log_option
from carbonledger.cli.period import period_option
from carbonledger.cli.printing import (
    ALREADY_SEALED,
    FINDING,
    REFUSED,
    UNAVAILABLE,
    counted,
    named,
    per_named,
    print_json,
)
from carbonledger.cli.progress import Bar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from carbonledger.config import Config
    from carbonledger.intake.terms import Terms
    from carbonledger.issues import Issue
    from carbonledger.ledger import Total
    from carbonledger.runs import Store
    from carbonledger.scale.local import Account
    from carbonledger.workflow.seal import Refused, Sealed


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@period_option
@click.option("--out", type=click.Path(), help="Put the run folders here; may be a URL.")
@click.option("--no-reports", is_flag=True, help="Seal figures only, without reports.")
@click.option("--strict", is_flag=True, help="Leave with 4 when there are warnings.")
@click.option("--new-only", is_flag=True, help="Leave with 99 when the inputs were sealed before.")
@click.option("--by", default="", metavar="NAME", help="Who seals the run, for the record.")
@click.option("--allow-refused", is_flag=True, help="Leave refused rows out and go on.")
@click.option(
    "--engine",
    type=click.Choice(["local", "dask"]),
    default="local",
    help="Work on this machine, or on a Dask cluster.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="The cluster, such as tcp://host:8786; else processes of this machine.",
)
@log_option
@json_option
@language_option
def command(
    folder: Path, period: tuple[int, ...] | None, out: str | None, no_reports: bool,
    strict: bool, new_only: bool, by: str, allow_refused: bool, engine: str,
    scheduler: str | None, log: Log, as_json: bool, lang: Language,
) -> None:  # fmt: skip
    """Account for the books of FOLDER, seal one run a period, write its reports."""
    from carbonledger import __version__
    from carbonledger.runs import Mirror
    from carbonledger.workflow.seal import Refused, Sealing, seal

    log.step("start", command="run", version=__version__)
    config, terms = _ready(folder, by, allow_refused, log, lang)
    years = list(period or config.period)
    store = _store(folder, out, lang)
    shared = store.url if isinstance(store, Mirror) else None
    account = _engine(engine, scheduler, shared, log, lang)
    done: list[Sealed] = []
    with store.lock():
        log.step("locked_for_writing", periods=years)
        before: dict[int, Any] = {}
        for year in years:
            with Bar(year, config.currency, lang, log.json) as bar:
                how = Sealing(_report(no_reports), by.strip(), terms, log.step, bar.progress,
                              account)  # fmt: skip
                with _served(log, lang):
                    result = seal(config, folder, year, store, before, how)
            if isinstance(result, Refused):
                _refused(result, log, lang)
                raise click.exceptions.Exit(REFUSED)
            before[year] = result.run
            done.append(result)
            log.step("sealed" if result.fresh else "sealed_before", period=year,
                     run_id=result.run.id, figures_id=result.run.summary["figures_id"])  # fmt: skip
    _tell(done, store, log, as_json, lang)
    _leave(done, config.min_coverage, strict, new_only, log, lang)


def _store(folder: Path, out: str | None, lang: Language) -> Store:
    """Where the runs go; those of a URL are worked in a folder that goes with the command."""
    from carbonledger.cli.places import mirror_of, public
    from carbonledger.reading.stores import is_url
    from carbonledger.runs import Store

    if out is not None and is_url(out):
        return mirror_of(public(out, lang), folder / "refused")
    place = folder if out is None else Path(out)
    return Store(folder / "runs" if out is None else place, place / "refused")


def _engine(
    engine: str, scheduler: str | None, shared: str | None, log: Log, lang: Language
) -> Account:
    """What accounts for the positions."""
    if engine == "local":
        if scheduler is not None:
            raise click.UsageError("--scheduler 只与 --engine dask 同用" if lang == "zh" else
                                   "--scheduler goes with --engine dask")  # fmt: skip
        from carbonledger.scale.local import account

        return account
    from carbonledger.scale.cluster import on_dask
    from carbonledger.workflow.seal import code_digest

    return on_dask(scheduler, code_digest, lambda issue: log.issues([issue], lang), shared)


@contextmanager
def _served(log: Log, lang: Language) -> Iterator[None]:
    """Leaves with one message where machines that a run needs are not there."""
    from carbonledger.issues import Unavailable

    try:
        yield
    except Unavailable as problem:
        log.issues([problem.issue], lang)
        log.step("unavailable", level="error", code=problem.issue.code)
        raise click.exceptions.Exit(UNAVAILABLE) from problem


def _ready(
    folder: Path, by: str, allow_refused: bool, log: Log, lang: Language
) -> tuple[Config, Terms]:
    """The configuration and how its books are read; refuses where either is wrong."""
    from carbonledger.config import load_config

    config, issues = load_config(folder)
    if config is None:
        _refuse(issues, log, lang)
    if config.four_eyes and not by.strip():
        raise click.UsageError(
            "配置要求双人复核（four_eyes），请用 --by 写明谁封存" if lang == "zh" else
            "the configuration asks for four_eyes: --by must say who seals")  # fmt: skip
    terms, issues = terms_of(config, folder, allow_refused)
    if issues:
        _refuse(issues, log, lang)
    return config, terms


def _refuse(issues: Sequence[Issue], log: Log, lang: Language) -> NoReturn:
    log.issues(issues, lang)
    raise click.exceptions.Exit(REFUSED)


def _refused(result: Refused, log: Log, lang: Language) -> None:
    log.issues(result.issues, lang, period=result.period)
    place = "" if result.folder is None else f"refused/{result.folder.name}/issues.csv"
    log.step("refused", level="error", period=result.period, list=place, **counted(result.issues))
    log.tell(_refused_words(result.folder, lang))


def _report(no_reports: bool) -> Any:
    if no_reports:
        return None
    from carbonledger.render import reports

    return reports


def _refused_words(folder: Path | None, lang: Language) -> str:
    if lang == "zh":
        return f"已退回，没有生成批次。问题清单：{folder}/issues.csv"
    return f"refused, nothing was sealed. The problems are listed in {folder}/issues.csv"


def _left_out_words(folder: Path, lang: Language) -> str:
    if lang == "zh":
        return f"退回的行没有计入，改正后可再送入：{folder}"
    return f"refused rows were left out; mend them and feed them back: {folder}"


def _tell(done: list[Any], store: Store, log: Log, as_json: bool, lang: Language) -> None:
    for sealed in done:
        if sealed.refused is not None:
            log.tell(_left_out_words(sealed.refused, lang))
            log.step("left_out", level="warning", period=sealed.run.period,
                     list=f"refused/{sealed.refused.name}/issues.csv")  # fmt: skip
    documents = [s.run.summary | {"run_dir": store.place_of(s.run.id)} for s in done]
    if as_json:
        for sealed in done:
            log.issues(sealed.issues, lang, run_id=sealed.run.id)
        print_json(documents[0] if len(documents) == 1 else documents)
        return
    for sealed, document in zip(done, documents, strict=True):
        log.issues(sealed.issues, lang, run_id=sealed.run.id)
        _say_figures(document, sealed.fresh, lang)


def _say_figures(document: dict[str, Any], fresh: bool, lang: Language) -> None:
    from rich.cells import cell_len, set_cell_size

    from carbonledger import units
    from carbonledger.words import word

    zh = lang == "zh"
    shown = [named(ledger["standard"], lang) for ledger in document["ledgers"]]
    wide = max(cell_len(name) for name in shown) + 2
    state = ("已封存" if fresh else "此前已封存") if zh else "sealed" if fresh else "sealed before"
    click.echo(f"{document['run_id']}  {state}  {document['run_dir']}")
    for name, ledger in zip(shown, document["ledgers"], strict=True):
        grams = ledger["emissions_g"]["scope12"]
        tonnes = "-" if grams is None else units.tonnes(int(grams), 0)
        coverage = ledger["coverage"]["scope12"]
        share = "-" if coverage is None else f"{Decimal(coverage) * 100:.1f}%"
        if ledger["rows_without_rate"] or ledger.get("rows_refused_without_amount"):
            share = f"<= {share}"
        intensity = ledger["intensity"]
        per = per_named(intensity["per"], document["currency"], lang)
        account = word("accounts", ledger["account"], lang)
        words = (account, *(("碳强度", "覆盖率") if zh else ("intensity", "coverage")))
        click.echo(
            f"  {set_cell_size(name, wide)}{words[0]} {tonnes} tCO2e  {words[1]} "
            f"{intensity['value'] or '-'} {per}  {words[2]} {share}"
        )
        _say_unsure(ledger["unsure"], zh)
    path = document["path"]
    if path:
        now = next(p for p in path["points"] if p["year"] == document["period"])
        gap = f"{Decimal(now['gap']) * 100:+.2f}%"
        words = ("路径", "目标值", "偏离") if zh else ("path", "at", "gap")
        of = "" if len(shown) == 1 else f"  {path['standard']}"
        click.echo(f"  {words[0]} {path['id']}{of}  {words[1]} {now['path']}  {words[2]} {gap}")


def _say_unsure(unsure: dict[str, Any], zh: bool) -> None:
    """Below a total that rests on factors nobody could verify, how much of it does."""
    from carbonledger import units

    if unsure["rows"]:
        tonnes, rows = units.tonnes(int(unsure["scope12_g"]), 0), unsure["rows"]
        click.echo(
            f"    其中 {tonnes} tCO2e（{rows} 笔）用到 RECALLED 或 UNCERTAIN 因子" if zh else
            f"    of which {tonnes} tCO2e ({rows} positions) rest on RECALLED or UNCERTAIN factors"
        )  # fmt: skip


def _surely_covered(whole: Total) -> Fraction:
    """Coverage, or nothing where money is missing that nobody could convert or read."""
    unknown = whole.rows_unpriced + whole.rows_refused_unpriced
    return whole.coverage or Fraction(0) if not unknown else Fraction(0)


def _leave(
    done: list[Any], least: Decimal | None, strict: bool, new_only: bool, log: Log, lang: Language
) -> None:
    low = [
        (s.run.id, ledger["standard"])
        for s in done
        for ledger in s.run.summary["ledgers"]
        if least is not None
        and _surely_covered(s.run.ledger(ledger["standard"]).whole) < Fraction(least)
    ]
    for run_id, standard in low:
        log.tell(f"{run_id} {standard}: " + ("覆盖率低于 min_coverage" if lang == "zh" else
                 "coverage is below min_coverage"))  # fmt: skip
        log.step("coverage_low", level="warning", run_id=run_id, standard=standard)
    if low or (strict and any(s.issues for s in done)):
        raise click.exceptions.Exit(FINDING)
    if new_only and not any(s.fresh for s in done):
        raise click.exceptions.Exit(ALREADY_SEALED)
