"""Decline paths: the shipped ones against reference values, the arithmetic, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.analysis.path import DeclinePath, PathResult, hold_against, load_paths
from carbonledger.issues import Refusal, codes

SHIPPED = Path(__file__).parents[1] / "factors"

# Reference values of the ten paths to six decimals, computed apart from this code from the official
# targets and the published yearly outcomes; one line a path, from its base year on.
REFERENCE = {
    "cn-14fyp": "2020 1.0 0.961087 0.923689 0.887745 0.8532 0.82",
    "cn-14fyp-linear": "2020 1.0 0.964 0.928 0.892 0.856 0.82",
    "cn-energy-14": "2020 1.0 0.970286 0.941455 0.91348 0.886337 0.86",
    "cn-outcome": "2020 1.0 0.962 0.954304 0.954304 0.921858 0.875765",
    "cn-15fyp": "2025 1.0 0.96342 0.928178 0.894225 0.861514 0.83",
    "cn-15fyp-linear": "2025 1.0 0.966 0.932 0.898 0.864 0.83",
    "cn-15fyp-annual": "2025 1 0.962 0.927152 0.893566 0.861197 0.83",
    "cn-ndc-2030": "2025 1.0 0.950181 0.902843 0.857864 0.815126 0.774517",
    "cn-14fyp-15fyp": "2020 1.0 0.961087 0.923689 0.887745 0.8532 0.82 0.790004 0.761106 0.733265 "
    "0.706442 0.6806",
    "cn-outcome-15fyp": "2020 1.0 0.962 0.954304 0.954304 0.921858 0.875765 0.843729 0.812866 "
    "0.783131 0.754484 0.726885",
}
CONFIDENCE = {"cn-outcome": "DERIVED", "cn-outcome-15fyp": "DERIVED", "cn-ndc-2030": "RECALLED"}


@pytest.fixture(scope="module")
def paths() -> dict[str, DeclinePath]:
    found, issues = load_paths([SHIPPED])
    assert issues == []
    return found


def percent(value: Fraction | Decimal | None) -> float:
    assert value is not None
    return round(float(value) * 100, 2)


# The shipped paths


def test_seventy_reference_values(paths: dict[str, DeclinePath]) -> None:
    values = 0
    for name, line in REFERENCE.items():
        first, *expected = line.split()
        path = paths[name]
        assert path.years == range(int(first), int(first) + len(expected))
        for year, value in zip(path.years, expected, strict=True):
            assert round(path.index(year), 6) == Decimal(value), (name, year)
            values += 1
    assert values == 70
    assert set(paths) == set(REFERENCE)


def test_every_path_says_what_is_official_and_what_is_our_choice(
    paths: dict[str, DeclinePath],
) -> None:
    for name, path in paths.items():
        assert path.confidence == CONFIDENCE.get(name, "SEEN")
        assert path.wording["en"] == "reference path: no document prescribes a portfolio path"
        assert path.wording["zh"] == "参考路径：没有文件规定投资组合的下降路径"
        for words in (path.title, path.official, path.interpolated):
            assert words["zh"]
            assert words["en"]
        assert all(a.source and f"[{a.confidence}]" in a.citation for a in path.targets)
        assert len(path.sources) == len(path.targets) + len(path.outcomes) > 0


def test_the_energy_path_calls_itself_a_proxy(paths: dict[str, DeclinePath]) -> None:
    path = paths["cn-energy-14"]
    assert path.targets[0].metric == "energy per unit GDP"
    assert "not a CO2 target" in path.interpolated["en"]
    assert "不是二氧化碳目标" in path.interpolated["zh"]


def test_the_ndc_path_shows_the_recalled_row_it_rests_on(paths: dict[str, DeclinePath]) -> None:
    recalled = [a for a in paths["cn-ndc-2030"].outcomes if a.confidence == "RECALLED"]
    assert [(a.base_year, a.target_year, a.change_pct) for a in recalled] == [
        (2005, 2020, Decimal("-48.4"))
    ]


def test_anchored_years_are_exact(paths: dict[str, DeclinePath]) -> None:
    assert paths["cn-14fyp-15fyp"].index(2025) == Decimal("0.82")
    assert paths["cn-14fyp-15fyp"].index(2030) == Decimal("0.6806")  # 0.82 * 0.83
    assert paths["cn-outcome"].index(2022) == Decimal("0.954304")  # 0.962 * 0.992


def test_the_same_forty_digits_on_every_machine(paths: dict[str, DeclinePath]) -> None:
    # 0.82 ** (1/5) by integers: the fifth root of 82 * 10**198 to the last of 40 digits
    root = paths["cn-14fyp"].index(2021)
    scaled = int(Fraction(root) * 10**40)
    assert len(root.as_tuple().digits) == 40
    assert (scaled - 1) ** 5 < 82 * 10**198 < (scaled + 1) ** 5


def test_a_year_outside_the_path_is_refused(paths: dict[str, DeclinePath]) -> None:
    path = paths["cn-15fyp"]
    assert [path.covers(y) for y in (2024, 2025, 2030, 2031)] == [False, True, True, False]
    with pytest.raises(Refusal) as refusal:
        path.index(2031)
    assert refusal.value.code == "path_year_outside"


# A portfolio held against a path


def hold(path: DeclinePath, year: int, **actuals: str) -> PathResult:
    """A portfolio of 1.20 t per 万元 in 2020, with actuals such as ``y2024="1.10"``."""
    return hold_against(
        path,
        base_year=2020,
        base_intensity=Fraction("1.20"),
        actuals={int(y[1:]): Fraction(v) for y, v in actuals.items()},
        year=year,
    )


def test_worked_example_2024(paths: dict[str, DeclinePath]) -> None:
    result = hold(paths["cn-14fyp"], 2024, y2024="1.10")
    point = result.points[4]
    assert round(float(point.path), 6) == 1.023841  # 1.20 * 0.82 ** (4/5)
    assert percent(point.gap) == 7.44  # 1.10 / 1.023841 - 1
    assert result.on_track is False
    assert percent(result.required_annual_cut) == 10.55  # 1 - 0.984 / 1.10


def test_worked_example_to_2030(paths: dict[str, DeclinePath]) -> None:
    result = hold(paths["cn-14fyp-15fyp"], 2024, y2024="1.10")
    assert result.target_year == 2030
    assert result.points[-1].path == Fraction("0.816720")  # 1.20 * 0.82 * 0.83
    assert percent(result.required_annual_cut) == 4.84  # 1 - (0.816720 / 1.10) ** (1/6)


def test_worked_example_2025(paths: dict[str, DeclinePath]) -> None:
    result = hold(paths["cn-14fyp-15fyp"], 2025, y2025="1.10")
    point = result.points[5]
    assert point.path == Fraction("0.984000")
    assert round(float(point.gap or 0), 6) == 0.117886  # 1.10 / 0.984 - 1
    assert point.gap == Fraction(116, 984)


def test_points_run_from_the_base_year_to_the_target_year(paths: dict[str, DeclinePath]) -> None:
    result = hold(paths["cn-14fyp"], 2022, y2022="1.00", y2019="1.30", y2026="0.9")
    assert [p.year for p in result.points] == [2020, 2021, 2022, 2023, 2024, 2025]
    assert [p.actual for p in result.points] == [Fraction("1.20"), None, Fraction(1)] + [None] * 3
    assert [p.gap is None for p in result.points] == [False, True, False, True, True, True]
    assert result.points[0].gap == 0


def test_a_portfolio_already_below_has_a_margin(paths: dict[str, DeclinePath]) -> None:
    result = hold(paths["cn-14fyp"], 2024, y2024="0.90")
    assert result.on_track is True
    assert percent(result.required_annual_cut) == -9.33  # 1 - 0.984 / 0.90


def test_meeting_the_path_exactly_is_on_track(paths: dict[str, DeclinePath]) -> None:
    assert hold(paths["cn-14fyp"], 2025, y2025="0.984").on_track is True


@pytest.mark.parametrize(
    ("year", "actuals", "on_track"),
    [
        (2025, {"y2025": "1.10"}, False),  # the target year itself
        (2024, {}, None),  # no actual of the reporting year
        (2026, {"y2026": "1.10"}, None),  # beyond the path
        (2019, {"y2019": "1.10"}, None),  # before the base year
        (2024, {"y2024": "0"}, True),  # nothing left to cut
    ],
)
def test_no_cut_is_computed(
    paths: dict[str, DeclinePath], year: int, actuals: dict[str, str], on_track: bool | None
) -> None:
    result = hold(paths["cn-14fyp"], year, **actuals)
    assert result.required_annual_cut is None
    assert result.on_track is on_track


def test_a_base_year_without_emissions_has_no_gap(paths: dict[str, DeclinePath]) -> None:
    result = hold_against(
        paths["cn-14fyp"],
        base_year=2020,
        base_intensity=Fraction(0),
        actuals={2023: Fraction(1)},
        year=2023,
    )
    assert result.points[3].gap is None
    assert result.on_track is False
    assert result.required_annual_cut == 1


def test_a_later_base_year_rebases_the_path(paths: dict[str, DeclinePath]) -> None:
    result = hold_against(
        paths["cn-14fyp-15fyp"], base_year=2025, base_intensity=Fraction(2), actuals={}, year=2025
    )
    assert [p.year for p in result.points] == list(range(2025, 2031))
    assert result.points[0].path == 2
    assert result.points[-1].path == Fraction("1.66")  # 2 * 0.83


def test_a_base_year_the_path_does_not_cover_is_refused(paths: dict[str, DeclinePath]) -> None:
    with pytest.raises(Refusal):
        hold(paths["cn-15fyp"], 2026, y2026="1.10")


# A path of one's own

TITLES = """
title: {zh: 标题, en: title}
official: {zh: 官方, en: official}
interpolated: {zh: 插值, en: interpolated}
wording: {zh: 参考路径, en: reference path}
"""
OWN = f"""id: own
base_year: 2020
segments:
- {{from: 2020, to: 2030, shape: linear, target: OWN-2030}}
- {{from: 2030, to: 2040, shape: linear, target: OWN-2040}}
targets:
- {{id: OWN-2030, base_year: 2020, target_year: 2030,
   reduction_pct: 33.3, confidence: SEEN, source: a}}
