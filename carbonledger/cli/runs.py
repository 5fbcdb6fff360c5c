"""``carbonledger runs``: what was sealed, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import (
    Language,
    group_language,
    json_option,
    language_option,
)
from carbonledger.cli.printing import (
    MISMATCH,
    named,
    per_named,
    print_json,
    print_table,
    state_words,
)
from carbonledger.cli.prune import prune

if TYPE_CHECKING:
    from carbonledger.runs import Run, Store


class _Listing(click.Group):
    """A group that lists where options come in place of a command's name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        return super().resolve_command(ctx, ["list", *args] if args[0][:1] == "-" else args)


@click.group(cls=_Listing, invoke_without_command=True)
@click.argument("folder", type=click.Path())
@group_language
@click.pass_context
def command(ctx: click.Context, folder: str) -> None:
    """List, show, check, publish, supersede or prune the runs of FOLDER; alone, list them.

    FOLDER may be the URL of runs on a store.

    A run is a draft until somebody checks or publishes it.

    \b
    carbonledger runs my-bank
    carbonledger runs my-bank check 2025-1a2b3c4d --by "Li Na"
    carbonledger runs my-bank publish 2025-1a2b3c4d --by "Wang Wei"
    carbonledger runs my-bank supersede 2025-1a2b3c4d --reason "restated revenue"
    """
    ctx.obj = _store(folder)
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_runs)


def _store(named: str) -> Store:
    from carbonledger.cli.language import answered, default_language
    from carbonledger.cli.places import mirror_of, public
    from carbonledger.reading.stores import is_url
    from carbonledger.runs import Store, holds_runs, runs_at

    folder = Path(named)
    if is_url(named):
        lang = default_language()
        with answered(lang):
            url = public(named, lang)
            mirror = mirror_of((runs_at(url) or (url,))[0], folder)
            mirror.fetch()
        return mirror
    runs = folder if holds_runs(folder) else folder / "runs"
    return Store(runs, folder / "refused")


def _run(store: Store, reference: str, lang: Language) -> Run:
    from carbonledger.issues import Issue, Place
    from carbonledger.runs import find_run

    run, issues = find_run(reference, [store.folder])
    if run is None:
        raise click.UsageError(issues[0].text(lang))
    if run.id not in store.states():
        raise click.UsageError(Issue("run_unknown", Place(), reference).text(lang))
    return run


@command.command("list")
@json_option
@language_option
@click.pass_obj
def list_runs(store: Store, as_json: bool, lang: Language) -> None:
    """Every run with its state, the newest last."""
    if not store.folder.parent.is_dir():
        raise click.UsageError(f"there is no folder {store.folder.parent}")
    rows: list[dict[str, Any]] = []
    for run_id, state in store.states().items():
        run = store.run(run_id)
        first = run.summary["ledgers"][0]
        rows.append({
            "run_id": run_id, "period": run.period, "state": state_words(state, "en"),
            "standard": first["standard"], "intensity": first["intensity"]["value"],
            "per": first["intensity"]["per"], "coverage": first["coverage"]["scope12"],
            "currency": run.summary["currency"], "figures_id": run.summary["figures_id"],
        })  # fmt: skip
    broken = store.broken_at()
    if as_json:
        print_json({"schema": "carbonledger.runs/1", "chain_broken_at": broken, "runs": rows})
    else:
        _print_runs(rows, lang)
        if not rows:
            click.echo("还没有封存的批次" if lang == "zh" else "no run is sealed yet", err=True)
    if broken is not None:
        click.echo(f"ledger.jsonl:{broken}: " + (
            "哈希链在此中断，此行之后的记录不可信。请从备份恢复。" if lang == "zh" else
            "the chain of hashes breaks here; what follows cannot be trusted. Restore a backup."),
            err=True)  # fmt: skip
        raise click.exceptions.Exit(MISMATCH)


def _print_runs(rows: list[dict[str, Any]], lang: Language) -> None:
    zh = lang == "zh"
    titles = (["批次", "年度", "状态", "标准", "碳强度", "单位", "覆盖率"] if zh else
              ["run", "period", "state", "standard", "intensity", "unit", "coverage"])  # fmt: skip
    print_table(titles, [
        [r["run_id"], str(r["period"]), state_words(r["state"], lang), named(r["standard"], lang),
         r["intensity"] or "-", per_named(r["per"], r["currency"], lang), r["coverage"] or "-"]
        for r in rows
    ])  # fmt: skip


