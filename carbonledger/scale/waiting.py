"""Waiting for those who may never answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import Any


def within(seconds: float, call: Callable[..., Any], *given: Any, **how: Any) -> Any:
    """What a call gives in so many seconds; who is connected and says nothing never answers."""
    made = Future[Any]()

    def ask() -> None:
        try:
            made.set_result(call(*given, **how))
        except BaseException as problem:  # told to who waits
            made.set_exception(problem)

    Thread(target=ask, daemon=True).start()
    with suppress(TimeoutError):
        return made.result(seconds / 2)
    if made.done():  # the call itself ran out of time
        return made.result()
    return made.result(seconds / 2)  # a machine that slept meanwhile has this half to answer in


def line_of(problem: BaseException) -> str:
    """The first line of what a library says."""
    return (str(problem).strip().split("\n")[0] or type(problem).__name__)[:200]
