"""Help in Chinese: what click writes, sentence for sentence from a register.

A sentence is found by its English text, so that none can stay behind when that changes.
"""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

import click

from carbonledger.registers import rows

_PIECE = re.compile(r"(?:[!-~]+|[^\s!-~])[，。；：、）”]*|\s+")
"""A word of Latin letters or one character, with what may begin no line; or a gap."""
_EXTRAS = re.compile(r"(.*?)(?:  \[(.*)\])?", re.DOTALL)
"""The sentence of an option, and what click adds of its default."""


class ChineseHelp(click.HelpFormatter):
    """Writes the same help with Chinese sentences, folded by how wide they are."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The usage line."""
        super().write_usage(prog, args, "用法：")

    def write_heading(self, heading: str) -> None:
        """The name of a section."""
        self.write(f"{'':{self.current_indent}}{_said(heading)}：\n")

    def write_text(self, text: str) -> None:
        """Paragraphs; examples stand as they are."""
        indent = " " * self.current_indent
        for number, paragraph in enumerate(paragraphs(text)):
            self.write("\n" if number else "")
            lines = paragraph.split("\n")
            if lines[0] == "\b":
                folded = iter(lines[1:])
            else:
                folded = _folded(_said(paragraph), self.width - self.current_indent)
            self.write("".join(f"{indent}{line}\n" for line in folded))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Options or commands, and what each is for."""
        terms = list(rows)
        wide = min(max(len(term) for term, _ in terms), col_max) + col_spacing
        margin = " " * (self.current_indent + wide)
        for term, sentence in terms:
            first, *more = _folded(_explained(sentence), max(self.width - len(margin), 20))
            start = f"{'':{self.current_indent}}{term:{wide}}"
            alone = len(term) > wide - col_spacing
            self.write(f"{start.rstrip()}\n{margin}{first}\n" if alone else f"{start}{first}\n")
            self.write("".join(f"{margin}{line}\n" for line in more))


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a help text, each on one line but for examples, which begin with a mark."""
    found = inspect.cleandoc(text).split("\n\n")
    return [p if p.startswith("\b") else " ".join(p.split()) for p in found]


@cache
def sentences() -> dict[str, str]:
    """The Chinese of every English sentence."""
    return {row["en"]: row["zh"] for row in rows("help-words")}


def _said(text: str) -> str:
    """A sentence in Chinese; also where click has cut it short for a list of commands."""
    known = sentences()
    if text in known:
        return known[text]
    begun = text.removesuffix("...").rstrip(" .")
    return next((zh for en, zh in known.items() if en.startswith(begun)), text) if begun else text


def _explained(sentence: str) -> str:
    found = _EXTRAS.fullmatch(sentence)
    assert found is not None  # it takes any text
    said, extras = found.groups()
    added = (extras or "").replace("default: ", "默认：").replace("required", "必填")
    return f"{_said(said)}  [{added}]" if extras else _said(said)


def _folded(text: str, room: int) -> Iterator[str]:
    """Lines no wider than the room; Chinese characters take two columns and may part anywhere."""
    line, used = "", 0
    for piece in _PIECE.findall(text):
        wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in piece)
        if line and used + wide > room:
            yield line.rstrip()
            line, used = "", 0
            if piece.isspace():
                continue
        line, used = line + piece, used + wide
    yield line.rstrip()
