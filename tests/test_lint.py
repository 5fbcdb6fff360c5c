"""Check before publishing: published tables raise what they must, sound ones nothing."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import yaml
from conftest import run
from test_runs import bank

from carbonledger.registers import rows

FACTORS = Path(__file__).parents[1] / "factors"
CASES = yaml.safe_load(
    (Path(__file__).parent / "data" / "published-tables.yaml").read_text(encoding="utf-8")
)


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def lint(path: Path) -> list[dict[str, Any]]:
    result = run("lint", path, "--json", "--lang", "en")
    assert result.exit_code in (0, 4), result.output
    issues: list[dict[str, Any]] = json.loads(result.stdout)["issues"]
    assert (result.exit_code == 4) == bool(issues)
    return issues


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c["id"]))
def test_published_tables(case: dict[str, Any], tmp_path: Path) -> None:
    found = lint(workbook(tmp_path / "published.xlsx", case["sheets"]))
    assert sorted({i["code"] for i in found}) == case["raises"]


def test_the_published_tables_need_these_rules() -> None:
    needed = {code for case in CASES for code in case["raises"]}
    assert needed == {
        "lint_band", "lint_comparative_moved", "lint_footing", "lint_growth_base", "lint_kind",
        "lint_period_outlier", "lint_power_of_ten", "lint_series_break", "lint_share",
    }  # fmt: skip


def test_ten_published_cases_raise_and_forty_eight_do_not() -> None:
    assert [bool(c["raises"]) for c in CASES].count(True) == 10
    assert len(CASES) == 58


def tables(tmp_path: Path, **sheets: list[list[Any]]) -> list[tuple[str, str, int, str, str]]:
    path = workbook(tmp_path / "t.xlsx", sheets)
    return [(i["code"], i["sheet"], i["row"], i["column"], i["value"]) for i in lint(path)]


HEAD = ["行业", "碳排放量（吨）"]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([["钢铁", 120], ["水泥", 30], ["合计", 150]], []),
        ([["钢铁", 120], ["水泥", 30], ["合计", 160]], [("lint_footing", 4, "160")]),
        ([["合计", 150], ["钢铁", 120], ["水泥", 30]], []),
        # subtotals stand for their parts, an aside is never added
        ([["a", 1], ["b", 2], ["小计", 3], ["c", 4], ["d", 5], ["小计", 9], ["合计", 12]], []),
        ([["钢铁", 120], ["其中：特钢", 20], ["水泥", 30], ["合计", 150]], []),
        # 132 for 123: 132 + 30 = 162 where 153 is printed
        ([["钢铁", 132], ["水泥", 30], ["合计", 153]], [("lint_transposed", 2, "132")]),
        # printed to whole tonnes, two parts and a total may differ by 1.5
        ([["钢铁", 120], ["水泥", 30], ["合计", 151]], []),
    ],
)  # fmt: skip
def test_parts_make_totals(
    tmp_path: Path, rows: list[list[Any]], found: list[tuple[str, int, str]]
) -> None:
    assert [(c, r, v) for c, _, r, _, v in tables(tmp_path, 表=[HEAD, *rows])] == found


def test_an_amount_may_look_like_a_year(tmp_path: Path) -> None:
    assert tables(tmp_path, 表=[HEAD, ["钢铁", 2000], ["水泥", 30], ["合计", 2030]]) == []
    rows = [["年份", 2021], ["钢铁", 120], ["水泥", 30], ["合计", 150]]
    assert tables(tmp_path, 表=[HEAD, *rows]) == []


def test_a_sentence_is_no_total(tmp_path: Path) -> None:
    rows = [["skipped", "Row 7 is a total and is not read.", 5], ["zeros", "Row 9 is zero.", 3],
            ["total_row_skipped", "Row 8 is a total (合计), which is not read.", 1]]  # fmt: skip
    assert tables(tmp_path, t=[["Code", "Message", "Count"], *rows]) == []


def test_shares_make_a_hundred(tmp_path: Path) -> None:
    rows = [["行业", "占比（%）"], ["钢铁", 60], ["水泥", 30], ["合计", 100]]
    assert [f[0] for f in tables(tmp_path, 表=rows)] == ["lint_percent_sum"]


def test_a_repeated_figure_that_differs(tmp_path: Path) -> None:
    head = ["指标", "单位", "2024"]
    found = tables(tmp_path, 甲=[head, ["绿色贷款余额", "亿元", 120]],
                   乙=[head, ["绿色贷款余额", "亿元", 127]])  # fmt: skip
    assert [f[:2] for f in found] == [("lint_unequal", "乙")]
    same = tables(tmp_path, 甲=[head, ["绿色贷款余额", "亿元", 120]],
                  乙=[head, ["绿色贷款余额", "万元", 1_200_000]])  # fmt: skip
    assert same == []


def test_a_comparative_may_move_with_a_note(tmp_path: Path) -> None:
    head = ["Indicator", "Unit", "2021"]
    sheets = {"2022 report": [head, ["Vehicles", "t", 65.4]],
              "2023 report": [head, ["Vehicles", "t", 85.9]]}  # fmt: skip
    assert [f[0] for f in tables(tmp_path, **sheets)] == ["lint_comparative_moved"]
    sheets["2023 report"] += [[], ["Note: 2021 was restated for a wider perimeter."]]
    assert tables(tmp_path, **sheets) == []


def test_growth_follows_from_the_base_that_is_shown(tmp_path: Path) -> None:
    head = ["Indicator", "Unit", "2023", "2024", "Change (%)"]
    # 110 / 100 - 1 = 10 %
    assert tables(tmp_path, t=[head, ["Scope 1", "t", 100, 110, 10]]) == []
    found = tables(tmp_path, t=[head, ["Scope 1", "t", 100, 110, 25]])
    assert [f[0] for f in found] == ["lint_growth"]
    # the difference is of no year, and a percent cell of a workbook holds the fraction
    head = ["Indicator", "2023", "2024", "Change", "Change, %"]
    title = [["Changes from 2023 to 2024"], head]
    assert tables(tmp_path, t=[*title, ["Scope 1", 100, 110, 10, 0.1]]) == []
    found = tables(tmp_path, t=[*title, ["Scope 1", 100, 110, 10, 0.4]])
    assert [(f[0], f[3]) for f in found] == [("lint_growth", "Change, %")]


def test_a_leap_by_a_thousand_is_a_slip_of_the_unit(tmp_path: Path) -> None:
    head = ["Indicator", "Unit", "2023", "2024"]
    found = tables(tmp_path, t=[head, ["Scope 1", "t", 100.5, 110_200]])
    assert [f[0] for f in found] == ["lint_power_of_ten"]


def test_an_intensity_agrees_with_its_emissions_and_balance(tmp_path: Path) -> None:
    head = ["行业", "碳排放量（吨）", "贷款余额（万元）", "碳强度（tCO2e/万元）"]
    # 500 t / 200 万元 = 2.5
    assert tables(tmp_path, t=[head, ["钢铁", 500, 200, 2.5]]) == []
    found = tables(tmp_path, t=[head, ["钢铁", 500, 200, 25]])
    assert [f[0] for f in found] == ["lint_implied"]


def test_scores_lie_between_one_and_five(tmp_path: Path) -> None:
    found = tables(tmp_path, t=[["Sector", "Data quality score"], ["Steel", 6.1], ["Power", 3.2]])
    assert [(f[0], f[2]) for f in found] == [("lint_band", 2)]


@pytest.mark.parametrize(
    ("name", "sets", "times", "low", "high"),
    [
        # kg/GJ of each fuel x 29.3076 GJ a tonne of standard coal; the band has room around it
        ("saved_coal", ["intl/fuels-ipcc-2006"], 29.3076, 0.9, 1.2),
        ("saved_output", ["cn/electricity-om-bm"], 1, 0.75, 1.25),
        ("grid", ["cn/electricity-average", "intl/grid-country-life-cycle"], 1, 0, 1.25),
        ("price", ["cn/cea-price"], 1, 0.2, 2),
        ("financed", ["cn/sector-intensity-2018"], 1, 0, 3),
    ],
)
def test_bands_follow_from_the_factor_sets_that_they_name(
    name: str, sets: list[str], times: float, low: float, high: float
) -> None:
    band = next(b for b in rows("lint-bands") if b["name"] == name)
    values: dict[tuple[str, ...], float] = {}
    for at in sets:
        head = yaml.safe_load((FACTORS / f"{at}.yaml").read_text(encoding="utf-8"))
        assert head["id"] in band["from"].split("; ")
        scale = 1000 if head["unit"] == "gCO2e/kWh" else 1
        with (FACTORS / f"{at}.csv").open(encoding="utf-8") as file:
            for n, row in enumerate(csv.DictReader(file)):
                if row.get("unit", "tCO2/GJ") == "tCO2/GJ":
                    # scopes of one sector count together
                    key = (row["sector"],) if "sector" in row else (at, str(n))
                    values[key] = values.get(key, 0) + float(row["value"]) / scale * times
    least, greatest = min(values.values()), max(values.values())
    assert greatest == pytest.approx(float(band["greatest"]), rel=0.002)
    assert not band["least"] or least == pytest.approx(float(band["least"]), rel=0.005)
    assert float(band["low"]) == pytest.approx(low * least, rel=0.1)
    assert float(band["high"]) == pytest.approx(high * greatest, rel=0.02)


def test_every_band_names_its_source_in_both_languages() -> None:
    for band in rows("lint-bands"):
        assert re.search("[\u4e00-\u9fff]", band["source_zh"]), band["name"]
        cited = band["from"] or re.search("our choice|leap year", band["source"])
        assert cited, band["name"]


def test_financed_emissions_lie_in_the_range_of_sectors(tmp_path: Path) -> None:
    # 40,000 t over 1,000 万元 are 40 t a 万元, above 3 x 10.39
    head = ["行业", "碳排放量（吨）", "贷款余额（万元）"]
    assert tables(tmp_path, t=[head, ["电力", 30_000, 1_000]]) == []
    found = tables(tmp_path, t=[head, ["电力", 40_000, 1_000]])
    assert [(f[0], f[2]) for f in found] == [("lint_band", 2)]


@pytest.fixture(scope="module")
def sealed_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = bank(tmp_path_factory.mktemp("lint") / "bank")
    result = run("run", folder, "--period", "2024..2025", "--json")
    assert result.exit_code == 0, result.output
    return Path(json.loads(result.stdout)[-1]["run_dir"])  # with comparatives


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_own_run_and_its_own_workbooks_are_sound(sealed_run: Path, language: str) -> None:
    result = run("lint", sealed_run, "--lang", language)
    assert result.exit_code == 0, result.output
    for report in sorted(sealed_run.rglob(f"*.{language}.xlsx")):
        assert lint(report) == [], report.name
    assert list(sealed_run.rglob(f"*.{language}.xlsx"))
