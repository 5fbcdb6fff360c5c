"""content_sha256: what a run holds, however its files are packed."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import run
from test_runs import bank

from carbonledger.runs.content import content_sha256, rows_digest


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    done = run("run", bank(tmp_path_factory.mktemp("content")), "--json")
    assert done.exit_code == 0, done.output
    return Path(json.loads(done.stdout)["run_dir"])


def packed_otherwise(folder: Path) -> None:
    """Other row groups, compression, encodings and order; the same rows and parts."""
    for path in folder.rglob("*.parquet"):
        table = pq.read_table(path)
        turned = table.take(pa.array(range(table.num_rows - 1, -1, -1)))
        plain = [c.cast(c.type.value_type) if pa.types.is_dictionary(c.type) else c
                 for c in turned.columns]  # fmt: skip
        made = pa.table(dict(zip(table.column_names, plain, strict=True)))
        made = made.replace_schema_metadata(table.schema.metadata)
        pq.write_table(made, path, compression="none", row_group_size=2)
    for path in folder.rglob("*.xlsx"):
        with zipfile.ZipFile(path) as held:
            parts = {n: held.read(n) for n in reversed(held.namelist())}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as again:
            for name, content in parts.items():
                again.writestr(name, content)


def test_the_packing_does_not_count_and_the_content_does(run_dir: Path, tmp_path: Path) -> None:
    first = content_sha256(run_dir)
    again = tmp_path / run_dir.name
    shutil.copytree(run_dir, again)
    packed_otherwise(again)
    assert content_sha256(again) == first
    path = again / "entries" / "pcaf-2025.parquet"
    table = pq.read_table(path)
    at = table.column_names.index("outstanding_amount")
    more = pa.array([(v or 0) + (k == 3) for k, v in enumerate(table.column(at).to_pylist())])
    pq.write_table(table.set_column(at, "outstanding_amount", more), path)
    assert content_sha256(again) != first


def test_absent_zero_and_empty_differ(tmp_path: Path) -> None:
    digests = set()
    for number, values in enumerate(([None, "a"], ["", "a"], ["a", ""], [None, None])):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(pa.table({"x": pa.array(values, pa.string())}), path)
        digests.add(rows_digest(path)["x"])
    for number, values in enumerate(([None, 1], [0, 1])):
        path = tmp_path / f"n{number}.parquet"
        pq.write_table(pa.table({"x": pa.array(values, pa.int64())}), path)
        digests.add(rows_digest(path)["x"])
    assert len(digests) == 6


def test_verify_tells_it(run_dir: Path) -> None:
    done = run("verify", run_dir, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["content_sha256"] == {run_dir.name: content_sha256(run_dir)}
