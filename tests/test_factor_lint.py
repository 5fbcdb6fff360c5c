"""``factors lint``: every problem of a folder or workbook at once, in the user's rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import run
from own_factors import COLUMNS, INTENSITY, SOURCE, folder, intensity, lines_of, workbook

from carbonledger.factors import shipped_root
from carbonledger.factors.workbook import LARGEST

ROW = ("C30", "CN", 1, 2023, "2024-06-30", "2.0", "SEEN")


def linted(path: Path) -> tuple[int, list[tuple[Any, ...]]]:
    result = run("factors", "lint", path, "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    issues = json.loads(result.stdout)["issues"]
    assert all(i["zh"] and i["en"] and i["zh"] != i["en"] for i in issues)
    return result.exit_code, [(i["code"], i["file"], i["sheet"], i["row"]) for i in issues]


def sheet(tmp_path: Path, *rows: Any, columns: Any = COLUMNS, **head: Any) -> Path:
    """A workbook of one sheet; its values begin in row 17, below 14 fields and an empty row."""
    lines = lines_of(INTENSITY | head, columns, *rows)
    assert [line[0] if line else "" for line in lines].index("sector") == 14
    return workbook(tmp_path / "own.xlsx", own=lines)


def test_the_shipped_library_is_sound() -> None:
    assert linted(shipped_root()) == (0, [])


def test_a_sound_folder_and_workbook(tmp_path: Path) -> None:
    assert linted(intensity(tmp_path / "own", ROW)) == (0, [])
    assert linted(sheet(tmp_path, ROW)) == (0, [])
    told = run("factors", "lint", tmp_path / "own.xlsx", "--lang", "zh")
    assert told.stdout == "1 个因子集，1 行，没有问题\n"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_template_is_sound_and_repeats_its_bytes(tmp_path: Path, lang: str) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        made = run("factors", "template", "-o", tmp_path / name, "--lang", lang)
        assert made.exit_code == 0
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert linted(tmp_path / "a.xlsx") == (0, [])
    assert run("factors", "template", "-o", tmp_path / "a.xlsx").exit_code == 2
    said = json.loads(run("factors", "explain", "C26", "--year", "2024", "--json",
                          "--factors", tmp_path / "a.xlsx").stdout)  # fmt: skip
    (answer,) = said["answers"]
    assert answer["answered"]["set"] == "my-revenue-intensity"
    assert answer["price"]["adjusted"] == "0.7804878049"  # 0.8 x 100 / 102.5


UNCITED = {**SOURCE, "document": ""}
TWO_SOURCES = [dict(SOURCE), SOURCE | {"id": "C"}]
FAULTS: dict[str, tuple[Any, ...]] = {
    "uncited": (ROW, {"source": UNCITED}, "factor_field_missing"),
    "unit that can't be": (ROW, {"unit": "tCO2e/t"}, "factor_unit_unfit"),
    "unit of nothing": (ROW, {"unit": "furlongs/万元"}, "factor_unit_unknown"),
    "no date": ((*ROW[:4], "30.6.2024", *ROW[5:]), {}, "factor_date_unreadable"),
    "no number": ((*ROW[:5], "about 2", "SEEN"), {}, "factor_value_unreadable"),
    "no code": (("C3099999", *ROW[1:]), {}, "factor_code_unknown"),
}  # fmt: skip
LINE = {"uncited": (12, "folder head"), "unit that can't be": (4, ""), "unit of nothing": (4, "")}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_a_folder_have_file_and_line(tmp_path: Path, fault: str) -> None:
    row, head, code = FAULTS[fault]
    exit_code, issues = linted(intensity(tmp_path / "own", ROW, row, **head))
    assert exit_code == 3
    assert {(c, f.rpartition(".")[0]) for c, f, _, _ in issues} == {(code, "own-intensity")}
    assert all(line for *_, line in issues)
    if not head:
        assert [line for *_, line in issues] == [3]


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_a_workbook_have_sheet_and_row(tmp_path: Path, fault: str) -> None:
    row, head, code = FAULTS[fault]
    at = {"uncited": 12, "unit that can't be": 4, "unit of nothing": 4}.get(fault, 17)
    assert linted(sheet(tmp_path, ROW, row, **head)) == (3, [(code, "own.xlsx", "own", at)])


def test_overlapping_dates(tmp_path: Path) -> None:
    twice = (*ROW[:5], "3.0", "SEEN")
    assert linted(intensity(tmp_path / "own", ROW, twice)) == (
        3, [("factor_row_repeated", "own-intensity.csv", None, 3)],
    )  # fmt: skip
    book = sheet(tmp_path, ROW, twice)
    assert linted(book) == (3, [("factor_row_repeated", "own.xlsx", "own", 17)])
    assert "those of row 16" in run("factors", "lint", book).stdout


def test_a_formula_in_a_cell(tmp_path: Path) -> None:
    with_formula = sheet(tmp_path, (*ROW[:5], "=1+1", "SEEN"))
    assert linted(with_formula) == (3, [("factor_formula", "own.xlsx", "own", 16)])
    assert "F16" in run("factors", "lint", with_formula).stdout
    code, issues = linted(intensity(tmp_path / "own", ROW, (*ROW[:5], "=1+1", "SEEN")))
    assert (code, [(f, line) for _, f, _, line in issues]) == (3, [("own-intensity.csv", 3)])


def test_a_file_of_ten_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "own.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(10_000_000))
    assert LARGEST < 10_000_000
    assert linted(path) == (3, [("factor_workbook_large", "own.xlsx", None, None)])


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04 damaged"])
def test_a_file_that_is_no_workbook(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "own.xlsx"
    path.write_bytes(content)
    assert linted(path) == (3, [("file_unreadable", "own.xlsx", None, None)])


def test_every_sheet_is_a_set_but_the_readme(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "own.xlsx", readme=[["anything"]], 说明=[["随意"]], empty=[],
        notes=[["anything"]], first=lines_of(INTENSITY, COLUMNS, ROW),
        second=lines_of(INTENSITY, COLUMNS, ROW),
    )  # fmt: skip
    assert linted(path) == (3, [
        ("factor_sheet_without_table", "own.xlsx", "notes", None),
        ("factor_id_repeated", "own.xlsx[second]", None, None),
    ])  # fmt: skip


def test_several_sources_caveats_and_what_holds_for_every_row(tmp_path: Path) -> None:
    lines = lines_of(INTENSITY, (*COLUMNS[:6], "source", "caveat"), (*ROW[:6], "C", "low"))
    at = [line[0] if line else "" for line in lines].index("source.licence") + 1
    lines[at:at] = [["source.id", "C"], ["source.publisher", "署", "Office"],
                    ["source.document", "年报", "Report"], ["source.licence", "x"],
                    ["caveat.low", "偏低", "low"],
                    ["every_row.confidence", "SEEN"]]  # fmt: skip
    for line in lines:
        line[:] = ["caveats.low" if c == "caveat.low" else c for c in line]
    path = workbook(tmp_path / "own.xlsx", own=lines)
    assert linted(path) == (4, [("factor_source_unused", "own.xlsx[own]", None, None)])
    shown = json.loads(run("factors", "show", "own-intensity", "--factors", path, "--json").stdout)
    assert shown["rows"][0]["citation"]["en"].startswith("Office, Report: 2.0 tCO2e per CNY 10,000")
    assert shown["set"]["caveats"] == {"low": {"zh": "偏低", "en": "low"}}


ODD: dict[str, tuple[Any, dict[str, Any]]] = {
    "factor_kind_unknown": (ROW, {"factor": "revenue_intensty"}),
    "factor_value_zero": ((*ROW[:5], "0", "SEEN"), {}),
    "factor_caveat_unused": (ROW, {"caveats": {"low": {"zh": "偏低", "en": "low"}}}),
    "factor_demo": ((*ROW[:6], "DEMO"), {}),
}  # fmt: skip


@pytest.mark.parametrize("code", ODD)
def test_what_is_odd_is_a_finding(tmp_path: Path, code: str) -> None:
    row, head = ODD[code]
    exit_code, issues = linted(intensity(tmp_path / "own", row, **head))
    assert (exit_code, [i[0] for i in issues]) == (4, [code])


def test_a_day_before_the_year_that_is_described(tmp_path: Path) -> None:
    exit_code, issues = linted(intensity(tmp_path / "own", (*ROW[:4], "2022-06-30", *ROW[5:])))
    assert exit_code in (3, 4)
    assert [(f, line) for _, f, _, line in issues] == [("own-intensity.csv", 2)]


def test_a_set_that_changes_the_meaning_of_a_shipped_one(tmp_path: Path) -> None:
    path = intensity(tmp_path / "own", ROW, id="cn-electricity-average")
    assert linted(path)[1][0][:2] == ("factor_set_changed", "cn-electricity-average.yaml")


def test_all_problems_show_at_once(tmp_path: Path) -> None:
    bad = (ROW, ("C30", "Atlantis", 1, 23, "2024-06-30", "x", "SEEN"))
    folder(tmp_path / "own", INTENSITY, COLUMNS, *bad)
    folder(tmp_path / "own", INTENSITY | {"id": "other", "unit": "x/y"}, COLUMNS, *bad)
    codes = [i[0] for i in linted(tmp_path / "own")[1]]
    assert sorted(codes) == ["factor_code_unknown", "factor_unit_unknown",
                             "factor_value_unreadable", "factor_year_unreadable"]  # fmt: skip


def test_a_value_that_its_kind_never_has_is_odd(tmp_path: Path) -> None:
    # A decimal point or a unit gone wrong: no sector emits 900,000 t for 10,000 yuan of revenue.
    far = (*ROW[:5], "900000", "SEEN")
    code, issues = linted(intensity(tmp_path / "own", far))
    assert (code, [i[0] for i in issues]) == (4, ["factor_out_of_bounds"])
