"""The example folders, run as a user would, against figures worked out without the product."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from carbonledger.cli import cli
from carbonledger.runs import Run

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def summaries(example: str, out: Path, *options: str) -> list[dict]:
    command = ["run", str(EXAMPLES / example), "--out", str(out), "--json", *options]
    result = CliRunner().invoke(cli, command, standalone_mode=False)
    assert result.exception is None, result.output
    document = json.loads(result.stdout)
    return document if isinstance(document, list) else [document]


@pytest.fixture(scope="module")
def chongqing(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    return summaries("chongqing-bank", tmp_path_factory.mktemp("chongqing"))


# 2022, 2023 and 2025 were worked out by a script that reads the books and factor tables itself,
# without the product, and so were the others but for the loans of a few customers with a blank
# balance, whom the script counted as small and the product does not (a blank is not zero).
CHONGQING = {
    2020: "1.172158", 2021: "1.157281", 2022: "1.088030", 2023: "1.067497", 2024: "1.048417",
    2025: "1.006425",
}  # fmt: skip


def test_chongqing_intensities(chongqing: list[dict]) -> None:
    found = {d["period"]: d["ledgers"][0]["intensity"]["value"] for d in chongqing}
    assert found == CHONGQING


def test_chongqing_path_with_its_history(chongqing: list[dict]) -> None:
    path = chongqing[-1]["path"]
    assert [p["year"] for p in path["points"]] == list(range(2020, 2026))
    assert [p["actual"] for p in path["points"]] == list(CHONGQING.values())
    # 1.172158 x 0.82 = 0.961170; 1.006425 / 0.961170 - 1 = 4.7 %
    assert path["points"][-1]["path"] == "0.961170"
    assert path["points"][-1]["gap"].startswith("0.047")


def test_chongqing_years_refer_to_each_other(chongqing: list[dict]) -> None:
    last = Path(chongqing[-1]["run_dir"])
    earlier = Run(last).manifest["inputs"]["earlier"]
    assert earlier["base"] == chongqing[0]["run_id"]
    assert earlier["compared"] == chongqing[-2]["run_id"]


def test_chongqing_everything_adds_up(chongqing: list[dict]) -> None:
    for document in chongqing:
        assert document["issues"]["errors"] == 0
        for ledger in document["ledgers"]:
            for part in ("money", "rows"):
                sums = {k: int(v) for k, v in ledger[part].items()}
                fates = ("computed", "not_covered", "excluded", "refused")
                assert sums["book"] == sum(sums[k] for k in fates)
                assert all(sums[k] > 0 for k in ("computed", "not_covered"))


def test_chongqing_books_are_what_the_script_makes(tmp_path: Path) -> None:
    folder = EXAMPLES / "chongqing-bank"
    subprocess.run([sys.executable, str(folder / "make_books.py"), "--out", str(tmp_path)],
                   check=True)  # fmt: skip
    made = sorted(p.name for p in tmp_path.iterdir())
    assert made
    for name in made:
        assert content(tmp_path / name) == content(folder / name), name


def content(path: Path) -> object:
    """A file's bytes; a workbook's parts unpacked, since compression differs between versions."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_taiwan_covers_nothing_by_pcaf_and_says_so(tmp_path: Path) -> None:
    (document,) = summaries("taiwan-funds", tmp_path)
    (ledger,) = document["ledgers"]
    # 93,356,708.3191 of NT$ 10,000 in 1,680 lines, none with an EVIC.
    assert ledger["money"]["book"] == ledger["money"]["not_covered"] == "93356708319100"
    assert ledger["rows"]["not_covered"] == 1680
    assert ledger["intensity"]["value"] is None


def test_taiwan_waci_of_what_has_revenue_and_emissions(tmp_path: Path) -> None:
    (document,) = summaries("taiwan-funds", tmp_path, "--no-reports")
    # Sum of value x (scope 1+2 / revenue) = 101,639,099.3162; / 22,989,471.2704 = 4.4211151 t per
    # NT$ million of revenue, which is 0.044211 t per NT$ 10,000.
    assert document["waci"]["value"] == "0.044211"
    assert document["waci"]["balance"] == "22989471270400"
    # 22,989,471.2704 / 93,356,708.3191
    assert document["waci"]["coverage"] == "0.2463"


