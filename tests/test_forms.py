"""The form "financed" against totals summed by hand, in both languages."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction

import openpyxl
import pytest
from disclosures import (
    WAN,
    account,
    disclosure,
    factor_use,
    pboc_rows,
    pcaf_rows,
    total_of,
)

from carbonledger import ledger, strict_yaml
from carbonledger.analysis.declared import declared
from carbonledger.cells import MISSING, Print, Ratio, printed
from carbonledger.config import parse_config
from carbonledger.form import Form, Table, cells_of
from carbonledger.forms import forms
from carbonledger.issues import LANGUAGES, Language
from carbonledger.ledger import Total
from carbonledger.method import Flag, Text
from carbonledger.outcomes import REASONS, STATUSES
from carbonledger.registers import rows as register
from carbonledger.render import renderers
from carbonledger.standards import standards
from carbonledger.words import names, word

REGISTERS = ("words", "form-financed", "form-standards")


@pytest.fixture(params=LANGUAGES)
def form(request: pytest.FixtureRequest) -> Form:
    return forms()["financed"].make(disclosure(), request.param)


def figures(language: Language = "en", **changed: object) -> Form:
    made: Form = forms()["financed"].make(disclosure(**changed), language)
    return made


def value(form: Form, key: str) -> object:
    cell = form.cell(key)
    assert cell is not None, key
    return cell.value


def table(form: Form, id: str) -> Table:
    return next(b for b in form.blocks() if isinstance(b, Table) and b.id == id)


# what it says


def test_headline_figures_by_hand() -> None:
    shown = figures()
    # L1 50, L2 4321.000002, L3 50, L4 50, I1 50 tonnes; 100 + 2500.000037 + 3 x 100 of 万元
    grams = 4 * 50 * WAN + 4_321_000_002
    money = 4 * 100 * WAN + 2_500 * WAN + 37
    assert value(shown, "pcaf-2025/financed/total/scope12") == grams
    assert value(shown, "pcaf-2025/financed/total/computed") == money
    assert value(shown, "pcaf-2025/financed/total/intensity") == Fraction(grams, money)
    # not covered: L5 and P1, 100 each; excluded: L6, 30
    assert value(shown, "pcaf-2025/financed/total/book") == money + 230 * WAN
    assert value(shown, "pcaf-2025/financed/total/coverage") == Fraction(money, money + 200 * WAN)
    # scores 2 on 100, 1 on 2500, 4 on 100, 2 on 100, 2 on 100
    scored = (2 + 4 + 2 + 2) * 100 * WAN + 2_500 * WAN + 37
    assert value(shown, "pcaf-2025/financed/total/score") == Fraction(scored, money)
    assert value(shown, "pcaf-2025/financed/total/scope3") == 7_500_001


def test_prints_of_headline_figures() -> None:
    shown = {lang: figures(lang) for lang in LANGUAGES}
    assert [shown[x].cell("pcaf-2025/financed/total/scope12").text for x in LANGUAGES] == [
        "4,521.0", "4,521.0"]  # fmt: skip
    glance = [table(shown[x], "summary") for x in LANGUAGES]
    units = [[row.cells[1].text for row in t.rows] for t in glance]
    assert "tCO2e/万元" in units[0]
    assert "tCO2e per CNY 10,000" in units[1]


def test_other_currency_is_named_in_the_unit() -> None:
    shown = [figures(lang, currency="TWD") for lang in LANGUAGES]
    assert "tCO2e/万TWD" in [r.cells[1].text for r in table(shown[0], "summary").rows]
    assert "tCO2e per TWD 10,000" in [r.cells[1].text for r in table(shown[1], "summary").rows]


@pytest.mark.parametrize(
    ("value", "how", "text"),
    [
        (500_000, Print("g", 1_000_000, 0), "1"),
        (-500_000, Print("g", 1_000_000, 0), "−1"),
        (1_234_567_890_123, Print("g", 1_000_000, 1), "1,234,567.9"),
        (Fraction(1, 3), Print("share", 1, 2, percent=True), "33.33%"),
        (Fraction(1, 20_000), Print("share", 1, 2, percent=True, signed=True), "+0.01%"),
        (0, Print("share", 1, 2, percent=True, signed=True), "0.00%"),
        (Fraction(269_700, 1_000_000), Print("g/fen", 1, 4), "0.2697"),
    ],
)
def test_rounded_half_away_from_zero_in_print_only(
    value: int | Fraction, how: Print, text: str
) -> None:
    assert printed(value, how) == text


# law 2: nothing dropped


@pytest.mark.parametrize("standard", ["pboc-2021", "pcaf-2025"])
def test_outcomes_add_up_to_the_book(standard: str, form: Form) -> None:
    *parts, book = table(form, f"outcome-{standard}").rows
    for column in (1, 2, 3):
        cells = [row.cells[column].value for row in parts]
        assert sum(c for c in cells if isinstance(c, int | Fraction)) == book.cells[column].value
    assert [row.cells[0].text for row in parts] == [
        word("statuses", s, form.language) for s in STATUSES
    ]


DIMENSIONS = ("asset_class", "section", "division", "province", "prefecture", "branch", "option")


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("standard", ["pboc-2021", "pcaf-2025"])
def test_tables_foot(dimension: str, standard: str, form: Form) -> None:
    shown = table(form, f"{dimension}-{standard}")
    *lines, whole = shown.rows
    assert whole.kind == "total"
    for column, heading in enumerate(shown.columns):
        if heading.name in ("rows", "book", "computed", "scope12", "scope3", "balance"):
            parts = [row.cells[column].value or 0 for row in lines]
            assert sum(p for p in parts if isinstance(p, int)) == whole.cells[column].value


def test_reasons_carry_rows_and_money() -> None:
    shown = table(figures(), "reason-pcaf-2025")
    assert [(r.cells[0].text, r.cells[1].text, r.cells[2].value, r.cells[3].value)
            for r in shown.rows] == [
        ("No data of the borrower or project", "Not covered", 1, 100 * WAN),
        ("Project under construction", "Not covered", 1, 100 * WAN),
        ("Natural person", "Excluded", 1, 30 * WAN),
    ]  # fmt: skip


def test_high_carbon_counts_classes_and_groups_and_never_partial_codes() -> None:
    shown = table(figures(), "high_carbon-pcaf-2025")
    rows = {row.cells[0].text: row for row in shown.rows}
    majors = {r["major_en"] for r in register("high-carbon")}
    assert len([r for r in rows.values() if r.kind == ""]) == len(majors) + 1
    total = next(r for r in shown.rows if r.kind == "total")
    # L1 and L6 C3011, L2 D4411 are classes, L4 C311 holds C3110 alone; C31 is only partly listed
    assert total.cells[1].value == 4
    asides = [r for r in shown.rows if r.kind == "aside"]
    assert [r.cells[0].text for r in asides] == ["Iron and steel C31 (partial, not added)"]
    assert asides[0].cells[1].value == 1


def test_a_report_says_that_no_position_is_high_carbon() -> None:
    rows = [r for r in pcaf_rows() if r["sector"] == "J66"]
    shown = table(figures(accounts=(account("pcaf-2025", rows),)), "high_carbon-pcaf-2025")
    assert [(r.kind, r.cells[1].value) for r in shown.rows] == [("total", 0)]
    assert "No position of this book is in one of the eight high-carbon industries." in shown.notes


def test_an_english_report_says_once_why_places_stand_in_chinese() -> None:
    said = word("notes", "places_in_chinese", "en", "form-financed")
    assert said in table(figures("en"), "prefecture-pcaf-2025").notes
    assert "成都" in str(table(figures("en"), "prefecture-pcaf-2025").rows)
    in_chinese = word("notes", "places_in_chinese", "zh", "form-financed")
    assert in_chinese not in table(figures("zh"), "prefecture-pcaf-2025").notes


def test_sections_are_sums_of_their_classes() -> None:
    rows = [r for r in pcaf_rows() if str(r["sector"] or "").startswith("C")]
    assert value(figures(), "pcaf-2025/financed/section/C/scope12") == total_of(rows).scope12
    assert value(figures(), "pcaf-2025/financed/division/C31/rows") == 2


# law 3: nothing assumed


def test_missing_is_a_dash_with_its_reason_and_never_zero(form: Form) -> None:
    for cell in form.cells():
        if cell.value is None:
            assert cell.text == MISSING
            assert cell.missing
        assert cell.text or cell.how is None


def test_a_standard_without_scores_and_scope_3_says_so() -> None:
    shown = figures()
    for measure in ("score", "scope3", "coverage3"):
        cell = shown.cell(f"pboc-2021/financed/total/{measure}")
        assert cell is not None
        assert cell.value is None
    assert "the standard has no scope 3 of borrowers" in table(shown, "summary").notes[0]


def test_nothing_computed_is_no_zero() -> None:
    rows = [r for r in pcaf_rows() if r["status"] != "computed"]
    shown = figures(accounts=(account("pcaf-2025", rows),), path=None, compared=None)
    for measure in ("scope12", "intensity", "score", "scope3"):
        assert value(shown, f"pcaf-2025/financed/total/{measure}") is None
    assert value(shown, "pcaf-2025/financed/total/coverage") == 0
    split = shown.cell("pcaf-2025/financed/total/scope1")
    assert split is not None
    assert split.missing == "no position computed"


def test_a_true_zero_is_a_zero() -> None:
    rows = [pcaf_rows()[0] | {"financed_emissions_scope1_g": 0, "financed_emissions_scope2_g": 0,
                              "financed_emissions_scope12_g": 0}]  # fmt: skip
    shown = figures(accounts=(account("pcaf-2025", rows),), path=None, compared=None)
    assert value(shown, "pcaf-2025/financed/total/scope12") == 0
    assert value(shown, "pcaf-2025/financed/total/scope1") == 0


def test_an_empty_book_makes_a_form() -> None:
    shown = figures(accounts=(account("pcaf-2025", []),), path=None, compared=None)
    assert value(shown, "pcaf-2025/financed/total/book") == 0
    assert value(shown, "pcaf-2025/financed/total/coverage") is None


def test_everything_optional_may_be_absent() -> None:
    shown = figures(waci=None, path=None, compared=None, sector_paths={}, declared=(),
                    factors=(), inputs=(), issues=())  # fmt: skip
    absent = {"path", "changes", "factors"}
    assert absent.isdisjoint({s.id for s in shown.sections})


# law 5: standards never mix


def test_standards_stand_apart(form: Form) -> None:
    for block in form.blocks():
        keys = [c.key for c in cells_of(block) if c.key]
        named = {k.split("/")[0] for k in keys if k.split("/")[0] in standards()}
        assert len(named) <= 1 or block.id in ("summary", "coverage_chart")


def test_two_standards_keep_their_own_totals() -> None:
    shown = figures()
    assert value(shown, "pboc-2021/financed/total/scope12") == total_of(pboc_rows()).scope12
    assert value(shown, "pcaf-2025/financed/total/scope12") == total_of(pcaf_rows()).scope12


# the decline path and what changed


def test_path_shows_gap_and_cut() -> None:
    shown = figures()
    intensity = total_of(pboc_rows()).intensity
    assert intensity is not None
    level = Fraction(2) * Fraction("0.856")
    assert value(shown, "pboc-2021/financed/path/2024/gap") == intensity / level - 1
    assert value(shown, "pboc-2021/financed/path/required_annual_cut") == Fraction("0.0123456")
    basis = {r.cells[0].text: r.cells[1].text for r in table(shown, "path_table").rows}
    assert (basis["2020"], basis["2021"], basis["2025"]) == (
        "portfolio's base year", "interpolated", "official target")  # fmt: skip


def test_what_must_be_said_of_a_path_is_said(form: Form) -> None:
    text = " ".join(
        p for b in form.blocks() if b.id == "path_notes" for p in getattr(b, "paragraphs", ())
    )
    wanted = {"zh": ("参考路径", "官方", "插值", "名义", "月均余额", "2020 年", "可信度"),
              "en": ("Reference path", "Official", "Interpolation", "nominal", "monthly-average",
                     "2020", "Confidence")}  # fmt: skip
    assert all(w in text for w in wanted[form.language])


def test_changes_against_the_compared_run() -> None:
    shown = figures()
    before, now = total_of(pcaf_rows()[:3]), total_of(pcaf_rows())
    key = "pcaf-2025/financed/total/scope12@2023-99ffee"
    assert value(shown, key) == before.scope12
    assert value(shown, f"{key}/difference") == now.scope12 - before.scope12
    assert value(shown, f"{key}/change") == Fraction(now.scope12, before.scope12) - 1
    assert value(shown, "pcaf-2025/financed/total/coverage@2023-99ffee/change") is None


def test_a_standard_the_compared_run_lacks_is_named() -> None:
    whole = disclosure()
    assert whole.compared is not None
    earlier = replace(whole.compared, ledgers={})
    shown = figures(compared=earlier)
    assert [b.id for b in shown.blocks() if b.id.startswith("changes-")] == [
        "changes-pboc-2021", "changes-pcaf-2025"]  # fmt: skip


# keys, words, entries


def test_a_key_names_one_figure(form: Form) -> None:
    seen: dict[str, tuple[object, str]] = {}
    for cell in form.cells():
        if cell.key:
            assert seen.setdefault(cell.key, (cell.value, cell.text)) == (cell.value, cell.text)
    for block in form.blocks():
        keys = [c.key for c in cells_of(block) if c.key]
        assert len(keys) == len(set(keys)), block.id


def test_every_number_has_a_key(form: Form) -> None:
    assert all(c.key for c in form.cells() if c.how is not None)


def test_a_slash_in_a_branch_cannot_break_a_key() -> None:
    rows = [row | {"branch": "A/B%"} for row in pcaf_rows()]
    shown = figures(accounts=(account("pcaf-2025", rows),), path=None, compared=None)
    assert value(shown, "pcaf-2025/financed/branch/A%2FB%25/rows") == 8


def test_both_languages_show_the_same_figures() -> None:
    one, two = (list(figures(lang).cells()) for lang in LANGUAGES)
    assert [(c.key, c.value, c.formula) for c in one if c.how] == [
        (c.key, c.value, c.formula) for c in two if c.how
    ]


@pytest.mark.parametrize("name", REGISTERS)
def test_every_word_is_there_in_both_languages(name: str) -> None:
    from importlib import resources

    source = resources.files("carbonledger") / "registers" / f"{name}.yaml"
    _, issues = strict_yaml.load(source.read_text(encoding="utf-8"), file=name)
    assert not issues
    empty = {("units", "rows", "en")}
    groups = _groups(name)
    for group in groups:
        for label in names(group, name):
            for language in LANGUAGES:
                assert word(group, label, language, name) or (group, label, language) in empty


def _groups(name: str) -> tuple[str, ...]:
    from carbonledger import words

    return tuple(words._loaded(name))


def test_every_code_has_its_label() -> None:
    assert set(names("reasons")) == set(REASONS[1:])
    assert set(names("flags")) == {str(f.name).lower() for f in Flag}
    assert set(names("flag_meanings")) == set(names("flags"))
    assert set(names("statuses")) >= set(STATUSES)
    assert set(names("dimensions")) >= set(ledger.DIMENSIONS)
    options = {o for s in standards().values() for o in s.option_names}
    assert set(names("options")) >= options
    classes = {c for s in standards().values() for p in s.pages for c in p.takes}
    assert set(names("asset_classes")) >= classes


def test_no_word_of_the_other_language() -> None:
    texts = [c.text for c in figures("en").cells() if c.how is None]
    chinese = [t for t in texts if any("\u4e00" <= x <= "\u9fff" for x in t)]
    # Chinese stays where it is a name: documents, regions nobody translated, what was declared.
    allowed = ("银办发", "5101", "5001", "5000", "万元", "市", "省")
    assert not [t for t in chinese if not any(a in t for a in allowed)]


def test_entries_have_no_name_of_anyone() -> None:
    shown = figures()
    for entries in shown.entries:
        shown_columns = {c.name for c in entries.columns}
        assert not {"counterparty_id", "name", "counterparty_name"} & shown_columns


def test_entries_hold_whole_grams_and_fen() -> None:
    entries = figures().entries[1]
    held = entries.rows
    assert held.column("scope12").to_pylist()[1] == 4_321_000_002
    assert held.column("outstanding_amount").to_pylist()[1] == 2_500 * WAN + 37
    assert held.column("option").to_pylist()[2] == "revenue"
    assert held.column("flags").to_pylist()[2] == ";factor_parent;factor_stale;"
    assert held.column("branch_no").to_pylist() == [1, 2, 3, 1, 0, 1, 1, 1]


def test_above_the_limit_totals_stand_without_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    from carbonledger.forms import financed

    monkeypatch.setattr(financed, "LIMIT", 7)
    shown = figures()
    assert shown.entries == ()
    assert any(isinstance(c.formula, Ratio) for c in shown.cells()), "explain uses them"
    book = openpyxl.load_workbook(io.BytesIO(renderers()["xlsx"](shown)))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not any("SUMIFS" in str(c.value) for c in cells), "a workbook without entries has values"
    assert "more than 7 positions" in table(shown, "seal").notes[0]


def test_the_entity_keeps_its_two_names() -> None:
    named = Text("甲", "A & B")
    assert [figures(lang, entity=named).entity for lang in LANGUAGES] == ["甲", "A & B"]


def test_totals_of_the_fixture_are_what_the_ledger_says() -> None:
    assert sum((total_of([r]) for r in pcaf_rows()), Total()) == total_of(pcaf_rows())


# where the path starts from, and what every section makes of it


def test_the_base_year_says_what_it_covered(form: Form) -> None:
    assert value(form, "pboc-2021/financed/path/base_coverage") == Fraction(9, 10)
    (note,) = (b for b in form.blocks() if b.id == "path_notes")
    said = " ".join(getattr(note, "paragraphs", ()))
    wanted = {"zh": ("2020-12ab34", "90.00%", "没有固定在基准年"),
              "en": ("2020-12ab34", "90.00%", "not held constant")}  # fmt: skip
    assert all(w in said for w in wanted[form.language])


def test_a_declared_base_has_no_coverage() -> None:
    shown = figures(base=None)
    cell = shown.cell("pboc-2021/financed/path/base_coverage")
    assert cell is not None
    assert (cell.value, cell.missing) == (None, "no sealed run of the base year")


def test_sections_are_held_against_their_own_base() -> None:
    (row,) = table(figures(), "sector_paths").rows
    level = Fraction(2) * Fraction("0.856")
    assert [c.value for c in row.cells[1:5]] == [
        Fraction(2), Fraction("1.8"), level, Fraction("1.8") / level - 1]  # fmt: skip
    covered = total_of(r for r in pboc_rows() if str(r["sector"] or "").startswith("C")).coverage
    assert [c.value for c in row.cells[5:]] == [Fraction("0.0123456"), Fraction(3, 4), covered]


# regions


def test_a_municipality_shows_its_counties_and_a_province_its_prefectures() -> None:
    regions = ["500103", "500200", "500000", "500222", "510104", "510107", "110101", "USA"]
    s = standards()["pcaf-2025"]
    rows = [pcaf_rows()[0] | {"region": region} for region in regions]
    shown = figures("zh", accounts=(account(s.id, rows),), path=None, compared=None)
    lines = {r.cells[0].text: r.cells[1].value for r in table(shown, f"prefecture-{s.id}").rows}
    assert lines == {
        "110101 北京市 东城区": 1, "500000 重庆市（未细分到区县）": 2, "500103 重庆市 渝中区": 1,
        "500222 重庆市（代码不在现行名录）": 1, "510100 四川省 成都市": 2, "USA 美国": 1, "合计": 8,
    }  # fmt: skip


# factors in doubt


def unsure(language: Language = "en") -> Form:
    rows = pcaf_rows()
    rows[2] = rows[2] | {"flags": int(Flag.FACTOR_UNSURE)}
    use = factor_use()
    recalled = replace(use, row=replace(use.row, confidence="RECALLED", caveat="cement"))
    return figures(language, accounts=(account("pcaf-2025", rows),), path=None, compared=None,
                   factors=(recalled,))  # fmt: skip


def test_a_factor_in_doubt_is_labelled_in_every_total_it_enters() -> None:
    shown = unsure()
    (headline,) = (b for b in shown.blocks() if b.id == "glance-pcaf-2025")
    # L3 is 50 of 4,521.000002 tonnes
    assert any("1.11%" in r and "(50.0 tCO2e, 1 positions" in r for r in headline.remarks)
    for id in ("summary", "section-pcaf-2025", "province-pcaf-2025", "score-pcaf-2025"):
        assert any("RECALLED" in note for note in table(shown, id).notes), id
    (waci,) = (b for b in shown.blocks() if b.id == "glance-waci")
    assert "RECALLED" in waci.remarks[0]
    assert not any("RECALLED" in n for n in table(figures(), "section-pcaf-2025").notes)


def test_the_factor_table_names_its_set_and_marks_caveats() -> None:
    shown = unsure("zh")
    assert table(shown, "factor_sets").rows[0].cells[0].text == "行业排放强度"
    values = table(shown, "factor_values-cn-sector")
    assert values.context == "行业排放强度"
    assert values.rows[0].cells[0].text.endswith("[1]")
    assert values.rows[0].cells[5].text == "未见原文，据记忆或转述（RECALLED）"
    assert "[1] 水泥偏低。" in values.notes


# what the configuration declares


DECLARING = """
entity: {zh: 甲, en: A}
period: 2025
currency: CNY
standards: [pboc-2021, pcaf-2025]
books:
  loans: {file: loans.csv, unit: 万元, values: {asset_class: business_loan}}
