"""A cluster of processes of this machine for the time of a run: a worker for each core."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import active_children, resource_tracker
from typing import Any

from carbonledger.issues import Unavailable
from carbonledger.scale.waiting import line_of, within

STARTED_WITHIN = 60
"""Seconds in which the processes must have started."""
GONE_WITHIN = 2
"""Seconds that may pass with taking leave; nothing that counts is waited for by then."""


@contextmanager
def processes(distributed: Any) -> Iterator[Any]:
    """A process for each core, gone in the end with all its files."""
    import dask.config

    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place,
        dask.config.set({"temporary-directory": place}),
    ):
        cluster = None
        try:
            cluster = _started(distributed, place)
            yield cluster
        finally:
            _ended(cluster)


def _started(distributed: Any, place: str) -> Any:
    """The cluster; this thread waits for it apart, so that Ctrl-C need not."""
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # as it starts, it would have the others hear again
    try:
        return within(STARTED_WITHIN, _cluster, distributed, place)
    except (OSError, RuntimeError, TimeoutError) as problem:
        raise Unavailable("cluster_not_started", reason=line_of(problem)) from problem


def _cluster(distributed: Any, place: str) -> Any:
    if hasattr(signal, "pthread_sigmask"):  # what starts from here never hears of Ctrl-C
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    return distributed.LocalCluster(
        n_workers=os.cpu_count() or 1, threads_per_worker=1, processes=True,
        dashboard_address="127.0.0.1:0", local_directory=place, silence_logs=logging.CRITICAL,
    )  # fmt: skip


def deaf() -> None:
    """Leave Ctrl-C on the terminal to who started the process, and will end it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _ended(cluster: Any) -> None:
    """Workers have nothing to keep: none is waited for until its unit is done."""
    with suppress(Exception):
        for nanny in cluster.workers.values() if cluster is not None else ():
            nanny.close_gracefully()  # which starts no other in place of one that is gone
    for child in active_children():
        child.kill()
    if cluster is not None:
        with suppress(Exception):
            within(GONE_WITHIN, cluster.close, timeout=GONE_WITHIN)
