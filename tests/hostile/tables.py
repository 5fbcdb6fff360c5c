"""Text and columnar tables: sizes, quotes, digits and days that break careful loaders."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial

import pyarrow as pa
from corpus.book import HEADERS, grid
from corpus.writers import arrow_file, columns, parquet, text

from hostile.case import Case, good, with_book

ROWS = grid(header="贷款余额")
PLAIN = text(ROWS)
NUMBERS = (
    "1e999999999", "1e-999999999", "-1e999999999", "1e400", "9" * 100_000, "0" * 1_000_000 + "1",
    "0." + "0" * 100_000 + "1", "１" * 50, "-0", "1" + "," * 1_000, "٣٤٥", "²", "½", "∞", "0x", "1_000",
    "__1", "NaN", "-inf", "1e", "e1", ".", "-", "--1", "+-1", "(((((1)))))", "(" * 50_000, "1,"  * 50_000,
    " " * 100_000 + "x", "1 " * 50_000, "万" * 50_000, "1万万万万万元", "1亿亿亿亿元", "￥" * 9_999, "1元1元",
    "=1+1", "=cmd|' /C calc'!A1", "\u202e1", "\ufeff1", "1\u200b", "1\x7f", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "92233720368547758.07", "18446744073709551616",
    "4611686018427387904", "1e18", "0.1e20", "%" * 1_000, "1%%", "1‰", "#" * 10_000, "{}", "{0}",
    "%s%s%s%n", "${jndi:ldap://127.0.0.1/a}", "<script>alert(1)</script>", "[red]x[/red]", "[/]",
    "\\N", "\\", "'" * 5_000, "''1", "0b11", "1e+5", "1E5", "١e٥", "𝟙𝟚", "①", "十二", "壹佰万元整",
)  # fmt: skip
DAYS = (
    "0000-00-00", "9999-99-99", "99999999999", "-45000", "1e300", "民国0年1月1日", "2958466", "2958465",
    "0", "60", "1", "1900-02-29", "10000-01-01", "2024-02-30", "2024-1-1-1", "24/1/1", "9" * 50_000,
    "2024年13月", "年月日", "2024-W01", "2024-001", "民國999年12月31日", "1/1/1", "2024-03-05T25:00",
    "20240305" * 1_000, "2024-03-05" + " " * 50_000 + "x", "二〇二四年三月五日", "1e5", "45356.99999",
)  # fmt: skip
CODES = ("9" * 19, "9.1E+17", "1e400", "C" * 50_000, "C" + "0" * 9_999, "0" * 50, "ＡＢＣ", "C3011\0",
         "../C30", "C30.11.1" * 999, "-1", "C-30", "\u0130", "ß", "１", "²01", "C²0", "A①",
         "水泥" * 20_000, "C3011 " * 9_999)  # fmt: skip
HEADS = ("(" * 50_000, "（" * 50_000, "贷款余额" + "（" * 500 + "元" + "）" * 500, "单位：" * 20_000,
         "贷款余额（万元）" * 900, "=1+1", "\u202e", "[" * 20_000 + "]" * 20_000, "a_" * 30_000,
         "贷款余额（" + "万" * 9_999 + "）", "balance_9999_99", "balance_2025_01", "sector_isic4",
         "{0}", "%s", "'; DROP TABLE loans; --", " " * 90_000 + "x", "[red]", "-" * 60_000)  # fmt: skip


def _cell(column: str, cell: str, make: Callable[..., bytes], name: str) -> dict[str, bytes]:
    rows = [list(row) for row in ROWS]
    rows[2][tuple(HEADERS).index(column)] = cell
    return with_book(name, make(rows))


def _head(at: int, head: str) -> dict[str, bytes]:
    rows = [list(row) for row in ROWS]
    rows[0][at] = head
    return with_book("loans.csv", text(rows))


def cases() -> Iterator[Case]:
    for column, cells in (("outstanding_amount", NUMBERS), ("start_date", DAYS),
                          ("sector", CODES), ("region", CODES), ("loan_id", CODES[:6])):
        for number, cell in enumerate(cells):
            yield Case(f"{column} {number} {cell[:15]!r}",
                       partial(_cell, column, cell, text, "loans.csv"))  # fmt: skip
            if column in ("outstanding_amount", "start_date"):
                yield Case(f"parquet {column} {number} {cell[:15]!r}", partial(
                    _cell, column, cell, lambda r: parquet(columns(r)), "loans.parquet"))
    for at in (2, 6):
        for number, head in enumerate(HEADS):
            yield Case(f"header {at} {number} {head[:15]!r}", partial(_head, at, head))
    for word, content in TEXTS.items():
        yield Case(f"text {word}", partial(lambda c: with_book("loans.csv", c()), content))
    for word, made in TABLES.items():
        for kind, write in (("parquet", parquet), ("arrow", arrow_file)):
            yield Case(f"{kind} {word}", partial(
                lambda w, m, k: with_book(f"loans.{k}", w(m())), write, made, kind))


def _lined(*more: bytes) -> bytes:
    return PLAIN + b"\n".join(more)


TEXTS: dict[str, Callable[[], bytes]] = {
    "large cell": lambda: PLAIN.replace("渝中支行".encode(), b"x" * 10_000_000, 1),
    "large quoted cell": lambda: PLAIN.replace("渝中支行".encode(), b'"' + b"x\n" * 5_000_000 + b'"', 1),
    "many columns": lambda: b",".join(b"c%d" % n for n in range(100_000)) + b"\n" + b"," * 99_999,
    "many columns under the header": lambda: _lined(b"," * 2_000_000),
    "quotes": lambda: b'"' * 3_000_000, "odd quotes": lambda: _lined(b'"' * 1_000_001),
    "open quote": lambda: PLAIN.replace(b"JJ0001", b'"JJ0001') + b"x,y\n" * 300_000,
    "quotes and commas": lambda: _lined(b'",' * 500_000), "line ends": lambda: b"\n" * 3_000_000,
    "carriage returns": lambda: b"\r" * 3_000_000, "lines behind": lambda: PLAIN + b"\n" * 3_000_000,
    "nul": lambda: b"\0" * 1_000_000, "nul in every line": lambda: PLAIN.replace(b"\n", b"\0\n"),
    "nul at the end": lambda: PLAIN + b"\0" * 100_000, "end of file mark": lambda: PLAIN + b"\x1a",
    "mark alone": lambda: codecs.BOM_UTF8, "mark of utf16 alone": lambda: b"\xff\xfe",
    "mark of utf32": lambda: codecs.BOM_UTF32_LE + PLAIN.decode().encode("utf-32-le"),
    "two marks": lambda: codecs.BOM_UTF8 * 2 + PLAIN, "utf7": lambda: PLAIN.decode().encode("utf-7"),
    "utf16 odd": lambda: good()["loans-16.csv"] + b"x",
    "utf16 half a pair": lambda: good()["loans-16.csv"] + b"\x00\xd8" * 9,
    "utf16 big mark little text": lambda: b"\xfe\xff" + good()["loans-16.csv"][2:],
    "overlong utf8": lambda: PLAIN.replace(b"JJ0002", b"\xc0\xaf\xe0\x80\xaf"),
    "surrogates": lambda: PLAIN.replace(b"JJ0002", b"\xed\xa0\x80"),
    "gb end in a character": lambda: good()["loans-gb.csv"][:-3] + b"\x81",
    "gb four bytes out of range": lambda: good()["loans-gb.csv"] + b"\xfe\x39\xfe\x39,1\r\n",
    "random": lambda: bytes((n * 7919 + n // 251) % 256 for n in range(300_000)),
    "one line": lambda: PLAIN.replace(b"\n", b","), "commas": lambda: b"," * 5_000_000,
    "spaces": lambda: b" " * 5_000_000, "equals": lambda: b"=" * 5_000_000,
    "separators mixed": lambda: PLAIN.replace(b"\n", b"|;\t\x01,\n"),
    "titles": lambda: b"t,t\n" * 200_000 + PLAIN, "totals": lambda: PLAIN + "合计,,1\n".encode() * 99_999,
    "header again": lambda: PLAIN * 3_000, "many bad rows": lambda: PLAIN + b"a,b,c,d\n" * 100_000,
    "many long rows": lambda: PLAIN + b"a,b,c,d,e,f,g,h,i,j,k\n" * 100_000,
    "one id": lambda: PLAIN + PLAIN.split(b"\n")[1] * 1 + b"\n" + (PLAIN.split(b"\n")[1] + b"\n") * 60_000,
    "shell": lambda: b"#!/bin/sh\nrm -rf x\n", "elf": lambda: b"\x7fELF" + b"\x02\x01" * 500,
    "png": lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "yaml": lambda: b"a: &a [*a, *a]\n",
    "json": lambda: b'[{"loan_id": ' * 50_000, "xml": lambda: b"<a>" * 50_000,
    "right to left": lambda: PLAIN.replace(b"JJ0002", "\u202e\u2066JJ".encode()),
    "every control": lambda: PLAIN.replace(b"JJ0002", bytes(range(1, 32))),
    "quoted control": lambda: PLAIN.replace(b"JJ0002", b'"' + bytes([*range(1, 9), 27, 28]) + b'"'),
    "escapes": lambda: PLAIN.replace(b"JJ0002", b"\x1b[2J\x1b]0;x\x07"),
}  # fmt: skip


def _with(name: str, values: pa.Array) -> pa.Table:
    table = columns(ROWS)
    return table.set_column(table.column_names.index(name), name, values)


def _wide(count: int) -> pa.Table:
    return pa.table({f"c{n}": pa.array(["x"]) for n in range(count)})


_AMOUNT, _ID, _DAY = "贷款余额", "借据号", "贷款发放日期"
_FOREVER = datetime(9999, 12, 31)
TABLES: dict[str, Callable[[], pa.Table]] = {
    "whole numbers too large": lambda: _with(_AMOUNT, pa.array([2**63 - 1] * 4)),
    "whole numbers too small": lambda: _with(_AMOUNT, pa.array([-(2**63)] * 4)),
    "unsigned": lambda: _with(_AMOUNT, pa.array([2**64 - 1] * 4, pa.uint64())),
    "nan": lambda: _with(_AMOUNT, pa.array([float("nan"), float("inf"), -float("inf"), 1e308])),
    "smallest": lambda: _with(_AMOUNT, pa.array([5e-324, -0.0, 1e-300, 1.5])),
    "half floats": lambda: _with(_AMOUNT, pa.array([1.5, 2, 3, 4], pa.float16())),
    "decimals": lambda: _with(_AMOUNT, pa.array([Decimal(10) ** 70] * 4, pa.decimal256(76, 0))),
    "fine decimals": lambda: _with(_AMOUNT, pa.array([Decimal("1e-30")] * 4, pa.decimal128(38, 30))),
    "truths": lambda: _with(_AMOUNT, pa.array([True, False, None, True])),
    "nothing": lambda: _with(_AMOUNT, pa.nulls(4)), "ids of nothing": lambda: _with(_ID, pa.nulls(4)),
    "bytes": lambda: _with(_AMOUNT, pa.array([b"\xff\xfe"] * 4)),
    "ids of bytes": lambda: _with(_ID, pa.array([b"\xff\xfe", b"1", b"2", b"3"])),
    "lists": lambda: _with(_AMOUNT, pa.array([[1], [2], [3], []])),
    "structures": lambda: _with(_ID, pa.array([{"a": 1}] * 4)),
    "maps": lambda: _with(_ID, pa.array([[("a", 1)]] * 4, pa.map_(pa.string(), pa.int8()))),
    "times": lambda: _with(_DAY, pa.array([2**62] * 4, pa.timestamp("us"))),
    "late": lambda: _with(_DAY, pa.array([_FOREVER] * 4, pa.timestamp("us", "Asia/Shanghai"))),
    "no such zone": lambda: _with(_DAY, pa.array([1] * 4, pa.timestamp("us", "Nowhere/City"))),
    "days": lambda: _with(_DAY, pa.array([2**31 - 1, -(2**31), 0, 1], pa.date32())),
    "long days": lambda: _with(_DAY, pa.array([2**62 // 86_400_000 * 86_400_000] * 4, pa.int64()).cast(
        pa.date64(), safe=False)),
    "hours": lambda: _with(_DAY, pa.array([1] * 4, pa.time64("us"))),
    "spans": lambda: _with(_DAY, pa.array([1] * 4, pa.duration("s"))),
    "invalid utf8": lambda: _with(_ID, pa.array([b"\xff\xfe", b"1", b"2", b"3"]).view(pa.string())),
    "large text": lambda: _with(_ID, pa.array(["x" * 10_000_000, "1", "2", "3"])),
    "dictionary": lambda: _with(_ID, pa.array(["a", "b", "c", None]).dictionary_encode()),
    "no rows": lambda: columns(ROWS).slice(0, 0), "wide": lambda: _wide(5_000),
    "no columns": lambda: pa.table({}), "formula names": lambda: columns(ROWS).rename_columns(
        ["=1", "+1", "-1", "@1", "\t", "", "\0"]),
    "same names": lambda: columns(ROWS).rename_columns([_ID] * 7),
}  # fmt: skip
