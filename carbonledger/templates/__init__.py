"""Template books to be filled in, and the working folder that ``init`` makes of them."""

from __future__ import annotations

from importlib import resources

from carbonledger.config import FILE, parse_config
from carbonledger.issues import Language
from carbonledger.templates.examples import rows
from carbonledger.templates.workbook import workbook

EXAMPLE_ROWS = 3
"""Example rows of a template; the books of a new folder hold a few more, which fit together."""


def template(book: str, language: Language) -> bytes:
    """A book to be filled in, as a workbook with three example rows."""
    return workbook(book, language, rows(book, language)[:EXAMPLE_ROWS])


def template_files(language: Language) -> dict[str, bytes]:
    """Every file of a new working folder, by name: the configuration and the books it names."""
    source = resources.files("carbonledger") / "registers" / f"template-config-{language}.yaml"
    text = source.read_text("utf-8")
    config, issues = parse_config(text)
    assert config is not None, issues
    files = {book.file[0]: workbook(name, language, rows(name, language))
             for name, book in config.books.items()}  # fmt: skip
    return {FILE: text.encode(), **files}
