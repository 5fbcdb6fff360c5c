"""The conformance table holds every rule that is built, and nothing that is not."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from importlib import import_module
from inspect import unwrap
from pathlib import Path
from typing import Any

import pytest
from conformance import FILES, PAGE, Line, drafts, of_standards, page, read, written
from test_vectors import VECTORS, outcome

from carbonledger.method import AssetClass, changed
from carbonledger.standards import standards

LINES = [line for _, line in of_standards()]
BUILT = [line for line in LINES if line.code]
KINDS = ("class", "share", "option", "rule")
CONFIDENCE = {"SEEN", "SEEN-2H", "RECALLED", "UNCERTAIN", "CHOICE", "-"}
"""A dash: this edition does not have the rule."""
HERE = Path(__file__).parent
AGAIN = "run python tests/conformance.py"


def said(line: Line) -> str:
    return f"{line.standards.split()[0]}/{line.classes.split()[0]}/{line.kind}/{line.name}"


def found(code: str) -> Any:
    module, _, names = code.partition(":")
    value: Any = import_module(module)
    for name in names.split("."):
        value = getattr(value, name)
    return value


def built() -> set[tuple[str, ...]]:
    """Standard, page, kind and name of all that the standards are made of."""
    return {(d.standards, d.classes, d.kind, d.name) for d in drafts()}


def told() -> Counter[tuple[str, ...]]:
    return Counter((s, c, n.kind, n.name) for n in LINES if n.kind != "rule" for s, c in n.of)


def page_of(standard: str, name: str) -> AssetClass:
    return next(p for p in standards()[standard].pages if p.name == name)


def test_every_class_share_option_and_score_has_its_line() -> None:
    missing = [d for d in drafts() if (d.standards, d.classes, d.kind, d.name) not in told()]
    assert not missing, f"add to conformance.csv beside the page:\n{written(missing)}"


def test_no_line_is_left_of_what_is_gone_and_none_stands_twice() -> None:
    assert told().keys() - built() == set()
    assert [what for what, times in told().items() if times > 1] == []
    rules = Counter((s, c, n.name) for n in LINES if n.kind == "rule" for s, c in n.of)
    assert [what for what, times in rules.items() if times > 1] == []
    pages = {(s.id, p.name) for s in standards().values() for p in s.pages}
    absent = {(s, "-") for s in standards()}
    for line in LINES:
        assert set(line.of) <= (pages if line.code else pages | absent), said(line)


@pytest.mark.parametrize("line", LINES, ids=said)
def test_a_line_is_whole(line: Line) -> None:
    assert line.kind in KINDS
    assert line.standards
    assert line.classes
    assert re.search(r"[\u4e00-\u9fff]", line.rule_zh)
    assert line.rule_en.isprintable()
    assert line.place
    words = line.confidence.split()
    assert len(words) in (1, len(line.standards.split()))
    assert set(words) <= CONFIDENCE
    assert bool(line.code) == bool(line.tests), "code and its test come together"
    assert line.code or line.kind == "rule"


@pytest.mark.parametrize("line", BUILT, ids=said)
def test_its_code_is_what_the_engine_runs(line: Line) -> None:
    code = found(line.code)
    for standard, name in line.of:
        own = page_of(standard, name)
        if line.kind == "class":
            # The 3rd edition's classes are those of the 2nd but for structures taken off companies.
            assert code == changed(own, less_structures=False)
        elif line.kind == "share":
            assert code in [unwrap(s.formula) for s in own.shares if s.name == line.name]
        elif line.kind == "option":
            options = own.estimates + own.without_share
            assert code in [unwrap(o.formula) for o in options if o.name == line.name]
            label, _, score = line.score.partition(" ")
            expected = (label, int(score)) if line.score else None
            assert own.scores.get(line.name) == expected


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}


@cache
def vectors_of(file: str) -> dict[str, Any]:
    text = (HERE / file).read_text(encoding="utf-8")
    return {v["id"]: v for v in VECTORS if re.search(rf"^- id: {re.escape(v['id'])}$", text, re.M)}


@pytest.mark.parametrize("line", BUILT, ids=said)
def test_its_tests_are_there(line: Line) -> None:
    for test in line.tests.split():
        file, _, name = test.partition("::")
        if file.startswith("vectors/"):
            assert name in vectors_of(file), test
            assert vectors_of(file)[name]["given"]["standard"] in line.standards.split(), test
        else:
            assert name.startswith("test_")
            assert name in functions_of(file), test


SUMS_ALONE = ("waci", "tcfd-market-cap", "tcfd-evic")
SHOWN = [line for line in BUILT if line.kind != "rule" and line.standards not in SUMS_ALONE]
"""These keep their totals alone, so no entry names a share or an option."""


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a vector's entries name: classes, shares and options, worked once."""

    @cache
    def work(test: str) -> set[tuple[str, str]]:
        file, _, name = test.partition("::")
        given = vectors_of(file)[name]["given"]
        whole = outcome(given, tmp_path_factory.mktemp("vector"))
        seen = {("option", o) for d in ("option", "option3") for o in whole.ledger.by.get(d, ())}
        for entry in whole.entries.values():
            rule = entry["share_rule"] or ""
            seen |= {("class", rule.partition(".")[0]), ("share", rule)}
        return seen

    return work


@pytest.mark.parametrize("line", SHOWN, ids=said)
def test_a_vector_uses_what_it_is_named_for(line: Line, answered: Any) -> None:
    wanted = {(line.kind, line.name)}
    if line.kind == "share":
        wanted = {("share", f"{name}.{line.name}") for _, name in line.of}
    for test in line.tests.split():
        if test.startswith("vectors/"):
            assert wanted & answered(test), test
    assert any(t.startswith("vectors/") for t in line.tests.split()), "a worked example is due"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.parent.name)
def test_the_file_is_in_order(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == written(read(path)), AGAIN


def test_the_page_is_of_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page([read(path) for path in FILES]), AGAIN


def test_the_readme_links_the_page() -> None:
    assert "(CONFORMANCE.md)" in (HERE.parent / "README.md").read_text(encoding="utf-8")
