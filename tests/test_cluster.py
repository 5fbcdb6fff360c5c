"""Runs on a Dask cluster: the same to the byte, whatever is lost on the way, and its faults."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import run
from parquet_bank import CONFIG, GROUPS, bank, files_of, loans
from test_faults import mounting
from test_installed import ROOT, environment

from carbonledger.config import load_config
from carbonledger.issues import Unavailable
from carbonledger.reading.store_folders import names_in
from carbonledger.runs import Store
from carbonledger.scale import cluster, many, units, versions
from carbonledger.scale.cluster import on_dask
from carbonledger.scale.local import account
from carbonledger.scale.many import account_on
from carbonledger.scale.parts import CalledOff, Parts
from carbonledger.scale.period import prepare
from carbonledger.standards import standards
from carbonledger.workflow.seal import Refused, Sealed, Sealing, code_digest, seal

distributed = pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
dask = pytest.importorskip("dask")
pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="kills by signals"),
    # Sockets of a process that was killed are closed by nobody.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bank whose loans make many units."""
    monkeypatch.setattr(units, "UNIT_ROWS", 3 * GROUPS)
    return bank(tmp_path / "bank")


@pytest.fixture(scope="module")
def two() -> Iterator[Any]:
    """A cluster of two worker processes that runs already."""
    with started(n_workers=2) as made:
        yield made


