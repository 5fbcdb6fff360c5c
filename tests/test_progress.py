"""The line that shows how far a run has come: on a terminal only, in rows, money and time left."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from conftest import write_folder

from carbonledger.cli.progress import CLEARED, figures, fitted, left

ROOT = Path(__file__).parents[1]
BORROWER = {"counterparty_id": "C1", "revenue": 1000, "total_equity": 400, "total_debt": 600,
            "emissions_scope1_tco2e": 5000, "emissions_scope2_tco2e": 500}  # fmt: skip


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Three loans of 100, 200 and 300 万元."""
    loans = [{"loan_id": f"L{n}", "counterparty_id": "C1", "outstanding_amount": 100 * n,
              "average_balance": 100 * n} for n in (1, 2, 3)]  # fmt: skip
    write_folder(tmp_path / "bank", loans=loans, counterparties=[BORROWER])
    return tmp_path / "bank"


class Terminal:
    """A process whose stderr is a terminal; what it shows is gathered to its end."""

    def __init__(self, command: list[str], columns: int = 80, **changed: str) -> None:
        self.screen, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=other,
            env=kept | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "LC_ALL": "C.UTF-8"} | changed,
        )  # fmt: skip
        os.close(other)
        self.shown = b""

    def read(self, until: bytes = b"\0") -> bytes:
        """What is shown up to some bytes, or to the end."""
        while until not in self.shown:
            try:
                part = os.read(self.screen, 65_536)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            self.shown += part
        return self.shown

    def end(self) -> tuple[int, bytes, bytes]:
        """The exit code, stdout and what the terminal was shown."""
        self.read()
        out, _ = self.process.communicate(timeout=60)
        os.close(self.screen)
        return self.process.returncode, out, self.shown


def run(bank: Path, *more: str, columns: int = 80, **changed: str) -> tuple[int, bytes, bytes]:
    command = [sys.executable, "-m", "carbonledger", "run", str(bank), "--no-reports", *more]
    return Terminal(command, columns, **changed).end()


def lines(shown: bytes, encoding: str = "utf-8") -> list[str]:
    return shown.decode(encoding).split(CLEARED)


@pytest.mark.parametrize(
    ("lang", "encoding", "expected"),
    [
        ("en", "utf-8", ["2025 reading ...",
                         "2025 [##########] 100%  3/3 rows  CNY 6.0 m  sealing"]),
        ("zh", "gbk", ["2025 读取账簿 ...",
                       "2025 [##########] 100%  3/3 行  0.06 亿元  正在封存"]),
    ],
)  # fmt: skip
def test_rows_and_money_are_shown_and_gone_at_the_end(
    bank: Path, lang: str, encoding: str, expected: list[str]
) -> None:
    code, out, shown = run(bank, "--lang", lang, PYTHONIOENCODING=encoding, NO_COLOR="1")
    assert code == 0
    assert lines(shown, encoding)[1:3] == expected
    assert lines(shown, encoding)[3] == ""
    assert shown.replace(CLEARED.encode(), b"").count(b"\x1b") == 0
    assert b"#" not in out


def test_json_is_whole_beside_it(bank: Path) -> None:
    code, out, shown = run(bank, "--json")
    assert (code, json.loads(out)["period"]) == (0, 2025)
    assert b"100%" in shown


def test_a_dumb_terminal_and_a_file_are_shown_nothing(bank: Path) -> None:
    code, _, shown = run(bank, TERM="dumb")
    assert (code, shown) == (0, b"")
    command = [sys.executable, "-m", "carbonledger", "run", str(bank), "--no-reports"]
    said = subprocess.run(command, capture_output=True, check=True, timeout=60,
                          env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip
    assert said.stderr == b""


def test_it_is_cut_where_a_narrow_terminal_ends(bank: Path) -> None:
    _, _, shown = run(bank, columns=30)
    assert lines(shown)[2] == "2025 [##########] 100%  3/3 r"


SLOW = """
import sys, time
import carbonledger.workflow.files as files
def slow(*_):
    print("in the middle", end="", file=sys.stderr, flush=True)
    time.sleep(60)
files.write_books = slow
from carbonledger.__main__ import main
main()
"""


def test_ctrl_c_leaves_no_line_and_no_run(bank: Path) -> None:
    terminal = Terminal([sys.executable, "-c", SLOW, "run", str(bank), "--no-reports"])
    assert b"sealing" in terminal.read(b"in the middle")
    terminal.process.send_signal(signal.SIGINT)
    code, out, shown = terminal.end()
    assert (code, out) == (130, b"")
    assert lines(shown)[-1].strip() == ""
    assert [p for p in (bank / "runs").glob("*") if p.is_dir()] == []


def test_what_the_line_says() -> None:
    # 4,000,000 of 10,000,000 rows; 3,900,000 came in 39 s, so the other 6,000,000 take 60 s.
    many = figures(2025, 4_000_000, 10_000_000, 123_456_789_000_000, "CNY", "zh")
    assert many == ["2025 [####------]  40%", "4,000,000/10,000,000 行", "12,345.68 亿元"]
    assert left(3_900_000, 6_000_000, 39.0, "en") == "1:00 left"
    assert left(1, 3_600, 1.5, "zh") == "剩余 1:30:00"
    assert left(0, 10, 0.0, "en") == ""
    unknown = figures(2025, 7, None, 10**8, "USD", "en")
    assert unknown == ["2025", "7 rows", "USD 1.0 m"]
    assert figures(2025, 7, None, 10**10, "USD", "zh")[-1] == "1.00 亿 USD"
    assert fitted("2025 读取账簿", 8) == "2025 读"
