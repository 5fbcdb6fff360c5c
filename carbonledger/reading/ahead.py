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
    yield from begun(items)


def begun(items: Iterator[T]) -> Iterator[T]:
    """The same, but the first is fetched from now on, before any is asked for."""
    reader = ThreadPoolExecutor(1)
    coming = deque([reader.submit(next, items, None)])

    def each() -> Iterator[T]:
        with reader:
            while (item := coming.popleft().result()) is not None:
                coming.append(reader.submit(next, items, None))
                yield item
                del item  # whoever has it may be done with it before the next one is there

    return each()


def made(items: Iterator[T], make: Callable[[T], Made]) -> Iterator[tuple[T, Made]]:
    """Each item with what is made of it, two of them being made while one is used."""
    waiting: deque[tuple[T, Future[Made]]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as makers:
        for item in items:
            waiting.append((item, makers.submit(make, item)))
            if len(waiting) > AT_ONCE:
                yield _finished(*waiting.popleft())
        while waiting:
            yield _finished(*waiting.popleft())


def _finished(item: T, coming: Future[Made]) -> tuple[T, Made]:
    return item, coming.result()


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
