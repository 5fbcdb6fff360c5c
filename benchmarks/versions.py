"""The same run under several versions of Python, pandas and Arrow: its figures and content.

python benchmarks/versions.py [--interpreter PYTHON] [--interpreter PYTHON]

Builds an environment for each line of SETS and each further interpreter, accounts for the example
bank in each, and compares ``figures_id`` and ``content_sha256`` of every year with its reports.
Leaves with 1 where they differ.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "chongqing-bank"
SETS = (("pandas==2.2.*", "pyarrow==18.*"), ("pandas==3.*", "pyarrow>=20"))
SHOWN = ("pandas", "pyarrow", "numpy")


def wheel(place: Path) -> Path:
    """The package built once, so that every environment has the same code."""
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", place, ROOT],
                   check=True)  # fmt: skip
    return next(place.glob("*.whl"))


def environment(place: Path, interpreter: str, wanted: tuple[str, ...], package: Path) -> Path:
    """A fresh environment with the package and the versions wanted; its Python."""
    subprocess.run([interpreter, "-m", "venv", place], check=True)
    python = place / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", *wanted, package], check=True)
    return python


def sealed(python: Path, folder: Path) -> dict[str, dict[str, str]]:
    """The figures and the content of every year, by run."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("runs", "refused"))
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    call = [python, "-m", "carbonledger"]
    subprocess.run([*call, "run", folder, "--period", "2020..2025"], check=True, env=env,
                   capture_output=True)  # fmt: skip
    said = subprocess.run([*call, "verify", folder, "--json"], check=True, env=env,
                          capture_output=True).stdout  # fmt: skip
    content = json.loads(said)["content_sha256"]
    figures = {r: json.loads((folder / "runs" / r / "summary.json").read_bytes())["figures_id"]
               for r in content}  # fmt: skip
    return {r: {"figures_id": figures[r], "content_sha256": content[r]} for r in content}


def versions(python: Path) -> str:
    code = (
        "import sys, importlib.metadata as m; "
        f"print(sys.version.split()[0], *(n + ' ' + m.version(n) for n in {SHOWN!r}))"
    )
    return subprocess.run([python, "-c", code], check=True, capture_output=True,
                          text=True).stdout.strip()  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interpreter", action="append", default=[])
    asked = [(sys.executable, wanted) for wanted in SETS]
    asked += [(other, SETS[-1]) for other in parser.parse_args().interpreter]
    found = []
    with tempfile.TemporaryDirectory() as place:
        package = wheel(Path(place))
        for number, (interpreter, wanted) in enumerate(asked):
            python = environment(Path(place) / f"env{number}", interpreter, wanted, package)
            found.append(sealed(python, Path(place) / f"bank{number}"))
            print(f"Python {versions(python)}: {len(found[-1])} runs", flush=True)
    same = all(other == found[0] for other in found[1:])
    print("figures_id and content_sha256 equal" if same else found)
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
