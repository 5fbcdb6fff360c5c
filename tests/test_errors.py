"""Every message has a tiny broken working folder that provokes it: tests/errors/<code>/<case>.yaml.

A case writes over a folder that has nothing wrong: ``config`` replaces keys of its configuration
(null removes one), ``files`` and ``base64`` replace files. ``issues`` are all that may be said.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import CliRunner, Result

from carbonledger import issues
from carbonledger.cli import cli
from carbonledger.entries import flag_names

HERE = Path(__file__).parent
CASES = sorted((HERE / "errors").rglob("*.yaml"))
CONFIG = {
    "entity": "{zh: 示例银行, en: Example Bank}",
    "period": "2025",
    "currency": "CNY",
    "standards": "[pboc-2021, pcaf-2025]",
    "books": "{loans: {file: loans.csv, unit: 万元}, "
    "counterparties: {file: counterparties.csv, unit: 万元}}",
}
FILES = {
    "loans.csv": "loan_id,counterparty_id,outstanding_amount,average_balance\nL1,C1,100,90\n",
    "counterparties.csv": "counterparty_id,revenue,total_equity,total_debt,"
    "emissions_scope1_tco2e,emissions_scope2_tco2e\nC1,1000,400,600,5000,500\n",
}
PLACE = ("code", "file", "row", "column", "value")


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def write(folder: Path, case: dict[str, Any]) -> None:
    keys = CONFIG | case.get("config", {})
    lines = [f"{key}: {text}\n" for key, text in keys.items() if text is not None]
    files = {"carbonledger.yaml": "".join(lines)} | FILES | case.get("files", {})
    for name, text in files.items():
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode())
    for name, text in case.get("base64", {}).items():
        (folder / name).write_bytes(base64.b64decode(text))


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in args])


def expected(case: dict[str, Any]) -> list[tuple[Any, ...]]:
    blank = {"row": None, "column": None, "value": ""}
    return sorted((tuple((blank | i)[k] for k in PLACE) for i in case.get("issues", [])), key=str)


def told(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows = [i | {"column": i["column"] or None} for i in document["issues"]]
    return sorted((tuple(i[k] for k in PLACE) for i in rows), key=str)


@pytest.fixture(scope="module", params=CASES, ids=name_of)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The case, its broken working folder and what check says of it."""
    content = yaml.safe_load(request.param.read_text(encoding="utf-8"))
    assert set(content) <= {"why", "config", "files", "base64", "exit", "issues", "entries"}
    content.setdefault("issues", [])
    folder = tmp_path_factory.mktemp("case")
    write(folder, content)
    before = sorted(folder.rglob("*"))
    checked = run("check", folder, "--json")
    assert sorted(folder.rglob("*")) == before, "check writes nothing"
    return content, folder, checked


def test_the_folder_that_cases_break_has_nothing_wrong(tmp_path: Path) -> None:
    write(tmp_path, {})
    result = run("check", tmp_path, "--strict")
    assert (result.exit_code, result.stdout) == (0, "")


def test_check_names_every_problem_with_its_place(case: Any) -> None:
    content, _, result = case
    assert result.exception is None or isinstance(result.exception, SystemExit)
    document = json.loads(result.stdout)
    assert told(document) == expected(content)
    assert result.exit_code == content["exit"]


def test_each_problem_is_one_line_in_both_languages(case: Any) -> None:
    content, _, checked = case
    for issue in json.loads(checked.stdout)["issues"]:
        place = ":".join(str(p) for p in (issue["file"], issue["row"]) if p)
        for line in (issue["zh"], issue["en"]):
            assert line.startswith(place)
            assert line.isprintable()
            assert not issue["column"] or issue["column"] in line
            assert "{" not in line or "{" in content["why"] + str(content.get("config"))
        assert re.search("[一-鿿]", issue["zh"].removeprefix(place))


def test_run_refuses_errors_and_leaves_no_run(case: Any) -> None:
    content, folder, _ = case
    result = run("run", folder, "--no-reports")
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.exit_code == content["exit"]
    sealed = list((folder / "runs").glob("2*"))
    left = list((folder / "runs").glob(".unfinished*"))
    assert (len(sealed), left) == (0 if content["exit"] else 1, [])
    for issue in content["issues"]:
        assert f" {issue['code']}  " in result.output
    if content["exit"] == 0:
        check_sealed(sealed[0], content)
    elif not any(i["code"].startswith("config_") or i["file"] == "carbonledger.yaml"
                 for i in content["issues"]):  # fmt: skip
        check_refused(folder, content)


