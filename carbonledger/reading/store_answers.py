"""What the libraries of stores say when something fails, each in its own way, in three words."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any, TypeVar

from carbonledger.issues import Unavailable

T = TypeVar("T")
FROM_THE_NETWORK = (ConnectionError, TimeoutError)
BUSY = (errno.EBUSY, errno.EIO)
"""How the libraries say that a store fails at the moment."""


def asked(url: str, call: Callable[..., T], *given: Any, **how: Any) -> T:
    """What a store answers; that a file is not there or not ours to read stays an OSError."""
    try:
        return call(*given, **how)
    except Exception as problem:  # each library has a family of its own for what goes wrong there
        meant = _meant(url, problem)
        if meant is problem:
            raise
        raise meant from problem


def _meant(url: str, problem: Exception) -> Exception:
    """What a library's own words come to: not there, not ours to read, or the store fails."""
    cause = problem.__cause__
    if type(problem) is FileNotFoundError and isinstance(cause, Exception) and _status(cause):
        problem = cause  # HTTP takes whatever goes wrong for a file that is not there
    status = _status(problem)
    if status == 404:
        return FileNotFoundError(errno.ENOENT, first_line(problem), url)
    if status in (401, 403):
        return PermissionError(errno.EACCES, first_line(problem), url)
    ours = isinstance(problem, OSError) and not isinstance(problem, FROM_THE_NETWORK)
    if ours and (type(problem).__name__ == "FileExpired" or (not status and _of_a_file(problem))):
        return problem
    return Unavailable("store_unavailable", url, reason=first_line(problem))


def _of_a_file(problem: Any) -> bool:
    """Whether it is Python's own error of a file, which says nothing of the way to it."""
    return type(problem).__module__ == "builtins" and problem.errno not in BUSY


def _status(problem: Exception) -> int:
    """How HTTP numbers a problem; 1 of an answer that never came, 0 of what is none of HTTP's."""
    answer = getattr(problem, "response", problem)
    found = getattr(answer, "status_code", None) or getattr(answer, "status", None)
    if isinstance(found, int):
        return found
    return int(isinstance(problem, OSError) and type(problem).__module__ != "builtins")


def first_line(problem: Exception) -> str:
    """What a library says, as far as it goes into a line."""
    words = problem.strerror if isinstance(problem, OSError) else None
    return (words or str(problem)).strip().split("\n")[0][:200] or type(problem).__name__
