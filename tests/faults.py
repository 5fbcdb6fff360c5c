"""Runs that are killed, and runs on a disk that is full or read-only; prints one JSON document.

Everything is imported once, then each run is a forked process of its own that enters by ``main``,
so the kills hit the work and not the imports: ``python tests/faults.py kills FOLDER COUNT SEED``.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from conftest import write_folder

import carbonledger
from carbonledger.__main__ import main
from carbonledger.runs import Store
from carbonledger.runs.verify import verify_all

for module in pkgutil.walk_packages(carbonledger.__path__, "carbonledger."):
    importlib.import_module(module.name)

COMPANY = {
    "counterparty_id": "C1", "revenue": 1000, "total_equity": 400, "total_debt": 600,
    "emissions_scope1_tco2e": 5000, "emissions_scope2_tco2e": 500,
}  # fmt: skip
LOCKED = 75


def bank(folder: Path, amount: int) -> Path:
    """A working folder whose run is another for each amount."""
    loans = [{"loan_id": f"L{n}", "counterparty_id": "C1", "outstanding_amount": amount + n,
              "average_balance": amount} for n in range(200)]  # fmt: skip
    return write_folder(folder, loans=loans, counterparties=[COMPANY])


def started(*args: object, again: bool = False, said: Path | None = None, user: int = 0) -> int:
    """The process number of ``carbonledger ARGS``; with ``again`` it tries until it is let in."""
    child = os.fork()
    if child:
        return child
    out = os.open(said or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    if user:
        with suppress(SystemExit):  # the interpreter's own files may be out of the stranger's reach
            sys.argv = ["carbonledger", "check", str(args[1])]
            main()
        os.setuid(user)
    sys.argv = ["carbonledger", *map(str, args)]
    while True:
        try:
            main()
        except SystemExit as left:
            if not again or left.code != LOCKED:
                os._exit(int(left.code or 0))
        time.sleep(0.005)


def _open_to_all() -> bool:
    """Whether a stranger can read the program; a private folder keeps it from them."""
    home = Path(carbonledger.__file__).resolve()
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in home.parents)


def left_with(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def done(*args: object, **how: Any) -> int:
    return left_with(started(*args, **how))


def problems(store: Store) -> list[str]:
    found = [i.text("en") for i in verify_all(store)] if store.folder.is_dir() else []
    return found + [f"no run {i}" for i in store.states() if not (store.folder / i).is_dir()]


def unfinished(store: Store) -> list[str]:
    names = os.listdir(store.folder) if store.folder.is_dir() else []
    return [n for n in names if n.startswith((".unfinished", ".ledger-next"))]


def kills(place: Path, count: int, seed: int) -> dict[str, Any]:
    """Three writers on one ledger, each killed at a random moment, round after round."""
    draw = random.Random(seed)
    began = time.monotonic()
    done("run", bank(place / "first", 1), "--no-reports", "--out", place / "first-out")
    whole = time.monotonic() - began
    found: dict[str, Any] = {"kills": 0, "in_the_middle": 0, "rounds": 0, "sealed": 0, "wrong": []}
    while found["kills"] < count:
        out = place / f"out{found['rounds'] // 10}"
        banks = [bank(place / f"bank{n}", draw.randrange(1, 10**6)) for n in range(3)]
        store = Store(out, place / "refused")
        moments = [draw.uniform(0, 3 * whole) for _ in banks]
        ends, middle = _round(banks, store, moments)
        found["kills"] += ends.count(-signal.SIGKILL)
        found["sealed"] += ends.count(0)
        found["rounds"] += 1
        found["in_the_middle"] += middle
        wrong = [f"exit {e}" for e in ends if e not in (0, -signal.SIGKILL)]
        wrong += problems(store)
        wrong += [f"next run: {e}" for b in banks[:1]
                  if (e := done("run", b, "--no-reports", "--out", out))]  # fmt: skip
        wrong += [*problems(store), *unfinished(store)]
        found["wrong"] += [f"round {found['rounds']}: {w}" for w in wrong]
    return found


def _round(
    banks: Sequence[Path], store: Store, moments: Sequence[float]
) -> tuple[list[int], int]:
    """How three writers ended of whom each is killed at its moment, if it still lives.

    And how many kills left a run behind that was being written.
    """
    began = time.monotonic()
    run = ("run", "--no-reports", "--out", store.folder)
    children = [started(*run, b, again=True) for b in banks]
    ends, middle = [], 0
    for moment, child in sorted(zip(moments, children, strict=True)):
        time.sleep(max(0.0, began + moment - time.monotonic()))
        os.kill(child, signal.SIGKILL)  # one that has ended waits to be asked how
        ends.append(left_with(child))
        middle += ends[-1] < 0 and bool(unfinished(store))
    return ends, middle


def _mount(*args: object) -> None:
    subprocess.run(["mount", *map(str, args)], check=True)


def full(place: Path, count: int, seed: int) -> list[dict[str, Any]]:
    """A run on a disk of a random size up to 1 MB, then the same where there is room."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        folder = bank(place / "bank", 100 + number)
        if number % 3 == 2:  # refused: what is left for the clerk needs room too
            (folder / "loans.csv").write_text("loan_id,counterparty_id,outstanding_amount\nL1,,-5\n"
                                              * 400)  # fmt: skip
        out, said = place / "disk", place / "said"
        out.mkdir(exist_ok=True)
        size = draw.randrange(4, 1024 if number % 3 != 2 else 512)
        _mount("-t", "tmpfs", "-o", f"size={size}k", "tmpfs", out)
        store = Store(out / "runs", out / "refused")
        code = done("run", folder, "--no-reports", "--out", out / "runs", said=said)
        left = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
        row = {"size": size, "exit": code, "said": said.read_text("utf-8"), "left": left,
               "wrong": problems(store) + unfinished(store)}  # fmt: skip
        _mount("-o", "remount,size=8m", out)
        row["again"] = done("run", folder, "--no-reports", "--out", out / "runs")
        row["wrong"] += problems(store) + unfinished(store)
        found.append(row)
        subprocess.run(["umount", out], check=True)
        shutil.rmtree(folder)
    return found


def readonly(place: Path, *_: int) -> list[dict[str, Any]]:
    """A run on a disk that is read-only, in a folder of somebody else, and then as it should be."""
    found = []
    folder, said = bank(place / "bank", 100), place / "said"
    _mount("--bind", folder, folder)
    for sealed_before in (False, True):
        before = sorted(folder.rglob("*"))
        _mount("-o", "remount,bind,ro", folder)
        bank_of_now = ("run", folder, "--no-reports")
        row = {"exit": done(*bank_of_now, said=said), "said": said.read_text("utf-8"),
               "check": done("check", folder), "same": sorted(folder.rglob("*")) == before}
        _mount("-o", "remount,bind,rw", folder)
        if os.geteuid() == 0 and not os.environ.get("FAULTS_MAPPED") and _open_to_all():
            for path in (place, folder):
                path.chmod(0o755)
            row["stranger"] = done(*bank_of_now, user=65534)
            row["same"] &= sorted(folder.rglob("*")) == before
        row["again"] = done(*bank_of_now)
        found.append(row | {"sealed_before": sealed_before})
    return found


if __name__ == "__main__":
    kind, where, *numbers = sys.argv[1:]
    result = {"kills": kills, "full": full, "readonly": readonly}[kind](
        Path(where), *map(int, numbers)
    )
    print(json.dumps(result))
