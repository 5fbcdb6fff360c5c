"""``carbonledger verify``: whether a sealed run, or a whole ledger, is still what was sealed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.places import run_named
from carbonledger.cli.printing import MISMATCH, issue_document, print_json, say_issues

if TYPE_CHECKING:
    from carbonledger.issues import Issue
    from carbonledger.runs import Run, Store


@click.command()
@click.argument("target")
@click.option(
    "--replay", "anew", is_flag=True, help="Work each run again and compare every figure."
)
@click.option("--folder", type=click.Path(path_type=Path), help="The working folder, where the "
              "run lies outside of it and its books are sealed by reference.")  # fmt: skip
@json_option
@language_option
def command(target: str, anew: bool, folder: Path | None, as_json: bool, lang: Language) -> None:
    """Check every hash of a run, or of all runs of a folder and their chain.

    TARGET is a run, a working folder, a folder of runs or its ledger.jsonl.

    \b
    carbonledger verify my-bank
    carbonledger verify my-bank/runs/2025-1a2b3c4d --replay
    """
    from carbonledger.issues import errors, in_order
    from carbonledger.runs.store import Store
    from carbonledger.runs.verify import store_of, verify_all, verify_run

    store = store_of(Path(target))
    if store is not None:
        issues = verify_all(store)
        runs = [] if issues else [store.run(i) for i in store.states()]
    else:
        run = run_named(target, lang)
        store = Store(run.folder.parent, run.folder.parent)
        issues, runs = verify_run(run), [run]
    if anew and not issues:
        issues = [i for run in runs for i in _replayed(run, store, folder)]
    issues = in_order(dict.fromkeys(issues))
    if as_json:
        print_json(issue_document(issues) | {"schema": "carbonledger.verification/1",
                                             "runs": [r.id for r in runs]})  # fmt: skip
    else:
        say_issues(issues, lang)
        if not errors(issues):
            _say_sound(runs, anew, lang)
    if errors(issues):
        raise click.exceptions.Exit(MISMATCH)


def _replayed(run: Run, store: Store, folder: Path | None) -> list[Issue]:
    from carbonledger.render import reports
    from carbonledger.workflow import replay

    return replay(run, store, reports, folder)


def _say_sound(runs: list[Run], anew: bool, lang: Language) -> None:
    for run in runs:
        files = len(run.files)
        if lang == "zh":
            click.echo(f"{run.id}  {files} 个文件与封存时一致" + ("，重算结果相同" if anew else ""))
        else:
            click.echo(f"{run.id}  {files} files as sealed" + (", replay gives the same" if anew
                       else ""))  # fmt: skip
