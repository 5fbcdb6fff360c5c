"""Units of work on a Dask cluster: one that runs already, or processes of this machine."""

from __future__ import annotations

import logging
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from carbonledger.issues import Issue, Unavailable
from carbonledger.scale.local import Account, Accounted, account
from carbonledger.scale.many import account_on, kept_here
from carbonledger.scale.period import Period
from carbonledger.scale.processes import GONE_WITHIN, deaf, processes
from carbonledger.scale.progress import Progress
from carbonledger.scale.units import Done, Unit, work
from carbonledger.scale.versions import Code, OtherVersion, differing, made_of
from carbonledger.scale.waiting import line_of, within

ANSWERS_WITHIN = 10
"""Seconds in which a scheduler, and its first worker, must answer."""
BACK_WITHIN = 60
"""Seconds in which a worker must come where all are gone."""
LOADED_WITHIN = 60
"""Seconds in which every worker must have loaded the program."""
AHEAD = 3
"""Units that a worker has before it, so that it need not wait for the next."""
RETRIES = 2
"""How often a unit that fails is tried again; one whose worker is lost is always."""
SHOWN = 3
"""Workers of other versions that are named; the rest is counted."""


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
    # A table of its own on the terminal; what matters of it is asked and said below.
    warnings.simplefilter("ignore", distributed.versions.VersionMismatchWarning)
    # Whom Ctrl-C takes by surprise: nobody will ask for what was asked for.
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    with ExitStack() as closing:
        target = address
        if address is None:
            target = closing.enter_context(processes(distributed))
        client = _client(distributed, target, address or "-")
        closing.callback(_closed, client)
        with _reached(address or "-"):
            if address is None:
                client.run(deaf)
            _same_versions(client, code, address or "-")

        def mapper(units: Sequence[Unit]) -> Iterator[Done]:
            return _worked(distributed, client, units, address or "-")

        yield mapper


def _client(distributed: Any, target: Any, named: str) -> Any:
    try:
        client = within(2 * ANSWERS_WITHIN, distributed.Client, target, timeout=ANSWERS_WITHIN,
                        set_as_default=False)  # fmt: skip
    except (OSError, TimeoutError, ValueError) as problem:
        raise Unavailable("cluster_unreachable", named, reason=line_of(problem)) from problem
    try:
        within(2 * ANSWERS_WITHIN, client.wait_for_workers, 1, timeout=ANSWERS_WITHIN)
    except TimeoutError as problem:
        _closed(client)
        raise Unavailable("cluster_no_workers", named) from problem
    return client


def _closed(client: Any) -> None:
    with suppress(Exception):  # a cluster that is gone has nothing left to close
        within(GONE_WITHIN, client.close, timeout=GONE_WITHIN)


def _same_versions(client: Any, code: Code, named: str) -> None:
    """Every worker is made of what seals the run."""
    said = within(LOADED_WITHIN, client.run, made_of, code, on_error="return")
    own = made_of(code)
    found = {w: differing(m, own) for w, m in sorted(said.items())}
    others = [f"{worker}: {words}" for worker, words in found.items() if words]
    if others:
        rest = len(others) - SHOWN
        words = "; ".join(others[:SHOWN]) + (f"; +{rest}" if rest > 0 else "")
        raise Unavailable("cluster_other_version", named, found=words)


def _worked(
    distributed: Any, client: Any, units: Sequence[Unit], named: str
) -> Iterator[Done]:  # fmt: skip
    """The results as they come, a few units a worker ahead; in the end all is called off."""
    waiting, pending = deque(units), dict[Any, Unit]()
    try:
        while waiting or pending:
            with _reached(named):
                workers = within(2 * ANSWERS_WITHIN, client.nthreads)
                room = AHEAD * max(len(workers), 1) - len(pending)
                some = [waiting.popleft() for _ in range(min(max(room, 0), len(waiting)))]
                futures = client.map(work, some, pure=False, retries=RETRIES)
                pending |= dict(zip(futures, some, strict=True))
            for future in _finished(distributed, client, list(pending), named):
                yield _result(distributed, client, future, pending.pop(future), named)
    finally:
        if pending:  # a unit that is being worked stops once its place is gone
            with suppress(Exception):
                within(GONE_WITHIN, client.cancel, list(pending))


def _finished(distributed: Any, client: Any, pending: Sequence[Any], named: str) -> set[Any]:
    """Units that are done; while none is, whether there is still anybody who works."""
    how = {"timeout": ANSWERS_WITHIN, "return_when": "FIRST_COMPLETED"}
    with _reached(named), suppress(TimeoutError), client.as_current():
        finished: set[Any] = distributed.wait(pending, **how).done
        return finished
    _still_there(client, named)
    return set()


def _still_there(client: Any, named: str) -> None:
    """The scheduler answers, and has a worker or gets one in time."""
    with _reached(named):
        workers = within(2 * ANSWERS_WITHIN, client.nthreads)
    if not workers:
        try:
            within(BACK_WITHIN + ANSWERS_WITHIN, client.wait_for_workers, 1, timeout=BACK_WITHIN)
        except TimeoutError as problem:
            raise Unavailable("cluster_workers_gone", named, seconds=str(BACK_WITHIN)) from problem


@contextmanager
def _reached(named: str) -> Iterator[None]:
    """What is asked of a cluster that is gone, or that says nothing any more."""
    from distributed import CancelledError

    try:
        yield
    except TimeoutError as problem:
        raise Unavailable("cluster_silent", named) from problem
    except (OSError, CancelledError, RuntimeError) as problem:
        raise Unavailable("cluster_lost", named, reason=line_of(problem)) from problem


def _result(distributed: Any, client: Any, future: Any, unit: Unit, named: str) -> Done:
    while True:
        try:
            done: Done = future.result(timeout=ANSWERS_WITHIN)
        except TimeoutError:  # the scheduler fell silent, or the worker that had it went
            if future.status == "error":
                raise
            _still_there(client, named)
        except (OtherVersion, ImportError) as problem:
            raise Unavailable("cluster_other_version", named, found=line_of(problem)) from problem
        except distributed.scheduler.KilledWorker as problem:
            raise Unavailable("cluster_worker_killed", named, file=unit.name,
                              count=str(problem.allowed_failures + 1)) from problem  # fmt: skip
        except (distributed.client.FutureCancelledError, distributed.CancelledError) as problem:
            raise Unavailable("cluster_lost", named, reason=line_of(problem)) from problem
        else:
            return done
