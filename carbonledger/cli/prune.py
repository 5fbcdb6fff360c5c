"""``carbonledger runs FOLDER prune``: old runs removed by a policy that somebody states."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.printing import (
    MISMATCH,
    print_json,
    print_table,
    refuse,
    say_issues,
    state_words,
)

if TYPE_CHECKING:
    from carbonledger.config import Config
    from carbonledger.runs import Store
    from carbonledger.workflow.retention import Fate

WHY = {
    "published": ("已发布", "published"),
    "in_force": ("该年度现行批次", "speaks for its year"),
    "configured": ("配置文件引用", "named in carbonledger.yaml"),
    "referred": ("被引用：", "referred to by "),
}


@click.command()
@click.option("--before", type=click.IntRange(1900, 9999), metavar="YEAR",
              help="Drafts, checked and superseded runs of periods before YEAR.")  # fmt: skip
@click.option("--keep-drafts", type=click.IntRange(0), metavar="N",
              help="Of each period, all drafts but the newest N.")  # fmt: skip
@click.option("--apply", is_flag=True, help="Remove them; without it nothing is touched.")
@click.option("--by", default="", metavar="NAME", help="Who removes them, for the record.")
@click.option("--reason", default="", help="Which policy asks for it, for the record.")
@json_option
@language_option
@click.pass_obj
def prune(
    store: Store, before: int | None, keep_drafts: int | None, apply: bool, by: str, reason: str,
    as_json: bool, lang: Language,
) -> None:  # fmt: skip
    """Show which old runs would go, or remove them with --apply; the chain keeps hash and reason.

    Never a published run, the one that speaks for its year, or one that a kept run refers to.

    \b
    carbonledger runs my-bank prune --keep-drafts 30
    carbonledger runs my-bank prune --before 2016 --apply --by "Li Na" --reason "policy 7.2"
    """
    from carbonledger.runs import Mirror
    from carbonledger.runs.verify import verify_chain
    from carbonledger.workflow.retention import Policy, covered

    if before is None and keep_drafts is None:
        raise click.UsageError(
            "请用 --before 或 --keep-drafts 写明保留政策" if lang == "zh" else
            "state the policy: --before YEAR, --keep-drafts N, or both")  # fmt: skip
    if apply and not (by.strip() and reason.strip()):
        raise click.UsageError(
            "--apply 须写明 --by 和 --reason" if lang == "zh" else "--apply needs --by and --reason"
        )
    if isinstance(store, Mirror):
        raise click.UsageError(
            "prune 只清理磁盘上的批次，不清理对象存储上的" if lang == "zh" else
            "prune removes runs on a disk, none on a store")  # fmt: skip
    config = _config(store, lang)
    with store.lock() if apply else nullcontext():
        issues = verify_chain(store)
        if issues:
            say_issues(issues, lang)
            raise click.exceptions.Exit(MISMATCH)
        fates = covered(store, Policy(before, keep_drafts), config)
        for fate in fates if apply else ():
            if fate.kept is None:
                store.remove(fate.run_id, by.strip(), reason.strip())
    if as_json:
        print_json(_document(fates, apply))
    else:
        _print(fates, apply, lang)


def _config(store: Store, lang: Language) -> Config | None:
    """The configuration of the working folder; one that cannot be read may name a run, so stop."""
    from carbonledger.config import FILE, load_config

    folder = store.refused.parent
    if not (folder / FILE).is_file():
        folder = store.folder.resolve().parent
    if not (folder / FILE).is_file():
        return None
    config, issues = load_config(folder)
    if config is None:
        refuse(issues, lang)
    return config


def _document(fates: list[Fate], applied: bool) -> dict[str, Any]:
    rows = [
        {"run_id": f.run_id, "period": f.period, "state": state_words(f.state, "en"),
         "bytes": f.size, "removed": applied and f.kept is None,
         "kept": f.kept, "kept_by": f.by or None}
        for f in fates
    ]  # fmt: skip
    return {"schema": "carbonledger.prune/1", "applied": applied, "runs": rows}


def _print(fates: list[Fate], applied: bool, lang: Language) -> None:
    zh = lang == "zh"
    going = [f for f in fates if f.kept is None]
    if fates:
        goes = ("已删除" if applied else "将删除") if zh else "removed" if applied else "would go"
        stays = "保留，" if zh else "stays: "
        titles = ["批次", "状态", "处置"] if zh else ["run", "state", "what happens"]
        print_table(titles, [
            [f.run_id, state_words(f.state, lang),
             goes if f.kept is None else stays + WHY[f.kept][0 if zh else 1] + f.by]
            for f in fates
        ])  # fmt: skip
    count, size = len(going), -(-sum(f.size for f in going) // 1000)
    if applied:
        click.echo(f"已删除 {count} 个批次，{size:,} KB" if zh else
                   f"{count} removed, {size:,} KB")  # fmt: skip
    else:
        click.echo(f"将删除 {count} 个批次，{size:,} KB；加 --apply 执行" if zh else
                   f"{count} would go, {size:,} KB; --apply removes them")  # fmt: skip
