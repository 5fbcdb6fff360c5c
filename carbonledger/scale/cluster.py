"""Units of work on a Dask cluster: one that runs already, or processes of this machine."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from threading import Event, Thread
from typing import Any

from carbonledger.issues import Issue, Unavailable
from carbonledger.scale.local import Account, Accounted, account
from carbonledger.scale.many import account_on, kept_here
from carbonledger.scale.period import Period
from carbonledger.scale.progress import Progress
from carbonledger.scale.units import Code, Done, OtherVersion, Unit, work

ANSWERS_WITHIN = 10
"""Seconds in which a scheduler, and its first worker, must answer."""
BACK_WITHIN = 60
"""Seconds in which a worker must come where all are gone."""
AHEAD = 3
"""Units that a worker has before it, so that it need not wait for the next."""
RETRIES = 2
"""How often a unit that fails is tried again; one whose worker is lost is always."""


def on_dask(
    address: str | None, code: Code, tell: Callable[[Issue], None], shared: str | None = None
) -> Account:
    """Accounting on a cluster; what cannot leave this machine is told, and worked here.

    Parts lie under the URL ``shared``, or else beside the entries.
    """

    def engine(ready: Period, folder: Path | None, progress: Progress | None) -> Accounted:
        here = kept_here(ready)
        if here is not None:
            tell(here)
        if here is not None or folder is None:
            return account(ready, folder, progress)
        with dask(address, code) as mapper:
            place = f"{shared}/{folder.parent.name}" if shared else None
            return account_on(mapper, code, ready, folder, progress, place)

    return engine


@contextmanager
def dask(address: str | None, code: Code) -> Iterator[Any]:
    """What works units on the cluster at an address, or on one started here for the time."""
    try:
        import distributed
    except ImportError:
        raise Unavailable("cluster_not_installed") from None
    for name in ["distributed", *logging.root.manager.loggerDict]:
        if name.split(".")[0] == "distributed":  # each has a level of its own
            logging.getLogger(name).setLevel(logging.CRITICAL)
    with ExitStack() as closing:
        target = address
        if address is None:
            target = closing.enter_context(_processes(distributed))
        client = _client(distributed, target, address or "-")
        closing.callback(_closed, client)
        with _reached(address or "-"):
            if address is None:
                client.run(_deaf)
            _same_version(client, code, address or "-")

        def mapper(units: Sequence[Unit]) -> Iterator[Done]:
            return _worked(distributed, client, units, address or "-")

        yield mapper


@contextmanager
def _processes(distributed: Any) -> Iterator[Any]:
    """A process for each core, gone in the end with all its files."""
    import dask.config

    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place,
        dask.config.set({"temporary-directory": place}),
        ExitStack() as closing,
    ):
        with _unheard():
            cluster = closing.enter_context(distributed.LocalCluster(
                n_workers=os.cpu_count() or 1, threads_per_worker=1, processes=True,
                dashboard_address="127.0.0.1:0", local_directory=place,
                silence_logs=logging.CRITICAL,
            ))  # fmt: skip
        yield cluster


@contextmanager
def _unheard() -> Iterator[None]:
    """Processes that are started meanwhile never hear of Ctrl-C; this one does a little later."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # as it starts, it would have them hear again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _deaf() -> None:
    """Leave Ctrl-C on the terminal to who started the process, and will end it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _client(distributed: Any, target: Any, named: str) -> Any:
    try:
        client = _within(2 * ANSWERS_WITHIN, distributed.Client, target, timeout=ANSWERS_WITHIN,
                         set_as_default=False)  # fmt: skip
    except (OSError, TimeoutError, ValueError) as problem:
        raise Unavailable("cluster_unreachable", named, reason=_line(problem)) from problem
    try:
        client.wait_for_workers(1, timeout=ANSWERS_WITHIN)
    except TimeoutError as problem:
        _closed(client)
        raise Unavailable("cluster_no_workers", named) from problem
    return client


def _within(seconds: float, call: Callable[..., Any], *given: Any, **how: Any) -> Any:
    """What a call gives in so many seconds; who is connected and says nothing never answers."""
    made = Future[Any]()

    def ask() -> None:
        try:
            made.set_result(call(*given, **how))
        except BaseException as problem:  # told to who waits
            made.set_exception(problem)

    Thread(target=ask, daemon=True).start()
    return made.result(seconds)


def _closed(client: Any) -> None:
    with suppress(Exception):  # a cluster that is gone has nothing left to close
        _within(2 * ANSWERS_WITHIN, client.close, timeout=ANSWERS_WITHIN)


def _same_version(client: Any, code: Code, named: str) -> None:
    """Every worker runs the code that seals the run."""
    said = _within(BACK_WITHIN, client.run, _said, code, on_error="return")
    others = sorted(w for w, found in said.items() if found != code())
    if others:
        first = said[others[0]]
        words = first[:12] if isinstance(first, str) else _line(first)
        raise Unavailable("cluster_other_version", others[0], found=words, own=code()[:12],
                          count=str(len(others)))  # fmt: skip


def _said(code: Code) -> str:
    return code()


def _worked(
    distributed: Any, client: Any, units: Sequence[Unit], named: str
) -> Iterator[Done]:  # fmt: skip
    """The results as they come, a few units a worker ahead; in the end all is called off."""
    waiting, pending = deque(units), set[Any]()
    try:
        while waiting or pending:
            with _reached(named):
                workers = _within(2 * ANSWERS_WITHIN, client.nthreads)
                room = AHEAD * max(len(workers), 1) - len(pending)
                some = [waiting.popleft() for _ in range(min(max(room, 0), len(waiting)))]
                pending |= set(client.map(work, some, pure=False, retries=RETRIES))
            for future in _finished(distributed, client, pending, named):
                pending.discard(future)
                yield _result(distributed, future, named)
    finally:
        with suppress(Exception):
            _within(ANSWERS_WITHIN, client.cancel, list(pending))
            _until_quiet(client, {f.key for f in pending})


def _finished(distributed: Any, client: Any, pending: set[Any], named: str) -> set[Any]:
    """Units that are done; while none is, whether there is still anybody who works."""
    how = {"timeout": ANSWERS_WITHIN, "return_when": "FIRST_COMPLETED"}
    with _reached(named), suppress(TimeoutError), client.as_current():
        finished: set[Any] = distributed.wait(pending, **how).done
        return finished
    with _reached(named):
        _within(BACK_WITHIN + ANSWERS_WITHIN, client.wait_for_workers, 1, timeout=BACK_WITHIN)
    return set()


@contextmanager
def _reached(named: str) -> Iterator[None]:
    """What is asked of a cluster that is gone, or whose workers are."""
    from distributed import CancelledError

    try:
        yield
    except (OSError, TimeoutError, CancelledError, RuntimeError) as problem:
        raise Unavailable("cluster_lost", named, reason=_line(problem)) from problem


def _until_quiet(client: Any, keys: set[Any]) -> None:
    """Wait for units that are being worked: their files would come after all is cleared away."""
    for _ in range(2 * ANSWERS_WITHIN):
        processing = _within(ANSWERS_WITHIN, client.processing)
        if not any(keys & set(running) for running in processing.values()):
            return
        Event().wait(0.5)


def _result(distributed: Any, future: Any, named: str) -> Done:
    try:
        done: Done = future.result()
    except OtherVersion as problem:
        raise Unavailable("cluster_other_version", named, found=str(problem)[:12], own="-",
                          count="1") from problem  # fmt: skip
    except distributed.scheduler.KilledWorker as problem:
        raise Unavailable("cluster_lost", named, reason="KilledWorker") from problem
    except (distributed.client.FutureCancelledError, distributed.CancelledError) as problem:
        raise Unavailable("cluster_lost", named, reason=_line(problem)) from problem
    return done


def _line(problem: BaseException) -> str:
    """The first line of what a library says."""
    return (str(problem).strip().split("\n")[0] or type(problem).__name__)[:200]
