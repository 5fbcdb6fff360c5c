"""Books of any size: the same bytes however they are cut, clear words where they fail."""

from __future__ import annotations

import random

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from carbonledger.intake.index import TextIndex


@pytest.mark.parametrize("seed", range(4))
def test_a_text_index_finds_what_a_search_finds(seed: int) -> None:
    draw = random.Random(seed)
    known = sorted({f"E{draw.randrange(5000)}" for _ in range(draw.choice([1, 7, 900]))})
    draw.shuffle(known)
    column = pa.array([*known, None], pa.string())
    asked = [draw.choice([*known, f"E{draw.randrange(9000)}", "", None]) for _ in range(2000)]
    texts = pa.array(["x", *asked], pa.string()).slice(1)
    wanted = pc.if_else(texts.is_valid(), pc.index_in(texts, value_set=column), None)
    assert TextIndex.of(column).find(texts).tolist() == wanted.fill_null(-1).to_pylist()


def test_of_texts_that_stand_twice_the_first_is_found() -> None:
    index = TextIndex.of(pa.array(["a", "b", "a", None, None]))
    assert index.find(pa.array(["a", "b", "c", None])).tolist() == [0, 1, -1, -1]
