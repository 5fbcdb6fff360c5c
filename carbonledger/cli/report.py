"""``carbonledger report``: a sealed run's report in the format and language asked for."""

from __future__ import annotations

from pathlib import Path

import click

from carbonledger.cli.language import Language, default_language
from carbonledger.cli.places import run_named

STANDARDS = "standards"
"""The form that is made of the entries of several standards, and only when asked for."""


@click.command()
@click.argument("run")
@click.option("--form", "form_id", default="financed", show_default=True, help="Which form.")
@click.option(
    "--format", "kind", type=click.Choice(["html", "xlsx", "json", "md"]), default="html",
    show_default=True, help="Kind of file.",
)  # fmt: skip
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True,
              help="Language of the report.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File; else stdout.")
def command(run: str, form_id: str, kind: str, lang: str, output: Path | None) -> None:
    """Write the report of RUN, which is a run's folder, its id or the beginning of its id."""
    from carbonledger.analysis.sealed import disclosure_of
    from carbonledger.cli.standards import form_of, named_standards
    from carbonledger.cli.writing import write_whole
    from carbonledger.forms import forms
    from carbonledger.render import renderers

    known = forms()
    if form_id not in (*known, STANDARDS):
        raise click.BadParameter(
            f"there is no form {form_id}; choose {', '.join((*known, STANDARDS))}",
            param_hint="--form")  # fmt: skip
    language: Language = "zh" if lang == "zh" else "en"
    sealed = run_named(run, default_language())
    if form_id == STANDARDS:
        form = form_of(sealed, named_standards(sealed, language), language)
    else:
        form = known[form_id].make(disclosure_of(sealed), language)
    write_whole(renderers()[kind](form), output)