@contextmanager
def started(**how: Any) -> Iterator[Any]:
    how |= {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": 50}
    with distributed.LocalCluster(processes=True, **how) as made:
        yield made


def sealed_here(folder: Path, out: Path) -> dict[str, bytes]:
    assert run("run", folder, "--no-reports", "--out", out / "runs").exit_code == 0
    return files_of(out / "runs")


def left(out: Path) -> list[str]:
    """What lies there beside the lock that every writer leaves."""
    runs = out / "runs"
    names = runs.rglob("*") if runs.exists() else ()
    kept = {runs / ".lock", runs / "refused"}
    return sorted(p.name for p in names if not {p, *p.parents} & kept)


def on(folder: Path, out: Path, address: str, progress: Any = None) -> Sealed | Refused:
    """A run sealed on the cluster at an address."""
    config, issues = load_config(folder)
    assert config is not None, issues
    store = Store(out / "runs", out / "refused")
    how = Sealing(None, engine=on_dask(address, code_digest, print), progress=progress)
    return seal(config, folder, 2025, store, {}, how)


def test_a_run_on_a_cluster_is_the_run_of_one_machine_to_the_byte(
    folder: Path, two: Any, tmp_path: Path
) -> None:
    here = sealed_here(folder, tmp_path / "here")
    said = run("run", folder, "--no-reports", "--out", tmp_path / "there" / "runs",
               "--engine", "dask", "--scheduler", two.scheduler_address)  # fmt: skip
    assert said.exit_code == 0, said.output
    assert files_of(tmp_path / "there" / "runs") == here
    shutil.copytree(tmp_path / "there" / "runs", folder / "runs")
    assert run("verify", folder, "--replay").exit_code == 0


def test_a_worker_killed_in_mid_run_changes_no_digit(
    folder: Path, two: Any, tmp_path: Path
) -> None:
    here = sealed_here(folder, tmp_path / "here")
    with distributed.Client(two.scheduler_address, set_as_default=False) as client:
        pids = list(client.run(os.getpid).values())
    told: list[int] = []

    def kill(rows: int, of: int | None, money: int) -> None:
        told.append(rows)
        if len(told) == 1:
            os.kill(pids[0], signal.SIGKILL)

    assert isinstance(on(folder, tmp_path / "there", two.scheduler_address, kill), Sealed)
    assert told[0] < told[-1] == 4150, "it was killed before the end, and no row counts twice"
    assert files_of(tmp_path / "there" / "runs") == here
    with suppress(ProcessLookupError):
        os.kill(pids[0], 0)
        pytest.fail("the worker lives")


def in_one_process(folder: Path, ways: Any, place: Path) -> Any:
    """The units of a folder worked by whoever is given, and what one machine makes of it."""
    config, _ = load_config(folder)
    assert config is not None
    made = []
    for number, engine in enumerate((account, ways)):
        ready = prepare(config, folder, 2025)
        out = place / str(number)
        out.mkdir()
        accounted = engine(ready, out, None)
        entries = {p.name: p.read_bytes() for p in out.iterdir()}
        made.append((accounted, entries, ready.all_issues(), {n: b.rows for n, b in
                                                              ready.books.items()}))  # fmt: skip
    return made


def test_units_come_back_in_any_order_and_twice(folder: Path, tmp_path: Path) -> None:
    def backwards(todo: Any) -> Any:
        again = [units.work(u) for u in (*todo[::-1], *todo[:3])]
        yield from [again[0], *again]

    def engine(ready: Any, out: Path, progress: Any) -> Any:
        return account_on(backwards, code_digest, ready, out, progress)

    here, there = in_one_process(folder, engine, tmp_path)
    assert here == there


def test_more_warnings_than_are_listed_are_counted_alike(folder: Path, tmp_path: Path) -> None:
    table = loans(0, 2000)
    names = pa.array(["no such code"] * 2000)
    pq.write_table(table.append_column("region", names), folder / "loans-0.parquet",
                   row_group_size=GROUPS)  # fmt: skip
    config, _ = load_config(folder)
    assert config is not None
    found = []
    for engine in (account, lambda r, f, p: account_on(map_here, code_digest, r, f, p)):
        ready = prepare(config, folder, 2025)
        (out := tmp_path / f"out{len(found)}").mkdir()
        engine(ready, out, None)
        found.append([(i.code, i.place) for i in ready.all_issues()])
    assert found[0] == found[1]
    assert len(found[0]) > 200


def map_here(todo: Any) -> Any:
    return map(units.work, todo)


@pytest.mark.parametrize("spoilt", ["across units", "an amount"])
def test_a_book_is_refused_in_the_same_words(
    folder: Path, two: Any, tmp_path: Path, spoilt: str
) -> None:
    second = loans(2000, 2000)
    if spoilt == "across units":
        second = second.set_column(0, "loan_id", pa.array(["L000007", *second[0].to_pylist()[1:]]))
    else:
        second = second.set_column(3, "outstanding_amount", pa.array([*range(1999), -5]))
    pq.write_table(second, folder / "loans-1.parquet", row_group_size=GROUPS)
    here = run("run", folder, "--no-reports", "--out", tmp_path / "here" / "runs")
    there = run("run", folder, "--no-reports", "--out", tmp_path / "there" / "runs",
                "--engine", "dask", "--scheduler", two.scheduler_address)  # fmt: skip
    assert (here.exit_code, there.exit_code) == (3, 3)
    assert there.output.replace("/there/", "/here/") == here.output
    assert left(tmp_path / "there") == []


def test_refused_rows_are_left_out_alike(folder: Path, two: Any, tmp_path: Path) -> None:
    table = loans(2000, 2000)
    table = table.set_column(3, "outstanding_amount", pa.array([*range(1999), -5]))
    pq.write_table(table, folder / "loans-1.parquet", row_group_size=GROUPS)
    for name, more in (("here", ()), ("there", ("--engine", "dask", "--scheduler",
                                                two.scheduler_address))):  # fmt: skip
        said = run("run", folder, "--no-reports", "--allow-refused", "--out",
                   tmp_path / name / "runs", *more)  # fmt: skip
        assert said.exit_code == 0, said.output
    assert files_of(tmp_path / "there" / "runs") == files_of(tmp_path / "here" / "runs")


@pytest.mark.parametrize("first_read", ["by the workers", "here"])
def test_a_file_that_vanishes_in_mid_run_refuses_the_book(
    folder: Path, two: Any, tmp_path: Path, first_read: str
) -> None:
    def vanish(rows: int, of: int | None, money: int) -> None:
        (folder / "loans-1.parquet").unlink(missing_ok=True)

    if first_read == "by the workers":
        plain = "".join(k for k in CONFIG.splitlines(True) if not k.startswith("exclusions"))
        (folder / "carbonledger.yaml").write_text(plain, "utf-8")
    result = on(folder, tmp_path / "out", two.scheduler_address, vanish)
    assert isinstance(result, Refused)
    assert [(i.code, i.place.file) for i in result.issues if i.severity == "error"] == [
        ("file_changed", "loans-1.parquet")]  # fmt: skip
    assert left(tmp_path / "out") == []


def test_a_file_that_changes_in_mid_run_is_not_read_on(folder: Path, tmp_path: Path) -> None:
    """One that this machine can still read, so that no row of it is to blame."""
    def rewritten(todo: Any) -> Any:
        pq.write_table(loans(2000, 2000).take(list(range(1999, -1, -1))),
                       folder / "loans-1.parquet",
                       row_group_size=GROUPS)  # fmt: skip
        return map_here(todo)

    config, _ = load_config(folder)
    assert config is not None
    ready = prepare(config, folder, 2025)
    account_on(rewritten, code_digest, ready, tmp_path, None)
    assert [(i.code, i.place.file) for i in ready.all_issues() if i.severity == "error"] == [
        ("file_changed", "loans-1.parquet")]  # fmt: skip


def test_a_file_that_only_this_machine_can_read(folder: Path, tmp_path: Path) -> None:
    aside = folder / "aside"

    def elsewhere(todo: Any) -> Any:
        (folder / "loans-1.parquet").rename(aside)
        found = [units.work(u) for u in todo]
        aside.rename(folder / "loans-1.parquet")
        return found

    config, _ = load_config(folder)
    assert config is not None
    ready = prepare(config, folder, 2025)
    with pytest.raises(Unavailable) as said:
        account_on(elsewhere, code_digest, ready, tmp_path, None)
    assert said.value.issue.code == "cluster_file_unseen"


@pytest.mark.parametrize("book", ["loans-1.parquet", "investments.csv", "counterparties.csv"])
@pytest.mark.parametrize("becomes", ["gone", "shorter", "another", "other bytes"])
def test_a_book_that_does_not_stay_as_it_was_opened(
    folder: Path, tmp_path: Path, book: str, becomes: str
) -> None:
    """On one machine, also where the old file is read to its end: which one was hashed?"""
    path = folder / book
    content = path.read_bytes()

    def meanwhile(rows: int, of: int | None, money: int) -> None:
        path.unlink()
        if becomes == "another":
            path.write_bytes(content)
        elif becomes == "shorter":
            path.write_bytes(content[:-9])
        elif becomes == "other bytes":
            path.write_bytes(content[:-9] + bytes(9))
        seen.append(becomes)

    seen: list[str] = []
    config, _ = load_config(folder)
    assert config is not None
    store = Store(tmp_path / "out" / "runs", tmp_path / "out" / "refused")
    once = lambda *told: meanwhile(*told) if not seen else None
    found = seal(config, folder, 2025, store, {}, Sealing(None, progress=once))
    assert isinstance(found, Refused)
    assert [(i.code, i.place.file) for i in found.issues if i.severity == "error"] == [
        ("file_changed", book)]  # fmt: skip
    assert left(tmp_path / "out") == []


def test_every_standard_goes_to_other_processes() -> None:
    assert pickle.loads(pickle.dumps(standards())) == standards()


class Fresh:
    """What the recipe asks of a SparkContext; every unit in a fresh process."""

    def parallelize(self, todo: Any, slices: int) -> Fresh:
        self.todo = todo
        return self

    def map(self, function: Any) -> Fresh:
        self.function = function
        return self

    def collect(self) -> Any:
        sent = pickle.dumps((self.function, list(self.todo)))
        code = ("import pickle, sys; work, todo = pickle.load(sys.stdin.buffer); "
                "sys.stdout.buffer.write(pickle.dumps([work(u) for u in todo]))")  # fmt: skip
        said = subprocess.run([sys.executable, "-c", code], input=sent, capture_output=True,
                              env=environment(), cwd="/", check=True)  # fmt: skip
        return pickle.loads(said.stdout)


def test_the_recipe_for_spark_seals_the_run_of_one_machine(folder: Path, tmp_path: Path) -> None:
    recipe = runpy.run_path(str(ROOT / "examples" / "spark" / "run_on_spark.py"))
    assert recipe["seal_on"](Fresh(), folder, str(tmp_path / "there"), 2025) == 0
    assert run("run", folder, "--out", tmp_path / "here").exit_code == 0
    assert files_of(tmp_path / "there") == files_of(tmp_path / "here")


# what is not there


def answer(said: Any) -> tuple[int, str]:
    return said.exit_code, said.stderr


def dask_run(folder: Path, out: Path, *more: str) -> tuple[int, str]:
    said = run("run", folder, "--no-reports", "--out", out / "runs", "--engine", "dask", *more)
    assert left(out) == []
    return answer(said)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("listens", [False, True])
def test_a_scheduler_that_does_not_answer(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, listens: bool
) -> None:
    monkeypatch.setattr(cluster, "ANSWERS_WITHIN", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if listens:
            silent.listen()
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        code, said = dask_run(folder, tmp_path, "--scheduler", address, "--lang", lang)
    assert code == 69
    assert said.count("\n") == 1
    assert "cluster_unreachable" in said
    assert address in said
    assert ("没有应答" if lang == "zh" else "does not answer") in said


def test_a_scheduler_without_workers(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ANSWERS_WITHIN", 1)
    with started(n_workers=0) as empty:
        code, said = dask_run(folder, tmp_path, "--scheduler", empty.scheduler_address)
    assert (code, said.count("\n")) == (69, 1)
    assert "cluster_no_workers" in said


def test_workers_of_another_version(folder: Path, two: Any, tmp_path: Path) -> None:
    sealing = importlib.import_module("carbonledger.workflow.seal")
    sealing.code_digest.cache_clear()
    original = sealing.sha256_of
    sealing.sha256_of = lambda path: "another"
    try:
        code, said = dask_run(folder, tmp_path, "--scheduler", two.scheduler_address)
    finally:
        sealing.sha256_of = original
        sealing.code_digest.cache_clear()
    assert (code, said.count("\n")) == (69, 1)
    assert "cluster_other_version" in said


OLD = {"numpy": "1.0", "pyarrow": "2.0"}
"""What this process says it has."""


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("joined", ["before", "in mid-run"])
def test_workers_with_other_libraries(
    folder: Path, two: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, joined: str
) -> None:
    true = {name: versions._version(name) for name in OLD}
    monkeypatch.setattr(versions, "_version", lambda n, as_is=versions._version: OLD.get(n) or
                        as_is(n))  # fmt: skip
    if joined == "in mid-run":
        monkeypatch.setattr(cluster, "_same_versions", lambda *_: None)
    code, said = dask_run(folder, tmp_path, "--scheduler", two.scheduler_address, "--lang", lang)
    assert (code, said.count("\n")) == (69, 1)
    assert "cluster_other_version" in said
    assert f"numpy {true['numpy']} != 1.0, pyarrow {true['pyarrow']} != 2.0" in said
    assert ("版本与本机不同" if lang == "zh" else "workers of other versions") in said


def test_a_worker_without_the_program(
    folder: Path, two: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(code: Any) -> Any:
        if "pytest" not in sys.modules:  # on a worker
            raise ModuleNotFoundError("No module named 'carbonledger'")
        return made_of(code)

    made_of = versions.made_of
    monkeypatch.setattr(cluster, "made_of", nowhere)
    code, said = dask_run(folder, tmp_path, "--scheduler", two.scheduler_address)
    assert (code, said.count("\n")) == (69, 1)
    assert "No module named 'carbonledger'" in said


def test_a_part_that_kills_every_worker(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadly(unit: units.Unit) -> units.Done:
        if unit.number == 1:
            os._exit(9)
        return units.work(unit)

    monkeypatch.setattr(cluster, "work", deadly)
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}), started(n_workers=2) as it:
        code, said = dask_run(folder, tmp_path, "--scheduler", it.scheduler_address)
    assert (code, said.count("\n")) == (69, 1)
    assert said.split()[1:3] == ["cluster_worker_killed", "2"]
    assert "the same part of loans-0.parquet" in said


def test_processes_that_do_not_start(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**how: Any) -> None:
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(distributed, "LocalCluster", refused)
    code, said = dask_run(folder, tmp_path)
    assert (code, said.count("\n")) == (69, 1)
    assert "cluster_not_started" in said


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A scheduler and a worker in processes of their own: its address, its number."""
    place = tmp_path_factory.mktemp("apart")
    line = [sys.executable, "-c", "from dask.__main__ import main; main()"]
    how: dict[str, Any] = {"cwd": place, "env": environment(), "stderr": subprocess.DEVNULL}
    file = ["--scheduler-file", "file.json", "--no-dashboard"]
    with (
        subprocess.Popen([*line, "scheduler", "--port", "0", *file], **how) as scheduler,
        subprocess.Popen([*line, "worker", *file, "--no-nanny", "--nthreads", "1"], **how) as one,
    ):
        while not (place / "file.json").exists():
            time.sleep(0.05)
        yield json.loads((place / "file.json").read_text())["address"], scheduler.pid
        for process in (one, scheduler):
            process.kill()


@pytest.mark.parametrize("moment", ["units are worked", "a result is fetched", "all has come"])
def test_a_scheduler_that_falls_silent(
    folder: Path, apart: tuple[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:  # fmt: skip
    address, pid = apart
    monkeypatch.setattr(cluster, "ANSWERS_WITHIN", 1)
    here = sealed_here(folder, tmp_path / "here")

    def stopped(then: Any) -> Any:
        def call(*given: Any) -> Any:
            os.kill(pid, signal.SIGSTOP)
            return then(*given)

        return call

    if moment == "a result is fetched":
        monkeypatch.setattr(cluster, "_result", stopped(cluster._result))
    elif moment == "all has come":
        monkeypatch.setattr(many.Sums, "settle", stopped(many.Sums.settle))
    first = stopped(lambda *_: None) if moment == "units are worked" else None
    try:
        if moment == "all has come":
            assert isinstance(on(folder, tmp_path / "there", address, first), Sealed)
            assert files_of(tmp_path / "there" / "runs") == here
            return
        with pytest.raises(Unavailable) as said:
            on(folder, tmp_path, address, first)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert said.value.issue.code == "cluster_silent"
    assert left(tmp_path) == []


def test_the_libraries_of_a_cluster_are_an_extra(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, said = dask_run(folder, tmp_path)
    assert (code, said.count("\n")) == (69, 1)
    assert "cluster_not_installed" in said
    assert "carbonledger[cluster]" in said


def test_a_cluster_whose_workers_go_for_good(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ANSWERS_WITHIN", 2)
    monkeypatch.setattr(cluster, "BACK_WITHIN", 1)
    with started(n_workers=1) as one:
        def leave(rows: int, of: int | None, money: int) -> None:
            one.scale(0)

        with pytest.raises(Unavailable) as said:
            on(folder, tmp_path, one.scheduler_address, leave)
    assert said.value.issue.code == "cluster_workers_gone"
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("problem", "code"),
    [(OSError("Timed out trying to connect"), "cluster_lost"),
     (RuntimeError("Client is closed"), "cluster_lost"),
     (TimeoutError(), "cluster_silent")],
)  # fmt: skip
def test_what_becomes_of_a_cluster_is_told_apart(problem: Exception, code: str) -> None:
    with pytest.raises(Unavailable) as said, cluster._reached("tcp://10.0.0.1:8786"):
        raise problem
    assert said.value.issue.code == code
    assert said.value.issue.value == "tcp://10.0.0.1:8786"


def test_what_a_configuration_keeps_on_this_machine(folder: Path, tmp_path: Path) -> None:
    months = CONFIG.replace("{file: investments.csv,", "{months: 'month-{period}*.csv',")
    (folder / "month-202512.csv").write_bytes((folder / "investments.csv").read_bytes())
    (folder / "carbonledger.yaml").write_text(months, "utf-8")
    said = run("run", folder, "--no-reports", "--out", tmp_path / "runs", "--engine", "dask")
    assert said.exit_code == 0, said.output
    assert "engine_local" in said.stderr
    assert "books.investments.months" in said.stderr


def test_a_scheduler_goes_with_dask(folder: Path) -> None:
    assert run("run", folder, "--scheduler", "tcp://127.0.0.1:1").exit_code == 2


# processes of this machine


def command(folder: Path, out: Path, engine: str = "dask") -> list[str]:
    return [sys.executable, "-m", "carbonledger", "run", str(folder), "--no-reports", "--out",
            str(out / "runs"), "--engine", engine]  # fmt: skip


def living(group: int) -> list[str]:
    """The processes of a group that still run; whom nobody buries does not."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its = stat.read_text().rpartition(")")[2].split()[:3]
            found += [stat.parent.name] if int(its) == group and state != "Z" else []
    return found


AT_ONCE = 8
"""Seconds, on a machine that is busy, in which a command must end that was told to."""


@contextmanager
def interrupted(folder: Path, out: Path, sent: int, *more: str, **env: str) -> Iterator[Any]:
    """A command in a group of its own that gets signals again and again once its first part lies
    there; what it left with.
    """
    line = [*command(folder, out), *more]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=environment(**env),
                          start_new_session=True, cwd=ROOT) as process:  # fmt: skip
        parts = ".unfinished*/entries/.parts/0*"
        while process.poll() is None and not list((out / "runs").glob(parts)):
            time.sleep(0.02)
        for _ in range(5):
            os.killpg(process.pid, sent)
            time.sleep(0.01)
        said = process.communicate(timeout=AT_ONCE)[1]
    yield process.pid, process.returncode, said


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, sent: int) -> None:
    folder = bank(tmp_path / "bank", 50_000)
    (place := tmp_path / "tmp").mkdir()
    with interrupted(folder, tmp_path, sent, TMPDIR=str(place)) as (pid, code, said):
        assert (code, said.strip()) == (130, "")
    assert left(tmp_path) == []
    assert list(place.iterdir()) == []
    deadline = time.monotonic() + AT_ONCE
    while alive := living(pid):
        assert time.monotonic() < deadline, alive
        time.sleep(0.1)


