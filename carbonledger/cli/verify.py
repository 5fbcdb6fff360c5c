"""``carbonledger verify``: whether a sealed run, or a whole ledger, is still what was sealed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.places import run_named
from carbonledger.cli.printing import (
    MISMATCH,
    issue_document,
    print_json,
    refuse,
    say_issues,
)

if TYPE_CHECKING:
    from carbonledger.issues import Issue
    from carbonledger.runs import Run


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

    TARGET is a run, a bundle of one, a working folder, a folder of runs or its ledger.jsonl.

    \b
    carbonledger verify my-bank
    carbonledger verify my-bank/runs/2025-1a2b3c4d --replay
    """
    from carbonledger.issues import in_order

    with _unpacked(target, lang) as (place, packed):
        runs, issues = _verified(place, lang) if not packed else _verified_bundle(Path(place))
        if anew and not issues:
            issues = [i for run in runs for i in _replayed(run, folder)]
        issues = in_order(dict.fromkeys(issues))
        _tell(runs, issues, anew, as_json, lang)


@contextmanager
def _unpacked(target: str, lang: Language) -> Iterator[tuple[str, bool]]:
    """The target itself, or a folder that holds the files of a bundle while it is looked at."""
    path = Path(target)
    if path.suffix.lower() != ".zip" or not path.is_file():
        yield target, False
        return
    from carbonledger.runs.archive import unpack

    with tempfile.TemporaryDirectory() as place:
        issues = unpack(path, Path(place))
        if issues:
            refuse(issues, lang)
        yield place, True


def _verified(target: str, lang: Language) -> tuple[list[Run], list[Issue]]:
    from carbonledger.runs.verify import store_of, verify_all, verify_run

    store = store_of(Path(target))
    if store is None:
        run = run_named(target, lang)
        return [run], verify_run(run)
    issues = verify_all(store)
    return ([] if issues else [store.run(i) for i in store.states()]), issues


def _verified_bundle(folder: Path) -> tuple[list[Run], list[Issue]]:
    """The run of a bundle whole, and what it holds of the runs before."""
    from carbonledger.runs.verify import verify_bundle

    return verify_bundle(folder / "runs")


def _tell(runs: list[Run], issues: list[Issue], anew: bool, as_json: bool, lang: Language) -> None:
    from carbonledger.issues import errors

    if as_json:
        print_json(issue_document(issues) | {"schema": "carbonledger.verification/1",
                                             "runs": [r.id for r in runs]})  # fmt: skip
    else:
        say_issues(issues, lang)
        if not errors(issues):
            _say_sound(runs, anew, lang)
    if errors(issues):
        raise click.exceptions.Exit(MISMATCH)


def _replayed(run: Run, folder: Path | None) -> list[Issue]:
    from carbonledger.render import reports
    from carbonledger.runs import Store
    from carbonledger.workflow import replay

    return replay(run, Store(run.folder.parent, run.folder.parent), reports, folder)


def _say_sound(runs: list[Run], anew: bool, lang: Language) -> None:
    for run in runs:
        files = len(run.files)
        if lang == "zh":
            click.echo(f"{run.id}  {files} 个文件与封存时一致" + ("，重算结果相同" if anew else ""))
        else:
            click.echo(f"{run.id}  {files} files as sealed" + (", replay gives the same" if anew
                       else ""))  # fmt: skip
