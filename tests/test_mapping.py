"""The mapping file from its draft to the sealed run."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from conftest import CONFIG, run

from carbonledger import strict_yaml

HEADERS = "借据号,统一社会信用代码,客户名称,贷款本金结余（万元）,月均余额（万元）"
LOANS = f"""{HEADERS},客户经理姓名,利率水平
JJ1,91350100M000100Y43,示例水泥有限公司,100,90,张三丰,4.35
JJ2,91330100799655058B,示例电力有限公司,200,180,李四光,3.85
"""


def write(folder: Path, mapping: str | None = None, **book: object) -> None:
    (folder / "loans.csv").write_text(LOANS, encoding="utf-8")
    if mapping is not None:
        (folder / "loans.map.yaml").write_text(mapping, encoding="utf-8")
        book["mapping"] = "loans.map.yaml"
    books = {"loans": {"file": "loans.csv", **book}}
    text = yaml.safe_dump(CONFIG | {"standards": ["pboc-2021"], "books": books}, allow_unicode=True)
    (folder / "carbonledger.yaml").write_text(text, encoding="utf-8")


def drafted(folder: Path, *more: str) -> str:
    result = run("map", folder / "loans.csv", "-o", folder / "loans.map.yaml", *more)
    assert (result.exit_code, result.stdout) == (0, "")
    return (folder / "loans.map.yaml").read_text(encoding="utf-8")


def test_a_draft_applies_exact_aliases_and_proposes_the_rest(tmp_path: Path) -> None:
    write(tmp_path)
    value, issues = strict_yaml.load(drafted(tmp_path, "--lang", "en"), file="loans.map.yaml")
    assert not issues
    assert isinstance(value, dict)
    assert value["book"] == "loans"
    columns = {h: (c["column"], c["status"]) for h, c in value["columns"].items()}
    assert columns == {
        "借据号": ("loan_id", "exact"),
        "统一社会信用代码": ("counterparty_id", "exact"),
        "客户名称": ("counterparty_name", "exact"),
        "贷款本金结余（万元）": ("outstanding_amount", "proposed"),
        "月均余额（万元）": ("average_balance", "exact"),
        "客户经理姓名": ("", "unknown"),
        "利率水平": ("", "unknown"),
    }
    assert "similar to" in value["columns"]["贷款本金结余（万元）"]["reason"]
    assert "not used here" in value["columns"]["利率水平"]["reason"]


def test_a_draft_holds_no_cell(tmp_path: Path) -> None:
    write(tmp_path)
    text = drafted(tmp_path)
    shown = run("map", tmp_path / "loans.csv", "--json").stdout
    for cell in ("张三丰", "李四光", "示例水泥", "91350100M000100Y43", "JJ1", "4.35"):
        assert cell not in text
        assert cell not in shown


def test_a_proposal_is_not_applied_until_a_person_confirms_it(tmp_path: Path) -> None:
    write(tmp_path)
    text = drafted(tmp_path)
    write(tmp_path, text)
    refused = run("check", tmp_path, "--json")
    found = [i["code"] for i in json.loads(refused.stdout)["issues"]]
    assert (refused.exit_code, found) == (3, ["column_missing"])
    write(tmp_path, text.replace("status: proposed", "status: confirmed"))
    assert run("check", tmp_path).exit_code == 0
    sealed = run("run", tmp_path, "--no-reports", "--json")
    assert sealed.exit_code == 0
    assert json.loads(sealed.stdout)["ledgers"][0]["money"]["book"] == str(300 * 10**6)


def test_the_mapping_is_an_input_of_the_run(tmp_path: Path) -> None:
    write(tmp_path)
    text = drafted(tmp_path).replace("status: proposed", "status: confirmed")
    runs = []
    for mapping in (text, text + "# decided again\n"):
        write(tmp_path, mapping)
        runs.append(json.loads(run("run", tmp_path, "--no-reports", "--json").stdout))
        (folder,) = (tmp_path / "runs").glob(runs[-1]["run_id"])
        manifest = json.loads((folder / "manifest.json").read_bytes())
        assert manifest["predicate"]["inputs"]["documents"] == [
            {"kind": "mapping", "file": "loans.map.yaml",
             "sha256": hashlib.sha256(mapping.encode()).hexdigest()}
        ]  # fmt: skip
    assert runs[0]["run_id"] != runs[1]["run_id"]
    assert runs[0]["figures_id"] == runs[1]["figures_id"]
    (tmp_path / "loans.map.yaml").unlink()
    assert run("explain", tmp_path / "runs" / runs[0]["run_id"], "JJ1").exit_code == 0


def test_an_ignored_header_is_left_out_though_its_name_is_known(tmp_path: Path) -> None:
    write(tmp_path)
    text = drafted(tmp_path).replace("status: proposed", "status: confirmed")
    value = yaml.safe_load(text)
    value["columns"]["月均余额（万元）"]["status"] = "ignored"
    write(tmp_path, yaml.safe_dump(value, allow_unicode=True))
    said = json.loads(run("run", tmp_path, "--no-reports", "--json").stdout)
    assert said["ledgers"][0]["intensity"]["value"] is None
    (folder,) = (tmp_path / "runs").glob("2025-*")
    names = pq.read_schema(folder / "books" / "loans.parquet").names
    assert "outstanding_amount" in names
    assert "average_balance" not in names


def test_a_draft_overwrites_no_decisions(tmp_path: Path) -> None:
    write(tmp_path)
    before = drafted(tmp_path)
    again = run("map", tmp_path / "loans.csv", "-o", tmp_path / "loans.map.yaml")
    assert again.exit_code == 2
    assert (tmp_path / "loans.map.yaml").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_draft_speaks_both_languages(tmp_path: Path, lang: str) -> None:
    write(tmp_path)
    result = run("map", tmp_path / "loans.csv", "--lang", lang)
    reason = {"zh": "已知表头", "en": "a known header"}[lang]
    assert f'reason: "{reason}"' in result.stdout
    assert result.exit_code == 0


def test_the_book_is_guessed_or_given(tmp_path: Path) -> None:
    text = "统一社会信用代码,营业收入,资产总额\nC1,1,2\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    guessed = json.loads(run("map", tmp_path / "a.csv", "--json").stdout)
    assert guessed["schema"] == "carbonledger.map/1"
    assert guessed["book"] == "counterparties"
    assert "3" in guessed["reason"]["en"]
    given = json.loads(run("map", tmp_path / "a.csv", "--book", "loans", "--json").stdout)
    assert (given["book"], given["reason"]["en"]) == ("loans", "given by --book")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2\n3,4\n", encoding="utf-8")
    assert run("map", tmp_path / "a.csv").exit_code == 3
    assert run("map", tmp_path / "none.csv").exit_code == 3


def test_a_mapping_that_is_missing_or_no_yaml_is_refused(tmp_path: Path) -> None:
    write(tmp_path, mapping="a: [")
    assert "yaml_unreadable" in run("check", tmp_path).stdout
    (tmp_path / "loans.map.yaml").unlink()
    assert "file_missing" in run("check", tmp_path).stdout


def test_the_configuration_names_known_systems_and_lengths_only(tmp_path: Path) -> None:
    for more in ({"classification": {"sector": "sic"}}, {"code_length": {"sector": "5"}},
                 {"code_length": {"region": "4"}}):  # fmt: skip
        write(tmp_path, **more)
        result = run("check", tmp_path, "--json")
        assert [i["code"] for i in json.loads(result.stdout)["issues"]] == ["config_choice"]
