"""Files of a form: what they hold equals the form, bytes repeat, hostile text stays text."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from html.parser import HTMLParser

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter
from disclosures import account, disclosure, pcaf_rows
from xlsxwriter.worksheet import Worksheet

from carbonledger.cells import MISSING, Ratio, Sum
from carbonledger.form import Bars, Figures, Form, Lines, Stack, Table
from carbonledger.forms import forms
from carbonledger.issues import LANGUAGES, Language
from carbonledger.method import Text
from carbonledger.render import formats, renderers, reports
from carbonledger.render.entry_sheet import EntrySheet
from carbonledger.render.formulas import Line, ranges
from carbonledger.render.svg import NARROW, WIDE, draw
from carbonledger.render.xlsx import number, number_format

HOSTILE = "<script>alert(1)</script>\"'&=1+1"


def made(language: Language = "zh", **changed: object) -> Form:
    form: Form = forms()["financed"].make(disclosure(**changed), language)
    return form


def hostile() -> Form:
    rows = [row | {"branch": HOSTILE} for row in pcaf_rows()]
    return made(
        entity=Text(HOSTILE, HOSTILE), accounts=(account("pcaf-2025", rows),),
        declared=((Text(HOSTILE, HOSTILE), Text(HOSTILE, HOSTILE)),), path=None, compared=None,
    )  # fmt: skip


def text(form: Form, name: str) -> str:
    return renderers()[name](form).decode()


def workbook(form: Form, **how: bool) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(renderers()["xlsx"](form)), **how)


# every format


def test_the_formats_are_found() -> None:
    assert set(formats()) == {"html", "json", "md", "xlsx"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["html", "json", "md", "xlsx"])
def test_bytes_repeat(name: str, language: Language) -> None:
    assert renderers()[name](made(language)) == renderers()[name](made(language))


def test_reports_of_a_run_are_both_languages_as_html_and_xlsx() -> None:
    assert list(reports(disclosure())) == [
        "financed.zh.html", "financed.zh.xlsx", "financed.en.html", "financed.en.xlsx",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["html", "json", "md"])
def test_every_print_is_in_the_file(name: str) -> None:
    form, file = made(), text(made(), name)
    for block in form.blocks():
        if isinstance(block, Table | Figures):
            cells = [c for r in block.rows for c in r.cells] if isinstance(block, Table) else [
                i.cell for i in block.items
            ]
            assert all(c.text in file for c in cells if c.how is not None)


# html


class Page(HTMLParser):
    """Tags with their attributes, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_script_and_nothing_fetched(language: Language) -> None:
    page = Page(text(made(language), "html"))
    assert not page.of("script")
    assert not page.of("link")
    assert not page.of("img")
    for _, attrs in page.tags:
        assert not [a for a in attrs if a.startswith("on") or a in ("style", "src")]
        assert (attrs.get("href") or "#").startswith("#")


