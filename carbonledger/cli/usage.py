"""Wrong usage said in Chinese: click itself says it in English alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from carbonledger.cli.language import default_language


def told(problem: click.ClickException, arguments: Sequence[str]) -> str | None:
    """The message as a Chinese reader expects it; None where click's own is right."""
    if language_of(arguments) != "zh":
        return None
    lines = []
    context = problem.ctx if isinstance(problem, click.UsageError) else None
    if context is not None:
        lines += [context.get_usage().replace("Usage:", "用法:", 1),
                  f"“{context.command_path} --help”显示说明。", ""]  # fmt: skip
    return "\n".join([*lines, f"错误: {in_chinese(problem.format_message())}"])


def language_of(arguments: Sequence[str]) -> str:
    """Of the flag, also where the arguments were not read to the end; else of the environment."""
    joined = " ".join(arguments)
    stated = re.findall(r"(?:^| )--lang[ =](zh|en)(?= |$)", joined)
    return stated[-1] if stated else default_language()


def in_chinese(message: str) -> str:
    """A message of click in Chinese; any other as it is."""
    from carbonledger.registers import rows  # the language is asked for more often than words

    for row in rows("usage-words"):
        found = re.fullmatch(row["pattern"], message, re.DOTALL)
        if found:
            parts = {name: in_chinese(text or "") if name == "rest" else text
                     for name, text in found.groupdict().items()}  # fmt: skip
            return row["zh"].format(**parts)
    return message
