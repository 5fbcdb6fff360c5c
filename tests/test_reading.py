from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonledger import reading
from carbonledger.issues import LANGUAGES, Issue, Refusal
from carbonledger.reading import Table, encoding, open_table, table

KNOWN = {"借据编号", "借款人", "贷款余额", "loan_id", "borrower", "outstanding_amount", "note"}


def is_header(text: str) -> bool:
    return text.split("（")[0].split(" (")[0] in KNOWN


def is_key(text: str) -> bool:
    return text in ("借据编号", "loan_id")


def opened(
    path: Path, content: bytes | str | None = None, *, sheet: str | None = None, key: bool = True
) -> tuple[Table | None, list[Issue]]:
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    known = is_key if key else None
    return open_table(path, name=path.name, sheet=sheet, is_header=is_header, is_key=known)


def read(path: Path, content: bytes | str | None = None, *, sheet: str | None = None) -> Table:
    found, issues = opened(path, content, sheet=sheet)
    assert found is not None, issues
    return found


def rows_of(found: Table) -> dict[int, tuple[Any, ...]]:
    rows: dict[int, tuple[Any, ...]] = {}
    for numbers, batch in found.batches():
        values = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        rows |= dict(zip(numbers.tolist(), values, strict=True))
    assert len(rows) == found.rows
    return rows


def codes(issues: list[Issue]) -> list[tuple[str, int | None]]:
    return [(issue.code, issue.place.row) for issue in issues]


def sheet_file(path: Path, **sheets: list[list[Any]]) -> Path:
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for i, row in enumerate(rows):
            page.write_row(i, 0, row)
    book.close()
    return path


