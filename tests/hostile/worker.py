"""A process that runs cases by number: each through the command line, its traces looked for.

``python -m hostile.worker`` reads numbers from stdin and answers each with a line of JSON. It runs
under a limit of memory; that it dies or falls silent is for the caller to notice.
"""

from __future__ import annotations

import csv
import gc
import io
import json
import os
import re
import resource
import shutil
import sys
import tempfile
import time
import traceback
import zipfile
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from hostile import cases
from hostile.case import SECRET, Case
from hostile.injections import MARK

LIMIT = 3 << 30  # bytes of data: what would take all memory fails before it harms the machine
RUNS_IN_A_SHEET = re.compile(r"[\s\ufeff]*[=+\-@＝＋－＠]")
NUMBER = re.compile(r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?")


def main() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    for line in sys.stdin:
        number = int(line)
        print(json.dumps({"number": number, **ran(cases()[number])}), flush=True)


def ran(case: Case) -> dict[str, Any]:
    """What came of a case: exit, seconds of processor, peak memory of the process so far, what is wrong."""
    root = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        folder, spare = root / "a" / "work", root / "a" / "tmp"
        folder.mkdir(parents=True)
        spare.mkdir()
        (root / "a" / "secret.txt").write_text(SECRET)
        case.write(folder)
        said = folder / "carbonledger.yaml"
        if b"WHERE" in said.read_bytes():
            said.write_bytes(said.read_bytes().replace(b"WHERE", str(root / "a").encode()))
        before = _listed(root)
        return _command(case, root, folder, spare, before)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _command(
    case: Case, root: Path, folder: Path, spare: Path, before: set[str]
) -> dict[str, Any]:
    from carbonledger.cli import cli

    tempfile.tempdir = str(spare)
    here = os.getcwd()
    os.chdir(spare)
    start = time.process_time()
    try:
        result = CliRunner().invoke(cli, [case.command, str(folder)])
    finally:
        os.chdir(here)
        tempfile.tempdir = None
    seconds = time.process_time() - start
    gc.collect()
    problems = []
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        last = traceback.extract_tb(result.exception.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        problems.append(f"traceback {type(result.exception).__name__} at {where}: "
                        f"{str(result.exception)[:150]}")  # fmt: skip
    if SECRET in result.output:
        problems.append("shows what lies outside of the folder")
    made = {n for n in _listed(root) - before if not n.startswith(("a/work/runs", "a/work/refused"))}
    if made:
        problems.append(f"left {sorted(made)[:3]}")
    problems += _run_by_a_sheet(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"exit": result.exit_code, "seconds": seconds, "peak": peak, "problems": problems}


def _listed(root: Path) -> set[str]:
    return {str(p.relative_to(root)) for p in root.rglob("*")}


def _run_by_a_sheet(folder: Path) -> list[str]:
    """Cells of the outputs that a spreadsheet would run as formulas."""
    found = []
    texts = {p.name: p.read_text("utf-8-sig") for p in folder.glob("runs/*/issues.csv")}
    for run in folder.glob("runs/*/manifest.json"):
        from carbonledger.cli import cli

        result = CliRunner().invoke(cli, ["entries", str(run.parent), "--standard", "pcaf-2025"])
        texts["entries"] = result.stdout.removeprefix("\ufeff")
    for name, text in texts.items():
        for row in csv.reader(io.StringIO(text, newline="")):
            found += [f"{name} holds {cell[:20]!r}" for cell in row
                      if RUNS_IN_A_SHEET.match(cell) and not NUMBER.fullmatch(cell)]  # fmt: skip
    for book in folder.glob("runs/*/reports/*.xlsx"):
        with zipfile.ZipFile(book) as archive:
            sheets = [archive.read(n).decode() for n in archive.namelist() if "sheets/" in n]
        formulas = [f for sheet in sheets for f in re.findall("<f>.*?</f>", sheet)]
        found += [f"{book.name} runs {f[:30]}" for f in formulas if MARK in f]
    return found


if __name__ == "__main__":
    main()
