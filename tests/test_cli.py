"""The command line: exit codes, standard output against standard error, documents, help."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from conftest import run, write_folder

import carbonledger.__main__ as shell
from carbonledger.cli import cli
from carbonledger.cli.log import Log
from carbonledger.cli.usage import in_chinese
from carbonledger.runs import Store
from carbonledger.workflow import files

COMPANY = {
    "counterparty_id": "C1", "revenue": 1000, "total_equity": 400, "total_debt": 600,
    "emissions_scope1_tco2e": 5000, "emissions_scope2_tco2e": 500,
}  # fmt: skip
LOAN = {"loan_id": "L1", "counterparty_id": "C1", "outstanding_amount": 100, "average_balance": 90}
ABROAD = LOAN | {"loan_id": "L2", "currency": "AED"}


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A working folder with one good loan."""
    return write_folder(tmp_path / "bank", loans=[LOAN], counterparties=[COMPANY])


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """A working folder with a warning: half of its money is in a currency without a rate."""
    loans = [LOAN | {"currency": "CNY"}, ABROAD]
    return write_folder(tmp_path / "doubtful", loans=loans, counterparties=[COMPANY])


def sealed(folder: Path) -> Path:
    assert run("run", folder, "--no-reports").exit_code == 0
    (found,) = (folder / "runs").glob("2*")
    return found


def outer(monkeypatch: pytest.MonkeyPatch, *args: object) -> int:
    """The exit code that the process would leave with."""
    monkeypatch.setattr(sys, "argv", ["carbonledger", *map(str, args)])
    return shell._run(Log())


def commands(group: click.Command = cli, *names: str) -> Iterator[tuple[str, ...]]:
    yield names
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None, name
            yield from commands(command, *names, name)


# what a person is told