def with_part(path: Path, part: str, change: dict[str, str]) -> Path:
    """The workbook with some text of one part replaced."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    text = parts[part].decode()
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | {part: text.encode()}).items():
            archive.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"
BANK = (
    "对公贷款明细表,,\r\n填报单位：重庆某银行,,单位：万元\r\n\r\n"
    '借据编号,借款人,贷款余额（万元）\r\nL001,重庆某水泥厂,"1,234.56"\r\n,,\r\n'
    'L002,重庆某钢厂,30\r\n合 计,,"1,264.56"\r\n制表人：张三,复核：李四,\r\n'
)


@pytest.mark.parametrize(
    "encoded", ["gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("separator", [",", "\t", "|"])
def test_a_bank_export_in_every_encoding(tmp_path: Path, encoded: str, separator: str) -> None:
    text = BANK.replace(",", separator).replace('"1' + separator, '"1,')
    found, issues = opened(tmp_path / "loans.csv", text.encode(encoded))
    assert found is not None
    assert found.columns == ("借据编号", "借款人", "贷款余额（万元）")
    assert found.unit_note == "万元"
    assert not found.native
    assert rows_of(found) == {
        5: ("L001", "重庆某水泥厂", "1,234.56"),
        7: ("L002", "重庆某钢厂", "30"),
    }
    assert codes(issues) == [("total_row_skipped", 8), ("footer_row_skipped", 9)]
    assert "合 计" in issues[0].text("zh")


def test_a_pipe_is_also_the_second_byte_of_some_characters(tmp_path: Path) -> None:
    assert b"|" in "亅".encode("gb18030")
    text = "loan_id|borrower|outstanding_amount\nL1|亅某\u4e8d厂|5\n"
    found = read(tmp_path / "loans.txt", text.encode("gb18030"))
    assert rows_of(found) == {2: ("L1", "亅某\u4e8d厂", "5")}


def test_rows_are_lines_of_the_file(tmp_path: Path) -> None:
    text = 'loan_id,borrower\n"L\n1",a\n\n\nL2,b\nL3,"c\r\nd"\nL4,e\n'
    found = read(tmp_path / "loans.csv", text)
    assert rows_of(found) == {
        2: ("L\n1", "a"), 6: ("L2", "b"), 7: ("L3", "c\r\nd"), 9: ("L4", "e"),
    }  # fmt: skip


def test_cells_lose_their_edges_and_nothing_else(tmp_path: Path) -> None:
    text = "loan_id\t, borrower \n '00123\t,\u3000ＡＢ\xa0\nL2,  \n\ufeffL3,x  y\n"
    assert rows_of(read(tmp_path / "a.csv", text)) == {
        2: ("'00123", "\u3000ＡＢ"), 3: ("L2", None), 4: ("L3", "x  y"),
    }  # fmt: skip


def test_old_mac_line_ends_are_read(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", "loan_id,borrower\rL1,a\rL2,b\r")
    assert rows_of(found) == {2: ("L1", "a"), 3: ("L2", "b")}


def test_long_fields_are_read_up_to_a_limit(tmp_path: Path) -> None:
    long = "x" * 131_073
    found = read(tmp_path / "a.csv", f"loan_id,borrower\nL1,{long}\n")
    assert rows_of(found) == {2: ("L1", long)}
    _, issues = opened(tmp_path / "b.csv", f"loan_id,borrower\nL1,{'x' * 300_000}\nL2,b\n")
    assert codes(issues) == [("field_too_long", 2)]


def test_a_table_streams_twice_in_batches_of_the_columns_asked(tmp_path: Path) -> None:
    lines = "".join(f"L{i},b{i % 3},{i}\n" for i in range(table.BATCH_ROWS + 10))
    found = read(tmp_path / "a.csv", "loan_id,borrower,outstanding_amount\n" + lines)
    for _ in range(2):
        asked = ["outstanding_amount", "borrower"]
        batches = list(found.batches(asked, dictionary=["borrower"]))
        assert max(len(numbers) for numbers, _ in batches) <= table.BATCH_ROWS
        numbers = np.concatenate([numbers for numbers, _ in batches])
        assert numbers.tolist() == list(range(2, table.BATCH_ROWS + 12))
        assert batches[0][0].dtype == np.int64
        assert batches[0][1].schema.names == asked
        assert pa.types.is_dictionary(batches[0][1].column(1).type)


def test_a_batch_of_long_texts_is_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbonledger.reading.records.BATCH_BYTES", 1)
    found = read(sheet_file(tmp_path / "a.xlsx", a=[HEAD, *([f"L{i}", "b"] for i in range(5_000))]))
    sizes = [len(numbers) for numbers, _ in found.batches()]
    assert (sum(sizes), len(sizes)) == (5_000, 2)


def test_the_firm_total_is_a_borrower(tmp_path: Path) -> None:
    text = "borrower,loan_id,outstanding_amount\nTotal,L1,5\nTotal,,5\nTotal,合计,5\n"
    found, issues = opened(tmp_path / "a.csv", text)
    assert found is not None
    assert rows_of(found) == {2: ("Total", "L1", "5")}
    assert codes(issues) == [("total_row_skipped", 3), ("total_row_skipped", 4)]
    found, issues = opened(tmp_path / "a.csv", key=False)
    assert found is not None
    assert list(rows_of(found)) == [2]


@pytest.mark.parametrize(
    "word", ["合计", "小 计", "总计：", "本页合计", "累计", "Grand Total", "SUBTOTAL"]
)
def test_words_for_a_total(tmp_path: Path, word: str) -> None:
    found, issues = opened(tmp_path / "a.csv", f"loan_id,borrower\nL1,a\n{word},\n")
    assert found is not None
    assert codes(issues) == [("total_row_skipped", 3)]
    assert issues[0].severity == "warning"


def test_a_note_in_the_id_column_of_a_full_row_is_kept(tmp_path: Path) -> None:
    text = "loan_id,borrower,outstanding_amount\n注：1,重庆某厂,5\n"
    assert rows_of(read(tmp_path / "a.csv", text)) == {2: ("注：1", "重庆某厂", "5")}


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("单位：万元", "万元"),
        ("金额单位：人民币万元", "人民币万元"),
        ("报告期 2024-12-31,,单位：户、万元", "万元"),
        ("编制单位：重庆某银行 单位：亿元", "亿元"),
        ("单位：,万元", "万元"),
        ("贷款明细表（单位：元）", "元"),
        ("贷款明细表（千元）", "千元"),
        ("Unit: CNY million", "CNY million"),
        ("Loan book in CNY million", "CNY million"),
        ("单位：重庆某银行", None),
        ("填报单位：财务部", None),
        ("对公贷款明细表", None),
    ],
)
def test_the_unit_in_a_title_row(tmp_path: Path, title: str, unit: str | None) -> None:
    found, issues = opened(tmp_path / "a.csv", f"{title}\nloan_id,borrower\nL1,a\n")
    assert found is not None
    assert (found.unit_note, issues) == (unit, [])


def test_the_unit_under_the_table(tmp_path: Path) -> None:
    found, issues = opened(tmp_path / "a.csv", "loan_id,borrower\nL1,a\n单位：万元,\n")
    assert found is not None
    assert found.unit_note == "万元"
    assert codes(issues) == [("footer_row_skipped", 3)]


def test_spreadsheet_values_as_text(tmp_path: Path) -> None:
    rows = [
        ["对公贷款明细表"],
        ["单位：万元"],
        ["loan_id", "borrower", "outstanding_amount\n (万元)", "note", ""],
        ["915001030000000123", "a", 1, 0.5],
        ["0111", "b", 1234.56, True],
        ["L3", "c", 915001030000000123, date(2024, 12, 31)],
        ["L4", None, -2.5e-7, datetime(2024, 12, 31, 10, 30)],
        [],
        ["合计", "", "=SUM(C4:C7)"],
    ]
    path = tmp_path / "loans.xlsx"
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm"})
    page = book.add_worksheet("贷款")
    for i, row in enumerate(rows):
        page.write_row(i, 0, row)
    page.merge_range("A1:E1", "对公贷款明细表")
    page.write_formula("D8", "=1/0", None, "#DIV/0!")
    page.write_number("C8", 0.25)
    page.write_string("A8", "L5")
    book.close()
    with_part(path, SHEET, {"<v>0.25</v>": "<v>0.30000000000000004</v>"})
    found, issues = opened(path)
    assert found is not None
    assert (found.sheet, found.unit_note) == ("贷款", "万元")
    assert found.columns == ("loan_id", "borrower", "outstanding_amount (万元)", "note")
    assert rows_of(found) == {
        4: ("915001030000000123", "a", "1", "0.5"),
        5: ("0111", "b", "1234.56", "true"),
        6: ("L3", "c", "9.150010300000001e+17", "2024-12-31"),
        7: ("L4", None, "-2.5e-07", "2024-12-31T10:30:00"),
        8: ("L5", None, "0.30000000000000004", "#DIV/0!"),
    }
    assert codes(issues) == [("total_row_skipped", 9)]
    assert str(issues[0].place) == "loans.xlsx[贷款]:9"


def test_a_table_that_begins_in_another_corner(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.create_sheet("a", 0)
    for reference, value in {"C4": "loan_id", "D4": "borrower", "C5": "L1", "D6": "b"}.items():
        page[reference] = value
    book.save(tmp_path / "a.xlsx")
    assert rows_of(read(tmp_path / "a.xlsx")) == {5: ("L1", None), 6: (None, "b")}


def test_formulas_saved_without_a_result(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.create_sheet("a", 0)
    for row in (["loan_id", "borrower", "note"], ["L1", "a", "=1+1"], ["L2", "b", "x"]):
        page.append(row)
    page["C4"] = "=A1"
    book.save(tmp_path / "a.xlsx")
    found, issues = opened(tmp_path / "a.xlsx")
    assert found is not None
    assert rows_of(found) == {
        2: ("L1", "a", "#NO-VALUE!"), 3: ("L2", "b", "x"), 4: (None, None, "#NO-VALUE!"),
    }  # fmt: skip
    assert codes(issues) == [("formula_without_value", 2)]


HEAD = ["loan_id", "borrower"]


def test_which_sheet(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    sheets: dict[str, list[list[Any]]] = {
        "说明": [["请勿修改"]], "贷款": [HEAD, ["L1", "a"]], "旧": [HEAD, ["L0", "z"]],
    }  # fmt: skip
    sheet_file(path, **sheets)
    _, issues = opened(path)
    assert [i.text("en") for i in issues if "贷款, 旧" in i.text("en")]
    with_part(path, "xl/workbook.xml", {'name="旧"': 'name="旧" state="hidden"'})
    assert read(path).sheet == "贷款"
    assert rows_of(read(path, sheet="旧")) == {2: ("L0", "z")}
    _, issues = opened(path, sheet="贷 款")
    assert codes(issues) == [("sheet_missing", None)]
    assert "说明, 贷款, 旧" in issues[0].text("zh")


def test_openpyxl_reads_what_calamine_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[list[Any]] = [["title"], [], HEAD, ["L1", 0.1], ["L2", 7], [], ["L3", True]]
    path = sheet_file(tmp_path / "a.xlsx", 贷款=rows)
    by_calamine = rows_of(read(path))

    class Refusing:
        @staticmethod
        def from_path(path: str) -> None:
            raise python_calamine.CalamineError("no")

        from_filelike = from_path

    monkeypatch.setattr(python_calamine, "CalamineWorkbook", Refusing)
    assert rows_of(read(path)) == by_calamine


def bomb(path: Path, **parts: bytes) -> Path:
    """A workbook with other content in some of its parts."""
    sheet_file(path, a=[HEAD, ["L1", "a"]])
    with zipfile.ZipFile(path) as archive:
        every = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (every | parts).items():
            archive.writestr(name, content)
    return path


def sheet_xml(cells: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()


FAR = {
    "reference": '<row r="1"><c r="A1"><v>1</v></c></row><row><c r="XFD1048576"><v>1</v></c></row>',
    "row alone": f'<row>{"<c><v>1</v></c>" * 200}</row><row r="1048576"><c><v>1</v></c></row>',
    "no such row": '<row r="99999999999"><c><v>1</v></c></row>',
    "no such column": '<row r="1"><c r="AAAAAAAAA1"><v>1</v></c></row>',
}  # fmt: skip


@pytest.mark.parametrize("cells", FAR.values(), ids=FAR)
def test_a_far_cell_is_refused_before_it_is_laid_out(tmp_path: Path, cells: str) -> None:
    path = bomb(tmp_path / "a.xlsx", **{SHEET: sheet_xml(cells)})
    assert path.stat().st_size < 8_000
    found, issues = opened(path)
    assert (found, codes(issues)) == (None, [("file_hostile", None)])


def test_a_declared_far_corner_without_cells_is_harmless(tmp_path: Path) -> None:
    path = sheet_file(tmp_path / "a.xlsx", a=[HEAD, ["L1", "a"]])
    with_part(path, SHEET, {'<dimension ref="A1:B2"/>': '<dimension ref="A1:XFD1048576"/>'})
    assert rows_of(read(path)) == {2: ("L1", "a")}


def test_zip_bombs(tmp_path: Path) -> None:
    path = bomb(tmp_path / "declared.xlsx")
    packed = bytearray(path.read_bytes())
    at = packed.rindex(SHEET.encode()) - 46
    packed[at + 24 : at + 28] = (2 << 30).to_bytes(4, "little")
    assert codes(opened(path, bytes(packed))[1]) == [("file_hostile", None)]
    packed[at + 24 : at + 28] = (100).to_bytes(4, "little")
    assert codes(opened(path, bytes(packed))[1]) == [("file_hostile", None)]
    zeros = sheet_xml(" " * (20 << 20))
    assert codes(opened(bomb(tmp_path / "ratio.xlsx", **{SHEET: zeros}))[1]) == [
        ("file_hostile", None)
    ]
    with zipfile.ZipFile(tmp_path / "members.xlsx", "w") as archive:
        for i in range(5_001):
            archive.writestr(f"{i}", b"")
    assert codes(opened(tmp_path / "members.xlsx")[1]) == [("file_hostile", None)]


def test_entities_of_a_doctype_are_refused(tmp_path: Path) -> None:
    evil = b'<!DOCTYPE x [<!ENTITY a "b">]>' + sheet_xml("")
    assert codes(opened(bomb(tmp_path / "a.xlsx", **{SHEET: evil}))[1]) == [("file_hostile", None)]


def typed_file(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = typed_file(
        tmp_path / "loans.parquet",
        loan_id=["L1", None],
        outstanding_amount=pa.array([Decimal("1.25"), None], pa.decimal128(18, 2)),
        borrower=pa.array(["a", "a"]).dictionary_encode(),
        note=pa.array([date(2024, 12, 31), None]),
    )
    found = read(path)
    assert (found.native, found.rows, found.sheet) == (True, 2, None)
    assert rows_of(found) == {
        1: ("L1", Decimal("1.25"), "a", date(2024, 12, 31)), 2: (None, None, "a", None),
    }  # fmt: skip
    _, batch = next(found.batches())
    assert batch.schema.field("outstanding_amount").type == pa.decimal128(18, 2)
    assert pa.types.is_dictionary(batch.schema.field("borrower").type)
    _, batch = next(found.batches(["note", "loan_id"], dictionary=["loan_id"]))
    assert batch.schema.names == ["note", "loan_id"]
    assert pa.types.is_dictionary(batch.schema.field("loan_id").type)


def test_parquet_streams(tmp_path: Path) -> None:
    path = typed_file(tmp_path / "a.parquet", loan_id=np.arange(70_000), note=np.zeros(70_000))
    sizes = [(numbers[0], len(numbers)) for numbers, _ in read(path).batches(["loan_id"])]
    assert sizes == [(1, 65_536), (65_537, 4_464)]


def test_a_damaged_page_is_a_refusal_with_its_code(tmp_path: Path) -> None:
    path = typed_file(
        tmp_path / "a.parquet", loan_id=[f"L{i}" for i in range(5_000)], note=[0] * 5_000
    )
    content = bytearray(path.read_bytes())
    content[8:2_000] = b"\xff" * 1_992
    found = read(path, bytes(content))
    with pytest.raises(Refusal, match="file_unreadable"):
        list(found.batches())


def damaged_zip(path: Path) -> bytes:
    content = sheet_file(path, a=[HEAD, ["L1", "a"]]).read_bytes()
    return content[: len(content) // 2]


def nested(path: Path) -> None:
    typed_file(path, loan_id=["L1"], borrower=[["a", "b"]])


def xlsx_of(**sheets: list[list[Any]]) -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(out)
    return out.getvalue()


def parquet_of(**columns: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def zip_of(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(22) + b"\x09\x00" + bytes(16)
LOCKED = OLE + bytes(464) + "EncryptedPackage".encode("utf-16-le").ljust(512, b"\0")
TITLE = "loan_id,borrower\n"
WIDE = ",".join(["loan_id", "borrower", *(f"x{i}" for i in range(199))])
BROKEN: list[tuple[str, str, bytes | str | None, int | None]] = [
    ("file_missing", "none.csv", None, None),
    ("nothing_to_read", "a.csv", b"", None),
    ("nothing_to_read", "a.csv", "\ufeff\r\n,,\r\n", None),
    ("nothing_to_read", "a.csv", TITLE + ",\n", 1),
    ("nothing_to_read", "a.xlsx", xlsx_of(a=[HEAD]), 1),
    ("nothing_to_read", "a.parquet", parquet_of(loan_id=pa.array([], pa.string())), None),
    ("header_missing", "a.csv", "x,y\nL1,a\n", None),
    ("header_missing", "a.csv", "\n" * 30 + TITLE + "L1,a\n", None),
    ("header_missing", "a.xlsx", xlsx_of(a=[["x", "y"]], b=[[1, 2]]), None),
    ("header_missing", "a.parquet", parquet_of(x=[1], y=[2]), None),
    ("header_duplicate", "a.csv", "loan_id,borrower,loan_id \nL1,a,b\n", 1),
    ("header_duplicate", "a.xlsx", xlsx_of(a=[[*HEAD, "borrower"], ["L1", "a", "b"]]), 1),
    ("columns_too_many", "a.csv", WIDE + "\n1,2\n", 1),
    ("column_nested", "a.parquet", parquet_of(loan_id=["L1"], borrower=[["a"]]), None),
    ("encoding_unreadable", "a.csv", TITLE.encode() + b"L1,\xff\xff\n", 2),
    ("encoding_unreadable", "a.csv", (TITLE + "L1,重庆某水泥公司\nL2,").encode() + b"\xe9\n", 3),
    ("encoding_unreadable", "a.csv", (TITLE + "L1,a\n").encode("utf-16") + b"\x00", 3),
    ("text_with_nul", "a.csv", TITLE + "L1,\0\n", 2),
    ("text_with_nul", "a.csv", TITLE + "L1,a\n" * 5_000 + "L1,\0\n", 5_002),
    ("text_with_nul", "a.csv", (TITLE + "L1,a\n").encode("utf-16-le") + b"a", 1),
    ("text_with_nul", "a.csv", (TITLE + "L1,\x02\n").encode("utf-16-be"), 1),
    ("text_with_nul", "a.csv", (TITLE + "L1,\0\n").encode("utf-16"), 2),
    ("line_break_lone", "a.csv", TITLE + "L1,a\rb\nL2,c\n", 2),
    ("quote_broken", "a.csv", TITLE + 'L1,"a\nL2,b\n', 2),
    ("quote_broken", "a.csv", TITLE + 'L1,"a\nL2,"b"\n', 2),
    ("field_too_long", "a.csv", TITLE + "L1," + "x" * 300_000 + "\n", 2),
    ("row_ragged", "a.csv", TITLE + "L1,a,,b\nL2,c,,\n", 2),
    ("row_ragged", "a.csv", "loan_id,,borrower\nL1,,a\nL2,x,b\n", 3),
    ("row_ragged", "a.xlsx", xlsx_of(a=[HEAD, ["L1", "a", None, 5]]), 2),
    ("rows_misshapen", "a.csv", TITLE + "L1,a,b\n" * 2_000, 1_002),
    ("total_row_skipped", "a.csv", TITLE + "L1,a\n合计,\n", 3),
    ("footer_row_skipped", "a.csv", TITLE + "L1,a\n制表人：张三,\n", 3),
    ("unit_note_not_money", "a.csv", "单位：佰圆整\n" + TITLE + "L1,a\n", 1),
    ("unit_notes_differ", "a.csv", "单位：万元\n单位：元\n" + TITLE + "L1,a\n", 2),
    ("formula_without_value", "a.xlsx", xlsx_of(a=[HEAD, ["L1", "=1+1"]]), 2),
    ("sheet_ambiguous", "a.xlsx", xlsx_of(a=[HEAD], b=[HEAD]), None),
    ("file_not_its_ending", "a.csv", xlsx_of(a=[HEAD]), None),
    ("file_not_its_ending", "a.xlsx", TITLE, None),
    ("file_read_as", "a.xls", TITLE, None),
    ("file_not_its_ending", "a.csv", parquet_of(loan_id=[1]), None),
    ("file_unreadable", "a.xls", OLE + bytes(1_000), None),
    ("nothing_to_read", "a.xls", "\ufeff\n<html><table></table></html>", None),
    ("file_unreadable", "a.csv.gz", b"\x1f\x8b\x08" + bytes(9), None),
    ("format_unsupported", "a.xml", "<?xml version='1.0'?><Workbook/>", None),
    ("format_unsupported", "a.csv", b"%PDF-1.7\n", None),
    ("header_missing", "a.zip", zip_of(a=b"b"), None),
    ("format_unsupported", "a.xlsx", zip_of(**{"word/document.xml": b"<a/>"}), None),
    ("format_unsupported", "a.xlsb", zip_of(**{"xl/workbook.bin": b"\0"}), None),
    ("file_encrypted", "a.xlsx", LOCKED, None),
    ("file_unreadable", "a.xlsx", xlsx_of(a=[HEAD])[:2_000], None),
    ("file_unreadable", "a.parquet", b"PAR1" + bytes(100) + b"PAR1", None),
]  # fmt: skip


@pytest.mark.parametrize(("code", "name", "content", "row"), BROKEN)
def test_every_problem_is_an_issue(
    tmp_path: Path, code: str, name: str, content: bytes | str | None, row: int | None
) -> None:
    found, issues = opened(tmp_path / name, content)
    assert (code, row) in codes(issues), codes(issues)
    if any(issue.severity == "error" and issue.place.row is None for issue in issues):
        assert found is None
    for issue in issues:
        for language in LANGUAGES:
            assert issue.text(language).startswith(name)
            assert "{" not in issue.text(language)


def test_folders_are_no_files(tmp_path: Path) -> None:
    assert codes(opened(tmp_path)[1]) == [("file_unreadable", None)]


def test_a_cut_file_is_listed_up_to_a_limit(tmp_path: Path) -> None:
    _, issues = opened(tmp_path / "a.csv", TITLE + "L1,a,b\n" * 2_000)
    assert len(issues) == 1_001


def test_utf_8_with_one_bad_byte_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    good = (TITLE + "L1,重庆某某水泥有限公司\nL2,").encode()
    bad = good + "钢".encode()[:2] + b"\x8f,\n"
    _, issues = opened(tmp_path / "a.csv", bad.replace(b"\x8f,", b",x"))
    assert codes(issues) == [("encoding_unreadable", 3)]
    assert dict(issues[0].details)["offset"] == str(len(good))


def test_a_bad_byte_far_into_the_file(tmp_path: Path) -> None:
    content = (TITLE + "L1,重庆\n" * 200_000).encode("gb18030") + b"L2,\xff\xff\n"
    assert len(content) > encoding.CHUNK
    _, issues = opened(tmp_path / "a.csv", content)
    assert codes(issues) == [("encoding_unreadable", 200_002)]
    assert dict(issues[0].details)["offset"] == str(content.index(b"\xff"))


def test_formats_are_found_in_the_folder() -> None:
    kinds = [f.kind for f in reading.formats()]
    assert kinds == ["Arrow", "HTML", "ODS", "Parquet", "XLS", "XLSX", "CSV"]


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=300))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "a.csv"
    for start in (b"", TITLE.encode(), "\ufeff".encode("utf-16-le")):
        found, _ = opened(path, start + content)
        if found is not None:
            rows_of(found)


@settings(max_examples=100, deadline=None)
@given(
    cells=st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9),
            st.text(alphabet='a",|\t\r\n ', max_size=9),
        ),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    quoted = ['"L{}","{}","{}"'.format(i, *(c.replace('"', '""') for c in row))
              for i, row in enumerate(cells)]  # fmt: skip
    text = "loan_id,borrower,note\n" + "\n".join(quoted) + "\n"
    found = read(tmp_path_factory.mktemp("csv") / "a.csv", text)
    expected = [
        (f"L{i}", *(c.strip(table.EDGES) or None for c in row)) for i, row in enumerate(cells)
    ]
    assert list(rows_of(found).values()) == expected


def test_mutated_workbooks_never_raise(tmp_path: Path) -> None:
    good = xlsx_of(a=[HEAD, ["L1", 1.5], ["L2", "=A1"]], b=[["x"]])
    path = tmp_path / "a.xlsx"
    random = np.random.default_rng(7)
    for _ in range(200):
        content = bytearray(good)
        for at in random.integers(0, len(content), 3):
            content[at] = random.integers(0, 256)
        found, _ = opened(path, bytes(content))
        if found is not None:
            rows_of(found)