def check_refused(folder: Path, content: dict[str, Any]) -> None:
    """The problems lie in refused/<hash>/issues.csv, in the rows of the input."""
    (place,) = (folder / "refused").iterdir()
    assert not (folder / "runs" / "ledger.jsonl").exists()
    text = (place / "issues.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sorted(r["code"] for r in rows) == sorted(i["code"] for i in content["issues"])
    wanted = {(i["file"], str(i.get("row") or "")) for i in content["issues"]}
    assert {(r["file"], r["row"]) for r in rows} == wanted


def check_sealed(folder: Path, content: dict[str, Any]) -> None:
    """A warning goes on: it is counted in the summary, and the entries say what they lack."""
    summary = json.loads((folder / "summary.json").read_bytes())
    assert summary["issues"] == {"errors": 0, "warnings": len(content["issues"])}
    for ledger in summary["ledgers"]:
        parts = ("computed", "not_covered", "excluded", "refused")
        assert ledger["rows"]["book"] == sum(ledger["rows"][p] for p in parts)
        assert int(ledger["money"]["book"]) == sum(int(ledger["money"][p]) for p in parts)
    entries = {s: pq.read_table(folder / "entries" / f"{s}.parquet").to_pylist()
               for s in (ledger["standard"] for ledger in summary["ledgers"])}  # fmt: skip
    for wanted in content.get("entries", []):
        for standard in [wanted["standard"]] if "standard" in wanted else entries:
            (entry,) = (e for e in entries[standard] if e["position_id"] == wanted["position_id"])
            assert (entry["status"], entry["reason"]) == (wanted["status"], wanted["reason"])
            if "flags" in wanted:
                assert set(flag_names(entry["flags"]).split(";")) == set(wanted["flags"])
            grams = entry["financed_emissions_scope12_g"]
            assert (grams is None) == (wanted["status"] != "computed"), "no silent zero"


COMPANY = {
    "counterparty_id": ["C1"], "revenue": [1000], "total_equity": [400], "total_debt": [600],
    "sector": ["C30"],
}  # fmt: skip
LOAN = {"loan_id": ["L1"], "counterparty_id": ["C1"], "outstanding_amount": [100]}
HOLDING = {
    "position_id": ["P1"], "counterparty_id": ["C1"], "outstanding_amount": [100],
    "asset_class": ["unlisted_equity"],
}  # fmt: skip
DIESEL = {
    "counterparty_id": ["C1"], "activity": ["diesel"], "quantity": [5.0], "unit": ["t"],
    "year": [2025],
}  # fmt: skip
NATIVE = {
    "integer_overflows": ("loans", "outstanding_amount", pa.array([10**15]), "number_too_large"),
    "unsigned_overflows": ("loans", "outstanding_amount", pa.array([2**63], pa.uint64()),
                           "number_too_large"),
    "decimal_overflows": ("loans", "outstanding_amount",
                          pa.array([Decimal("1e30")], pa.decimal128(38, 2)), "number_too_large"),
    "decimal_negative": ("loans", "outstanding_amount", pa.array([Decimal("-5.25")]),
                         "amount_negative"),
    "integer_null": ("loans", "outstanding_amount", pa.array([None], pa.int64()), "amount_blank"),
    "float_nan": ("loans", "outstanding_amount", pa.array([float("nan")]), "amount_blank"),
    "float_infinite": ("loans", "outstanding_amount", pa.array([float("inf")]),
                       "number_unreadable"),
    "true_as_amount": ("loans", "outstanding_amount", pa.array([True]), "number_unreadable"),
    "code_as_float": ("loans", "counterparty_id", pa.array([9.15e17]), "code_destroyed"),
    "code_rounded": ("loans", "counterparty_id", pa.array([915001030000000000]), "code_destroyed"),
    "share_above_one": ("investments", "ownership_share", pa.array([1.5]), "share_out_of_range"),
    "quantity_nan": ("activities", "quantity", pa.array([float("nan")]), "value_blank"),
    "quantity_infinite": ("activities", "quantity", pa.array([float("inf")]), "number_unreadable"),
    "quantity_huge": ("activities", "quantity", pa.array([1e90]), "number_too_large"),
    "quantity_negative": ("activities", "quantity", pa.array([-5.0]), "value_negative"),
    "year_of_two_digits": ("counterparties", "financials_year", pa.array([25], pa.int16()),
                           "year_unreadable"),
}  # fmt: skip


def write_parquet(folder: Path, **changed: dict[str, Any]) -> None:
    """A folder whose books are Parquet, some columns changed."""
    books = {"loans": LOAN, "investments": HOLDING, "counterparties": COMPANY, "activities": DIESEL}
    for name, columns in books.items():
        pq.write_table(pa.table(columns | changed.get(name, {})), folder / f"{name}.parquet")
    units = {"activities": ""}
    named = ", ".join(f"{n}: {{file: {n}.parquet{units.get(n, ', unit: 万元')}}}" for n in books)
    keys = CONFIG | {"books": f"{{{named}}}", "complete_activities": "true"}
    text = "".join(f"{key}: {value}\n" for key, value in keys.items())
    (folder / "carbonledger.yaml").write_text(text, encoding="utf-8")


def test_a_parquet_folder_that_cases_break_has_nothing_wrong(tmp_path: Path) -> None:
    write_parquet(tmp_path)
    result = run("check", tmp_path, "--strict")
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize("name", NATIVE)
def test_a_typed_file_is_checked_like_text(tmp_path: Path, name: str) -> None:
    book, column, cells, code = NATIVE[name]
    write_parquet(tmp_path, **{book: {column: cells}})
    result = run("check", tmp_path, "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    found = [(i["code"], i["file"], i["row"], i["column"])
             for i in json.loads(result.stdout)["issues"]]  # fmt: skip
    assert (found, result.exit_code) == ([(code, f"{book}.parquet", 1, column)], 3)


def test_a_parquet_file_with_a_damaged_page_is_refused(tmp_path: Path) -> None:
    many = 20_000
    ids = pa.array([f"L{n}" for n in range(many)])
    loans = {"loan_id": ids, "counterparty_id": ["C1"] * many, "outstanding_amount": range(many)}
    write_parquet(tmp_path)
    path = tmp_path / "loans.parquet"
    pq.write_table(pa.table({n: pa.array(v) for n, v in loans.items()}), path, compression="zstd")
    damaged = bytearray(path.read_bytes())
    damaged[2_000:2_400] = bytes(400)
    path.write_bytes(damaged)
    result = run("check", tmp_path, "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert [i["code"] for i in json.loads(result.stdout)["issues"]] == ["file_unreadable"]
    assert result.exit_code == 3


def test_a_cell_may_name_the_declared_currency(tmp_path: Path) -> None:
    loans = "loan_id,counterparty_id,outstanding_amount,average_balance\nL1,C1,5万美元,5万美元\n"
    write(tmp_path, {"files": {"loans.csv": loans}, "config": {"currency": "USD"}})
    codes = [i["code"] for i in json.loads(run("check", tmp_path, "--json").stdout)["issues"]]
    assert "currency_in_cell" not in codes


def test_a_standard_named_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"config": {"standards": "[pboc-2021, pboc-2021]"}})
    result = run("check", tmp_path, "--json")
    assert result.exit_code == 3
    assert [i["row"] for i in json.loads(result.stdout)["issues"]] == [4]


