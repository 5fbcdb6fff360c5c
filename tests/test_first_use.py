"""What a first user reads in the example of a retail bank: every factor cited, every word there."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from carbonledger.cli import cli

EXAMPLES = Path(__file__).parent.parent / "examples"


def sealed(example: str, folder: Path) -> Path:
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns("runs"))
    made = CliRunner().invoke(cli, ["run", str(folder), "--no-reports"])
    assert made.exit_code == 0, made.output
    (run,) = (folder / "runs").glob("2*")
    return run


def said(*arguments: str) -> str:
    told = CliRunner().invoke(cli, [*arguments, "--lang", "zh"])
    assert told.exit_code == 0, told.output
    return told.output


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sealed("retail-bank", tmp_path_factory.mktemp("retail") / "bank")


@pytest.fixture(scope="module")
def bonds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sealed("bond-desk", tmp_path_factory.mktemp("bonds") / "desk")


def test_factors_that_answer_together_are_all_cited(retail: Path) -> None:
    with (retail / "factors.csv").open(encoding="utf-8-sig", newline="") as file:
        used = {(r["kind"], r["keys"]): int(r["entities"]) for r in csv.DictReader(file)}
    with (retail.parent.parent / "properties.csv").open(encoding="utf-8", newline="") as file:
        houses = list(csv.DictReader(file))
    # Homes without a label follow from floor area x energy per m2 x factor per kWh (option 2b).
    unlabelled = sum(r["building_type"] == "住宅" and not r["label_kwh_per_m2"] for r in houses)
    home = "building_type=residential region=CN"
    assert used["building_energy_intensity", home] == unlabelled > 0
    assert used["building_energy_factor", f"{home} scope=12"] == unlabelled
    # Cars of unknown distance follow from the distance and energy of their type (option 3a).
    assert {"vehicle_distance", "vehicle_energy_use"} <= {kind for kind, _ in used}


def test_an_undrawn_line_is_explained_by_what_is_undrawn(retail: Path) -> None:
    _, undrawn = said("explain", str(retail), "R00130").split("pcaf-2025-undrawn  ")
    assert undrawn.startswith("商业地产  已核算")
    assert "* 未提用额度 ÷ 放款时房产价值: 未提用额度 = 8,970,000.00 CNY" in undrawn
    assert "贷款余额" not in undrawn


def test_values_of_closed_lists_are_words(retail: Path, bonds: Path) -> None:
    assert "客户类型 = 个人  <-" in said("explain", str(retail), "R00000")
    of_state = said("explain", str(bonds), "GOV-BT")
    assert "资产类别 = 主权债务  <-" in of_state
    assert "含土地利用排放 = -6,800,000.000000 t" in of_state
    assert "= True" not in of_state
    assert "= False" not in of_state


def test_coverage_is_named_by_what_its_account_counts(retail: Path) -> None:
    page = said("report", str(retail), "--format", "md")
    assert "| 覆盖率 | 99.98% |  | 按余额计 |" in page
    assert "| 覆盖率 | 99.94% |  | 按未提用" in page


def test_lint_finds_no_total_in_the_options_of_pools(bonds: Path) -> None:
    assert "0 处疑点" in said("lint", str(bonds))
    page = said("report", str(bonds), "--format", "md")
    assert "| 池内资产的归因排放 | 2 |" in page
    assert "| 池内资产得分的加权平均 | 1 |" in page
    assert "| 募集资金尚未投放 | 1 |" in page


def test_what_is_insured_or_facilitated_is_not_called_financed(tmp_path: Path) -> None:
    page = said("report", str(sealed("underwriter", tmp_path / "firm")), "--format", "md")
    assert page.startswith("# 示例证券保险集团（虚构） · 碳排放报告\n")
    assert "| 覆盖率 | 79.59% |  | 按承销金额计 |" in page
    assert "| 覆盖率 | 100.00% |  | 按保费计 |" in page
    assert "加权平均碳强度" not in page  # no position is held
