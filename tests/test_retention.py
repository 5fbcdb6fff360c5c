"""Old runs removed by a stated policy: what goes, what stays and why, what the chain keeps."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from conftest import run
from test_runs import LOANS, bank, sealed

from carbonledger.runs import Store
from carbonledger.runs.store import PENDING

WHO = ("--apply", "--by", "Li Na", "--reason", "retention 7.2")


def store(folder: Path) -> Store:
    return Store(folder / "runs", folder / "refused")


def drafts(folder: Path, *amounts: int, **config: Any) -> list[str]:
    """One run an amount, all of 2020, the newest last."""
    found = []
    for amount in amounts:
        bank(folder, config, loans=LOANS.replace("500,", f"{amount},", 1))
        found.append(sealed(folder).name)
    return found


def pruned(folder: Path, *options: str) -> dict[str, str | None]:
    """The runs that the policy covers, and why each stays; None for those that go."""
    result = run("runs", folder, "prune", *options, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["schema"] == "carbonledger.prune/1"
    return {r["run_id"]: r["kept"] for r in document["runs"]}


def there(folder: Path) -> set[str]:
    return {p.name for p in (folder / "runs").iterdir() if p.name not in (".lock", "ledger.jsonl")}


def test_without_apply_nothing_is_touched(tmp_path: Path) -> None:
    first, second, third = drafts(tmp_path, 501, 502, 503)
    before = (tmp_path / "runs" / "ledger.jsonl").read_bytes()
    assert pruned(tmp_path, "--keep-drafts", "1") == {first: None, second: None}
    assert pruned(tmp_path, "--keep-drafts", "2") == {first: None}
    assert pruned(tmp_path, "--before", "2020") == {}
    assert there(tmp_path) == {first, second, third}
    assert (tmp_path / "runs" / "ledger.jsonl").read_bytes() == before
    assert run("runs", tmp_path / "nowhere", "prune", "--keep-drafts", "1").exit_code == 0
    assert not (tmp_path / "nowhere").exists()


def test_what_goes_stays_in_the_chain_with_who_why_and_its_hash(tmp_path: Path) -> None:
    first, second = drafts(tmp_path, 501, 502)
    manifest = hashlib.sha256((tmp_path / "runs" / first / "manifest.json").read_bytes())
    signature = tmp_path / "runs" / f"{first}.12345678.sig"
    signature.write_text("somebody's")
    assert pruned(tmp_path, "--keep-drafts", "1", *WHO) == {first: None}
    assert there(tmp_path) == {second}
    event = store(tmp_path).events()[-1]
    assert (event["event"], event["by"], event["reason"], event["manifest"]) == (
        "removed", "Li Na", "retention 7.2", manifest.hexdigest())  # fmt: skip
    verified = run("verify", tmp_path, "--replay")
    assert (verified.exit_code, verified.stderr) == (0, "")
    assert f"{first}  removed by Li Na: retention 7.2\n" in verified.stdout
    in_chinese = run("verify", tmp_path, "--lang", "zh").stdout
    assert f"{first}  由 Li Na 删除：retention 7.2\n" in in_chinese
    assert json.loads(run("verify", tmp_path, "--json").stdout)["removed"] == [event]
    assert [r["run_id"] for r in json.loads(run("runs", tmp_path, "list", "--json").stdout)["runs"]
            ] == [second]  # fmt: skip


def test_the_same_inputs_seal_a_removed_run_again(tmp_path: Path) -> None:
    first, second = drafts(tmp_path, 501, 502)
    pruned(tmp_path, "--keep-drafts", "1", *WHO)
    assert drafts(tmp_path, 501) == [first]
    assert list(store(tmp_path).states()) == [second, first], "the newest last"
    assert run("verify", tmp_path).exit_code == 0


def test_a_published_run_and_one_that_speaks_for_its_year_stay(tmp_path: Path) -> None:
    first, second, third = drafts(tmp_path, 501, 502, 503)
    assert pruned(tmp_path, "--before", "2021") == {first: None, second: None, third: "in_force"}
    assert run("runs", tmp_path, "publish", first, "--by", "Li Na").exit_code == 0
    assert pruned(tmp_path, "--before", "2021", "--keep-drafts", "0", *WHO) == {
        first: "published", second: None, third: None}  # fmt: skip
    assert there(tmp_path) == {first}
    assert run("runs", tmp_path, "supersede", first, "--reason", "wrong").exit_code == 0
    assert pruned(tmp_path, "--keep-drafts", "0") == {}, "a superseded run is no draft"
    assert pruned(tmp_path, "--before", "2021") == {first: None}


def test_a_run_that_a_kept_run_refers_to_stays(tmp_path: Path) -> None:
    config = {"path": "cn-14fyp", "base_year": {"year": "2020"}}
    base, newer = drafts(tmp_path, 501, 502, **config)
    bank(tmp_path, config | {"base_year": {"run": base}, "compare_with": base})
    assert run("run", tmp_path, "--period", "2021", "--no-reports").exit_code == 0
    (later,) = (p.name for p in (tmp_path / "runs").glob("2021-*"))
    result = run("runs", tmp_path, "prune", "--keep-drafts", "1")
    assert f"{base}  draft" in result.stdout
    assert pruned(tmp_path, "--keep-drafts", "1") == {base: "configured"}
    bank(tmp_path, config)
    assert f"stays: referred to by {later}" in run("runs", tmp_path, "prune",
                                                   "--keep-drafts", "1").stdout  # fmt: skip
    assert run("runs", tmp_path, "supersede", later, "--reason", "wrong").exit_code == 0
    assert pruned(tmp_path, "--before", "2022", *WHO) == {
        base: "referred", newer: "in_force", later: None}  # fmt: skip
    assert there(tmp_path) == {base, newer}, "the newer draft has the older one as its base"


def test_a_restated_run_stays_beside_its_restatement(tmp_path: Path) -> None:
    (first,) = drafts(tmp_path, 501)
    bank(tmp_path, {"attribution_above_one": "cap"})
    done = run("restate", tmp_path, "--period", "2020", "--reason", "shares are capped")
    assert done.exit_code == 0, done.output
    assert pruned(tmp_path, "--keep-drafts", "1") == {first: "referred"}


@pytest.mark.parametrize("options", [
    (), ("--keep-drafts", "1", "--apply"), ("--keep-drafts", "1", "--apply", "--by", "Li Na"),
    ("--before", "1"), ("--keep-drafts", "-1"),
])  # fmt: skip
def test_a_policy_a_person_and_a_reason_are_asked_for(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    (first,) = drafts(tmp_path, 501)
    assert run("runs", tmp_path, "prune", *options).exit_code == 2
    assert there(tmp_path) == {first}


def test_nothing_goes_from_a_broken_chain(tmp_path: Path) -> None:
    first, second = drafts(tmp_path, 501, 502)
    chain = tmp_path / "runs" / "ledger.jsonl"
    chain.write_bytes(chain.read_bytes().replace(b'"by":""', b'"by":"X"', 1))
    assert run("runs", tmp_path, "prune", "--keep-drafts", "1", *WHO).exit_code == 5
    assert there(tmp_path) == {first, second}


def test_a_removal_that_was_killed_is_finished_by_the_next_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = drafts(tmp_path, 501, 502)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Store, "_discard", killed)
        run("runs", tmp_path, "prune", "--keep-drafts", "1", *WHO)
    assert there(tmp_path) == {first, second}
    assert list(store(tmp_path).states()) == [second]
    assert run("verify", tmp_path).exit_code == 0
    assert drafts(tmp_path, 501) == [first], "sealed again, not taken for sealed before"
    assert list(store(tmp_path).states()) == [second, first]


@pytest.mark.parametrize("where", ["before the line", "after the line"])
def test_a_run_killed_on_its_way_into_the_chain_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Between the folder's renaming and the end of the line: no other process can see a half."""
    bank(tmp_path)

    append = Store._append

    def killed(store: Store, line: bytes) -> None:
        if where == "after the line":
            append(store, line)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Store, "_append", killed)
        run("run", tmp_path, "--no-reports", "--by", "Li Na")
    assert PENDING in os.listdir(tmp_path / "runs")
    assert run("verify", tmp_path).exit_code == 0
    (event,) = store(tmp_path).events()
    assert (event["seq"], event["by"]) == (1, "Li Na")
    again = run("run", tmp_path, "--no-reports", "--new-only")
    assert again.exit_code == 99, "it was sealed"
    assert there(tmp_path) == {event["run_id"]}
    assert store(tmp_path).events() == [event]
    lines = (tmp_path / "runs" / "ledger.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [event]


def test_a_line_aside_that_does_not_follow_counts_for_nothing(tmp_path: Path) -> None:
    (first,) = drafts(tmp_path, 501)
    chain = tmp_path / "runs" / "ledger.jsonl"
    line = chain.read_bytes()
    for forged in (line, b"", b"[]", b"{", line.replace(b"seq", b"sek")):
        (tmp_path / "runs" / PENDING).write_bytes(forged)
        assert list(store(tmp_path).states()) == [first]
        assert run("verify", tmp_path).exit_code == 0
    chain.unlink()
    (tmp_path / "runs" / PENDING).write_bytes(line.replace(b'"by":""', b'"by":"X"'))
    assert run("verify", tmp_path / "runs" / first).exit_code == 0
    assert store(tmp_path).broken_at() == 1
