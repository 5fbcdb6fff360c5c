"""``carbonledger matches``: names that might be one company, in a file for a person to decide."""

from __future__ import annotations

from pathlib import Path

import click

from carbonledger.cli.keys import terms_of
from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.period import period_option
from carbonledger.cli.printing import print_json, refuse
from carbonledger.cli.writing import write_whole


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@period_option
@json_option
@language_option
def command(folder: Path, period: tuple[int, ...] | None, as_json: bool, lang: Language) -> None:
    """Write or update the review file of FOLDER: decisions stay, new proposals are added."""
    from carbonledger.config import load_config
    from carbonledger.workflow.matches import review

    config, issues = load_config(folder)
    if config is None:
        refuse(issues, lang)
        return
    terms, issues = terms_of(config, folder)
    found = None
    if not issues:
        found, issues = review(config, folder, period or config.period, lang, terms)
    if found is None:
        refuse(issues, lang)
        return
    write_whole(found.content, found.path)
    if as_json:
        print_json({"schema": "carbonledger.matches/1", "file": str(found.path),
                    "open": found.open, "new": found.new, "same": found.same,
                    "different": found.different})  # fmt: skip
        return
    click.echo(
        f"{found.path}  待决定 {found.open}（新增 {found.new}），相同 {found.same}，"
        f"不同 {found.different}" if lang == "zh" else
        f"{found.path}  {found.open} to decide ({found.new} new), {found.same} same, "
        f"{found.different} different"
    )  # fmt: skip
    if config.matches is None:
        click.echo("决定后请在 carbonledger.yaml 中写：matches: matches.csv" if lang == "zh" else
                   "once decided, name it in carbonledger.yaml: matches: matches.csv",
                   err=True)  # fmt: skip
