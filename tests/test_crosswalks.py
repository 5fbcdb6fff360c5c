"""Concordances of sectors, identifiers against python-stdnum, codes that need their column."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from conftest import CONFIG, csv_text, run
from hypothesis import given
from hypothesis import strategies as st
from stdnum import isin, lei
from stdnum.cn import uscc
from test_codes import refused

from carbonledger import codes
from carbonledger.entries import flag_names
from carbonledger.issues import Refusal
from carbonledger.registers import rows

# Titles of both standards: ISIC 2394 and GB/T C301 are cement, lime and plaster; NACE 23.51 and
# C3011 cement alone; ISIC 3510 electricity without the heat that D44 holds too.


@pytest.mark.parametrize(
    ("system", "code", "sector", "kind"),
    [
        ("isic4", "2394", "C301", "exact"), ("isic4", "23", "C30", "exact"),
        ("isic4", "C23", "C30", "exact"), ("isic4", "3510", "D44", "broader"),
        ("isic4", "0112", "A0111", "exact"), ("isic4", "2812", "C34", "partial"),
        ("isic4", "9602", None, None), ("isic4", "20", None, None),
        ("nace2", "C23.51", "C3011", "exact"), ("nace2", "2351", "C3011", "exact"),
        ("nace2", "D35.11", "D441", "exact"), ("nace2", "29.10", "C36", "broader"),
        ("nace2", "24.10", "C31", "partial"), ("nace21", "35.11", "D441", "exact"),
        ("naics2022", "327310", "C3011", "exact"), ("naics2022", "622110", "Q84", "broader"),
        ("naics2022", "221112", "D4411", "partial"),
    ],
)  # fmt: skip
def test_translated(system: str, code: str, sector: str | None, kind: str | None) -> None:
    foreign = codes.foreign_code(system, code)
    found = codes.translated(system, foreign)
    assert (found and found.code, found and found.kind) == (sector, kind)


@pytest.mark.parametrize(
    ("system", "code"),
    [("isic4", "2398"), ("nace2", "23.98"), ("naics2022", "999999"), ("isic4", ""),
     ("nace21", "zz"), ("isic4", "2394x")],
)  # fmt: skip
def test_a_code_that_its_classification_has_not(system: str, code: str) -> None:
    assert refused("sector_foreign_unknown", codes.foreign_code, system, code)


def test_chemicals_are_no_section() -> None:
    """ISIC 20 is C26 and C28; their common parent, all of manufacturing, stands for none."""
    found = {(m.code, m.kind) for m in codes.crosswalk("isic4", "20") if m.system == "gbt4754"}
    assert found == {("C26", "narrower"), ("C28", "narrower")}
    assert "C26" in codes.choices("isic4", "20")


def test_cement_in_every_other_system() -> None:
    found = {m.system: (m.code, m.kind) for m in codes.crosswalk("gbt4754", "C3011")}
    assert found["nace2"] == ("23.51", "exact")
    assert found["isic4"] == ("2394", "broader")  # with lime and plaster
    assert found["ceads"] == ("NMM", "broader")  # all non-metal mineral products
    assert found["high-carbon"] == ("building materials", "exact")
    assert found["io2018"][1] == "partial"


def test_only_part_of_c30_is_high_carbon() -> None:
    found = {m.system: m.kind for m in codes.crosswalk("gbt4754", "C30")}
    assert found["high-carbon"] == "narrower"
    assert found["isic4"] in ("exact", "narrower")


def test_every_row_names_codes_that_exist_and_a_kind() -> None:
    foreign = {(r["system"], r["code"]) for r in rows("foreign-sectors")}
    for row in rows("crosswalk-gbt4754"):
        assert codes.sector(row["gbt4754"]) == row["gbt4754"]
        assert (row["system"], row["code"]) in foreign
        assert row["match"] in ("exact", "broader", "narrower", "partial")
        assert row["source"] in ("DERIVED_CROSSWALK", "CARBONLEDGER_TITLES")
    assert {r["nace2"] for r in rows("crosswalk-nace21-nace2")} <= {
        c for s, c in foreign if s == "nace2"
    }


def test_every_division_of_gbt4754_leads_to_isic_and_the_tables() -> None:
    divisions = [c for c in codes.sector_codes() if codes.sector_level(c) == "division"]
    for code in divisions:
        systems = {m.system for m in codes.crosswalk("gbt4754", code)}
        assert {"isic4", "nace2"} <= systems
        assert {"io2018", "ceads"} <= systems or code == "T97"


@pytest.mark.parametrize("system", ["isic4", "nace2", "naics2022"])
def test_no_code_is_translated_into_a_whole_section(system: str) -> None:
    mine = [r["code"] for r in rows("foreign-sectors")
            if r["system"] == system and "-" not in r["code"]]  # fmt: skip
    found = [codes.translated(system, codes.foreign_code(system, code)) for code in mine]
    assert all(f is None or len(f.code) > 1 for f in found)
    # Most industries can be told; the rest stay without a sector and are said so.
    assert sum(f is not None for f in found) > 0.7 * len(found)


# Identifiers: python-stdnum is a second implementation.

_BODY = st.text(codes.USCC, min_size=8, max_size=8)
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@given(_BODY, st.sampled_from(codes.USCC), st.sampled_from(codes.USCC))
def test_credit_codes_agree_with_stdnum(body: str, ninth: str, last: str) -> None:
    code = f"91500103{body}{ninth}{last}"
    for candidate in (code, code[:17] + uscc.calc_check_digit(code[:17])):
        assert (codes.credit_code_problem(candidate) is None) == uscc.is_valid(candidate)


@given(st.text(LETTERS, min_size=18, max_size=18), st.integers(0, 99))
def test_leis_agree_with_stdnum(body: str, check: int) -> None:
    code = f"{body}{check:02}"
    assert (codes.lei_problem(code) is None) == lei.is_valid(code)
    right = f"{body}{98 - int(''.join(str(LETTERS.index(c)) for c in body + '00')) % 97:02}"
    assert codes.lei_problem(right) is None
    assert lei.is_valid(right)


@given(st.sampled_from(["US", "FR", "CN", "JP"]), st.text(LETTERS, min_size=9, max_size=9),
       st.integers(0, 9))  # fmt: skip
def test_isins_agree_with_stdnum(country: str, body: str, check: int) -> None:
    code = f"{country}{body}{check}"
    assert (codes.isin_problem(code) is None) == isin.is_valid(code)
    right = country + body + isin.calc_check_digit(country + body)
    assert codes.isin_problem(right) is None


# GB 11714, china-methods 9.3: 069480065 sums to 215, 11 - 215 mod 11 is 5; the nine places of the
# credit codes there are organisation codes too.
@pytest.mark.parametrize(
    ("code", "problem"),
    [("06948006-5", None), ("069480065", None), ("M000100Y4", None), ("799655058", None),
     ("06948006-4", "organisation_code_check_digit"), ("0694800", "organisation_code_malformed")],
)  # fmt: skip
def test_organisation_codes(code: str, problem: str | None) -> None:
    assert codes.organisation_code_problem(code) == problem


# Codes


def test_a_name_settles_which_reading_is_meant() -> None:
    assert codes.sector("111 稻谷种植") == "A0111"
    assert codes.sector("C3011-水泥制造") == "C3011"
    assert refused("sector_unknown", codes.sector, "111 水泥制造")


@pytest.mark.parametrize(
    ("text", "length", "code"),
    [("111", 4, "A0111"), ("0111", 4, "A0111"), ("3011", 4, "C3011"), ("11", 3, "A011"),
     ("111", 3, "B111"), ("11", 2, "B11"), ("1", 2, "A01"), ("B11", 4, "B11")],
)  # fmt: skip
def test_a_declared_length_puts_the_zero_back(text: str, length: int, code: str) -> None:
    assert codes.sector(text, length) == code


def test_both_readings_are_told() -> None:
    with pytest.raises(Refusal) as caught:
        codes.sector("111")
    assert dict(caught.value.details)["readings"] == (
        "B111 煤炭开采和洗选专业及辅助性活动 / A0111 稻谷种植"
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [("500103001", "500103"), ("500103001001", "500103"), ("000840", "USA"), ("000344", "810000")],
)
def test_statistical_and_overseas_codes(text: str, code: str) -> None:
    assert codes.region(text) == code


@pytest.mark.parametrize("text", ["990103001", "500199001001", "000999"])
def test_statistical_codes_of_no_county(text: str) -> None:
    assert refused("region_malformed", codes.region, text)


def test_places_of_one_name_are_told() -> None:
    with pytest.raises(Refusal) as caught:
        codes.region("朝阳区")
    told = dict(caught.value.details)["choices"]
    assert told == "北京市朝阳区 110105, 吉林省长春市朝阳区 220104"


# Through a run: the flag, the match, and what a code without a match comes to.

COMPANIES = [
    {"counterparty_id": "C1", "sector": "2394", "revenue": "1000"},  # exact
    {"counterparty_id": "C2", "sector": "2812", "revenue": "1000"},  # partial
    {"counterparty_id": "C3", "sector": "20", "revenue": "1000"},  # none
]


def write(folder: Path, **book: object) -> None:
    loans = [{"loan_id": f"L{n}", "counterparty_id": f"C{n}", "outstanding_amount": "100",
              "average_balance": "100"} for n in (1, 2, 3)]  # fmt: skip
    (folder / "loans.csv").write_text(csv_text(loans), encoding="utf-8")
    (folder / "companies.csv").write_text(csv_text(COMPANIES), encoding="utf-8")
    books = {"loans": {"file": "loans.csv", "unit": "万元"},
             "counterparties": {"file": "companies.csv", "unit": "万元", **book}}  # fmt: skip
    text = yaml.safe_dump(CONFIG | {"standards": ["pboc-2021"], "books": books}, allow_unicode=True)
    (folder / "carbonledger.yaml").write_text(text, encoding="utf-8")


def test_a_match_that_is_not_exact_is_flagged_in_the_entry(tmp_path: Path) -> None:
    write(tmp_path, classification={"sector": "isic4"})
    assert run("run", tmp_path, "--no-reports").exit_code == 0
    (folder,) = (tmp_path / "runs").glob("2025-*")
    entries = pq.read_table(folder / "entries" / "pboc-2021.parquet").to_pylist()
    said = {e["position_id"]: (e["status"], e["reason"], "sector_crosswalked" in
                               flag_names(e["flags"]).split(";")) for e in entries}  # fmt: skip
    assert said == {"L1": ("computed", "", False), "L2": ("computed", "", True),
                    "L3": ("not_covered", "no_factor", False)}  # fmt: skip
    companies = pq.read_table(folder / "books" / "counterparties.parquet").to_pylist()
    assert [c["sector"] for c in companies] == ["C301", "C34", None]
    matches = [c["sector match"] for c in companies]
    assert matches == ["isic4 2394 exact", "isic4 2812 partial", None]
    told = run("explain", folder, "L2", "--lang", "en").stdout
    assert "isic4 2812 partial" in told
    assert run("explain", folder, "L1").exit_code == 0
    assert [c["sector as read"] for c in companies] == ["2394", "2812", "20"]
    replayed = run("verify", folder, "--replay")
    assert replayed.exit_code == 0, replayed.output


def test_the_same_without_classification_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    result = run("check", tmp_path)
    assert result.exit_code == 3
    assert "sector_unknown" in result.stdout


def test_the_header_may_name_the_classification(tmp_path: Path) -> None:
    write(tmp_path)
    text = csv_text([{("sector_isic4" if k == "sector" else k): v for k, v in c.items()}
                     for c in COMPANIES[:2]])  # fmt: skip
    (tmp_path / "companies.csv").write_text(text, encoding="utf-8")
    assert run("run", tmp_path, "--no-reports").exit_code == 0
    (folder,) = (tmp_path / "runs").glob("2025-*")
    companies = pq.read_table(folder / "books" / "counterparties.parquet").to_pylist()
    assert [c["sector"] for c in companies] == ["C301", "C34"]
