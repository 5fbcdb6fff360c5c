"""Typed books in the private file: the bytes of a book in memory, no person in it, no trace."""

from __future__ import annotations

import errno
import os
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import run, write_folder
from test_determinism import as_parquet
from test_people import HEADERS, key_file, planted, secret_row
from test_runs import COMPANIES, LOANS, bank, tree

from carbonledger.books.checks import Typed
from carbonledger.intake import book, entities, held
from carbonledger.intake.keys import Keys
from carbonledger.reading import kept, private_file
from carbonledger.scale import period


def sealed(folder: Path, out: Path, *more: str) -> dict[str, str]:
    done = run("run", folder, "--out", out, "--no-reports", *more)
    assert done.exit_code == 0, done.output
    return tree(out)


@pytest.fixture
def in_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row as read and as typed goes to a file; lines of entities are joined at once."""
    monkeypatch.setattr(held, "MOST_ROWS", 0)
    monkeypatch.setattr(entities, "MOST_LINES", 0)
    monkeypatch.setattr(kept, "MOST_BYTES", 0)


def flat(folder: Path) -> Path:
    """Two files of loans that carry their borrowers, in several currencies; some join by name."""
    rows = LOANS.replace(
        "customer_type,currency", "customer_type,currency,counterparty_name,revenue"
    )
    lines = [line + ",," for line in rows.splitlines()[1:]]
    lines[0] = lines[0][:-2] + ",,渝中钢铁有限公司,1000.01"[2:]
    lines[3] = lines[3].replace("L4,,C9", "L4,,")[:-2] + "," + "重庆长江水泥股份有限公司,"
    head = rows.splitlines()[0]
    parts = (
        "\n".join([head, *lines[:4], ""]),
        "\n".join([head, *lines[4:], "L6,K3,,,broken,1,,,,,,,,"]),
    )
    named = COMPANIES.replace("counterparty_id,", "counterparty_id,name,", 1)
    names = {"C1": "渝中钢铁有限公司", "C2": "渝中化工有限公司", "C3": "华北电力有限公司",
             "C4": "重庆长江水泥股份有限公司"}  # fmt: skip
    for id_, name in names.items():
        named = named.replace(f"\n{id_},", f"\n{id_},{name},")
    made = bank(folder, {"books": {
        "loans": {"file": ["loans.csv", "loans2.csv"], "unit": "万元"},
        "counterparties": {"file": "counterparties.csv", "unit": "万元"},
    }}, loans=parts[0], counterparties=named)  # fmt: skip
    (made / "loans2.csv").write_text(parts[1], "utf-8")
    return made


@pytest.mark.parametrize("of", ["bank", "flat"])
def test_a_book_in_the_file_gives_the_bytes_of_one_in_memory(
    of: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = bank(tmp_path / "bank") if of == "bank" else flat(tmp_path / "bank")
    more = [] if of == "bank" else ["--allow-refused"]
    wanted = sealed(folder, tmp_path / "memory", *more)
    request.getfixturevalue("in_file")
    assert sealed(folder, tmp_path / "file", *more) == wanted
    assert len(wanted) > 15


def test_of_a_batch_only_what_is_asked_for_is_read(
    tmp_path: Path, in_file: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = held.Held()
    branch = pa.array(["甲", "乙"]).dictionary_encode()
    columns = {"loan_id": pa.array(["L1", None]), "branch": branch,
               "outstanding_amount": pa.array([0, 1, 2]).slice(1)}  # fmt: skip
    rows = np.arange(2, 4)
    kept.add(Typed(rows, columns, "a.csv", {"outstanding_amount": pa.array(["1", "2"])}), False)
    asked: list[held._Place] = []
    read = held._Disk.read
    monkeypatch.setattr(held._Disk, "read", lambda d, p: (asked.append(p), read(d, p))[1])
    (batch,) = kept
    assert (batch.rows.tolist(), batch.file, list(batch.columns)) == (
        [2, 3],
        "a.csv",
        list(columns),
    )
    assert len(asked) == 1  # the numbers of the rows
    assert batch.columns["branch"].equals(columns["branch"])
    assert len(asked) == 3  # codes and texts
    assert all(batch.columns[n].equals(c) for n, c in columns.items())
    kept.change(lambda b: b)
    (again,) = kept
    assert again.texts["outstanding_amount"].to_pylist() == ["1", "2"]


def retail(folder: Path, secrets: list[tuple[str, str, str]]) -> Path:
    """Loans of persons, who they are told in no row before the last ones."""
    draw = random.Random("held")
    rows = [secret_row(n, s, draw) for n, s in enumerate(secrets)]
    for row in rows[: len(rows) // 2]:
        row |= {"customer_type": "", "product": "流贷", "counterparty_id": row["联系电话"]}
    rows += [{**row, "loan_id": f"X{n}", "customer_type": "个人"} for n, row in enumerate(rows)]
    lines = [",".join(f'"{r.get(h, "")}"' for h in HEADERS) for r in rows]
    key_file(folder)
    return write_folder(folder, {"pseudonym_key": "../bank.key"},
                        loans="\n".join([",".join(HEADERS), *lines, ""]))  # fmt: skip


@pytest.mark.parametrize("hidden", [True, False])
def test_nothing_in_the_file_names_a_person(
    hidden: bool, tmp_path: Path, in_file: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random("in the file")
    secrets = [planted(draw) for _ in range(200)]
    folder = retail(tmp_path / "bank", secrets)
    seen: list[Path] = []

    def named(**_: Any) -> Any:
        seen.append(tmp_path / f"seen{len(seen)}")
        return seen[-1].open("w+b", buffering=0)

    monkeypatch.setattr(private_file.tempfile, "TemporaryFile", named)
    if not hidden:  # the search would find them
        monkeypatch.setattr(held, "_HIDDEN", frozenset())
    assert run("run", folder, "--allow-refused", "--no-reports").exit_code == 0
    content = b"".join(path.read_bytes() for path in seen)
    assert len(seen) > 1
    assert b"person" in content
    found = [text for three in secrets for text in three if text.encode() in content]
    assert (found == []) is hidden


def test_the_file_has_no_name_and_an_interrupt_leaves_nothing(
    tmp_path: Path, in_file: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, place = bank(tmp_path / "bank"), tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    seen: list[list[Path]] = []

    def interrupted(*_: Any) -> Any:
        seen.append(list(place.iterdir()))
        raise KeyboardInterrupt

    monkeypatch.setattr(period, "load_groups", interrupted)
    assert run("run", folder).exit_code in (1, 130)
    assert seen == [[]]
    assert not list(place.iterdir())
    assert not list(folder.glob("runs/*"))


def test_a_full_disk_ends_the_run_and_leaves_nothing(
    tmp_path: Path, in_file: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bank(tmp_path / "bank")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(private_file.PrivateFile, "add", full)
    result = run("run", folder)
    assert isinstance(result.exception, OSError)  # which leaves with 73, see test_cli.py
    assert not list(folder.glob("runs/2*"))


def test_a_text_book_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, read = bank(tmp_path / "bank"), list[str]()
    typed = book._typed_batches
    monkeypatch.setattr(
        book, "_typed_batches", lambda o, f, i: (read.append(f.name), typed(o, f, i))[1]
    )
    assert run("run", folder, "--no-reports").exit_code == 0
    assert len(read) == len(set(read)) == 5


@pytest.mark.parametrize("most", [0, 3, 1 << 24])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_keys_on_disk_find_the_same_duplicates(
    kind: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Keys, "MOST", most)
    folder = bank(tmp_path / "bank", loans=LOANS + "L2,K1,C1,,7,7,,,,,,\n,,C1,,7,7,,,,,,\n")
    if kind == "parquet":
        as_parquet(folder)
    done = run("check", folder)
    assert done.exit_code == 3
    said = [line for line in done.output.splitlines() if "duplicate_key" in line]
    assert len(said) == 1
    assert "L2 + K1" in said[0]
