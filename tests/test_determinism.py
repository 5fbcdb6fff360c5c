"""The same inputs give the same bytes: whatever hash seed, locale, zone, threads and batches."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import run
from test_runs import ROOT, bank, tree

from carbonledger.reading import arrow, parquet, query, records
from carbonledger.scale import rows

PATH = {"path": "cn-14fyp", "base_year": {"year": "2020", "intensity": "1.2"}}
FORMATS = ("html", "json", "md", "xlsx")
CIRCUMSTANCES = [
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"},
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C", "OMP_NUM_THREADS": "4"},
    {"PYTHONHASHSEED": "4294967295", "TZ": "America/St_Johns", "LC_ALL": "zh_CN.GB18030",
     "OMP_NUM_THREADS": "4", "ARROW_IO_THREADS": "1"},
    {"PYTHONHASHSEED": "77", "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8",
     "OMP_NUM_THREADS": "1", "ARROW_IO_THREADS": "4", "PYTHONUTF8": "0"},
]  # fmt: skip
"""Arrow and numpy take their threads from OMP_NUM_THREADS."""
EVERY_OUTPUT = """\
import sys
from click.testing import CliRunner
from carbonledger.cli import cli
out = sys.argv[2]
def call(*args):
    done = CliRunner().invoke(cli, list(args))
    assert done.exit_code == 0, done.output
    return done.stdout_bytes
call("run", sys.argv[1], "--out", out + "/runs", "--lang", "en")
for kind in ("html", "json", "md", "xlsx"):
    call("report", out + "/runs/2020", "--format", kind, "--lang", "en", "-o", out + "/r." + kind)
run = out + "/runs/2020"
call("bundle", run, "-o", out + "/bundle.zip")
call("export", run, "--format", "ro-crate", "-o", out + "/crate.zip")
for name, args in {"entries.csv": ["entries", run, "--standard", "pcaf-2025"],
                   "loan.json": ["explain", run, "L1", "--json"],
                   "lineage.json": ["export", run, "--format", "openlineage"]}.items():
    open(out + "/" + name, "wb").write(call(*args))
"""


def outputs(folder: Path, out: Path, changed: dict[str, str]) -> dict[str, str]:
    """The bytes of a run, its reports and exports, made by a process of its own."""
    out.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHON"))}
    env = kept | {"PYTHONPATH": str(ROOT)} | changed
    done = subprocess.run([sys.executable, "-c", EVERY_OUTPUT, str(folder), str(out)], env=env,
                          capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return tree(out)


def test_circumstances_change_no_byte(tmp_path: Path) -> None:
    folder = bank(tmp_path / "bank", PATH)
    first, *others = (outputs(folder, tmp_path / f"out{k}", changed)
                      for k, changed in enumerate(CIRCUMSTANCES))  # fmt: skip
    assert len(first) > 40
    for changed, other in zip(CIRCUMSTANCES[1:], others, strict=True):
        assert [n for n in first if first[n] != other.get(n)] == [], changed
        assert other.keys() == first.keys()


def sealed_in_batches(
    folder: Path, out: Path, size: int | None, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A run whose books were read so many rows at a time, and written five rows a group."""
    monkeypatch.setattr(rows, "GROUP_ROWS", 5)
    if size is not None:
        for module in (arrow, parquet, query, records):
            monkeypatch.setattr(module, "BATCH_ROWS", size)
        monkeypatch.setattr(records, "LEAST_ROWS", size)
    done = run("run", folder, "--out", out, "--lang", "en")
    assert done.exit_code == 0, done.output
    report = run("report", out / "2020", "--format", "json", "--lang", "en")
    said = hashlib.sha256(report.stdout_bytes).hexdigest()
    return tree(out) | {"report.json": said}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_batch_sizes_change_no_byte(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bank(tmp_path / "bank", PATH)
    if kind == "parquet":
        as_parquet(folder)
    made = []
    for size in (None, 1, 3, 7):
        with monkeypatch.context() as patch:
            made.append(sealed_in_batches(folder, tmp_path / f"out{size}", size, patch))
    for size, other in zip((1, 3, 7), made[1:], strict=True):
        assert [n for n in made[0] if made[0][n] != other.get(n)] == [], size
        assert other.keys() == made[0].keys()


def as_parquet(folder: Path) -> None:
    """The loans as Parquet of their own types, in row groups of three."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import yaml
    from pyarrow import csv

    types = {n: pa.decimal128(18, 4) for n in ("outstanding_amount", "average_balance")}
    texts = {n: pa.string() for n in ("sector", "region", "project_id", "contract_id")}
    options = csv.ConvertOptions(column_types=types | texts, strings_can_be_null=True)
    table = csv.read_csv(folder / "loans.csv", convert_options=options)
    pq.write_table(table, folder / "loans.parquet", row_group_size=3)
    path = folder / "carbonledger.yaml"
    config = yaml.safe_load(path.read_text("utf-8"))
    config["books"]["loans"]["file"] = "loans.parquet"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