@pytest.mark.parametrize("names", list(commands()), ids=" ".join)
def test_every_command_has_help(names: tuple[str, ...]) -> None:
    folder = ["my-bank"] if names[:1] == ("runs",) and len(names) > 1 else []
    result = run(*names[:1], *folder, *names[1:], "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("names", list(commands()), ids=" ".join)
def test_every_option_says_what_it_does(names: tuple[str, ...]) -> None:
    command: click.Command = cli
    for name in names:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    assert command.help or command.short_help
    for option in (p for p in command.params if isinstance(p, click.Option)):
        assert option.help, option.name


# exit codes


@pytest.mark.parametrize("args", [
    ("run", "{bank}", "--fast"),
    ("run", "{bank}", "--period", "last-year"),
    ("run", "{bank}", "--period", "2025..2020"),
    ("check", "{bank}", "--lang", "fr"),
    ("sum", "{bank}"),
    ("report", "2025-00000000"),
    ("report", "{run}", "--form", "poem"),
    ("report", "{run}", "--format", "pdf"),
    ("report", "{run}", "--format", "md", "-o", "{bank}/nowhere/report.md"),
    ("entries", "2025-00000000"),
    ("entries", "{run}", "--format", "ods"),
    ("entries", "{run}", "--standard", "pcaf-2022"),
    ("explain", "2025-00000000", "L1"),
    ("explain", "{run}", "L9"),
    ("runs", "{bank}", "show", "2025-00000000"),
    ("runs", "{bank}", "publish", "2025-00000000"),
    ("runs", "{bank}", "supersede", "{run}"),
    ("runs", "{bank}", "supersede", "{run}", "--reason", " "),
    ("runs", "{bank}", "publish", "{other}"),
], ids=" ".join)  # fmt: skip
def test_wrong_use_leaves_with_2(
    bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], args: tuple[str, ...],
) -> None:  # fmt: skip
    other = sealed(write_folder(tmp_path / "other", loans=[LOAN | {"outstanding_amount": 7}],
                                counterparties=[COMPANY]))  # fmt: skip
    place = {"bank": bank, "run": sealed(bank), "other": other}
    capsys.readouterr()
    assert outer(monkeypatch, *(a.format(**place) for a in args)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Error: " in said.err
    assert "Traceback" not in said.err


def test_an_ambiguous_run_is_named_in_full(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sealed(bank)
    write_folder(bank, loans=[LOAN | {"outstanding_amount": 7}], counterparties=[COMPANY])
    assert run("run", bank, "--no-reports").exit_code == 0
    result = run("runs", bank, "show", "2025-", "--lang", "en")
    assert result.exit_code == 2
    assert first.name in result.stderr  # run_ambiguous
    assert run("runs", bank, "show", first.name[:9]).exit_code == 0


def test_the_message_of_an_ambiguous_run() -> None:
    from carbonledger.issues import Issue

    issue = Issue("run_ambiguous", value="2025-", details=(("runs", "2025-ab, 2025-cd"),))
    assert issue.text("en") == ("2025- names several runs: 2025-ab, 2025-cd. "
                                "Give more of the id.")  # fmt: skip


def test_a_refused_book_leaves_with_3_and_says_where_the_list_is(bank: Path) -> None:
    write_folder(bank, loans=[LOAN | {"outstanding_amount": ""}], counterparties=[COMPANY])
    result = run("run", bank, "--lang", "en")
    assert (result.exit_code, result.stdout) == (3, "")
    first, last = result.stderr.splitlines()
    assert first.startswith("error amount_blank  loans.csv:2: outstanding_amount: ")
    (listed,) = (bank / "refused").glob("*/issues.csv")
    assert str(listed) in last


def test_a_refused_period_prints_no_half_of_the_others(bank: Path) -> None:
    files = {"loans": "loans-{period}.csv", "counterparties": "counterparties.csv"}
    books = {name: {"file": file, "unit": "万元"} for name, file in files.items()}
    write_folder(bank, {"books": books}, loans=[LOAN], counterparties=[COMPANY])
    (bank / "loans-2024.csv").write_bytes((bank / "loans.csv").read_bytes())
    result = run("run", bank, "--period", "2024..2025", "--no-reports", "--json")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "file_missing" in result.stderr


def test_strict_leaves_with_4_where_there_are_warnings(doubtful: Path, bank: Path) -> None:
    for command in (["check"], ["run", "--no-reports"]):
        assert run(*command, doubtful).exit_code == 0
        assert run(*command, doubtful, "--strict").exit_code == 4
        assert run(*command, bank, "--strict").exit_code == 0


@pytest.mark.parametrize(("least", "code"), [("0.5", 0), ("0.51", 4), ("1", 4)])
def test_low_coverage_leaves_with_4_but_seals(
    doubtful: Path, least: str, code: int
) -> None:  # fmt: skip
    loans = [LOAN | {"currency": "CNY"}, LOAN | {"loan_id": "L2", "counterparty_id": "C9"}]
    write_folder(doubtful, {"min_coverage": least}, loans=loans, counterparties=[COMPANY])
    result = run("run", doubtful, "--no-reports", "--json")
    assert result.exit_code == code
    assert (Path(json.loads(result.stdout)["run_dir"]) / "manifest.json").is_file()
    assert ("coverage" in result.stderr) == (code == 4)


def test_new_only_leaves_with_99_where_nothing_is_new(bank: Path) -> None:
    assert run("run", bank, "--no-reports", "--new-only").exit_code == 0
    again = run("run", bank, "--no-reports", "--new-only", "--json")
    assert again.exit_code == 99
    assert json.loads(again.stdout)["schema"] == "carbonledger.summary/1"
    assert run("run", bank, "--no-reports").exit_code == 0


HOLD = """
import sys, time
from filelock import FileLock
with FileLock(sys.argv[1], timeout=0):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_that_another_process_writes_leaves_with_75(
    bank: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_dir = sealed(bank)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(bank / "runs" / ".lock")], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        capsys.readouterr()
        assert outer(monkeypatch, "run", bank, "--no-reports") == 75
        assert outer(monkeypatch, "runs", bank, "publish", run_dir.name) == 75
        assert outer(monkeypatch, "runs", bank, "list") == 0, "reading needs no lock"
        assert len(capsys.readouterr().err.splitlines()) == 2
        other.communicate("")
    assert outer(monkeypatch, "run", bank, "--no-reports") == 0


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x.parquet")


@pytest.mark.parametrize("target", [
    (files, "write_ledger"), (files, "write_books"), (files, "as_csv"),
    (Store, "seal"), (Store, "_append"), (os, "fsync"), (Path, "rename"),
], ids=lambda t: t[1])  # fmt: skip
def test_a_full_disk_leaves_with_73_and_nothing_half_written(
    bank: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    target: tuple[Any, str],
) -> None:  # fmt: skip
    with monkeypatch.context() as broken:
        broken.setattr(*target, full)
        assert outer(broken, "run", bank, "--no-reports") == 73
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert [p.name for p in (bank / "runs").glob("*") if p.is_dir()] == []
    assert Store(bank / "runs", bank / "refused").states() == {}, "the chain names no lost run"
    assert outer(monkeypatch, "run", bank, "--no-reports") == 0
    assert outer(monkeypatch, "runs", bank) == 0


def test_a_full_disk_leaves_the_old_output_file(
    bank: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_dir = sealed(bank)
    target = bank / "entries.csv"
    target.write_text("old")
    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", full)
        assert outer(broken, "entries", run_dir, "-o", target) == 73
    assert target.read_text() == "old"
    assert list(bank.glob(".*")) == []


def test_a_bug_is_no_full_disk(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> None:
        raise OSError(errno.ENOTCONN, "no such thing")

    monkeypatch.setattr(files, "write_ledger", wrong)
    with pytest.raises(OSError, match="no such thing"):
        outer(monkeypatch, "run", bank, "--no-reports")


# streams


def test_results_go_to_stdout_and_the_rest_to_stderr(doubtful: Path) -> None:
    checked = run("check", doubtful, "--lang", "en")
    assert checked.stdout.startswith("warning fx_rate_missing  loans.csv: ")
    assert checked.stderr == "0 errors, 1 warning\n"
    done = run("run", doubtful, "--no-reports", "--lang", "en")
    assert done.stderr.startswith("warning fx_rate_missing  loans.csv: ")
    assert done.stdout.startswith("2025-")
    assert "fx_rate_missing" not in done.stdout
    assert "sealed before" in run("run", doubtful, "--no-reports", "--lang", "en").stdout


def test_warnings_are_told_again_for_a_run_sealed_before(doubtful: Path) -> None:
    first, again = (run("run", doubtful, "--no-reports", "--lang", "zh") for _ in range(2))
    assert first.stderr == again.stderr != ""


def test_an_output_file_leaves_stdout_empty(bank: Path) -> None:
    run_dir = sealed(bank)
    result = run("entries", run_dir, "-o", bank / "entries.csv")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert (bank / "entries.csv").read_bytes() == run("entries", run_dir).stdout_bytes


DOCUMENTS: dict[str, tuple[Callable[[Path, Path], list[object]], str]] = {
    "check": (lambda f, r: ["check", f], "issues"),
    "run": (lambda f, r: ["run", f, "--no-reports"], "summary"),
    "runs": (lambda f, r: ["runs", f, "list"], "runs"),
    "show": (lambda f, r: ["runs", f, "show", r.name], "run"),
    "explain": (lambda f, r: ["explain", r, "L1"], "explanations"),
    "paths": (lambda f, r: ["path", "list"], "paths"),
    "path": (lambda f, r: ["path", "show", "cn-14fyp"], "path"),
    "columns": (lambda f, r: ["columns", "loans"], "columns"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_json_is_one_document_with_a_schema(doubtful: Path, name: str) -> None:
    command, schema = DOCUMENTS[name]
    result = run(*command(doubtful, sealed(doubtful)), "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["schema"] == f"carbonledger.{schema}/1"
    assert not _unsafe(document), "whole numbers above 2^53 and decimals travel as strings"


def _unsafe(value: object) -> list[object]:
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return [bad for part in inside for bad in _unsafe(part)]
    return [value] if isinstance(value, float) or (isinstance(value, int) and value > 2**53) else []


def test_refused_json_prints_nothing_on_stdout(bank: Path) -> None:
    write_folder(bank, loans=[LOAN | {"outstanding_amount": ""}], counterparties=[COMPANY])
    result = run("run", bank, "--json")
    assert (result.exit_code, result.stdout) == (3, "")


def test_messages_follow_the_environment(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CARBONLEDGER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert "0 errors" in run("check", bank).stderr
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "0 个错误" in run("check", bank).stderr
    assert "0 errors" in run("check", bank, "--lang", "en").stderr
    monkeypatch.setenv("CARBONLEDGER_LANG", "en")
    assert "0 errors" in run("check", bank).stderr


def test_a_run_is_found_by_path_by_id_and_by_its_beginning(
    bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_dir = sealed(bank)
    monkeypatch.chdir(bank)
    for reference in (run_dir, run_dir.name, run_dir.name[:7], f"runs/{run_dir.name}"):
        assert run("entries", reference).exit_code == 0
    monkeypatch.chdir(bank.parent)
    assert run("entries", run_dir.name).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["nosuch"], ["explain"], ["lint"], ["run", "a", "b", "c"], ["run", "--nosuch"],
        ["run", "--lang", "fr"], ["run", "--formatt", "x"], ["report", "x", "--format", "doc"],
        ["run", ".", "--period"], ["run", ".", "--period", "twenty"], ["run", "--strict=1"],
        ["runs", ".", "prune", "--keep-drafts", "x"], ["runs", ".", "publish"],
        ["runs", "gone"], ["report", "x", "--format"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_click_says_is_said_in_chinese(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    message = result.output.partition("Error: ")[2].strip()
    told = in_chinese(message)
    assert told != message, "click words it in a way that usage-words.csv does not know"
    named = re.findall("[A-Za-z-]{3,}", " ".join(arguments + re.findall(r"'[^']*'", message)))
    words = set(re.findall("[A-Za-z-]{3,}", told)) - {*named, "COMMAND"}
    assert words == set(), told


@pytest.mark.parametrize("arguments", [
    ["report", "{run}", "--form", "poem"], ["entries", "{run}", "--standard", "poem"],
    ["gaps", "{run}", "--standard", "poem"], ["bundle", "{run}", "-o", "{bank}/gone/a.zip"],
    ["report", "{run}", "-o", "{bank}"], ["export", "{run}"],
], ids=" ".join)  # fmt: skip
def test_a_wrong_value_is_told_in_chinese(bank: Path, arguments: list[str]) -> None:
    place = {"run": sealed(bank), "bank": bank}
    result = run(*(a.format(**place) for a in arguments))
    assert result.exit_code == 2
    message = result.output.partition("Error: ")[2].strip()
    told = in_chinese(message)
    assert told != message
    assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", told), told


def test_a_list_of_runs_takes_its_options_behind_the_folder(bank: Path) -> None:
    sealed(bank)
    assert run("runs", bank, "--json").output == run("runs", bank, "list", "--json").output
    assert run("runs", bank, "--lang", "zh").output.startswith("批次")
    assert run("--lang", "zh", "runs", bank).output.startswith("批次")
    assert run("path", "--lang", "zh", "list").output.startswith("路径")
    gone = run("runs", bank / "gone")
    assert (gone.exit_code, gone.stdout) == (2, "")


@pytest.mark.parametrize("group", [[], ["factors"], ["path"]])
def test_a_group_alone_shows_its_help_in_chinese(group: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "carbonledger", *group], capture_output=True,
                          text=True, encoding="utf-8", check=False,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8",
                               "CARBONLEDGER_LANG": "zh"})  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("用法：")


@pytest.mark.parametrize("how", [{"CARBONLEDGER_LANG": "zh"}, {"LC_ALL": "C.UTF-8"}])
def test_usage_is_told_in_the_language_of_the_user(how: dict[str, str]) -> None:
    command = [sys.executable, "-m", "carbonledger", "explain"]
    asked = command if "CARBONLEDGER_LANG" in how else [*command, "x", "--lang", "zh"]
    done = subprocess.run(asked, capture_output=True, text=True, encoding="utf-8", check=False,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8", **how})  # fmt: skip
    assert done.returncode == 2
    assert "用法：carbonledger explain" in done.stderr
    assert "错误：" in done.stderr
    assert "Error" not in done.stderr


class Writer:
    """What is still open as it is thrown away, and meets the full disk once more."""

    def __init__(self, problem: Exception) -> None:
        self.problem = problem

    def __del__(self) -> None:
        raise self.problem


def test_a_full_disk_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    full = OSError(errno.ENOSPC, "No space left on device")
    assert shell._cannot_write(full, Log()) == 73
    open_still = Writer(full)
    del open_still
    assert "Exception ignored" not in capsys.readouterr().err
    another = Writer(ValueError("a bug"))
    del another
    assert "ValueError: a bug" in capsys.readouterr().err


def test_what_projects_avoid_is_no_scope_of_anybody(tmp_path: Path) -> None:
    """90 / 1000 x (5000 + 100) t emitted; 90 / 1000 x 800 t avoided: lines of their own."""
    project = {"project_id": "P1", "total_project_cost": "1000", "emissions_scope1_tco2e": "5000",
               "emissions_scope2_tco2e": "100", "avoided_emissions_tco2e": "800"}  # fmt: skip
    loan = {"loan_id": "L1", "project_id": "P1", "outstanding_amount": "100",
            "average_balance": "90"}  # fmt: skip
    folder = write_folder(tmp_path, {"standards": ["pboc-2021", "pboc-2021-avoided"]},
                          loans=[loan], projects=[project])  # fmt: skip
    text = run("report", sealed(folder), "--format", "md", "--lang", "en").stdout
    assert "| Scope 1+2 | tCO2e | 459.00 | – |" in text
    assert "| Avoided emissions | tCO2e | – | 72.00 |" in text
    assert "| Avoided emissions | 72.00 | tCO2e |  |" in text
