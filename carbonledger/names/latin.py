"""Company names in Latin letters: the words without their legal form, and the form."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from carbonledger.registers import rows

_BETWEEN = re.compile(r"[^\w/]+|_")
_WHOLE = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l", "đ": "d"})
"""Letters that do not fall into a plain letter and a mark."""
_DOTTED = re.compile(r"\b((?:[a-z]\.){1,4}[a-z]?)(?=[\s,)]|$)")


@cache
def _forms() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Words that end a name and the legal form they state, the longest first."""
    listed = [(tuple(words.split()), r["form"]) for r in rows("legal-forms")
              if r["script"] == "latin" for words in r["words"].split("|")]  # fmt: skip
    return tuple(sorted(listed, key=lambda pair: -len(pair[0])))


def latin(text: str) -> tuple[str, str]:
    """The core of the name, its words with single spaces, and the legal form."""
    bare = unicodedata.normalize("NFKD", text).lower().translate(_WHOLE)
    bare = "".join(c for c in bare if not unicodedata.combining(c))
    bare = _DOTTED.sub(lambda m: m.group(1).replace(".", ""), bare).replace("&", " and ")
    words = [w for w in _BETWEEN.sub(" ", bare).split() if w]
    words = words[1:] if words[:1] == ["the"] and len(words) > 1 else words
    form = ""
    for ending, its_form in _forms():
        if len(words) > len(ending) and tuple(words[-len(ending) :]) == ending:
            words, form = words[: -len(ending)], its_form
            break
    return " ".join(words), form
