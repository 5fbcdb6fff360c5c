"""The hash of a file's bytes, by which everything that is sealed is known again."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

SMALL = 1 << 22
"""Bytes of a file that is not worth a thread."""
BLOCK = 1 << 23
MOST_WAITING = 64
"""Files that are held open until their turn comes."""

Waiting = SimpleQueue[tuple[BinaryIO, Future[str]]]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Digest:
    """A hash that is known, or on its way while other work goes on: who asks waits for it."""

    def __init__(self, text: str | None = None) -> None:
        self._found = Future[str]()
        self._mark: tuple[int, ...] | None = None
        if text is not None:
            self._found.set_result(text)

    @classmethod
    def of(cls, path: Path) -> Digest:
        """That of a file as it is opened now; what cannot be read is told to who asks for it."""
        coming = cls()
        try:
            coming._mark = _mark(path)
            waiting = _waiting(os.getpid())
            if path.stat().st_size < SMALL or waiting.qsize() > MOST_WAITING:
                coming._found.set_result(sha256_of(path))
            else:
                waiting.put((path.open("rb", buffering=0), coming._found))
        except OSError as problem:
            coming._found.set_exception(problem)
        return coming

    @classmethod
    def known(cls, text: str, path: Path) -> Digest:
        """The hash of a file as it stands now, which somebody worked out already."""
        found = cls(text)
        found._mark = _mark(path)
        return found

    @property
    def text(self) -> str:
        """The hash."""
        return self._found.result()

    def holds(self, path: Path) -> bool:
        """Whether the file is the one that was opened, as far as the disk tells."""
        try:
            return self._mark is None or self._mark == _mark(path)
        except OSError:
            return False

    def __reduce__(self) -> tuple[type[Digest], tuple[str]]:
        return Digest, (self.text,)


class Growing:
    """The hash of a file that is being appended to, so that in the end nobody waits for it."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0
        self._made, self._block = hashlib.sha256(), memoryview(bytearray(BLOCK // 4))

    def grown(self) -> None:
        """Take in what was appended since."""
        with self._path.open("rb", buffering=0) as stream:
            stream.seek(self._read)
            _take_in(self._made, stream, self._block)
            self._read = stream.tell()

    def finished(self) -> Digest:
        """The hash of the whole file, to which nothing will be appended any more."""
        self.grown()
        return Digest.known(self._made.hexdigest(), self._path)


def _mark(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


@cache
def _waiting(_: int) -> Waiting:
    """The files of this process that wait for its one thread; a fork has a thread of its own."""
    waiting: Waiting = SimpleQueue()
    Thread(target=_work, args=(waiting,), daemon=True).start()
    return waiting


def _work(waiting: Waiting) -> None:
    while True:
        stream, found = waiting.get()
        try:
            with stream:
                found.set_result(_hashed(stream))
        except OSError as problem:
            found.set_exception(problem)


def _hashed(stream: BinaryIO) -> str:
    made = hashlib.sha256()
    _take_in(made, stream, memoryview(bytearray(BLOCK)))
    return made.hexdigest()


def _take_in(made: hashlib._Hash, stream: BinaryIO, block: memoryview) -> None:
    """Large blocks, for whoever wants the interpreter between two of them has to wait for it."""
    while size := stream.readinto(block):  # type: ignore[attr-defined]
        made.update(block[:size])
