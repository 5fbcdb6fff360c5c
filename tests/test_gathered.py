"""Columns of millions of entities: brought together part by part, grouped piece by piece."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonledger.alike import alike, alike_by_piece
from carbonledger.batch import Batch, Column, Key, nobody_first
from carbonledger.intake.coded import texts_of
from carbonledger.intake.gathered import Texts, joined
from carbonledger.intake.index import TextIndex

TEXTS = st.sampled_from(["", "a", "企业", "long enough"]) | st.none()
PARTS = st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=1, max_size=5)


def part(values: list[int]) -> Batch:
    """Rows with a number, a code by its part, and flags that two names share."""
    numbers = np.array(values, np.int64)
    flags = numbers.astype(np.uint32)
    names = tuple(dict.fromkeys(map(str, values)))
    codes = np.array([names.index(str(v)) for v in values], np.int32)
    none = np.broadcast_to(np.uint32(0), len(values))
    return Batch(
        len(values), {"amount": Column(numbers, numbers > 0)}, {"code": Key(codes, names)},
        {"entity": codes}, {"one": flags, "same": flags, "other": flags.copy(), "none": none},
    )  # fmt: skip


@settings(deadline=None)
@given(PARTS)
def test_parts_are_one_batch_in_their_order(parts: list[list[int]]) -> None:
    found = joined(map(part, parts))
    values = [v for p in parts for v in p]
    assert found.size == len(values)
    assert found.columns["amount"].values.tolist() == values
    assert found.columns["amount"].present.tolist() == [v > 0 for v in values]
    key = found.keys["code"]
    assert [key.names[c] for c in key.codes] == [str(v) for v in values]
    assert len({*key.names}) == len(key.names)
    for name in ("one", "same", "other"):
        assert found.flags[name].tolist() == values
    assert not found.flags["none"].any()


def test_what_is_one_value_everywhere_is_held_once() -> None:
    always = np.broadcast_to(np.bool_(True), 3)
    zero = np.broadcast_to(np.int64(0), 3)
    found = joined(Batch(3, {"listed": Column(zero, always)}) for _ in range(4))
    assert [part.strides for part in found.columns["listed"]] == [(0,), (0,)]
    assert found.columns["listed"].present.all()


@pytest.mark.parametrize("sizes", [(8, 16), (3, 8, 21), (1, 1), (5,), (64, 7)])
def test_marks_of_presence_take_a_bit_each(sizes: tuple[int, ...]) -> None:
    r = np.random.default_rng(sum(sizes))
    marks = [r.integers(0, 2, size).astype(np.bool_) for size in sizes]
    marks[0][0], marks[-1][-1] = False, True  # else one part could be all the same
    column = joined(Batch(len(m), {"a": Column(np.arange(len(m)), m)}) for m in marks).columns["a"]
    whole = np.concatenate(marks)
    if len(whole) > 1:
        assert column[1].nbytes == -(-len(whole) // 8)
    assert column.present.tolist() == whole.tolist()
    for start in range(len(whole)):
        for stop in range(start, len(whole) + 1):
            assert column.rows(slice(start, stop)).present.tolist() == whole[start:stop].tolist()
    assert column.rows(np.array([len(whole) - 1])).present.tolist() == [whole[-1]]


@pytest.mark.parametrize(("names", "kind"), [(100, np.int16), (40_000, np.int32)])
def test_codes_are_as_wide_as_their_names_ask(names: int, kind: type) -> None:
    codes = np.array([-1, 0, names - 1], np.int32)
    parts = [Key(codes[:2], ("n0",)), Key(codes, tuple(f"n{k}" for k in range(names)))]
    key = joined(Batch(len(k.codes), keys={"code": k}) for k in parts).keys["code"]
    assert key.codes.dtype == kind
    assert key.codes.tolist() == [-1, 0, -1, 0, names - 1]
    assert len(key.names) == names


def test_a_part_of_texts_of_one_length_is_read_as_it_stands() -> None:
    texts = Texts()
    texts.add(pa.array(["甲1", "乙2"]))
    texts.add(pa.array(["丙3"]))
    column = texts.column()
    assert column.nbytes == 3 * len("甲1".encode())
    assert texts_of(column.slice(1)).to_pylist() == ["乙2", "丙3"]
    assert texts_of(column.slice(3)).to_pylist() == []


def test_flags_that_part_ways_later_are_held_apart_from_then_on() -> None:
    same, other = np.array([1, 2], np.uint32), np.array([4, 8], np.uint32)
    first = Batch(2, flags={"revenue": same, "evic": same})
    later = Batch(2, flags={"revenue": same, "evic": other})
    found = joined([first, later]).flags
    assert found["revenue"].tolist() == [1, 2, 1, 2]
    assert found["evic"].tolist() == [1, 2, 4, 8]


def test_nobody_stands_before_a_column_without_a_copy_where_it_lies_so() -> None:
    values = joined([part([3]), part([2, 1])]).columns["amount"].values
    whole = nobody_first(values)
    assert whole.tolist() == [0, 3, 2, 1]
    assert np.shares_memory(whole, values)
    apart = np.array([3, 2, 1])
    assert nobody_first(apart).tolist() == [0, 3, 2, 1]
    assert nobody_first(apart[1:]).tolist() == [0, 2, 1]  # what lies before it is another's


@settings(deadline=None)
@given(st.lists(st.lists(TEXTS, max_size=4)))
def test_texts_of_parts_are_one_column(parts: list[list[str | None]]) -> None:
    found = Texts(2)
    for texts in parts:
        found.add(pa.array(["before", *texts], pa.string()).slice(1))
    column = found.column()
    column.validate(full=True)
    assert texts_of(column).to_pylist() == [text for texts in parts for text in texts]


@pytest.mark.parametrize("piece", [1, 3, 7, 1000])
def test_groups_do_not_depend_on_the_size_of_pieces(piece: int) -> None:
    r = np.random.default_rng(1)
    columns = [r.integers(-1, 4, 500), r.integers(0, 2, 500).astype(np.bool_),
               r.integers(0, 2, 500).astype(np.uint32) << np.uint32(31)]  # fmt: skip
    of, some, values = alike_by_piece(lambda rows: [c[rows] for c in columns], 500, piece)
    assert len(some) == len(alike(columns, 500)[1])
    for column, value in zip(columns, values, strict=True):
        assert (value[of] == column).all()
        assert (column[some][of] == column).all()


def test_a_group_is_found_of_nothing() -> None:
    of, some, values = alike_by_piece(lambda rows: [np.zeros(0, np.int8)], 0)
    assert of.size == some.size == values[0].size == 0


def test_the_first_of_texts_that_stand_twice_is_found() -> None:
    texts = pa.array(["b", None, "a", "b", "a", ""] * 1000)
    index = TextIndex.of(texts)
    assert index.find(pa.array(["a", "b", "", "c", None])).tolist() == [2, 0, 5, -1, -1]


@pytest.mark.parametrize("form", ["E{:06}", "E{}"])
def test_marks_of_few_bits_take_no_text_for_another(form: str) -> None:
    known = pa.array([form.format(n) for n in range(200_000)])  # 14 bits of each hash are left
    absent = pa.array([form.format(n) for n in range(200_000, 400_000)])
    index = TextIndex.of(known)
    assert (index.find(known) == np.arange(200_000)).all()
    assert (index.find(absent) == -1).all()


@settings(deadline=None)
@given(st.lists(st.text(max_size=9)), st.lists(st.text(max_size=9)))
def test_an_index_finds_what_is_there_and_nothing_else(known: list[str], asked: list[str]) -> None:
    found = TextIndex.of(pa.array(known, pa.string())).find(pa.array([*asked, *known], pa.string()))
    at = {text: row for row, text in reversed([*enumerate(known)])}
    assert found.tolist() == [at.get(text, -1) for text in [*asked, *known]]
