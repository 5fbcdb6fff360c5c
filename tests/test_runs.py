"""Sealed runs: the same inputs give the same bytes, totals foot, and every gram is explained."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import run, write_factors, write_folder

from carbonledger.entries import flag_names
from carbonledger.ledger import MEASURES
from carbonledger.runs import Run, Store, digest

ROOT = Path(__file__).parents[1]
LOANS = """loan_id,contract_id,counterparty_id,project_id,outstanding_amount,average_balance,\
sector,region,branch,product,customer_type,currency
L1,K1,C1,,123.4567,100,C3011,500103,渝中支行,流贷,企业,CNY
L2,K1,C2,,500,450.5,C2651,500103,渝中支行,流贷,企业,
L3,K2,C3,,77.77,,D4411,110000,北京分行,固贷,企业,USD
L4,,C9,,60,60,,,,,,
L5,K3,,P1,300,280,D4415,500000,渝中支行,项目,企业,
L6,K3,,P2,200,180,D4415,500000,渝中支行,项目,企业,
L7,,C1,,0,0,C3011,500103,北京分行,流贷,个人,
L8,,C4,,9000,9000,G5611,500103,北京分行,流贷,企业,
"""
INVESTMENTS = """position_id,counterparty_id,asset_class,outstanding_amount,average_balance,\
ownership_share
B1,C2,债券,250,240,
S1,C3,股票,80.01,80.01,
E1,C1,非上市股权,40,40,10%
X1,C1,住房按揭,5,5,
"""
COMPANIES = """counterparty_id,sector,region,financials_year,listed,revenue,total_assets,\
total_equity,total_debt,evic,emissions_scope1_tco2e,emissions_scope2_tco2e,emissions_scope12_tco2e,\
emissions_scope3_tco2e,emissions_verified,emissions_year
C1,C3011,500103,2020,否,1000.01,2000,400,600,,5000.5,500.25,,,是,2020
C2,C2651,500103,2019,否,3000,,-100,900,,,,,,,
C3,D4411,110000,2020,是,7000,8000,2000,3000,9000,,,12345.678,777.7,否,2019
C4,G5611,500103,2020,否,4000,5000,1000,2000,,,,,,,
"""
PROJECTS = """project_id,total_project_cost,total_equity,total_debt,status,\
emissions_scope1_tco2e,emissions_scope2_tco2e
P1,1000,300,700,已投产,10,2000
P2,1000,300,700,在建,10,2000
"""
ACTIVITIES = """counterparty_id,activity,quantity,unit,year
C4,柴油,12.5,t,2020
C4,电力,340,MWh,2020
C4,柴油,12.5,t,2021
C4,电力,330,MWh,2021
"""
BOOKS = {"loans": LOANS, "investments": INVESTMENTS, "counterparties": COMPANIES,
         "projects": PROJECTS, "activities": ACTIVITIES}  # fmt: skip
CONFIG = {
    "period": "2020", "known_on": "2025-12-31", "complete_activities": "true",
    "exclusions": {"pboc-2021": {"persons": "true"}},
}  # fmt: skip
STANDARDS = ("pboc-2021", "pcaf-2025")


def bank(folder: Path, config: dict[str, Any] | None = None, **books: str) -> Path:
    return write_folder(folder, CONFIG | (config or {}), **(BOOKS | books))


def sealed(folder: Path, *options: str) -> Path:
    result = run("run", folder, "--no-reports", "--json", *options)
    assert result.exit_code == 0, result.output
    return Path(json.loads(result.stdout)["run_dir"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with every book, and its gaps."""
    return bank(tmp_path_factory.mktemp("work") / "示例 bank")


@pytest.fixture(scope="module")
def run_dir(folder: Path) -> Path:
    return sealed(folder)


@pytest.fixture(scope="module")
def summary(run_dir: Path) -> Any:
    return json.loads((run_dir / "summary.json").read_bytes())