- {{id: OWN-2040, base_year: 2020, target_year: 2040,
   reduction_pct: 61.0, confidence: SEEN, source: a}}
confidence: SEEN
{TITLES}"""
TARGETS = "id,base_year,target_year,reduction_pct,confidence,source\nA,2020,2025,18,SEEN,a\n"


def own_root(folder: Path, **files: str) -> Path:
    """A factor root whose paths folder holds the files, ``own_yaml`` for own.yaml."""
    (folder / "paths").mkdir(exist_ok=True)
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        (folder / "paths" / f"{stem}.{suffix}").write_text(text, encoding="utf-8")
    return folder


def test_a_bank_s_own_path_is_one_file(tmp_path: Path) -> None:
    # KB Financial Group, portfolio target of June 2021 (asiae.co.kr, newsworld.co.kr): 26.76 Mt in
    # the base year, taken as 2020; 33.3 % less by 2030, 61.0 % less by 2040.
    found, issues = load_paths([SHIPPED, own_root(tmp_path, own_yaml=OWN)])
    assert issues == []
    assert len(found) == len(REFERENCE) + 1
    result = hold_against(
        found["own"], base_year=2020, base_intensity=Fraction("26.76"), actuals={}, year=2020
    )
    target = {p.year: float(p.path) for p in result.points}
    assert target[2030] == pytest.approx(17.849, abs=0.005)  # 26.76 * (1 - 0.333)
    assert target[2040] == pytest.approx(10.436, abs=0.005)  # 26.76 * (1 - 0.61)
    assert target[2025] == pytest.approx(22.304, abs=0.005)  # 26.76 * (1 - 0.333 * 5/10)


def test_the_published_target_as_a_yearly_rate(tmp_path: Path) -> None:
    # The same target: (1 - 0.333) ** (1/10) - 1 = -3.969 % a year.
    text = OWN.replace("shape: linear", "shape: geometric")
    found, _ = load_paths([own_root(tmp_path, own_yaml=text)])
    assert float(found["own"].index(2021) - 1) * 100 == pytest.approx(-3.969, abs=0.01)


def test_a_goal_against_2005_from_where_2019_stood(tmp_path: Path) -> None:
    # State Council press conference of 2020-12-21: 48.1 % below 2005 in 2019; action plan for
    # peaking before 2030: 65 % below 2005 in 2030. 1 - 0.35/0.519 = 32.563 %, -3.518 % a year.
    text = """id: own
