"""Cells: digits, signs, blanks, days, codes, as people and systems write them."""

from __future__ import annotations

from collections.abc import Iterator

from corpus import writers
from corpus.book import BOOK, HEADERS, Variant, changed, every, grid, loads, one_cell, refuses

AMOUNT, SECTOR, REGION, DAY = "outstanding_amount", "sector", "region", "start_date"
CODE = "counterparty_id"


def _file(rows: writers.Grid) -> dict[str, bytes]:
    return {"loans.csv": writers.text(rows)}


def variants() -> Iterator[Variant]:
    yield from _amounts()
    yield from _no_amounts()
    yield from _blanks()
    yield from _days()
    yield from _no_days()
    yield from _codes()
    yield from _no_codes()
    yield from _keys()


def _amounts() -> Iterator[Variant]:
    ways = {
        "thousands_separated": ("12,345,600.00", "5,000,000.00", "80,000.00", "120,000,000.00"),
        "full_width": ("１２３４５６００．００", "５００００００", "８００００", "１２０００００００"),
        "blanks_round": (" 12345600 ", "5000000\t", "　80000", "120000000\xa0"),
        "plus_and_zeros": ("+12345600", "5000000.000", "80000.", "120000000.00"),
        "apostrophe_before": ("'12345600", "'5000000", "'80000", "'120000000"),
    }
    for name, cells in ways.items():
        yield loads(f"amount_{name}", _file(grid(outstanding_amount=cells)))
    # Half a fen goes to the even one: 80,000.005 and 80,000.015.
    for cell, fen in (("80000.005", 8_000_000), ("80000.015", 8_000_002), ("0", 0),
                      ("0.01", 1), ("9007199254740993.01", 900719925474099301)):  # fmt: skip
        yield loads(f"amount_of_{cell}", _file(one_cell(AMOUNT, 2, cell)),
                    changed(2, outstanding_amount=fen))  # fmt: skip


def _no_amounts() -> Iterator[Variant]:
    refused = {
        "negative": ("-80000", "amount_negative"),
        "negative_in_brackets": ("(80,000.00)", "amount_negative"),
        "negative_in_full_width_brackets": ("（80000）", "amount_negative"),
        "minus_behind": ("80000-", "amount_negative"),
        "european": ("80.000,00", "number_unreadable"),
        "indian": ("1,20,00,000", "number_unreadable"),
        "letter_o": ("8OOOO", "number_unreadable"),
        "hexadecimal": ("0x13880", "number_unreadable"),
        "infinity": ("inf", "number_unreadable"),
        "two_points": ("80.000.00", "number_unreadable"),
        "range": ("80000-90000", "number_unreadable"),
        "about": ("约80000", "number_unreadable"),
        "formula": ("=80000+0", "number_unreadable"),
        "percent": ("80%", "unit_unknown"),
        "cut_by_a_spreadsheet": ("1.23457E+11", "number_rounded"),
        "exponent_of_nine_digits": ("1e999999999", "number_unreadable"),
        "of_30_digits": ("9" * 30, "number_too_large"),
        "in_another_unit_than_its_column": ("8万元", "unit_contradiction"),
        "blank": ("", "amount_blank"), "dash": ("-", "amount_blank"),
        "slash": ("/", "amount_blank"), "not_available": ("N/A", "amount_blank"),
        "nan": ("nan", "amount_blank"), "error": ("#VALUE!", "amount_blank"),
        "error_reference": ("#REF!", "amount_blank"), "none_in_words": ("无", "amount_blank"),
    }  # fmt: skip
    for name, (cell, code) in refused.items():
        yield refuses(f"amount_{name}", _file(one_cell(AMOUNT, 2, cell)), code)


