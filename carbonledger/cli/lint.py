"""``carbonledger lint``: what a reader would find wrong in a report, before it is published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.places import is_bundle, run_named
from carbonledger.cli.printing import (
    FINDING,
    issue_document,
    many,
    print_json,
    refuse,
    say_issues,
)

if TYPE_CHECKING:
    from carbonledger.issues import Issue
    from carbonledger.lint import Table


@click.command()
@click.argument("target")
@json_option
@language_option
def command(target: str, as_json: bool, lang: Language) -> None:
    """Check the tables of TARGET, which is a run or an XLSX workbook that anybody made.

    Leaves with 4 where something is found.

    \b
    carbonledger lint my-bank/runs/2025-1a2b3c4d
    carbonledger lint esg-tables.xlsx
    """
    from carbonledger.issues import in_order
    from carbonledger.lint import findings

    path = Path(target)
    read = (
        _of_workbook(path, lang)
        if path.is_file() and not is_bundle(target)
        else _of_run(target, lang)
    )
    tables, of_totals = read
    found = in_order([*of_totals, *findings(tables)])
    figures = sum(len(t.figures) for t in tables)
    if as_json:
        own = {"schema": "carbonledger.lint/1", "tables": len(tables), "figures": figures}
        print_json(issue_document(found) | own)
    else:
        say_issues(found, lang, to_stderr=False)
        click.echo(f"{len(tables)} 张表，{figures} 个数字，{len(found)} 处疑点" if lang == "zh" else
                   f"{many(len(tables), 'table')}, {many(figures, 'figure')}, "
                   f"{many(len(found), 'finding')}")  # fmt: skip
    if found:
        raise click.exceptions.Exit(FINDING)


def _of_workbook(path: Path, lang: Language) -> tuple[tuple[Table, ...], list[Issue]]:
    from carbonledger.lint.sheet import tables_of
    from carbonledger.reading.whole import whole_workbook

    sheets, issues = whole_workbook(path)
    if issues:
        refuse(issues, lang)
    tables = [t for name, rows in sheets.items() for t in tables_of(path.name, name, rows)]
    return tuple(tables), []


def _of_run(target: str, lang: Language) -> tuple[tuple[Table, ...], list[Issue]]:
    """The tables of every form of a run, and what its own totals have against them."""
    from carbonledger.analysis.sealed import disclosure_of
    from carbonledger.forms import forms
    from carbonledger.lint.form import tables_of_form
    from carbonledger.lint.totals import parts_of_ledgers

    run = run_named(target, lang)
    disclosure = disclosure_of(run)
    tables = [t for kind in forms().values()
              for t in tables_of_form(kind.make(disclosure, lang), run.id)]  # fmt: skip
    standards = run.manifest["inputs"]["config"]["standards"]
    return tuple(tables), parts_of_ledgers(run.id, [run.ledger(s) for s in standards])