def test_ctrl_c_leaves_a_cluster_as_it_was(tmp_path: Path, two: Any) -> None:
    folder = bank(tmp_path / "bank", 50_000)
    to = ("--scheduler", two.scheduler_address)
    with interrupted(folder, tmp_path, signal.SIGINT, *to) as (_, code, said):
        assert (code, said.strip()) == (130, "")
    assert left(tmp_path) == []
    deadline = time.monotonic() + AT_ONCE
    with distributed.Client(two.scheduler_address, set_as_default=False) as client:
        while two.scheduler.tasks or any(client.run(worked_on).values()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert client.submit(max, 1, 2).result(timeout=AT_ONCE) == 2
        assert len(client.nthreads()) == 2


def worked_on(dask_worker: Any) -> int:
    return len(dask_worker.state.executing)


def test_a_unit_ends_that_nobody_waits_for(folder: Path, tmp_path: Path) -> None:
    seen: list[Path] = []

    def called_off(todo: Any) -> Any:
        place = Path(todo[0].place)
        look = Parts.look

        def cleared(self: Parts, batch: int) -> None:
            self.clear()
            seen.append(place)
            look(self, batch)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Parts, "look", cleared)
            with pytest.raises(CalledOff):
                units.work(todo[0])
        assert not place.exists()
        raise KeyboardInterrupt

    config, _ = load_config(folder)
    assert config is not None
    with pytest.raises(KeyboardInterrupt):
        account_on(called_off, code_digest, prepare(config, folder, 2025), tmp_path, None)
    assert len(seen) == 1


