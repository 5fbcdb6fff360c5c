"""``carbonledger map``: draft the mapping of a file's headers; nothing is applied by it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonledger.cli.language import Language, json_option, language_option
from carbonledger.cli.printing import print_json, refuse, say_issues
from carbonledger.cli.writing import write_whole
from carbonledger.issues import errors

if TYPE_CHECKING:
    from carbonledger.intake.map_draft import Draft

BOOK_NAMES = ("loans", "investments", "facilitations", "policies", "counterparties", "projects",
              "properties", "vehicles", "territories", "pools", "pool_assets",
              "activities")  # fmt: skip


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--book", type=click.Choice(BOOK_NAMES), help="The book; by default guessed.")
@click.option("--sheet", help="The worksheet, where a workbook has several.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write, a new one.")
@json_option
@language_option
def command(
    file: Path, book: str | None, sheet: str | None, output: Path | None, as_json: bool,
    lang: Language,
) -> None:  # fmt: skip
    """Draft which header of FILE is which column, with reasons, for a person to decide.

    \b
    carbonledger map loans.csv -o loans.map.yaml
    carbonledger map loans.csv --book loans --lang zh
    """
    from carbonledger.intake.map_draft import as_yaml, draft
    from carbonledger.words import word

    if output is not None and output.exists():
        what = "已存在，其中可能有人作过决定；请换一个文件名" if lang == "zh" else (
            "exists and may hold decisions; name another file")  # fmt: skip
        raise click.UsageError(f"{output.name} {what}")
    found, issues = draft(file, book, sheet)
    if found is None:
        refuse(issues, lang)
        return
    say_issues(errors(issues), lang)
    if as_json:
        print_json(_document(found))
        return
    write_whole(as_yaml(found, lang).encode(), output)
    counts = {"exact": found.count("exact"), "proposed": found.count("proposed"),
              "unknown": found.count("unknown")}  # fmt: skip
    click.echo(word("said", "summary", lang, "map", book=found.book, **counts), err=True)


def _document(found: Draft) -> dict[str, Any]:
    """The draft for scripts."""
    from carbonledger.intake.map_draft import said, why

    return {
        "schema": "carbonledger.map/1",
        "book": found.book,
        "file": found.file,
        "sheet": found.sheet,
        "reason": {"zh": why(found, "zh"), "en": why(found, "en")},
        "columns": [
            {"header": ln.header, "column": ln.column or None, "status": ln.status,
             "score": None if ln.score is None else f"{ln.score:.2f}",
             "reason": {"zh": said(ln.reasons, "zh"), "en": said(ln.reasons, "en")},
             "sample": ln.sample}
            for ln in found.lines
        ],
    }  # fmt: skip