def test_listed_equity_by_evic(tmp_path: Path) -> None:
    (document,) = summaries("listed-equity", tmp_path)
    (ledger,) = document["ledgers"]
    # 355,428.00395410956 t and 589,868.7350435596 t by exact decimals over the 49 holdings, each
    # entry rounded to whole grams.
    assert ledger["emissions_g"]["scope12"] == "355428003953"
    assert ledger["emissions_g"]["scope3"] == "589868735042"
    assert ledger["emissions_g"]["scope1"] is None  # reported together, nobody can split them
    # 355,428.003953 t / 55,000 x 10,000 USD
    assert ledger["intensity"]["value"] == "6.462327"
    assert ledger["data_quality_score"]["scope12"] == "2.0000"
    # 1,275.5622038142503 t per USD million of revenue
    assert document["waci"]["value"] == "12.755622"


def test_listed_equity_counterparties_are_what_the_script_makes(tmp_path: Path) -> None:
    folder = EXAMPLES / "listed-equity"
    made = tmp_path / "listed-equity"
    made.mkdir()
    for name in ("make_counterparties.py", "sbti_data_provider_example.xlsx"):
        (made / name).write_bytes((folder / name).read_bytes())
    subprocess.run([sys.executable, str(made / "make_counterparties.py")], check=True, cwd=made)
    for name in ("counterparties.csv",):
        assert (made / name).read_bytes() == (folder / name).read_bytes()


def test_every_file_of_the_examples_is_used() -> None:
    known = {"carbonledger.yaml", "README.md", "report.png"}
    banks = (p.parent for p in EXAMPLES.glob("*/carbonledger.yaml"))  # test_nightly has the rest
    for folder in banks:
        said = "".join(p.read_text("utf-8") for p in folder.glob("*.py")) + (
            folder / "carbonledger.yaml"
        ).read_text("utf-8")
        for path in (p for p in folder.iterdir() if p.is_file() and p.name not in known):
            stem = path.stem.rsplit("-20", 1)[0]
            assert path.suffix == ".py" or stem in said, path


# The underwriter: what it arranged in the year and what it insures, worked out by hand.


def test_underwriter_keeps_its_accounts_apart(tmp_path: Path) -> None:
    (document,) = summaries("underwriter", tmp_path)
    found = {ledger["account"]: ledger for ledger in document["ledgers"]}
    # 120,000 / 520,000 x 0.33 x 1,800,000 t of scope 1, 30,000 / 60,000 x 0.33 x 1,500 t,
    # and 45,000 / (45,000 + 30,000) x 0.33 of what the car-parts maker's revenue comes to
    run = Run(Path(document["run_dir"]))
    entries = {e["position_id"]: e for e in run.entries("pcaf-b-2023").to_pylist()}
    cement, shops = entries["D-2025-01"], entries["D-2025-02"]
    assert cement["financed_emissions_scope1_g"] == 137_076_923_077  # 0.07615384... x 1.8e12 g
    assert shops["financed_emissions_scope1_g"] == 247_500_000  # 0.5 x 0.33 x 1,500 t
    assert entries["D-2024-09"]["reason"] == "deal_other_year"
    assert entries["D-2025-04"]["reason"] == "class_not_in_standard"  # sovereign issues are out
    assert found["facilitated"]["rows"] == {
        "book": 5, "computed": 3, "not_covered": 1, "excluded": 1, "refused": 0}  # fmt: skip
    policies = {e["position_id"]: e for e in run.entries("pcaf-c-2025").to_pylist()}
    # 8.4m / 2,500m x 1,800,000 t; 900,000 / 1,800m x 640,000 t; 3,600 / 42,000 x 1.9 t;
    # 0.0679 x 0.9 t; 26m / 9,800m x 410,000 t
    assert policies["P-001"]["financed_emissions_scope1_g"] == 6_048_000_000
    assert policies["P-003"]["financed_emissions_scope1_g"] == 320_000_000
    assert policies["P-004"]["financed_emissions_scope1_g"] == 162_857
    assert policies["P-005"]["financed_emissions_scope2_g"] == 61_110
    assert policies["P-006"]["financed_emissions_scope12_g"] == 1_087_755_102
    assert found["insured"]["money"]["book"] == "3655880000"
    assert "financed" not in found