def entries(run_dir: Path, standard: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(run_dir / f"entries/{standard}.parquet").to_pylist()
    return rows


# the same in, the same bytes out


def tree(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file() and p.name != ".lock"}  # fmt: skip


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One folder run in two places by two people, with reports."""
    outs = []
    config = {"path": "cn-14fyp", "base_year": {"year": "2020", "intensity": "1.2"}}
    circumstances = [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LANG": "C", "USER": "wang-xiaoming"},
        {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LANG": "zh_CN.UTF-8",
         "USER": "li-xiaohong", "OMP_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"},
    ]  # fmt: skip
    for number, changed in enumerate(circumstances):
        home = tmp_path_factory.mktemp(f"home{number}")
        folder = bank(home / f"place{number}" / "bank", config)
        out = home / "out"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
        env = kept | {"PYTHONPATH": str(ROOT), "LOGNAME": changed["USER"], "HOME": str(home)}
        where = [(home, ["place0/bank", "--out", "out"]), (folder, [".", "--out", str(out)])]
        cwd, args = where[number]
        done = subprocess.run([sys.executable, "-m", "carbonledger", "run", *args], cwd=cwd,
                              env=env | changed, capture_output=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        outs.append(out)
    return outs


def test_two_people_seal_the_same_bytes(twice: list[Path]) -> None:
    first, second = (tree(out) for out in twice)
    assert first == second
    assert any(name.endswith(".html") for name in first)
    assert any(name.endswith(".xlsx") for name in first)


def readable(path: Path) -> str:
    """Everything in a file, also what is packed."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return f"{table.schema.metadata} {table.to_pylist()}"
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as packed:
            parts = [packed.read(name).decode("utf-8", "replace") for name in packed.namelist()]
            return "".join(parts) + str({i.date_time for i in packed.infolist()})
    return path.read_bytes().decode("utf-8")


def test_a_sealed_file_holds_no_place_person_or_day(twice: list[Path]) -> None:
    today = date.today()
    for out in twice:
        banned = [str(out.parent), "wang-xiaoming", "li-xiaohong", "/tmp/", str(ROOT)]
        banned += [f"{today:%Y-%m-%d}", f"{today:%Y%m%d}", f"({today.year}, {today.month},"]
        banned += [socket.gethostname()] if len(socket.gethostname()) > 5 else []
        for path in (p for p in out.rglob("*") if p.is_file()):
            text = readable(path)
            assert [word for word in banned if word in text] == [], path.name


def test_the_manifest_lists_every_file_by_its_hash(run_dir: Path, summary: Any) -> None:
    manifest = Run(run_dir).manifest
    assert Run(run_dir).files == {k: v for k, v in tree(run_dir).items() if k != "manifest.json"}
    assert summary["files"] == sorted(tree(run_dir))
    assert manifest["run_id"] == summary["run_id"] == run_dir.name
    assert run_dir.name == f"2020-{digest(manifest['inputs'])[:8]}"


def ids(folder: Path) -> tuple[str, str]:
    document = json.loads((sealed(folder) / "summary.json").read_bytes())
    return document["run_id"], document["figures_id"]


def test_other_inputs_give_another_id(folder: Path, run_dir: Path, tmp_path: Path) -> None:
    same = ids(bank(tmp_path / "same"))
    assert same[0] == run_dir.name
    changes: list[tuple[dict[str, Any], dict[str, str], bool]] = [
        ({}, {"loans": LOANS.replace("123.4567", "123.4568")}, True),
        ({}, {"counterparties": COMPANIES.replace("5000.5", "5000.6")}, True),
        ({"attribution_above_one": "cap"}, {}, True),
        ({"entity": {"zh": "另一家", "en": "Another"}}, {}, False),
        ({}, {"loans": LOANS + "\n"}, False),
    ]
    seen = {same[0]}
    for number, (config, books, other_figures) in enumerate(changes):
        changed = ids(bank(tmp_path / str(number), config, **books))
        assert changed[0] not in seen
        assert (changed[1] != same[1]) == other_figures, (config, books)
        seen.add(changed[0])


def test_a_comment_in_the_configuration_changes_no_figure(tmp_path: Path) -> None:
    plain = ids(bank(tmp_path))
    with (tmp_path / "carbonledger.yaml").open("a", encoding="utf-8") as stream:
        stream.write("# 年报用\n")
    assert ids(tmp_path)[1] == plain[1]


def test_row_order_changes_no_total(summary: Any, tmp_path: Path) -> None:
    head, *rows = LOANS.splitlines(keepends=True)
    other = sealed(bank(tmp_path, loans="".join([head, *reversed(rows)])))
    assert json.loads((other / "summary.json").read_bytes())["ledgers"] == summary["ledgers"]


# the chain


def chain(folder: Path) -> Store:
    return Store(folder / "runs", folder / "refused")


def test_the_chain_follows_and_a_changed_line_is_noticed(tmp_path: Path) -> None:
    first = sealed(bank(tmp_path))
    second = sealed(bank(tmp_path, loans=LOANS.replace("500,", "501,", 1)))
    assert run("runs", tmp_path, "publish", first.name).exit_code == 0
    store = chain(tmp_path)
    events = [(e["seq"], e["event"], e["run_id"]) for e in store.events()]
    assert events == [(1, "sealed", first.name), (2, "sealed", second.name),
                      (3, "published", first.name)]  # fmt: skip
    assert store.broken_at() is None
    path = tmp_path / "runs" / "ledger.jsonl"
    whole = path.read_text(encoding="utf-8")
    lines = whole.splitlines(keepends=True)
    for changed, line in [
        (whole.replace('"published"', '"superseded"'), 3),
        (whole.replace(second.name, first.name), 2),
        ("".join(lines[1:]), 1),
        ("".join([lines[0], lines[2]]), 2),
        ("".join([lines[1], lines[0], lines[2]]), 1),
    ]:
        path.write_text(changed, encoding="utf-8")
        assert store.broken_at() == line


def test_a_chain_cut_short_is_noticed(tmp_path: Path) -> None:
    sealed(bank(tmp_path))
    path = tmp_path / "runs" / "ledger.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert chain(tmp_path).broken_at() == 1
    listed = run("runs", tmp_path)
    assert listed.exception is None or isinstance(listed.exception, SystemExit)


def test_publish_and_supersede_with_a_reason(tmp_path: Path) -> None:
    first = sealed(bank(tmp_path))
    second = sealed(bank(tmp_path, loans=LOANS.replace("500,", "501,", 1)))
    assert run("runs", tmp_path, "publish", first.name).exit_code == 0
    assert run("runs", tmp_path, "publish", first.name).exit_code == 0
    assert run("runs", tmp_path, "publish", second.name).exit_code == 2
    done = run("runs", tmp_path, "supersede", first.name, "--reason", "restated revenue of C2")
    assert done.exit_code == 0
    assert run("runs", tmp_path, "publish", second.name).exit_code == 0
    assert run("runs", tmp_path, "publish", first.name).exit_code == 2
    store = chain(tmp_path)
    assert store.states() == {first.name: "superseded", second.name: "published"}
    assert [e["reason"] for e in store.events() if e["event"] == "superseded"] == [
        "restated revenue of C2"]  # fmt: skip
    assert (store.broken_at(), len(store.events())) == (None, 5)
    assert (first / "manifest.json").is_file(), "nothing is overwritten or removed"
    latest = store.latest(2020, published=True)
    assert latest is not None
    assert latest.id == second.name
    listed = json.loads(run("runs", tmp_path, "list", "--json").stdout)["runs"]
    assert [r["state"] for r in listed] == ["superseded", "published"]


# several years


def test_a_base_year_that_was_just_run_is_an_input_of_the_next(tmp_path: Path) -> None:
    bank(tmp_path, {"path": "cn-14fyp", "base_year": {"year": "2020"}})
    result = run("run", tmp_path, "--period", "2020..2021", "--no-reports", "--json")
    assert result.exit_code == 0, result.output
    first, second = json.loads(result.stdout)
    manifest = Run(Path(second["run_dir"])).manifest
    assert manifest["inputs"]["earlier"]["base"] == first["run_id"]
    assert manifest["inputs"]["earlier"]["compared"] == first["run_id"]
    assert first["path"]["points"] == [{"year": 2020, "path": first["ledgers"][0]["intensity"]
                                        ["value"], "actual": first["ledgers"][0]["intensity"]
                                        ["value"], "gap": "0.000000"}]  # fmt: skip
    points = {p["year"]: p["actual"] for p in second["path"]["points"]}
    assert points == {2020: first["ledgers"][0]["intensity"]["value"],
                      2021: second["ledgers"][0]["intensity"]["value"]}  # fmt: skip


# the document


TEXT, WHOLE, YES_NO = "text", "whole", "yes or no"
GRAMS, FEN = r"-?\d+", r"\d+"
RATIO4, RATIO6 = r"-?\d+\.\d{4}", r"-?\d+\.\d{6}"
PARTS = ("book", "computed", "not_covered", "excluded", "refused")
LEDGER = {
    "standard": TEXT, "account": TEXT, "provisional": YES_NO,
    "money": dict.fromkeys(PARTS, FEN), "rows": dict.fromkeys(PARTS, WHOLE),
    "rows_refused_without_amount": WHOLE,
    "rows_without_rate": WHOLE,  # beside what the issue lists
    "emissions_g": dict.fromkeys(("scope1", "scope2", "scope12", "scope3"), GRAMS),
    "coverage": {"scope12": RATIO4, "scope3": RATIO4},
    "intensity": {"value": RATIO6, "per": TEXT, "balance": FEN},
    "data_quality_score": {"scope12": RATIO4, "scope3": RATIO4, "weighted_by": TEXT,
                           "band": TEXT},
    "unsure": {"rows": WHOLE, "scope12_g": GRAMS},
}  # fmt: skip
POINT = {"year": WHOLE, "path": RATIO6, "actual": RATIO6, "gap": RATIO6}
DOCUMENT = {
    "schema": "carbonledger.summary/1", "run_id": TEXT, "figures_id": TEXT, "run_dir": TEXT,
    "period": WHOLE, "as_of": r"\d{4}-\d\d-\d\d", "known_on": r"\d{4}-\d\d-\d\d",
    "ledgers": [LEDGER],
    "path": {"id": TEXT, "standard": TEXT, "base_year": WHOLE, "target_year": WHOLE,
             "points": [POINT], "required_annual_cut": RATIO4},
    "issues": {"errors": WHOLE, "warnings": WHOLE}, "files": [TEXT],
    # beside what the issue lists:
    "entity": {"zh": TEXT, "en": TEXT}, "currency": TEXT,
    "waci": {"value": RATIO6, "per": TEXT, "coverage": RATIO4, "balance": FEN},
    "tcfd": {
        "metrics": [{"basis": TEXT, "value_covered": FEN, "coverage": RATIO4, "weights": TEXT,
                     "total_carbon_g": GRAMS, "footprint": {"value": RATIO6, "per": TEXT},
                     "carbon_intensity": {"value": RATIO6, "per": TEXT}}],
        "exposure": {"standard": TEXT, "share": RATIO4, "carbon_related": FEN, "partly": FEN,
                     "sector_unknown": FEN, "portfolio": FEN},
    },
    "evic_adjustment": {"factor": RATIO6, "per": TEXT, "coverage": RATIO4, "unadjusted": RATIO6,
                        "adjusted": RATIO6, "base_unadjusted": RATIO6, "base_adjusted": RATIO6},
}  # fmt: skip


def fits(value: object, shape: object, at: str) -> None:
    """Whether a document has exactly the keys and kinds of the schema; null may stand anywhere."""
    if isinstance(shape, dict):
        if value is not None:
            assert isinstance(value, dict), at
            assert set(value) == set(shape), at
            for key, part in value.items():
                fits(part, shape[key], f"{at}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), at
        for number, part in enumerate(value):
            fits(part, shape[0], f"{at}[{number}]")
    elif shape == YES_NO:
        assert isinstance(value, bool), at
    elif shape == WHOLE:
        assert type(value) is int, at
    elif value is not None:
        assert isinstance(value, str), at
        assert shape == TEXT or re.fullmatch(str(shape), value), (at, value)


def test_the_document_has_the_schema_that_is_fixed(folder: Path, tmp_path: Path) -> None:
    config = {"path": "cn-14fyp", "base_year": {"year": "2020", "intensity": "1.2"}}
    for place in (folder, bank(tmp_path, config)):
        fits(json.loads(run("run", place, "--no-reports", "--json").stdout), DOCUMENT, "$")


def test_the_printed_place_is_the_one_with_the_run(folder: Path, tmp_path: Path) -> None:
    document = json.loads(run("run", folder, "--no-reports", "--json", "--out", tmp_path).stdout)
    assert Path(document["run_dir"]) == tmp_path / document["run_id"]
    assert {*tmp_path.iterdir()} >= {tmp_path / document["run_id"], tmp_path / "ledger.jsonl"}


# the figures agree with each other


def test_the_book_is_rich_enough_to_prove_anything(run_dir: Path) -> None:
    every = [e for s in STANDARDS for e in entries(run_dir, s)]
    assert {e["status"] for e in every} == {"computed", "not_covered", "excluded"}
    assert len({e["reason"] for e in every}) >= 5
    options = {e[f"option_scope{n}"] for e in every for n in (1, 2)}
    assert options >= {"reported_verified", "reported", "energy", "revenue"}
    flags = {f for e in every for f in flag_names(e["flags"]).split(";")}
    assert flags >= {"attribution_above_one", "financials_other_year", "emissions_other_year",
                     "factor_parent", "scopes_combined", "negative_equity"}  # fmt: skip


def sums(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Totals of entries, from the columns of a CSV or Parquet alike."""

    def total(column: str) -> str:
        return str(sum(int(r[column]) for r in rows if r[column] not in (None, "")))

    columns = {"scope1": "financed_emissions_scope1_g", "scope2": "financed_emissions_scope2_g",
               "scope12": "financed_emissions_scope12_g", "scope3": "financed_emissions_scope3_g",
               "balance": "balance"}  # fmt: skip
    return {name: total(column) for name, column in columns.items()}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("standard", STANDARDS)
def test_entries_agree_with_the_summary_to_the_gram(
    run_dir: Path, summary: Any, kind: str, standard: str
) -> None:
    content = run("entries", run_dir, "--format", kind).stdout_bytes
    if kind == "csv":
        rows: list[Any] = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        rows = pq.read_table(pa.BufferReader(content)).to_pylist()
    rows = [r for r in rows if r["standard"] == standard]
    (ledger,) = (x for x in summary["ledgers"] if x["standard"] == standard)
    got, said = sums(rows), ledger["emissions_g"]
    assert {k: got[k] for k, v in said.items() if v is not None} == {
        k: v for k, v in said.items() if v is not None}  # fmt: skip
    assert got["balance"] == ledger["intensity"]["balance"]
    for status in ("computed", "not_covered", "excluded"):
        mine = [r for r in rows if r["status"] == status]
        assert len(mine) == ledger["rows"][status]
        known = [int(r["outstanding_amount"]) for r in mine if r["outstanding_amount"]]
        assert str(sum(known)) == ledger["money"][status]


@pytest.mark.parametrize("standard", STANDARDS)
def test_every_position_is_in_one_of_the_parts(summary: Any, standard: str) -> None:
    (ledger,) = (x for x in summary["ledgers"] if x["standard"] == standard)
    for part in ("rows", "money"):
        said = {k: int(v) for k, v in ledger[part].items()}
        assert said.pop("book") == sum(said.values())
    assert ledger["rows"]["book"] == LOANS.count("\n") + INVESTMENTS.count("\n") - 2


@pytest.mark.parametrize("standard", [*STANDARDS, "waci"])
def test_the_totals_of_each_dimension_foot(run_dir: Path, standard: str) -> None:
    rows = pq.read_table(run_dir / "totals" / f"{standard}.parquet").to_pylist()
    (whole,) = (r for r in rows if not r["dimension"])
    dimensions = {r["dimension"] for r in rows} - {"", "flag"}  # an entry may have several flags
    assert standard == "waci" or dimensions >= {"asset_class", "sector", "region", "branch"}
    for dimension in dimensions:
        parts = [r for r in rows if r["dimension"] == dimension]
        codes_ = [r["code"] for r in parts]
        assert len(set(codes_)) == len(codes_)
        for measure in MEASURES:
            assert sum(p[measure] for p in parts) == whole[measure], (dimension, measure)


@pytest.mark.parametrize("standard", STANDARDS)
def test_explain_reproduces_every_entry(run_dir: Path, standard: str) -> None:
    rows = entries(run_dir, standard)
    for entry in rows:
        result = run("explain", run_dir, entry["position_id"], "--json")
        assert result.exit_code == 0, result.output
        (document,) = json.loads(result.stdout)["positions"]
        (said,) = (s for s in document["standards"] if s["standard"] == standard)
        assert (said["status"], said["reason"]) == (entry["status"], entry["reason"]), entry
        if "grams" not in said:
            assert entry["financed_emissions_scope12_g"] is None
            continue
        for scope, grams in said["grams"].items():
            own = entry[f"financed_emissions_{scope}_g"]
            assert grams == (None if own is None else str(own)), (entry["position_id"], scope)
        share = said["share"]["attribution_factor"]
        assert (None if share is None else float(share)) == entry["attribution_factor"]
        flags = flag_names(entry["flags"])
        assert said["flags"] == (flags.split(";") if flags else [])
        assert said["data_quality_score"] == entry["data_quality_score"]


def test_an_explained_gram_is_share_times_estimate(run_dir: Path) -> None:
    # L1 under PBoC: 100 / 1000.01 of 5,000.5 t and 500.25 t.
    (document,) = json.loads(run("explain", run_dir, "L1", "--json").stdout)["positions"]
    (said,) = (s for s in document["standards"] if s["standard"] == "pboc-2021")
    assert said["grams"]["scope1"] == str(round(100 / 1000.01 * 5_000_500_000))
    assert said["grams"]["scope2"] == str(round(100 / 1000.01 * 500_250_000))
    assert document["file"] == "loans.csv"
    assert document["row"] == 2


def test_every_value_is_sealed_beside_its_text(run_dir: Path) -> None:
    table = pq.read_table(run_dir / "books" / "loans.parquet")
    first = table.slice(0, 1).to_pylist()[0]
    assert (first["file"], first["row"]) == ("loans.csv", 2)
    assert first["outstanding_amount"] == 123_456_700
    assert first["outstanding_amount as read"] == "123.4567"
    assert first["customer_type"] == "corporate"
    assert first["customer_type as read"] == "企业"
    places = json.loads(table.schema.metadata[b"files"])
    assert places[0]["headers"]["outstanding_amount"] == "outstanding_amount"
    assert places[0]["scales"]["outstanding_amount"] == 1_000_000  # fen in 1 万元


def test_explain_leads_to_the_cells_as_they_were_read(run_dir: Path) -> None:
    (document,) = json.loads(run("explain", run_dir, "L1", "--json").stdout)["positions"]
    cell = document["as_read"]["cells"]["outstanding_amount"]
    assert cell == {"column": "outstanding_amount", "text": "123.4567", "scale": 1_000_000}
    company = document["entities"]["counterparty"]
    assert (company["id"], company["row"]) == ("C1", 2)
    assert company["cells"]["revenue"]["text"] == "1000.01"
    english = run("explain", run_dir, "L1", "--lang", "en").stdout
    assert (
        'outstanding_amount = 1,234,567.00 CNY  <- outstanding_amount: "123.4567" x 万元' in english
    )
    assert 'revenue  <- revenue: "1000.01" x 万元' in english


def test_explain_in_chinese_names_columns_in_chinese(run_dir: Path) -> None:
    chinese = run("explain", run_dir, "L2", "--lang", "zh").stdout
    assert "贷款余额 = 5,000,000.00 CNY" in chinese
    assert "月均余额 = 4,505,000.00 CNY, 主营业务收入 = 30,000,000.00 CNY" in chinese
    assert "缺 排放量" in chinese
    assert "total_equity =" not in chinese


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_explain_prints_every_position(run_dir: Path, lang: str) -> None:
    for entry in entries(run_dir, "pcaf-2025"):
        result = run("explain", run_dir, entry["position_id"], "--lang", lang)
        assert result.exit_code == 0, result.output
        assert entry["position_id"] in result.stdout


def test_personal_columns_are_not_sealed(tmp_path: Path) -> None:
    loans = LOANS.replace("loan_id,", "客户名称,loan_id,", 1).replace("\nL", "\n张三丰,L")
    folder = sealed(bank(tmp_path, loans=loans))
    for path in (p for p in folder.rglob("*") if p.is_file()):
        assert "张三丰" not in readable(path), path.name


# books that are Parquet already


def parquet_bank(folder: Path, **config: str) -> Path:
    bank(folder)
    settings = yaml.safe_load((folder / "carbonledger.yaml").read_text(encoding="utf-8"))
    table = pa.table({
        "loan_id": ["L1", "L2"], "counterparty_id": ["C1", "C2"],
        "outstanding_amount": [100, 200], "average_balance": [90, 180],
    })  # fmt: skip
    pq.write_table(table, folder / "loans.parquet")
    settings["books"]["loans"]["file"] = "loans.parquet"
    text = yaml.safe_dump(settings | {"period": "2020", "complete_activities": "true"} | config,
                          allow_unicode=True)  # fmt: skip
    (folder / "carbonledger.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_parquet_book_is_sealed_by_its_hash(tmp_path: Path) -> None:
    run_dir = sealed(parquet_bank(tmp_path))
    manifest = Run(run_dir).manifest
    assert manifest["reference"] == ["loans"]
    assert not (run_dir / "books" / "loans.parquet").exists()
    assert (run_dir / "books" / "counterparties.parquet").is_file()
    assert run("explain", run_dir, "L1").exit_code == 0
    shutil.move(tmp_path / "loans.parquet", tmp_path / "elsewhere.parquet")
    gone = run("explain", run_dir, "L1")
    assert gone.exit_code == 3
    assert "loans.parquet" in gone.stderr
    table = pq.read_table(tmp_path / "elsewhere.parquet")
    pq.write_table(table.slice(0, 1), tmp_path / "loans.parquet")
    changed = run("explain", run_dir, "L1")
    assert changed.exit_code == 3
    assert "sealed_file_changed" in changed.stderr


def test_a_parquet_book_is_copied_on_request(tmp_path: Path) -> None:
    run_dir = sealed(parquet_bank(tmp_path, seal="copy"))
    manifest = Run(run_dir).manifest
    assert manifest["reference"] == []
    (tmp_path / "loans.parquet").unlink()
    said = run("explain", run_dir, "L2", "--json")
    assert said.exit_code == 0, said.output
    (entry,) = (e for e in entries(run_dir, "pboc-2021") if e["position_id"] == "L2")
    (document,) = json.loads(said.stdout)["positions"]
    grams = document["standards"][0]["grams"]["scope12"]
    assert grams == str(entry["financed_emissions_scope12_g"])


def test_text_books_are_needed_no_more_once_sealed(tmp_path: Path) -> None:
    run_dir = sealed(bank(tmp_path))
    for name in BOOKS.keys() - {"general_ledger"}:
        (tmp_path / f"{name}.csv").unlink()
    assert run("explain", run_dir, "L1").exit_code == 0


def test_a_run_that_lies_elsewhere_is_explained_too(folder: Path, tmp_path: Path) -> None:
    run_dir = sealed(folder, "--out", str(tmp_path / "far" / "away"))
    assert run("explain", run_dir, "L1").exit_code == 0


def test_a_run_is_explained_from_the_factors_sealed_with_it(tmp_path: Path) -> None:
    factor = {"factor": "revenue_intensity", "unit": "tCO2e/万元", "sector": "C2651", "scope": "1",
              "value": "3"}  # fmt: skip
    bank(tmp_path, {"factors": ["own"]})
    (head,) = write_factors(tmp_path / "own", [factor]).glob("*.yaml")
    of_2020 = head.read_text(encoding="utf-8").replace("year: '2025'", "year: '2020'")
    head.write_text(of_2020, encoding="utf-8")
    run_dir = sealed(tmp_path)
    before = run("explain", run_dir, "L2", "--json")
    assert "3 tCO2e/万元" in before.stdout
    write_factors(tmp_path / "own", [factor | {"value": "4"}])
    head.write_text(of_2020, encoding="utf-8")
    after = run("explain", run_dir, "L2", "--json")
    assert (after.exit_code, after.stdout) == (0, before.stdout)