def test_what_is_put_too_late_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"entries")
    parts = Parts("memory://late/parts")
    parts.share(b"shared")
    parts.put(tmp_path, 0)
    assert names_in("memory://late") == ["parts/000000/a.parquet", "parts/shared.pickle"]
    parts.clear()
    with pytest.raises(CalledOff):
        parts.put(tmp_path, 1)
    assert names_in("memory://late") == []


@pytest.mark.parametrize(
    ("lang", "said_last"),
    [("en", "No space left on device; nothing was left half-written\n"),
     ("zh", "磁盘已满；没有留下半成品\n")],
)  # fmt: skip
@pytest.mark.parametrize("engine", ["dask", "local"])
def test_a_full_disk_is_said_once(
    tmp_path: Path, lang: str, said_last: str, engine: str
) -> None:
    """On one machine in the middle of a row group before the last, which a thread writes."""
    if not mounting():
        pytest.skip("no right to mount")
    folder = bank(tmp_path / "bank", 5000 if engine == "dask" else 35_000)
    (out := tmp_path / "out").mkdir()
    script = 'mount -t tmpfs -o size=300k tmpfs "$OUT"; "$@"; code=$?; ls -A "$OUT"; exit $code'
    said = subprocess.run(
        [*mounting(), "sh", "-c", script, "sh", *command(folder, out, engine), "--lang", lang],
        capture_output=True, text=True, env=environment(OUT=str(out)), cwd=ROOT, check=False,
    )  # fmt: skip
    assert said.returncode == 73
    assert said.stderr.endswith(said_last)
    assert said.stderr.count("\n") == 1
    assert said.stdout == ""
