"""Every format that a bank's systems write holds the same book, and hostile files end in a code."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlwt

from carbonledger.issues import Issue
from carbonledger.reading import Table, open_table

KNOWN = {"借据编号", "借款人", "贷款余额", "期末余额", "loan_id", "borrower", "outstanding_amount"}
HEAD = ("借据编号", "借款人", "贷款余额（万元）")
ROWS = {2: ("L001", "重庆某水泥厂", "1234.5"), 3: ("0002", "亅某钢厂", "30")}


def is_header(text: str) -> bool:
    return text.split("（")[0].split("(")[0] in KNOWN


def opened(
    path: Path, content: bytes | str | None = None, sheet: str | None = None
) -> tuple[Table | None, list[Issue]]:
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    key = lambda text: text in ("借据编号", "loan_id")
    return open_table(path, name=path.name, sheet=sheet, is_header=is_header, is_key=key)


def rows_of(found: Table | None) -> dict[int, tuple[Any, ...]]:
    assert found is not None
    rows: dict[int, tuple[Any, ...]] = {}
    for numbers, batch in found.batches():
        cells = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        rows |= dict(zip(numbers.tolist(), cells, strict=True))
    return rows


def codes(issues: list[Issue]) -> list[str]:
    return [issue.code for issue in issues]


def text(separator: str) -> str:
    return "\n".join(separator.join(row) for row in (HEAD, *ROWS.values())) + "\n"


def packed(name: str, content: bytes, *others: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in (name, *others):
            archive.writestr(each, content)
    return out.getvalue()


def xls_of(path: Path, **sheets: list[list[Any]]) -> Path:
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        page = book.add_sheet(name)
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                page.write(i, j, cell)
    book.save(str(path))
    return path


ODF = "urn:oasis:names:tc:opendocument:xmlns:"


def ods_of(tables: str, styles: str = "") -> bytes:
    out = io.BytesIO()
    content = (
        f'<office:document-content xmlns:office="{ODF}office:1.0" xmlns:table="{ODF}table:1.0" '
        f'xmlns:text="{ODF}text:1.0" xmlns:style="{ODF}style:1.0">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def ods_cell(value: object, more: str = "") -> str:
    if isinstance(value, float):
        return (f'<table:table-cell office:value-type="float" office:value="{value!r}"{more}>'
                f"<text:p>{value:,.0f}</text:p></table:table-cell>")  # fmt: skip
    return f"<table:table-cell{more}><text:p>{value}</text:p></table:table-cell>"


def ods_table(name: str, *rows: str, style: str = "") -> str:
    lines = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return f'<table:table table:name="{name}" table:style-name="{style}">{lines}</table:table>'


def ods_row(*cells: object) -> str:
    return "".join(map(ods_cell, cells))


@pytest.mark.parametrize("encoded", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", "|", ";", "^", "\x01", "\x1b", "\x1f", "|@|"])
def test_the_header_proves_the_separator(tmp_path: Path, separator: str, encoded: str) -> None:
    found, issues = opened(tmp_path / "a.txt", text(separator).encode(encoded))
    assert (rows_of(found), issues) == (ROWS, [])


def test_quotes_are_only_text_between_control_characters(tmp_path: Path) -> None:
    found, issues = opened(tmp_path / "a.dat", 'loan_id\x01borrower\nL1\x01"甲\nL2\x01乙"\n')
    assert (rows_of(found), issues) == ({2: ("L1", '"甲'), 3: ("L2", '乙"')}, [])


def test_a_long_separator_is_found_across_pieces(tmp_path: Path) -> None:
    lines = "".join(f"L{i}|@|甲{'x' * (i % 90)}|@|{i}\n" for i in range(9_000))
    content = "loan_id|@|borrower|@|outstanding_amount\n" + lines
    found, issues = opened(tmp_path / "a.txt", content)
    rows = rows_of(found)
    assert (len(rows), issues) == (9_000, [])
    assert all(rows[i + 2][2] == str(i) for i in range(9_000))


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("loans.csv.gz", gzip.compress),
        ("loans.zip", lambda content: packed("loans.csv", content)),
        ("loans.zip", lambda content: packed("导出/loans.csv", content, "__MACOSX/x")),
        ("loans.csv.gz", lambda content: gzip.compress(content[:20]) + gzip.compress(content[20:])),
    ],
)
def test_one_packed_file(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    found, issues = opened(tmp_path / name, pack(text(",").encode("gb18030")))
    assert (rows_of(found), issues) == (ROWS, [])
    assert rows_of(found) == ROWS


def test_the_unpacked_copy_goes_with_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    found, _ = opened(tmp_path / "a.csv.gz", gzip.compress(text(",").encode()))
    (copy,) = place.iterdir()
    assert copy.stat().st_mode & 0o077 == 0
    del found
    assert list(place.iterdir()) == []
    opened(tmp_path / "b.csv.gz", gzip.compress(b"x,y\n"))
    opened(tmp_path / "c.csv.gz", gzip.compress(text(",").encode() * 99)[:-60])
    assert list(place.iterdir()) == []


def test_a_workbook_in_a_zip(tmp_path: Path) -> None:
    inner = xls_of(tmp_path / "a.xls", a=[list(HEAD), *map(list, ROWS.values())]).read_bytes()
    found, issues = opened(tmp_path / "a.zip", packed("a.xls", inner))
    assert (rows_of(found), issues) == (ROWS, [])


def _gzip(content: bytes) -> bytes:
    """The same bytes at any hour, for they name a test."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("archive_several", packed("a.csv", b"x", "b.csv")),
        ("archive_several", packed("a/", b"")),
        ("archive_nested", packed("a.zip", packed("b.csv", b"x"))),
        ("archive_nested", packed("a.csv.gz", _gzip(b"x"))),
        ("archive_nested", _gzip(_gzip(b"x"))),
        ("file_hostile", packed("../../a.csv", b"loan_id,borrower\n")),
        ("file_hostile", packed("/etc/a.csv", b"loan_id,borrower\n")),
        ("file_hostile", packed("a.csv", bytes(20 << 20))),
        ("file_hostile", _gzip(bytes(20 << 20))),
        ("file_unreadable", _gzip(text(",").encode() * 99)[:-60]),
        ("nothing_to_read", _gzip(b"")),
    ],
)
def test_archives_that_are_refused(tmp_path: Path, code: str, content: bytes) -> None:
    name = "a.zip" if content[:2] == b"PK" else "a.gz"
    found, issues = opened(tmp_path / name, content)
    assert (found, codes(issues)) == (None, [code])


