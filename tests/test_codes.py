from __future__ import annotations

from importlib import resources

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from carbonledger import codes, issues
from carbonledger.books import BOOKS
from carbonledger.books.rows import columns_of
from carbonledger.headers import GROUPS, header_aliases, normal_header
from carbonledger.issues import Refusal
from carbonledger.registers import rows
from carbonledger.units import header_unit

SECTORS = [row["code"] for row in rows("gbt4754-2017")]
REGIONS = [row["code"] for row in rows("gbt2260")]


def refused(code: str, function: object, *arguments: object) -> bool:
    assert code in issues.codes()
    with pytest.raises(Refusal) as caught:
        function(*arguments)  # type: ignore[operator]
    return caught.value.code == code


# Sectors


def test_the_standard_of_2017_is_whole() -> None:
    levels = [codes.sector_level(code) for code in SECTORS]
    counts = [levels.count(level) for level in ("section", "division", "group", "class")]
    assert counts == [20, 97, 473, 1381]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("C3011", "C3011"), ("3011", "C3011"), ("C 3011", "C3011"), ("c3011", "C3011"),
        ("Ｃ３０１１", "C3011"), ("3011.0", "C3011"), ("C301", "C301"), ("301", "C301"),
        ("C30", "C30"), ("30", "C30"), ("01", "A01"), ("011", "A011"), ("0111", "A0111"),
        ("C", "C"), ("制造业", "C"), ("水泥制造", "C3011"), ("3011 水泥制造", "C3011"),
        ("C3011-水泥制造", "C3011"), ("C制造业", "C"), ("Construction", "E"), ("炼铁", "C3110"),
        ("燃气生产和供应业", "D45"),
    ],
)  # fmt: skip
def test_sector(text: str, code: str) -> None:
    assert codes.sector(text) == code


@pytest.mark.parametrize("text", ["111", "131", "3", "A1"])
def test_a_sector_that_may_have_lost_a_zero_is_refused(text: str) -> None:
    expected = "sector_unknown" if text == "A1" else "sector_ambiguous"
    assert refused(expected, codes.sector, text)


@pytest.mark.parametrize("text", ["", "200", "2000", "D3011", "3012 水泥制造", "Z", "30.11"])
def test_unknown_sector(text: str) -> None:
    assert refused("sector_unknown", codes.sector, text)


def test_no_bare_number_of_three_digits_hides_a_class() -> None:
    classes = {code[1:] for code in SECTORS if len(code) == 5}
    for number in range(100, 1000):
        if f"0{number}" in classes:
            assert refused("sector_ambiguous", codes.sector, str(number))


def test_sector_parents_and_names() -> None:
    assert codes.sector_parents("C3011") == ("C3011", "C301", "C30", "C")
    assert codes.sector_parents("C") == ("C",)
    assert codes.sector_name("C3011", "zh") == "水泥制造"
    assert codes.sector_name("C30", "en") == "Manufacture of non-metallic mineral products"
    assert codes.sector_name("A0111", "en") == "稻谷种植"  # not translated


def test_every_sector_reads_as_itself() -> None:
    for code in SECTORS:
        assert codes.sector(code) == code
        parents = codes.sector_parents(code)
        assert (parents[0], parents[-1]) == (code, code[0])
        assert all(code.startswith(parent) for parent in parents)


def test_every_sector_name_reads_as_a_sector_of_that_name() -> None:
    for row in rows("gbt4754-2017"):
        assert codes.sector_name(codes.sector(row["name_zh"]), "zh") == row["name_zh"]


# china-methods, granularity: C301 holds 3011 cement (listed) and 3012 lime and gypsum (not listed).
@pytest.mark.parametrize(
    ("code", "major", "kind"),
    [
        ("C3011", "building materials", "exact"),
        ("C3012", None, "none"),
        ("C301", "building materials", "partial"),
        ("C30", "building materials", "partial"),
        ("C", codes.SEVERAL, "partial"),
        ("C311", "iron and steel", "group"),
        ("D442", "power", "group"),
        ("D4413", None, "none"),
        ("C2613", None, "none"),  # in the stress-test list only
        ("A", None, "none"),
    ],
)
def test_high_carbon(code: str, major: str | None, kind: str) -> None:
    assert codes.high_carbon(code) == (major, kind)


def test_the_excerpt_has_22_classes_of_eight_industries() -> None:
    exact = [code for code in SECTORS if codes.high_carbon(code).kind == "exact"]
    majors = {codes.high_carbon(code).major for code in exact}
    assert len(exact) == 22
    assert len(majors) == 8
    assert codes.high_carbon_name("power", "zh") == "电力"
    names = {row["code"]: row["name_zh"] for row in rows("high-carbon")}
    assert all(codes.sector_name(code, "zh") == name for code, name in names.items())