def test_a_spoilt_column_is_listed_up_to_a_number(tmp_path: Path) -> None:
    rows = "".join(f"L{n},C1,x\n" for n in range(300))
    write(tmp_path, {"files": {"loans.csv": f"loan_id,counterparty_id,outstanding_amount\n{rows}"}})
    result = run("check", tmp_path, "--json")
    codes = [i["code"] for i in json.loads(result.stdout)["issues"]]
    assert (codes.count("number_unreadable"), codes.count("more_alike")) == (200, 1)
    assert result.exit_code == 3


def test_problems_print_in_the_language_asked_for(tmp_path: Path) -> None:
    files = {"loans.csv": "loan_id,counterparty_id,outstanding_amount\nL1,C1,-5\n"}
    write(tmp_path, {"files": files})
    zh, en = (run("check", tmp_path, "--lang", lang) for lang in ("zh", "en"))
    place = "amount_negative  loans.csv:2: outstanding_amount: "
    assert zh.stdout == f"错误 {place}“-5”小于零。请填写借款人在报告基准日的欠款。\n"
    told_en = "-5 is below zero. Enter what the borrower still owes at the reporting date."
    assert en.stdout == f"error {place}{told_en}\n"


def messages() -> dict[str, dict[str, str]]:
    path = HERE.parent / "carbonledger" / "registers" / "messages.yaml"
    loaded: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("code", sorted(issues.codes()))
def test_a_message_says_the_problem_and_the_fix_in_both_languages(code: str) -> None:
    message = messages()[code]
    assert set(message) == {"severity", "zh", "en"}
    named = [
        {n.removesuffix(f"_{lang}") for n in re.findall(r"(?<!{){(\w+)}", message[lang])}
        for lang in issues.LANGUAGES
    ]
    assert named[0] == named[1], "both languages name the same details"
    if message["severity"] == "error":
        assert len(re.findall("[。；]", message["zh"])) >= 2 or "请" in message["zh"]
        assert len(re.findall(r"[.;:] [A-Z0-9a-z(]", message["en"])) >= 1


def test_messages_are_those_of_the_register() -> None:
    # They are read one by one, without the YAML around them.
    assert issues.codes() == tuple(messages())
    for code, message in messages().items():
        one = issues.Issue(code)
        assert one.severity == message["severity"]
        assert "{" in message["zh"] or one.text("zh") == message["zh"]


@pytest.mark.parametrize("code", sorted(issues.codes()))
def test_a_message_is_provoked_by_a_test(code: str) -> None:
    sources = [p for p in HERE.rglob("*") if p.suffix in (".py", ".yaml") and p.is_file()]
    assert any(code in _codes_named(p) for p in sources)


_named: dict[Path, set[str]] = {}


def _codes_named(path: Path) -> set[str]:
    if path not in _named:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".yaml":
            found = re.findall(r"code: (\w+)", text)
        else:
            found = re.findall(r"[\"'](\w+)[\"']", text)
        _named[path] = set(found)
    return _named[path]