@command.command("show")
@click.argument("run")
@json_option
@language_option
@click.pass_obj
def show(store: Store, run: str, as_json: bool, lang: Language) -> None:
    """One run: figures, events and the hashes of its inputs."""
    found = _run(store, run, lang)
    events = [e for e in store.events() if e["run_id"] == found.id]
    if as_json:
        print_json({"schema": "carbonledger.run/1", "summary": found.summary, "events": events,
                    "inputs": found.manifest["inputs"]})  # fmt: skip
        return
    for event in events:
        words = [_event(event["event"], lang), event["by"], event["reason"]]
        click.echo("  ".join([f"{event['seq']:>4}", *filter(None, words)]))
    for ledger in found.summary["ledgers"]:
        click.echo(
            f"{named(ledger['standard'], lang)}: {ledger['intensity']['value'] or '-'} "
            f"{per_named(ledger['intensity']['per'], found.summary['currency'], lang)}, "
            f"{ledger['coverage']['scope12'] or '-'}"
        )
    for file in found.manifest["inputs"]["files"]:
        click.echo(f"{file['sha256']}  {file['book']}  {file['file']}")


def _event(name: str, lang: Language) -> str:
    if name == "sealed":
        return "已封存" if lang == "zh" else "sealed"
    return state_words(name, lang)


by_option = click.option("--by", default="", metavar="NAME", help="Who does it, for the record.")


@command.command("check")
@click.argument("run")
@click.option("--by", required=True, metavar="NAME", help="Who checked it, for the record.")
@click.option("--reason", default="", help="What was checked, for the record.")
@language_option
@click.pass_obj
def check(store: Store, run: str, by: str, reason: str, lang: Language) -> None:
    """Mark a draft as checked by a person; every file must still be what was sealed."""
    from carbonledger.cli.printing import say_issues
    from carbonledger.runs import Mirror
    from carbonledger.runs.verify import verify_run

    with store.lock():
        found = _run(store, run, lang)
        if store.states()[found.id] != "sealed":
            raise click.UsageError(
                "只有草稿可以复核" if lang == "zh" else "only a draft is checked"
            )
        if isinstance(store, Mirror):
            store.fetch(found.id)
        issues = verify_run(found)
        if issues:
            say_issues(issues, lang)
            raise click.exceptions.Exit(MISMATCH)
        store.record("checked", found.id, _named(by, lang), reason.strip())
    _say(found.id, "checked", lang)


@command.command("publish")
@click.argument("run")
@by_option
@click.option("--reason", default="", help="Why, for the record.")
@language_option
@click.pass_obj
def publish(store: Store, run: str, by: str, reason: str, lang: Language) -> None:
    """Mark a run as published; an earlier published run of its period is superseded first.

    With ``four_eyes`` in the configuration of the run, somebody else than who sealed it publishes.
    """
    with store.lock():
        found = _run(store, run, lang)
        state = store.states()[found.id]
        other = store.latest(found.period, published=True)
        if state == "superseded" or (other is not None and other.id != found.id):
            raise click.UsageError(
                "该年度已有发布的批次，请先 supersede 并写明理由" if lang == "zh" else
                "the period has a published run; supersede it first, with a reason")  # fmt: skip
        if state != "published":
            if found.manifest["inputs"]["config"]["four_eyes"]:
                _second_pair(store, found, by, lang)
            store.record("published", found.id, by.strip(), reason.strip())
    _say(found.id, "published", lang)


def _second_pair(store: Store, run: Run, by: str, lang: Language) -> None:
    """Refuse a publisher who is nobody, or who sealed the run."""
    sealer = next(e["by"] for e in store.events() if e["run_id"] == run.id)
    if _named(by, lang).casefold() == sealer.casefold():
        raise click.UsageError(
            f"配置要求双人复核：该批次由 {sealer} 封存，须由另一人发布" if lang == "zh" else
            f"the run asks for four eyes: {sealer} sealed it, another publishes it")  # fmt: skip


def _named(by: str, lang: Language) -> str:
    if not by.strip():
        raise click.UsageError("请用 --by 写明姓名" if lang == "zh" else "--by must name a person")
    return by.strip()


def _say(run_id: str, state: str, lang: Language) -> None:
    click.echo(f"{run_id}  {state_words(state, lang)}")


@command.command("supersede")
@click.argument("run")
@by_option
@click.option("--reason", required=True, help="Why the run no longer stands.")
@language_option
@click.pass_obj
def supersede(store: Store, run: str, by: str, reason: str, lang: Language) -> None:
    """Mark a run as superseded; it stays, with the reason in the chain."""
    if not reason.strip():
        raise click.UsageError("--reason 不能为空" if lang == "zh" else "--reason must say why")
    with store.lock():
        found = _run(store, run, lang)
        if store.states()[found.id] != "superseded":
            store.record("superseded", found.id, by.strip(), reason.strip())
    _say(found.id, "superseded", lang)


command.add_command(prune)
