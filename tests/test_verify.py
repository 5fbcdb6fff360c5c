"""Verification: every changed byte is found, and a run worked again gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from conftest import run, seeded_part
from test_runs import bank

from carbonledger.runs import Run, Store
from carbonledger.runs.manifest import sm3_of
from carbonledger.runs.verify import verify_all, verify_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = bank(tmp_path_factory.mktemp("verify"))
    assert run("run", place, "--by", "Zhao Min").exit_code == 0
    (run_dir,) = (place / "runs").glob("2020-*")
    assert run("runs", place, "publish", run_dir.name, "--by", "Li Na").exit_code == 0
    return place


def store(folder: Path) -> Store:
    return Store(folder / "runs", folder / "refused")


def test_what_nobody_touched_is_as_sealed(folder: Path) -> None:
    (run_dir,) = (folder / "runs").glob("2020-*")
    for target in (folder, folder / "runs", folder / "runs" / "ledger.jsonl", run_dir):
        result = run("verify", target, "--replay")
        assert (result.exit_code, result.stderr) == (0, ""), target
        assert f"{run_dir.name}  {len(Run(run_dir).files)} files as sealed, replay" in result.stdout
    document = json.loads(run("verify", folder, "--json").stdout)
    assert document["schema"] == "carbonledger.verification/1"
    assert document["runs"] == [run_dir.name]


def test_every_changed_byte_is_found(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    files = [p for p in (copy / "runs").rglob("*") if p.is_file() and p.name != ".lock"]
    draw = random.Random(20261126)
    missed = []
    for _ in range(seeded_part(500)):
        path = draw.choice(files)
        content = bytearray(path.read_bytes())
        at, bit = draw.randrange(len(content)), 1 << draw.randrange(8)
        content[at] ^= bit
        before = path.read_bytes()
        path.write_bytes(bytes(content))
        if not verify_all(store(copy)):
            missed.append((path.name, at, bit))
        path.write_bytes(before)
    assert missed == []
    assert verify_all(store(copy)) == []


def codes_after(folder: Path, tmp_path: Path, change: str) -> set[str]:
    copy = tmp_path / change
    shutil.copytree(folder, copy)
    (run_dir,) = (copy / "runs").glob("2020-*")
    chain = copy / "runs" / "ledger.jsonl"
    lines = chain.read_bytes().splitlines(keepends=True)
    match change:
        case "file gone":
            (run_dir / "factors.csv").unlink()
        case "file added":
            (run_dir / "reports" / "extra.html").write_text("x")
        case "folder renamed":
            run_dir.rename(run_dir.parent / "2020-00000000")
        case "run gone":
            shutil.rmtree(run_dir)
        case "last event gone":
            chain.write_bytes(b"".join(lines[:-2]))
        case "line of words":
            chain.write_bytes(lines[0] + b"words\n")
        case "another spelling":
            chain.write_bytes(lines[0].replace(b"{", b"{ ", 1) + lines[1])
        case "manifest of words":
            (run_dir / "manifest.json").write_text("[]")
    result = run("verify", copy, "--json")
    assert result.exit_code == 5
    return {i["code"] for i in json.loads(result.stdout)["issues"]}


@pytest.mark.parametrize(("change", "code"), [
    ("file gone", "verify_missing"), ("file added", "verify_surplus"),
    ("folder renamed", "verify_run_id"), ("run gone", "verify_run_gone"),
    ("last event gone", "verify_not_in_chain"), ("line of words", "verify_chain"),
    ("another spelling", "verify_chain"), ("manifest of words", "verify_manifest"),
])  # fmt: skip
def test_each_way_to_tamper_has_its_name(
    folder: Path, tmp_path: Path, change: str, code: str
) -> None:
    assert code in codes_after(folder, tmp_path, change)


def test_a_replay_names_the_entry_that_was_forged(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (run_dir,) = (copy / "runs").glob("2020-*")
    path = run_dir / "entries" / "pcaf-2025.parquet"
    table = pq.read_table(path)
    grams = table.column("financed_emissions_scope12_g").to_pylist()
    at = next(k for k, g in enumerate(grams) if g)
    forged = [g + 1 if k == at else g for k, g in enumerate(grams)]
    column = table.schema.get_field_index("financed_emissions_scope12_g")
    pq.write_table(table.set_column(column, table.schema.field(column), [forged]), path)
    manifest = json.loads((run_dir / "manifest.json").read_bytes())
    for subject in manifest["subject"]:  # a forger would mend the hashes too
        if subject["name"] == "entries/pcaf-2025.parquet":
            subject["digest"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (run_dir / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert verify_run(Run(run_dir)) == []
    result = run("verify", run_dir, "--replay")
    assert result.exit_code == 5
    key = table.column("position_id")[at].as_py()
    assert "replay_differs" in result.stderr
    assert f"entries/pcaf-2025.parquet {key} financed_emissions_scope12_g" in result.stderr
    assert f"{grams[at] + 1} was sealed, {grams[at]} was recomputed" in result.stderr


def test_another_version_is_said_and_only_content_compared(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (run_dir,) = (copy / "runs").glob("2020-*")
    manifest = json.loads((run_dir / "manifest.json").read_bytes())
    manifest["predicate"]["environment"]["numpy"] = "1.99.0"
    (run_dir / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    result = run("verify", run_dir, "--replay", "--lang", "zh")
    assert result.exit_code == 0
    assert "replay_version" in result.stderr
    assert "封存时为 numpy 1.99.0" in result.stderr


def test_four_eyes_ask_for_another_name(tmp_path: Path) -> None:
    bank(tmp_path, {"four_eyes": "true"})
    assert run("run", tmp_path, "--no-reports").exit_code == 2
    assert run("run", tmp_path, "--no-reports", "--by", "Li Na").exit_code == 0
    (run_dir,) = (tmp_path / "runs").glob("2020-*")
    assert run("runs", tmp_path, "publish", run_dir.name).exit_code == 2
    refused = run("runs", tmp_path, "publish", run_dir.name, "--by", "li na ")
    assert refused.exit_code == 2
    assert "Li Na" in refused.stderr
    assert run("runs", tmp_path, "check", run_dir.name, "--by", "Zhao Min").exit_code == 0
    assert run("runs", tmp_path, "check", run_dir.name, "--by", "Zhao Min").exit_code == 2
    assert run("runs", tmp_path, "publish", run_dir.name, "--by", "Wang Wei").exit_code == 0
    events = [(e["event"], e["by"]) for e in store(tmp_path).events()]
    assert events == [("sealed", "Li Na"), ("checked", "Zhao Min"), ("published", "Wang Wei")]


def test_sm3_hashes_stand_beside_the_others_on_request(tmp_path: Path) -> None:
    # "abc" is the first example of GB/T 32905-2016, annex A.
    (tmp_path / "abc").write_bytes(b"abc")
    assert sm3_of(tmp_path / "abc") == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")  # fmt: skip
    bank(tmp_path / "bank", {"sm3": "true"})
    assert run("run", tmp_path / "bank", "--no-reports").exit_code == 0
    (run_dir,) = (tmp_path / "bank" / "runs").glob("2020-*")
    sealed = Run(run_dir)
    assert sealed.sm3.keys() == sealed.files.keys()
    assert sealed.sm3["summary.json"] == sm3_of(run_dir / "summary.json")
    assert verify_run(sealed) == []
    manifest = run_dir / "manifest.json"
    forged = manifest.read_text(encoding="utf-8").replace(sealed.sm3["summary.json"], "0" * 64)
    manifest.write_text(forged, encoding="utf-8")
    assert [i.code for i in verify_run(Run(run_dir))] == ["verify_changed"]


def test_sm3_is_refused_where_python_lacks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hashlib.algorithms_available", {"sha256"})
    result = run("check", bank(tmp_path, {"sm3": "true"}))
    assert result.exit_code == 3
    assert "config_sm3" in result.stdout


def test_a_figures_id_of_an_earlier_form_is_no_mismatch(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (run_dir,) = (copy / "runs").glob("2020-*")
    manifest = json.loads((run_dir / "manifest.json").read_bytes())
    del manifest["predicate"]["fingerprint_form"]  # as 0.1.0 sealed
    manifest["predicate"]["figures_id"] = "0" * 64
    (run_dir / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    result = run("verify", run_dir, "--replay")
    assert result.exit_code == 0
    assert "replay_form" in result.stderr
    assert "sealed in form 1, this version makes form 2" in result.stderr
    assert "replay_differs" not in result.stderr