# Places


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("500103", "500103"), ("500000", "500000"), ("50", "500000"), ("5001", "500100"),
        ("500103.0", "500103"), ("重庆市", "500000"), ("重庆", "500000"), ("Chongqing", "500000"),
        ("重庆市渝中区", "500103"), ("渝中区", "500103"), ("北京市朝阳区", "110105"),
        ("广东省深圳市南山区", "440305"), ("深圳", "440300"), ("吉林省", "220000"),
        ("内蒙古", "150000"),
        ("吉林", "220000"), ("嘉峪关市", "620200"),
        ("71", "710000"), ("81", "810000"), ("82", "820000"), ("HK", "810000"), ("TWN", "710000"),
        ("CN", "CN"), ("CHN", "CN"), ("中国", "CN"), ("156", "CN"), ("100000", "CN"),
        ("US", "USA"), ("usa", "USA"), ("美国", "USA"), ("United States", "USA"), ("840", "USA"),
        ("NA", "NAM"), ("NO", "NOR"), ("509999", "509999"),
    ],
)  # fmt: skip
def test_region(text: str, code: str) -> None:
    assert codes.region(text) == code


@pytest.mark.parametrize(
    "text",
    ["", "abc", "5", "990000", "000000", "市辖区", "县", "5,001.03", "50-01-03", "9.1E+5", "XX"],
)
def test_malformed_region(text: str) -> None:
    assert refused("region_malformed", codes.region, text)


@pytest.mark.parametrize("text", ["朝阳区", "鼓楼区"])
def test_ambiguous_region(text: str) -> None:
    assert refused("region_ambiguous", codes.region, text)


def test_region_parents() -> None:
    assert codes.region_parents("500103") == ("500103", "500100", "500000", "CN")
    assert codes.region_parents("509999") == ("509999", "500000", "CN")
    assert codes.region_parents("500199") == ("500199", "500100", "500000", "CN")
    assert codes.region_parents("CN") == ("CN",)
    assert codes.region_parents("USA") == ("USA",)
    assert codes.region_known("500103")
    assert codes.region_known("USA")
    assert not codes.region_known("509999")


def test_region_name() -> None:
    assert codes.region_name("500103", "zh") == "渝中区"
    assert codes.region_name("500000", "en") == "Chongqing"
    assert codes.region_name("CN", "en") == "China"
    assert codes.region_name("USA", "zh") == "美国"
    assert codes.region_name("509999", "en") == "509999"


def test_every_region_reads_as_itself_and_ends_in_china() -> None:
    for code in REGIONS:
        assert codes.region(code) == code
        assert codes.region_parents(code)[-1] == "CN"
        assert all(codes.region_known(parent) for parent in codes.region_parents(code))


@given(st.sampled_from([c[:2] for c in REGIONS]), st.integers(0, 9999))
def test_any_code_of_a_known_province_has_parents(province: str, rest: int) -> None:
    code = f"{province}{rest:04}"
    parents = codes.region_parents(codes.region(code))
    assert (parents[0], parents[-2], parents[-1]) == (code, province + "0000", "CN")


def test_every_country_reads_as_one_place_however_it_is_written() -> None:
    assert len(rows("iso3166")) == 249
    for row in rows("iso3166"):
        written = [row["iso2"], row["iso3"], row["numeric"], row["name_zh"], row["name_en"]]
        written += filter(None, row["aliases"].split("|"))
        places = {codes.region(text) for text in written}
        assert places == {codes.SPECIAL.get(row["iso3"], row["iso3"])}


def test_every_currency_reads_as_itself_however_it_is_written() -> None:
    for row in rows("iso4217"):
        written = [row["alpha"], row["numeric"], row["name_zh"], *row["aliases"].split("|")]
        assert {codes.currency(text) for text in written if text} == {row["alpha"]}


@pytest.mark.parametrize(
    ("text", "code"),
    [("RMB", "CNY"), ("人民币", "CNY"), ("156", "CNY"), ("usd", "USD"), ("港币", "HKD")],
)
def test_currency(text: str, code: str) -> None:
    assert codes.currency(text) == code


@pytest.mark.parametrize("text", ["", "$", "元", "1.56", "36", "XYZ"])
def test_unknown_currency(text: str) -> None:
    assert refused("currency_unknown", codes.currency, text)


# Identifiers: real codes, sums worked out by hand from GB 32100-2015 (1640, 1384, 1782, 1006).


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("91350100M000100Y43", "350100"),
        ("91330100799655058B", "330100"),
        ("9144030071526726XG", "440300"),
        ("91320300069480065H", "320300"),
    ],
)
def test_credit_codes(code: str, region: str) -> None:
    assert codes.credit_code_problem(code) is None
    assert codes.credit_code_problem(f" {code.lower()}\t") is None
    assert codes.region_of_credit_code(code) == region


