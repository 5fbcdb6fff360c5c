"""The encoding of a text file, by trying it on every byte: nothing is guessed, nothing replaced."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from carbonledger.issues import Refusal

CHUNK = 1 << 18
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHINESE = re.compile("[\u3000-\u9fff\uff00-\uffef]")
PROOF = 8
"""So many Chinese characters in valid UTF-8 before a bad byte are no accident of GB18030."""
LEAST_NULS = 10
"""In UTF-16 the separators and digits of a table alone make more than a tenth of its bytes NUL."""
ODDITIES = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1e\x7f-\x9f\ud800-\uf8ff\ufffe\uffff]")
"""Characters that no table holds; in text read in the wrong order of bytes they abound."""


@dataclass(frozen=True)
class Broken:
    """The first byte that an encoding can't read, and whether the text before it proves it."""

    offset: int
    line: int
    proven: bool


@dataclass(frozen=True)
class Encoded:
    """How the text of a file is written: its encoding and what ends its lines."""

    encoding: str
    newline: str
    utf8: Broken | None = None
    """Where the file stops being UTF-8; GB18030 is then tried as it is read."""

    def broken_at(self, offset: int, line: int) -> Refusal:
        """The refusal of a byte that can't be read in any encoding tried."""
        tried = [Broken(offset, line, False), *([self.utf8] if self.utf8 else [])]
        return _refusal(max(tried, key=lambda b: b.offset))


def encoding_of(path: Path) -> Encoded:
    """The encoding by the file's mark, else UTF-8 where all of it is, else GB18030."""
    with path.open("rb") as file:
        head = file.read(4 * CHUNK)
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    name = marked or (_utf16_without_mark(path, head) if b"\0" in head else None)
    tried = _tried(path, name or "utf-8")
    if isinstance(tried, Encoded):
        return tried
    if name or tried.proven:
        raise _refusal(tried)
    return Encoded("gb18030", _newline(path), tried)


def _refusal(broken: Broken) -> Refusal:
    return Refusal("encoding_unreadable", offset=str(broken.offset), line=str(broken.line))


def _utf16_without_mark(path: Path, head: bytes) -> str:
    """UTF-16 in the one order of bytes in which the text has no odd character, if there is one."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    name = "utf-16-be" if even > odd else "utf-16-le"
    text = head[: len(head) // 2 * 2].decode(name, "replace")
    few = even + odd < len(head) // LEAST_NULS or 4 * min(even, odd) > max(even, odd)
    if few or path.stat().st_size % 2 or ODDITIES.search(text):
        raise Refusal("text_with_nul", line=str(head[: head.index(0)].count(b"\n") + 1))
    return name


def _newline(path: Path) -> str:
    """What ends the lines of a file whose bytes below 128 are ASCII wherever a line may end."""
    feeds = returns = False
    with path.open("rb") as file:
        for at, chunk in enumerate(iter(lambda: file.read(CHUNK), b"")):
            if b"\0" in chunk:
                raise Refusal("text_with_nul", line=str(line_at(path, at * CHUNK + chunk.index(0))))
            feeds = feeds or b"\n" in chunk
            returns = returns or b"\r" in chunk
    return "\n" if feeds or not returns else "\r"


def line_at(path: Path, offset: int) -> int:
    """The line that a byte stands in, from 1."""
    line = 1
    with path.open("rb") as file:
        while offset > 0 and (chunk := file.read(min(CHUNK, offset))):
            line += chunk.count(b"\n")
            offset -= len(chunk)
    return line


def _tried(path: Path, name: str) -> Encoded | Broken:
    decoder = codecs.getincrementaldecoder(name)("strict")
    offset, chinese, feeds, returns, lines = 0, 0, False, False, 0
    wide = name.startswith("utf-16")
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            waiting = decoder.getstate()[0]
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as problem:
                good = problem.object[: problem.start].decode(name, "replace")
                proven = chinese + len(CHINESE.findall(good)) >= PROOF
                at = offset - len(waiting) + problem.start
                line = lines + good.count("\n") + 1 if wide else line_at(path, at)
                return Broken(at, line, proven)
            if "\0" in text:
                before = text[: text.index("\0")].count("\n") + 1
                line = lines + before if wide else line_at(path, offset) + before - 1
                raise Refusal("text_with_nul", line=str(line))
            if chinese < PROOF and name == "utf-8":
                chinese += len(CHINESE.findall(text))
            lines += text.count("\n") if wide else 0
            feeds, returns = feeds or "\n" in text, returns or "\r" in text
            offset += len(chunk)
            if not chunk:
                return Encoded(name, "\n" if feeds or not returns else "\r")
