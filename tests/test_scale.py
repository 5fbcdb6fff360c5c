"""Books of any size: the same bytes however they are cut, clear words where they fail."""

from __future__ import annotations

import errno
import hashlib
import os
import pickle
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from conftest import run, write_folder

from carbonledger.books import BOOKS
from carbonledger.books.checks import Typed
from carbonledger.digests import BLOCK, SMALL, Digest, Growing
from carbonledger.intake import index
from carbonledger.intake.coded import blank_as_zero, column_of, key_of
from carbonledger.intake.index import TextIndex
from carbonledger.intake.keys import Fingerprints, Keys, fingerprints
from carbonledger.mixing import mix_texts, started
from carbonledger.runs.manifest import hashes
from carbonledger.scale import period


@pytest.mark.parametrize("form", ["E{}", "E{:05}", "CLIENT{:011}"])
@pytest.mark.parametrize("seed", range(4))
def test_a_text_index_finds_what_a_search_finds(seed: int, form: str) -> None:
    draw = random.Random(seed)
    known = sorted({form.format(draw.randrange(5000)) for _ in range(draw.choice([1, 7, 900]))})
    draw.shuffle(known)
    column = pa.array([*known, None] if seed < 2 else known, pa.string())
    blank = ["", None] if seed % 2 else []
    other = [form.format(draw.randrange(5000, 9000)) for _ in range(99)]
    asked = [draw.choice([*known, *other, *blank]) for _ in range(2000)]
    texts = pa.array(["x", *asked], pa.string()).slice(1)
    wanted = pc.if_else(texts.is_valid(), pc.index_in(texts, value_set=column), None)
    assert TextIndex.of(column).find(texts).tolist() == wanted.fill_null(-1).to_pylist()


