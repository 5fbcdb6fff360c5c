"""Two worker processes against one machine's threads, and with one worker killed in mid-run.

python benchmarks/cluster.py --rows 1000000

The cluster runs already, as on a real one; a run is everything from a Parquet book to a sealed run
without reports. Rounds are interleaved; medians, the least of each, and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from carbonledger.config import load_config
from carbonledger.runs import Store
from carbonledger.scale.cluster import on_dask
from carbonledger.scale.local import account
from carbonledger.workflow.seal import Sealed, Sealing, code_digest, seal

HERE = Path(__file__).resolve().parent


def sealed(book: Path, engine: Any, progress: Any = None) -> tuple[float, str]:
    """Seconds of a run and the hash of its figures."""
    config, _ = load_config(book)
    assert config is not None
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        store = Store(Path(out), Path(out) / "refused")
        how = Sealing(None, engine=engine, progress=progress)
        result = seal(config, book, 2025, store, {}, how)
        assert isinstance(result, Sealed)
        return time.perf_counter() - start, result.run.summary["figures_id"]


def killing(cluster: Any) -> Any:
    """Kills a worker by its pid when the first unit is back."""
    pids = [w.pid for w in cluster.workers.values()]
    once: list[int] = []

    def progress(rows: int, of: int | None, money: int) -> None:
        if not once:
            once.append(rows)
            os.kill(pids[0], signal.SIGKILL)

    return progress


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--counterparties", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--book", type=Path, help="another book, such as one of compare.py")
    a = parser.parse_args()
    book = a.book or HERE / "data" / str(a.rows)
    if not (book / "loans.parquet").exists():
        sys.path.insert(0, str(HERE))
        from make_book import make

        make(book, a.rows, a.counterparties, 7, "pboc-2021, pcaf-2025")
    from distributed import LocalCluster

    times: dict[str, list[float]] = {"threads": [], "two workers": [], "one killed": []}
    figures = set()
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, silence_logs=50,
                      dashboard_address="127.0.0.1:0") as cluster:  # fmt: skip
        dask = on_dask(cluster.scheduler_address, code_digest, print)
        sealed(book, dask)  # workers import and read their caches once
        for _ in range(a.rounds):
            for name, engine in (("threads", account), ("two workers", dask), ("one killed", dask)):
                progress = killing(cluster) if name == "one killed" else None
                seconds, found = sealed(book, engine, progress)
                times[name].append(seconds)
                figures.add(found)
            cluster.scale(2)
            time.sleep(5)  # the nanny brings the worker back
    print(f"{book.name}: {len(figures)} figures_id over all runs")
    base = statistics.median(times["threads"])
    for name, rounds in times.items():
        middle = statistics.median(rounds)
        print(f"{name:<12} {middle:6.2f} s (least {min(rounds):.2f})  {middle / base:.2f}")


if __name__ == "__main__":
    main()
