"""Every figure of every report carries its key, in every format, and ``explain`` answers to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import run
from test_runs import LOANS, bank, sealed

from carbonledger.analysis.sealed import disclosure_of
from carbonledger.cells import Cell
from carbonledger.form import Figures, Form, Table, cells_of
from carbonledger.forms import changes, forms
from carbonledger.issues import LANGUAGES, Language
from carbonledger.render.xlsx import number
from carbonledger.runs import Run
from carbonledger.tracing.reported import Reported
from carbonledger.workflow.compared_runs import common_standards, compared

FORMATS = ["html", "json", "md", "xlsx"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Two years of a bank: the second is compared with the first, of which the path begins."""
    folder = tmp_path_factory.mktemp("keys")
    known = {"path": "cn-14fyp-15fyp", "base_year": {"year": "2020"}}
    first = sealed(bank(folder, {"period": "2020", **known}))
    loans = LOANS.replace("L2,K1,C2,,500,", "L2,K1,C2,,700,") + "L9,,C1,,90,80,C3011,,,流贷,企业,\n"
    return [Run(first), Run(sealed(bank(folder, {"period": "2021", **known}, loans=loans)))]


def form_of(runs: list[Run], name: str, language: Language) -> Form:
    if name == "changes":
        return changes.form(compared(*runs, common_standards(*runs)), language)
    made: Form = forms()[name].make(disclosure_of(runs[1]), language)
    return made


def written(runs: list[Run], name: str, language: Language, kind: str, place: Path) -> bytes:
    """The report as a user asks for it."""
    path = place / f"{name}.{kind}"
    asked = ["diff", *(r.folder for r in runs)] if name == "changes" else [
        "report", runs[1].folder, "--form", name]  # fmt: skip
    done = run(*asked, "--format", kind, "--lang", language, "-o", path)
    assert done.exit_code == 0, done.output
    return path.read_bytes()


def in_tables(form: Form) -> list[Cell]:
    """Figures of tables and headlines; those of charts stand in a table of the same form too."""
    blocks = [b for b in form.blocks() if isinstance(b, Table | Figures)]
    return [c for b in blocks for c in cells_of(b) if c.how is not None]


class Page(HTMLParser):
    """Elements that hold a figure, with the key and the text of each."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str | None, str]] = []
        self.open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.open = (tag, held.get("class")) in (("td", "number"), ("dd", "value"))
        if self.open:
            self.found.append((held.get("data-key"), ""))

    def handle_data(self, data: str) -> None:
        if self.open:
            self.found[-1] = (self.found[-1][0], self.found[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        self.open = False


def of_html(content: bytes) -> list[tuple[str | None, str]]:
    page = Page()
    page.feed(content.decode())
    return page.found


def of_json(node: Any) -> Iterator[tuple[str | None, str]]:
    if isinstance(node, dict):
        if "value" in node and "unit" in node and "text" in node:
            yield node["key"], node["text"]
        for value in node.values():
            yield from of_json(value)
    elif isinstance(node, list):
        for value in node:
            yield from of_json(value)


def of_markdown(content: bytes) -> list[str]:
    """The keys of the last chapter."""
    last = content.decode().rpartition("\n## ")[2]
    return [line.split(" | ")[-1].removesuffix(" |").strip("`") for line in last.splitlines()[4:]]


def of_workbook(path: Path, form: Form) -> list[tuple[str | None, float]]:
    """Every number of the chapters with the key that the last sheet gives its cell."""
    book = openpyxl.load_workbook(path, data_only=True)
    *_, last = book
    rows = list(last.iter_rows(values_only=True))
    keys = {(sheet, cell): str(key) for sheet, cell, key in rows[2:]}
    assert len(keys) == len(rows) - 2, "each cell once"
    return [
        (keys.get((sheet.title, cell.coordinate)), float(cell.value))
        for sheet in book.worksheets[: len(form.sections)]
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, int | float)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*forms(), "changes"])
def test_every_figure_is_keyed_and_explained(
    runs: list[Run], name: str, language: Language, tmp_path: Path
) -> None:
    form = form_of(runs, name, language)
    figures = in_tables(form)
    assert len(figures) > 50
    assert all(c.key for c in form.cells() if c.how is not None)
    files = {k: written(runs, name, language, k, tmp_path) for k in FORMATS}
    assert of_html(files["html"]) == [(c.key, c.text) for c in figures]
    everything = [(c.key, c.text) for c in form.cells() if c.how is not None]
    assert list(of_json(json.loads(files["json"]))) == everything
    assert set(of_markdown(files["md"])) >= {c.key for c in figures}
    held = of_workbook(tmp_path / f"{name}.xlsx", form)
    numbers = [(c.key, number(c.value, c.how)) for c in figures
               if c.how is not None and isinstance(c.value, int | Fraction)]  # fmt: skip
    assert [key for key, _ in held] == [key for key, _ in numbers]
    assert [value for _, value in held] == pytest.approx([v for _, v in numbers], rel=1e-15)
    asked = Reported(runs[1], language)
    texts = {c.key: c.text for c in form.cells() if c.key}
    for key, text in texts.items():
        said = asked.explained(key)
        assert said is not None, key
        assert (said["key"], said["text"]) == (key, text)
        assert said["agrees"] is not False, key


def test_the_command_answers_to_keys_of_both_forms(runs: list[Run]) -> None:
    for name in (*forms(), "changes"):
        keys = [c.key for c in form_of(runs, name, "en").cells() if c.how is not None]
        for key in keys[:: len(keys) // 4]:
            done = run("explain", runs[1].folder, "--cell", key, "--json")
            assert done.exit_code == 0, (key, done.output)
            assert json.loads(done.stdout)["key"] == key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_change_from_a_run_that_is_not_there_is_wrong_usage(runs: list[Run], lang: str) -> None:
    key = "pcaf-2025/change@2019-00000000/growth/scope12"
    done = run("explain", runs[1].folder, "--cell", key, "--lang", lang)
    assert done.exit_code == 2
    assert "2019-00000000" in done.stderr


def test_a_change_stands_in_no_report_of_the_year_alone(runs: list[Run]) -> None:
    key = f"pcaf-2025/change@{runs[0].id}/nothing/scope12"
    assert run("explain", runs[1].folder, "--cell", key).exit_code == 2
