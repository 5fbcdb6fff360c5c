"""Runs at night: the JSON log, and the examples for cron, systemd and Airflow, executed."""

from __future__ import annotations

import configparser
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import run, write_folder
from filelock import FileLock
from test_installed import COMPANY, loan

from carbonledger.runs import Store

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples" / "nightly"
SECRET = "王小明的余额"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="schedulers of POSIX systems")


def bank(folder: Path, **changed: object) -> Path:
    return write_folder(folder, {"min_coverage": "0.9"}, loans=[loan(1) | changed],
                        counterparties=[COMPANY])  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return bank(tmp_path / "my bank")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """carbonledger as it would be installed."""
    script = tmp_path_factory.mktemp("opt") / "carbonledger"
    script.write_text(f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec "
                      f'{shlex.quote(sys.executable)} -m carbonledger "$@"\n')  # fmt: skip
    script.chmod(0o755)
    return script


def steps(text: str) -> list[dict[str, Any]]:
    """The lines of a log, each of which is an object of the schema with a time."""
    found = [json.loads(line) for line in text.splitlines()]
    for step in found:
        assert step["schema"] == "carbonledger.log/1"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", step["time"])
        assert step["level"] in ("info", "warning", "error")
    return found


def facts(step: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in step.items() if k not in ("schema", "time")}


# the log


def test_a_log_tells_each_step_with_counts(folder: Path) -> None:
    plain = run("run", folder, "--no-reports", "--json")
    shutil.rmtree(folder / "runs")
    logged = run("run", folder, "--no-reports", "--json", "--log", "json")
    assert logged.stdout == plain.stdout, "the result stays what it is"
    told = {s["event"]: facts(s) for s in steps(logged.stderr)}
    assert list(told) == ["start", "locked_for_writing", "opened", "accounted", "written", "sealed"]
    fates = {"computed": 1, "not_covered": 0, "excluded": 0, "refused": 0}
    assert told["accounted"] == {
        "level": "info", "event": "accounted", "period": 2025,
        "rows": {"loans": 1, "counterparties": 1}, "refused": {},
        "positions": {"pboc-2021": fates, "pcaf-2025": fates},
    }  # fmt: skip
    document = json.loads(logged.stdout)
    assert told["sealed"] == {"level": "info", "event": "sealed", "period": 2025,
                              "run_id": document["run_id"],
                              "figures_id": document["figures_id"]}  # fmt: skip
    again = [s["event"] for s in steps(run("run", folder, "--no-reports", "--log", "json").stderr)]
    assert again == ["start", "locked_for_writing", "opened", "sealed_before"]


def test_a_log_of_a_refusal_has_codes_places_and_counts_but_no_cell(tmp_path: Path) -> None:
    rows = [loan(n) | {"outstanding_amount": SECRET, "product": SECRET} for n in range(3)]
    write_folder(tmp_path, loans=rows, counterparties=[COMPANY])
    text = run("run", tmp_path).stderr
    assert SECRET in text.replace("王**", "王小明"), "people are shown what they wrote"
    logged = run("run", tmp_path, "--log", "json")
    assert (logged.exit_code, logged.stdout) == (3, "")
    *_, issue, refused = steps(logged.stderr)
    assert facts(issue) == {
        "level": "error", "event": "issue", "code": "number_unreadable", "count": 3,
        "file": "loans.csv", "row": 2, "column": "outstanding_amount", "period": 2025,
    }  # fmt: skip
    (place,) = (tmp_path / "refused").iterdir()
    assert facts(refused) == {
        "level": "error", "event": "refused", "period": 2025, "errors": 3, "warnings": 0,
        "list": f"refused/{place.name}/issues.csv",
    }  # fmt: skip
    assert "余额" not in logged.stderr