complete_activities: true
allow: [recalled]
path: cn-14fyp
base_year: {year: 2020, intensity: 1.20}
exclusions:
  pboc-2021: {min_average_balance: 500万元, per: loan, persons: true, scale: [CS03, CS04],
              overseas: true}
"""


def test_what_is_declared_is_said_in_words() -> None:
    config, issues = parse_config(DECLARING)
    assert not issues
    assert config is not None
    pairs = declared(config)
    zh = {label.zh: value.zh for label, value in pairs}
    en = {label.en: value.en for label, value in pairs}
    assert zh["排除规则（金融机构碳核算技术指南（试行））"] == (
        "单笔月均余额低于 500 万元的；个人、个体工商户和农户；小型企业、微型企业；境外客户")
    assert en["Exclusions (PBoC carbon accounting guide for financial institutions)"] == (
        "positions whose own monthly-average balance is below CNY 5,000,000; natural persons, "
        "sole traders and farmers; small enterprises, micro enterprises; borrowers abroad")
    assert en["Exclusions (PCAF Part A, 3rd edition (2025))"] == "none"
    assert en["Unit of amounts, Loans"] == "CNY 10,000"
    assert en["Loans: asset_class, declared for every row"] == "Business loans"
    assert zh["2020 年（基准年）碳强度"] == "1.20 tCO2e/万元"
    assert zh["归因因子大于 1 时"] == "照算并在须知注明"
    raw = {"True", "true", "flag", "year", "customer", "CS03", "500000000"}
    assert not raw & {word for value in (*zh.values(), *en.values()) for word in value.split()}
