"""restate: earlier years worked again, what was first reported beside them, and the threshold."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import run
from test_diff import State, lend, sealed

from carbonledger.analysis.sealed import disclosure_of
from carbonledger.config import parse_config
from carbonledger.form import Lines, Table
from carbonledger.forms import forms
from carbonledger.issues import LANGUAGES, Language
from carbonledger.runs import Run

REASON = "shares above 1 are capped"


def bank(folder: Path) -> Run:
    """A loan of 250 to a borrower of 100, 8 t and 2 t; another of 50 to one of 100, 6 t and 4 t."""
    state = State(config={"standards": ["pcaf-2025"], "path": "cn-14fyp-15fyp",
                          "base_year": {"year": 2025}})  # fmt: skip
    for name, tonnes in (("C3011-1", (8, 2)), ("C3011-2", (6, 4))):
        state.companies[name] = {
            "counterparty_id": name, "sector": "C3011", "region": "500103", "revenue": 100,
            "total_equity": 40, "total_debt": 60, "emissions_scope1_tco2e": tonnes[0],
            "emissions_scope2_tco2e": tonnes[1], "emissions_verified": "",
        }  # fmt: skip
    lend(state, "L1", "C3011-1", 250)
    lend(state, "L2", "C3011-2", 50)
    return sealed(folder, state)


def today(folder: Path, **settings: Any) -> None:
    path = folder / "carbonledger.yaml"
    config = yaml.safe_load(path.read_text("utf-8")) | settings
    path.write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")


def test_a_year_worked_again_names_the_first_run_and_the_reason(tmp_path: Path) -> None:
    first = bank(tmp_path)
    (tmp_path / "loans.csv").unlink()  # the sealed books are enough
    today(tmp_path, attribution_above_one="cap")
    done = run("restate", tmp_path, "--period", "2025", "--reason", REASON, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    # 2.5 x 10 t + 0.5 x 10 t at first, 10 t + 5 t where the share is capped.
    (told,) = document["years"][0]["standards"]
    assert (told["grams_before"], told["grams_after"]) == ("30000000", "15000000")
    again = Run(first.folder.parent / document["years"][0]["run_id"])
    assert again.manifest["inputs"]["restates"] == {"run_id": first.id, "reason": REASON}
    assert first.folder.is_dir()
    books = {n: h for n, h in first.files.items() if n.startswith("books/")}
    assert {n: h for n, h in again.files.items() if n.startswith("books/")} == books
    verified = run("verify", tmp_path, "--replay")
    assert verified.exit_code == 0, verified.output
    twice = run("restate", tmp_path, "--period", "2025", "--reason", REASON, "--json")
    assert json.loads(twice.stdout) == document
    more = run("restate", tmp_path, "--period", "2025", "--reason", "again", "--json")
    assert json.loads(more.stdout)["years"][0]["restates"] == again.id
    found = disclosure_of(Run(first.folder.parent / json.loads(more.stdout)["years"][0]["run_id"]))
    assert [(r.first_run_id, r.reason) for r in found.restated] == [
        (first.id, f"{REASON}; again")]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_of_the_year_shows_both(tmp_path: Path, language: Language) -> None:
    first = bank(tmp_path)
    today(tmp_path, attribution_above_one="cap")
    done = run("restate", tmp_path, "--period", "2025", "--reason", REASON, "--json")
    document = json.loads(done.stdout)
    again = Run(first.folder.parent / document["years"][0]["run_id"])
    form = forms()["financed"].make(disclosure_of(again), language)
    # 30,000,000 g over 300 yuan at first, 15,000,000 g over the same now.
    cell = form.cell("pcaf-2025/financed/path/2025/first_reported")
    assert cell is not None
    assert cell.value == Fraction(30_000_000, 30_000)
    table = next(b for b in form.blocks() if isinstance(b, Table) and b.id == "path_table")
    assert "first" in [c.name for c in table.columns]
    assert any(REASON in note and first.id in note for note in table.notes)
    chart = next(b for b in form.blocks() if isinstance(b, Lines))
    assert {s.role for s in chart.series} == {"reference", "earlier", "actual"}
    for dimension in ("asset_class", "section", "division", "province", "prefecture", "option",
                      "score", "high_carbon", "outcome", "flag"):  # fmt: skip
        broken = next(b for b in form.blocks() if isinstance(b, Table)
                      and b.id == f"{dimension}-pcaf-2025")  # fmt: skip
        assert any(REASON in note and first.id in note for note in broken.notes), dimension
        named = [c.name for c in broken.columns]
        assert ("scope12_first" in named) == ("scope12" in named), dimension
        if "scope12" in named:
            at, row = named.index("scope12"), broken.rows[0]
            assert named[at - 1] == "scope12_first"
            assert row.cells[at - 1].key == f"{row.cells[at].key}@{first.id}/first"
    # Both loans are of C30: 30 t at first and 15 t now; nothing else of the row has moved.
    division = next(b for b in form.blocks() if isinstance(b, Table)
                    and b.id == "division-pcaf-2025")  # fmt: skip
    figures = {c.name: cell.value for c, cell in
               zip(division.columns, division.rows[0].cells, strict=True)}  # fmt: skip
    assert (figures["scope12_first"], figures["scope12"]) == (30_000_000, 15_000_000)
    assert (figures["intensity_first"], figures["intensity"]) == (1000, 500)
    assert "computed_first" not in figures
    # L1's share was above 1 in both runs, and is capped in the second alone.
    flags = next(b for b in form.blocks() if isinstance(b, Table) and b.id == "flag-pcaf-2025")
    counts = {row.cells[0].text: [c.value for c in row.cells[2:4]] for row in flags.rows}
    assert [1, 1] in counts.values()
    assert [None, 1] in counts.values()
    # What was first reported goes with the run: a bundle replays alone.
    packed = tmp_path / "bundle.zip"
    assert run("bundle", again.folder, "-o", packed).exit_code == 0
    alone = run("verify", packed, "--replay")
    assert alone.exit_code == 0, alone.output
    # The year after, which compares itself with the restated one.
    assert run("runs", tmp_path, "publish", again.id, "--by", "A").exit_code == 0
    later = run("run", tmp_path, "--period", "2026", "--no-reports", "--json")
    assert later.exit_code == 0, later.output
    sealed_later = Run(Path(json.loads(later.stdout)["run_dir"]))
    form = forms()["financed"].make(disclosure_of(sealed_later), language)
    table = next(b for b in form.blocks() if isinstance(b, Table) and b.id.startswith("changes-"))
    assert [c.name for c in table.columns][2:5] == ["before_first", "before", "now"]
    assert any(REASON in note for note in table.notes)
    shown = {row.cells[2].key: row.cells[2].value for row in table.rows}
    assert shown[f"pcaf-2025/financed/total/scope12@{first.id}/first"] == 30_000_000
    sections = next(b for b in form.blocks() if isinstance(b, Table) and b.id == "sector_paths")
    assert any(REASON in note for note in sections.notes)
    bases = {c.name: cell.value for c, cell in
             zip(sections.columns, sections.rows[0].cells, strict=True)}  # fmt: skip
    assert (bases["base_first"], bases["base"]) == (1000, 500)


def test_the_threshold_obliges(tmp_path: Path) -> None:
    bank(tmp_path)
    today(tmp_path, recalculation={"threshold": "50%"})
    assert run("restate", tmp_path, "--check").exit_code == 0
    today(tmp_path, attribution_above_one="cap")  # 15 of 30 t: half
    done = run("restate", tmp_path, "--check", "--json")
    assert done.exit_code == 4, done.output
    document = json.loads(done.stdout)
    assert (document["obliged"], document["standards"][0]["moved"]) == (True, "1/2")
    assert document["standards"][0]["reasons"] == {"method": "-15000000"}
    today(tmp_path, recalculation={"threshold": "50.1%"})
    for language, words in (("zh", "无须重述"), ("en", "need not be restated")):
        below = run("restate", tmp_path, "--check", "--lang", language)
        assert below.exit_code == 0
        assert words in below.stdout
    # Once restated, the base is set anew and nothing is left to add up.
    run("restate", tmp_path, "--period", "2025", "--reason", REASON)
    today(tmp_path, recalculation={"threshold": "0.01%"})
    assert run("restate", tmp_path, "--check").exit_code == 0


def test_what_is_asked_for(tmp_path: Path) -> None:
    bank(tmp_path)
    for arguments in (["--period", "2025"], ["--reason", "x"], ["--check"],
                      ["--period", "2019", "--reason", "x"]):  # fmt: skip
        assert run("restate", tmp_path, *arguments).exit_code == 2, arguments
    text = (tmp_path / "carbonledger.yaml").read_text("utf-8")
    for wrong in ("0%", "101%", "x"):
        config, issues = parse_config(text + f"recalculation: {{threshold: {wrong}}}\n")
        assert config is None
        assert issues[0].place.column == "recalculation.threshold"
