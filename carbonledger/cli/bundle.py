"""``carbonledger bundle``: a run as one file that is verified and worked again anywhere."""

from __future__ import annotations

from pathlib import Path

import click

from carbonledger.cli.language import Language, language_option
from carbonledger.cli.places import run_named
from carbonledger.cli.printing import refuse


@click.command()
@click.argument("run")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True,
              help="The zip to write.")  # fmt: skip
@click.option("--folder", type=click.Path(path_type=Path), help="The working folder, where the "
              "run lies outside of it and its books are sealed by reference.")  # fmt: skip
@language_option
def command(run: str, output: Path, folder: Path | None, lang: Language) -> None:
    """Pack RUN with all that it needs, for an auditor's own machine.

    \b
    carbonledger bundle my-bank/runs/2025-1a2b3c4d -o 2025.zip
    carbonledger verify 2025.zip --replay
    """
    from carbonledger.cli.writing import beside
    from carbonledger.runs import Store
    from carbonledger.workflow.bundle import bundle

    sealed = run_named(run, lang)
    store = Store(sealed.folder.parent, sealed.folder.parent)
    with beside(output) as unfinished:
        issues = bundle(sealed, store, unfinished, folder)
        if issues:
            refuse(issues, lang)
    size = output.stat().st_size
    click.echo(f"{output}  {size:,} " + ("字节" if lang == "zh" else "bytes"))
