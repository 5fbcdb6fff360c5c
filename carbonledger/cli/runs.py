"""``carbonledger runs``: what was sealed, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from carbonledger.runs import Run, Store

MISMATCH = 5
STATES = {"sealed": "已封存", "published": "已发布", "superseded": "已被取代"}


@click.group(invoke_without_command=True)
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_context
def command(ctx: click.Context, folder: Path) -> None:
    """List, show, publish or supersede the runs of FOLDER; without a command, list them.

    \b
    carbonledger runs my-bank
    carbonledger runs my-bank publish 2025-1a2b3c4d
    carbonledger runs my-bank supersede 2025-1a2b3c4d --reason "restated revenue"
    """
    ctx.obj = _store(folder)
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_runs)


def _store(folder: Path) -> Store:
    from carbonledger.runs import CHAIN, Store

    runs = folder if (folder / CHAIN).is_file() else folder / "runs"
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
    rows: list[dict[str, Any]] = []
    for run_id, state in store.states().items():
        run = store.run(run_id)
        first = run.summary["ledgers"][0]
        rows.append({
            "run_id": run_id, "period": run.period, "state": state,
            "standard": first["standard"], "intensity": first["intensity"]["value"],
            "per": first["intensity"]["per"], "coverage": first["coverage"]["scope12"],
            "figures_id": run.summary["figures_id"],
        })  # fmt: skip
    broken = store.broken_at()
    if as_json:
        print_json({"schema": "carbonledger.runs/1", "chain_broken_at": broken, "runs": rows})
    else:
        _print_runs(rows, lang)
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
        [r["run_id"], str(r["period"]), STATES[r["state"]] if zh else r["state"], r["standard"],
         r["intensity"] or "-", r["per"], r["coverage"] or "-"] for r in rows
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
        reason = f"  {event['reason']}" if event["reason"] else ""
        click.echo(f"{event['seq']:>4}  {event['event']}{reason}")
    for ledger in found.summary["ledgers"]:
        click.echo(
            f"{ledger['standard']}: {ledger['intensity']['value'] or '-'} "
            f"{ledger['intensity']['per']}, {ledger['coverage']['scope12'] or '-'}"
        )
    for file in found.manifest["inputs"]["files"]:
        click.echo(f"{file['sha256']}  {file['book']}  {file['file']}")


@command.command("publish")
@click.argument("run")
@click.option("--reason", default="", help="Why, for the record.")
@language_option
@click.pass_obj
def publish(store: Store, run: str, reason: str, lang: Language) -> None:
    """Mark a run as published; an earlier published run of its period is superseded first."""
    with store.lock():
        found = _run(store, run, lang)
        state = store.states()[found.id]
        other = store.latest(found.period, published=True)
        if state == "superseded" or (other is not None and other.id != found.id):
            raise click.UsageError(
                "该年度已有发布的批次，请先 supersede 并写明理由" if lang == "zh" else
                "the period has a published run; supersede it first, with a reason")  # fmt: skip
        if state != "published":
            store.record("published", found.id, reason)
    click.echo(f"{found.id}  {STATES['published'] if lang == 'zh' else 'published'}")


@command.command("supersede")
@click.argument("run")
@click.option("--reason", required=True, help="Why the run no longer stands.")
@language_option
@click.pass_obj
def supersede(store: Store, run: str, reason: str, lang: Language) -> None:
    """Mark a run as superseded; it stays, with the reason in the chain."""
    if not reason.strip():
        raise click.UsageError("--reason 不能为空" if lang == "zh" else "--reason must say why")
    with store.lock():
        found = _run(store, run, lang)
        if store.states()[found.id] != "superseded":
            store.record("superseded", found.id, reason.strip())
    click.echo(f"{found.id}  {STATES['superseded'] if lang == 'zh' else 'superseded'}")
