"""``carbonledger gaps``: what to ask whom, what hangs on it, and the answers read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import Language, language_option
from carbonledger.cli.places import run_named
from carbonledger.cli.printing import named, print_json, print_table, refuse, say_issues
from carbonledger.cli.writing import write_whole

if TYPE_CHECKING:
    from carbonledger.analysis.gaps import Account, Gap
    from carbonledger.runs import Run
    from carbonledger.scale.period import Period

SHOWN = 20
"""Rows of a table on the terminal; files have all."""


@click.command()
@click.argument("run")
@click.option("--standard", help="Only this standard; all of the run's by default.")
@click.option("--format", "kind", type=click.Choice(["text", "xlsx", "csv", "json"]),
              default="text", show_default=True, help="Kind of output.")  # fmt: skip
@click.option("--read", "answered", type=click.Path(path_type=Path), multiple=True,
              help="Answers that came back, to be written as CSV for the next run.")  # fmt: skip
@click.option("--folder", type=click.Path(path_type=Path), help="The working folder, where the "
              "run lies outside of it.")  # fmt: skip
@language_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File; else stdout.")
def command(
    run: str, standard: str | None, kind: str, answered: tuple[Path, ...], folder: Path | None,
    lang: Language, output: Path | None,
) -> None:  # fmt: skip
    """Rank the figures whose absence costs RUN most coverage or score, and whom to ask.

    \b
    carbonledger gaps RUN --format xlsx -o questions.xlsx
    carbonledger gaps RUN --read questions.xlsx -o answers-2025.csv
    """
    from carbonledger.issues import errors
    from carbonledger.workflow.reopen import reopened

    sealed = run_named(run, lang)
    if answered:
        _read(sealed, answered, output, lang)
        return
    ready, issues = reopened(sealed, folder)
    if ready is None or errors(issues):
        refuse(issues, lang)
        return
    say_issues([i for i in issues if i.code == "factors_changed"], lang)
    known = [ledger["standard"] for ledger in sealed.summary["ledgers"]]
    if standard is not None and standard not in known:
        raise click.BadParameter(f"the run has {', '.join(known)}", param_hint="--standard")
    _write(ready, sealed, [standard] if standard else known, kind, lang, output)


def _write(
    ready: Period, run: Run, only: Sequence[str], kind: str, lang: Language, output: Path | None
) -> None:
    from carbonledger.analysis.asks import document, money_unit, questions
    from carbonledger.analysis.gaps import gaps

    accounts = gaps(ready, run, only)
    currency = ready.config.currency
    if kind == "xlsx":
        from carbonledger.templates.questions import questions_workbook
        from carbonledger.workflow.naming import names_of

        asked = questions(ready, accounts)
        write_whole(questions_workbook(asked, names_of(ready, run), run,
                                       money_unit(currency, lang), lang), output)  # fmt: skip
    elif kind == "csv":
        write_whole(_csv(accounts), output)
    elif kind == "json":
        print_json(document(run.id, run.period, currency, accounts))
    else:
        for at, account in enumerate(accounts):
            if at:
                click.echo()
            _say(account, currency, lang)


def _read(run: Run, files: Sequence[Path], output: Path | None, lang: Language) -> None:
    """Check the answers, refuse them with every problem, or write them for the next run."""
    from carbonledger.config import Config
    from carbonledger.intake.answers import as_csv
    from carbonledger.issues import errors
    from carbonledger.scale.period import open_answers
    from carbonledger.words import word

    config = Config.model_validate(run.manifest["inputs"]["config"] | {"period": str(run.period)})
    answers, issues = open_answers(files, config, run.period)
    if errors(issues):
        refuse(issues, lang)
    say_issues(issues, lang)
    write_whole(as_csv(answers), output)
    named = output.name if output else "FILE"
    click.echo(word("text", "read", lang, "gaps", count=len(answers), file=named), err=True)


def _csv(accounts: Sequence[Account]) -> bytes:
    """Every gap of every standard, money in fen and emissions in grams."""
    from carbonledger.analysis.asks import plain
    from carbonledger.issues import guarded

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    head = ["standard", "effect", "entity", "id", "branch", "fields", "positions", "outstanding",
            "financed_emissions_scope12_g", "score_from", "score_to",
            "portfolio_score_step"]  # fmt: skip
    writer.writerow(head)
    for account in accounts:
        for gap in (*account.coverage, *account.score):
            row = {"standard": gap.standard, "effect": gap.effect, **plain(account, gap)}
            row["fields"] = " ".join(row["fields"])
            writer.writerow([guarded("" if row[n] is None else str(row[n])) for n in head])
    return out.getvalue().encode("utf-8-sig")


def _say(account: Account, currency: str, lang: Language) -> None:
    """The gaps of one standard as two tables."""
    from carbonledger.analysis.asks import WAN, money_unit
    from carbonledger.units import money
    from carbonledger.words import word

    unit = money_unit(currency, lang)

    def text(name: str, **details: object) -> str:
        return word("text", name, lang, "gaps", standard=named(account.standard.id, lang),
                    unit=unit, **details)  # fmt: skip

    click.echo(text("head", missing=money(account.whole.not_covered, WAN, 2),
                    gained=money(account.gained, WAN, 2)))  # fmt: skip
    for reason, (rows, fen) in account.unmended.items():
        click.echo(text("unmended", reason=word("reasons", reason, lang), rows=rows,
                        money=money(fen, WAN, 2)))  # fmt: skip
    _table(account, account.coverage, ("id", "branch", "fields", "outstanding"), lang, text, unit)
    if account.score:
        click.echo()
        click.echo(text("score_head"))
        columns = ("id", "branch", "fields", "scores", "outstanding", "tonnes", "step")
        _table(account, account.score, columns, lang, text, unit)


def _table(
    account: Account, gaps: Sequence[Gap], columns: Sequence[str], lang: Language, text: Any,
    unit: str,
) -> None:  # fmt: skip
    from carbonledger.words import word

    if not gaps:
        click.echo(f"  {text('nothing')}")
        return
    titles = [word("columns", c, lang, "gaps", unit=unit) for c in columns]
    print_table(titles, [[_cell(account, g, c, lang) for c in columns] for g in gaps[:SHOWN]])
    if len(gaps) > SHOWN:
        click.echo(text("more", count=len(gaps) - SHOWN))


def _cell(account: Account, gap: Gap, column: str, lang: Language) -> str:
    from carbonledger import units
    from carbonledger.analysis.asks import WAN
    from carbonledger.books import ENTITIES
    from carbonledger.books.titles import column_title

    step = account.score_step(gap)
    if column == "fields":
        book = ENTITIES.get(gap.entity, "")
        return ", ".join(column_title(f, lang, book) for f in gap.fields)
    if column == "step":
        return "-" if step is None else f"-{units.ratio(step.numerator, step.denominator, 4)}"
    return {
        "id": gap.id, "branch": gap.branch or "-", "scores": f"{gap.score_from} > {gap.score_to}",
        "outstanding": units.money(gap.outstanding, WAN, 2),
        "tonnes": "-" if gap.grams is None else units.tonnes(gap.grams, 0),
    }[column]  # fmt: skip
