from __future__ import annotations

import contextlib
import random
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger import units
from carbonledger.books.kinds import MONEY
from carbonledger.books.native import typed_already
from carbonledger.issues import Refusal, codes


def refused(code: str, function: object, *arguments: object) -> bool:
    assert code in codes()
    with pytest.raises(Refusal) as caught:
        function(*arguments)  # type: ignore[operator]
    return caught.value.code == code


# Text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("１，２３４．５", "1,234.5"),
        ("\ufeff'500103\t", "500103"),
        ("\u00a0贷款\u200b余额（万元） ", "贷款余额(万元)"),
        ("−5", "-5"),
        ("万m³", "万m3"),
        ("10⁴m³", "10^4m3"),
        ("CO₂", "CO2"),
        ("5²", "5^2"),
    ],
)
def test_clean(text: str, plain: str) -> None:
    assert units.clean(text) == plain


@pytest.mark.parametrize("text", ["", " ", "-", "--", "/", "N/A", "#N/A", "nan", "NULL", "无", "—"])
def test_says_nothing(text: str) -> None:
    assert units.is_empty(text)


def test_namibia_is_a_country_and_no_amount() -> None:
    assert not units.is_empty("NA")
    assert units.is_empty("NA", number=True)
    assert not units.is_empty("0", number=True)


# Numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.56", "1234.56"),
        ("1，234.5", "1234.5"),
        ("１２", "12"),
        ("-5", "-5"),
        ("－5", "-5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+7", "7"),
        ("1.2E+3", "1200"),
        ("1,234,567", "1234567"),
        ("(1,234.50)", "-1234.50"),
        ("（5）", "-5"),
        ("1,234.50-", "-1234.50"),
        ("'1234.5", "1234.5"),
        ('="1234.5"', "1234.5"),
        ("1e+16", "10000000000000000"),
        ("1.25E+02", "125"),
    ],
)
def test_decimal(text: str, value: str) -> None:
    assert units.decimal(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "-", "+", "e5", "(-5)", "-5-", "(5", "5)", "()", "((5))", "+(5)",
        "5--", "(1,23)", "1,23", "0,123", "1234,567", "1.234,56", "1 234",
        "1e999999999", "1e999", "inf", "nan", "5²", "一百", "٣", "1.2.3", "0x10", "1_000",
        "1" * 41, "5\n6",
    ],
)  # fmt: skip
def test_numbers_that_read_two_ways_are_refused(text: str) -> None:
    assert refused("number_unreadable", units.decimal, text)


# Money


@pytest.mark.parametrize(
    ("unit", "fen"),
    [
        ("元", 100), ("千元", 100_000), ("万元", 1_000_000), ("百万元", 100_000_000),
        ("亿元", 10_000_000_000), ("万", 1_000_000), ("千", 100_000), ("亿", 10_000_000_000),
        ("人民币万元", 1_000_000), ("万美元", 1_000_000), ("单位：人民币万元", 1_000_000),
        ("yuan", 100), ("CNY", 100), ("RMB", 100), ("thousand", 100_000), ("RMB'000", 100_000),
        ("CNY 10k", 1_000_000), ("10,000 yuan", 1_000_000), ("million", 100_000_000),
        ("CNY mn", 100_000_000), ("USD m", 100_000_000), ("bn", 100_000_000_000),
        ("100 million yuan", 10_000_000_000), ("in millions of yuan", 100_000_000),
        ("10^8元", 10_000_000_000), ("万亿元", 100_000_000_000_000), ("港币万元", 1_000_000),
        ("人民币，万元", 1_000_000),
    ],
)  # fmt: skip
def test_money_scale(unit: str, fen: int) -> None:
    assert units.money_scale(unit) == fen


@pytest.mark.parametrize(
    "unit",
    ["", "吨", "人民币", "m", "k", "10,000", "万万元", "USD CNY", "m3", "元/吨", "$", "10^99元"],
)
def test_no_unit_of_money(unit: str) -> None:
    assert refused("unit_unknown", units.money_scale, unit)


def test_currency_of_a_unit() -> None:
    assert units.unit_currency("万美元") == "USD"
    assert units.unit_currency("人民币万元") == "CNY"
    assert units.unit_currency("万元") is None


