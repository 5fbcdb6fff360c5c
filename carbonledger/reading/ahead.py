"""What comes next is worked on in a thread while this is used; the order stays."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
Made = TypeVar("Made")
AT_ONCE = 2


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, none of them None, each fetched while the one before it is used."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = reader.submit(next, items, None)
            yield item


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
