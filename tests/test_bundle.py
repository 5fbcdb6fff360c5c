"""A bundle replays on a machine that has nothing else, and damage to it is found."""

from __future__ import annotations

import random
import shutil
import zipfile
from pathlib import Path

import pytest
from conftest import run
from test_runs import bank, parquet_bank


def bundled(folder: Path, place: Path, period: str = "2020") -> Path:
    (run_dir,) = (folder / "runs").glob(f"{period}-*")
    result = run("bundle", run_dir, "-o", place / "run.zip")
    assert result.exit_code == 0, result.output
    return place / "run.zip"


@pytest.fixture(scope="module")
def two_years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = {"period": "2020..2021", "path": "cn-14fyp-15fyp", "base_year": {"year": "2020"}}
    folder = bank(tmp_path_factory.mktemp("bundle"), config)
    assert run("run", folder).exit_code == 0
    return folder


def test_a_bundle_replays_without_anything_else(two_years: Path, tmp_path: Path) -> None:
    packed = bundled(two_years, tmp_path, "2021")
    moved = two_years.rename(two_years.with_name("moved away"))
    try:
        result = run("verify", packed, "--replay")
    finally:
        moved.rename(two_years)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "replay gives the same" in result.stdout
    assert "2021-" in result.stdout
    assert "2020-" not in result.stdout, "of the year before only the totals are there"


def test_an_auditor_reads_a_bundle_as_it_came(two_years: Path, tmp_path: Path) -> None:
    packed = bundled(two_years, tmp_path, "2021")
    (run_dir,) = (two_years / "runs").glob("2021-*")
    for words in (["explain", "{run}", "--cell", "pboc-2021/financed/total/intensity"],
                  ["entries", "{run}"], ["report", "{run}", "--format", "md"],
                  ["explain", "{run}", "L1"], ["lint", "{run}"], ["gaps", "{run}"]):  # fmt: skip
        here, there = (run(*(w.format(run=place) for w in words)) for place in (run_dir, packed))
        assert here.exit_code == 0
        assert (there.exit_code, there.stdout) == (0, here.stdout)
    assert run("sign", packed, "--key", packed).exit_code == 2
    packed.write_bytes(packed.read_bytes()[:-1])
    assert run("entries", packed).exit_code == 3


def test_a_bundle_repeats_its_bytes(two_years: Path, tmp_path: Path) -> None:
    first = bundled(two_years, tmp_path, "2021").read_bytes()
    assert bundled(two_years, tmp_path, "2021").read_bytes() == first


def test_a_book_sealed_by_its_hash_is_packed_too_without_names(tmp_path: Path) -> None:
    folder = parquet_bank(tmp_path / "bank")
    assert run("run", folder).exit_code == 0
    packed = bundled(folder, tmp_path)
    shutil.rmtree(folder)
    with zipfile.ZipFile(packed) as archive:
        assert "books/loans.parquet" in archive.namelist()
    result = run("verify", packed, "--replay")
    assert (result.exit_code, result.stderr) == (0, "")


def test_damage_to_a_bundle_is_found(two_years: Path, tmp_path: Path) -> None:
    packed = bundled(two_years, tmp_path, "2021")
    content = packed.read_bytes()
    draw = random.Random(5)
    places = [draw.randrange(len(content)) for _ in range(20)]
    # What a reader of zip ignores: versions, extra fields, a date, an attribute.
    directory = content.index(b"PK\x01\x02")
    places += [4, content.index(b"PK\x03\x04", 4) + 6, 30 + content[26] + 5, directory + 12]
    places += [directory + 38, len(content) - 1, len(content) - 66, len(content) - 72]
    for at in places:
        spoilt = bytearray(content)
        spoilt[at] ^= 0xFF
        packed.write_bytes(bytes(spoilt))
        result = run("verify", packed)
        assert result.exit_code == 3, at
        assert "bundle_unreadable" in result.stderr, at
    spoilt = bytearray(content)
    spoilt[len(content) - 73] = 0
    packed.write_bytes(bytes(spoilt))
    assert run("verify", packed).exit_code == 3, "without its seal"
    packed.write_bytes(content[: len(content) // 2])
    assert run("verify", packed).exit_code == 3


@pytest.mark.parametrize("name", ["../outside.txt", "/outside.txt", "runs\\outside.txt"])
def test_a_bundle_writes_nothing_outside(tmp_path: Path, name: str) -> None:
    packed = tmp_path / "evil.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), "x")
    result = run("verify", packed)
    assert result.exit_code == 3
    assert "bundle_unreadable" in result.stderr
    assert not list(tmp_path.parent.glob("outside*"))
