"""The same book in every format, as text and typed, and what a name may say wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from corpus import writers
from corpus.book import BOOK, Variant, every, grid, loads, refuses

PLAIN = writers.text
CODES = {"sector": ("3011", "4411", "0111", "3110")}


def variants() -> Iterator[Variant]:
    yield from _as_text()
    yield from _typed_sheets()
    yield from _columnar()
    yield from _packed()
    yield from _names()
    yield from _destroyed()


def _as_text() -> Iterator[Variant]:
    rows = grid()
    yield loads("xlsx_all_text", {"loans.xlsx": writers.xlsx(rows)})
    yield loads("xls_all_text", {"loans.xls": writers.xls(rows)})
    yield loads("ods_all_text", {"loans.ods": writers.ods(rows)})
    for name, encoding in (("utf8", "utf-8"), ("gb18030", "gb18030")):
        page = writers.web_page(rows, encoding=encoding)
        yield loads(f"html_xls_{name}", {"loans.xls": page}, warned=("read_as_html",))
    yield loads("html_xls_gb2312_declared", {"loans.xls": writers.web_page(
        rows, encoding="gb18030", declared="gb2312")}, warned=("read_as_html",))  # fmt: skip
    yield loads("text_xls_gb18030", {"loans.xls": PLAIN(rows, "\t", encoding="gb18030")},
                warned=("file_read_as",))  # fmt: skip
    yield loads("text_xls_utf16", {"loans.xls": b"\xff\xfe" + PLAIN(
        rows, "\t", encoding="utf-16-le")}, warned=("file_read_as",))  # fmt: skip
    yield loads("xlsx_called_xls", {"loans.xls": writers.xlsx(rows)}, warned=("file_read_as",))


def typed_grid(unit: str = "元") -> list[list[Any]]:
    """Amounts and days as numbers and days, the sector as the number a clerk types."""
    rows: list[list[Any]] = [list(row) for row in grid(unit, **CODES)]
    for row in rows[1:]:
        row[2] = float(row[2])
        row[4] = int(row[4])
        row[5] = date.fromisoformat(row[5])
    rows[3][3] = "A0111"  # as a number its zero would be lost
    return rows


def _typed_sheets() -> Iterator[Variant]:
    makers = {"xlsx": writers.xlsx, "xls": writers.xls, "ods": writers.ods}
    for name, make in makers.items():
        for unit in ("元", "万元", "亿元"):
            word = {"元": "yuan", "万元": "wan", "亿元": "yi"}[unit]
            yield loads(f"{name}_typed_{word}", {f"loans.{name}": make(typed_grid(unit))})
    yield loads("xlsx_days_from_1904",
                {"loans.xlsx": writers.xlsx(typed_grid(), epoch=CALENDAR_MAC_1904)})
    yield loads("xls_days_from_1904", {"loans.xls": writers.xls(typed_grid(), mac_days=True)})
    rows = typed_grid()
    for row in rows[1:]:
        row[5] = datetime(row[5].year, row[5].month, row[5].day)
    yield loads("xlsx_days_with_time", {"loans.xlsx": writers.xlsx(rows)})


def table() -> pa.Table:
    return pa.table({
        "借据号": [r["loan_id"] for r in BOOK],
        "统一社会信用代码": [r["counterparty_id"] for r in BOOK],
        "贷款余额（元）": pa.array([Decimal(r["outstanding_amount"]) / 100 for r in BOOK],
                             pa.decimal128(18, 2)),
        "贷款实际投向": [r["sector"] for r in BOOK],
        "借款人地区代码": pa.array([int(r["region"]) for r in BOOK], pa.int32()),
        "贷款发放日期": pa.array([r["start_date"] for r in BOOK], pa.date32()),
        "经办行": pa.array([r["branch"] for r in BOOK]).dictionary_encode(),
    })  # fmt: skip


def _with(name: str, values: Any) -> pa.Table:
    made = table()
    return made.set_column(made.column_names.index(name), name, values)


def _columnar() -> Iterator[Variant]:
    yield loads("parquet_typed", {"loans.parquet": writers.parquet(table())})
    yield loads("parquet_all_text", {"loans.parquet": writers.parquet(writers.columns(grid()))})
    yield loads("parquet_row_groups", {"loans.parquet": writers.parquet(table(), row_group_size=1)})
    yield loads("parquet_zstd", {"loans.parquet": writers.parquet(table(), compression="zstd")})
    amounts = pa.array([r["outstanding_amount"] / 100 for r in BOOK], pa.float64())
    yield loads("parquet_float", {"loans.parquet": writers.parquet(_with("贷款余额（元）", amounts))})
    whole = pa.array([r["outstanding_amount"] // 100 for r in BOOK], pa.int64())
    yield loads("parquet_int64", {"loans.parquet": writers.parquet(_with("贷款余额（元）", whole))})
    times = pa.array([datetime(*r["start_date"].timetuple()[:3]) for r in BOOK],
                     pa.timestamp("us"))  # fmt: skip
    yield loads("parquet_timestamp",
                {"loans.parquet": writers.parquet(_with("贷款发放日期", times))})
    large = pa.array([r["sector"] for r in BOOK], pa.large_string())
    yield loads("parquet_large_string",
                {"loans.parquet": writers.parquet(_with("贷款实际投向", large))})
    yield loads("arrow_file", {"loans.arrow": writers.arrow_file(table())})
    yield loads("arrow_stream", {"loans.arrow": writers.arrow_stream(table())})
    yield loads("feather", {"loans.feather": writers.arrow_file(table())})
    lost = pa.array([3011, 4411, 111, 3110], pa.int32())
    yield refuses("parquet_sector_lost_its_zero",
                  {"loans.parquet": writers.parquet(_with("贷款实际投向", lost))},
                  "sector_ambiguous")  # fmt: skip
    yield refuses("parquet_half_written", {"loans.parquet": writers.parquet(table())[:-40]},
                  "file_unreadable")  # fmt: skip


def _packed() -> Iterator[Variant]:
    plain, rows = PLAIN(grid()), grid()
    yield loads("csv_gz", {"loans.csv.gz": writers.gz(plain)})
    yield loads("gb18030_csv_gz", {"loans.csv.gz": writers.gz(PLAIN(rows, encoding="gb18030"))})
    yield loads("csv_zip", {"loans.zip": writers.zipped({"loans.csv": plain})})
    yield loads("csv_zip_chinese_name", {"loans.zip": writers.zipped({"贷款.csv": plain})})
    yield loads("csv_in_folder_of_zip", {"loans.zip": writers.zipped({"2025/loans.csv": plain})})
    for name, make in (("xlsx", writers.xlsx), ("xls", writers.xls), ("ods", writers.ods)):
        inside = make(rows)
        yield loads(f"{name}_zip", {"loans.zip": writers.zipped({f"loans.{name}": inside})})
        yield loads(f"{name}_gz", {f"loans.{name}.gz": writers.gz(inside)})
    yield loads("parquet_zip",
                {"loans.zip": writers.zipped({"loans.parquet": writers.parquet(table())})})
    yield loads("bar_text_gz", {"loans.txt.gz": writers.gz(PLAIN(rows, "|"))})
    two = writers.zipped({"a.csv": plain, "b.csv": plain})
    yield refuses("zip_of_two", {"loans.zip": two}, "archive_several")
    nested = writers.zipped({"loans.zip": writers.zipped({"loans.csv": plain})})
    yield refuses("zip_in_zip", {"loans.zip": nested}, "archive_nested")
    yield refuses("gz_in_gz", {"loans.csv.gz": writers.gz(writers.gz(plain))}, "archive_nested")
    yield refuses("gz_half", {"loans.csv.gz": writers.gz(plain)[:-12]}, "file_unreadable")


def _names() -> Iterator[Variant]:
    plain = PLAIN(grid())
    yield refuses("csv_called_parquet", {"loans.parquet": plain}, "file_not_its_ending")
    yield refuses("xlsx_called_csv", {"loans.csv": writers.xlsx(grid())}, "file_not_its_ending")
    yield refuses("csv_called_xlsx", {"loans.xlsx": plain}, "file_not_its_ending")
    yield refuses("pdf", {"loans.pdf": b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n"}, "format_unsupported")
    yield refuses("rar", {"loans.rar": b"Rar!\x1a\x07\x01\x00" + b"\0" * 40}, "format_unsupported")
    yield refuses("no_byte", {"loans.csv": b""}, "nothing_to_read")
    yield refuses("header_alone", {"loans.csv": PLAIN(grid()[:1])}, "nothing_to_read")
    yield refuses("xlsx_header_alone", {"loans.xlsx": writers.xlsx(grid()[:1])}, "nothing_to_read")


def _destroyed() -> Iterator[Variant]:
    """Codes that a spreadsheet turned into numbers."""
    for name, make in (("xlsx", writers.xlsx), ("xls", writers.xls), ("ods", writers.ods)):
        rows: list[list[Any]] = [list(row) for row in grid()]
        rows[1][1] = 913501001234567890.0
        yield refuses(f"{name}_credit_code_as_number", {f"loans.{name}": make(rows)},
                      "code_destroyed")  # fmt: skip
        rows = [list(row) for row in grid()]
        rows[2][0] = 1234567890123456789.0
        yield refuses(f"{name}_19_digit_id_as_number", {f"loans.{name}": make(rows)},
                      "code_destroyed")  # fmt: skip
        rows = [list(row) for row in grid()]
        rows[3][3] = 111
        yield refuses(f"{name}_sector_lost_its_zero", {f"loans.{name}": make(rows)},
                      "sector_ambiguous")  # fmt: skip
        ids = [202500000000001 + n for n in range(4)]
        rows = [list(row) for row in grid()]
        for row, number in zip(rows[1:], ids, strict=True):
            row[0] = number
        yield loads(f"{name}_15_digit_ids_as_numbers", {f"loans.{name}": make(rows)},
                    every(loan_id=[str(number) for number in ids]))  # fmt: skip
