"""``carbonledger explain``: every step from a loan's cells to its grams."""

from __future__ import annotations

from pathlib import Path

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.places import run_named
from carbonledger.cli.printing import print_json, refuse


@click.command()
@click.argument("run")
@click.argument("position_id")
@click.option("--folder", type=click.Path(path_type=Path), help="The working folder, where the "
              "run lies outside of it and its books are sealed by reference.")  # fmt: skip
@json_option
@language_option
def command(run: str, position_id: str, folder: Path | None, as_json: bool, lang: Language) -> None:
    """Show how RUN came to the figures of the loan or position POSITION_ID, step by step."""
    from carbonledger.analysis.explain import explain
    from carbonledger.analysis.explain_text import as_text
    from carbonledger.issues import errors
    from carbonledger.workflow.reopen import around, reopened

    sealed = run_named(run, lang)
    only = around(sealed, position_id)
    if only is None:
        raise click.UsageError(
            f"批次 {sealed.id} 中没有编号 {position_id}" if lang == "zh" else
            f"run {sealed.id} has no position {position_id}")  # fmt: skip
    ready, issues = reopened(sealed, folder, only)
    if ready is None or errors(issues):
        refuse(issues, lang)
        return
    documents = explain(ready, position_id, sealed.folder / "books")
    if as_json:
        print_json({"schema": "carbonledger.explanations/1", "run_id": sealed.id,
                    "positions": documents})  # fmt: skip
    else:
        click.echo(as_text(documents, ready.config.currency, lang))
