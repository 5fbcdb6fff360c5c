"""The commands that read what ships with the tool, and the one that makes a working folder."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from carbonledger import codes, templates
from carbonledger.analysis.explain_text import Printed
from carbonledger.books import BOOKS
from carbonledger.books.rows import columns_of
from carbonledger.books.titles import column_title
from carbonledger.cli import cli
from carbonledger.config import load_config, parse_config
from carbonledger.headers import header_aliases, normal_header
from carbonledger.issues import LANGUAGES, Language
from carbonledger.templates import examples
from carbonledger.words import names, word

ISSUE_PATHS = [
    "cn-14fyp", "cn-14fyp-15fyp", "cn-14fyp-linear", "cn-15fyp", "cn-15fyp-annual",
    "cn-15fyp-linear", "cn-energy-14", "cn-ndc-2030", "cn-outcome", "cn-outcome-15fyp",
]  # fmt: skip
COMMANDS = [
    ["init"], ["columns"], ["path"], ["path", "list"], ["path", "show"],
    ["factors"], ["factors", "list"], ["factors", "show"], ["factors", "search"],
]  # fmt: skip


def run(*args: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(cli, list(args))
    assert result.exit_code == exit_code, result.output
    return result


def read(*args: str) -> Any:
    """The one document of a command with --json; nothing else on either stream."""
    result = run(*args, "--json")
    assert result.stderr == ""
    return json.loads(result.stdout)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_examples(command: list[str]) -> None:
    text = run(*command, "--help").stdout
    assert f"carbonledger {command[0]}" in text.split("Usage:")[1].partition("\n")[2]


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from carbonledger.cli import cli; "
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0; "
        "print({'pandas', 'pyarrow', 'numpy', 'pydantic', 'xlsxwriter'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("book", BOOKS)
def test_columns_shows_every_field_of_the_row_model(book: str) -> None:
    listed = read("columns", book)["columns"]
    assert sorted(c["column"] for c in listed) == sorted(BOOKS[book].row.model_fields)
    assert [c["column"] for c in listed][: len(BOOKS[book].key)] == list(BOOKS[book].key)
    for language in LANGUAGES:
        text = run("columns", book, "--lang", language).stdout
        for name, spec in columns_of(BOOKS[book].row).items():
            assert f"\n{name}  {spec.title}  (" in text
            assert getattr(spec, language) in text


def test_columns_shows_values_bounds_and_the_two_uses_of_aliases() -> None:
    columns = {c["column"]: c for c in read("columns", "loans")["columns"]}
    amount = columns["outstanding_amount"]
    assert (amount["title"], amount["type"], amount["unit"]) == ("贷款余额", "money", "book")
    assert (amount["required"], amount["lowest"]) == (True, "0")
    assert "期末余额" in amount["aliases"]["exact"]
    assert "余额" in amount["aliases"]["ask"]
    values = {v["value"]: v["zh"] for v in columns["asset_class"]["values"]}
    assert values["project_finance"] == ["项目融资", "项目贷款"]
    share = next(c for c in read("columns", "investments")["columns"]
                 if c["column"] == "ownership_share")  # fmt: skip
    assert (share["lowest"], share["highest"]) == ("0", "1")


@pytest.mark.parametrize(
    ("book", "column", "title"),
    [
        ("loans", "sector", "贷款实际投向"), ("counterparties", "sector", "国标行业"),
        ("pools", "sector", "拟投行业"), ("investments", "sector", "投向行业"),
        ("loans", "outstanding_amount", "贷款余额"), ("investments", "outstanding_amount", "余额"),
        ("facilitations", "start_date", "发行日期"), ("investments", "start_date", "起始日期"),
        ("counterparties", "nothing", "nothing"),
    ],
)  # fmt: skip
def test_a_column_is_called_as_in_its_own_book(book: str, column: str, title: str) -> None:
    assert column_title(column, "zh", book) == title
    assert column_title(column, "en", book) == column


def test_a_green_tag_is_told_in_the_language_of_the_reader() -> None:
    for lang, said in (("zh", "绿色贷款标识 = 非绿色"), ("en", "green_tag = not_green")):
        printed = Printed("CNY", lang)
        printed.book = "loans"
        assert printed._input("green_tag", "not_green") == said


@pytest.mark.parametrize("book", BOOKS)
def test_an_alias_is_shown_with_the_use_that_a_run_makes_of_it(book: str) -> None:
    known = header_aliases(book)
    for column in read("columns", book)["columns"]:
        for use, aliases in column["aliases"].items():
            for alias in aliases:
                assert known[normal_header(alias)] == (column["column"], use)


def test_columns_without_a_book_lists_the_books() -> None:
    assert [b["book"] for b in read("columns")["books"]] == list(BOOKS)
    assert "loan_id + contract_id" in run("columns").stdout


def test_every_kind_of_column_has_its_words() -> None:
    kinds = {s.kind.name for b in BOOKS.values() for s in columns_of(b.row).values()}
    assert kinds <= set(names("types", "columns"))
    assert {*names("accepts", "columns"), *names("units", "columns")} <= kinds
    for group in ("types", "accepts", "units"):
        for name in names(group, "columns"):
            assert all(word(group, name, language, "columns") for language in LANGUAGES)


def test_path_list_has_the_paths_of_the_issue() -> None:
    assert [p["id"] for p in read("path", "list")["paths"]] == ISSUE_PATHS


def test_path_show_prints_the_yearly_index_and_what_it_rests_on() -> None:
    text = run("path", "show", "cn-14fyp", "--lang", "en").stdout
    # 0.82 ** (1 / 5) = 0.961087
    assert re.search(r"^2021 +0\.961087 +interpolated$", text, re.MULTILINE)
    assert re.search(r"^2025 +0\.820000 +N-14FYP-CO2$", text, re.MULTILINE)
    assert "reference path: no document prescribes a portfolio path" in text
    assert "十四五规划纲要 (2021-03) [SEEN (original seen)]" in text
    assert "参考路径" in run("path", "show", "cn-14fyp", "--lang", "zh").stdout


def test_path_show_as_json_keeps_decimals_as_text() -> None:
    path = read("path", "show", "cn-14fyp")
    assert path["index"][1] == {
        "year": 2021, "index": "0.961087", "basis": "interpolated", "anchor": None,
    }  # fmt: skip
    assert [t["id"] for t in path["targets"]] == ["N-14FYP-CO2"]
    assert (path["targets"][0]["change_pct"], path["targets"][0]["confidence"]) == ("-18", "SEEN")
    assert path["index"][5]["anchor"] == "N-14FYP-CO2"


def test_a_path_of_the_users_own_is_laid_over(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[1] / "factors" / "paths" / "cn-14fyp.yaml"
    (tmp_path / "paths").mkdir()
    mine = shipped.read_text("utf-8").replace("id: cn-14fyp\n", "id: mine\n")
    (tmp_path / "paths" / "mine.yaml").write_text(mine, "utf-8")
    found = read("path", "show", "mine", "--factors", str(tmp_path))
    assert found["index"][1]["index"] == "0.961087"
    (tmp_path / "paths" / "mine.yaml").write_text("id: [", "utf-8")
    refused = run("path", "list", "--factors", str(tmp_path), exit_code=3)
    assert refused.stdout == ""
    assert "paths/mine.yaml" in refused.stderr


def test_factors_show_prints_the_value_and_its_source() -> None:
    asked = ("factors", "show", "cn-electricity-average", "--region", "500000", "--year", "2022")
    text = run(*asked).stdout
    assert "0.5227" in text
    assert "CN_MEE_2024_33" in text
    rows = read(*asked)["rows"]
    assert [(r["value"], r["unit"], r["published"]) for r in rows] == [
        ("0.5227", "kgCO2/kWh", "2024-12-26")
    ]
    assert "2024年第33号公告" in rows[0]["citation"]["zh"]


def test_known_on_leaves_out_what_was_published_later() -> None:
    asked = ("factors", "show", "cn-electricity-average", "--region", "重庆", "--year", "2022")
    early = run(*asked, "--known-on", "2024-12-25", "--lang", "en")
    assert "0.5227" not in early.stdout
    assert early.stderr == "no value for 500000; shown are those of CN above it\n"
    assert "0.5227" in run(*asked, "--known-on", "2024-12-26").stdout


def test_a_parent_answers_and_it_is_said() -> None:
    result = run("factors", "show", "cn-sector-intensity-2018", "--sector", "3011", "--lang", "en")
    assert "5.38508460" in result.stdout
    assert result.stderr == "no value for C3011; shown are those of C301 above it\n"


def test_statistics_of_the_mainland_do_not_answer_for_hong_kong() -> None:
    asked = ("factors", "show", "cn-sector-intensity-2018", "--region", "810000")
    result = run(*asked, "--lang", "en")
    assert result.stderr == "no value for 810000\n"


def test_factors_list_says_what_a_set_is() -> None:
    sets = {s["id"]: s for s in read("factors", "list")["sets"]}
    power = sets["cn-electricity-average"]
    assert (power["factor"], power["unit"]) == ("energy_factor", "kgCO2/kWh")
    assert sum(power["confidence"].values()) == power["rows"]
    assert sets["cn-fuels-provincial-2025"]["units"][:2] == ["tCO2/t", "tCO2/GJ"]
    assert all(source["licence"] for s in sets.values() for source in s["sources"])
    text = run("factors", "list", "--lang", "zh").stdout
    assert all(f"\n{id_}  " in f"\n{text}" for id_ in sets)
    assert "2024年第33号公告" in text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("水泥", "5.38508460"),  # in the name of C301
        ("水泥制造", "5.38508460"),  # C3011 has no row, C301 answers
        ("cement", "5.38508460"),
        ("c301", "5.38508460"),
        ("天然气", "21.650152"),
        ("Natural Gas", "21.650152"),
        ("重庆", "0.5581"),  # the latest year
        ("渝中", "0.5581"),
        ("美元", ""),
    ],
)
def test_search_knows_codes_and_names(text: str, value: str) -> None:
    rows = read("factors", "search", text)["rows"]
    assert rows
    assert not value or value in {row["value"] for row in rows}


def test_a_set_of_the_users_own_is_laid_over(tmp_path: Path) -> None:
    head = """id: mine
