"""``carbonledger factors catalogue``: the whole library as pages that need no server."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from carbonledger.cli.language import default_language
from carbonledger.cli.library import factors_option, known_on_option


@click.command()
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="The folder to write factors.zh.html and factors.en.html into.")  # fmt: skip
@known_on_option
@factors_option
def catalogue(output: Path, known_on: datetime | None, folders: tuple[Path, ...]) -> None:
    """Write every set and value as two searchable pages, Chinese and English, that work offline.

    \b
    carbonledger factors catalogue -o catalogue
    """
    from carbonledger.cli.factors import every_row
    from carbonledger.cli.writing import write_whole
    from carbonledger.render.catalogue import NAME, catalogue_page
    from carbonledger.words import word

    lang = default_language()
    factors = every_row(folders, known_on, lang)
    output.mkdir(parents=True, exist_ok=True)
    for language in ("zh", "en"):
        place = output / NAME.format(language=language)
        write_whole(catalogue_page(factors, language), place)
        click.echo(word("lines", "written", lang, "factors", path=place), err=True)
