"""The fifteen real files of tests/books: each loads as the book named here, or is refused so."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from carbonledger.config import BookConfig
from carbonledger.intake.book import OpenBook, open_book

BOOKS = Path(__file__).parent / "books"
EXAMPLES = Path(__file__).parent.parent / "examples"
PLACES = (BOOKS, EXAMPLES / "listed-equity", EXAMPLES / "taiwan-funds")


@dataclass(frozen=True)
class Verdict:
    """A file, how it is declared, and what is to come of it."""

    file: str
    book: str
    currency: str
    says: dict[str, Any] = field(default_factory=dict)
    rows: int | None = None
    refused: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    mapping: str | None = None

    def __str__(self) -> str:
        return f"{self.file}-{self.says.get('sheet', self.book)}"


YUAN = {"unit": "元"}
NAICS = {"classification": {"borrower_sector": "naics2022"}}
VERDICTS = (
    Verdict("pacta_loanbook_demo.csv", "loans", "EUR",
            YUAN | {"classification": {"borrower_sector": "nace2"}}, 283),
    # Capacity by technology: units of it are refused only when energy is accounted for.
    Verdict("pacta_abcd_demo.csv", "activities", "EUR", {}, 200),
    Verdict("pacta_sector_classifications.csv", "loans", "EUR", YUAN, refused=("header_missing",)),
    Verdict("pacta_co2_intensity_scenario_demo.csv", "counterparties", "EUR", YUAN,
            refused=("column_missing",)),
    Verdict("sbti_example_portfolio.csv", "investments", "USD", YUAN, 49,
            warned=("isin_check_digit",)),
    # One country is spelt Argentinia.
    Verdict("sbti_data_provider_example.xlsx", "counterparties", "USD",
            YUAN | {"sheet": "fundamental_data", "classification": {"sector": "isic4"}},
            refused=("region_malformed",)),
    Verdict("sbti_data_provider_example.xlsx", "counterparties", "USD", YUAN,
            refused=("sheet_ambiguous",)),
    Verdict("itr_v2_sample_data.xlsx", "investments", "USD", YUAN | {"sheet": "Portfolio"}, 77,
            warned=("isin_malformed",)),
    Verdict("equinox_mortgages.csv", "loans", "EUR", YUAN | {"values": {"asset_class": "mortgage"}},
            32),
    # Two header rows with the same headers twice.
    Verdict("carbon_gap_company_emissions.csv", "counterparties", "USD", YUAN,
            refused=("header_missing",)),
    Verdict("taiwan_company_emissions_2022_2024.csv", "counterparties", "TWD", {"unit": "百万元"},
            334, warned=("cell_error", "emissions_disagree")),
    Verdict("taiwan_company_energy_2022_2024.csv", "counterparties", "TWD", YUAN, 173),
    Verdict("taiwan_fund_holdings.csv", "investments", "TWD", {"unit": "万元"}, 1680),
    # No loan number, no number of the borrower; the amount of the first is a range.
    # It names its borrowers, by which loans may join; what it lacks is a number of the loan.
    Verdict("montana_ppp_150k_plus.csv", "loans", "USD", YUAN | NAICS,
            refused=("column_missing",)),
    Verdict("montana_ppp_up_to_150k.csv", "loans", "USD", YUAN | NAICS,
            refused=("column_missing", "column_missing_one_of")),
    Verdict("unfccc_annex1_without_lulucf.csv", "counterparties", "USD", YUAN,
            refused=("header_missing",)),
)  # fmt: skip


def source(file: str) -> Path:
    return next(p / file for p in PLACES if (p / file).is_file())


def opened(verdict: Verdict, folder: Path, **more: Any) -> OpenBook:
    shutil.copy(source(verdict.file), folder / verdict.file)
    name = f"{Path(verdict.file).stem}.map.yaml"
    says = verdict.says | more
    if (BOOKS / name).is_file() and not (folder / name).exists():
        shutil.copy(BOOKS / name, folder / name)
    if (folder / name).is_file():
        says = says | {"mapping": name}
    config = BookConfig.model_validate({"file": verdict.file, **says})
    book = open_book(verdict.book, config, folder, 2024, verdict.currency)
    for _ in book.batches():
        pass
    return book


def named(file: str) -> Verdict:
    return next(v for v in VERDICTS if v.file == file and (v.rows or "sheet" in v.says))


def column(book: OpenBook, name: str) -> list[Any]:
    parts = [batch.columns[name] for batch in book.batches()]
    return pa.chunked_array([p.cast(pa.string()) if pa.types.is_dictionary(p.type) else p
                             for p in parts]).to_pylist()  # fmt: skip


def total(book: OpenBook, name: str) -> int:
    return sum(int(pc.sum(batch.columns[name]).as_py() or 0) for batch in book.batches())


def cells(file: str, header: str) -> Iterator[str]:
    with source(file).open(encoding="utf-8-sig", newline="") as text:
        for row in csv.DictReader(text):
            yield row[header] or ""


@pytest.mark.parametrize("verdict", VERDICTS, ids=str)
def test_the_file_loads_or_is_refused_as_stated(verdict: Verdict, tmp_path: Path) -> None:
    book = opened(verdict, tmp_path)
    said = {s: tuple(sorted({i.code for i in book.issues if i.severity == s}))
            for s in ("error", "warning")}  # fmt: skip
    assert said["error"] == verdict.refused
    if not verdict.refused:
        assert said["warning"] == verdict.warned
        assert book.rows == verdict.rows


def test_all_fifteen_files_have_a_verdict() -> None:
    assert len({v.file for v in VERDICTS}) == 15
    lying = {p.name for p in BOOKS.iterdir() if p.suffix in (".csv", ".xlsx")}
    assert lying <= {v.file for v in VERDICTS}


def test_the_pacta_loan_book_in_cents_and_sectors(tmp_path: Path) -> None:
    book = opened(named("pacta_loanbook_demo.csv"), tmp_path)
    given = list(cells("pacta_loanbook_demo.csv", "loan_size_outstanding"))
    assert total(book, "outstanding_amount") == 100 * sum(map(int, given))
    assert column(book, "outstanding_amount")[0] == 22_562_500  # 225,625 EUR of loan L1
    codes = list(cells("pacta_loanbook_demo.csv", "sector_classification_direct_loantaker"))
    by_code = dict(zip(codes, column(book, "borrower_sector"), strict=True))
    assert by_code["D35.11"] == "D441"  # production of electricity
    assert by_code["C23.51"] == "C3011"  # cement
    assert by_code["C24.1"] == "C31"  # basic iron and steel, also ferro-alloys
    matches = dict(zip(codes, column(book, "borrower_sector match"), strict=True))
    assert matches["C23.51"] == "nace2 23.51 exact"
    assert matches["C24.1"] == "nace2 24.1 partial"


def test_a_negative_credit_limit_is_refused_where_it_is_mapped(tmp_path: Path) -> None:
    text = (BOOKS / "pacta_loanbook_demo.map.yaml").read_text(encoding="utf-8")
    limit = '"loan_size_credit_limit": {column: "granted_amount", status: '
    text = text.replace(limit + "ignored", limit + "confirmed")
    (tmp_path / "pacta_loanbook_demo.map.yaml").write_text(text, encoding="utf-8")
    book = opened(named("pacta_loanbook_demo.csv"), tmp_path)
    given = cells("pacta_loanbook_demo.csv", "loan_size_credit_limit")
    below = [row for row, cell in enumerate(given, start=2) if cell.startswith("-")]
    found = [(i.code, i.place.row) for i in book.issues]
    assert found == [("value_negative", row) for row in below]
    assert len(below) == 2


def test_the_sbti_portfolio_in_cents(tmp_path: Path) -> None:
    book = opened(named("sbti_example_portfolio.csv"), tmp_path)
    given = list(cells("sbti_example_portfolio.csv", "investment_value"))
    assert total(book, "outstanding_amount") == 100 * sum(map(int, given))
    assert column(book, "position_id") == column(book, "counterparty_id")
    assert not book.has("ownership_share")


def test_the_mortgages_in_cents(tmp_path: Path) -> None:
    book = opened(named("equinox_mortgages.csv"), tmp_path)
    given = list(cells("equinox_mortgages.csv", "legal_balance"))
    assert total(book, "outstanding_amount") == int(100 * sum(map(Decimal, given)))
    assert set(column(book, "asset_class")) == {"mortgage"}


def test_taiwan_holdings_in_units_of_ten_thousand(tmp_path: Path) -> None:
    book = opened(named("taiwan_fund_holdings.csv"), tmp_path)
    given = [Decimal(c) for c in cells("taiwan_fund_holdings.csv", "持股價值（萬）")]
    assert total(book, "outstanding_amount") == sum(round(1_000_000 * g) for g in given)
    assert column(book, "outstanding_amount")[0] == 8_348_118_400  # 8,348.1184 x NT$ 10,000
    assert column(book, "counterparty_id")[1] == "03244509"  # its zero kept
    assert not book.has("ownership_share")


def number(cell: str) -> Decimal | None:
    plain = cell.replace(",", "").strip()
    return Decimal(plain) if plain and plain[0] in "-.0123456789" else None


def test_taiwan_emissions_in_grams_and_revenue_in_millions(tmp_path: Path) -> None:
    file = "taiwan_company_emissions_2022_2024.csv"
    book = opened(named(file), tmp_path)
    for header, name, scale in (("2024範疇一", "emissions_scope1_tco2e", 10**6),
                                ("2024營收", "revenue", 10**8)):  # fmt: skip
        given = [n for n in map(number, cells(file, header)) if n is not None]
        assert total(book, name) == sum(round(scale * n) for n in given)
        assert sum(v is not None for v in column(book, name)) == len(given)


def test_the_other_taiwan_file_has_its_revenue_in_dollars(tmp_path: Path) -> None:
    file = "taiwan_company_energy_2022_2024.csv"
    book = opened(named(file), tmp_path)
    given = [n for n in map(number, cells(file, "2024營收")) if n is not None]
    assert total(book, "revenue") == sum(round(100 * n) for n in given)


def test_itr_holdings_in_cents(tmp_path: Path) -> None:
    book = opened(named("itr_v2_sample_data.xlsx"), tmp_path)
    assert column(book, "outstanding_amount")[:2] == [5_375_493_200, 26_963_135_600]


def test_a_range_is_no_amount(tmp_path: Path) -> None:
    """With a number for each loan, the range "a $5-10 million" is what is refused."""
    with source("montana_ppp_150k_plus.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))
    lines = [["loan_id", "counterparty_id", *rows[0]]]
    lines += [[f"L{n}", f"C{n}", *row] for n, row in enumerate(rows[1:4])]
    with (tmp_path / "numbered.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(lines)
    says = YUAN | {"columns": {"outstanding_amount": "LoanRange"}}
    config = BookConfig.model_validate({"file": "numbered.csv", **says})
    book = open_book("loans", config, tmp_path, 2024, "USD")
    list(book.batches())
    assert [i.code for i in book.issues] == ["number_unreadable"] * 3
