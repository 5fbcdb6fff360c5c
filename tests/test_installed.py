"""Real processes of the command line, in a working folder of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import write_folder

ROOT = Path(__file__).parents[1]
COMPANY = {
    "counterparty_id": "C1", "revenue": 1000, "total_equity": 400, "total_debt": 600,
    "emissions_scope1_tco2e": 5000, "emissions_scope2_tco2e": 500,
}  # fmt: skip
HEAVY = ("numpy", "pandas", "pyarrow", "pydantic", "rich", "jinja2", "openpyxl",
         "python_calamine", "xlsxwriter")  # fmt: skip


def loan(number: int) -> dict[str, object]:
    return {
        "loan_id": f"L{number}", "counterparty_id": "C1", "outstanding_amount": number,
        "average_balance": number, "branch": "重庆渝中支行", "product": "流动资金贷款",
    }  # fmt: skip


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed folder whose entries are longer than a pipe holds."""
    folder = tmp_path_factory.mktemp("home") / "my-bank"
    write_folder(folder, loans=[loan(n) for n in range(1, 1001)], counterparties=[COMPANY])
    assert process("run", folder, "--no-reports").returncode == 0
    return folder


def environment(**changed: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHON"))}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "0", "LC_ALL": "C.UTF-8"} | changed


def process(*args: object, cwd: Path | None = None, **changed: str) -> subprocess.CompletedProcess[
    bytes
]:  # fmt: skip
    command = [sys.executable, "-m", "carbonledger", *map(str, args)]
    return subprocess.run(command, capture_output=True, cwd=cwd, env=environment(**changed),
                          timeout=60, check=False)  # fmt: skip


def in_shell(line: str, folder: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    line = line.replace("carbonledger ", f"{sys.executable} -m carbonledger ")
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=folder,
                          env=environment(**changed), timeout=60, check=False)  # fmt: skip


def run_dir(bank: Path) -> Path:
    (found,) = (bank / "runs").glob("2*")
    return found


def test_a_working_folder_goes_through_from_anywhere(bank: Path) -> None:
    checked = process("check", cwd=bank)
    assert (checked.returncode, checked.stdout) == (0, b"")
    said = process("run", "--no-reports", "--json", cwd=bank)
    document = json.loads(said.stdout)
    assert document["ledgers"][1]["rows"]["computed"] == 1000
    assert Path(document["run_dir"]) == Path("runs") / document["run_id"]
    explained = process("explain", document["run_id"], "L7", cwd=bank)
    assert explained.returncode == 0
    assert b"L7" in explained.stdout


def test_pandas_is_imported_only_where_a_frame_is_made(bank: Path) -> None:
    # Arrow imports it otherwise, for a quarter of a second in which nothing is done.
    def imported(*command: str) -> bool:
        line = [sys.executable, "-X", "importtime", "-m", "carbonledger", *command]
        said = subprocess.run(line, capture_output=True, cwd=bank, env=environment(), timeout=60,
                              check=True)  # fmt: skip
        return b"pandas.core.frame\n" in said.stderr

    run = run_dir(bank).name
    for command in (["check"], ["run", "--no-reports"], ["explain", run, "L7"]):
        assert not imported(*command)
    assert imported("entries", run)


def test_arrow_keeps_no_memory_of_its_own() -> None:
    pool = "pyarrow.default_memory_pool().backend_name"
    asked = f"import carbonledger.__main__, pyarrow; print({pool})"
    shown = subprocess.run([sys.executable, "-c", asked], env=environment(), capture_output=True,
                           check=True, text=True)  # fmt: skip
    assert shown.stdout == "system\n"


def test_the_version_is_known() -> None:
    said = process("--version")
    assert (said.returncode, said.stdout.strip()) == (0, b"0.2.0.dev0")


IMPORTS = """
import sys
from carbonledger.__main__ import main
sys.argv[1:] = {args!r}
try:
    main()
finally:
    print(sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)
"""


def test_help_imports_nothing_heavy() -> None:
    for args in (["--help"], ["run", "--help"], ["check", "-h"], ["explain", "--help"],
                 ["report", "--help"]):  # fmt: skip
        command = [sys.executable, "-c", IMPORTS.format(args=args, heavy=HEAVY)]
        said = subprocess.run(command, env=environment(), capture_output=True, text=True,
                              check=False)  # fmt: skip
        assert (said.returncode, said.stderr) == (0, "[]\n"), args


@pytest.mark.parametrize("line", [
    "carbonledger entries {run} | head -1 > /dev/null",
    "carbonledger entries {run} --format parquet | head -c 1 > /dev/null",
    "carbonledger explain {run} L1 --json | head -1 > /dev/null",
    "carbonledger columns loans | true",
])  # fmt: skip
def test_a_closed_pipe_ends_quietly(bank: Path, line: str) -> None:
    line = line.format(run=run_dir(bank)) + '; echo "${PIPESTATUS[0]}"'
    said = in_shell(line, bank)
    assert (said.stdout, said.stderr) == ("0\n", "")


@pytest.mark.parametrize("line", [
    "carbonledger entries {run} > /dev/full",
    "carbonledger run . --no-reports --json > /dev/full",
    "carbonledger run . --no-reports > /dev/full",
    "carbonledger check broken > /dev/full",
    "carbonledger --help > /dev/full",
    "carbonledger columns > /dev/full",
])  # fmt: skip
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_under_stdout_leaves_with_73(bank: Path, line: str) -> None:
    if not (bank / "broken").exists():
        write_folder(bank / "broken", loans=[loan(1) | {"outstanding_amount": ""}],
                     counterparties=[COMPANY])  # fmt: skip
    said = in_shell(line.format(run=run_dir(bank)), bank)
    assert said.returncode == 73
    assert "Traceback" not in said.stderr
    assert "cannot write" in said.stderr.splitlines()[-1]


def test_a_gbk_terminal_reads_chinese(tmp_path: Path) -> None:
    broken = [loan(1) | {"outstanding_amount": "五百万"}, loan(2) | {"outstanding_amount": "5😀"}]
    write_folder(tmp_path, loans=broken, counterparties=[COMPANY])
    said = process("check", tmp_path, "--lang", "zh", PYTHONIOENCODING="gbk")
    assert said.returncode == 3
    lines = said.stdout.decode("gbk").splitlines()
    assert lines[0].startswith("错误 number_unreadable  loans.csv:2: outstanding_amount: “五百万”")
    assert "“5?”" in lines[1]
    assert said.stderr.decode("gbk").strip() == "2 个错误，0 条提示"


def test_an_ascii_terminal_gets_question_marks_and_no_traceback(bank: Path) -> None:
    said = process("run", bank, "--no-reports", "--lang", "zh", PYTHONIOENCODING="ascii")
    assert (said.returncode, b"Traceback" in said.stderr) == (0, False)


@pytest.mark.parametrize("changed", [{"NO_COLOR": "1"}, {"TERM": "xterm-256color"}])
def test_a_pipe_gets_no_colour(bank: Path, changed: dict[str, str]) -> None:
    for args in (["runs", bank], ["run", bank, "--fast"]):
        said = process(*args, **changed)
        assert b"\x1b" not in said.stdout + said.stderr


# A run that stops in the middle of writing, says so and waits for the signal.
SLOW = """
import sys, time
import carbonledger.workflow.files as files
def slow(*_):
    print("in the middle", file=sys.stderr, flush=True)
    time.sleep(60)
files.write_books = slow
from carbonledger.__main__ import main
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_an_interrupted_run_leaves_nothing_and_can_be_repeated(
    bank: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    folder = tmp_path / "bank"
    shutil.copytree(bank, folder, ignore=shutil.ignore_patterns("runs", "refused", "broken"))
    command = [sys.executable, "-c", SLOW, "run", str(folder), "--no-reports"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment()) as running:  # fmt: skip
        assert running.stderr is not None
        assert running.stderr.readline() == "in the middle\n"
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (code, "")
    assert "Traceback" not in err
    left = [p for p in (folder / "runs").glob("*") if p.is_dir()]
    assert [p for p in left if not p.name.startswith(".unfinished-")] == []
    assert number == signal.SIGKILL or left == []
    assert process("run", folder, "--no-reports").returncode == 0
    assert [p.name for p in (folder / "runs").iterdir() if p.is_dir()] == [run_dir(bank).name]


def test_two_runs_at_once_do_not_mix(bank: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bank"
    shutil.copytree(bank, folder, ignore=shutil.ignore_patterns("runs", "refused", "broken"))
    command = [sys.executable, "-c", SLOW, "run", str(folder), "--no-reports"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment()) as first:
        assert first.stderr is not None
        assert first.stderr.readline() == "in the middle\n"
        second = process("run", folder, "--no-reports")
        first.kill()
    assert second.returncode == 75
    assert second.stderr.decode() == "another run is writing here; wait for it to end\n"




@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX terminal")
@pytest.mark.parametrize("arguments", [("run", ".", "--no-reports"), ("check", "broken")])
def test_a_dead_terminal_is_no_bug(bank: Path, arguments: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "bank"
    shutil.copytree(bank, folder, ignore=shutil.ignore_patterns("runs", "refused"))
    write_folder(folder / "broken", loans=[loan(-1)], counterparties=[COMPANY])
    master, slave = os.openpty()
    command = [sys.executable, "-m", "carbonledger", *arguments]
    child = subprocess.Popen(command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL,
                             stdout=slave, stderr=slave, start_new_session=True)  # fmt: skip
    os.close(master)
    os.close(slave)
    assert child.wait(timeout=60) in (0, 73)
    left = [p.name for p in folder.rglob(".unfinished*")]
    assert left == []
    again = process("run", folder, "--no-reports")
    assert again.returncode == 0, "the next run is clean"


def test_output_that_was_closed_from_the_start_is_no_bug(bank: Path) -> None:
    for line in ("carbonledger columns >&-", "carbonledger check . >&- 2>&-"):
        found = in_shell(line, bank)
        assert (found.returncode, found.stderr) == (0, ""), line