@given(st.integers(0, 17), st.sampled_from(codes.USCC))
def test_one_wrong_character_of_a_credit_code_is_found(place: int, other: str) -> None:
    code = "91330100799655058B"
    wrong = code[:place] + other + code[place + 1 :]
    assert (codes.credit_code_problem(wrong) is None) == (wrong == code)


def test_credit_code_problems() -> None:
    assert codes.credit_code_problem("91320300069480065A") == "credit_code_check_digit"
    assert codes.credit_code_problem("069480065") == "credit_code_malformed"
    assert codes.credit_code_problem("9132030006948006OH") == "credit_code_malformed"  # letter O
    assert codes.region_of_credit_code("91320300069480065A") is None
    assert codes.region_of_credit_code("91100000100003962T") is None  # the national registry


def test_lei_and_isin() -> None:
    assert codes.lei_problem("5493001KJTIIGC8Y1R12") is None  # the LEI of Bloomberg Finance L.P.
    assert codes.lei_problem("5493001KJTIIGC8Y1R21") == "lei_check_digit"
    assert codes.lei_problem("5493001KJTIIGC8Y1R") == "lei_malformed"
    assert codes.isin_problem("US0378331005") is None  # the ISIN of Apple, as in ISO 6166 guides
    assert codes.isin_problem("US0378331006") == "isin_check_digit"
    assert codes.isin_problem("0378331005") == "isin_malformed"


@pytest.mark.parametrize(
    "text", ["9.15E+17", "9.15001E+17", "9.15e17", "9E+17", "915001030000000000"]
)
def test_destroyed(text: str) -> None:
    assert codes.destroyed(text)


@pytest.mark.parametrize("text", ["91350100M000100Y43", "1E10", "123456", "", "XYZ-E+17"])
def test_not_destroyed(text: str) -> None:
    assert not codes.destroyed(text)


# Headers


def test_normal_header() -> None:
    assert normal_header("　贷款\n余额（万元） ") == "贷款余额(万元)"
    assert normal_header("Loan ID") == "loanid"


@pytest.mark.parametrize(
    ("book", "header", "found"),
    [
        ("loans", "借据号", ("loan_id", "exact")),
        ("loans", "统一社会信用代码", ("counterparty_id", "exact")),
        ("loans", "余额", ("outstanding_amount", "ask")),
        ("loans", "loan_id", ("loan_id", "exact")),
        ("loans", "Loan ID", ("loan_id", "exact")),
        ("loans", "行业代码", ("sector", "ask")),
        ("investments", "贷款余额", ("outstanding_amount", "exact")),
        ("investments", "持仓编号", ("position_id", "exact")),
        ("investments", "借据号", None),
        ("counterparties", "统一社会信用代码", ("counterparty_id", "exact")),
        ("counterparties", "行业代码", ("sector", "exact")),
        ("counterparties", "企业价值（含现金）", ("evic", "exact")),
        ("projects", "项目编号", ("project_id", "exact")),
        ("activities", "项目编号", ("project_id", "exact")),
    ],
)
def test_header_aliases(book: str, header: str, found: tuple[str, str] | None) -> None:
    assert header_aliases(book).get(normal_header(header)) == found


@pytest.mark.parametrize("book", GROUPS)
def test_every_alias_of_a_book_means_one_column_that_the_book_has(book: str) -> None:
    listed = [row for row in rows("header-aliases") if row["book"] in GROUPS[book]]
    names = [normal_header(row["alias"]) for row in listed]
    assert len(set(names)) == len(names)
    assert {row["canonical"] for row in listed} <= set(BOOKS[book].row.model_fields)
    assert {"exact"} <= {row["use"] for row in listed} <= {"exact", "ask"}
    assert all(header_unit(row["alias"])[1] is None for row in listed)


@pytest.mark.parametrize("book", GROUPS)
def test_every_column_is_known_by_its_name_and_its_chinese_title(book: str) -> None:
    known = header_aliases(book)
    for name, spec in columns_of(BOOKS[book].row).items():
        assert known[name] == (name, "exact")
        assert known[normal_header(spec.title)] == (name, "exact")


def test_every_register_names_its_source() -> None:
    folder = resources.files("carbonledger") / "registers"
    sources = yaml.safe_load((folder / "SOURCES.yaml").read_text(encoding="utf-8"))
    ours = {"gbt4754-2017", "gbt2260", "high-carbon", "iso3166", "iso4217", "quantity-units"}
    assert ours | {"header-aliases"} <= set(sources)
    assert all(set(s) >= {"title", "publisher", "confidence", "licence"} for s in sources.values())
    assert all(rows(name) for name in ours)