def test_the_environment_asks_for_a_log_and_the_flag_goes_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARBONLEDGER_LOG", "json")
    assert steps(run("run", folder, "--no-reports").stderr)
    assert run("run", folder, "--no-reports", "--log", "text").stderr == ""
    monkeypatch.setenv("CARBONLEDGER_LOG", "xml")
    assert run("run", folder).exit_code == 2


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another process writes, as far as a lock tells."""
    (folder / "runs").mkdir(exist_ok=True)
    with FileLock(folder / "runs" / ".lock"):
        yield


def test_the_last_line_has_the_exit_code_also_where_the_shell_decides_it(
    folder: Path, program: Path
) -> None:
    def ended(*args: object) -> list[tuple[str, Any]]:
        said = subprocess.run([program, "run", *map(str, args), "--log", "json"],
                              capture_output=True, text=True, check=False)  # fmt: skip
        told = steps(said.stderr)
        assert (told[-1]["event"], told[-1]["exit"]) == ("end", said.returncode)
        assert told[-1]["seconds"] >= 0
        return [(s["event"], s.get("exit", s.get("reason"))) for s in told[-2:]]

    with locked(folder):
        assert ended(folder) == [("locked", None), ("end", 75)]
    (folder / "out").write_text("a file")
    assert ended(folder, "--out", folder / "out") == [("cannot_write", "EEXIST"), ("end", 73)]
    assert ended(folder, "--period", "x") == [("usage", None), ("end", 2)]


# the examples: each is given the same five nights

NIGHTS = {"new": 0, "same": 99, "refused": 3, "locked": 75, "unwritable": 73}


@contextmanager
def night(folder: Path, name: str) -> Iterator[None]:
    """The circumstances under which a run leaves with the code of the night."""
    if name == "locked":
        bank(folder, outstanding_amount=2)
        with locked(folder):
            yield
    elif name == "unwritable":
        shutil.rmtree(folder / "runs")
        (folder / "runs").write_text("in the way")
        yield
    else:
        bank(folder, outstanding_amount=-1 if name == "refused" else 1)
        yield


def crontab(settings: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The variables and the commands of the crontab as cron reads it."""
    variables, commands = {}, []
    for line in (EXAMPLES / "crontab").read_text("utf-8").splitlines():
        if named := re.fullmatch(r"(\w+)=(.*)", line):
            variables[named[1]] = settings.get(named[1], named[2])
        elif line and not line.startswith("#"):
            assert "%" not in line, "cron makes a line end of it"
            *when, command = line.split(None, 5)
            assert all(re.fullmatch(r"\*|\d+", field) for field in when)
            commands.append(command.replace("/opt/carbonledger/nightly.sh",
                                            str(EXAMPLES / "nightly.sh")))  # fmt: skip
    return variables, commands


def test_the_crontab_says_only_what_a_person_must_do(
    folder: Path, program: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    variables, (nightly, monthly) = crontab(
        {"CARBONLEDGER": str(program), "BANK": str(folder), "LOG": str(log)})  # fmt: skip
    surroundings = variables | {"HOME": str(tmp_path), "LOGNAME": "carbon", "WAIT": "0"}
    said = {}

    def cron(command: str) -> tuple[int, str]:
        done = subprocess.run([variables["SHELL"], "-c", command], env=surroundings, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=tmp_path,
                              stderr=subprocess.STDOUT, check=False)  # fmt: skip
        return done.returncode, done.stdout

    for name in ("new", "same", "refused", "locked"):
        with night(folder, name):
            said[name] = cron(nightly)
    assert said["new"] == said["same"] == (0, "")
    code, mail = said["refused"]
    (place,) = (folder / "refused").iterdir()
    assert (code, mail.count("\n")) == (3, 1)
    assert f"refused/{place.name}/issues.csv" in mail
    code, mail = said["locked"]
    words = "another run was writing all the time; the next night tries again\n"
    assert (code, mail) == (75, words)
    ends = [s["exit"] for s in steps(log.read_text("utf-8")) if s["event"] == "end"]
    assert ends == [0, 99, 3, 75, 75, 75], "who is locked out tries three times"
    assert cron(monthly) == (0, "")
    assert "--keep-drafts" in monthly
    with night(folder, "unwritable"):
        code, mail = cron(nightly)
    assert (code, mail.count("\n")) == (73, 1)
    assert "nothing was left half-written" in mail


def unit(name: str) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None)
    found.optionxform = str  # type: ignore[assignment, method-assign]
    found.read(EXAMPLES / name, "utf-8")
    return found


