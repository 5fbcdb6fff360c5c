"""What comes next, or what was before, is worked on in a thread; the order stays."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
Made = TypeVar("Made")
AT_ONCE = 2


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, none of them None, each fetched while the one before it is used."""
    yield from begun(items, 1)


def begun(items: Iterator[T], room: int) -> Iterator[T]:
    """The same, but so many of them are fetched from now on, before any is asked for."""
    reader = ThreadPoolExecutor(1)
    coming = deque(reader.submit(next, items, None) for _ in range(room))

    def each() -> Iterator[T]:
        with reader:
            while (item := coming.popleft().result()) is not None:
                coming.append(reader.submit(next, items, None))
                yield item

    return each()


def made(items: Iterator[T], make: Callable[[T], Made]) -> Iterator[tuple[T, Made]]:
    """Each item with what is made of it, two of them being made while one is used."""
    waiting: deque[tuple[T, Future[Made]]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as makers:
        for item in items:
            waiting.append((item, makers.submit(make, item)))
            if len(waiting) > AT_ONCE:
                first, coming = waiting.popleft()
                yield first, coming.result()
        while waiting:
            first, coming = waiting.popleft()
            yield first, coming.result()


class Behind:
    """Work that is done in a thread while its asker goes on; little of it waits at a time."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1)
        self._waiting: deque[Future[Any]] = deque()

    def do(self, work: Callable[[], Made]) -> Future[Made]:
        """Ask for one more piece; what went wrong with one before it is raised here."""
        while len(self._waiting) >= AT_ONCE:
            self._waiting.popleft().result()
        coming = self._worker.submit(work)
        self._waiting.append(coming)
        return coming
