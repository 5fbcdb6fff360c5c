"""Issues and documents on the terminal: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from carbonledger.cli.language import Language
from carbonledger.issues import Issue, errors

REFUSED = 3
FINDING = 4
MISMATCH = 5
UNAVAILABLE = 69
ALREADY_SEALED = 99
STATES = {
    "sealed": ("草稿", "draft"),
    "checked": ("已复核", "checked"),
    "published": ("已发布", "published"),
    "superseded": ("已被取代", "superseded"),
}


def say_issues(issues: Sequence[Issue], lang: Language, *, to_stderr: bool = True) -> None:
    """One line an issue, errors first."""
    for issue in issues:
        kind = {"error": ("error", "错误"), "warning": ("warning", "提示")}[issue.severity]
        word = kind[1] if lang == "zh" else kind[0]
        click.echo(f"{word} {issue.code}  {issue.text(lang)}", err=to_stderr)


def counted(issues: Sequence[Issue]) -> dict[str, int]:
    """How many errors and warnings."""
    bad = len(errors(issues))
    return {"errors": bad, "warnings": len(issues) - bad}


def many(count: int, what: str) -> str:
    """A count with its English word."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def per_named(per: str, currency: str, lang: Language) -> str:
    """The unit of an intensity; in English 万元 is 10,000 of the currency."""
    return per if lang == "zh" else f"tCO2e per {currency} 10,000"


def issue_document(issues: Sequence[Issue]) -> dict[str, Any]:
    """Issues for scripts."""
    return {
        "schema": "carbonledger.issues/1",
        "counts": counted(issues),
        "issues": [
            {"code": i.code, "severity": i.severity, "file": i.place.file, "sheet": i.place.sheet,
             "row": i.place.row, "column": i.place.column, "value": i.value,
             "details": dict(i.details),
             "zh": i.text("zh"), "en": i.text("en")}
            for i in issues
        ],
    }  # fmt: skip


def print_json(document: object) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=1, default=str))


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table: aligned, Chinese counted double, no colour, fit for a pipe."""
    from rich.cells import cell_len

    widths = [max(cell_len(str(r[k])) for r in (titles, *rows)) for k in range(len(titles))]
    for row in (titles, *rows):
        cells = [str(c) + " " * (w - cell_len(str(c))) for c, w in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def refuse(issues: Sequence[Issue], lang: Language) -> None:
    """Print the issues and leave with exit code 3."""
    say_issues(issues, lang)
    raise click.exceptions.Exit(REFUSED)


def provisional(standard: str) -> bool:
    """Whether a standard was seen second-hand only, which every output says."""
    from carbonledger.standards import standards

    known = standards().get(standard)
    return known is not None and known.provisional


def named(standard: str, lang: Language) -> str:
    """A standard as figures name it, with the word that it is provisional where it is."""
    mark = "（暂定）" if lang == "zh" else " (provisional)"
    return standard + mark if provisional(standard) else standard


def state_words(event: str, lang: Language) -> str:
    """What a run is after its latest event; one that was only sealed is a draft."""
    found = next(words for name, words in STATES.items() if event in (name, words[1]))
    return found[0] if lang == "zh" else found[1]
