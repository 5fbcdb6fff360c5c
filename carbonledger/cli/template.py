"""``carbonledger template``: a book to be filled in, with lists, comments and example rows."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from carbonledger.cli.language import Language, default_language
from carbonledger.cli.library import Wrong
from carbonledger.cli.writing import write_whole


@click.command()
@click.argument("book")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default=default_language,
    help="Language of headers, comments and lists.",
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File; else stdout.")
def command(book: str, lang: Language, output: Path | None) -> None:
    """Write a workbook of BOOK to be filled in.

    It has a comment on each header, lists of codes, three invented example rows and a sheet that
    explains every column. Filled in, it loads as it is.

    \b
    carbonledger template loans --lang zh -o loans.xlsx
    """
    from carbonledger.books import BOOKS
    from carbonledger.templates import template

    if book not in BOOKS:
        known = ", ".join(BOOKS)
        raise Wrong(f"没有“{book}”这本账簿，可选：{known}" if lang == "zh" else
                    f"there is no book {book}; choose {known}")  # fmt: skip
    if output is None and sys.stdout.isatty():
        raise Wrong(f"请用 -o 指定文件，如 -o {book}.xlsx" if lang == "zh" else
                    f"name a file with -o, such as -o {book}.xlsx")  # fmt: skip
    write_whole(template(book, lang), output)
