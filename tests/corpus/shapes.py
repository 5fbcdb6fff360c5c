"""Layouts: titles, two header rows, totals, notes, hidden and merged things, in each format."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from corpus import writers
from corpus.book import BOOK, Variant, changed, grid, loads, refuses

WIDTH = 7
Make = Callable[..., bytes]


def _csv(rows: writers.Grid, **_: Any) -> bytes:
    return writers.text(rows)


def _gb_tsv(rows: writers.Grid, **_: Any) -> bytes:
    return writers.text(rows, "\t", encoding="gb18030")


FORMATS: dict[str, tuple[str, Make]] = {
    "csv": ("loans.csv", _csv), "gb_tsv": ("loans.tsv", _gb_tsv),
    "xlsx": ("loans.xlsx", writers.xlsx), "xls": ("loans.xls", writers.xls),
    "ods": ("loans.ods", writers.ods), "html": ("loans.xls", writers.web_page),
}  # fmt: skip
WHOLE = "137425600"  # 12,345,600 + 5,000,000 + 80,000 + 120,000,000


def _row(*cells: str) -> list[str]:
    return [*cells, *[""] * (WIDTH - len(cells))]


def _sum(word: str, amount: str = WHOLE, at: int = 0) -> list[str]:
    cells = _row()
    cells[at], cells[2] = word, amount
    return cells


def layouts() -> Iterator[tuple[str, list[list[str]], writers.Merged]]:
    rows = grid()
    title = _row("示例银行对公贷款明细表")
    yield "title", [title, *rows], ()
    yield "title_merged", [title, *rows], ((0, 0, 0, WIDTH - 1),)
    yield "title_and_notes", [title, _row("数据日期：2025-12-31", "", "制表：张三"), _row(), *rows], ()
    yield "title_unit", [title, _row("单位：万元"), *grid("万元", "贷款余额")], ()
    groups = ["借据信息", "", "贷款信息", "", "借款人信息", "", ""]
    spans = ((0, 0, 0, 1), (0, 2, 0, 3), (0, 4, 0, 6))
    yield "two_header_rows", [groups, *rows], spans
    yield "title_and_two_header_rows", [title, groups, *rows], tuple(
        (t + 1, le, b + 1, ri) for t, le, b, ri in spans)  # fmt: skip
    yield "total_at_end", [*rows, _sum("合计")], ()
    yield "total_spaced", [*rows, _sum("合 计")], ()
    yield "total_merged", [*rows, _sum("总计")], ((5, 0, 5, 1),)
    yield "subtotals", [*rows[:3], _sum("小计", "17345600"), *rows[3:],
                        _sum("小计", "120080000"), _sum("合计")], ()  # fmt: skip
    yield "total_in_second_column", [*rows, _sum("合计", at=1)], ()
    yield "note_at_end", [*rows, _row(), _row("注：本表数据来自核心系统")], ()
    yield "signatures_at_end", [*rows, _row("制表人：张三", "", "复核人：李四")], ()
    yield "blank_rows", [*rows[:2], _row(), *rows[2:], _row(), _row()], ()


def variants() -> Iterator[Variant]:
    for name, rows, merged in layouts():
        for kind, (file, make) in FORMATS.items():
            content = make(rows) if kind in ("csv", "gb_tsv") else make(rows, merged=merged)
            yield loads(f"{kind}_{name}", {file: content})
    yield from _names_like_totals()
    yield from _sheets()
    yield from _odd_sheets()
    yield from _headers()


def _names_like_totals() -> Iterator[Variant]:
    for word in ("小计商贸支行", "合计"):
        rows = grid()
        rows[2][6] = word
        name = "branch_named_like_a_total" if len(word) > 2 else "branch_called_total"
        yield loads(name, {"loans.csv": writers.text(rows)}, changed(1, branch=word))
    rows = grid()
    rows[2][0] = "合计-0002"
    yield loads("id_begins_with_total", {"loans.csv": writers.text(rows)},
                changed(1, loan_id="合计-0002"))  # fmt: skip


def _sheets() -> Iterator[Variant]:
    other = [["说明"], ["本工作簿由系统导出"]]
    past = grid()[:3]
    for name, make in (("xlsx", writers.xlsx), ("xls", writers.xls), ("ods", writers.ods)):
        file = f"loans.{name}"
        yield loads(f"{name}_second_sheet_of_notes", {file: make(grid(), more={"说明": other})})
        yield loads(f"{name}_hidden_sheet_of_old_rows",
                    {file: make(grid(), more={"上月": past}, hide=["上月"])})
        two = make(grid(), more={"上月": past})
        yield refuses(f"{name}_two_books", {file: two}, "sheet_ambiguous")
        yield loads(f"{name}_sheet_named", {file: two}, sheet="贷款")
        yield refuses(f"{name}_no_such_sheet", {file: two}, "sheet_missing", sheet="没有")
    yield loads("xlsx_very_hidden_sheet", {"loans.xlsx": writers.xlsx(
        grid(), more={"上月": past}, hide=["上月"], state="veryHidden")})  # fmt: skip


def _odd_sheets() -> Iterator[Variant]:
    hidden = writers.xlsx(grid(), hidden_rows=(2,))
    yield loads("xlsx_hidden_row", {"loans.xlsx": hidden}, warned=("rows_hidden",))
    merged = [list(row) for row in grid()]
    told = changed(1, branch=None)
    for name, make in (("xlsx", writers.xlsx), ("xls", writers.xls), ("ods", writers.ods)):
        yield loads(f"{name}_branch_merged_over_two_rows",
                    {f"loans.{name}": make(merged, merged=((1, 6, 2, 6),))}, told,
                    warned=("cells_merged",))  # fmt: skip
    shifted = [["", *row] for row in [_row("贷款明细"), *grid()]]
    yield loads("xlsx_table_from_column_b", {"loans.xlsx": writers.xlsx(shifted)})
    yield loads("ods_table_from_column_b", {"loans.ods": writers.ods(shifted)})
    formula = [list(row) for row in grid()]
    formula[1][2] = "=12345600"
    yield refuses("xlsx_formula_never_computed", {"loans.xlsx": writers.xlsx(formula)},
                  "number_unreadable")  # fmt: skip
    yield loads("xlsx_formula_with_its_value", {"loans.xlsx": _computed()})
    failed = [list(row) for row in grid()]
    failed[2][2] = "#VALUE!"
    for name, make in (("xlsx", writers.xlsx), ("ods", writers.ods)):
        yield refuses(f"{name}_amount_not_computed", {f"loans.{name}": make(failed)},
                      "amount_blank")  # fmt: skip


def _computed() -> bytes:
    """A workbook whose amounts are formulas that Excel has computed."""
    import xlsxwriter

    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for r, row in enumerate(grid()):
            for c, cell in enumerate(row):
                if r and c == 2:
                    fen = BOOK[r - 1]["outstanding_amount"]
                    page.write_formula(r, c, f"={cell}*1", None, fen // 100)
                else:
                    page.write_string(r, c, cell)
    assert zipfile.is_zipfile(out)
    return out.getvalue()


def _headers() -> Iterator[Variant]:
    def file(rows: writers.Grid) -> dict[str, bytes]:
        return {"loans.csv": writers.text(rows)}

    unit_below = [["借据号", "统一社会信用代码", "贷款余额", "贷款实际投向", "借款人地区代码",
                   "贷款发放日期", "经办行"], ["", "", "（元）", "", "", "", ""]]  # fmt: skip
    yield loads("unit_row_under_header", file([*unit_below, *grid()[1:]]),
                or_refused="unit_missing")  # fmt: skip
    yield loads("xlsx_unit_row_under_header",
                {"loans.xlsx": writers.xlsx([*unit_below, *grid()[1:]])},
                or_refused="unit_missing")  # fmt: skip
    names = {c: c for c in ("loan_id", "counterparty_id", "sector", "region", "start_date",
                            "branch")}  # fmt: skip
    yield loads("english_headers", file(grid(header="outstanding_amount (yuan)", headers=names)))
    wide = {"loan_id": " 借据号 ", "branch": "经办行\t", "region": "借款人地区代码　"}
    yield loads("blanks_round_headers", file(grid(headers=wide)))
    yield loads("full_width_brackets_ascii", file(grid(header="贷款余额(元)")))
    yield loads("title_of_30_lines_less_one", file([*[_row("说明")] * 29, *grid()]))
    yield refuses("no_header", file(grid()[1:]), "header_missing")
    yield refuses("header_behind_line_30", file([*[_row("说明")] * 40, *grid()]), "header_missing")
    yield refuses("two_columns_of_one_name", file([[*r, r[6]] for r in grid()]),
                  "header_duplicate")  # fmt: skip
    both = [[*r, "借款余额（元）" if n == 0 else r[2]] for n, r in enumerate(grid())]
    yield refuses("two_columns_for_one_field", file(both), "column_twice")
    yield refuses("no_amount", file([[*r[:2], *r[3:]] for r in grid()]), "column_missing")
    yield refuses("amount_called_balance", file(grid(header="余额（元）")), "column_missing")
    yield loads("amount_called_balance_declared", file(grid(header="余额（元）")),
                columns={"outstanding_amount": "余额（元）"})  # fmt: skip
    many = [[*r, *(f"c{i}" if n == 0 else "" for i in range(200))] for n, r in enumerate(grid())]
    yield refuses("over_200_columns", file(many), "columns_too_many")
