"""The command line's outermost shell: exit codes, closed pipes, full disks, Ctrl-C."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from carbonledger.cli.log import Log

# Arrow's own pool keeps a fifth more memory and is no faster; it is chosen as Arrow is loaded.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
# Pydantic looks through all packages of the environment for plugins; none of ours is one.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
CANNOT_WRITE = 73
LOCKED = 75
INTERRUPTED = 130
CLEARED_WITHIN = 5
"""Seconds after a Ctrl-C in which another one is not heard."""
USAGE = 2
BUG = 1


def main() -> None:
    """Run the command line and leave with the exit code of design.md, section 6."""
    try:
        _main()
    except KeyboardInterrupt:  # as it still loads, or has done its work
        sys.exit(INTERRUPTED)


def _main() -> None:
    # Looking for cycles among the rows of factors that stay took a twelfth of a run.
    gc.set_threshold(400_000)
    from carbonledger.cli.log import Log

    # Python has none of the two where it was closed from the start (>&-).
    closed = (s or open(os.devnull, "w") for s in (sys.stdout, sys.stderr))  # noqa: SIM115
    sys.stdout, sys.stderr = closed
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A GBK terminal cannot print every character; it prints a question mark instead.
            cast(Any, stream).reconfigure(errors="replace")
    _heed_signals()
    log = Log()
    try:
        code = _run(log)
    except Exception as bug:
        code = _told(bug, log)
    if code == INTERRUPTED:  # the interpreter would forget how it heeds them before it is gone
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
    log.end(code)
    for stream in (sys.stdout, sys.stderr):
        _forget(stream)
    # The interpreter would look for cycles among all that was ever loaded before it leaves.
    gc.freeze()
    sys.exit(code)


def _heed_signals() -> None:
    """Who stops a job sends SIGTERM: leave as on Ctrl-C. A closed terminal stops nothing.

    A key pressed again and again must not stop the clearing away that the first press began.
    """
    asked = list[float]()

    def stop(number: int, frame: object) -> None:
        if not asked or time.monotonic() - asked[-1] > CLEARED_WITHIN:
            asked.append(time.monotonic())
            raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else nobody may stop it
        signal.signal(signal.SIGINT, stop)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _told(bug: Exception, log: Log) -> int:
    """A bug is shown with its place; what it quotes may be cells of a book, so that is starred."""
    import traceback

    from carbonledger.persons import blinded

    frames = traceback.extract_tb(bug.__traceback__)
    trace = [f"{os.path.basename(f.filename)}:{f.lineno}" for f in frames]
    log.step("bug", level="error", kind=type(bug).__name__, trace=trace)
    log.tell(blinded("".join(traceback.format_exception(bug))).rstrip("\n"))
    log.tell(_words("this is a bug; please report it", "这是程序缺陷，请报告"))
    return BUG


def _run(log: Log) -> int:
    import click

    from carbonledger.cli import cli
    from carbonledger.cli.frames import hide_pandas
    from carbonledger.persons import masked_names

    hide_pandas()
    try:
        code = cli.main(prog_name="carbonledger", standalone_mode=False, obj=log)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except SystemExit:  # click's own way out of a closed pipe
        return _closed_pipe()
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as problem:
        log.step("usage", level="error", message=masked_names(problem.format_message()))
        if not log.json:
            _show(problem)
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return _closed_pipe()
    except OSError as problem:
        return _cannot_write(problem, log)


def _show(problem: Any) -> None:
    from carbonledger.cli.usage import told

    chinese = told(problem, sys.argv[1:])
    if chinese is None:
        problem.show()
    else:
        print(chinese, file=sys.stderr)


def _closed_pipe() -> int:
    """The reader has seen enough (| head); nothing more can be written, also not at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _cannot_write(problem: OSError, log: Log) -> int:
    from filelock import Timeout

    from carbonledger.cli.usage import DISK, cannot_write
    from carbonledger.issues import Held

    if isinstance(problem, Held):
        return _locked(log, str(problem))
    if isinstance(problem, Timeout):
        return _locked(log)
    if problem.errno in DISK:
        sys.unraisablehook = _told_before
        log.step("cannot_write", level="error", reason=errno.errorcode[problem.errno])
        log.tell(_words(cannot_write(problem, "en"), cannot_write(problem, "zh")))
        return CANNOT_WRITE
    raise problem


def _locked(log: Log, file: str = "") -> int:
    log.step("locked", level="error")
    en, zh = "another run is writing here; wait for it to end", "另一个任务正在写入，请等待"
    if file:  # on a store it outlives who is killed
        en += f". If none is, one was killed: delete {file}"
        zh += f"。如果没有任务在写，则上一个被强制终止，请删除 {file}"
    log.tell(_words(en, zh))
    return LOCKED


def _told_before(again: sys.UnraisableHookArgs) -> None:
    """What a full disk stopped tries once more as it is thrown away; that is no news."""
    if not isinstance(again.exc_value, OSError):
        sys.__unraisablehook__(again)


def _forget(stream: Any) -> None:
    """Drop what a full disk or a dead terminal did not take, so that the flush at exit is quiet."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _words(en: str, zh: str) -> str:
    from carbonledger.cli.usage import language_of

    return zh if language_of(sys.argv[1:]) == "zh" else en


if __name__ == "__main__":
    main()