def _blanks() -> Iterator[Variant]:
    marks = {"empty": "", "dash": "-", "long_dash": "——", "slash": "/", "not_available": "N/A",
             "na": "#N/A", "null": "NULL", "blank": "  ", "full_width_dash": "－",
             "error": "#VALUE!", "division": "#DIV/0!"}  # fmt: skip
    for name, mark in marks.items():
        rows = [[*row, "月均余额（元）" if n == 0 else "100" if n == 1 else mark]
                for n, row in enumerate(grid())]  # fmt: skip
        told = every(average_balance=(10_000, None, None, None))
        warned = ("cell_error",) if name in ("error", "division") else ()
        yield loads(f"average_{name}", _file(rows), told, warned=warned)


def _days() -> Iterator[Variant]:
    ways = {
        "compact": ("20240305", "20231231", "20200229", "20250101"),
        "slashes": ("2024/3/5", "2023/12/31", "2020/2/29", "2025/1/1"),
        "points": ("2024.03.05", "2023.12.31", "2020.02.29", "2025.01.01"),
        "one_digit": ("2024-3-5", "2023-12-31", "2020-2-29", "2025-1-1"),
        "chinese": ("2024年3月5日", "2023年12月31日", "2020年2月29日", "2025年1月1日"),
        "chinese_padded": ("2024年03月05日", "2023年12月31日", "2020年02月29日", "2025年01月01日"),
        "with_midnight": ("2024-03-05 00:00:00", "2023-12-31 00:00:00", "2020-02-29 00:00:00",
                          "2025-01-01 00:00:00"),
        "full_width": ("２０２４－０３－０５", "2023-12-31", "2020-02-29", "2025-01-01"),
        "republic_in_words": ("民國113年3月5日", "民國112年12月31日", "民國109年2月29日",
                              "民國114年1月1日"),
        "mixed": ("2024年3月5日", "2023/12/31", "20200229", "2025-01-01"),
    }  # fmt: skip
    for name, cells in ways.items():
        yield loads(f"day_{name}", _file(grid(start_date=cells)))
    # 45,292 is 2024-01-01 and 43,831 is 2020-01-01 in a spreadsheet that counts from 1900.
    serials = ("45356", "45291", "43890", "45658")
    yield loads("day_serials", _file(grid(start_date=serials)), warned=("day_serial",))
    for name, make in (("xlsx", writers.xlsx), ("xls", writers.xls), ("ods", writers.ods)):
        rows = grid(start_date=serials)
        typed = [[*r[:5], int(r[5]) if n else r[5], r[6]] for n, r in enumerate(rows)]
        yield loads(f"{name}_day_serials", {f"loans.{name}": make(typed)}, warned=("day_serial",))
    republic = ("113/03/05", "112/12/31", "109/02/29", "114/01/01")
    yield loads("day_republic_in_header",
                _file(grid(headers={DAY: "贷款发放日期（民国）"}, start_date=republic)))
    blank = one_cell(DAY, 1, "")
    yield loads("day_blank", _file(blank), changed(1, start_date=None))


def _no_days() -> Iterator[Variant]:
    refused = {"29_february_2023": "2023-02-29", "month_13": "2024-13-01", "american": "03/05/2024",
               "words": "去年", "32nd": "2024年3月32日", "zeros": "0000-00-00"}  # fmt: skip
    for name, cell in refused.items():
        yield refuses(f"day_{name}", _file(one_cell(DAY, 1, cell)), "date_unreadable")
    two = ("24/03/05", "23/12/30", "20/02/28", "25/01/01")
    yield refuses("day_two_digit_years", _file(grid(start_date=two)), "date_ambiguous")


