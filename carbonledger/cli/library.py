"""``--factors PATH`` and what every command that reads the factor library does with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from carbonledger.cli.language import Language
from carbonledger.cli.printing import refuse, say_issues
from carbonledger.issues import Issue, errors


def factors_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--factors PATH``: the user's own folders and workbooks, laid over the shipped library."""
    return click.option(
        "--factors", "folders", metavar="PATH", multiple=True,
        type=click.Path(exists=True, path_type=Path),
        help="A folder or workbook of your own factors, laid over the shipped ones; repeatable.",
    )(function)  # fmt: skip


known_on_option = click.option(
    "--known-on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
    help="Only what was published by this day; without it, every row whatever its day.",
)  # fmt: skip


def roots(folders: Sequence[Path]) -> list[Path]:
    """The shipped library and the folders over it."""
    from carbonledger.factors import shipped_root

    return [shipped_root(), *folders]


def heed(issues: Sequence[Issue], lang: Language) -> None:
    """Say what is odd about the files; leave with 3 when any of them is wrong."""
    if errors(issues):
        refuse(issues, lang)
    say_issues(issues, lang)


class Wrong(click.ClickException):
    """A word on the command line that nothing answers to: one line, exit code 2."""

    exit_code = 2


def unknown(what: str, given: str, known: Sequence[str], lang: Language) -> Wrong:
    """One line for a name that nothing has, with the nearest that something does have."""
    from difflib import get_close_matches

    near = get_close_matches(given, known, n=3, cutoff=0.5) or list(known)
    if lang == "zh":
        return Wrong(f"{what}：{given}。请改用：{'、'.join(near)}")
    return Wrong(f"{what}: {given}. Use one of: {', '.join(near)}")
