"""Runs that are killed, disks that are full or read-only, listeners that are gone: nothing half."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import seeded_part, write_folder
from test_installed import COMPANY, environment, loan, process

from carbonledger.runs import Store
from carbonledger.runs.verify import verify_all

FAULTS = Path(__file__).parent / "faults.py"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks and mounts")


def faults(kind: str, place: Path, *numbers: int, inside: tuple[str, ...] = ()) -> Any:
    mapped = {"FAULTS_MAPPED": "1"} if "-rm" in inside else {}
    command = [*inside, sys.executable, str(FAULTS), kind, str(place), *map(str, numbers)]
    said = subprocess.run(command, capture_output=True, text=True, env=environment(**mapped),
                          timeout=900, check=False)  # fmt: skip
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


@cache
def mounting() -> tuple[str, ...]:
    """How a process gets a place to mount in that no other sees; empty where none is given."""
    for way in (("unshare", "-m"), ("unshare", "-rm")):
        try:
            tried = subprocess.run([*way, "mount", "-t", "tmpfs", "tmpfs", tempfile.gettempdir()],
                                   capture_output=True, check=False)  # fmt: skip
        except FileNotFoundError:
            break
        if tried.returncode == 0:
            return way
    return ()


@pytest.fixture
def place() -> Iterator[Path]:
    """A place that a stranger can reach too."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_killed_at_any_moment_no_run_is_corrupt(place: Path) -> None:
    count = seeded_part(200)
    found = faults("kills", place, count, 20261127)
    assert found["wrong"] == []
    assert found["kills"] >= count
    print(found)


def test_a_disk_of_any_size_holds_whole_runs_or_none(place: Path) -> None:
    if not mounting():
        pytest.skip("no right to mount; a full disk is injected in test_cli.py")
    rows = faults("full", place, seeded_part(60), 1, inside=mounting())
    assert {r["exit"] for r in rows} >= {73}
    for row in rows:
        assert row["exit"] in (0, 3, 73), row
        assert row["wrong"] == [], row
        if row["exit"] == 73:
            assert row["said"].endswith("No space left on device; nothing was left half-written\n")
            assert row["left"] == [], row
        assert row["again"] in (0, 3), row


def test_a_read_only_folder_and_that_of_a_stranger_are_left_as_they_were(place: Path) -> None:
    if not mounting():
        pytest.skip("no right to mount; errors of writing are injected in test_cli.py")
    for row in faults("readonly", place, inside=mounting()):
        assert (row["exit"], row["check"], row["same"], row["again"]) == (73, 0, True, 0), row
        assert row.get("stranger", 73) == 73
        assert "Read-only file system; nothing was left half-written" in row["said"]


def bank(folder: Path, amount: int = 1) -> Path:
    return write_folder(folder, loans=[loan(amount)], counterparties=[COMPANY])


def whole(folder: Path) -> bool:
    """Whether the one run is there and nothing else."""
    store = Store(folder / "runs", folder / "refused")
    names = {p.name for p in store.folder.iterdir()}
    return verify_all(store) == [] and names == {".lock", "ledger.jsonl", *store.states()}


@pytest.mark.parametrize("log", ["text", "json"])
@pytest.mark.parametrize(("amount", "code"), [(1, "0"), (-1, "3")])
def test_a_listener_that_is_gone_changes_no_exit_code(
    tmp_path: Path, amount: int, code: str, log: str
) -> None:
    folder = bank(tmp_path / "bank", amount)
    program = f"{shlex.quote(sys.executable)} -m carbonledger run bank --no-reports --log {log}"
    line = f"({program}; echo $? >code) 2>&1 | true"
    subprocess.run(["bash", "-c", line], cwd=tmp_path, env=environment(), check=True, timeout=60)
    assert (tmp_path / "code").read_text().strip() == code
    assert (folder / "refused").exists() == (code == "3")
    if code == "0":
        assert whole(folder)


# A run that says when it is in the middle of writing, and gives its terminal time to close.
PAUSED = """
import time
import carbonledger.workflow.files as files
write = files.write_books
def slow(*books):
    print("in the middle", flush=True)
    time.sleep(1)
    write(*books)
files.write_books = slow
from carbonledger.__main__ import main
main()
"""


def test_a_run_whose_terminal_is_closed_goes_on(tmp_path: Path) -> None:
    folder = bank(tmp_path / "bank")
    master, slave = os.openpty()
    # The leader of a session that opens a terminal gets it for its own, and is told when it closes.
    opening = 'exec 0<>"$0" 1>&0 2>&0; exec "$@"'
    command = ["sh", "-c", opening, os.ttyname(slave), sys.executable, "-c", PAUSED, "run",
               str(folder), "--no-reports"]  # fmt: skip
    with subprocess.Popen(command, env=environment(), start_new_session=True) as child:
        said = b""
        while b"in the middle" not in said:
            said += os.read(master, 100)
        for end in (slave, master):
            os.close(end)
        assert child.wait(timeout=60) in (0, 73)
    assert whole(folder)


def test_who_is_told_to_stop_leaves_nothing(tmp_path: Path) -> None:
    from test_installed import SLOW

    folder = bank(tmp_path / "bank")
    command = [sys.executable, "-c", SLOW, "run", str(folder), "--no-reports", "--log", "json"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment()) as child:
        assert child.stderr is not None
        while child.stderr.readline() != "in the middle\n":
            pass
        child.terminate()
        _, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert json.loads(err.splitlines()[-1])["exit"] == 130
    assert not (folder / "runs").exists()
    assert process("run", folder, "--no-reports").returncode == 0