@pytest.mark.parametrize(
    ("header", "bare", "unit"),
    [
        ("贷款余额（万元）", "贷款余额", "万元"),
        ("贷款余额〔亿元〕", "贷款余额", "亿元"),
        ("贷款余额[单位：万元]", "贷款余额", "万元"),
        ("贷款余额单位：万元", "贷款余额", "万元"),
        ("贷款余额, 万元", "贷款余额", "万元"),
        ("贷款余额/万元", "贷款余额", "万元"),
        ("贷款余额\n万元", "贷款余额", "万元"),
        ("贷款余额（万）", "贷款余额", "万"),
        ("贷款余额（人民币）（万元）", "贷款余额", "人民币 万元"),
        ("贷款余额（期末）（万元）", "贷款余额(期末)", "万元"),
        ("outstanding_amount (million CNY)", "outstanding_amount", "million CNY"),
        ("Outstanding balance CNY million", "Outstanding balance", "CNY million"),
        ("用电量（万kWh）", "用电量", "万kWh"),
        ("消耗量(10⁴m³)", "消耗量", "10^4m3"),
        ("范围一排放（吨）", "范围一排放", "吨"),
        ("持股比例（%）", "持股比例", "%"),
        ("企业价值（含现金）", "企业价值(含现金)", None),
        ("贷款余额（人民币）", "贷款余额(人民币)", None),
        ("贷款余额（折人民币，万元）", "贷款余额(折人民币,万元)", None),
        ("碳强度（吨/万元）", "碳强度(吨/万元)", None),
        ("碳强度 吨/万元", "碳强度 吨/万元", None),
        ("emissions_scope1_tco2e", "emissions_scope1_tco2e", None),
        ("计量单位", "计量单位", None),
        ("Scope 1", "Scope 1", None),
        ("贷款余额（万元）（吨）", "贷款余额(万元)(吨)", None),
    ],
)
def test_header_unit(header: str, bare: str, unit: str | None) -> None:
    assert units.header_unit(header) == (bare, unit)


@pytest.mark.parametrize(
    ("cell", "number", "unit"),
    [
        ("1,234.56万元", "1,234.56", "万元"),
        ("¥1,234", "1,234", "¥"),
        ("USD 5 million", "5", "USD million"),
        ("12 吨", "12", "吨"),
        ("25%", "25", "%"),
        ("1.5E5", "1.5E5", None),
        ("2023年", "2023年", None),
        ("5 500元", "5 500元", None),
        ("约5万元", "约5万元", None),
    ],
)
def test_cell_unit(cell: str, number: str, unit: str | None) -> None:
    assert units.cell_unit(cell) == (number, unit)


def test_minor_rounds_half_to_even() -> None:
    assert units.minor("0.005", 100) == 0  # 0.5 fen
    assert units.minor("0.015", 100) == 2  # 1.5 fen
    assert units.minor("-0.025", 100) == -2  # -2.5 fen
    assert units.minor("0.10", 100) == 10


def test_minor_in_wan_yuan() -> None:
    assert units.minor("1,234.56", 1_000_000) == 1_234_560_000
    assert units.minor("1,234.56万元", 100) == 1_234_560_000  # the cell's own unit goes first
    assert units.minor("人民币5元", 100) == 500


def test_a_cell_of_another_currency_is_refused() -> None:
    assert refused("currency_in_cell", units.minor, "USD 5", 100)
    assert units.minor("USD 5", 100, currency="USD") == 500


def test_a_currency_sign_does_not_say_whether_it_counts_yuan() -> None:
    assert units.minor("¥1,234.00", 100) == 123_400
    assert refused("cell_unit_unclear", units.minor, "¥1,234.00", 1_000_000)


def test_amounts_too_large_to_store_are_refused() -> None:
    assert units.minor(str(2**62 - 1), 1) == 2**62 - 1
    assert refused("number_too_large", units.minor, str(2**62), 1)
    assert refused("number_too_large", units.minor, "1e40", 100)


SCALES = st.sampled_from([100, 100_000, 1_000_000, 100_000_000, 10_000_000_000])
AMOUNTS = st.decimals(-(10**8), 10**8, allow_nan=False, places=12)


@given(AMOUNTS, SCALES)
def test_minor_of_any_decimal_is_the_decimal_arithmetic(amount: Decimal, scale: int) -> None:
    with localcontext(prec=60):
        expected = (amount * scale).to_integral_value(rounding=ROUND_HALF_EVEN)
    assert units.minor(f"{amount:f}", scale) == int(expected)
    assert units.minor(f"{amount:,f}", scale) == int(expected)


@given(st.integers(-(10**14), 10**14))
def test_an_amount_is_the_same_in_every_unit(fen: int) -> None:
    in_yuan, in_wan = Decimal(fen) / 100, Decimal(fen) / 10**6
    assert units.minor(f"{in_yuan:f}", 100) == units.minor(f"{in_wan:f}万元", 100) == fen


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (units.decimal, units.grams, units.share, units.money_scale, units.quantity_unit):
        with contextlib.suppress(Refusal):
            read(text)
    assert units.header_unit(text)[0] or not units.clean(text)


# Emissions, shares, quantities


