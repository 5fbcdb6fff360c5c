"""The speed figures of the README, in one command: python benchmarks/speed.py

Three figures: a million loans from Parquet to a sealed run without reports (wall, processor time
and peak memory of a fresh process), the engine alone on the same loans from encoded columns on one
thread (estimate, attribute, post; processor time), and the Chongqing example with all reports of
one year. Each is the median of some rounds, with the least of them, which other work on the machine
disturbs least.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROUNDS = 5


def measured(*command: str) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak megabytes of a fresh process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed")
    wall = time.perf_counter() - start
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def sealed(book: Path) -> tuple[float, float, float]:
    """A book to a sealed run without reports."""
    with tempfile.TemporaryDirectory() as out:
        return measured(sys.executable, "-m", "carbonledger", "run", str(book), "--no-reports",
                        "--out", out)  # fmt: skip


def chongqing(example: Path) -> float:
    """One year of the example with all its reports, its base year sealed before."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "carbonledger", "run", str(example), "--out", out]
        measured(*command, "--no-reports", "--period", "2020")
        return measured(*command, "--period", "2025")[0]


def engine(book: Path) -> dict[str, list[float]]:
    """Processor nanoseconds a row of estimate, attribute, post, by standard and round."""
    from carbonledger.config import load_config
    from carbonledger.engine import Estimated, attribute, estimate
    from carbonledger.intake.book import open_book
    from carbonledger.ledger.posting import Posting
    from carbonledger.scale.period import factor_roots, prepare_books
    from carbonledger.standards import standards

    config, _ = load_config(book)
    assert config is not None
    # Where nothing is to be joined, what estimates read stays, so that they can be made again.
    books = {n: open_book(n, b, book, 2025, config.currency) for n, b in config.books.items()}
    ready = prepare_books(config, book, 2025, books, factor_roots(config, book))
    gc.set_threshold(400_000)  # as the command line does
    batches = [p.batch for p in ready.positions()]
    rows = sum(b.size for b in batches)
    found: dict[str, list[float]] = {name: [] for name in config.standards}
    for name in config.standards * ROUNDS:
        standard = standards()[name]
        start = time.process_time()
        estimated = {}
        for page in standard.pages:
            if standard.estimates_key(page) not in estimated:
                entities = ready.entities[page.entity].batch
                estimated[standard.estimates_key(page)] = Estimated(
                    entities, estimate(entities, page.estimates, ready.at)
                )
        posting = Posting(standard)
        for batch in batches:
            posting.post(attribute(batch, estimated, ready.at, standard), batch)
        posting.ledger()
        found[name].append((time.process_time() - start) / rows * 1e9)
    return found


def told(rounds: Sequence[float], unit: str, places: int = 1) -> str:
    """The median of some rounds and the least."""
    return f"{statistics.median(rounds):.{places}f} {unit} (least {min(rounds):.{places}f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--counterparties", type=int, default=100_000)
    a = parser.parse_args()
    book = HERE / "data" / str(a.rows)
    if not (book / "loans.parquet").exists():
        sys.path.insert(0, str(HERE))
        from make_book import make

        make(book, a.rows, a.counterparties, 7, "pboc-2021, pcaf-2025")
    runs = [sealed(book) for _ in range(ROUNDS)]
    wall, processor, peak = zip(*runs, strict=True)
    print(f"{a.rows:,} loans, Parquet to a sealed run, two standards: {told(wall, 's')}, "
          f"{told(processor, 's')} of processors, {told(peak, 'MB', 0)}")  # fmt: skip
    for name, rounds in engine(book).items():
        print(f"engine alone, {name}: {told(rounds, 'ns a row', 0)}")
    example = HERE.parent / "examples" / "chongqing-bank"
    seconds = [chongqing(example) for _ in range(ROUNDS)]
    print(f"Chongqing example, one year with all reports: {told(seconds, 's')}")


if __name__ == "__main__":
    main()
