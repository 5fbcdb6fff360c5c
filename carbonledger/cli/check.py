"""``carbonledger check``: every problem of every book at once, nothing written."""

from __future__ import annotations

from pathlib import Path

import click

from carbonledger.cli.keys import terms_of
from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.period import period_option
from carbonledger.cli.printing import (
    FINDING,
    REFUSED,
    counted,
    issue_document,
    many,
    print_json,
    say_issues,
)
from carbonledger.issues import errors


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@period_option
@click.option("--strict", is_flag=True, help="Leave with 4 when there are warnings.")
@json_option
@language_option
def command(
    folder: Path, period: tuple[int, ...] | None, strict: bool, as_json: bool, lang: Language
) -> None:
    """List every problem of every book of FOLDER, with file, sheet, row, column and fix."""
    from carbonledger.workflow.check import check

    _, issues = check(folder, period, lambda config: terms_of(config, folder))
    if as_json:
        print_json(issue_document(issues))
    else:
        say_issues(issues, lang, to_stderr=False)
        count = counted(issues)
        click.echo(f"{many(count['errors'], 'error')}, {many(count['warnings'], 'warning')}"
                   if lang == "en" else
                   f"{count['errors']} 个错误，{count['warnings']} 条提示", err=True)  # fmt: skip
    if errors(issues):
        raise click.exceptions.Exit(REFUSED)
    if strict and issues:
        raise click.exceptions.Exit(FINDING)
