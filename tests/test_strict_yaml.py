"""YAML as people mean it: text stays text, and what could be read two ways is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.strict_yaml import DEEPEST, load, read


def codes_of(text: str) -> list[tuple[str, int | None]]:
    _, issues = load(text, file="f.yaml")
    assert all(i.text("zh").startswith("f.yaml") and i.text("en") for i in issues)
    return [(i.code, i.place.row) for i in issues]


def test_every_scalar_is_text() -> None:
    text = "sector: 0111\ncountry: NO\nratio: 1e3\nday: 2025-12-31\nempty:\nlist: [010, 'x', ~]\n"
    assert load(text, file="f.yaml") == (
        {
            "sector": "0111", "country": "NO", "ratio": "1e3", "day": "2025-12-31", "empty": "",
            "list": ["010", "x", "~"],
        },
        [],
    )  # fmt: skip


def test_a_byte_order_mark_is_no_text() -> None:
    assert load("\ufeffa: 1\n", file="f.yaml")[0] == {"a": "1"}


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        ("a: 1\nb: 2\na: 3\n", ("yaml_key_repeated", 3)),
        ("a: {x: 1, x: 2}\n", ("yaml_key_repeated", 1)),
        ("a: &here 1\n", ("yaml_alias", 1)),
        ("a: 1\nb: *here\n", ("yaml_alias", 2)),
        ("a: !!int 1\n", ("yaml_tag", 1)),
        ("a: 1\n? [x, y]\n: 2\n", ("yaml_key", 2)),
        ("a: 1\n---\nb: 2\n", ("yaml_documents", 2)),
        ("a: [1\n", ("yaml_unreadable", 2)),
        ("", ("yaml_empty", None)),
        ("a: \x00\n", ("yaml_unreadable", None)),
        ("[" * (DEEPEST + 1), ("yaml_deep", 1)),
    ],
)
def test_what_is_refused(text: str, issue: tuple[str, int | None]) -> None:
    assert issue in codes_of(text)


def test_unfolding_aliases_costs_nothing() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(24)
    )
    assert ("yaml_alias", 1) in codes_of(bomb)


def test_the_first_of_repeated_keys_stays() -> None:
    assert load("a: 1\na: 2\n", file="f.yaml")[0] == {"a": "1"}


def test_rows_of_keys_and_items() -> None:
    document = read("a:\n  b: 1\n  c:\n    - x\n    - y\n", file="f.yaml")
    assert document.rows[("a", "b")] == 2
    assert document.rows[("a", "c", 1)] == 5
    assert document.row(("a", "missing", "deeper")) == 1
    assert document.row(("missing",)) is None


@given(st.text(alphabet="ab:-[]{}&*!?|>'\"#,\n \t0~<\ufeff\x85%@", max_size=60))
def test_no_text_raises(text: str) -> None:
    load(text, file="f.yaml")
