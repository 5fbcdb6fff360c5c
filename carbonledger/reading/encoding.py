"""The encoding of a text file, by trying it on every byte: nothing is guessed, nothing replaced."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from carbonledger.issues import Refusal

CHUNK = 1 << 20
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UNMARKED = ("utf-8", "gb18030")
CHINESE = re.compile("[\u3000-\u9fff\uff00-\uffef]")
PROOF = 8
"""So many Chinese characters in valid UTF-8 before a bad byte are no accident of GB18030."""


@dataclass(frozen=True)
class Encoded:
    """How the text of a file is written: its encoding and what ends its lines."""

    encoding: str
    newline: str


@dataclass(frozen=True)
class Broken:
    """The first byte that an encoding can't read, and whether the text before it proves it."""

    offset: int
    line: int
    proven: bool


def encoding_of(path: Path) -> Encoded:
    """The first encoding that reads the whole file: by its mark, else UTF-8, else GB18030."""
    with path.open("rb") as file:
        head = file.read(4)
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    broken = []
    for name in (marked,) if marked else UNMARKED:
        tried = _tried(path, name)
        if isinstance(tried, Encoded):
            return tried
        broken.append(tried)
        if tried.proven:
            break
    worst = max(broken, key=lambda b: (b.proven, b.offset))
    raise Refusal("encoding_unreadable", offset=str(worst.offset), line=str(worst.line))


def _tried(path: Path, name: str) -> Encoded | Broken:
    decoder = codecs.getincrementaldecoder(name)("strict")
    offset, lines, returns, chinese = 0, 0, 0, 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            waiting = decoder.getstate()[0]
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as problem:
                good = problem.object[: problem.start].decode(name, "replace")
                proven = chinese + len(CHINESE.findall(good)) >= PROOF and name != "gb18030"
                at = offset - len(waiting) + problem.start
                return Broken(at, lines + good.count("\n") + 1, proven)
            if "\0" in text:
                line = lines + text[: text.index("\0")].count("\n") + 1
                raise Refusal("text_with_nul", line=str(line))
            if chinese < PROOF and name == "utf-8":
                chinese += len(CHINESE.findall(text))
            lines += text.count("\n")
            returns += text.count("\r")
            offset += len(chunk)
            if not chunk:
                return Encoded(name, "\n" if lines or not returns else "\r")
