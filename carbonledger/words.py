"""The words that reports and commands print: one register, every label in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import cast

from carbonledger import strict_yaml
from carbonledger.issues import Language
from carbonledger.registers import rows

Words = Mapping[str, Mapping[str, Mapping[str, str]]]


@cache
def _loaded(register: str) -> Words:
    source = resources.files("carbonledger") / "registers" / f"{register}.yaml"
    value, _ = strict_yaml.load(source.read_text(encoding="utf-8"), file=source.name)
    return cast(Words, value)


def names(group: str, register: str = "words") -> tuple[str, ...]:
    """Every name that a group of a register has words for."""
    return tuple(_loaded(register)[group])


def word(
    group: str, name: str, language: Language, register: str = "words", /, **details: object
) -> str:
    """What a name is called; words in braces are filled in."""
    text = _loaded(register)[group][name][language]
    return text.format_map(details) if details else text


@cache
def cited(citation: str, language: Language) -> str:
    """A citation with the words around its title in the language of the reader."""
    for row in rows("citation-words"):
        if row["language"] == language:
            citation = re.sub(row["pattern"], row["said"], citation)
    return citation