@pytest.mark.parametrize("form", ["E{}", "E{:05}"])
def test_texts_of_one_hash_are_told_apart(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_hashes", lambda texts: np.full(len(texts), 7 << 40, np.uint64))
    known = pa.array([form.format(n) for n in range(20)])
    asked = pa.array([form.format(n) for n in (3, 19, 0, 77)])
    assert TextIndex.of(known).find(asked).tolist() == [3, 19, 0, -1]


def test_of_texts_that_stand_twice_the_first_is_found() -> None:
    found = TextIndex.of(pa.array(["a", "b", "a", None, None]))
    assert found.find(pa.array(["a", "b", "c", None])).tolist() == [0, 1, -1, -1]


@pytest.mark.parametrize("length", range(26))
def test_a_text_has_one_hash_whatever_stands_beside_it(length: int) -> None:
    draw = random.Random(length)
    same = ["".join(draw.choices("abcé0", k=40)).encode()[:length].decode(errors="replace")[:length]
            for _ in range(9)]  # fmt: skip
    same = [t if len(t.encode()) == length else "x" * length for t in same]

    def hashes(texts: list[str | None]) -> list[int]:
        found = started(len(texts), lanes=1)
        mix_texts(found, pa.array(texts, pa.string()))
        return [int(n) for n in found[0]]

    assert hashes(same) == hashes([*same, "y" * (length + 1), None])[:9]
    assert len(set(hashes(same))) == len(set(same))


def printed(texts: pa.Array) -> Fingerprints:
    return fingerprints(BOOKS["loans"], Typed(np.arange(len(texts)), {"loan_id": texts}))


def test_a_key_of_two_columns_is_told_from_one_that_reads_like_it() -> None:
    parts = {"loan_id": pa.array(["a", "ab", None, "a"]),
             "contract_id": pa.array(["bc", "c", "a", "bc"])}  # fmt: skip
    found = fingerprints(BOOKS["loans"], Typed(np.arange(4), parts)).tolist()
    assert found[0] == found[3]
    assert len(set(found)) == 3


@pytest.mark.parametrize("most", [0, 100, 1 << 24])
@pytest.mark.parametrize("again", [None, 0, 70, 2999])
def test_a_key_that_stands_twice_shows_in_memory_and_on_disk(
    most: int, again: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Keys, "MOST", most)
    keys = Keys()
    for start in range(0, 3000, 64):
        texts = pa.array([f"L{n}" for n in range(start, min(start + 64, 3000))])
        keys.add(printed(texts))
    if again is not None:
        keys.add(printed(pa.array([f"L{again}"])))
    assert len(keys.twice()) == (again is not None)


def bank_of(folder: Path) -> Path:
    """A bank whose loans lie in four row groups."""
    books = {"loans": "loans.parquet", "counterparties": "counterparties.csv"}
    config = {"books": {name: {"file": file, "unit": "元"} for name, file in books.items()}}
    company = {"counterparty_id": "C1", "total_equity": 400, "total_debt": 600,
               "emissions_scope1_tco2e": 5000, "emissions_scope2_tco2e": 500}
    write_folder(folder, config, counterparties=[company])
    amounts = pa.array([Decimal(n) for n in range(1, 65)], pa.decimal128(18, 2))
    table = pa.table({"loan_id": [f"L{n}" for n in range(1, 65)], "counterparty_id": ["C1"] * 64,
                      "outstanding_amount": amounts, "average_balance": amounts})  # fmt: skip
    pq.write_table(table, folder / "loans.parquet", row_group_size=16)
    return folder


def refused(folder: Path, code: str) -> None:
    """One message with the code and the file, exit 3, and no run."""
    result = run("run", folder, "--no-reports", "--json")
    assert result.exit_code == 3, result.output
    lines = [line for line in result.stderr.splitlines() if line.startswith("error")]
    assert len(lines) == 1
    assert code in lines[0]
    assert "loans." in lines[0]
    assert not list(folder.glob("runs/*-*"))
    assert not list(folder.glob("runs/.unfinished*"))


def test_what_lies_under_a_blank_is_never_seen() -> None:
    valid, numbers = bytes([0b1101]), np.array([5, 7, 9, 11], np.int64)
    lying = pa.Array.from_buffers(pa.int64(), 4, [pa.py_buffer(valid), pa.py_buffer(numbers)])
    assert lying.to_pylist() == [5, None, 9, 11]
    zeros = blank_as_zero(lying)
    assert zeros.equals(lying)
    for array in (lying, zeros, zeros.slice(1), lying.slice(1)):
        column = column_of(array)
        assert column.values.tolist() == [v or 0 for v in array.to_pylist()]
        assert column.present.tolist() == [v is not None for v in array.to_pylist()]
    # What has zeros under its blanks already is taken as it lies.
    assert column_of(zeros).values.ctypes.data == zeros.buffers()[1].address


def test_a_file_is_hashed_while_it_grows_and_anew_where_it_changed_since(tmp_path: Path) -> None:
    path = tmp_path / "entries" / "x.parquet"
    path.parent.mkdir()
    with path.open("wb") as file:
        growing = Growing(path)
        for piece in (b"a" * BLOCK, b"", b"b" * 3, b"c" * (BLOCK + 1)):
            file.write(piece)
            file.flush()
            growing.grown()
        file.write(b"the end")
    known = {"entries/x.parquet": growing.finished()}
    whole = hashlib.sha256(path.read_bytes()).hexdigest()
    assert known["entries/x.parquet"].text == whole
    assert hashes(tmp_path, known) == {"entries/x.parquet": whole}
    forged = {"entries/x.parquet": Digest.known("known already", path)}
    assert hashes(tmp_path, forged) == {"entries/x.parquet": "known already"}
    path.write_bytes(b"another")
    assert hashes(tmp_path, forged) == {"entries/x.parquet": hashlib.sha256(b"another").hexdigest()}



def test_codes_of_a_key_are_in_order_whatever_the_order_of_the_texts() -> None:
    for texts in (["b", "a", None, "c", "b"], ["a", "b", "c", None], [None, "c"], [None], []):
        key = key_of(pa.array(texts, pa.string()).dictionary_encode())
        assert [*key.names] == sorted({t for t in texts if t is not None})
        assert [None if c < 0 else key.names[c] for c in key.codes.tolist()] == texts


def test_a_large_file_is_hashed_in_a_thread_as_it_was_opened(tmp_path: Path) -> None:
    content = np.random.default_rng(7).bytes(2 * BLOCK + 12_345)
    path = tmp_path / "large"
    path.write_bytes(content)
    found = [Digest.of(path) for _ in range(3)]
    path.unlink()  # what is open is read to its end, whatever becomes of the name
    assert {one.text for one in found} == {hashlib.sha256(content).hexdigest()}
    assert pickle.loads(pickle.dumps(found[0])).text == found[0].text


def test_a_fork_hashes_files_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(SMALL))
    said = Digest.of(path).text
    child = os.fork()
    if not child:
        os._exit(0 if Digest.of(path).text == said else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("group", range(4))
def test_a_corrupt_row_group_refuses_the_book(tmp_path: Path, group: int) -> None:
    folder = bank_of(tmp_path)
    assert run("check", folder).exit_code == 0
    path = folder / "loans.parquet"
    column = pq.ParquetFile(path).metadata.row_group(group).column(2)
    at = column.dictionary_page_offset or column.data_page_offset
    content = bytearray(path.read_bytes())
    content[at : at + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(bytes(content))
    refused(folder, "file_unreadable")


def test_a_file_that_vanishes_in_mid_run_refuses_the_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bank_of(tmp_path)
    load = period.load_groups

    def and_gone(*asked: Any) -> Any:
        (folder / "loans.parquet").unlink(missing_ok=True)
        return load(*asked)

    monkeypatch.setattr(period, "load_groups", and_gone)
    refused(folder, "file_changed")


def test_a_disk_that_fills_up_while_entries_are_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bank_of(tmp_path)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "pboc-2021.parquet")

    monkeypatch.setattr(pq.ParquetWriter, "write_batch", full)
    result = run("run", folder, "--no-reports")
    assert isinstance(result.exception, OSError)  # which leaves with 73, see test_cli.py
    assert result.exception.errno == errno.ENOSPC
    assert not list(folder.glob("runs/*-*"))
    assert not list(folder.glob("runs/.unfinished*"))