def test_the_systemd_units_know_what_to_repeat(folder: Path, program: Path) -> None:
    service = unit("carbonledger.service")["Service"]
    command = shlex.split(service["ExecStart"])
    assert command[:3] == ["/opt/carbonledger/bin/carbonledger", "run", "/srv/my-bank"]
    fine = {0, *map(int, service["SuccessExitStatus"].split())}
    final = set(map(int, service["RestartPreventExitStatus"].split()))
    what = {}
    for name, code in NIGHTS.items():
        with night(folder, name):
            done = subprocess.run([program, "run", folder, *command[3:]], env={"PATH": "/usr/bin"},
                                  capture_output=True, text=True, check=False)  # fmt: skip
        assert done.returncode == code
        assert steps(done.stderr)[-1]["exit"] == code
        what[name] = "done" if code in fine else "person" if code in final else "again"
    assert what == {"new": "done", "same": "done", "refused": "person", "locked": "again",
                    "unwritable": "again"}  # fmt: skip


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_understands_the_units(program: Path, tmp_path: Path) -> None:
    units = [tmp_path / name for name in ("carbonledger.service", "carbonledger.timer")]
    for path in units:
        text = (EXAMPLES / path.name).read_text("utf-8")
        path.write_text(text.replace("/opt/carbonledger/bin/carbonledger", str(program)))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    when = unit("carbonledger.timer")["Timer"]["OnCalendar"]
    assert subprocess.run(["systemd-analyze", "calendar", when], capture_output=True,
                          check=False).returncode == 0  # fmt: skip


class Skipped(Exception):
    pass


class Failed(Exception):
    pass


def airflow() -> dict[str, types.ModuleType]:
    """What the file takes from Airflow's names, and no more: it is not Airflow that is tested."""
    sdk = types.ModuleType("airflow.sdk")
    exceptions = types.ModuleType("airflow.sdk.exceptions")
    tasks: dict[str, Any] = {}

    def task(**_: object) -> Any:
        return lambda function: tasks.setdefault(function.__name__, lambda: None) and function

    def dag(**settings: object) -> Any:
        assert settings["catchup"] is False
        assert settings["max_active_runs"] == 1
        return lambda function: lambda: None

    vars(sdk).update(task=task, dag=dag)
    vars(exceptions).update(AirflowSkipException=Skipped, AirflowFailException=Failed)
    return {"airflow": types.ModuleType("airflow"), "airflow.sdk": sdk,
            "airflow.sdk.exceptions": exceptions}  # fmt: skip


def test_the_airflow_task_knows_what_to_repeat(
    folder: Path, program: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name, module in airflow().items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("CARBONLEDGER", str(program))
    monkeypatch.setenv("CARBONLEDGER_BANK", str(folder))
    account = runpy.run_path(str(EXAMPLES / "airflow_dag.py"))["account"]
    what: dict[str, object] = {}
    for name, code in NIGHTS.items():
        with night(folder, name):
            try:
                what[name] = account()
            except Exception as raised:
                what[name] = type(raised)
        assert steps(capsys.readouterr().out)[-1]["exit"] == code
        if name == "new":
            sealed = list(Store(folder / "runs", folder / "refused").states())
    assert what == {"new": sealed, "same": Skipped, "refused": Failed, "locked": RuntimeError,
                    "unwritable": RuntimeError}  # fmt: skip


def test_every_file_of_the_example_is_executed() -> None:
    here = Path(__file__).read_text("utf-8")
    for path in EXAMPLES.iterdir():
        assert path.name == "README.md" or path.name in here, path.name
