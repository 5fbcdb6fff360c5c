"""``carbonledger verify``: whether a sealed run, or a whole ledger, is still what was sealed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.places import brought_here, is_bundle, run_named, unpacked
from carbonledger.cli.printing import (
    MISMATCH,
    UNAVAILABLE,
    issue_document,
    print_json,
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
@click.option("--signature", "allowed", help="Allowed signers; each run must be signed by one.",
              type=click.Path(exists=True, dir_okay=False, path_type=Path))  # fmt: skip
@click.option("--trust-code", "trusted", is_flag=True,
              help="Run the code of own standards that is sealed in the run.")  # fmt: skip
@json_option
@language_option
def command(
    target: str, anew: bool, folder: Path | None, allowed: Path | None, trusted: bool,
    as_json: bool, lang: Language,
) -> None:  # fmt: skip
    """Check every hash of a run, or of all runs of a folder and their chain.

    TARGET is a run, a bundle of one, a working folder, a folder of runs or its ledger.jsonl.
    content_sha256 in the JSON document is the hash of what a run holds: the same under any version
    of the libraries, where the bytes of its Parquet and XLSX files may differ.

    \b
    carbonledger verify my-bank
    carbonledger verify my-bank/runs/2025-1a2b3c4d --replay
    """
    from carbonledger.issues import in_order
    from carbonledger.reading.stores import is_url

    place, removed = brought_here(target, lang) if is_url(target) else target, {}
    if is_bundle(target):
        runs, issues = _verified_bundle(unpacked(target, lang))
    else:
        runs, issues = _verified(place, lang)
        removed = {} if issues else _removed(place)
    if anew and not issues:
        issues = [i for run in runs for i in _replayed(run, folder, trusted)]
    signed = _signed(runs, allowed, issues, lang) if allowed and not issues else {}
    issues = in_order(dict.fromkeys(issues))
    _tell(runs, issues, signed, removed, anew, as_json, lang)


def _verified(target: str, lang: Language) -> tuple[list[Run], list[Issue]]:
    from carbonledger.runs.verify import store_of, verify_all, verify_run

    store = store_of(Path(target))
    if store is None:
        run = run_named(target, lang, adopted=False)
        return [run], verify_run(run)
    issues = verify_all(store)
    return ([] if issues else [store.run(i) for i in store.states()]), issues


def _removed(target: str) -> dict[str, dict[str, Any]]:
    """The runs that somebody removed on purpose, each with the event that says so."""
    from carbonledger.runs.verify import store_of

    store = store_of(Path(target))
    return {} if store is None else store.removed()


def _verified_bundle(folder: Path) -> tuple[list[Run], list[Issue]]:
    """The run of a bundle whole, and what it holds of the runs before."""
    from carbonledger.runs.verify import verify_bundle

    return verify_bundle(folder / "runs")


def _signed(
    runs: list[Run], allowed: Path, issues: list[Issue], lang: Language
) -> dict[str, dict[str, str]]:
    """Who signed each run; what is wrong with a signature is added to the issues."""
    from carbonledger.cli.sign import NO_TOOL
    from carbonledger.runs.signing import NoTool, signers

    signed: dict[str, dict[str, str]] = {}
    try:
        for run in runs:
            signed[run.id], problems = signers(run, allowed)
            issues += problems
    except NoTool:
        click.echo(NO_TOOL[0 if lang == "zh" else 1], err=True)
        raise click.exceptions.Exit(UNAVAILABLE) from None
    return signed


def _tell(
    runs: list[Run], issues: list[Issue], signed: dict[str, dict[str, str]],
    removed: dict[str, dict[str, Any]], anew: bool, as_json: bool, lang: Language,
) -> None:  # fmt: skip
    from carbonledger.issues import errors

    if as_json:
        from carbonledger.runs.content import content_sha256

        sound = [] if errors(issues) else runs
        own = {"schema": "carbonledger.verification/1", "runs": [r.id for r in runs],
               "content_sha256": {r.id: content_sha256(r.folder) for r in sound},
               "signed": signed, "removed": list(removed.values())}  # fmt: skip
        print_json(issue_document(issues) | own)
    else:
        say_issues(issues, lang)
        if not errors(issues):
            _say_sound(runs, signed, anew, lang)
            _say_removed(removed, lang)
    if errors(issues):
        raise click.exceptions.Exit(MISMATCH)


def _replayed(run: Run, folder: Path | None, trusted: bool) -> list[Issue]:
    from carbonledger.render import reports
    from carbonledger.runs import Store
    from carbonledger.workflow.replay import replay

    store = Store(run.folder.parent, run.folder.parent)
    return replay(run, store, reports, folder, trusted=trusted)


def _say_sound(
    runs: list[Run], signed: dict[str, dict[str, str]], anew: bool, lang: Language
) -> None:
    zh = lang == "zh"
    for run in runs:
        files = len(run.files)
        words = [f"{files} 个文件与封存时一致" if zh else f"{files} files as sealed"]
        if anew:
            words.append("重算结果相同" if zh else "replay gives the same")
        if run.id in signed:
            names = ", ".join(signed[run.id].values())
            words.append(f"签名：{names}" if zh else f"signed by {names}")
        click.echo(f"{run.id}  " + ("，" if zh else ", ").join(words))


def _say_removed(removed: dict[str, dict[str, Any]], lang: Language) -> None:
    for run_id, event in removed.items():
        who, why = event["by"], event["reason"]
        click.echo(f"{run_id}  由 {who} 删除：{why}" if lang == "zh" else
                   f"{run_id}  removed by {who}: {why}")  # fmt: skip
