"""What a command tells while it works: sentences for people, or one JSON line a step for machines.

A JSON line holds steps, counts, codes and places; never a cell, so nothing about a natural person.
Nobody has to listen: a log that cannot be written stops no run and changes no exit code.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from carbonledger.cli.language import Language
    from carbonledger.issues import Issue

SCHEMA = "carbonledger.log/1"


class Log:
    """The standard error of one command; ``json`` once ``--log json`` was met."""

    def __init__(self) -> None:
        self.json = False
        self._began = 0.0

    def open(self) -> None:
        """From now on, JSON lines."""
        self.json, self._began = True, time.monotonic()

    def tell(self, words: str) -> None:
        """A sentence for people; as JSON, a step says the same."""
        if not self.json:
            self._write(words)

    def step(self, event: str, **facts: object) -> None:
        """A line for machines, of the level info unless said; people are told by sentences."""
        if self.json:
            now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            line = {"schema": SCHEMA, "time": now, "level": "info", "event": event, **facts}
            self._write(json.dumps(line, ensure_ascii=False))

    def issues(self, issues: Sequence[Issue], lang: Language, **facts: object) -> None:
        """Each problem in a sentence, or each code with how often and where first."""
        if not self.json:
            from carbonledger.cli.printing import say_issues

            with suppress(OSError):
                say_issues(issues, lang)
            return
        counts: dict[str, list[Issue]] = {}
        for issue in issues:
            counts.setdefault(issue.code, []).append(issue)
        for code, found in counts.items():
            place = {k: v for k, v in _place(found[0]).items() if v is not None}
            said = {"level": found[0].severity, "code": code, "count": len(found)}
            self.step("issue", **said, **place, **facts)

    def end(self, code: int) -> None:
        """The exit code, as the last line."""
        seconds = round(time.monotonic() - self._began, 3)
        level = "info" if code in (0, 99) else "error"
        self.step("end", level=level, exit=code, seconds=seconds)

    def _write(self, line: str) -> None:
        with suppress(OSError):
            click.echo(line, err=True)


def _place(issue: Issue) -> dict[str, Any]:
    """Where an issue stands; a header or a sheet's name is a cell that somebody wrote."""
    from carbonledger.persons import masked_names

    place = issue.place
    texts = {"file": place.file or None, "sheet": place.sheet, "column": place.column}
    return {k: v and masked_names(v) for k, v in texts.items()} | {"row": place.row}


def log_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--log text|json``, then the environment's CARBONLEDGER_LOG; the command gets the log."""
    return click.option(
        "--log", type=click.Choice(["text", "json"]), default="text", is_eager=True,
        envvar="CARBONLEDGER_LOG", callback=_opened,
        help="Sentences on stderr, or one JSON line a step.",
    )(function)  # fmt: skip


def _opened(ctx: click.Context, _: click.Parameter, value: str) -> Log:
    log = ctx.find_object(Log) or Log()
    if value == "json":
        log.open()
    return log