base_year: 2019
segments:
- {from: 2019, to: 2030, shape: geometric, target: N-2030-CO2, achieved: [OWN-2019]}
confidence: SEEN
"""
    outcomes = "id,base_year,year,change_pct,confidence,source\nOWN-2019,2005,2019,-48.1,SEEN,a\n"
    root = own_root(tmp_path, own_yaml=text + TITLES, outcomes_csv=outcomes)
    found, issues = load_paths([SHIPPED, root])
    assert issues == []
    path = found["own"]
    assert float(1 - path.index(2030)) * 100 == pytest.approx(32.563, abs=0.01)
    assert float(path.index(2020) - 1) * 100 == pytest.approx(-3.518, abs=0.01)


def test_a_corrected_target_reaches_the_shipped_path(tmp_path: Path) -> None:
    targets = TARGETS.replace("A,2020,2025,18", "N-14FYP-CO2,2020,2025,20")
    found, issues = load_paths([SHIPPED, own_root(tmp_path, targets_csv=targets)])
    assert issues == []
    assert found["cn-14fyp"].index(2025) == Decimal("0.8")
    assert found["cn-14fyp"].sources == ("N-14FYP-CO2: a [SEEN]",)


def test_a_path_of_the_same_name_is_laid_over_the_shipped_one(tmp_path: Path) -> None:
    text = OWN.replace("id: own", "id: cn-14fyp")
    found, _ = load_paths([SHIPPED, own_root(tmp_path, **{"cn-14fyp_yaml": text})])
    assert found["cn-14fyp"].target_year == 2040
    found, issues = load_paths([SHIPPED, own_root(tmp_path, **{"cn-14fyp_yaml": "id: [x]"})])
    assert issues
    assert "cn-14fyp" not in found


def test_roots_without_paths_have_none(tmp_path: Path) -> None:
    assert load_paths([tmp_path]) == ({}, [])


def test_all_problems_are_found_at_once(tmp_path: Path) -> None:
    text = OWN.replace("33.3", "33.3%").replace("id: own", "id: other").replace("61.0", "one")
    _, issues = load_paths([own_root(tmp_path, own_yaml=text)])
    assert [i.code for i in issues] == ["path_id", "path_number", "path_number"]
    assert (
        issues[1]
        .text("en")
        .startswith("paths/own.yaml:7: reduction_pct: 33.3% can't be used as a percentage.")
    )


TO_2025 = "- {from: 2020, to: 2025, shape: geometric, target: N-14FYP-CO2}"
TO_2023 = "- {from: 2020, to: 2023, shape: annual, outcomes: [N-2021, N-2022, N-2023]}"
TO_2022 = "- {from: 2020, to: 2022, shape: annual, outcomes: [N-2021, N-2022]}"
TO_2030 = "- {from: 2020, to: 2030, shape: geometric, target: N-2030-CO2}"
FROM_2005 = "- {from: 2005, to: 2020, shape: annual, outcomes: [N-2005-2020]}"
SHORT = f"id: own\nbase_year: 2020\nsegments:\n{TO_2025}\nconfidence: SEEN\n{TITLES}"
ALONG = f"id: own\nbase_year: 2020\nsegments:\n{TO_2022}\nconfidence: SEEN\n{TITLES}"

REFUSED = [
    # code, column, the file that holds together, what is replaced, and by what
    ("path_layout", "segments[0]", SHORT, TO_2025, "- 2020"),
    ("path_layout", "segments", ALONG, "\n" + TO_2022, " all"),
    ("path_layout", "segments[0].shape", SHORT, "shape: geometric", "shape: [geometric]"),
    ("path_layout", "segments[0].outcomes", ALONG, "[N-2021, N-2022]", "N-2021"),
    ("path_layout", "base_year", SHORT, "base_year: 2020", "base_year: {a: b}"),
    ("path_layout", "title", SHORT, "{zh: 标题, en: title}", "a"),
    ("path_key_unknown", "colour", SHORT, "confidence:", "colour: green\nconfidence:"),
    ("path_key_unknown", "segments[0].outcomes", SHORT, "target:", "outcomes: [N-2021], target:"),
    ("path_key_missing", "confidence", SHORT, "confidence: SEEN", ""),
    ("path_key_missing", "title.en", SHORT, "{zh: 标题, en: title}", "{zh: 标题}"),
    ("path_key_missing", "segments[0].target", SHORT, ", target: N-14FYP-CO2", ""),
    ("path_key_missing", "segments", SHORT, "\n" + TO_2025, " []"),
    ("path_key_missing", "source", OWN, "source: a", 'source: "-"'),
    ("path_id", "id", SHORT, "id: own", "id: other"),
    ("path_year", "base_year", SHORT, "base_year: 2020", "base_year: 20"),
    ("path_year", "segments[0].to", SHORT, "to: 2025", "to: 2025-12"),
    ("path_years_order", "segments[0].to", SHORT, "from: 2020, to: 2025", "from: 2020, to: 2020"),
    ("path_years_order", "target_year", OWN, "target_year: 2030", "target_year: 2020"),
    ("path_number", "reduction_pct", OWN, "33.3", "-33.3"),
    ("path_number", "reduction_pct", OWN, "33.3", "100"),
    ("path_number", "reduction_pct", OWN, "33.3", "1e999999999"),
    ("path_target_without_number", "reduction_pct", SHORT, "N-14FYP-CO2", "CQ-14FYP-CO2"),
    ("path_year", "target_year", SHORT, "N-14FYP-CO2", "N-PEAK"),
    ("path_number", "reduction_pct", SHORT, "N-14FYP-CO2", "N-2035-GHG"),
    ("path_confidence", "confidence", SHORT, "confidence: SEEN", "confidence: sure"),
    ("path_confidence", "confidence", OWN, "33.3, confidence: SEEN", "33.3, confidence: sure"),
    ("path_confidence_too_high", "confidence", SHORT, TO_2025, TO_2023),
    ("path_shape", "segments[0].shape", SHORT, "geometric", "round"),
    ("path_target_unknown", "segments[0].target", SHORT, "N-14FYP-CO2", "X"),
    ("path_outcome_unknown", "segments[0].outcomes[1]", ALONG, "N-2022", "X"),
    ("path_gap", "segments[0].from", SHORT, "base_year: 2020", "base_year: 2019"),
    ("path_gap", "segments[1].from", OWN, "from: 2030", "from: 2031"),
    ("path_target_year", "segments[0].to", SHORT, "to: 2025", "to: 2026"),
    ("path_target_base", "segments[0].target", SHORT, TO_2025, TO_2030),
    ("path_outcomes_broken", "segments[0].outcomes", ALONG, "N-2021, N-2022", "N-2022, N-2021"),
    ("path_outcomes_broken", "segments[0].outcomes", ALONG, TO_2022, FROM_2005),
    ("path_outcomes_broken", "segments[0].achieved", SHORT, "targ", "achieved: [N-2021], targ"),
    ("path_row_twice", "targets[1].id", OWN, "id: OWN-2040", "id: OWN-2030"),
    ("yaml_key_repeated", None, SHORT, "confidence: SEEN", "confidence: SEEN\nconfidence: SEEN"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "column", "text", "old", "new"), REFUSED)
def test_a_file_is_refused(
    tmp_path: Path, code: str, column: str | None, text: str, old: str, new: str
) -> None:
    assert old in text
    root = own_root(tmp_path, own_yaml=text.replace(old, new, 1))
    found, issues = load_paths([SHIPPED, root])
    assert (code, column) in [(i.code, i.place.column) for i in issues]
    assert all(i.severity == "error" for i in issues)
    assert all(i.place.row or i.code == "path_key_missing" for i in issues)
    for i in issues:
        assert "{" not in i.text("zh") + i.text("en")
    assert "own" not in found


@pytest.mark.parametrize(
    ("code", "row", "text"),
    [
        ("path_column_missing", None, TARGETS.replace(",source", ",sauce")),
        ("path_cells_extra", 2, TARGETS.replace(",a\n", ",a,b\n")),
        ("path_row_twice", 3, TARGETS + "A,2020,2025,18,SEEN,a\n"),
        ("path_file_unreadable", None, TARGETS.replace(",a\n", ',"a\n')),
    ],
)
def test_a_table_is_refused(tmp_path: Path, code: str, row: int | None, text: str) -> None:
    _, issues = load_paths([own_root(tmp_path, targets_csv=text)])
    assert [(i.code, i.place.file, i.place.row) for i in issues] == [
        (code, "paths/targets.csv", row)
    ]
    assert issues[0].text("zh") != issues[0].text("en")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    root = own_root(tmp_path)
    (root / "paths" / "own.yaml").write_bytes(SHORT.encode("gb18030"))
    (root / "paths" / "targets.csv").write_bytes((TARGETS + "目标,").encode("gb18030"))
    _, issues = load_paths([root])
    assert [i.code for i in issues] == ["path_file_unreadable"] * 2


def test_a_file_with_another_ending_is_not_passed_over(tmp_path: Path) -> None:
    root = own_root(tmp_path, own_yml=OWN, **{"._other_yaml": "left by a file manager"})
    found, issues = load_paths([root])
    assert found == {}
    assert [(i.code, i.place.file) for i in issues] == [("factor_file_ending", "paths/own.yml")]


def test_every_message_of_paths_has_a_file_that_provokes_it() -> None:
    provoked = {case[0] for case in REFUSED} | {
        "path_year_outside", "path_column_missing", "path_cells_extra", "path_file_unreadable",
    }  # fmt: skip
    of_the_configuration = {"path_unknown", "path_without_base_year"}
    assert {c for c in codes() if c.startswith("path_")} - of_the_configuration <= provoked


# Laws

shares = st.fractions(min_value="0.01", max_value="3", max_denominator=10_000)
names = st.sampled_from(sorted(REFERENCE))
TINY = Fraction(1, 10**36)


def test_geometric_segments_multiply(paths: dict[str, DeclinePath]) -> None:
    first, second = paths["cn-14fyp"], paths["cn-15fyp"]
    both = paths["cn-14fyp-15fyp"]
    for year in second.years:
        product = Fraction(first.index(2025)) * Fraction(second.index(year))
        assert abs(Fraction(both.index(year)) - product) < TINY
    for path in (first, second):
        cuts = [Fraction(path.index(y + 1)) / Fraction(path.index(y)) for y in path.years[:-1]]
        assert max(cuts) - min(cuts) < TINY


@given(cut=st.decimals(min_value=0, max_value=99, places=2), span=st.integers(1, 60))
def test_a_constant_yearly_cut_meets_its_target(
    tmp_path_factory: pytest.TempPathFactory, cut: Decimal, span: int
) -> None:
    end = 2000 + span
    text = f"""id: own
