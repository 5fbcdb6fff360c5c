"""Exports read by the libraries of their own standards."""

from __future__ import annotations

import json
import uuid
import zipfile
from pathlib import Path

import pytest
from conftest import run
from test_runs import bank, sealed

from carbonledger.runs import Run


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sealed(bank(tmp_path_factory.mktemp("export")))


@pytest.mark.filterwarnings("ignore")
def test_the_crate_is_one_that_its_library_reads(run_dir: Path, tmp_path: Path) -> None:
    crates = pytest.importorskip("rocrate.rocrate")
    assert run("export", run_dir, "--format", "ro-crate", "-o", tmp_path / "c.zip").exit_code == 0
    with zipfile.ZipFile(tmp_path / "c.zip") as archive:
        archive.extractall(tmp_path / "crate")
    crate = crates.ROCrate(tmp_path / "crate")
    files = {e.id for e in crate.data_entities if e.type == "File"}
    assert files == set(Run(run_dir).files)
    assert crate.root_dataset["datePublished"].startswith("2020-12-31")
    action = crate.dereference("#run")
    assert {o["name"] for o in action["object"]} >= {"loans.csv", "activities.csv"}


def test_the_event_has_what_openlineage_asks_for(run_dir: Path) -> None:
    event = json.loads(run("export", run_dir, "--format", "openlineage").stdout)
    assert event["eventType"] == "COMPLETE"
    assert event["eventTime"] == "2020-12-31T00:00:00Z", "the reporting date, never a clock"
    assert uuid.UUID(event["run"]["runId"]).version == 5
    assert {d["name"] for d in event["inputs"]} >= {"loans.csv", "factors/0/cn/heat-default.csv"}
    assert f"runs/{run_dir.name}/summary.json" in {d["name"] for d in event["outputs"]}
    for dataset in (*event["inputs"], *event["outputs"]):
        assert {"_producer", "_schemaURL", "sha256"} <= set(dataset["facets"]["carbonledger"])


def test_the_event_is_one_that_its_client_takes(run_dir: Path) -> None:
    client = pytest.importorskip("openlineage.client.event_v2")
    event = json.loads(run("export", run_dir, "--format", "openlineage").stdout)
    made = client.RunEvent(
        eventTime=event["eventTime"], eventType=client.RunState[event["eventType"]],
        producer=event["producer"], run=client.Run(runId=event["run"]["runId"]),
        job=client.Job(namespace=event["job"]["namespace"], name=event["job"]["name"]),
        inputs=[client.InputDataset(namespace=d["namespace"], name=d["name"])
                for d in event["inputs"]],
    )  # fmt: skip
    assert made.run.runId == event["run"]["runId"]


def test_exports_repeat_their_bytes(run_dir: Path, tmp_path: Path) -> None:
    for kind, name in (("ro-crate", "c.zip"), ("openlineage", "e.json")):
        contents = set()
        for _ in range(2):
            run("export", run_dir, "--format", kind, "-o", tmp_path / name)
            contents.add((tmp_path / name).read_bytes())
        assert len(contents) == 1


def test_a_crate_needs_a_file(run_dir: Path) -> None:
    assert run("export", run_dir, "--format", "ro-crate").exit_code == 2
