"""Template books: they load filled in, explain themselves, keep codes whole, repeat their bytes."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from carbonledger import codes
from carbonledger.books import BOOKS
from carbonledger.books.rows import columns_of
from carbonledger.cli import cli
from carbonledger.config import BookConfig
from carbonledger.headers import header_aliases, normal_header
from carbonledger.intake.book import OpenBook, open_book
from carbonledger.issues import LANGUAGES, Language
from carbonledger.templates import examples, template, template_files
from carbonledger.templates.lists import code_list
from carbonledger.units import header_unit

PAIRS = [(book, language) for book in BOOKS for language in LANGUAGES]
both = pytest.mark.parametrize("language", LANGUAGES)
every = pytest.mark.parametrize(("book", "language"), PAIRS)


def workbook(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def opened(path: Path, book: str) -> tuple[OpenBook, list[dict[str, Any]]]:
    """The book of a file with nothing configured, and its rows."""
    found = open_book(book, BookConfig(file=(path.name,)), path.parent, 2025, "CNY")
    rows = [{n: c[k].as_py() for n, c in b.columns.items() if c[k].as_py() is not None}
            for b in found.batches() for k in range(len(b.rows))]  # fmt: skip
    return found, rows


def expected(book: str) -> list[dict[str, Any]]:
    """The example rows as they must be read: amounts in fen of 万元, tonnes in grams."""
    specs = columns_of(BOOKS[book].row)
    scales = {"money": 10**6, "tonnes": 10**6}
    return [
        {n: specs[n].kind.parse(v, scales.get(specs[n].kind.name, 0), "CNY")
         for n, v in row.items()}
        for row in examples.rows(book, "zh")[:3]
    ]  # fmt: skip


@every
def test_a_template_loads_with_nothing_configured(
    tmp_path: Path, book: str, language: Language
) -> None:
    path = tmp_path / "filled.xlsx"
    path.write_bytes(template(book, language))
    found, rows = opened(path, book)
    assert {i.code for i in found.issues} <= {"example_rows"}
    assert len(rows) == 3
    if language == "zh":
        assert rows == expected(book)


@every
def test_what_a_bank_fills_in_is_read_whole(tmp_path: Path, book: str, language: Language) -> None:
    made = workbook(template(book, language))
    fill_in(made.worksheets[0], book, language)
    made.save(tmp_path / "filled.xlsx")
    check_filled(tmp_path / "filled.xlsx", book)


def fill_in(sheet: Any, book: str, language: Language) -> None:
    """Delete the examples and write two records with what the lists offer."""
    sheet.delete_rows(2, 3)
    for row in (2, 3):
        for at, spec in enumerate(examples.columns(book), start=1):
            value = filled(spec, row, language)
            if value is not None:
                sheet.cell(row, at).value = value


def filled(spec: Any, row: int, language: Language) -> Any:
    kind = spec.kind.name
    if is_id(spec):
        return f"0{row}0000198001010001"  # a number of 19 digits that begins with a zero
    given = {"unit": "MWh", "activity": "electricity"}
    if spec.name in given:
        return given[spec.name]
    if kind in ("enum", "true or false"):
        return examples.choices(spec, language)[-1]
    if kind in ("sector", "region"):
        return code_list(kind, language)[row]
    numbers = {"money": 1234.56, "tonnes": 7.5, "number": 3, "share": 0.5, "year": 2025,
               "date": date(2025, 6, 30)}  # fmt: skip
    return numbers.get(kind)


def is_id(spec: Any) -> bool:
    return spec.name.endswith("_id") or (spec.required and spec.kind.name == "text")


def check_filled(path: Path, book: str) -> None:
    found, rows = opened(path, book)
    assert [i for i in found.issues if i.severity == "error"] == []
    specs = columns_of(BOOKS[book].row)
    assert len(rows) == 2
    for row, cells in enumerate(rows, start=2):
        for name, value in cells.items():
            kind = specs[name].kind.name
            if is_id(specs[name]):
                assert value == f"0{row}0000198001010001"
            elif kind == "money":
                assert value == 123_456 * 10**4  # 1,234.56 万元 in fen
            elif kind == "tonnes":
                assert value == 7_500_000  # 7.5 t in grams
            elif kind in ("sector", "region"):
                assert value == code_list(kind, "zh")[row].split()[0]
            elif kind == "date":
                assert value == date(2025, 6, 30)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_book_that_libreoffice_saved_loads_the_same(tmp_path: Path) -> None:
    pairs: list[tuple[str, Language]] = [("loans", "zh"), ("counterparties", "en")]
    (tmp_path / "saved").mkdir()
    (tmp_path / "projects.xlsx").write_bytes(template("projects", "zh"))
    for book, language in pairs:
        made = workbook(template(book, language))
        fill_in(made.worksheets[0], book, language)
        made.save(tmp_path / f"{book}-{language}.xlsx")
    run = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
           "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "saved"),
           *sorted(str(p) for p in tmp_path.glob("*.xlsx"))]  # fmt: skip
    subprocess.run(run, check=True, capture_output=True, timeout=120)
    assert opened(tmp_path / "saved" / "projects.xlsx", "projects")[1] == expected("projects")
    for book, language in pairs:
        path = tmp_path / "saved" / f"{book}-{language}.xlsx"
        check_filled(path, book)
        sheet = openpyxl.load_workbook(path).worksheets[0]
        assert "list" in {v.type for v in sheet.data_validations.dataValidation}


@every
def test_headers_are_names_that_a_run_takes_as_they_are(book: str, language: Language) -> None:
    known = header_aliases(book)
    specs = examples.columns(book)
    assert sorted(s.name for s in specs) == sorted(BOOKS[book].row.model_fields)
    sheet = workbook(template(book, language)).worksheets[0]
    for cell, spec in zip(sheet[1], specs, strict=True):
        bare, unit = header_unit(str(cell.value))
        if spec.name.endswith("_tco2e") and language == "en":
            bare, unit = str(cell.value), "t"
        assert known[normal_header(bare)] == (spec.name, "exact")
        wanted = {"money": "万元", "tonnes": "吨" if language == "zh" else "t"}
        assert unit == wanted.get(spec.kind.name)


@every
def test_a_template_explains_its_columns_and_offers_its_lists(
    book: str, language: Language
) -> None:
    sheet, about, listed = workbook(template(book, language)).worksheets
    explained = "\n".join(str(c.value) for row in about.iter_rows() for c in row if c.value)
    lists = {str(v.sqref).partition("2:")[0]: v for v in sheet.data_validations.dataValidation}
    assert sheet.freeze_panes == "B2"
    for cell, spec in zip(sheet[1], examples.columns(book), strict=True):
        assert getattr(spec, language) in cell.comment.text
        assert getattr(spec, language) in explained
        assert str(cell.value) in explained
        kind = spec.kind.name
        found = lists.get(cell.column_letter)
        if kind in ("enum", "true or false", "sector", "region"):
            offered = [str(c.value) for c in _range(listed, found.formula1)]
            assert offered == _offered(spec, language)
            assert all(spec.kind.parse(text, 0, "CNY") is not None for text in offered[:40])
        if kind in ("text", "sector", "region", "enum", "label"):
            assert sheet[f"{cell.column_letter}2"].number_format == "@"
            assert sheet.column_dimensions[cell.column_letter].width > 10
    assert sheet["A2"].comment is not None
    assert sheet["A2"].font.i


def _range(sheet: Any, formula: str) -> list[Any]:
    named, _, cells = formula.lstrip("=").rpartition("!")
    assert named.strip("'") == sheet.title
    return [row[0] for row in sheet[cells.replace("$", "")]]


def _offered(spec: Any, language: Language) -> list[str]:
    if spec.kind.name in ("sector", "region"):
        return list(code_list(spec.kind.name, language))
    return examples.choices(spec, language)


@both
def test_every_code_that_a_list_offers_is_read_as_itself(language: Language) -> None:
    for kind, parse in (("sector", codes.sector), ("region", codes.region)):
        for text in code_list(kind, language):
            assert parse(text) == text.split()[0]
    assert (len(code_list("sector", "zh")), len(code_list("region", "zh"))) == (97 + 1381, 3342)


def test_a_place_with_another_places_name_is_refused() -> None:
    with pytest.raises(ValueError, match="region"):
        codes.region("500103 万州区")


@both
def test_templates_repeat_byte_by_byte(language: Language) -> None:
    assert template_files(language) == template_files(language)
    assert all(template(book, language) == template(book, language) for book in BOOKS)


@both
def test_the_command_writes_a_template_of_any_book(tmp_path: Path, language: Language) -> None:
    for book in BOOKS:
        path = tmp_path / f"{book}.xlsx"
        done = CliRunner().invoke(cli, ["template", book, "--lang", language, "-o", str(path)])
        assert (done.exit_code, done.output) == (0, "")
        assert path.read_bytes() == template(book, language)
    wrong = CliRunner().invoke(cli, ["template", "loan", "--lang", language])
    assert wrong.exit_code == 2
    assert "loans, investments" in wrong.output
