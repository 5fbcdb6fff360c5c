"""The workbooks recalculated by LibreOffice: every figure is the ledger's, and no cell an error."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from conftest import run
from test_pools import book as pools
from test_runs import LOANS, bank, sealed

from carbonledger.analysis.sealed import disclosure_of
from carbonledger.form import Form
from carbonledger.forms import changes, forms
from carbonledger.render.xlsx import number
from carbonledger.runs import Run
from carbonledger.totals import MEASURES
from carbonledger.workflow.compared_runs import common_standards, compared

pytestmark = pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice")

NEAR = 1e-12
EXAMPLE = Path(__file__).parents[1] / "examples" / "chongqing-bank"
ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
"""A profile that recalculates every formula of a workbook when it is opened."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Two years of a small bank, or of the example bank where everything is asked for."""
    folder = tmp_path_factory.mktemp("recalculated")
    if os.environ.get("CARBONLEDGER_FULL"):
        shutil.copytree(EXAMPLE, folder / "bank", ignore=shutil.ignore_patterns("runs"))
        done = run("run", folder / "bank", "--period", "2020..2025", "--no-reports", "--json")
        found = json.loads(done.stdout)
        return [Run(Path(found[k]["run_dir"])) for k in (0, -1)]
    known = {"path": "cn-14fyp-15fyp", "base_year": {"year": "2020"}}
    first = sealed(bank(folder, {"period": "2020", **known}))
    loans = LOANS.replace("L2,K1,C2,,500,", "L2,K1,C2,,700,")
    return [Run(first), Run(sealed(bank(folder, {"period": "2021", **known}, loans=loans)))]


def without_results(path: Path) -> int:
    """Put 0 for the result of every formula, so that only who recalculates finds it."""
    with zipfile.ZipFile(path) as held:
        parts = {name: held.read(name) for name in held.namelist()}
    count = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            if name.startswith("xl/worksheets/"):
                content, here = re.subn(rb"(</f>)<v>[^<]*</v>", rb"\1<v>0</v>", content)
                count += here
            made.writestr(name, content)
    return count


def recalculated(path: Path) -> openpyxl.Workbook:
    profile, out = path.parent / "profile", path.parent / "out"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS)
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{profile}", "--convert-to",
               "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(path)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return openpyxl.load_workbook(out / path.name, data_only=True)


def worst(book: openpyxl.Workbook, form: Form) -> tuple[int, float]:
    """How many figures the workbook holds, and how far the farthest lies from its exact value."""
    *_, last = book
    cells = {c.key: c for c in form.cells() if c.key}
    rows = [row for row in last.iter_rows(min_row=3, values_only=True) if row[2]]
    farthest, count = 0.0, 0
    for sheet, at, key in rows:
        cell = cells[str(key)]
        if cell.how is None or not isinstance(cell.value, int | Fraction):
            continue
        shown, exact = book[str(sheet)][str(at)].value, number(cell.value, cell.how)
        assert isinstance(shown, int | float), (sheet, at, key, shown)
        apart = abs(shown - exact) / abs(exact) if exact else abs(shown)
        assert apart <= NEAR, (sheet, at, key, shown, exact)
        farthest, count = max(farthest, apart), count + 1
    return count, farthest


def test_the_report_recalculated_is_the_ledger(runs: list[Run], tmp_path: Path) -> None:
    path = tmp_path / "financed.xlsx"
    done = run("report", runs[1].folder, "--format", "xlsx", "--lang", "en", "-o", path)
    assert done.exit_code == 0, done.output
    formulas = without_results(path)
    assert formulas > 200
    book = recalculated(path)
    errors = [(s.title, c.coordinate, c.value) for s in book for row in s.iter_rows() for c in row
              if c.data_type == "e" or str(c.value).startswith(("#", "Err:"))]  # fmt: skip
    assert errors == []
    form: Form = forms()["financed"].make(disclosure_of(runs[1]), "en")
    count, farthest = worst(book, form)
    assert count > formulas
    for standard in runs[1].manifest["inputs"]["config"]["standards"]:
        whole = runs[1].ledger(standard).whole
        for measure in ("rows", "book", "computed", "scope12", "balance", "intensity", "coverage"):
            cell = form.cell(f"{standard}/financed/total/{measure}")
            assert cell is not None
            assert cell.value == MEASURES[measure].value(whole)
    print(f"financed.xlsx: {formulas} formulas, {count} figures, farthest {farthest:.1e}")


def test_weighted_means_and_what_is_allocated_recalculated(tmp_path: Path) -> None:
    path, found = tmp_path / "pools.xlsx", Run(sealed(pools(tmp_path)))
    done = run("report", found.folder, "--format", "xlsx", "--lang", "zh", "-o", path)
    assert done.exit_code == 0, done.output
    assert without_results(path) > 100
    form: Form = forms()["financed"].make(disclosure_of(found), "zh")
    assert worst(recalculated(path), form)[0] > 100
    for key in ("total/score", "asset_class/use_of_proceeds/score", "score/pooled/rows"):
        cell = form.cell(f"pcaf-2025/financed/{key}")
        assert cell is not None
        assert cell.formula is not None


def test_the_changes_recalculated_are_the_comparison(runs: list[Run], tmp_path: Path) -> None:
    path = tmp_path / "changes.xlsx"
    done = run("diff", *(r.folder for r in runs), "--format", "xlsx", "--lang", "en", "-o", path)
    assert done.exit_code == 0, done.output
    form = changes.form(compared(*runs, common_standards(*runs)), "en")
    count, farthest = worst(recalculated(path), form)
    assert count > 50
    print(f"changes.xlsx: {count} figures, farthest {farthest:.1e}")
