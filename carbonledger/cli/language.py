"""The language of messages: the flag, then the environment, then English."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Literal

import click

Language = Literal["zh", "en"]


SAID = "carbonledger.lang"
"""Under which name a group keeps its ``--lang`` for its commands."""


def default_language() -> Language:
    """What a group was told, else the environment: CARBONLEDGER_LANG, the locale's variables."""
    context = click.get_current_context(silent=True)
    if context is not None and SAID in context.meta:
        return "zh" if context.meta[SAID] == "zh" else "en"
    for name in ("CARBONLEDGER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


@contextmanager
def answered(lang: Language) -> Iterator[None]:
    """Leaves with one message where machines that a command needs do not answer."""
    from carbonledger.issues import Unavailable

    try:
        yield
    except Unavailable as problem:
        from carbonledger.cli.printing import UNAVAILABLE, say_issues

        say_issues([problem.issue], lang)
        raise click.exceptions.Exit(UNAVAILABLE) from problem


def language_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--lang zh|en``, by default that of the environment."""

    @wraps(function)
    def said(*given: Any, lang: Language, **more: Any) -> Any:
        with answered(lang):
            return function(*given, lang=lang, **more)

    return click.option(
        "--lang", type=click.Choice(["zh", "en"]), default=default_language,
        help="Language of messages.",
    )(said)  # fmt: skip


def group_language(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--lang`` before the name of a command, for all that the command says."""

    def keep(context: click.Context, _: click.Parameter, lang: Language | None) -> None:
        if lang is not None:
            context.meta[SAID] = lang

    return click.option("--lang", type=click.Choice(["zh", "en"]), callback=keep,
                        expose_value=False, help="Language of messages.")(function)  # fmt: skip


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--json``: one document with a schema on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")(
        function
    )