def test_retail_bank_by_hand(tmp_path: Path) -> None:
    (document,) = summaries("retail-bank", tmp_path)
    entries = pq.read_table(Path(document["run_dir"]) / "entries" / "pcaf-2025.parquet")
    grams = {e["position_id"]: e["financed_emissions_scope12_g"] for e in entries.to_pylist()}
    folder = EXAMPLES / "retail-bank"
    homes = {r["property_id"]: r for r in _rows(folder / "properties.csv")}
    expected = {}
    for loan in _rows(folder / "loans.csv"):
        home = homes.get(loan["property_id"])
        if loan["product"] == "信用卡透支":
            assert grams[loan["loan_id"]] is None
        elif home and home["label_kwh_per_m2"]:
            worth = Fraction(home["property_value_at_origination"])
            share = Fraction(loan["outstanding_amount"]) / worth
            kwh = int(home["floor_area_m2"]) * Fraction(home["label_kwh_per_m2"])
            expected[loan["loan_id"]] = round(share * kwh * _power_of_chongqing())
    assert len(expected) == 80
    assert {i: grams[i] for i in expected} == pytest.approx(expected, abs=1)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _power_of_chongqing() -> Fraction:
    """Grams a kWh by the latest announcement known on 2026-06-30, from the shipped table."""
    rows = [r for r in _rows(EXAMPLES.parent / "factors" / "cn" / "electricity-average.csv")
            if (r["activity"], r["region"]) == ("electricity", "500000")]  # fmt: skip
    latest = max(rows, key=lambda r: r["year"])
    return Fraction(latest["value"]) * 1000


def test_retail_bank_is_what_its_script_makes(tmp_path: Path) -> None:
    made = {p.name for p in (EXAMPLES / "retail-bank").glob("*.csv")}
    copy = tmp_path / "make_books.py"
    copy.write_bytes((EXAMPLES / "retail-bank" / "make_books.py").read_bytes())
    subprocess.run([sys.executable, str(copy)], check=True, cwd=tmp_path)
    for name in made:
        own = (EXAMPLES / "retail-bank" / name).read_bytes()
        assert (tmp_path / name).read_bytes() == own, name


# The bond desk: a seeded script writes its book; figures by hand.


def test_bond_desk_is_what_its_script_writes(tmp_path: Path) -> None:
    again = tmp_path / "bond-desk"
    again.mkdir()
    script = EXAMPLES / "bond-desk" / "make_book.py"
    (again / script.name).write_bytes(script.read_bytes())
    subprocess.run([sys.executable, again / script.name], check=True)
    for path in (EXAMPLES / "bond-desk").glob("*.csv"):
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name


def test_bond_desk_has_two_ledgers_and_pools(tmp_path: Path) -> None:
    (document,) = summaries("bond-desk", tmp_path)
    accounts = [ledger["account"] for ledger in document["ledgers"]]
    assert accounts == ["financed", "financed_incl_lulucf"]
    run = Run(Path(document["run_dir"]))
    entries = {e["position_id"]: e for e in run.entries("pcaf-2025").to_pylist()}
    green = entries["GREEN-1"]  # (4,000 / 10,000 x 400 + 8,000 / 160,000 x 96,000) / 4 t
    assert green["financed_emissions_scope12_g"] == 1_240_000_000
    assert green["data_quality_score_pooled"] == 1.67  # (4,000 x 1 + 8,000 x 2) / 12,000
    assert green["balance"] == 3_000_000_000  # 5,000 x 0.6 in 10,000 yuan
    assert entries["GREEN-2"]["financed_emissions_scope12_g"] == 0
    with_lulucf = {e["position_id"]: e for e in run.entries("pcaf-2025-lulucf").to_pylist()}
    assert with_lulucf["GOV-BT"]["financed_emissions_scope12_g"] < 0
    assert with_lulucf["GOV-CN"]["reason"] == "no_emissions"
