"""Hostile and damaged files: no traceback, no hang, no flood, nothing written or shown outside."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import seeded_part
from hostile import cases

TESTS = Path(__file__).parent
LONGEST = 10.0
MOST_MB = 1_024
WORKERS = 2


class Worker:
    """A worker process that is started anew whenever it died or had to be stopped."""

    def __init__(self) -> None:
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
        return subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "hostile.worker"], cwd=TESTS, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip

    def ask(self, number: int) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], 6 * LONGEST)
        line = self.process.stdout.readline() if ready else ""
        if line:
            found: dict[str, Any] = json.loads(line)
            return found
        how = "silent" if ready == [] else "died"
        self.stop()
        self.process = self._start()
        return {"number": number, "exit": None, "seconds": 0.0, "peak": 0, "problems": [how]}

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


def _asked(numbers: Sequence[int]) -> list[dict[str, Any]]:
    worker = Worker()
    try:
        return [worker.ask(number) for number in numbers]
    finally:
        worker.stop()


def _answers() -> Iterator[dict[str, Any]]:
    count = seeded_part(len(cases()))
    shares = [range(first, count, WORKERS) for first in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        for answers in pool.map(_asked, shares):
            yield from answers


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    return list(_answers())


def test_there_are_two_thousand_of_them() -> None:
    assert len(cases()) >= 2_000


def test_every_file_is_refused_or_harmless(answers: list[dict[str, Any]]) -> None:
    bad = {}
    for answer in answers:
        found, name = list(answer["problems"]), cases()[answer["number"]].name
        # Where nothing listens a book cannot be fetched: 69.
        expected = (0, 2, 3, 69) if "file: http:" in name else (0, 2, 3)
        found += [f"exit {answer['exit']}"] if answer["exit"] not in expected else []
        found += [f"{answer['seconds']:.1f} s"] if answer["seconds"] > LONGEST else []
        found += [f"{answer['peak']} MB"] if answer["peak"] > MOST_MB else []
        if found:
            bad[name] = found
    exits = Counter(answer["exit"] for answer in answers)
    print(f"\n{len(answers)} files: exits {dict(exits)}, "
          f"longest {max(a['seconds'] for a in answers):.1f} s, "
          f"peak {max(a['peak'] for a in answers)} MB, {len(bad)} bad")  # fmt: skip
    assert bad == {}
