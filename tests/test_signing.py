"""Signatures by ssh keys: made, found, and refused where they do not fit."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import run
from test_runs import bank, sealed

pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs OpenSSH's client")


def key(folder: Path, name: str) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name],
                   check=True)  # fmt: skip
    return folder / name


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return sealed(bank(tmp_path / "bank"))


def allowed(folder: Path, *keys: Path) -> Path:
    lines = [f"{k.name}@bank {k.with_suffix('.pub').read_text().rsplit(' ', 1)[0]}" for k in keys]
    path = folder / "allowed_signers"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_signed_run_names_its_signers(run_dir: Path, tmp_path: Path) -> None:
    keys = key(tmp_path, "lina"), key(tmp_path, "wang")
    for one in keys:
        assert run("sign", run_dir, "--key", one).exit_code == 0
    result = run("verify", run_dir, "--signature", allowed(tmp_path, *keys))
    assert result.exit_code == 0, result.output
    assert "lina@bank" in result.stdout
    assert "wang@bank" in result.stdout
    assert run("verify", run_dir).exit_code == 0, "signing changes nothing that is sealed"
    packed = tmp_path / "run.zip"
    assert run("bundle", run_dir, "-o", packed).exit_code == 0
    shutil.rmtree(run_dir.parents[1])
    result = run("verify", packed, "--signature", tmp_path / "allowed_signers", "--json")
    assert result.exit_code == 0
    assert set(json.loads(result.stdout)["signed"][run_dir.name].values()) == {
        "lina@bank", "wang@bank"}  # fmt: skip


def codes_of(run_dir: Path, signers: Path) -> set[str]:
    result = run("verify", run_dir, "--signature", signers, "--json")
    assert result.exit_code == 5
    return {i["code"] for i in json.loads(result.stdout)["issues"]}


def test_what_does_not_fit_is_refused(run_dir: Path, tmp_path: Path) -> None:
    mine, other = key(tmp_path, "lina"), key(tmp_path, "mallory")
    signers = allowed(tmp_path, mine)
    assert codes_of(run_dir, signers) == {"signature_missing"}
    assert run("sign", run_dir, "--key", other).exit_code == 0
    assert codes_of(run_dir, signers) == {"signature_unknown"}
    for signature in run_dir.parent.glob("*.sig"):
        signature.unlink()
    assert run("sign", run_dir, "--key", mine).exit_code == 0
    manifest = run_dir / "manifest.json"
    document = json.loads(manifest.read_bytes())
    document["predicate"]["environment"]["numpy"] = "0"
    manifest.write_text(json.dumps(document), encoding="utf-8")
    assert codes_of(run_dir, signers) == {"signature_wrong"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_that_is_no_key_says_so(run_dir: Path, tmp_path: Path, lang: str) -> None:
    (tmp_path / "no key").write_text("words")
    result = run("sign", run_dir, "--key", tmp_path / "no key", "--lang", lang)
    assert result.exit_code == 3
    assert "signing_failed" in result.stderr
    assert not list(run_dir.parent.glob("*.sig"))


def test_without_the_tool_the_service_is_unavailable(
    run_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = key(tmp_path, "lina")
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("sign", run_dir, "--key", one)
    assert result.exit_code == 69
    assert "ssh-keygen" in result.stderr
