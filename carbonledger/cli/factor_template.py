"""``carbonledger factors template``: a workbook to fill with factors of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from carbonledger.cli.language import Language, language_option


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True,
              help="The workbook to write, such as my-factors.xlsx.")  # fmt: skip
@language_option
def template(output: Path, lang: Language) -> None:
    """Write a workbook of two invented sets to replace: a sheet a set, explained field by field.

    \b
    carbonledger factors template -o my-factors.xlsx
    """
    from carbonledger.cli.writing import write_whole
    from carbonledger.templates.factors import factor_workbook
    from carbonledger.words import word

    if output.exists():
        raise click.UsageError(f"{output} 已存在" if lang == "zh" else f"{output} exists already")
    write_whole(factor_workbook(lang), output)
    click.echo(word("lines", "written", lang, "factors", path=output), err=True)
