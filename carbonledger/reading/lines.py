"""The bytes of a text file as UTF-8, whatever it is written in, and their lines one by one."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from carbonledger.issues import Refusal
from carbonledger.reading.encoding import Encoded, line_at
from carbonledger.reading.table import LONGEST_FIELD, Rows

PIECE_BYTES = 1 << 18
"""What is decoded at once; larger pieces leave the processor's cache and take longer."""
LONGEST_LINE = 1 << 26
UNIT_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Dialect:
    """How a text file separates its cells, and whether quotes mean anything in it."""

    separator: str
    quoted: bool = True

    @property
    def delimiter(self) -> str:
        """One character: a longer separator is replaced by one on reading."""
        return self.separator if len(self.separator) == 1 else UNIT_SEPARATOR


def utf8_pieces(path: Path, encoded: Encoded, dialect: Dialect) -> Iterator[bytes]:
    """The text in UTF-8; lines end in a line feed, cells in the dialect's one character."""
    pieces = _decoded(path, encoded)
    if encoded.newline == "\r":
        pieces = (piece.replace(b"\r", b"\n") for piece in pieces)
    if len(dialect.separator) > 1:
        pieces = _replaced(pieces, dialect.separator.encode(), UNIT_SEPARATOR.encode())
    return pieces


def _decoded(path: Path, encoded: Encoded) -> Iterator[bytes]:
    if not encoded.encoding.startswith("utf-8"):
        return decoded(raw_pieces(path), path, encoded)
    return raw_pieces(path, 3 if encoded.encoding == "utf-8-sig" else 0)


def raw_pieces(path: Path, start: int = 0) -> Iterator[bytes]:
    """The bytes of a file from a place on."""
    with path.open("rb") as file:
        file.seek(start)
        while piece := file.read(PIECE_BYTES):
            yield piece


def decoded(
    pieces: Iterator[bytes], path: Path, encoded: Encoded, offset: int = 0
) -> Iterator[bytes]:
    """The pieces as UTF-8; a byte that can't be read is refused by its place in the file."""
    decoder = codecs.getincrementaldecoder(encoded.encoding)("strict")
    for piece in chain(pieces, [b""]):
        waiting = len(decoder.getstate()[0])
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as problem:
            at = offset - waiting + problem.start
            raise encoded.broken_at(at, line_at(path, at)) from None
        if text:
            yield text.encode()
        offset += len(piece)


def after_lines(path: Path, count: int) -> int:
    """Where a file goes on after so many lines."""
    at = 0
    with path.open("rb") as file:
        while count:
            chunk = file.read(PIECE_BYTES)
            feeds = chunk.count(b"\n")
            if not chunk or feeds < count:
                at, count = at + len(chunk), count - feeds
                if not chunk:
                    return at
                continue
            inside = 0
            for _ in range(count):
                inside = chunk.index(b"\n", inside) + 1
            return at + inside
    return at


def _replaced(pieces: Iterator[bytes], old: bytes, new: bytes) -> Iterator[bytes]:
    waiting = b""
    for piece in pieces:
        whole = (waiting + piece).replace(old, new)
        keep = len(old) - 1
        waiting = whole[-keep:] if any(whole.endswith(old[:n]) for n in range(1, len(old))) else b""
        yield whole[: len(whole) - len(waiting)]
    yield waiting


class Lines:
    """Lines one by one as text; what is not yet taken can be had as bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held: list[bytes] = []
        self._at = 0
        self._tail: list[bytes] = []
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while self._at >= len(self._held):
            if not self._more():
                raise StopIteration
        line = self._held[self._at]
        self._at += 1
        self.taken += 1
        return line.decode()

    def _more(self) -> bool:
        size = sum(map(len, self._tail))
        for piece in self._pieces:
            if b"\n" in piece:
                parts = b"".join((*self._tail, piece)).split(b"\n")
                self._tail = [parts.pop()]
                self._held, self._at = [part + b"\n" for part in parts], 0
                return True
            self._tail.append(piece)
            size += len(piece)
            if size > LONGEST_LINE:
                raise Refusal("field_too_long", limit=f"{LONGEST_FIELD:,}")
        last, self._tail = b"".join(self._tail), []
        self._held, self._at = ([last] if last else []), 0
        return bool(last)

    def rest(self) -> Iterator[bytes]:
        """The bytes after the lines taken."""
        yield b"".join((*self._held[self._at :], *self._tail))
        yield from self._pieces


def csv_rows(lines: Lines, line: int, dialect: Dialect) -> Rows:
    """Rows one by one, read strictly; lines count on from the given one."""
    csv.field_size_limit(LONGEST_FIELD)
    if dialect.quoted:
        reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
    else:
        reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True, quoting=csv.QUOTE_NONE)
    while True:
        at = line + reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            yield at, _refusal(str(problem))
        else:
            yield at, cells


def _refusal(problem: str) -> Refusal:
    if "new-line character" in problem:
        return Refusal("line_break_lone")
    if "field limit" in problem:
        return Refusal("field_too_long", limit=f"{LONGEST_FIELD:,}")
    return Refusal("quote_broken")
