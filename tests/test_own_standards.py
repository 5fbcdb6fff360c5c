"""A standard from a user's folder outside of the package: accounted, sealed, replayed, refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from conftest import run, write_folder

from carbonledger.standards import lay_beside, shipped, standards

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
(HOUSE,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)

PAGES = '''
from carbonledger.estimates import company
from carbonledger.method import Array, AssetClass, Option, Share, Text


def of_twice_the_equity(*, outstanding_amount: Array, total_equity: Array) -> Array:
    return outstanding_amount / (total_equity + total_equity)


def by_staff(*, revenue: Array) -> Array:
    return revenue


LOANS = AssetClass(
    name="loans", title=Text("贷款", "loans"), citation="page 1", takes=("business_loan",),
    entity="counterparty", balance="outstanding_amount",
    shares=(Share(of_twice_the_equity, Text("甲", "a")),),
    estimates=(*company.OPTIONS,
               Option("a_gram_a_fen", by_staff, Text("每分一克", "a gram a fen"))),
    scores={o.name: ("", 3) for o in (*company.OPTIONS,)} | {"a_gram_a_fen": ("", 5)},
)
'''
SCORED = '''
from carbonledger.method import Standard, Text
from .pages import LOANS

EDITIONS = (Standard(id="house-2", title=Text("二", "two"), citation="c",
                     confidence=Text("丙", "c"), pages=(LOANS,), scope3=False),)
'''


@pytest.fixture(autouse=True)
def _put_away() -> Iterator[None]:
    yield
    lay_beside((), alone=True)


def bank(folder: Path, packages: dict[str, str], **config: Any) -> Path:
    for name, text in packages.items():
        path = folder / "my-standards" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    settings = {"standards": ["house-1"], "standard_folders": "my-standards", **config}
    return write_folder(
        folder, settings,
        loans=[{"loan_id": "L1", "counterparty_id": "A", "outstanding_amount": 25},
               {"loan_id": "L2", "counterparty_id": "B", "outstanding_amount": 10}],
        counterparties=[
            {"counterparty_id": "A", "total_equity": 100, "emissions_scope12_tco2e": 1000},
            {"counterparty_id": "B", "total_equity": 100, "revenue": 3}],
    )  # fmt: skip


def house(folder: Path, **config: Any) -> Path:
    return bank(folder, {"house/__init__.py": HOUSE}, **config)


def sealed(folder: Path) -> Any:
    result = run("run", folder, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_example_of_the_readme_accounts_seals_and_replays(tmp_path: Path) -> None:
    document = sealed(house(tmp_path))
    (ledger,) = document["ledgers"]
    # 25 / 100 of 1,000 t; B has neither emissions nor a sector.
    assert (ledger["standard"], ledger["emissions_g"]["scope12"]) == ("house-1", str(250 * 10**6))
    place = Path(document["run_dir"])
    assert (place / "standards" / "0" / "house" / "__init__.py").read_text("utf-8") == HOUSE
    manifest = json.loads((place / "manifest.json").read_bytes())
    assert any(s["name"].endswith("standards/0/house/__init__.py") for s in manifest["subject"])
    for html in (place / "reports").glob("financed.*.html"):
        assert "House rules, 2025" in html.read_text("utf-8")
    for args in (("verify", "--replay", place), ("explain", place, "L1"), ("gaps", place),
                 ("report", place, "--format", "md"), ("entries", place)):
        result = run(*args)
        assert result.exit_code == 0, result.output
    assert not list(tmp_path.rglob("__pycache__"))


def test_files_of_a_package_import_each_other_and_options_keep_their_name(tmp_path: Path) -> None:
    packages = {"two/__init__.py": SCORED, "two/pages.py": PAGES}
    document = sealed(bank(tmp_path, packages, standards=["house-2", "pcaf-2025"]))
    place = Path(document["run_dir"])
    # 25 / 200 of 1,000 t = 125 t; 10 / 200 of 3 万元 as grams, a scope: 0.15 t each of 1 and 2.
    assert document["ledgers"][0]["emissions_g"]["scope12"] == str(125 * 10**6 + 300_000)
    assert "a gram a fen" in (place / "reports" / "financed.en.html").read_text("utf-8")
    assert "每分一克" in run("explain", place, "L2", "--lang", "zh").output


def test_another_code_is_another_run(tmp_path: Path) -> None:
    folder = house(tmp_path)
    first = sealed(folder)["run_id"]
    path = folder / "my-standards" / "house" / "__init__.py"
    path.write_text(HOUSE + "# reviewed\n", encoding="utf-8")
    assert sealed(folder)["run_id"] != first


def test_sealed_code_that_is_not_the_folders_runs_only_where_it_is_trusted(tmp_path: Path) -> None:
    folder = house(tmp_path)
    place = sealed(folder)["run_dir"]
    changed = HOUSE.replace("outstanding_amount / total_equity", "0 * outstanding_amount")
    (folder / "my-standards" / "house" / "__init__.py").write_text(changed, encoding="utf-8")
    for args in (("verify", "--replay", place), ("explain", place, "L1"), ("gaps", place)):
        refused = run(*args, "--lang", "en")
        assert refused.exit_code in (3, 5), refused.output
        assert "standard_code_differs" in refused.output
        assert "--trust-code" in refused.output
    assert run("verify", place).exit_code == 0, "hashes are checked without running anything"
    assert run("verify", "--replay", "--trust-code", place).exit_code == 0


def message(result: Result) -> str:
    assert result.exit_code == 3, result.output
    assert "Traceback" not in result.output
    (line,) = [text for text in result.output.splitlines() if " standard_" in text]
    return line


WRONG = {
    "no folder": ({}, "standard_no_folder", ""),
    "no package": ({"notes.txt": "x"}, "standard_no_package", ""),
    "not Python": ({"a/__init__.py": "EDITIONS = ("}, "standard_unusable", "SyntaxError"),
    "raises": ({"a/__init__.py": "1 / 0"}, "standard_unusable", "ZeroDivisionError"),
    "no editions": ({"a/__init__.py": "X = 1"}, "standard_unusable", "EDITIONS"),
    "no standard": ({"a/__init__.py": "EDITIONS = (1,)"}, "standard_unusable", "no Standard"),
    "a shipped id": ({"a/__init__.py": HOUSE.replace("house-1", "pcaf-2025")},
                     "standard_unusable", "is taken"),
    "twice": ({"a/__init__.py": HOUSE, "b/__init__.py": HOUSE}, "standard_unusable", "is taken"),
    "an id that is no name": ({"a/__init__.py": HOUSE.replace("house-1", "House/1")},
                              "standard_unusable", "small letters"),
    "no such column": ({"a/__init__.py": HOUSE.replace("total_equity", "equty")},
                       "standard_unusable", "no column equty"),
    "no such entity": ({"a/__init__.py": HOUSE.replace('"counterparty"', '"planet"')},
                       "standard_unusable", "no kind of entity planet"),
    "no scores": ({"a/__init__.py": HOUSE.replace(", scored=False", "")},
                  "standard_unusable", "score of 1 to 5"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_folder_gives_one_clear_message(name: str, tmp_path: Path) -> None:
    packages, code, why = WRONG[name]
    folder = bank(tmp_path, packages)
    for command in ("check", "run"):
        line = message(run(command, folder, "--lang", "en"))
        assert code in line
        assert why in line
        assert "my-standards" in line
    assert not (folder / "runs").exists() or not list((folder / "runs").glob("2025-*"))


def test_nothing_of_one_folder_is_left_for_the_next(tmp_path: Path) -> None:
    sealed(house(tmp_path / "a"))
    assert "house-1" in standards()
    plain = write_folder(tmp_path / "b", loans=[{"loan_id": "L1", "outstanding_amount": 1}])
    run("check", plain)
    assert standards().keys() == shipped().keys()
