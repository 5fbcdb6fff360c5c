"""Every figure of a report is worked again from the entries, and explained by its key."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import run
from markupsafe import escape
from test_runs import bank, sealed

from carbonledger.analysis.sealed import disclosure_of
from carbonledger.cells import Ratio, Sum
from carbonledger.forms.financed import form
from carbonledger.issues import LANGUAGES, Language
from carbonledger.runs import Run
from carbonledger.standards import standards
from carbonledger.tracing.cell import traced
from carbonledger.tracing.lookup import branch_order


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sealed(bank(tmp_path_factory.mktemp("cells")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_follows_from_the_entries(run_dir: Path, language: Language) -> None:
    disclosure = disclosure_of(Run(run_dir))
    worked = 0
    for cell in form(disclosure, language).cells():
        if not isinstance(cell.formula, Sum | Ratio) or cell.key is None:
            continue
        standard = standards()[cell.key.split("/")[0]]
        entries = run_dir / "entries" / f"{standard.id}.parquet"
        found = traced(cell, entries, standard, branch_order(disclosure, standard))
        if found.parts and cell.value is not None:
            assert found.agrees, (cell.key, cell.value, found.value)
            worked += 1
    assert worked > 300


def test_row_groups_change_no_figure(run_dir: Path, tmp_path: Path) -> None:
    disclosure = disclosure_of(Run(run_dir))
    standard = standards()["pcaf-2025"]
    # Every entry twelve times over, so that more than the ten that are listed are equal.
    entries = pq.read_table(run_dir / "entries" / f"{standard.id}.parquet")
    entries = pa.concat_tables([entries] * 12).combine_chunks()
    whole, cut = tmp_path / "whole.parquet", tmp_path / "cut.parquet"
    pq.write_table(entries, whole)
    pq.write_table(entries, cut, row_group_size=8)
    order = branch_order(disclosure, standard)
    formulas = {
        c.formula: c for c in form(disclosure, "en").cells()
        if isinstance(c.formula, Sum | Ratio) and c.key.startswith(standard.id)
    }  # fmt: skip
    assert len(formulas) > 100
    for formula, cell in [*formulas.items()][::3]:
        found = traced(cell, cut, standard, order).parts
        assert found == traced(cell, whole, standard, order).parts, formula


def said(run_dir: Path, key: str) -> dict:
    result = run("explain", run_dir, "--cell", key, "--json")
    assert result.exit_code == 0, result.output
    document: dict = json.loads(result.stdout)
    assert (document["schema"], document["key"]) == ("carbonledger.cell/1", key)
    return document


def test_the_intensity_of_a_division_leads_to_its_loans(run_dir: Path) -> None:
    rows = [e for e in pq.read_table(run_dir / "entries" / "pboc-2021.parquet").to_pylist()
            if (e["sector"] or "").startswith("C30") and e["status"] == "computed"]  # fmt: skip
    grams = sum(e["financed_emissions_scope12_g"] for e in rows)
    balance = sum(e["balance"] for e in rows)
    document = said(run_dir, "pboc-2021/financed/sector/C30/intensity")
    assert Fraction(document["exact"]) == Fraction(grams, balance)
    assert [p["sum"] for p in document["parts"]] == [str(grams), str(balance)]
    assert document["agrees"] is True
    largest = document["parts"][0]["largest"]
    assert {e["position_id"] for e in largest} >= {e["position_id"] for e in rows}
    assert [int(e["value"]) for e in largest] == sorted(
        (int(e["value"]) for e in largest), reverse=True)  # fmt: skip


def test_a_group_that_no_table_shows_is_explained_too(run_dir: Path) -> None:
    whole = said(run_dir, "pcaf-2025/financed/sector/C/scope12")["exact"]
    group = said(run_dir, "pcaf-2025/financed/sector/C301/scope12")["exact"]
    assert 0 < int(group) <= int(whole)
    place = said(run_dir, "pcaf-2025/financed/region/500000/rows")
    county = said(run_dir, "pcaf-2025/financed/region/500103/rows")
    assert 0 < int(county["exact"]) <= int(place["exact"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_text_names_entries_factors_and_sums(run_dir: Path, lang: str) -> None:
    result = run("explain", run_dir, "--cell", "pcaf-2025/financed/total/intensity", "--lang", lang)
    assert result.exit_code == 0
    assert "由明细重新计算，结果一致" in result.stdout or "it is the same" in result.stdout
    assert "L1  " in result.stdout
    assert " CNY  " in result.stdout  # the balance is an amount of a currency
    assert "\n      -:" not in result.stdout  # entries that are not computed are called so
    chosen = run("explain", run_dir, "--cell", "pcaf-2025/financed/sector/C30/rows", "--lang", lang)
    assert ("[行业 = C30*]" if lang == "zh" else "[sector = C30*]") in chosen.stdout


@pytest.mark.parametrize("arguments", [
    ["--cell", "pcaf-2025/financed/sector/C99/intensity"], ["--cell", "words"],
    ["--cell", "none/financed/total/rows"], [], ["L1", "--cell", "words"],
])  # fmt: skip
def test_what_is_no_figure_is_wrong_usage(run_dir: Path, arguments: list[str]) -> None:
    result = run("explain", run_dir, *arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_explanation_is_a_page_too(run_dir: Path, tmp_path: Path, lang: str) -> None:
    for what in (["L1"], ["--cell", "pcaf-2025/financed/total/intensity"]):
        page = tmp_path / "page.html"
        assert run("explain", run_dir, *what, "--html", page, "--lang", lang).exit_code == 0
        html = page.read_text(encoding="utf-8")
        assert "<script" not in html
        assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in html
        text = run("explain", run_dir, *what, "--lang", lang).stdout
        missing = [line for line in text.splitlines()
                   if line.strip() and escape(line.strip()) not in html]  # fmt: skip
        assert missing == [], "the page says all that the text says"
