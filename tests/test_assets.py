"""Buildings, vehicles and undrawn commitments from a working folder to the sealed run."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from conftest import write_folder

from carbonledger.cli import cli

BANK = {"unit": "元", "standards": ["pcaf-2025", "pcaf-2025-undrawn"]}


def sealed(folder: Path) -> Path:
    result = CliRunner().invoke(cli, ["run", str(folder)])
    assert result.exit_code == 0, result.output
    (run,) = (p for p in (folder / "runs").iterdir() if p.is_dir())
    return run


def test_undrawn_commitments_are_a_ledger_of_their_own(tmp_path: Path) -> None:
    loan = {"loan_id": "L1", "asset_class": "对公贷款", "counterparty_id": "A",
            "granted_amount": "50000000", "outstanding_amount": "45000000"}  # fmt: skip
    company = {"counterparty_id": "A", "total_equity": "100000000", "total_debt": "200000000",
               "emissions_scope1_tco2e": "1000", "emissions_scope2_tco2e": "500"}  # fmt: skip
    run = sealed(write_folder(tmp_path, BANK, loans=[loan], counterparties=[company]))
    ledgers = json.loads((run / "summary.json").read_text(encoding="utf-8"))["ledgers"]
    # 45 / 300 x 1,500 = 225 drawn and 5 / 300 x 1,500 = 25 undrawn, each over its own money.
    shown = [(one["account"], one["money"]["book"], one["emissions_g"]["scope12"])
             for one in ledgers]  # fmt: skip
    assert shown == [("financed", "4500000000", "225000000"),
                     ("undrawn", "500000000", "25000000")]  # fmt: skip
    report = next((run / "reports").glob("*.zh.html")).read_text(encoding="utf-8")
    assert "未提用承诺" in report
