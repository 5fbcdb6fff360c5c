"""Reading by the block and by the cell are one: the same rows, the same values."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import seeded_part
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carbonledger import units
from carbonledger.books import days, kinds, plain
from carbonledger.issues import Refusal
from carbonledger.reading import lines as text_lines
from carbonledger.reading import plain as plain_text
from carbonledger.reading import text as text_files
from carbonledger.reading.encoding import Encoded
from carbonledger.reading.header import Head
from carbonledger.reading.lines import Dialect, Lines, csv_rows, utf8_pieces
from carbonledger.reading.records import not_a_record, record_batches
from carbonledger.reading.table import Block, Request, Rows

HEAD = Head(0, ("loan_id", "borrower", "amount"), (0, 1, 2), 0, 0)
CELL = st.text(alphabet='aL1贷合计Total:：＂" \t\xa0\r\n,|\x1f亅', max_size=6)
TIDY = st.sampled_from(["L1", "甲", "1.50", "", " ", "合计", "Total", "制表：", '"a,b"', '"a\nb"'])
LINES = st.lists(
    st.one_of(
        st.lists(TIDY, min_size=3, max_size=3), st.lists(st.one_of(TIDY, CELL), max_size=5)
    ).map(",".join),
    max_size=12,
)


def careful(data: bytes, dialect: Dialect) -> list[tuple[int, Any]]:
    return [(n, c.code if isinstance(c, Refusal) else [*c])
            for n, c in csv_rows(Lines(iter([data])), 1, dialect)]  # type: ignore[misc]  # fmt: skip


def flat(rows: Rows) -> list[tuple[int, Any]]:
    found: list[tuple[int, Any]] = []
    for item in rows:
        if isinstance(item, Block):
            texts = [plain_text._whole(pa.chunked_array([c])).to_pylist() for c in item.columns]
            cells = zip(*texts, strict=True)
            found += [(n, [c or "" for c in row])
                      for n, row in zip(item.numbers.tolist(), cells, strict=True)]  # fmt: skip
        else:
            number, cells_ = item
            found.append((number, cells_.code if isinstance(cells_, Refusal) else [*cells_]))
    return found


def padded(rows: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """A blank line is a row without cells to one reader and a row of blank ones to the other."""
    return [(n, c if isinstance(c, str) or any(c) else []) for n, c in rows]


@settings(max_examples=400, deadline=None)
@given(lines=LINES, end=st.sampled_from(["\n", "\r\n"]), last=st.booleans(),
       quoted=st.booleans(), piece=st.integers(1, 60))  # fmt: skip
def test_blocks_hold_what_the_careful_reader_reads(
    lines: list[str], end: str, last: bool, quoted: bool, piece: int
) -> None:
    data = (end.join(lines) + (end if last else "")).encode()
    dialect = Dialect(",", quoted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_text, "BLOCK_BYTES", piece * plain_text.PIECE_BYTES)
        pieces = iter([data[i : i + piece] for i in range(0, len(data), piece)])
        found = flat(plain_text.plain_rows(pieces, 1, dialect))
    assert padded(found) == padded(careful(data, dialect))


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.lists(st.one_of(TIDY, CELL), min_size=3, max_size=4), min_size=1))
@example(rows=[["L1", "L1", "L1"], ["\x1f合计", "L1", "L1"], ["合\x0b计", "", "1"]])
def test_a_block_has_the_same_records_as_its_rows(rows: list[list[str]]) -> None:
    width = max(map(len, rows))
    cells = [[*row, *[""] * (width - len(row))] for row in rows]
    columns = [pa.array([c[i] or None for c in cells], pa.string()) for i in range(width)]
    told: dict[str, list[tuple[int, str]]] = {"block": [], "rows": []}
    found = {}
    for name, source in {
        "block": [Block(np.arange(1, len(cells) + 1), columns)],
        "rows": list(enumerate(cells, 1)),
    }.items():
        report = lambda n, r, _, name=name: told[name].append((n, r.code))
        wanted = {"loan_id": 0, "amount": 2}
        batches = list(record_batches(HEAD, iter(source), wanted, report))  # type: ignore[arg-type]
        found[name] = [(n.tolist(), b.to_pydict()) for n, b in batches]
    assert found["block"] == found["rows"]
    assert told["block"] == told["rows"]
    verdicts = [not_a_record(HEAD, c) for c in cells]
    assert sum(len(n) for n, _ in found["rows"]) == verdicts.count(None)


def test_quotes_out_of_place_are_read_with_care_from_there_on() -> None:
    text = 'L1,a,1\n' * 9 + 'L2,5" pipe,2\nL3,"a,b",3\nL4,"x\ny",4\n'
    rows = flat(plain_text.plain_rows(iter([text.encode()]), 1, Dialect(",")))
    assert rows[9:] == [(10, ["L2", '5" pipe', "2"]), (11, ["L3", "a,b", "3"]),
                        (12, ["L4", "x\ny", "4"])]  # fmt: skip


def test_a_wide_file_is_cut_at_line_ends_and_keeps_its_numbers() -> None:
    lines = [f'L{i},"a\n{i}",{i}.5' if i % 7 == 0 else f"L{i},b,{i}.5" for i in range(30_000)]
    data = ("\n".join(lines) + "\n").encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_text, "BLOCK_BYTES", plain_text.PIECE_BYTES)
        pieces = (data[i : i + 40_000] for i in range(0, len(data), 40_000))
        found = list(plain_text.plain_rows(pieces, 1, Dialect(",")))
    assert len(found) > 3
    assert all(isinstance(block, Block) for block in found)
    assert flat(iter(found)) == careful(data, Dialect(","))


@pytest.mark.parametrize("separator", [",", "\t", "|", "^", ";"])
def test_gb18030_read_by_the_column_is_the_text_decoded_at_once(
    tmp_path: Path, separator: str
) -> None:
    # Oracle: the whole file through Python's decoder and the careful reader. 亅 and 畖 hold the
    # bytes of | and ^, · is two bytes in UTF-8, €, ㆐ and 𠀀 are up to four in GB18030.
    words = ["L1", "重庆渝中", "丂亅畖", "a·β", "€㆐𠀀", "", " ", "合计", "1.50", "甲" * 9]
    for seed in range(seeded_part(400)):
        chance = random.Random(seed)
        rows = [[chance.choice(words) for _ in range(3)] for _ in range(chance.randint(30, 90))]
        if chance.random() < 0.3:
            rows[chance.randrange(len(rows))].append('"甲\n乙"')
        end = chance.choice(["\n", "\r\n"])
        data = bytearray(end.join(map(separator.join, rows)).encode("gb18030"))
        if chance.random() < 0.3:
            data[chance.randrange(len(data))] = chance.choice([0x80, 0x81, 0xFF, 0xC4, 0x30])
        path = tmp_path / "b.csv"
        path.write_bytes(data)
        encoded, dialect = Encoded("gb18030", "\n"), Dialect(separator)
        request = Request(path, "b.csv", None, lambda _: True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(text_lines, "PIECE_BYTES", size := chance.choice([7, 60, 900]))
            patch.setattr(plain_text, "BLOCK_BYTES", 2 * plain_text.PIECE_BYTES)
            found = told(flat, text_files._rows(request, encoded, dialect))
            whole = told(b"".join, utf8_pieces(path, encoded, dialect))
        if isinstance(whole, bytes):
            assert padded(found) == padded(careful(whole, dialect)), (seed, size)
        else:
            assert found == whole, (seed, size)


def told(what: Callable[[Any], Any], of: Any) -> Any:
    """The result, or the words of the refusal."""
    try:
        return what(of)
    except Refusal as refusal:
        return refusal.code, refusal.details


def read(kind: kinds.Kind, text: str, scale: int) -> Any:
    try:
        return kind.parse(text, scale, "CNY")
    except Refusal:
        return None


NUMBERS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
    st.text(alphabet="0123456789.-+,e ", max_size=12),
    st.integers(-(10**19), 10**19).map(str),
)


@settings(max_examples=300, deadline=None)
@given(cells=st.lists(st.one_of(st.none(), NUMBERS), max_size=8),
       scale=st.sampled_from([1, 100, 10**6, 10**10, 360]), cut=st.integers(0, 3))  # fmt: skip
def test_plain_amounts_are_what_the_careful_reading_gives(
    cells: list[str | None], scale: int, cut: int
) -> None:
    column = pa.array(["9.99", *cells, "x"], pa.string()).slice(cut)
    for text, value in zip(column, plain.amounts(column, scale).to_pylist(), strict=True):
        if value is not None:
            assert value == read(kinds.MONEY, text.as_py(), scale)


@settings(max_examples=300, deadline=None)
@given(cells=st.lists(st.one_of(
    st.none(), st.text(max_size=20), st.sampled_from(["nan", "无", "L1", "重庆某某水泥有限公司",
    "915001030000000000", "9.15E+17", "9E17", "暂无", "null", "none1"])), max_size=8))  # fmt: skip
def test_plain_texts_are_what_the_careful_reading_gives(cells: list[str | None]) -> None:
    column = pa.array(["L0", *cells], pa.string())
    for text, value in zip(column, plain.texts(column).to_pylist(), strict=True):
        if value is not None:
            assert not units.is_empty(value)
            assert value == read(kinds.TEXT, text.as_py(), 0)


@settings(max_examples=200, deadline=None)
@given(cells=st.lists(st.one_of(
    st.none(), st.dates(date(1000, 1, 1)).map(str), st.text("0123456789-/年", max_size=11),
    st.sampled_from(["2024-02-30", "2023-02-28", "0999-01-01", "2024/03/05"])),
    max_size=8))  # fmt: skip
def test_plain_days_are_what_the_careful_reading_gives(cells: list[str | None]) -> None:
    column = pa.array([*cells, "2024-03-05"], pa.string())
    values = plain.dates(column, 0).to_pylist()
    assert values[-1] == date(2024, 3, 5)
    for text, value in zip(column, values, strict=True):
        if value is not None:
            assert value == days.day(text.as_py())


def test_every_byte_class_of_plain_text_is_stable_in_half_width() -> None:
    for code in range(0x4E00, 0xA000):
        assert units.clean(chr(code)) == chr(code)


@pytest.mark.parametrize(
    ("text", "counts", "day"),
    [
        ("2024-03-05", 0, date(2024, 3, 5)),
        ("2024/3/5", 0, date(2024, 3, 5)),
        ("2024.3.5", 0, date(2024, 3, 5)),
        ("2024年3月5日", 0, date(2024, 3, 5)),
        ("２０２４年０３月０５日", 0, date(2024, 3, 5)),
        ("20240305", 0, date(2024, 3, 5)),
        ("2024-03-05T00:00:00", 0, date(2024, 3, 5)),
        ("2024/3/5 0:00", 0, date(2024, 3, 5)),
        ("45356", 0, date(2024, 3, 5)),
        ("45356.0", 0, date(2024, 3, 5)),
        ("43894", days.SINCE_1904, date(2024, 3, 5)),
        ("民国113年3月5日", 0, date(2024, 3, 5)),
        ("民國113/03/05", 0, date(2024, 3, 5)),
        ("113/03/05", days.REPUBLIC, date(2024, 3, 5)),
        ("99.12.31", days.REPUBLIC, date(2010, 12, 31)),
        ("1130305", days.REPUBLIC, date(2024, 3, 5)),
        ("2024-03-05", days.REPUBLIC, date(2024, 3, 5)),
    ],
)
def test_days_as_people_write_them(text: str, counts: int, day: date) -> None:
    # Excel's 1 is 1900-01-01 and 45356 is 2024-03-05; from 1904 it is 45356 - 1462.
    assert days.day(text, counts) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2024111", "date_ambiguous"), ("113/03/05", "date_ambiguous"),
        ("113年3月5日", "date_ambiguous"), ("99-03-05", "date_ambiguous"),
        ("5/3/2024", "date_unreadable"), ("2024-13-01", "date_unreadable"),
        ("2024-02-30", "date_unreadable"), ("2024年3月", "date_unreadable"),
        ("12345", "date_unreadable"), ("2024-3/5", "date_unreadable"), ("3", "date_unreadable"),
    ],
)  # fmt: skip
def test_days_that_could_be_two_or_none_are_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        days.day(text)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["9.15E+17", "1.23457E+11", "1.2E+10"])
def test_a_number_cut_short_by_a_spreadsheet_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        units.decimal(text)
    assert caught.value.code == "number_rounded"


def test_a_record_without_end_goes_to_the_careful_reader() -> None:
    """As a quote that is never closed makes of all that follows."""
    text = "L1,a,1\n" * 5_000 + '"L2,b,2\n' + "L3,c,3\n" * 100_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_text, "LONGEST_LINE", 1 << 18)
        patch.setattr(plain_text, "BLOCK_BYTES", plain_text.PIECE_BYTES)
        data = text.encode()
        pieces = iter([data[i : i + 65_536] for i in range(0, len(data), 65_536)])
        rows = flat(plain_text.plain_rows(pieces, 1, Dialect(",")))
    assert rows[5_000] == (5_001, "field_too_long")
    assert rows == careful(data, Dialect(","))
