"""``factors explain``: the look-up's own order, and a reason for every row that did not answer."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import run
from hypothesis import given, settings
from hypothesis import strategies as st
from own_factors import intensity

from carbonledger.factors import read_library, shipped_root
from carbonledger.factors.candidates import Question, candidates

SHIPPED = read_library([shipped_root()])


def explained(*args: object) -> dict[str, Any]:
    result = run("factors", "explain", *args, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["schema"] == "carbonledger.factor-explanation/1"
    (answer,) = document["answers"]
    found: dict[str, Any] = answer
    return found


def verdicts(answer: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [("".join(list(c["keys"].values())[:1]), c["year"], c["verdict"])
            for c in answer["candidates"]]  # fmt: skip


def test_a_sector_and_its_parents() -> None:
    answer = explained("C3011", "--scope", "1", "--year", "2018")
    assert answer["factor"] == "revenue_intensity"
    assert answer["answered"]["keys"]["sector"] == "C301"
    assert verdicts(answer) == [
        ("C301", 2018, "answered"), ("C30", 2018, "farther"), ("C", 2018, "farther"),
    ]  # fmt: skip
    assert answer["flags"] == ["parent", "caveat"]
    assert [c["sector_level"] for c in answer["candidates"]] == [1, 2, 3]


def test_what_was_not_public_yet_and_what_is_older() -> None:
    """Announcement 47 of 2025 came out on 2025-12-31, 33 of 2024 on 2024-12-26."""
    answer = explained("electricity", "--region", "500103", "--year", "2023",
                       "--known-on", "2024-12-31")  # fmt: skip
    assert answer["answered"]["value"] == "0.5227"
    own = [(c["keys"]["region"], c["year"], c["verdict"]) for c in answer["candidates"]][:4]
    assert own == [("500000", 2023, "too_new"), ("500000", 2022, "answered"),
                   ("500000", 2021, "older"), ("CN", 2023, "too_new")]  # fmt: skip
    why = answer["candidates"][0]["why"]
    assert why["en"] == "published on 2025-12-31, after 2024-12-31"
    assert why["zh"] == "2025-12-31 才公布，晚于 2024-12-31"


ROWS = {
    "currency": ({"id": "usd", "currency": "USD", "unit": "kgCO2e/元"}, "2022-06-30", "SEEN", 2022),
    "recalled": ({"id": "memory"}, "2022-06-30", "RECALLED", 2022),
    "uncertain": ({"id": "doubt"}, "2022-06-30", "UNCERTAIN", 2022),
    "demo": ({"id": "demo"}, "2022-06-30", "DEMO", 2022),
    "other_year": ({"id": "later"}, "2025-06-30", "SEEN", 2025),
    "too_new": ({"id": "new"}, "2026-06-30", "SEEN", 2022),
    "behind": ({"id": "second", "priority": "2"}, "2022-06-30", "SEEN", 2022),
}  # fmt: skip


@pytest.mark.parametrize("verdict", ROWS)
def test_every_reason(tmp_path: Path, verdict: str) -> None:
    head, published, confidence, year = ROWS[verdict]
    intensity(tmp_path, ("C3011", "CN", 1, 2022, "2022-06-30", "9", "SEEN"), id="first")
    intensity(tmp_path, ("C3011", "CN", 1, year, published, "8", confidence), **head)
    answer = explained("C3011", "--year", "2023", "--known-on", "2025-12-31",
                       "--factors", tmp_path)  # fmt: skip
    assert answer["answered"]["set"] == "first"
    assert {c["set"]: c["verdict"] for c in answer["candidates"]}[head["id"]] == verdict
    (candidate,) = (c for c in answer["candidates"] if c["set"] == head["id"])
    assert candidate["why"]["zh"] != candidate["why"]["en"]
    assert (candidate["file"], candidate["line"]) == (f"{head['id']}.csv", 2)


def test_a_row_that_your_own_lies_over(tmp_path: Path) -> None:
    every = {"id": "cn-sector-intensity-2018", "unit": "tCO2/万元", "gases": "CO2", "gwp": ""}
    intensity(tmp_path, ("C301", "CN", 1, 2018, "2024-01-01", "9", "SEEN"), **every)
    asked = ("C3011", "--year", "2018", "--factors", tmp_path)
    found = [(c["value"], c["verdict"]) for c in explained(*asked)["candidates"]][:2]
    assert found == [("9", "answered"), ("5.38508460", "laid_over")]
    before = explained(*asked, "--known-on", "2023-12-31")["candidates"]
    assert [(c["value"], c["verdict"]) for c in before][:2] == [
        ("9", "too_new"), ("5.38508460", "answered"),
    ]  # fmt: skip


def test_leave_opens_what_needs_it() -> None:
    """Coal gangue has values by mass and by energy; each is a question of its own."""
    asked = ("factors", "explain", "coal_gangue", "--year", "2025", "--json")
    shut = json.loads(run(*asked).stdout)["answers"]
    opened = json.loads(run(*asked, "--allow", "recalled").stdout)["answers"]
    assert [a["keys"]["dimension"] for a in shut] == ["energy", "mass"]
    assert [a["answered"] for a in shut] == [None, None]
    assert {c["verdict"] for a in shut for c in a["candidates"]} == {"recalled"}
    assert [a["answered"]["value"] for a in opened] == ["0.086648", "0.725591"]
    assert [a["flags"] for a in opened] == [["unsure"], ["unsure"]]


@pytest.mark.parametrize(
    ("lang", "answered", "farther"),
    [("zh", "采用：", "更上级的代码"), ("en", "answers: ", "a code farther above")],
)
def test_both_languages(lang: str, answered: str, farther: str) -> None:
    told = run("factors", "explain", "水泥制造", "--lang", lang).stdout
    assert answered in told
    assert farther in told
    assert "\n*  " in told


def test_nothing_answers_and_a_word_nobody_knows() -> None:
    assert "nothing answers" in run("factors", "explain", "C3011", "--year", "2010").stdout
    unknown = run("factors", "explain", "phlogiston")
    assert unknown.exit_code == 2
    assert "no such sector or activity" in unknown.stderr


SECTORS = sorted({dict(r.keys)["sector"] for f, rows in SHIPPED.sets for r in rows
                  if f.kind == "revenue_intensity"})  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from([*SECTORS, "C3011", "C3012", "D4411"]),
    st.sampled_from(["1", "2", "3"]),
    st.integers(2017, 2025),
    st.dates(date(2022, 1, 1), date(2027, 1, 1)),
    st.sampled_from([frozenset(), frozenset({"recalled"})]),
)
def test_the_first_that_nothing_speaks_against_is_what_the_look_up_answers(
    sector: str, scope: str, year: int, known_on: date, allow: frozenset[str]
) -> None:
    wanted = {"sector": sector, "region": "500103", "scope": scope}
    answer = candidates(
        SHIPPED, Question("revenue_intensity", wanted, year, known_on, allow, "CNY")
    )
    open_ = [c for c in answer.candidates if c.verdict in ("answered", "behind", "farther")]
    assert [c.verdict for c in open_[:1]] == ["answered"] * (answer.row >= 0)
    hits = answer.factors.at(year).hits("revenue_intensity", wanted)
    assert [c.row for c in open_] == [answer.factors.rows[n] for n in hits]


def test_your_own_value_for_both_scopes_goes_before_the_shipped_one_of_each(tmp_path: Path) -> None:
    intensity(tmp_path, ("C3011", "CN", 12, 2018, "2024-01-01", "9", "SEEN"))
    apart = explained("C3011", "--scope", "1", "--year", "2018", "--factors", tmp_path)
    assert apart["answered"] is None
    assert {c["verdict"] for c in apart["candidates"]} == {"combined"}
    assert apart["candidates"][0]["why"] == {
        "zh": "自有的范围一、二合计值在先",
        "en": "your own value for scope 1 and 2 together goes first",
    }
    both = explained("C3011", "--scope", "12", "--year", "2018", "--factors", tmp_path)
    assert both["answered"]["value"] == "9"
