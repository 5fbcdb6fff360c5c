"""``carbonledger explain``: every step from a loan's cells to its grams."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from carbonledger.cli.keys import key_of_run
from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.places import run_named
from carbonledger.cli.printing import print_json, refuse

if TYPE_CHECKING:
    from carbonledger.form import Form
    from carbonledger.runs import Run


@click.command()
@click.argument("run")
@click.argument("position_id", required=False)
@click.option("--cell", "key", metavar="KEY", help="A figure of the report by its key, such as "
              "pcaf-2025/financed/sector/C31/intensity.")  # fmt: skip
@click.option("--folder", type=click.Path(path_type=Path), help="The working folder, where the "
              "run lies outside of it and its books are sealed by reference.")  # fmt: skip
@click.option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write it as a page to FILE.")  # fmt: skip
@json_option
@language_option
def command(
    run: str, position_id: str | None, key: str | None, folder: Path | None, page: Path | None,
    as_json: bool, lang: Language,
) -> None:  # fmt: skip
    """Show how RUN came to the figures of the loan or position POSITION_ID, step by step.

    With --cell, how a figure of the report is made of entries; keys stand in the JSON report, in
    the page's cells (data-key), in the workbook's last sheet and at the end of the Markdown. A
    figure of diff is asked of the later run.

    \b
    carbonledger explain my-bank/runs/2025-1a2b3c4d JJ-2025-0001
    carbonledger explain my-bank/runs/2025-1a2b3c4d --cell pboc-2021/financed/total/intensity
    """
    if (position_id is None) == (key is None):
        raise click.UsageError("请给出编号或 --cell 之一" if lang == "zh" else
                               "give a position's id, or a figure's key with --cell")  # fmt: skip
    sealed = run_named(run, lang)
    if key is not None:
        _cell(sealed, key, page, as_json, lang)
    elif position_id is not None:
        _position(sealed, position_id, folder, page, as_json, lang)


def _cell(sealed: Run, key: str, page: Path | None, as_json: bool, lang: Language) -> None:
    from carbonledger.tracing.document import as_text
    from carbonledger.tracing.page import cell_page
    from carbonledger.tracing.reported import Reported, earlier_in, earlier_run

    if earlier_in(key) is not None:
        _, issues = earlier_run(sealed, key)
        if issues:
            raise click.UsageError(issues[0].text(lang))
    reported = Reported(sealed, lang)
    said = reported.explained(key)
    if said is None:
        raise click.UsageError(f"报告中没有键为 {key} 的数值" if lang == "zh" else
                               f"the report has no figure with the key {key}")  # fmt: skip
    if page is not None:
        lines = as_text(said, lang).splitlines()
        _write(cell_page(sealed.id, lines, reported.disclosure.entity, lang), page)
    elif as_json:
        print_json(said)
    else:
        click.echo(as_text(said, lang))


def _write(form: Form, page: Path) -> None:
    from carbonledger.cli.writing import write_whole
    from carbonledger.render import renderers

    write_whole(renderers()["html"](form), page)


def _position(
    sealed: Run, position_id: str, folder: Path | None, page: Path | None, as_json: bool,
    lang: Language,
) -> None:  # fmt: skip
    from carbonledger.analysis.explain import explain
    from carbonledger.analysis.explain_text import as_text
    from carbonledger.issues import errors
    from carbonledger.persons import masked
    from carbonledger.tracing.page import position_page
    from carbonledger.workflow.reopen import around, reopened

    only = around(sealed, position_id)
    if only is None:
        position_id = _as_sealed(position_id, sealed, folder)
        only = around(sealed, position_id)
    if only is None:
        raise click.UsageError(
            f"批次 {sealed.id} 中没有编号 {masked(position_id)}" if lang == "zh" else
            f"run {sealed.id} has no position {masked(position_id)}")  # fmt: skip
    ready, issues = reopened(sealed, folder, only)
    if ready is None or errors(issues):
        refuse(issues, lang)
        return
    documents = explain(ready, position_id, sealed.folder / "books")
    currency = ready.config.currency
    if page is not None:
        form = position_page(sealed.id, documents, currency, ready.config.name, lang)
        _write(form, page)
    elif as_json:
        print_json({"schema": "carbonledger.explanations/1", "run_id": sealed.id,
                    "positions": documents})  # fmt: skip
    else:
        click.echo(as_text(documents, currency, lang))


def _as_sealed(position_id: str, run: Run, folder: Path | None) -> str:
    """The pseudonym of an id that is an identity number, where the key is at hand."""
    pseudonyms = key_of_run(run.folder, folder)
    return position_id if pseudonyms is None else pseudonyms.of(position_id)
