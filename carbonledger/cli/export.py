"""``carbonledger export``: a run for archives of research data and for lineage catalogues."""

from __future__ import annotations

from pathlib import Path

import click

from carbonledger.cli.language import Language, language_option
from carbonledger.cli.places import run_named


@click.command()
@click.argument("run")
@click.option("--format", "kind", type=click.Choice(["ro-crate", "openlineage"]), required=True,
              help="A zip with its metadata, or one JSON event.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False),
              help="File; an OpenLineage event else goes to stdout.")  # fmt: skip
@language_option
def command(run: str, kind: str, output: Path | None, lang: Language) -> None:
    """Write RUN as an RO-Crate or as an OpenLineage event; times are its reporting date.

    \b
    carbonledger export my-bank/runs/2025-1a2b3c4d --format ro-crate -o crate.zip
    carbonledger export my-bank/runs/2025-1a2b3c4d --format openlineage
    """
    from carbonledger.cli.writing import beside, write_whole
    from carbonledger.runs.exports import open_lineage, ro_crate

    sealed = run_named(run, lang)
    if kind == "openlineage":
        write_whole(open_lineage(sealed), output)
        return
    if output is None:
        raise click.UsageError("请用 -o 指定文件" if lang == "zh" else "name a file with -o")
    with beside(output) as unfinished:
        ro_crate(sealed, unfinished)