def test_the_policy_lets_in_only_the_style_of_the_page() -> None:
    file = text(made(), "html")
    policy = next(a["content"] for a in Page(file).of("meta") if "http-equiv" in a)
    style = re.search(r"<style>(.*?)</style>", file, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert f"'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_hostile_text_stays_text_in_html() -> None:
    file = text(hostile(), "html")
    assert "<script" not in file
    assert "&lt;script&gt;" in file
    assert not Page(file).of("script")


def test_tables_and_charts_can_be_heard() -> None:
    page = Page(text(made("en"), "html"))
    assert len(page.of("caption")) == len(page.of("table"))
    assert all(a.get("scope") in ("col", "row") for a in page.of("th"))
    assert len(page.of("title")) == len(page.of("svg")) + 1
    assert len(page.of("desc")) == len(page.of("svg"))
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_the_language_of_the_page_is_named() -> None:
    assert [Page(text(made(lang), "html")).of("html")[0]["lang"] for lang in LANGUAGES] == [
        "zh-CN", "en"]  # fmt: skip


# svg


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_stay_inside_their_frame(width: int, language: Language) -> None:
    charts = [b for b in made(language).blocks() if isinstance(b, Lines | Bars | Stack)]
    assert {type(c) for c in charts} == {Lines, Bars, Stack}
    for chart in charts:
        root = ET.fromstring(draw(chart, width))
        height = float(root.attrib["viewBox"].split()[3])
        for node in root.iter():
            x, y = node.get("x", node.get("cx")), node.get("y", node.get("cy"))
            if x is not None and y is not None:
                assert -1 <= float(x) <= width + 1
                assert 0 <= float(y) <= height
            if node.tag.endswith("rect"):
                assert float(node.attrib["x"]) + float(node.attrib["width"]) <= width + 1


def test_a_chart_has_title_unit_and_source() -> None:
    for chart in made().blocks():
        if isinstance(chart, Lines | Bars | Stack):
            assert chart.title
            assert chart.description
            assert chart.unit
            assert chart.source


def test_bars_are_as_long_as_their_figures() -> None:
    chart = next(b for b in made().blocks() if isinstance(b, Bars))
    root = ET.fromstring(draw(chart, WIDE))
    drawn = [float(n.attrib["width"]) for n in root.iter() if n.tag.endswith("rect")]
    values = [c.value for _, c in chart.bars]
    for length, amount in zip(drawn, values, strict=True):
        assert isinstance(amount, int)
        expected = drawn[0] * amount / values[0]  # type: ignore[operator]
        assert length == pytest.approx(max(expected, 1), abs=0.11)


# xlsx


def numbers(form: Form) -> Iterator[tuple[str, float]]:
    for section in form.sections:
        for block in section.blocks:
            if isinstance(block, Table | Figures):
                cells = [c for r in block.rows for c in r.cells] if isinstance(
                    block, Table) else [i.cell for i in block.items]  # fmt: skip
                for cell in cells:
                    if cell.how is not None and isinstance(cell.value, int | Fraction):
                        yield section.sheet, number(cell.value, cell.how)


def shown_numbers(book: openpyxl.Workbook, form: Form) -> list[tuple[str, float]]:
    return [
        (section.sheet, float(cell.value))
        for section in form.sections
        for row in book[section.sheet[:31]].iter_rows()
        for cell in row
        if isinstance(cell.value, int | float)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_holds_the_numbers_of_the_form(language: Language) -> None:
    form = made(language)
    held, wanted = shown_numbers(workbook(form, data_only=True), form), list(numbers(form))
    assert [sheet for sheet, _ in held] == [sheet for sheet, _ in wanted]
    # a workbook keeps 16 digits
    assert [v for _, v in held] == pytest.approx([v for _, v in wanted], rel=1e-15)


def test_totals_are_live_formulas() -> None:
    form = made()
    book = workbook(form)
    formulas = [str(c.value) for ws in book for row in ws.iter_rows() for c in row
                if c.data_type == "f"]  # fmt: skip
    assert len(formulas) > 500
    assert any(f.startswith("=SUMIFS(") for f in formulas)
    live = [c for b in form.blocks() if isinstance(b, Table) for r in b.rows for c in r.cells
            if isinstance(c.formula, Sum | Ratio) and c.value is not None]  # fmt: skip
    assert all(c.key for c in live)


def test_formulas_reckoned_over_the_entries_give_the_form() -> None:
    """SUMIFS by our own hand: the criteria of every sum, over the rows of the entries sheet."""
    form = made()
    held = {e.sheet: e.rows.to_pylist() for e in form.entries}
    sums = [c for c in form.cells() if isinstance(c.formula, Sum) and c.value is not None]
    assert len(sums) > 300
    for cell in sums:
        assert isinstance(cell.formula, Sum)
        assert _sum(cell.formula, held) == cell.value, cell.key


def test_ratios_reckoned_over_the_entries_give_the_form() -> None:
    form = made()
    held = {e.sheet: e.rows.to_pylist() for e in form.entries}
    for cell in form.cells():
        if isinstance(cell.formula, Ratio) and cell.value is not None:
            part, whole = cell.formula.part, cell.formula.whole
            if isinstance(part, Sum) and isinstance(whole, Sum):
                assert Fraction(_sum(part, held), _sum(whole, held)) == cell.value, cell.key


def _sum(rule: Sum, held: dict[str, list[dict[str, object]]]) -> int:
    rows = [
        row for row in held[rule.sheet]
        if all(_meets(row[n], v) for n, v in rule.where)
        and not any(_meets(row[n], v) for n, v in rule.unless)
    ]  # fmt: skip
    if not rule.column:
        return len(rows)
    return sum(int(str(row[rule.column])) for row in rows if row[rule.column] is not None)


def _meets(held: object, wanted: object) -> bool:
    if isinstance(wanted, tuple):
        return any(_meets(held, w) for w in wanted)
    if wanted == "=":
        return held is None
    if isinstance(wanted, str) and "*" in wanted:
        pattern = ".*".join(map(re.escape, wanted.split("*")))
        return re.fullmatch(pattern, str(held)) is not None
    return held == wanted


def test_a_code_that_reads_as_a_number_is_no_criterion() -> None:
    """SUMIFS takes "0101", "101" and 101 for one: six digits and branches need other words."""
    for cell in made().cells():
        if isinstance(cell.formula, Sum):
            for _, wanted in cell.formula.where:
                each = wanted if isinstance(wanted, tuple) else (wanted,)
                assert not any(isinstance(w, str) and w.isdigit() for w in each)


def test_entries_are_numbers_and_text_is_never_a_formula() -> None:
    book = workbook(made())
    sheet = book["明细 pcaf-2025"]
    heads = [c.value for c in sheet[1]]
    at = heads.index("余额（分）") + 1
    assert sheet.cell(3, at).value == 2_500_000_037
    branch = sheet.cell(4, heads.index("机构") + 1)
    assert (branch.value, branch.data_type) == ("=0101", "s")


def test_hostile_text_stays_text_in_a_workbook() -> None:
    names = ["=1+1", "+1", "-1", "@x", "a*", "b?", "~c", '"q"']
    rows = [row | {"branch": n} for row, n in zip(pcaf_rows(), names, strict=True)]
    form = made(accounts=(account("pcaf-2025", rows),), path=None, compared=None)
    book = workbook(form)
    cells = [c for row in book["按机构"].iter_rows() for c in row if c.column == 1]
    assert {"=1+1", "+1", "-1", "@x"} <= {c.value for c in cells}
    assert all(c.data_type == "s" for c in cells if c.value)


def test_pages_fit_and_headings_stay() -> None:
    for sheet in workbook(made()):
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.freeze_panes
        assert sheet.print_title_rows


@pytest.mark.parametrize("language", ["zh", "en"])
def test_words_keep_away_from_the_number_before_them(language: Language) -> None:
    """A spreadsheet draws an indent only of cells that say on which side."""
    met = 0
    for sheet in workbook(made(language)):
        for row in sheet.iter_rows():
            for left, right in itertools.pairwise(row):
                if left.data_type in "nf" and left.value is not None and right.data_type == "s":
                    met += right.alignment.horizontal != "right"
                    assert right.alignment.horizontal == "right" or (
                        right.alignment.horizontal == "left" and right.alignment.indent > 0
                    ), (sheet.title, right.coordinate)
    assert met > 20


def test_missing_is_a_dash_in_the_workbook() -> None:
    values = [c.value for row in workbook(made())["一览"].iter_rows() for c in row]
    assert MISSING in values


def test_number_formats_follow_the_print() -> None:
    form = made()
    cell = form.cell("pcaf-2025/financed/total/coverage")
    assert cell is not None
    assert cell.how is not None
    assert number_format(cell.how) == "0.00%"
    assert number_format(cell.how._replace(signed=True)) == "+0.00%;-0.00%;0.00%"


def test_without_entries_totals_are_values(monkeypatch: pytest.MonkeyPatch) -> None:
    from carbonledger.forms import financed

    monkeypatch.setattr(financed, "LIMIT", 7)
    form = made()
    book = workbook(form)
    assert not [n for n in book.sheetnames if n.startswith("明细")]
    formulas = [str(c.value) for ws in book for row in ws.iter_rows() for c in row
                if c.data_type == "f"]  # fmt: skip
    assert not [f for f in formulas if "SUMIFS" in f]


def test_a_formula_names_its_ranges() -> None:
    form = made()
    lies = ranges([(e.title, e) for e in form.entries])
    line = Line(lies)
    cell = form.cell("pcaf-2025/financed/asset_class/business_loan/scope12")
    assert cell is not None
    made_of = line.formula(cell)
    assert made_of is not None
    assert re.fullmatch(
        r"=SUMIFS\('明细 pcaf-2025'!\$\w+\$2:\$\w+\$9,'明细 pcaf-2025'!\$\w+\$2:\$\w+\$9,"
        r'"business_loan"\)/1000000', made_of
    )  # fmt: skip


# json and markdown


def test_json_has_its_schema_and_numbers_as_strings() -> None:
    document = json.loads(text(made("en"), "json"), parse_int=_no, parse_float=_no)
    assert document["schema"] == "carbonledger.form/1"
    cells = {c["key"]: c for c in _keyed(document)}
    assert cells["pcaf-2025/financed/total/scope12"]["value"] == "4521000002"
    share = cells["pcaf-2025/financed/total/coverage"]
    assert Fraction(share["exact"]) == Fraction(2_900_000_037, 3_100_000_037)
    assert share["text"] == "93.55%"
    assert cells["pboc-2021/financed/total/scope3"]["value"] is None


def _no(token: str) -> str:
    return token if len(token) == 4 else pytest.fail(f"a number: {token}")


def _keyed(node: object) -> Iterator[dict[str, str]]:
    if isinstance(node, dict):
        if "key" in node and "text" in node:
            yield node
        for each in node.values():
            yield from _keyed(each)
    elif isinstance(node, list):
        for each in node:
            yield from _keyed(each)


def test_markdown_rows_are_whole_and_hostile_text_is_escaped() -> None:
    file = text(hostile(), "md")
    assert "<script" not in file
    rows = [line for line in file.splitlines() if line.startswith("|")]
    for head, rule in itertools.pairwise(rows):
        if set(rule) <= set("|-:"):
            assert head.count("|") - head.count("\\|") == rule.count("|")


@pytest.mark.parametrize("rows", [0, 1, 15, 16, 40])
def test_a_sheet_written_by_the_column_has_the_bytes_of_one_written_by_the_cell(rows: int) -> None:
    # Oracle: xlsxwriter's own cells. The last column is blank for some blocks of 16 rows.
    texts = ["=A1", " two ", "a\x01<&>", "x" * 40_000, "-"]
    columns = {
        "id": pa.array([f"L{n}" for n in range(rows)], pa.string()),
        "text": pa.array([texts[n % len(texts)] for n in range(rows)], pa.string()),
        "score": pa.array([None if n < 3 else n % 5 for n in range(rows)], pa.int8()),
        "never": pa.array([None] * rows, pa.int64()),
        "factor": pa.array([None if n % 3 else n / 7 for n in range(rows)], pa.float64()),
        "fen": pa.array([(-1) ** n * 10**n if n < 19 else 0 for n in range(rows)], pa.int64()),
        "late": pa.array([n if n > 20 else None for n in range(rows)], pa.int64()),
    }

    def workbook(kind: type[Worksheet]) -> bytes:
        file = io.BytesIO()
        book = xlsxwriter.Workbook(file, {"in_memory": True})
        book.set_properties({"created": datetime(2000, 1, 1)})
        before, sheet = book.add_worksheet("a"), book.add_worksheet("b", kind)
        before.write_string(0, 0, "L2")
        styles = [book.add_format({"num_format": n}) for n in ("@", "0", "0.00", "#,##0")]
        for k, (name, values) in enumerate(columns.items()):
            style = styles[(k + rows) % 4]
            sheet.write_string(0, k, name)
            if isinstance(sheet, EntrySheet):
                sheet.write_column_of(k, pa.chunked_array([values]), style)
                continue
            for row, value in enumerate(values.to_pylist(), 1):
                if value is not None:
                    write = sheet.write_string if isinstance(value, str) else sheet.write_number
                    write(row, k, value, style)
        book.close()
        return file.getvalue()

    assert workbook(EntrySheet) == workbook(Worksheet)