base_year: 2000
segments:
- {{from: 2000, to: {end}, shape: geometric, target: T}}
targets:
- {{id: T, base_year: 2000, target_year: {end}, reduction_pct: {cut}, confidence: SEEN, source: a}}
confidence: SEEN
{TITLES}"""
    found, issues = load_paths([own_root(tmp_path_factory.mktemp("root"), own_yaml=text)])
    assert issues == []
    path = found["own"]
    assert Fraction(path.index(end)) == 1 - Fraction(cut) / 100
    assert abs(Fraction(path.index(2001)) ** span - Fraction(path.index(end))) < TINY
    assert all(path.index(y + 1) <= path.index(y) for y in path.years[:-1])


@given(name=names, base=shares, offset=st.integers(0, 4))
def test_rebasing_keeps_ratios(
    paths: dict[str, DeclinePath], name: str, base: Fraction, offset: int
) -> None:
    path = paths[name]
    start = path.base_year + offset
    result = hold_against(path, base_year=start, base_intensity=base, actuals={}, year=start)
    assert result.points[0].path == base
    for p in result.points:
        expected = Fraction(path.index(p.year)) / Fraction(path.index(start))
        assert p.path / result.points[0].path == expected


@given(name=names, base=shares, actual=shares, ahead=st.integers(1, 5))
def test_at_the_cut_found_the_path_is_met(
    paths: dict[str, DeclinePath], name: str, base: Fraction, actual: Fraction, ahead: int
) -> None:
    path = paths[name]
    year = path.target_year - ahead
    result = hold_against(
        path, base_year=path.base_year, base_intensity=base, actuals={year: actual}, year=year
    )
    assert result.required_annual_cut is not None
    reached = actual * (1 - Fraction(result.required_annual_cut)) ** ahead
    met = result.points[-1].path
    assert abs(reached / met - 1) < Fraction(1, 10**30)
    assert (result.required_annual_cut <= 0) == (actual <= met)


@given(
    old=st.sampled_from(list("2020:{}[],-nNgc\n")), new=st.text(max_size=3), at=st.integers(0, 90)
)
def test_a_damaged_file_is_a_path_or_an_issue_never_an_exception(
    tmp_path_factory: pytest.TempPathFactory, old: str, new: str, at: int
) -> None:
    head, tail = SHORT[:at], SHORT[at:].replace(old, new, 1)
    root = own_root(tmp_path_factory.mktemp("root"))
    (root / "paths" / "own.yaml").write_bytes((head + tail).encode("utf-8", "surrogatepass"))
    found, issues = load_paths([SHIPPED, root])
    assert ("own" in found) == (not issues)