def _codes() -> Iterator[Variant]:
    # An id is kept as it is written; whom it joins with is not the reader's business.
    lower = [row[CODE].lower() for row in BOOK]
    yield loads("credit_codes_in_lower_case", _file(grid(counterparty_id=lower)),
                every(counterparty_id=lower))  # fmt: skip
    wide = [row[CODE].translate({n: n + 0xFEE0 for n in range(48, 91)}) for row in BOOK]
    yield loads("credit_codes_full_width", _file(grid(counterparty_id=wide)))
    tabbed = [row[CODE] + "\t" for row in BOOK]
    yield loads("credit_codes_with_a_tab_behind", _file(grid(counterparty_id=tabbed)))
    wrong = "91350100M000100Y44"
    yield loads("credit_code_check_digit", _file(one_cell(CODE, 0, wrong)),
                changed(0, counterparty_id=wrong), warned=("credit_code_check_digit",))  # fmt: skip
    ids = ["1234567890123456789", "1234567890123456788", "0001234567890123456", "9" * 19]
    yield loads("ids_of_19_digits", _file(grid(loan_id=ids)), every(loan_id=ids))
    zeros = ["000123", "00123", "0123", "123"]
    yield loads("ids_with_leading_zeros", _file(grid(loan_id=zeros)), every(loan_id=zeros))
    sectors = {
        "bare": ("3011", "4411", "0111", "3110"),
        "lower_case": ("c3011", "d4411", "a0111", "c3110"),
        "names": ("水泥制造", "火力发电", "稻谷种植", "炼铁"),
        "full_width": ("Ｃ３０１１", "Ｄ４４１１", "Ａ０１１１", "Ｃ３１１０"),
    }  # fmt: skip
    for name, cells in sectors.items():
        yield loads(f"sectors_{name}", _file(grid(sector=cells)))
    groups = ("C301", "D441", "A011", "C311")
    yield loads("sectors_of_three_digits_with_letter", _file(grid(sector=groups)),
                every(sector=groups))  # fmt: skip
    for code in ("C30", "C"):
        yield loads(f"sector_{code}", _file(one_cell(SECTOR, 0, code)), changed(0, sector=code))
    lost = ("3011", "4411", "111", "3110")
    yield loads("sectors_of_declared_length", _file(grid(sector=lost)), code_length={"sector": 4})
    regions = {"names": ("重庆市渝中区", "浙江省杭州市", "广东省深圳市", "江苏省徐州市")}
    for name, cells in regions.items():
        yield loads(f"regions_{name}", _file(grid(region=cells)))
    for code in ("710000", "810000", "820000"):
        yield loads(f"region_{code}", _file(one_cell(REGION, 0, code)), changed(0, region=code))


def _no_codes() -> Iterator[Variant]:
    refused = (
        ("credit_code_exponent", CODE, "9.1350100E+17", "code_destroyed"),
        ("id_exponent", "loan_id", "1.23457E+18", "code_destroyed"),
        ("sector_lost_its_zero", SECTOR, "111", "sector_ambiguous"),
        ("sector_of_two_digits", SECTOR, "11", "sector_ambiguous"),
        ("sector_not_in_the_standard", SECTOR, "C9999", "sector_unknown"),
        ("sector_wrong_letter", SECTOR, "A3011", "sector_unknown"),
        ("region_of_five_digits", REGION, "50010", "region_malformed"),
        ("region_in_words", REGION, "城里", "region_malformed"),
        ("region_of_several_places", REGION, "鼓楼区", "region_ambiguous"),
        ("id_blank", "loan_id", "", "id_blank"),
    )
    for name, column, cell, code in refused:
        yield refuses(name, _file(one_cell(column, 2, cell)), code)
    short = ("3011", "4411", "11", "3110")
    yield refuses("sector_not_of_the_length_declared", _file(grid(sector=short)),
                  "sector_not_of_length", code_length={"sector": 4})  # fmt: skip
    rows = [[*row, "币种" if n == 0 else "CNY"] for n, row in enumerate(grid())]
    rows[2][-1] = "人民元元"
    yield refuses("currency_unknown", _file(rows), "currency_unknown")


def _keys() -> Iterator[Variant]:
    rows = grid()
    yield refuses("one_row_twice", _file([*rows, rows[2]]), "duplicate_key")
    yield refuses("one_id_twice", _file(one_cell("loan_id", 1, "JJ0001")), "duplicate_key")
    contracts = [[*row, "合同号" if n == 0 else f"HT{n}"] for n, row in enumerate(rows)]
    contracts[2][0] = "JJ0001"
    yield loads("one_id_in_two_contracts", _file(contracts), changed(1, loan_id="JJ0001"))
    assert HEADERS["loan_id"] == "借据号"