def test_xls_cells_as_text(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("贷款")
    day = xlwt.easyxf(num_format_str="yyyy/m/d")
    for i, row in enumerate([
        ["标题"], ["借据编号", "借款人", "贷款余额（万元）", "note"], ["0001", "甲", 1234.5, 45356],
        ["L2", "乙", 7, True], ["合计", "", 1241.5],
    ]):  # fmt: skip
        for j, cell in enumerate(row):
            page.write(i, j, cell, day) if cell == 45356 else page.write(i, j, cell)
    page.row(3).hidden = True
    book.add_sheet("说明").write(0, 0, "无")
    hidden = book.add_sheet("旧")
    hidden.visibility = 1
    for j, cell in enumerate(HEAD):
        hidden.write(0, j, cell)
    book.save(str(tmp_path / "a.xls"))
    found, issues = opened(tmp_path / "a.xls")
    assert rows_of(found) == {
        3: ("0001", "甲", "1234.5", "2024-03-05"), 4: ("L2", "乙", "7", "true"),
    }  # fmt: skip
    assert found is not None
    assert found.sheet == "贷款"
    assert codes(issues) == ["rows_hidden", "total_row_skipped"]


def test_xls_that_starts_in_1904(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    book.dates_1904 = True
    page = book.add_sheet("a")
    for i, row in enumerate([["loan_id", "borrower", "note"], ["L1", "a", 43894]]):
        for j, cell in enumerate(row):
            page.write(i, j, cell)
    book.save(str(tmp_path / "a.xls"))
    found, _ = opened(tmp_path / "a.xls")
    assert found is not None
    assert found.counts_from == 1904


def test_ods_cells_as_text(tmp_path: Path) -> None:
    day = ('<table:table-cell office:value-type="date" office:date-value="2024-03-05">'
           "<text:p>05.03.24</text:p></table:table-cell>")  # fmt: skip
    content = ods_of(
        ods_table("旧", ods_row(*HEAD), ods_row("L0", "z", 1.0), style="ta2")
        + ods_table(
            "贷款", ods_row("单位：万元"), ods_row("借据编号", "借款人", "贷款余额", "note"),
            ods_row("0001", "甲", 1234.5) + day,
            ods_cell("L2") + ods_cell("乙") + ods_cell(7.0, ' table:number-columns-repeated="1"')
            + '<table:table-cell table:number-columns-repeated="16000"/>',
        ) + ods_table("空"),
        '<style:style style:name="ta2"><style:table-properties table:display="false"/>'
        "</style:style>",
    )  # fmt: skip
    found, issues = opened(tmp_path / "a.ods", content)
    assert rows_of(found) == {
        3: ("0001", "甲", "1234.5", "2024-03-05"), 4: ("L2", "乙", "7.0", None),
    }  # fmt: skip
    assert found is not None
    assert (found.sheet, found.unit_note, issues) == ("贷款", "万元", [])
    assert rows_of(opened(tmp_path / "a.ods", sheet="旧")[0]) == {2: ("L0", "z", "1.0")}


HTML = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="{}">
<title>借据编号</title><style>td {{color: red}}</style></head><body><!-- <table> --><table>
<tr><td colspan=3>对公贷款 &amp; 垫款（单位：万元）</td></tr>
<tr><th rowspan=2>借据编号</th><th rowspan="2">借款人</th><th colspan='2'>余额</th></tr>
<tr><th>期初</th><th>期末</th></tr>
<tr><td>0001</td><td>甲&nbsp;</td><td x:num="1233.994" >1,234</td><td x:num>5 </td></tr>
<tr style='display:none'><td>L2<td>乙<br>丙 &lt;丁<td>1</td><td title="a>b">2</td></tr>
<tr><td>合计</td><td></td><td>1</td><td>7</td></tr>
</table></body></html>"""


@pytest.mark.parametrize("encoded", ["gb18030", "utf-8"])
def test_the_xls_that_is_an_html_table(tmp_path: Path, encoded: str) -> None:
    content = HTML.format("gb2312" if encoded == "gb18030" else encoded).encode(encoded)
    found, issues = opened(tmp_path / "a.xls", content)
    assert found is not None
    assert found.columns == ("借据编号", "借款人", "余额/期初", "期末余额")
    assert found.unit_note == "万元"
    assert rows_of(found) == {4: ("0001", "甲", "1233.994", "5"), 5: ("L2", "乙 丙 <丁", "1", "2")}
    assert codes(issues) == ["file_read_as", "read_as_html", "rows_hidden", "total_row_skipped"]


def test_the_xls_that_is_tab_separated_text(tmp_path: Path) -> None:
    found, issues = opened(tmp_path / "a.xls", text("\t").encode("gb18030"))
    assert (rows_of(found), codes(issues)) == (ROWS, ["file_read_as"])


@pytest.mark.parametrize("write", ["file", "stream", "feather"])
def test_arrow_keeps_its_types(tmp_path: Path, write: str) -> None:
    table = pa.table({"loan_id": ["L1", None], "outstanding_amount": [5, 7]})
    out = io.BytesIO()
    if write == "feather":
        from pyarrow import feather

        feather.write_feather(table, out, compression="zstd")
    else:
        new = pa.ipc.new_file if write == "file" else pa.ipc.new_stream
        with new(out, table.schema) as writer:
            writer.write_table(table)
    found, issues = opened(tmp_path / "a.arrow", out.getvalue())
    assert (rows_of(found), issues) == ({1: ("L1", 5), 2: (None, 7)}, [])
    for cut in (9, 60, len(out.getvalue()) - 9):
        assert opened(tmp_path / "b.arrow", out.getvalue()[:cut])[1]


FAR_ROW = ods_table("a", ods_row("loan_id", "borrower"), ods_row("L1", "a")).replace(
    "<table:table-row>", '<table:table-row table:number-rows-repeated="1048576">'
)
FAR_CELL = ods_table("a", ods_cell("x", ' table:number-columns-repeated="999999999"'))
LAUGHS = '<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
HOSTILE: dict[str, tuple[str, bytes | str, str]] = {
    "ods: far cell": ("a.ods", ods_of(FAR_CELL), "file_hostile"),
    "ods: rows repeated": ("a.ods", ods_of(FAR_ROW * 9), "file_hostile"),
    "ods: number": ("a.ods", ods_of(FAR_CELL.replace("999999999", "9" * 99)), "file_hostile"),
    "ods: deep": ("a.ods", ods_of("<text:p>" * 999 + "</text:p>" * 999), "file_hostile"),
    "ods: no sheet": ("a.ods", ods_of(""), "nothing_to_read"),
    "html: wide": ("a.xls", "<table><tr>" + "<td colspan=1000>" * 30_000 + "</table>",
                   "file_hostile"),
    "html: nested": ("a.xls", "<table>" * 10_000, "file_hostile"),
    "html: unclosed": ("a.xls", "<table><tr><td>" + '<a b="' * 500_000, "file_unreadable"),
    "html: comments": ("a.xls", "<table><tr><td>" + "<!--" * 500_000, "file_unreadable"),
    "html: tag": ("a.xls", "<table " + "a" * 99_999 + ">", "file_hostile"),
    "html: cut": ("a.xls", "<table><tr><td>loan_id<td>borrower<tr><td>L1", "file_unreadable"),
    "xls: garbage": ("a.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(range(256)) * 40,
                     "file_unreadable"),
    "text: one line": ("a.csv", "loan_id,borrower\n" + "x" * (70 << 20), "field_too_long"),
    "text: separators": ("a.csv", "loan_id,borrower\nL1,a" + "," * 3_000_000 + "x", "row_ragged"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_soon_and_with_a_code(tmp_path: Path, name: str) -> None:
    file, content, code = HOSTILE[name]
    start = time.monotonic()
    found, issues = opened(tmp_path / file, content)
    if found is not None:
        rows_of(found)
    assert code in codes(issues), codes(issues)
    assert time.monotonic() - start < 60


def test_xml_entities_are_refused(tmp_path: Path) -> None:
    whole = zipfile.ZipFile(io.BytesIO(ods_of("")))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", whole.read("mimetype"))
        archive.writestr("content.xml", LAUGHS.encode() + whole.read("content.xml"))
    assert codes(opened(tmp_path / "a.ods", out.getvalue())[1]) == ["file_hostile"]


def test_mutated_files_never_raise(tmp_path: Path) -> None:
    import numpy as np

    random = np.random.default_rng(11)
    rows = [list(HEAD), *map(list, ROWS.values())]
    good = {
        "a.xls": xls_of(tmp_path / "good.xls", a=rows).read_bytes(),
        "a.ods": ods_of(ods_table("a", *(ods_row(*row) for row in rows))),
        "b.xls": HTML.format("utf-8").encode(),
        "a.gz": gzip.compress(text(",").encode()),
        "a.zip": packed("a.csv", text(",").encode()),
    }
    for name, content in good.items():
        for _ in range(60):
            bad = bytearray(content)
            for at in random.integers(0, len(bad), 4):
                bad[at] = random.integers(0, 256)
            found, _ = opened(tmp_path / name, bytes(bad[: random.integers(1, len(bad) + 1)]))
            if found is not None:
                rows_of(found)


def test_hidden_and_merged_cells_of_a_workbook_are_said(tmp_path: Path) -> None:
    import xlsxwriter

    for plain in (True, False):
        path = tmp_path / f"{plain}.xlsx"
        book = xlsxwriter.Workbook(str(path))
        page = book.add_worksheet("a")
        for i, row in enumerate([["loan_id", "borrower", "outstanding_amount"],
                                 *([f"L{n}", "a", n] for n in range(9))]):  # fmt: skip
            page.write_row(i, 0, row)
        page.merge_range("B4:B6", "甲")
        page.set_row(7, None, None, {"hidden": True})
        page.set_column("C:C", None, None, {"hidden": True})
        if not plain:
            page.write_formula("D2", "=1+1", None, 2)
            page.write("D1", "note")
        book.close()
        found, issues = opened(path)
        assert [(i.code, i.place.row) for i in issues] == [
            ("rows_hidden", 8), ("columns_hidden", 1), ("cells_merged", 4),
        ]  # fmt: skip
        rows = rows_of(found)
        assert (rows[4][1], rows[8][0]) == ("甲", "L6")


def test_two_header_rows_are_one(tmp_path: Path) -> None:
    grouped = "贷款信息,,余额（万元）,\n借据编号,借款人,期初,期末\nL1,甲,1,2\n"
    found, issues = opened(tmp_path / "a.csv", grouped)
    assert found is not None
    assert found.columns == ("借据编号", "借款人", "余额（万元）/期初", "期末余额（万元）")
    assert (rows_of(found), issues) == ({3: ("L1", "甲", "1", "2")}, [])
    merged = "明细表,,,\n借据编号,借款人,余额,\n,,期初,期末\nL1,甲,1,2\n"
    found, issues = opened(tmp_path / "b.csv", merged)
    assert found is not None
    assert found.columns == ("借据编号", "借款人", "余额/期初", "期末余额")
    assert (rows_of(found), issues) == ({4: ("L1", "甲", "1", "2")}, [])


@pytest.mark.parametrize(
    "content",
    [
        "某银行,,单位：万元\n借据编号,借款人,贷款余额\nL1,甲,1\n",
        "对公贷款,,\n借据编号,借款人,贷款余额\nL1,甲,1\n",
        "借据编号,借款人,\nL1,甲,\n,乙,\n",
        "借据编号,,借款人\nL1,,甲\n",
    ],
)
def test_one_header_row_stays_one(tmp_path: Path, content: str) -> None:
    found, _ = opened(tmp_path / "a.csv", content)
    assert found is not None
    assert not any("/" in column for column in found.columns)
    assert any(row[0] == "L1" for row in rows_of(found).values())