def test_grams() -> None:
    assert units.grams("1.5") == 1_500_000
    assert units.grams("0.0000005") == 0  # half a gram
    assert units.grams("0.0000015") == 2
    assert units.grams("3", units.grams_scale("万吨")) == 30_000_000_000
    assert units.grams("2 ktCO2e") == 2_000_000_000
    assert units.grams_scale("kgCO2e") == 1_000
    assert refused("quantity_unit_unknown", units.grams, "12万元")
    assert refused("quantity_unit_unknown", units.grams_scale, "kWh")


def test_share() -> None:
    assert units.share("25%") == 0.25
    assert units.share("0.25") == 0.25
    assert units.share("25", Fraction(1, 100)) == 0.25
    assert units.share("100%") == 1
    for text in ("25", "101%", "-0.1", "0.5吨"):
        assert refused("share_out_of_range", units.share, text)


@pytest.mark.parametrize(
    ("text", "dimension", "multiplier"),
    [
        ("t", "mass", 1), ("吨", "mass", 1), ("万吨", "mass", 10_000),
        ("kg", "mass", Fraction(1, 1000)), ("千克", "mass", Fraction(1, 1000)),
        ("千吨", "mass", 1000), ("Mt", "mass", 1_000_000), ("million tonnes", "mass", 1_000_000),
        ("m3", "volume", 1), ("立方米", "volume", 1), ("万m³", "volume", 10_000),
        ("10^4m3", "volume", 10_000), ("10⁴Nm³", "volume", 10_000),
        ("升", "volume", Fraction(1, 1000)),
        ("MJ", "energy", 1), ("GJ", "energy", 1000), ("百万千焦", "energy", 1000),
        ("TJ", "energy", 1_000_000), ("kWh", "energy", Fraction(18, 5)),
        ("KWH", "energy", Fraction(18, 5)),
        ("kW·h", "energy", Fraction(18, 5)), ("度", "energy", Fraction(18, 5)),
        ("MWh", "energy", 3600),
        ("万千瓦时", "energy", 36_000), ("亿kWh", "energy", 360_000_000),
        ("GWh", "energy", 3_600_000),
        ("tce", "energy", Fraction("29307.6")), ("万吨标准煤", "energy", 293_076_000),
        ("㎡", "area", 1), ("公顷", "area", 10_000), ("亩", "area", Fraction(2000, 3)),
        ("万公里", "distance", 10_000), ("tCO₂", "emissions", 1_000_000),
        ("t CO2e", "emissions", 1_000_000), ("万吨CO2", "emissions", 10**10), ("辆", "count", 1),
    ],
)  # fmt: skip
def test_quantity_unit(text: str, dimension: str, multiplier: Fraction) -> None:
    assert units.quantity_unit(text) == (dimension, multiplier)


@pytest.mark.parametrize(
    "text", ["", "万", "元", "mt", "MT", "tC", "吨/年", "104m3", "kk", "10^99t"]
)
def test_no_unit_of_a_quantity(text: str) -> None:
    assert refused("quantity_unit_unknown", units.quantity_unit, text)


# Print


def test_print_rounds_half_away_from_zero() -> None:
    assert units.ratio(5, 1000, 2) == "0.01"  # 0.005
    assert units.ratio(-5, 1000, 2) == "-0.01"
    assert units.ratio(-1, 1000, 2) == "0.00"  # no minus before nothing
    assert units.ratio(5, -2, 0) == "-3"
    assert units.tonnes(1_234_567_890, 1) == "1,234.6"
    assert units.tonnes(1_234_567_890_000_000_000, 0) == "1,234,567,890,000"
    assert units.money(123_456_789, 1_000_000, 2) == "123.46"


@given(st.integers(-(10**24), 10**24), st.integers(1, 10**12), st.integers(0, 6))
def test_print_is_within_half_of_the_last_place(above: int, below: int, places: int) -> None:
    printed = Fraction(units.ratio(above, below, places).replace(",", ""))
    assert abs(printed - Fraction(above, below)) <= Fraction(1, 2 * 10**places)


@pytest.mark.parametrize("places", [0, 2, 3])
@pytest.mark.parametrize("scale", [100, 1_000_000])
def test_decimals_of_a_typed_file_are_whole_fen_or_read_as_text(places: int, scale: int) -> None:
    draw = random.Random(places + scale)
    cents = [0, 1, -1, 10**9, -(10**12), draw.randrange(10**12), None, 5 * 10**places]
    cells = pa.array([None if c is None else Decimal(c).scaleb(-places) for c in cents],
                     pa.decimal128(30, places))  # fmt: skip
    wanted = [None if c is None else Fraction(c * scale, 10**places) for c in cents]
    found = typed_already(MONEY, cells.slice(1), scale)
    if any(w is not None and w.denominator != 1 for w in wanted):
        assert found is None
    else:
        assert found.to_pylist() == [None if w is None else int(w) for w in wanted[1:]]
    absurd = pa.array([Decimal(10**20)], pa.decimal128(30, places))
    assert typed_already(MONEY, absurd, scale) is None