title: {zh: 自有因子, en: Our own}
factor: revenue_intensity
unit: tCO2e/万元
currency: CNY
keys: [sector, region, scope]
gases: CO2e
gwp: AR5
stale_after_years: 5
source: {id: US, publisher: Us, document: A study, licence: internal}
"""
    (tmp_path / "mine.yaml").write_text(head, "utf-8")
    table = "sector,region,scope,year,published,value,confidence\n"
    (tmp_path / "mine.csv").write_text(f"{table}C3011,CN,1,2024,2025-06-30,12.5,SEEN\n", "utf-8")
    folder = ("--factors", str(tmp_path))
    assert "mine" in {s["id"] for s in read("factors", "list", *folder)["sets"]}
    assert read("factors", "show", "mine", *folder)["rows"][0]["value"] == "12.5"
    found = read("factors", "search", "水泥制造", *folder)["rows"]
    assert [(r["set"], r["value"]) for r in found] == [("mine", "12.5")]
    (tmp_path / "mine.csv").write_text(f"{table}C3011,CN,1,2024,2025-06-30,much,SEEN\n", "utf-8")
    refused = run("factors", "list", *folder, exit_code=3)
    assert refused.stdout == ""
    assert "mine.csv:2: value" in refused.stderr


def test_search_finds_titles_and_says_when_nothing_is_there() -> None:
    assert [s["id"] for s in read("factors", "search", "fx-annual")["sets"]] == [
        "intl-fx-annual-average"
    ]
    nothing = run("factors", "search", "qqqq", "--lang", "en")
    assert (nothing.stdout, nothing.stderr) == ("", "nothing found for qqqq\n")
    assert read("factors", "search", " ")["rows"] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "command",
    [
        ["columns", "loan"],
        ["path", "show", "cn-14"],
        ["factors", "show", "electricity"],
        ["factors", "show", "cn-electricity-average", "--region", "nowhere"],
        ["factors", "show", "cn-sector-intensity-2018", "--sector", "301111"],
    ],
    ids=" ".join,
)
def test_an_unknown_name_is_one_line(command: list[str], language: Language) -> None:
    result = run(*command, "--lang", language, exit_code=2)
    assert result.stdout == ""
    assert re.fullmatch(r"Error: [^\n]+\n", result.stderr)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    chosen: Language = request.param
    return chosen


def test_init_makes_a_folder_that_loads(tmp_path: Path, language: Language) -> None:
    folder = tmp_path / "new" / "my bank"
    result = run("init", str(folder), "--lang", language)
    books = ("loans", "investments", "counterparties", "projects", "activities")
    made = sorted(p.name for p in folder.iterdir())
    assert made == sorted(["carbonledger.yaml", *(f"{book}.xlsx" for book in books)])
    assert all(name in result.stdout for name in made)
    assert f"carbonledger check '{folder}'" in result.stdout
    config, issues = load_config(folder)
    assert issues == []
    assert config is not None
    assert {n: b.file for n, b in config.books.items()} == {
        book: (f"{book}.xlsx",) for book in books
    }
    assert (config.period, config.path) == ((2025,), "cn-14fyp-15fyp")
    assert not config.complete_activities


def test_every_option_of_the_template_is_one_that_loads(language: Language) -> None:
    text = templates.template_files(language)["carbonledger.yaml"].decode()
    config, issues = parse_config(re.sub(r"^#(?! )", "", text, flags=re.MULTILINE))
    assert issues == []
    assert config is not None
    assert set(type(config).model_fields) == config.model_fields_set


def test_init_leaves_a_folder_with_anything_in_it_alone(tmp_path: Path, language: Language) -> None:
    (tmp_path / "mine.csv").write_text("x")
    result = run("init", str(tmp_path), "--lang", language, exit_code=2)
    assert result.stdout == ""
    assert re.fullmatch(r"Error: [^\n]+\n", result.stderr)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.csv"]
    run("init", str(tmp_path / "mine.csv"), exit_code=2)


def test_init_fills_an_empty_folder_and_leaves_nothing_where_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Language) -> dict[str, Any]:
        return {"a.csv": b"a", "b.csv": "no bytes"}

    with monkeypatch.context() as patched:
        patched.setattr(templates, "template_files", fails)
        failed = CliRunner().invoke(cli, ["init", str(tmp_path / "one" / "two")])
    assert isinstance(failed.exception, TypeError)
    assert os.listdir(tmp_path) == []
    run("init", str(tmp_path))
    assert (tmp_path / "loans.xlsx").is_file()


def test_invented_codes_are_well_formed() -> None:
    for row in examples.rows("counterparties", "en"):
        assert codes.credit_code_problem(row["counterparty_id"]) is None


def test_a_new_folder_checks_clean_and_runs(tmp_path: Path, language: Language) -> None:
    run("init", str(tmp_path), "--lang", language)
    document = read("check", str(tmp_path))
    assert [i["code"] for i in document["issues"]] == ["example_rows", "example_rows"]
    document = _summary(tmp_path)
    pboc, pcaf = document["ledgers"]
    # pboc-2021, grams: average balance over revenue (or project cost) times tonnes
    cement = (18_500 + 4_800) / 250_000 * 1_920_000
    stores = (3_200.5 + 2_500) / 80_000 * 80_000 * (0.01433623 + 0.11592179)
    parts = 6_000 / 120_000 * 120_000 * (0.00885851 + 0.10637951)
    projects = 26_000 / 90_000 * 352.5 + 8_400 / 30_000 * 5_200
    assert _tonnes(pboc) == pytest.approx(cement + stores + parts + projects, abs=1e-4)
    # pcaf-2025: outstanding over equity and debt, EVIC for the listed company
    cement = (20_000 + 5_000) / 520_000 * 1_920_000
    stores = (3_000 + 0.1 * 25_000) / 45_000 * 80_000 * (0.01433623 + 0.11592179)
    parts = 6_000 / 75_000 * 120_000 * (0.00885851 + 0.10637951)
    projects = 25_000 / 80_000 * 352.5 + 8_000 / 30_000 * 5_200
    assert _tonnes(pcaf) == pytest.approx(cement + stores + parts + projects, abs=1e-4)
    # The chemical plant is being built: 12,000 of 81,500 万元 are not covered.
    for ledger in (pboc, pcaf):
        rows = ledger["rows"]
        assert (rows["book"], rows["computed"], rows["not_covered"]) == (8, 7, 1)
        assert ledger["money"]["not_covered"] == str(12_000 * 10**6)


def test_energy_counts_once_it_is_declared_complete(tmp_path: Path, language: Language) -> None:
    run("init", str(tmp_path), "--lang", language)
    before = _tonnes(_summary(tmp_path)["ledgers"][1])
    file = tmp_path / "carbonledger.yaml"
    file.write_bytes(file.read_bytes().replace(b"#complete_activities", b"complete_activities"))
    after = _tonnes(_summary(tmp_path)["ledgers"][1])
    # Sichuan 2023 power, natural gas and diesel by the enterprise guides, in place of revenue
    sichuan = float(read("factors", "show", "cn-electricity-average", "--region", "510000",
                         "--year", "2023")["rows"][0]["value"])  # fmt: skip
    energy = 25_000 * sichuan + 150 * 21.650152 + 30 * 3.09591
    revenue = 120_000 * (0.00885851 + 0.10637951)
    assert after - before == pytest.approx(6_000 / 75_000 * (energy - revenue), abs=1e-4)


def _summary(folder: Path) -> Any:
    return json.loads(run("run", str(folder), "--no-reports", "--json").stdout)


def _tonnes(ledger: Any) -> float:
    return int(ledger["emissions_g"]["scope12"]) / 1e6


def test_a_path_in_chinese_has_chinese_targets() -> None:
    shown = run("path", "show", "cn-14fyp-15fyp", "--lang", "zh").stdout
    assert "全国，单位GDP二氧化碳排放，2020-2025: -18 %  规划约束性指标" in shown
    assert "China" not in shown
